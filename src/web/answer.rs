//! One request: read, judged, and only then given to whoever answers it.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use async_executor::Executor;
use async_io::Timer;
use futures_lite::FutureExt as _;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::{Response, header};
use store::AccountId;

use super::body::{read_body, said_length};
use super::deeds::Counted;
use super::head::{Head, cookies, is_embedded_elsewhere, is_same_origin, only};
use super::headers::{bare, dressed};
use super::judge::{Asked, Class, Verb, judge};
use super::multipart::Multipart;
use super::premises::{Householder, Present};
use super::reply::Deed;
use super::request::Papers;
use super::server::Inner;
use super::tokens::Scope;
use super::upload::Receiving;
use super::{
    Fingerprint, Form, FormError, Language, Method, Reply, Request, Site, Upload, UploadError,
    Visitor, cookie, der, is_house_address, plain,
};
use crate::log;
use crate::settings::DEFAULT_HOSTNAME;

const URLENCODED: &str = "application/x-www-form-urlencoded";

/// What a connection knows of its client.
pub(super) struct Line {
    pub(super) inner: Arc<Inner>,
    pub(super) peer: IpAddr,
    pub(super) local: IpAddr,
    pub(super) secure: bool,
    pub(super) executor: Weak<Executor<'static>>,
    /// Large files that are on their way through this connection.
    pub(super) receiving: Arc<AtomicUsize>,
}

type Answer = Response<Full<Bytes>>;

/// One request in the making: what is known of it by and by.
struct Visit<'l> {
    line: &'l Line,
    present: Arc<Present>,
    head: Head,
    parts: Parts,
    language: Language,
    opening: Option<u64>,
}

/// Answers one request. Whoever is outside the house learns nothing but the status.
pub(super) async fn answer(line: &Line, request: hyper::Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let inside = is_house_address(line.peer);
    let mut answer = look(line, parts, body, inside).await;
    if !inside || answer.status().is_client_error() {
        // Seats are few, and an unread body would be read as the next request.
        let close = header::HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
    }
    answer
}

async fn look(line: &Line, parts: Parts, body: Incoming, inside: bool) -> Answer {
    let inner = &*line.inner;
    let accepted = only(&parts.headers, header::ACCEPT_LANGUAGE);
    let preferred = accepted.ok().flatten().and_then(Language::preferred);
    let refuse = |status| match inside {
        true => dressed(
            plain::of_status(status, preferred.unwrap_or_default()),
            false,
            None,
        ),
        false => bare(status),
    };
    if !inner.throttle.allows(line.peer, Instant::now()) {
        return refuse(429);
    }
    let head = match Head::read(&parts) {
        Ok(head) => head,
        Err(status) => return refuse(status),
    };
    let present = async { Some(inner.premises.present().await) };
    let late = async {
        Timer::after(inner.times.life).await;
        None
    };
    let Some(present) = present.or(late).await else {
        return refuse(503);
    };
    let chosen = head.query.get("lang").and_then(Language::of_code);
    let visit = Visit {
        line,
        language: chosen.or(preferred).unwrap_or(present.language),
        opening: inner.premises.opening(),
        present,
        head,
        parts,
    };
    visit.answer(body).await
}

