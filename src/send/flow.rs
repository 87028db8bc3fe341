//! Whether mail leaves: how long the relay has not been reached, and how long nothing has been delivered anywhere though letters wait.
//!
//! A host that is down for a day is its people's trouble, and their letters' senders are told; it becomes this box's only when nobody can be reached. Time is
//! the queue's, counted from the first attempt in vain: what waited while the box was off is not held against the line.

use queue::{Cause, Finding};
use smtp::client::Fate;
use store::{QueueTime, Read as _, Relay};

use super::attempt::Ended;
use super::settle::Travel;
use super::{Office, lock};
use crate::health::{Fact, Part};

/// A relay is taken to be out of reach after so long, seconds: providers mend theirs within the hour.
const UNREACHED: u64 = 60 * 60;
/// The queue is taken to be stuck after so long, seconds: hosts that put strangers off (greylisting) take them within the hour, and a line may be down
/// for one.
const STUCK: u64 = 2 * 60 * 60;
const HOUR: u64 = 60 * 60;
/// Relays whose silence is remembered: more than any house has.
const REMEMBERED_MAX: usize = 32;

/// What is known of it.
#[derive(Default)]
pub(super) struct Flow {
    /// Relays that have not been reached, by name, and since when; the oldest first.
    unreached: Vec<(String, QueueTime)>,
    /// Attempts in vain since the last delivery.
    vain: Option<Vain>,
}

struct Vain {
    since: QueueTime,
    /// The first destination that was tried in vain.
    destination: String,
    /// There were others, or it was the relay's to go on to all of them.
    everywhere: bool,
}

impl Flow {
    /// An attempt to reach the relay came to nothing. Since when.
    fn missed(&mut self, relay: &str, now: QueueTime) -> QueueTime {
        if let Some((_, since)) = self.unreached.iter().find(|(name, _)| name == relay) {
            return *since;
        }
        if self.unreached.len() >= REMEMBERED_MAX {
            self.unreached.remove(0);
        }
        self.unreached.push((relay.to_owned(), now));
        now
    }

    /// True if it was out of reach before.
    fn reached(&mut self, relay: &str) -> bool {
        self.keep(|known| known != relay)
    }

    fn keep(&mut self, kept: impl Fn(&str) -> bool) -> bool {
        let before = self.unreached.len();
        self.unreached.retain(|(name, _)| kept(name));
        self.unreached.len() < before
    }

    /// Letters to this destination wait. For how long nothing has been delivered anywhere, seconds; `None`: that cannot be said yet.
    fn in_vain(&mut self, destination: &str, by_relay: bool, now: QueueTime) -> Option<u64> {
        let vain = self.vain.get_or_insert_with(|| Vain {
            since: now,
            destination: destination.to_owned(),
            everywhere: false,
        });
        vain.everywhere |= by_relay || vain.destination != destination;
        let waited = now.0.saturating_sub(vain.since.0);
        vain.everywhere.then_some(waited)
    }
}

impl Office {
    /// What came of an attempt by a relay tells whether it can be reached.
    pub(super) fn heed_reach(&self, relay: &Relay, ended: &[Ended]) {
        let mut findings = ended.iter().map(|ended| &ended.finding);
        let Some(missed) = findings.clone().find(|finding| is_out_of_reach(finding)) else {
            let spoke = findings.any(|finding| finding.cause != Cause::Own);
            if spoke && lock(&self.flow).reached(&relay.host) {
                self.health.well(Part::RelayReach);
            }
            return;
        };
        let now = self.clock.now();
        let since = lock(&self.flow).missed(&relay.host, now);
        let waited = now.0.saturating_sub(since.0);
        if waited >= UNREACHED {
            self.health.report(Fact::RelayUnreachable {
                relay: relay.host.clone(),
                hours: waited / HOUR,
                reason: missed.words.clone(),
            });
        }
    }

    /// The owner has set up relays anew: those that are no more need not be reached.
    pub(super) fn relays_kept(&self, relays: &[Relay]) {
        let is_there = |known: &str| relays.iter().any(|relay| relay.host == known);
        if lock(&self.flow).keep(is_there) {
            self.health.well(Part::RelayReach);
        }
    }

