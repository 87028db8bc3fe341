//! The head of a request, read strictly: what is doubtful is refused, so that there are never two ways to read it.

use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Version, header};

use super::authority::Authority;
use super::judge::Verb;
use super::{Form, FormError, cookie, percent};

/// Octets of a path. The longest of ours has a tenth of it.
const MOST_PATH: usize = 1024;

/// What of a head concerns us.
pub(super) struct Head {
    pub(super) verb: Verb,
    pub(super) authority: Authority,
    /// Decoded, from `/` on, without control characters.
    pub(super) path: String,
    pub(super) query: Form,
    /// Path and query as they came, for a redirect.
    pub(super) target: String,
}

impl Head {
    /// Reads it; the error is the status to answer.
    pub(super) fn read(parts: &Parts) -> Result<Head, u16> {
        let verb = match parts.method {
            Method::GET | Method::HEAD => Verb::Get,
            Method::POST => Verb::Post,
            _ => Verb::Other,
        };
        if !matches!(parts.version, Version::HTTP_10 | Version::HTTP_11) {
            return Err(400);
        }
        // Every browser says how long a form is. With chunks allowed there would be two lengths to disagree about (RFC 9112 §6.1 allows 411).
        if parts.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(411);
        }
        let host = only(&parts.headers, header::HOST)?.ok_or(400_u16)?;
        let named = match (parts.uri.scheme_str(), parts.uri.authority()) {
            (None, None) => host,
            // RFC 9112 §3.2.2: what the target says counts.
            (Some("http" | "https"), Some(authority)) => authority.as_str(),
            // CONNECT, or another protocol's: we are no proxy.
            _ => return Err(400),
        };
        let authority = Authority::parse(named).ok_or(400_u16)?;
        let raw = parts.uri.path();
        if raw.len() > MOST_PATH {
            return Err(414);
        }
        let path = percent::decode(raw, false).ok_or(400_u16)?;
        // Two at the beginning would be another host's in a link.
        if !path.starts_with('/')
            || path.starts_with("//")
            || path.contains(|c: char| c.is_control() || c == '\\')
        {
            return Err(400);
        }
        let query = parts.uri.query().unwrap_or_default();
        let query = Form::parse(query.as_bytes()).map_err(|error| match error {
            FormError::TooLong => 414_u16,
            FormError::Malformed => 400,
        })?;
        let target = parts.uri.path_and_query().map_or("/", |both| both.as_str());
        Ok(Head {
            verb,
            authority,
            path,
            query,
            target: target.to_owned(),
        })
    }
}

/// The field, which must not stand there twice.
pub(super) fn only(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<&str>, u16> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(400);
    }
    first
        .map(|value| value.to_str().map_err(|_| 400))
        .transpose()
}

/// Values of the session's cookie.
pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .take(2)
        .filter_map(|field| field.to_str().ok())
        .flat_map(cookie::values)
}

/// Whether the browser says that a page of ours sent this: by Sec-Fetch-Site, or by the Origin (RFC 6454), which must be the very name and port that we were called by.
/// Browsers too old to say either are left to the token.
pub(super) fn is_same_origin(headers: &HeaderMap, authority: &Authority, secure: bool) -> bool {
    let (scheme, usual) = match secure {
        true => ("https://", 443),
        false => ("http://", 80),
    };
    let (Ok(site), Ok(origin)) = (
        only(headers, header::HeaderName::from_static("sec-fetch-site")),
        only(headers, header::ORIGIN),
    ) else {
        return false;
    };
    let site_is_ours = site.map(|site| site == "same-origin");
    match (site_is_ours, origin) {
        (Some(false), _) => false,
        (_, None) => true,
        // A page of ours that withholds where it is; only together with the browser's own word.
        (said, Some("null")) => said == Some(true),
        (_, Some(origin)) => origin
            .strip_prefix(scheme)
            .and_then(Authority::parse)
            .is_some_and(|origin| {
                let port = |authority: &Authority| authority.port.unwrap_or(usual);
                origin.host == authority.host && port(&origin) == port(authority)
            }),
    }
}

/// Whether another site's page has put this into itself (a picture, a script); following a link is another thing, and allowed.
pub(super) fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name, word| headers.get(name).is_some_and(|value| value == word);
    (says("sec-fetch-site", "cross-site") || says("sec-fetch-site", "same-site"))
        && !says("sec-fetch-mode", "navigate")
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
