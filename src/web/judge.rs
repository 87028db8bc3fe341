//! What a request is, judged before any page hears of it: a pure function of who asks for what, where, and whether the window is open.

use std::net::IpAddr;

use super::authority::Authority;
use super::{captive, is_house_address};

/// What is known of a request before its body is read.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// The socket's other end.
    pub(super) peer: IpAddr,
    /// Our end.
    pub(super) local: IpAddr,
    pub(super) secure: bool,
    /// [`super::Premises::pages_in_clear`].
    pub(super) in_clear: bool,
    /// `GET`, `HEAD`, `POST`, or something else.
    pub(super) verb: Verb,
    pub(super) authority: &'a Authority,
    /// Decoded.
    pub(super) path: &'a str,
    /// The window is open.
    pub(super) open: bool,
    /// `[setup] always`.
    pub(super) always: bool,
    /// The full names of the box.
    pub(super) names: &'a [String],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    /// Also HEAD.
    Get,
    Post,
    Other,
}

/// What is done with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// A client configuration endpoint: for everyone, always.
    Public,
    /// A file that is in the binary anyway: for the house, always.
    Asset,
    /// The setup pages.
    Setup,
    /// The plain door's page that explains what comes.
    Explain,
    /// To the same path over TLS.
    ToTls,
    /// Leads a phone that looks for the internet to the setup page.
    Captive,
    /// "Hold the button."
    Closed,
    /// In the house, while the window is open, but under a name that is not ours.
    WrongName,
    /// There is nothing, and no word about why.
    Nothing,
}

/// Where endpoints for everyone lie, in lower case: clients disagree about it.
const PUBLIC: [&str; 4] = [
    "/.well-known/autoconfig/mail/config-v1.1.xml",
    "/mail/config-v1.1.xml",
    AUTODISCOVER,
    "/.well-known/mta-sts.txt",
];
/// The one that is asked by POST (MS-OXDSCLI).
const AUTODISCOVER: &str = "/autodiscover/autodiscover.xml";
/// Apple's configuration profiles; at the root only: those that carry a person's password lie among the setup pages.
const PROFILE: &str = ".mobileconfig";
/// Where newer Outlooks ask for where that is.
const AUTODISCOVER_JSON: &str = "/autodiscover/autodiscover.json";
/// What [`super::Reply::asset`] answers.
const ASSETS: &str = "/static/";

/// See the module.
pub(super) fn judge(asked: &Asked<'_>) -> Class {
    let get = asked.verb == Verb::Get;
    if is_public(asked.path, asked.verb) {
        return Class::Public;
    }
    if !is_house_address(asked.peer) {
        return Class::Nothing;
    }
    let ours = asked.authority.is_ours(asked.names, asked.local);
    let may_set_up = asked.open || asked.always;
    if !asked.secure && asked.open && !ours && get {
        let probe = captive::is_probe(&asked.authority.host, asked.path);
        return if probe {
            Class::Captive
        } else {
            Class::Nothing
        };
    }
    if !ours {
        return match asked.open && asked.secure {
            true => Class::WrongName,
            false => Class::Nothing,
        };
    }
    match (asked.secure || asked.in_clear, may_set_up) {
        (true, _) if get && asked.path.starts_with(ASSETS) => Class::Asset,
        (true, true) => Class::Setup,
        (false, true) if get && asked.path == "/" => Class::Explain,
        (false, true) if get => Class::ToTls,
        // Also in the middle of a page that was open a minute ago: who comes back to it, or sends its form, is told.
        (_, false) if asked.verb != Verb::Other => Class::Closed,
        _ => Class::Nothing,
    }
}

/// Whether everyone may ask this. Other methods than the endpoint has are somebody looking around.
pub(super) fn is_public(path: &str, verb: Verb) -> bool {
    let path = path.to_ascii_lowercase();
    match verb {
        Verb::Get => {
            let profile = path
                .strip_prefix('/')
                .and_then(|name| name.strip_suffix(PROFILE));
            let below = path.strip_prefix(AUTODISCOVER_JSON);
            PUBLIC.contains(&path.as_str())
                || below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
                || profile.is_some_and(|name| !name.is_empty() && !name.contains('/'))
        }
        Verb::Post => path == AUTODISCOVER,
        Verb::Other => false,
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
