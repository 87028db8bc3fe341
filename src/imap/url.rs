//! IMAP URLs (RFC 5092) that name a message or a part of one, with or without authorization (RFC 4467 §3).
//!
//! Promises: total and linear on any octets, nothing is allocated beyond the URL's own length; what parses is decoded; the rump that
//! an authorization token is made over is cut out of the URL as it was sent, octet for octet (RFC 4467 §6). Cannot: URLs of servers,
//! mailboxes, lists and searches are refused, for nothing here takes them; a relative path other than `;UID=` has no meaning (RFC 5092 §7.2).

mod authority;
mod token;

use crate::command::Section;
use crate::mailbox_name;
use crate::parse;

pub use token::{TOKEN_DIGITS, token, token_fits};

/// The longest URL that is looked at, in octets: a mailbox name percent-encoded, a section with header fields, and a token.
pub const URL_MAX: usize = 8 * 1024;

/// A URL of a message or a part of one.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Url {
    /// `imap://user@host:port`; none: a relative URL
    pub server: Option<Server>,
    /// the mailbox's name, decoded; none: the selected one (`;UID=` alone)
    pub mailbox: Option<String>,
    /// `;UIDVALIDITY=`
    pub uid_validity: Option<u32>,
    /// `/;UID=`
    pub uid: u32,
    /// `/;SECTION=`; none: the whole message
    pub section: Option<Section>,
    /// `/;PARTIAL=`: first octet, and how many
    pub partial: Option<(u64, Option<u64>)>,
    /// `;EXPIRE=`: seconds since 1970 after which the URL is worth nothing
    pub expire: Option<i64>,
    /// `;URLAUTH=`
    pub auth: Option<UrlAuth>,
}

/// The server's part of a URL.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Server {
    /// decoded; empty: none
    pub user: String,
    /// lower case, without port
    pub host: String,
    /// none: the scheme's own, 143
    pub port: Option<u16>,
}

/// `;URLAUTH=<access>[:<mech>:<token>]` (RFC 4467 §3).
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct UrlAuth {
    /// who may use the URL
    pub access: Access,
    /// mechanism (upper case) and token (hexadecimal digits); none in a rump
    pub verifier: Option<(String, String)>,
    /// octets of the URL without `:<mech>:<token>`
    pub rump: usize,
}

/// Who may use an authorized URL.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum Access {
    /// `submit+userid`: a submission server on behalf of that person
    Submit(String),
    /// `user+userid`: that person
    User(String),
    /// `authuser`: whoever has logged in
    AuthUser,
    /// `anonymous`: anybody
    Anonymous,
}

/// Takes a URL apart. `None`: it is none, or names something other than a message or a part.
///
/// ```abnf
/// imessagepart = imailbox-ref iuid [isection] [ipartial]
/// iuid = "/;UID=" nz-number        isection = "/;SECTION=" enc-section        ipartial = "/;PARTIAL=" partial-range
/// iurlauth-rump = [";EXPIRE=" date-time] ";URLAUTH=" access
/// ```
pub fn parse(text: &[u8]) -> Option<Url> {
    if text.len() > URL_MAX {
        return None;
    }
    let text = std::str::from_utf8(text).ok().filter(|text| {
        text.bytes()
            .all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'<' | b'>' | b'\\'))
    })?;
    let (server, path) = authority::split(text)?;
    let (mailbox, rest) = mailbox(path, server.is_some())?;
    let (mailbox, uid_validity) = mailbox;
    let (uid, rest) = digits(rest)?;
    let uid = u32::try_from(uid).ok().filter(|uid| *uid > 0)?;

    let mut url = Url {
        server,
        mailbox,
        uid_validity,
        uid,
        section: None,
        partial: None,
        expire: None,
        auth: None,
    };
    let mut rest = rest;
    if let Some(after) = strip(rest, "/;SECTION=") {
        let end = after.find(';').unwrap_or(after.len());
        let (mut section, behind) = after.split_at_checked(end)?;
        rest = behind;
        if let (Some(before), Some(_)) = (section.strip_suffix('/'), strip(behind, ";PARTIAL=")) {
            section = before;
            rest = after.get(end.checked_sub(1)?..)?;
        }
        url.section = Some(parse::section_spec(&unescape(section)?).ok()?);
    }
    if let Some(after) = strip(rest, "/;PARTIAL=") {
        let (offset, behind) = digits(after)?;
        rest = behind;
        let mut length = None;
        if let Some(after) = behind.strip_prefix('.') {
            let (octets, behind) = digits(after)?;
            length = Some(octets).filter(|octets| *octets > 0);
            length?;
            rest = behind;
        }
        url.partial = Some((offset, length));
    }
    if let Some(after) = strip(rest, ";EXPIRE=") {
        let end = after.find(';').unwrap_or(after.len());
        let (date, behind) = after.split_at_checked(end)?;
        url.expire = Some(mail::date::parse_rfc3339(date)?);
        rest = behind;
    }
    if let Some(after) = strip(rest, ";URLAUTH=") {
        url.auth = Some(authorization(after, text.len())?);
        rest = "";
    }
    // An expiry without an authorization to expire is no part of the grammar.
    (rest.is_empty() && (url.expire.is_none() || url.auth.is_some())).then_some(url)
}