impl Visit<'_> {
    async fn answer(self, body: Incoming) -> Answer {
        let inner = &*self.line.inner;
        // Without an owner, "always" would open the box to whoever comes first.
        let owned = || async { inner.premises.owner().await.is_some() };
        let always = self.opening.is_none() && self.present.always && owned().await;
        let class = judge(&Asked {
            peer: self.line.peer,
            local: self.line.local,
            secure: self.line.secure,
            in_clear: inner.premises.pages_in_clear(),
            verb: self.head.verb,
            authority: &self.head.authority,
            path: &self.head.path,
            open: self.opening.is_some(),
            always,
            names: &self.names(),
        });
        let host = self.head.authority.text();
        let bare_host = host.strip_suffix(&self.port_suffix()).unwrap_or(&host);
        match class {
            Class::Public => self.public(body).await,
            Class::Setup | Class::Asset if is_embedded_elsewhere(&self.parts.headers) => bare(404),
            Class::Setup => self.setup(body).await,
            Class::Asset => {
                let request = self.request(Visitor::Public, None);
                self.finish(run(&*inner.setup, request).await, None)
            }
            Class::Explain | Class::ToTls => {
                let Some(origin) = inner.tls_origin(bare_host) else {
                    return bare(404);
                };
                let met = inner.has_met(self.line.peer, self.opening) || self.is_vouched();
                if class == Class::Explain && !met {
                    let print = self.fingerprint();
                    inner.beacon.ask(print, Instant::now());
                    let page = plain::explain(self.language, &print, &format!("{origin}/"));
                    return self.finish(page, None);
                }
                let target = format!("{origin}{}", self.head.target);
                self.finish(Reply::see_other(target).with_status(307), None)
            }
            Class::Captive => {
                let target = format!("http://{}{}/", self.reachable_as(), self.port_suffix());
                self.finish(Reply::see_other(target).with_status(302), None)
            }
            Class::Closed => {
                let status = if self.head.path == "/" { 200 } else { 404 };
                self.finish(plain::closed(self.language, status), None)
            }
            Class::WrongName => {
                let address = inner.tls_origin(&self.reachable_as());
                let address = address.unwrap_or_default();
                self.finish(plain::wrong_name(self.language, &address), None)
            }
            Class::Nothing => bare(404),
        }
    }

    /// The full names of the box at this moment.
    fn names(&self) -> Vec<String> {
        let mut names = self.present.names.clone();
        names.extend(self.line.inner.premises.local_name());
        names
    }

    /// What a browser can ask for that came here in whatever way: our end of its connection, but a link-local address needs a zone, which only the client knows.
    fn reachable_as(&self) -> String {
        match self.line.local {
            IpAddr::V6(six) if six.is_unicast_link_local() => {
                let name = self.line.inner.premises.local_name();
                name.unwrap_or_else(|| DEFAULT_HOSTNAME.to_owned())
            }
            IpAddr::V6(six) => format!("[{six}]"),
            IpAddr::V4(four) => four.to_string(),
        }
    }

    async fn public(self, body: Incoming) -> Answer {
        let mut request = self.request(Visitor::Public, None);
        if self.head.verb == Verb::Post {
            match read_body(&self.parts, body, &self.line.inner).await {
                Ok(mut octets) => request.body = std::mem::take(&mut octets),
                Err(status) => return bare(status),
            }
        }
        let reply = run(&*self.line.inner.public, request).await;
        match reply.status {
            404 => bare(404),
            _ => self.finish(reply, None),
        }
    }

    async fn setup(self, body: Incoming) -> Answer {
        let inner = &*self.line.inner;
        inner.meet(self.line.peer, self.opening);
        if self.head.verb == Verb::Other {
            let refused = Reply::method_not_allowed("GET, HEAD, POST");
            return self.finish(refused, None);
        }
        let visitor = self.visitor().await;
        let scope = match visitor {
            Visitor::Owner { session, .. } => Scope::Owner { session },
            Visitor::Stranger | Visitor::Public => Scope::Stranger {
                opening: self.opening,
                peer: self.line.peer,
            },
        };
        let papers = Desk {
            inner: self.line.inner.clone(),
            scope,
            fingerprint: self.fingerprint(),
        };
        let mut request = self.request(visitor, Some(Box::new(papers)));
        // What a password is good for that is judged from here on.
        let mut owner = None;
        let reply = if self.head.verb == Verb::Post {
            owner = inner.premises.owner().await;
            match self.form(body, scope, visitor).await {
                Ok((form, upload)) => {
                    request.form = form;
                    request.upload = Mutex::new(upload);
                }
                Err(status) => return self.finish(Reply::new(status, HTML, Vec::new()), None),
            }
            // A form may have taken its time.
            if self.visitor().await != visitor {
                return self.finish(Reply::new(403, HTML, Vec::new()), None);
            }
            request.method = Method::Post;
            self.deed(request).await
        } else {
            run(&*inner.setup, request).await
        };
        let now = Instant::now();
        let ends = |visitor| match visitor {
            Visitor::Owner { session, .. } => inner.sessions.end(session),
            Visitor::Stranger | Visitor::Public => {}
        };
        let cookie = match reply.session {
            Deed::Nothing => None,
            Deed::SignIn(account) => {
                ends(visitor);
                let before = owner.filter(|owner| owner.account == account);
                self.begin(account, before, now).await
            }
            Deed::SignInAlone(account) => {
                inner.sessions.end_all();
                self.begin(account, None, now).await
            }
            Deed::SignOutEverywhere => {
                inner.sessions.end_all();
                Some(cookie::clear())
            }
            Deed::SignOut => {
                ends(visitor);
                Some(cookie::clear())
            }
        };
        self.finish(reply, cookie.as_deref())
    }

    /// A session for the owner, if it is this person: the cookie. `before`: as they were when they gave their password, so that one that was changed meanwhile opens nothing.
    async fn begin(
        &self,
        account: AccountId,
        before: Option<Householder>,
        now: Instant,
    ) -> Option<String> {
        let inner = &self.line.inner;
        let owner = match before {
            Some(before) => before,
            None => inner.premises.owner().await?,
        };
        let value = (inner.sessions).begin(Householder { account, ..owner }, self.opening, now)?;
        Some(cookie::set(&value))
    }

    /// Who asks. A session is the owner's of this moment, with the password of this moment, or nobody's.
    async fn visitor(&self) -> Visitor {
        let inner = &*self.line.inner;
        let now = Instant::now();
        let found = cookies(&self.parts.headers)
            .find_map(|v| (inner.sessions).find(v, self.opening, self.present.always, now));
        let Some((owner, session)) = found else {
            return Visitor::Stranger;
        };
        if inner.premises.owner().await == Some(owner) {
            let account = owner.account;
            return Visitor::Owner { account, session };
        }
        inner.sessions.end(session);
        Visitor::Stranger
    }

    /// The form of a POST that may be one: from a page of ours, whole, in time, with its token.
    async fn form(
        &self,
        body: Incoming,
        scope: Scope,
        visitor: Visitor,
    ) -> Result<(Form, Option<Upload>), u16> {
        let inner = &*self.line.inner;
        let refused = |why: &str| {
            let peer = self.line.peer;
            log::info(0, format_args!("web: a form from {peer} is refused: {why}"));
            403
        };
        if !is_same_origin(&self.parts.headers, &self.head.authority, self.line.secure) {
            return Err(refused("it is not from a page of this box"));
        }
        let media_type = only(&self.parts.headers, header::CONTENT_TYPE)?.unwrap_or(URLENCODED);
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let owner = matches!(visitor, Visitor::Owner { .. });
        let most = inner.setup.takes_file(&self.head.path).filter(|_| owner);
        let (form, upload) = match (most, Multipart::of(media_type)) {
            (Some(most), Some(multipart)) => {
                let length = said_length(&self.parts)?.filter(|length| *length <= most);
                let length = length.ok_or(413_u16)?;
                let receiving = Receiving::new(&self.line.receiving);
                let begun = Upload::begin(body, multipart, length, receiving).await;
                let (form, upload) = begun.map_err(|error| match error {
                    UploadError::BrokenOff => 408_u16,
                    UploadError::Malformed => 400,
                })?;
                (form, Some(upload))
            }
            _ if essence.eq_ignore_ascii_case(URLENCODED) => {
                let octets = read_body(&self.parts, body, inner).await?;
                let form = Form::parse(&octets).map_err(|error| match error {
                    FormError::TooLong => 413_u16,
                    FormError::Malformed => 400,
                })?;
                (form, None)
            }
            _ => return Err(415),
        };
        let token = form.get("csrf").unwrap_or_default();
        (inner.tokens.take(token, scope, Instant::now()))
            .map_err(|why| refused(&format!("its token is {why:?}").to_lowercase()))?;
        Ok((form, upload))
    }

    /// A POST is answered to its end, also when the client does not wait: half a change is worse than none.
    async fn deed(&self, request: Request) -> Reply {
        let inner = &self.line.inner;
        let Some(executor) = self.line.executor.upgrade() else {
            return Reply::new(503, HTML, Vec::new());
        };
        let Some(counted) = Counted::new(&inner.deeds, self.line.peer) else {
            return Reply::new(503, HTML, Vec::new());
        };
        let (done, answered) = async_channel::bounded(1);
        let site = inner.setup.clone();
        let task = async move {
            let _counted = counted;
            done.send(run(&*site, request).await).await.ok();
        };
        executor.spawn(task).detach();
        let answered = answered.recv().await;
        answered.unwrap_or_else(|_| Reply::new(503, HTML, Vec::new()))
    }

    fn request(&self, visitor: Visitor, papers: Option<Box<dyn Papers>>) -> Request {
        Request {
            method: match self.head.verb {
                Verb::Post => Method::Post,
                Verb::Get | Verb::Other => Method::Get,
            },
            path: self.head.path.clone(),
            query: self.head.query.clone(),
            form: Form::default(),
            body: Vec::new(),
            peer: self.line.peer,
            host: self.head.authority.host.clone(),
            authority: self.head.authority.text(),
            language: self.language,
            secure: self.line.secure,
            head_only: self.parts.method == hyper::Method::HEAD,
            visitor,
            papers,
            upload: Mutex::default(),
        }
    }

    fn finish(&self, reply: Reply, cookie: Option<&str>) -> Answer {
        let reply = if reply.status >= 400 && reply.body.is_empty() {
            let mut page = plain::of_status(reply.status, self.language);
            page.allow = reply.allow;
            page
        } else {
            reply
        };
        dressed(reply, self.line.secure && self.is_vouched(), cookie)
    }

    fn is_vouched(&self) -> bool {
        der::is_vouched_for(&self.certificate(), &self.head.authority.host)
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate())
    }

    /// What this browser is shown, or will be.
    fn certificate(&self) -> Vec<u8> {
        let host = &self.head.authority.host;
        let certificates = &self.present.certificates;
        certificates.browsers_certificate(host).unwrap_or_default()
    }

    fn port_suffix(&self) -> String {
        let port = self.head.authority.port;
        port.map_or_else(String::new, |port| format!(":{port}"))
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// What a page may ask the guards for.
struct Desk {
    inner: Arc<Inner>,
    scope: Scope,
    fingerprint: Fingerprint,
}

impl Papers for Desk {
    fn csrf(&self) -> String {
        self.inner.tokens.give(self.scope, Instant::now())
    }

    fn fingerprint(&self) -> Fingerprint {
        self.inner.beacon.ask(self.fingerprint, Instant::now());
        self.fingerprint
    }
}

/// A fault in a page is its answer: 500.
async fn run(site: &dyn Site, request: Request) -> Reply {
    let path = request.path.clone();
    match AssertUnwindSafe(site.answer(request)).catch_unwind().await {
        Ok(reply) => reply,
        Err(_) => {
            log::error(0, format_args!("web: a fault in the program at {path:.60}"));
            Reply::new(500, HTML, Vec::new())
        }
    }
}