    /// What came of an attempt tells whether mail leaves.
    pub(super) fn heed_flow(&self, travel: Travel, ended: &[Ended]) -> store::Result<()> {
        if is_delivery(ended) {
            lock(&self.flow).vain = None;
            self.health.well(Part::Queue);
            return Ok(());
        }
        let waiting = ended.iter().find(|ended| waits(&ended.finding));
        // What is wrong with the relay is told already.
        let is_told = travel.by_relay
            && (self.health.has(Part::RelayLogin) || self.health.has(Part::RelayReach));
        let Some(last) = waiting.filter(|_| !is_told) else {
            return Ok(());
        };
        let now = self.clock.now();
        let waited = lock(&self.flow).in_vain(&last.row.destination, travel.by_relay, now);
        let Some(waited) = waited.filter(|waited| *waited >= STUCK) else {
            return Ok(());
        };
        let counts = self.store.read()?.queue_counts()?;
        if counts.rows > counts.held {
            self.health.report(Fact::QueueStuck {
                letters: counts.letters,
                hours: waited / HOUR,
                reason: last.finding.words.clone(),
            });
        }
        Ok(())
    }

    /// A queue in which nothing waits is not stuck.
    pub(super) fn look_at_flow(&self) -> store::Result<()> {
        if !self.health.has(Part::Queue) {
            return Ok(());
        }
        let counts = self.store.read()?.queue_counts()?;
        if counts.rows <= counts.held {
            lock(&self.flow).vain = None;
            self.health.well(Part::Queue);
        }
        Ok(())
    }
}

fn is_delivery(ended: &[Ended]) -> bool {
    ended
        .iter()
        .any(|ended| ended.finding.fate == Fate::Delivered)
}

/// Whether a row waits because of somebody else.
fn waits(finding: &Finding) -> bool {
    let ours = matches!(
        finding.cause,
        Cause::Own | Cause::Unreadable | Cause::Letter | Cause::Lacks(_)
    );
    finding.fate == Fate::Later && !ours
}

/// Whether the relay never said a word of SMTP that counts: not found, not there, not who it should be, or silent.
fn is_out_of_reach(finding: &Finding) -> bool {
    let silent = finding.cause == Cause::Remote && finding.code.is_none();
    let nobody = matches!(
        finding.cause,
        Cause::NoSuchDomain
            | Cause::NullMx
            | Cause::NoHost
            | Cause::Dns
            | Cause::Loop
            | Cause::NoNetwork
            | Cause::Refused
            | Cause::TimedOut
            | Cause::Tls
    );
    finding.fate == Fate::Later && (silent || nobody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_destination_in_vain_is_not_the_queue() {
        let mut flow = Flow::default();
        assert_eq!(flow.in_vain("a.test", false, QueueTime(100)), None);
        assert_eq!(flow.in_vain("a.test", false, QueueTime(90_000)), None);
        let two = flow.in_vain("b.test", false, QueueTime(90_100));
        assert_eq!(two, Some(90_000));
        let again = flow.in_vain("a.test", false, QueueTime(90_200));
        assert_eq!(again, Some(90_100));
        flow.vain = None;
        let relay = flow.in_vain("a.test", true, QueueTime(90_300));
        assert_eq!(relay, Some(0));
    }

    #[test]
    fn each_relay_has_a_silence_of_its_own_and_few_are_remembered() {
        let mut flow = Flow::default();
        assert_eq!(flow.missed("a.test", QueueTime(1)), QueueTime(1));
        assert_eq!(flow.missed("b.test", QueueTime(2)), QueueTime(2));
        assert_eq!(flow.missed("a.test", QueueTime(3)), QueueTime(1));
        assert!(flow.reached("a.test") && !flow.reached("a.test"));
        assert_eq!(flow.missed("a.test", QueueTime(4)), QueueTime(4));
        for number in 0..100 {
            flow.missed(&format!("{number}.test"), QueueTime(5));
        }
        assert_eq!(flow.unreached.len(), REMEMBERED_MAX);
    }

    #[test]
    fn who_answers_is_in_reach_whatever_the_answer() {
        let said = |code| Finding {
            code: Some(code),
            ..Finding::of(Cause::Remote, "no")
        };
        assert!(!is_out_of_reach(&said(451)));
        assert!(is_out_of_reach(&Finding::of(Cause::Remote, "hung up")));
        assert!(is_out_of_reach(&Finding::of(Cause::Tls, "who is that")));
        assert!(!is_out_of_reach(&Finding::of(Cause::Own, "stopped")));
        assert!(!is_out_of_reach(&Finding::of(Cause::RelayLogin, "535 no")));
    }
}