/// The mailbox before `/;UID=`, and what stands behind.
#[expect(
    clippy::type_complexity,
    reason = "a name and its UIDVALIDITY, and the rest: used once"
)]
fn mailbox(path: &str, absolute: bool) -> Option<((Option<String>, Option<u32>), &str)> {
    if !absolute && let Some(rest) = strip(path, ";UID=") {
        return Some(((None, None), rest));
    }
    let path = path.strip_prefix('/')?;
    let at = find(path, "/;UID=")?;
    let (reference, rest) = path.split_at_checked(at)?;
    let (mut name, mut validity) = (reference, None);
    if let Some(at) = reference.find(';') {
        let (before, after) = reference.split_at_checked(at)?;
        let (number, behind) = digits(strip(after, ";UIDVALIDITY=")?)?;
        if !behind.is_empty() {
            return None;
        }
        validity = Some(u32::try_from(number).ok()?);
        name = before;
    }
    let name = mailbox_name::decode(&unescape(name)?, true).filter(|name| !name.is_empty())?;
    Some(((Some(name), validity), rest.get("/;UID=".len()..)?))
}

/// `access [":" mechanism ":" token]`, the last of a URL that has `whole` octets.
fn authorization(text: &str, whole: usize) -> Option<UrlAuth> {
    let (access, verifier) = match text.split_once(':') {
        None => (text, None),
        Some((access, verifier)) => {
            let (mechanism, token) = verifier.split_once(':')?;
            let named = !mechanism.is_empty()
                && mechanism
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.'));
            if !named || token.len() < 32 || !token.bytes().all(|octet| octet.is_ascii_hexdigit()) {
                return None;
            }
            (
                access,
                Some((mechanism.to_ascii_uppercase(), token.to_owned())),
            )
        }
    };
    let user = |text: &str| {
        String::from_utf8(unescape(text)?)
            .ok()
            .filter(|user| !user.is_empty())
    };
    Some(UrlAuth {
        rump: whole.checked_sub(text.len())?.checked_add(access.len())?,
        access: if let Some(name) = strip(access, "submit+") {
            Access::Submit(user(name)?)
        } else if let Some(name) = strip(access, "user+") {
            Access::User(user(name)?)
        } else if access.eq_ignore_ascii_case("authuser") {
            Access::AuthUser
        } else if access.eq_ignore_ascii_case("anonymous") {
            Access::Anonymous
        } else {
            return None;
        },
        verifier,
    })
}

/// What stands behind a prefix in any case.
fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Where a word in any case stands first.
fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes()
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// A number of up to 63 bits.
fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    let number = number
        .parse::<u64>()
        .ok()
        .filter(|number| *number <= i64::MAX as u64)?;
    Some((number, rest))
}

/// Percent-encoding undone (RFC 3986 §2.1). `None`: a percent sign without two hexadecimal digits, or NUL.
pub(crate) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        out.push(match octet {
            b'%' => {
                let mut digit = || char::from(octets.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?)
                    .ok()
                    .filter(|octet| *octet != 0)?
            }
            octet => octet,
        });
    }
    Some(out)
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
