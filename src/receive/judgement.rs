//! Who sent a stranger's message, and what follows from it before anybody asks whether it is wanted.
//!
//! ```text
//! wish    what is to be done with what proves nothing: DMARC, our own domains, headers with two faces     sealers  whom a chain of seals rests on
//! turns   how much at a time              stored  the verdicts as they lie in the message's record
//! ```
//!
//! Promises: what the DNS does not answer within [`TIME`] is a temporary error and no reason to refuse or delay anything, so that mail flows while no
//! resolver works; nothing is judged by a clock that is not trusted; what a client may make us ask is bounded by `msgauth`.
//!
//! What it cannot do: behind a host that takes the house's mail first (a backup MX, a provider's relay), the client is that host, and SPF speaks of it.
//! Such a house turns this off (`[verify] strangers`).

mod sealers;
mod stored;
mod turns;
mod wish;

use std::net::IpAddr;
use std::time::Duration;

use async_io::Timer;
use futures_lite::FutureExt as _;
use msgauth::dkim::DkimResult;
use msgauth::spf::{Client, SpfResult};
use msgauth::suffix::organizational_domain;
use msgauth::{Circumstances, Verdicts, Verifier, results};
use ring::rand::{SecureRandom as _, SystemRandom};
use smtp::Reply;
use smtp::server::Envelope;

use crate::bans::Network;
use crate::judging;
use crate::log;
use crate::reception::Desk;
use crate::resolver::Resolver;

#[allow(unused_imports, reason = "for whoever learns from what is stored")]
pub(crate) use stored::Noted;
pub(super) use turns::Share;
pub(crate) use turns::Turns;
pub(crate) use wish::Wish;

/// How long all questions about one message may take together: what RFC 7208 §4.6.4 wants at the least. Clients wait ten minutes for the answer to DATA
/// (RFC 5321 §4.5.3.2.6).
pub(crate) const TIME: Duration = Duration::from_secs(20);
/// The same when no name server has answered anything for [`SILENCE`]: long enough to find out that one does again.
const TIME_IN_SILENCE: Duration = Duration::from_secs(4);
const SILENCE: Duration = Duration::from_secs(60);

/// What is known of a stranger's message.
pub(crate) struct Judged {
    /// SPF, DKIM, DMARC, ARC and iprev.
    pub(crate) verdicts: Verdicts,
    /// Who connected.
    pub(crate) peer: IpAddr,
    /// From names a domain of the house, or one below it.
    pub(crate) own: bool,
}

/// Listens to a message of a stranger; who the client is it hears at the end.
pub(super) fn verifier(desk: &Desk) -> Verifier {
    let mut random = [0; 2];
    // Without randomness the policy counts in full.
    let _ = SystemRandom::new().fill(&mut random);
    let sample = u16::from_ne_bytes(random) % 100;
    Verifier::new(
        Circumstances {
            receiver: desk.hostname.to_string(),
            now: desk.clock.machine().date(),
            sample: u8::try_from(sample).unwrap_or(0),
        },
        None,
    )
}

/// Judges the message that `verifier` has heard to its end; `None`: nothing is found out. `Err`: so many of that network wait that this one has to come again, or
/// its own slow messages would bring it past all questions.
pub(super) async fn judge(
    desk: &Desk,
    envelope: &Envelope,
    mut verifier: Verifier,
    session: u64,
) -> Result<Option<Judged>, Reply> {
    let Some(resolver) = desk.resolver.get() else {
        return Ok(None);
    };
    let late = async {
        Timer::after(TIME).await;
        None
    };
    let network = Network::around(envelope.peer);
    let is_home = wish::is_private(envelope.peer) || envelope.peer.to_canonical().is_loopback();
    let turn = async { Some(desk.turns.take(network, is_home).await) };
    let Some(_turn) = turn.or(late).await else {
        log::info(session, "too many messages of that network are judged now");
        return Err(Reply::new(
            451,
            (4, 3, 2),
            "Too many messages come from your network at once; try again later",
        ));
    };
    verifier.meet(&Client {
        address: envelope.peer,
        helo: envelope.helo.clone(),
        mail_from: envelope
            .reverse_path
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    });
    verifier.end();
    ask(&mut verifier, resolver).await;
    let Some(verdicts) = verifier.verdicts() else {
        log::error(session, "a message could not be judged to its end");
        return Ok(None);
    };
    let own = match is_own(desk, author_of(&verdicts)) {
        Ok(own) => own,
        Err(error) => {
            log::error(session, format_args!("looking up a domain: {error}"));
            false
        }
    };
    Ok(Some(Judged {
        verdicts,
        peer: envelope.peer,
        own,
    }))
}

