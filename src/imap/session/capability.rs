//! CAPABILITY (RFC 9051 §6.1.1): one row a name. A row stands here once the thing works whole.
//!
//! Cannot: names that depend on the connection (AUTH=, STARTTLS, LOGINDISABLED) and on the limits (APPENDLIMIT=) are made by code below.

use sasl::Mechanism;

use crate::session::{Session, State, Tls};

/// When a name is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// in every state
    Always,
    /// before log-in only
    BeforeLogin,
    /// after log-in only: nobody else can use it, and strangers get short answers (B5)
    AfterLogin,
    /// never, though it works: announcing it breaks a client that is in use
    Hidden,
}

/// One name of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capability {
    /// as announced
    pub(super) name: &'static str,
    /// when
    pub(super) announced: Announced,
}

const fn row(name: &'static str, announced: Announced) -> Capability {
    Capability { name, announced }
}

use Announced::{AfterLogin, Always, BeforeLogin, Hidden};

/// Every name, in the order of the list.
pub(super) static CAPABILITIES: &[Capability] = &[
    row("IMAP4rev2", Always),
    row("IMAP4rev1", Always),
    row("LITERAL+", Always),
    row("ID", Always),
    row("ENABLE", Always),
    row("LANGUAGE", Always),
    row("SASL-IR", BeforeLogin),
    row("IDLE", AfterLogin),
    row("COMPRESS=DEFLATE", AfterLogin),
    row("UNAUTHENTICATE", AfterLogin),
    row("NOTIFY", AfterLogin),
    row("NAMESPACE", AfterLogin),
    row("CHILDREN", AfterLogin),
    row("UIDPLUS", AfterLogin),
    row("UNSELECT", AfterLogin),
    row("MOVE", AfterLogin),
    row("ESEARCH", AfterLogin),
    row("SEARCHRES", AfterLogin),
    row("SEARCH=FUZZY", AfterLogin),
    row("WITHIN", AfterLogin),
    row("PARTIAL", AfterLogin),
    row("CONTEXT=SEARCH", AfterLogin),
    row("CONTEXT=SORT", AfterLogin),
    row("MULTISEARCH", AfterLogin),
    row("FILTERS", AfterLogin),
    row("UIDBATCHES", AfterLogin),
    row("INPROGRESS", AfterLogin),
    row("SORT", AfterLogin),
    row("SORT=DISPLAY", AfterLogin),
    row("ESORT", AfterLogin),
    row("THREAD=ORDEREDSUBJECT", AfterLogin),
    row("THREAD=REFERENCES", AfterLogin),
    row("THREAD=REFS", AfterLogin),
    row("I18NLEVEL=1", AfterLogin),
    row("OBJECTID", AfterLogin),
    row("SAVEDATE", AfterLogin),
    row("PREVIEW", AfterLogin),
    row("BINARY", AfterLogin),
    row("MULTIAPPEND", AfterLogin),
    row("CATENATE", AfterLogin),
    row("URL-PARTIAL", AfterLogin),
    row("URLAUTH", AfterLogin),
    row("URLAUTH=BINARY", AfterLogin),
    row("REPLACE", AfterLogin),
    row("UTF8=ACCEPT", AfterLogin),
    row("SPECIAL-USE", AfterLogin),
    row("CREATE-SPECIAL-USE", AfterLogin),
    row("LIST-EXTENDED", AfterLogin),
    row("LIST-STATUS", AfterLogin),
    row("STATUS=SIZE", AfterLogin),
    row("CONDSTORE", AfterLogin),
    row("QRESYNC", AfterLogin),
    row("LIST-MYRIGHTS", AfterLogin),
    row("LIST-METADATA", AfterLogin),
    row("ACL", AfterLogin),
    row("RIGHTS=texk", AfterLogin),
    row("METADATA", AfterLogin),
    row("QUOTA", AfterLogin),
    row("QUOTASET", AfterLogin),
    row("QUOTA=RES-STORAGE", AfterLogin),
    row("QUOTA=RES-MESSAGE", AfterLogin),
    // Outlook enables it wherever it is announced, and then breaks (A5).
    row("UIDONLY", Hidden),
];

impl Session {
    /// Whether the settings leave a command or capability of this name in.
    pub(super) fn is_switched_on(&self, name: &str) -> bool {
        name != "UNAUTHENTICATE" || self.limits.unauthenticate
    }

    /// The capabilities of this state (RFC 9051 §6.1.1, §11.7: none for log-in before TLS).
    pub(super) fn capabilities(&self) -> String {
        let (now, stranger) = match &self.state {
            State::Stranger(stranger) => (BeforeLogin, Some(stranger)),
            _ => (AfterLogin, None),
        };
        let mut list = String::new();
        for capability in CAPABILITIES {
            let announced = capability.announced == Always || capability.announced == now;
            if announced && self.is_switched_on(capability.name) {
                push(&mut list, capability.name);
            }
        }
        let Some(stranger) = stranger else {
            push(&mut list, &format!("APPENDLIMIT={}", self.limits.message));
            return list;
        };
        match &stranger.tls {
            Tls::None => push(&mut list, "LOGINDISABLED"),
            Tls::Available => {
                push(&mut list, "STARTTLS");
                push(&mut list, "LOGINDISABLED");
            }
            Tls::Active(binding) => {
                let bound = binding.as_ref().is_some_and(|binding| !binding.is_empty());
                for mechanism in Mechanism::offered(bound) {
                    push(&mut list, &format!("AUTH={}", mechanism.name()));
                }
            }
        }
        list
    }
}

fn push(list: &mut String, name: &str) {
    if !list.is_empty() {
        list.push(' ');
    }
    list.push_str(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_have_no_spaces() {
        for (at, capability) in CAPABILITIES.iter().enumerate() {
            assert!(!capability.name.contains(' '), "{capability:?}");
            assert!(
                CAPABILITIES[..at]
                    .iter()
                    .all(|other| !other.name.eq_ignore_ascii_case(capability.name)),
                "{capability:?} stands twice"
            );
        }
    }
}
