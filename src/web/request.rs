//! What a page is asked, after every guard has looked at it.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use store::AccountId;

use super::{Fingerprint, Form, Language, Upload};

/// What is asked for. A HEAD is asked of pages as a GET.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// To see something; changes nothing.
    Get,
    /// To change something; its token was looked at.
    Post,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visitor {
    /// Somebody in the house while the window is open, not signed in.
    Stranger,
    /// The owner, signed in.
    Owner {
        /// Whose account it is.
        account: AccountId,
        /// Which of the owner's sessions: a number for telling them apart, of no use to anyone else.
        session: u64,
    },
    /// Anyone on earth, at the client configuration endpoints.
    Public,
}

/// One request.
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// The path, percent-decoded, from `/` on; without control characters.
    pub path: String,
    /// What stands behind `?`.
    pub query: Form,
    /// What was posted, if it was a form.
    pub form: Form,
    /// What was posted to a public endpoint, as it came: at most 16 KiB.
    pub body: Vec<u8>,
    /// The socket's other end. No header is believed about it.
    pub peer: IpAddr,
    /// The host that the client named, in lower case, without port. For the setup pages it is one of ours; at public endpoints it is whatever the client says.
    pub host: String,
    /// What the client called us in full, port included: for making addresses of our own (`https://AUTHORITY/`).
    pub authority: String,
    /// The browser's language.
    pub language: Language,
    /// Whether it came over TLS. Always, for setup pages.
    pub secure: bool,
    /// The client wants to see the head only (HEAD): what works once is not used up.
    pub head_only: bool,
    /// Who asks.
    pub visitor: Visitor,
    pub(super) papers: Option<Box<dyn Papers>>,
    pub(super) upload: Mutex<Option<Upload>>,
}

/// What the guards put into a request for the page.
pub(super) trait Papers: Send + Sync {
    /// A token for a form of this visitor.
    fn csrf(&self) -> String;
    /// The certificate's; from now on the light plays it for a minute.
    fn fingerprint(&self) -> Fingerprint;
}

impl Request {
    /// A GET of `path` by a stranger at this machine, for tests of pages; its fields are public. Its [`Request::csrf`] opens nothing.
    #[cfg(test)]
    pub(crate) fn get(path: &str) -> Request {
        Request {
            method: Method::Get,
            path: path.to_owned(),
            query: Form::default(),
            form: Form::default(),
            body: Vec::new(),
            peer: std::net::Ipv4Addr::LOCALHOST.into(),
            host: "pillarbox.local".to_owned(),
            authority: "pillarbox.local".to_owned(),
            language: Language::English,
            secure: true,
            head_only: false,
            visitor: Visitor::Stranger,
            papers: None,
            upload: Mutex::default(),
        }
    }

    /// A POST of `form` to `path`, for tests of pages.
    #[cfg(test)]
    pub(crate) fn post(path: &str, form: &[(&str, &str)]) -> Request {
        Request {
            method: Method::Post,
            form: Form::of(form),
            ..Request::get(path)
        }
    }

    /// The token that each form must carry in a hidden field named `csrf`. Every POST is refused without one, before a page hears of it. A stranger's is good for
    /// one POST, the owner's for the session.
    pub fn csrf(&self) -> String {
        self.papers
            .as_ref()
            .map_or_else(|| "no-token".to_owned(), |papers| papers.csrf())
    }

    /// The file that was posted, the first time that it is asked for.
    pub fn take_upload(&self) -> Option<Upload> {
        let mut upload = self.upload.lock().unwrap_or_else(PoisonError::into_inner);
        upload.take()
    }

    /// The fingerprint of the box's certificate, for a page that asks "is the light blinking in this rhythm?": from now on the light plays it for a minute.
    pub fn fingerprint(&self) -> Fingerprint {
        self.papers
            .as_ref()
            .map_or_else(|| Fingerprint::of(b""), |papers| papers.fingerprint())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("form", &self.form)
            .field("peer", &self.peer)
            .field("host", &self.host)
            .field("visitor", &self.visitor)
            .finish_non_exhaustive()
    }
}
