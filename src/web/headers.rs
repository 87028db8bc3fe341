//! The last step: an answer with everything that keeps a browser from mischief.
//!
//! * **CSP** allows what the page said that it holds and no other thing; forms lead to this box, nobody may frame it.
//! * **Referrer-Policy is `same-origin`**, not `no-referrer`: under the latter browsers send `Origin: null` with our own forms (Fetch, "append a request Origin
//!   header"), and the guard could not tell them from a stranger's page.
//! * **HSTS only under a certificate of an authority, for this name, and for a day.** Under a self-made one it would lock people out: browsers then offer no way past
//!   the warning. A day, because a box may have to go back to its own certificate when a bought one is not renewed.
//! * No `Server`, no `Date`: a box whose clock is not set would be recognised by it.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::reply::Reply;

/// Nothing else than the status: for whoever has no business here.
pub(super) fn bare(status: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
    response
}

/// The answer. `vouched`: under TLS with a certificate that an authority issued for this name; `cookie`: to be set.
pub(super) fn dressed(reply: Reply, vouched: bool, cookie: Option<&str>) -> Response<Full<Bytes>> {
    let csp = csp(&reply);
    let body = match reply.body {
        std::borrow::Cow::Borrowed(octets) => Bytes::from_static(octets),
        std::borrow::Cow::Owned(octets) => Bytes::from(octets),
    };
    let empty = body.is_empty();
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        // A value that is none (a line's end in a path) is left out, which does no harm.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if !empty {
        put(header::CONTENT_TYPE, reply.media_type);
    }
    put(header::CONTENT_SECURITY_POLICY, &csp);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "same-origin");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    );
    put(
        header::CACHE_CONTROL,
        if reply.may_be_kept {
            "private, max-age=600"
        } else {
            "no-store"
        },
    );
    put(header::VARY, "Accept-Language, Cookie");
    if vouched {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=86400");
    }
    if let Some(location) = &reply.location {
        put(header::LOCATION, location);
    }
    if let Some(name) = &reply.file_name {
        put(
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename=\"{name}\""),
        );
    }
    if let Some(allow) = reply.allow {
        put(header::ALLOW, allow);
    }
    if matches!(reply.status, 429 | 503) {
        put(header::RETRY_AFTER, "5");
    }
    if let Some(cookie) = cookie {
        put(header::SET_COOKIE, cookie);
    }
    response
}

fn csp(reply: &Reply) -> String {
    let mut csp = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; img-src 'self' data:; style-src 'self'".to_owned();
    for style in &reply.styles {
        csp.push(' ');
        csp.push_str(style);
    }
    if reply.script {
        csp.push_str("; script-src 'self'; connect-src 'self'");
    }
    csp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_that_the_page_did_not_ask_for() {
        let page = Reply::page(maud::html! {}).with_style("p{}");
        let response = dressed(page, false, None);
        let headers = response.headers();
        let csp = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'") && !csp.contains("script"));
        assert!(csp.contains("style-src 'self' 'sha256-"));
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(!headers.contains_key(header::SERVER) && !headers.contains_key(header::SET_COOKIE));
        let scripted = dressed(Reply::page(maud::html! {}).with_script(), true, Some("a=b"));
        let headers = scripted.headers();
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(headers.contains_key(header::SET_COOKIE));
        let csp = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(csp.contains("script-src 'self'"));
    }

    #[test]
    fn a_location_with_a_line_in_it_is_left_out() {
        let response = dressed(Reply::see_other("/a\r\nSet-Cookie: x"), false, None);
        assert!(response.headers().get(header::LOCATION).is_none());
        assert_eq!(response.status(), 303);
        assert!(bare(404).headers().is_empty());
    }
}
