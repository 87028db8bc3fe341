//! What a page answers. The headers that keep browsers from mischief are the server's ([`super`]); a page says only what it holds.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::Markup;
use ring::digest::{SHA256, digest};
use store::AccountId;

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) media_type: &'static str,
    pub(super) body: Cow<'static, [u8]>,
    pub(super) location: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) allow: Option<&'static str>,
    /// Hashes of the inline styles that the page may apply (CSP `style-src`).
    pub(super) styles: Vec<String>,
    pub(super) script: bool,
    pub(super) may_be_kept: bool,
    pub(super) session: Deed,
}

/// What becomes of the visitor's session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    Nothing,
    SignIn(AccountId),
    /// The same, and every other session of the owner ends.
    SignInAlone(AccountId),
    SignOut,
    /// Every session of the owner ends.
    SignOutEverywhere,
}

const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    /// A page: whole, with its `DOCTYPE`. It may use the style sheets under `/static/`, inline SVG, and forms to this box; nothing else unless said.
    pub fn page(markup: Markup) -> Reply {
        Reply::new(200, HTML, markup.into_string().into_bytes())
    }

    /// Go on there by GET: the answer to every POST that did something (RFC 9110 §15.4.4). `path` is one of ours, from `/` on.
    pub fn see_other(path: impl Into<String>) -> Reply {
        let mut reply = Reply::new(303, HTML, Vec::new());
        reply.location = Some(path.into());
        reply
    }

    /// Plain text in UTF-8.
    #[cfg(test)]
    pub(crate) fn text(text: impl Into<String>) -> Reply {
        let text: String = text.into();
        Reply::new(200, "text/plain; charset=utf-8", text.into_bytes())
    }

    /// A file to keep, under this name (letters, digits, `.`, `-` and `_`; others are left out).
    pub fn file(name: &str, media_type: &'static str, octets: Vec<u8>) -> Reply {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let mut reply = Reply::new(200, media_type, octets);
        reply.file_name = Some(name.chars().filter(plain).collect());
        reply
    }

    /// A document for programs: kept by them for some minutes if `may_be_kept`; under this name if it is one to keep.
    pub fn document(
        media_type: &'static str,
        octets: Vec<u8>,
        may_be_kept: bool,
        name: Option<&str>,
    ) -> Reply {
        let mut reply = match name {
            Some(name) => Reply::file(name, media_type, octets),
            None => Reply::new(200, media_type, octets),
        };
        reply.may_be_kept = may_be_kept;
        reply
    }

    /// A style sheet, script or picture that is in the binary: kept by the browser for some minutes, and to be had in the house also while the window is
    /// closed, if its path begins with `/static/`.
    pub fn asset(media_type: &'static str, octets: &'static [u8]) -> Reply {
        let mut reply = Reply::new(200, media_type, octets);
        reply.may_be_kept = true;
        reply
    }

    /// There is nothing there. The server makes the page.
    pub fn not_found() -> Reply {
        Reply::new(404, HTML, Vec::new())
    }

    /// There is something, but not for this method.
    pub fn method_not_allowed(allow: &'static str) -> Reply {
        let mut reply = Reply::new(405, HTML, Vec::new());
        reply.allow = Some(allow);
        reply
    }

    /// The same answer under another status, as 422 for a form with a mistake in it.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }

    /// The page holds `<style>css</style>` with exactly this text; styles without this are not applied.
    #[must_use]
    pub fn with_style(mut self, css: &str) -> Reply {
        let hash = STANDARD.encode(digest(&SHA256, css.as_bytes()));
        self.styles.push(format!("'sha256-{hash}'"));
        self
    }

    /// The page uses scripts under `/static/`, and they ask this box for more.
    #[must_use]
    pub fn with_script(mut self) -> Reply {
        self.script = true;
        self
    }

    /// From here on the visitor is signed in as the owner: a new session, a new cookie; an old one of the same visitor ends.
    #[must_use]
    pub fn sign_in(mut self, account: AccountId) -> Reply {
        self.session = Deed::SignIn(account);
        self
    }

    /// The same after their password was changed: every other session ends.
    #[must_use]
    pub fn sign_in_alone(mut self, account: AccountId) -> Reply {
        self.session = Deed::SignInAlone(account);
        self
    }

    /// The visitor's session ends.
    #[must_use]
    pub fn sign_out(mut self) -> Reply {
        self.session = Deed::SignOut;
        self
    }

    /// Every session of the owner ends, on all devices.
    #[must_use]
    pub fn sign_out_everywhere(mut self) -> Reply {
        self.session = Deed::SignOutEverywhere;
        self
    }

    /// The status, for tests of pages.
    #[cfg(test)]
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Where [`Reply::see_other`] leads.
    #[cfg(test)]
    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// What is in it.
    #[cfg(test)]
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The media type.
    #[cfg(test)]
    pub(crate) fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// Who is signed in by it.
    #[cfg(test)]
    pub(crate) fn signs_in(&self) -> Option<AccountId> {
        match self.session {
            Deed::SignIn(account) | Deed::SignInAlone(account) => Some(account),
            Deed::Nothing | Deed::SignOut | Deed::SignOutEverywhere => None,
        }
    }

    pub(super) fn new(
        status: u16,
        media_type: &'static str,
        body: impl Into<Cow<'static, [u8]>>,
    ) -> Reply {
        Reply {
            status,
            media_type,
            body: body.into(),
            location: None,
            file_name: None,
            allow: None,
            styles: Vec::new(),
            script: false,
            may_be_kept: false,
            session: Deed::Nothing,
        }
    }
}
