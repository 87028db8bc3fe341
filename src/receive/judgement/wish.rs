//! What is to be done with a message that proves nothing, by its author's domain's word or by ours.
//!
//! | what | why | what follows |
//! |---|---|---|
//! | two From fields | RFC 5322 §3.6 knows one, programs differ in which they show; RFC 7489 §6.6.1 lets a receiver refuse it | refused |
//! | From that cannot be read, of several domains, or behind 256 KB | somebody may be shown whom no policy was asked about; some old servers' returns are honest all the same | Junk |
//! | no From | programs show Sender or something else instead, of which no policy was asked | Junk |
//! | DMARC's word after sampling | RFC 7489 §6.6 | refused, Junk or nothing |
//! | From of this house, without proof | its people log in to send; nobody else is them. Refused only if the published policy says so: a newsletter service or list that the owner forgot to name would lose mail for good | Junk |
//! | a client with a private address | it stands for somebody else (a router that rewrites addresses), so that SPF's no says nothing | Junk instead of refused |
//! | a policy against forgeries, nothing proven, and something that might have been could not be asked for | whoever forges chooses what is asked (a selector that is lame), and whoever is honest loses nothing | Junk |
//! | the DNS did not answer at all | it proves nothing, and would again another time | as far as the above is known |

use std::net::IpAddr;

use msgauth::dmarc::{DmarcResult, NoAuthor, Policy};
use smtp::Reply;

use super::Judged;

/// What is to be done, mildest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Wish {
    /// Nothing in particular.
    Nothing,
    /// Into Junk.
    Suspect,
    /// Refused.
    Refuse,
}

impl Judged {
    /// What is to be done unless a chain of seals explains it ([`Judged::vouchers`]), and why: a sentence without its full stop.
    pub(crate) fn wish(&self) -> (Wish, String) {
        let (wish, reason) = self.asked();
        match wish {
            Wish::Refuse if is_private(self.peer) => (
                Wish::Suspect,
                format!(
                    "{reason}; the client's address is a private one, which says nothing of who sent it"
                ),
            ),
            wish => (wish, reason),
        }
    }

    fn asked(&self) -> (Wish, String) {
        match self.verdicts.no_author {
            Some(NoAuthor::Several) => {
                return (Wish::Refuse, NoAuthor::Several.words().to_owned());
            }
            Some(other) => return (Wish::Suspect, other.words().to_owned()),
            None => {}
        }
        let dmarc = self.verdicts.dmarc.as_ref();
        let disposition = dmarc.map_or(Policy::None, |dmarc| dmarc.disposition);
        let unclear = dmarc.is_some_and(|dmarc| {
            let strict = dmarc.policy.is_some_and(|policy| policy > Policy::None);
            dmarc.result == DmarcResult::TempError && strict
        });
        let why = || dmarc.map_or(String::new(), |dmarc| dmarc.reason.clone());
        match disposition {
            Policy::Reject => (Wish::Refuse, why()),
            Policy::Quarantine => (Wish::Suspect, why()),
            Policy::None if unclear => (Wish::Suspect, why()),
            Policy::None if self.own && self.proven_domain().is_none() => (
                Wish::Suspect,
                format!(
                    "it says that it is from {}, which is of this house, and nothing proves it",
                    self.author_domain()
                ),
            ),
            Policy::None => (Wish::Nothing, String::new()),
        }
    }

    /// What a refused client is told.
    pub(crate) fn refusal(&self, reason: &str) -> Reply {
        if self.verdicts.no_author == Some(NoAuthor::Several) {
            return Reply::new(
                550,
                (5, 6, 0),
                "This message has more than one From field, and nobody could know who wrote it; it needs exactly one (RFC 5322)",
            );
        }
        Reply::new(
            550,
            (5, 7, 1),
            format!(
                "Not taken: {reason}. If it is yours, send it through your own provider's server, logged in"
            ),
        )
    }
}

/// An address that no host of the internet has (RFC 1918, RFC 4193, link-local). The loopback is not among them: there it is a program of this machine, or a tunnel.
pub(super) fn is_private(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(peer) => peer.is_private() || peer.is_link_local(),
        IpAddr::V6(peer) => peer.is_unique_local() || peer.is_unicast_link_local(),
    }
}