/// Asks as long as there is time, and takes the rest for unanswered.
async fn ask(verifier: &mut Verifier, resolver: &Resolver) {
    let silent = resolver.pulse().silent_since();
    let time = match silent.is_some_and(|since| since.elapsed() >= SILENCE) {
        true => TIME_IN_SILENCE,
        false => TIME,
    };
    let over = async {
        Timer::after(time).await;
    };
    judging::answer(verifier, resolver).or(over).await;
    judging::give_up(verifier);
}

/// Whether a domain, or one above it, is of the house: nobody else has names there.
fn is_own(desk: &Desk, domain: &str) -> store::Result<bool> {
    let read = desk.store.read()?;
    let mut rest = Some(domain).filter(|domain| !domain.is_empty());
    while let Some(name) = rest {
        if desk.accounts.is_own_domain(&read, name)? {
            return Ok(true);
        }
        rest = name.split_once('.').map(|(_, above)| above);
    }
    Ok(false)
}

fn author_of(verdicts: &Verdicts) -> &str {
    let dmarc = verdicts.dmarc.as_ref();
    dmarc.map_or("", |dmarc| dmarc.domain.as_str())
}

impl Judged {
    /// The domain of the author, in A-labels and lower case; empty if there is not exactly one.
    pub(crate) fn author_domain(&self) -> &str {
        author_of(&self.verdicts)
    }

    /// The organizational domain of the author, if the message proves that it is from there: DMARC passed or, where the domain has no policy, a signature
    /// that holds or SPF's pass belongs to the same organization.
    pub(crate) fn proven_domain(&self) -> Option<&str> {
        let author = self.author_domain();
        if author.is_empty() {
            return None;
        }
        let organization = organizational_domain(author);
        let dmarc = self.verdicts.dmarc.as_ref()?;
        if dmarc.record.is_some() {
            return (dmarc.spf || dmarc.dkim).then_some(organization);
        }
        let same = |domain: &str| organizational_domain(domain) == organization;
        let signed = self.verdicts.dkim.iter();
        let signed = signed.filter(|dkim| dkim.result == DkimResult::Pass);
        let spf = self.verdicts.spf.iter();
        let spf = spf.filter(|spf| spf.result == SpfResult::Pass);
        let mut proofs = signed
            .map(|dkim| &dkim.domain)
            .chain(spf.map(|spf| &spf.domain));
        proofs.any(|domain| same(domain)).then_some(organization)
    }

    /// Whether SPF proves that the client may use the reverse path: what is sent back there reaches whoever sent this.
    pub(crate) fn path_is_proven(&self) -> bool {
        let spf = self.verdicts.spf.as_ref();
        spf.is_some_and(|spf| spf.result == SpfResult::Pass)
    }

    /// The client's name, if it leads back to its address.
    pub(crate) fn peer_name(&self) -> Option<&str> {
        self.verdicts.iprev.as_ref()?.name.as_deref()
    }

    /// Our Authentication-Results field (RFC 8601).
    pub(crate) fn field(&self, authserv_id: &str) -> String {
        results::field(authserv_id, &self.verdicts)
    }
}

#[cfg(test)]
#[path = "judgement_tests.rs"]
mod tests;
