//! What the owner should publish in the DNS so that mail of the house arrives and is believed, and whether it is there.
//!
//! ```text
//! record   one record, in a zone file's form and a web form's     wanted  the records of a domain, and why each
//! relays   relays that are known by their host names              policy  MTA-STS policy text
//! check    each record looked up: a plain sentence each           line    does the line let mail out (port 25)?
//! print    all of it as text and as JSON                     dane    the hash of a certificate's key
//! said     a sentence in any language
//! ```
//!
//! For the verbs `pillarbox dns` ([`records`], [`advice`], [`records_text`], [`records_json`]) and `pillarbox dns check` ([`check`], [`can_mail_leave`],
//! [`findings_text`], [`findings_json`]).
//!
//! Promises: what is printed can be pasted as it is; nothing is called wrong that was only not heard (every question that fails is asked twice, and a name
//! server that is silent is no fault of the records); what does not matter, because a relay sends the mail, is not complained of (users.md F1, F14). What it
//! cannot do: it does not follow SPF into other people's records, and it does not change anything anywhere.

mod check;
mod dane;
mod line;
mod policy;
mod print;
mod record;
mod relays;
mod said;
mod wanted;

use std::net::IpAddr;

use msgauth::dkim::{Records, Selectors};
use store::{Relay, RelayScope};

use crate::signing::DomainKeys;

pub use check::{Ask, Finding, State, check, check_by};
pub use dane::tls_key_hash;
pub use line::{Dial, Leaves, LineReport, WELL_KNOWN, can_mail_leave, can_mail_leave_by};
pub use policy::{POLICY_MAX_AGE, policy_id, policy_text};
pub use print::{findings_json, findings_text, records_json, records_text};
pub use record::{Need, Record, TTL};
pub(crate) use said::say;
pub use said::{Pick, Said};
pub use wanted::{advice, records};

/// What the box knows of itself that decides about its records.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The box's host name, in A-labels.
    pub hostname: String,
    /// The addresses under which the world reaches the box, if they are known; usually the router's. Empty: not known.
    pub addresses: Vec<IpAddr>,
    /// Who sends the mail.
    pub relay: RelayUse,
    /// The domain's DKIM keys; `None` while there are none.
    pub dkim: Option<PublishedKeys>,
    /// SHA-256 of the SubjectPublicKeyInfo in the certificate of port 25, for DANE; `None`: no TLSA record is advised.
    pub tls_key: Option<[u8; 32]>,
    /// The box answers at HTTP: mail programs find their settings there.
    pub serves_web: bool,
    /// Its certificate is from an authority that the world believes, so that `https://mta-sts.DOMAIN/` can be one of its names.
    pub believed: bool,
}

/// The public side of a domain's DKIM keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublishedKeys {
    /// Their names.
    pub selectors: Selectors,
    /// Their texts.
    pub records: Records,
}

/// How far relays send the mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RelayUse {
    /// Not at all.
    Direct,
    /// For some domains, or as a fall-back: host names of the relays.
    Partly(Vec<String>),
    /// For everything: the relay's host name.
    Everything(String),
}

impl Facts {
    /// Of a box with these relays and keys; addresses and certificate are filled in by who knows them.
    pub fn new(hostname: &str, relays: &[Relay], keys: Option<&DomainKeys>) -> Facts {
        Facts {
            hostname: mail::idna::to_ascii(hostname).unwrap_or_else(|| hostname.to_owned()),
            addresses: Vec::new(),
            relay: RelayUse::of(relays),
            dkim: keys.map(|keys| PublishedKeys {
                selectors: keys.selectors.clone(),
                records: keys.records.clone(),
            }),
            tls_key: None,
            serves_web: false,
            believed: false,
        }
    }
}

impl RelayUse {
    /// What the relays in the store come to.
    pub fn of(relays: &[Relay]) -> RelayUse {
        let all = relays
            .iter()
            .find(|relay| relay.scope == RelayScope::Everything);
        match all {
            Some(relay) => RelayUse::Everything(relay.host.clone()),
            None if relays.is_empty() => RelayUse::Direct,
            None => RelayUse::Partly(relays.iter().map(|relay| relay.host.clone()).collect()),
        }
    }

    /// The relays' host names.
    fn hosts(&self) -> &[String] {
        match self {
            RelayUse::Direct => &[],
            RelayUse::Partly(hosts) => hosts,
            RelayUse::Everything(host) => std::slice::from_ref(host),
        }
    }
}
