//! What a finding means for a row: delivered, wait, try the relay, return. And who is told.
//!
//! What is final: the remote's 5xx about a recipient or the letter; about the host or session only when no other host of the destination may
//! still take it ([`crate::Round`]); DNS that says there is nothing there. Everything else waits until the letter expires. What this box or
//! its relay's owner can mend (a wrong relay password, no network) never returns a letter before that.

use mail::EnhancedStatus;
use smtp::client::{Fate, Scope, Stage};
use store::{AccountId, Attempt, Letter, Notify, Origin, QueueTime, Row};

use crate::explain::{Kind, classify};
use crate::finding::{Cause, Finding};
use crate::when::Schedule;

/// After so many attempts that were put off for policy reasons (4.7.x) the fall-back relay is asked: half an hour is more than greylisting takes.
const PUT_OFF: u16 = 4;

/// Where and when an attempt was made.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The host's name, or its address; for people.
    pub host: &'a str,
    /// The queue's time.
    pub now: QueueTime,
    /// The wall clock, unix seconds, for texts only.
    pub wall: i64,
    /// [`crate::Clock::patient_until`]: nothing is given up before.
    pub patient_until: QueueTime,
    /// It went to a relay.
    pub by_relay: bool,
    /// It went directly, and there is a relay to fall back to.
    pub has_fallback: bool,
    /// The host took other recipients in the same transaction.
    pub others_accepted: bool,
    /// The host took over the time to deliver by (RFC 2852).
    pub by_passed: bool,
    /// See [`Schedule::next`].
    pub seed: u32,
}

/// What becomes of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The host has it: the row goes.
    Delivered {
        /// The sender is owed a report ("relayed": what happens behind the host is not known here).
        report_success: bool,
        /// The host reports by itself on what becomes of it there (RFC 3461 §5.2.3).
        relayed: bool,
    },
    /// The row stays.
    Wait {
        /// Until then.
        due: QueueTime,
        /// The sender is owed the warning now, and the row has it then.
        warn: bool,
        /// False: the remote never heard of it, so the attempt does not count ([`store::Settlement::Untried`]).
        tried: bool,
        /// What to keep of the attempt.
        last: Attempt,
    },
    /// To be tried at once by the fall-back relay, and the destination to be remembered for it (`avoid_direct`).
    Relay {
        /// What to keep of the attempt.
        last: Attempt,
    },
    /// The row goes, as undeliverable.
    Return {
        /// Why it is given up.
        reason: Reason,
        /// For the report.
        status: EnhancedStatus,
        /// Who hears of it.
        tell: Tell,
        /// What to report of the attempt.
        last: Attempt,
    },
}

/// Why a row is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It was refused for good.
    Refused,
    /// It could not be delivered for as long as the queue keeps trying.
    Expired,
    /// It was to be returned unless delivered by a time, and that is over (RFC 2852).
    TooLate,
}

/// Who hears of what became of a row. Never anyone outside the house: that would be backscatter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tell {
    /// The person who sent it, in their INBOX.
    Sender(AccountId),
    /// Those whose alias or forwarding it was, or else the first person.
    Household,
    /// Nobody: not wanted, or a return itself.
    Nobody,
}

/// What the finding at a host (or a verdict, as it is) means for the row, which is as [`store::WriteTx::claim`] returned it.
pub fn judge(
    letter: &Letter,
    row: &Row,
    finding: impl Into<Finding>,
    at: &At<'_>,
    schedule: &Schedule,
) -> Decision {
    let finding = finding.into();
    let last = attempt(&finding, at);
    if finding.fate == Fate::Delivered {
        return Decision::Delivered {
            report_success: owes_success(letter, row, &finding, at),
            relayed: finding.relayed_dsn,
        };
    }
    if at.has_fallback && !at.by_relay && helps_the_relay(&finding, row) {
        return Decision::Relay { last };
    }
    if finding.fate == Fate::Never && !is_mendable(&finding, at) {
        return Decision::Return {
            reason: Reason::Refused,
            status: finding.status_as(5),
            tell: tell_of(letter, row, Notify::failure()),
            last,
        };
    }
    if let Some(given_up) = overdue(letter, row, at, last.clone()) {
        return given_up;
    }
    let unheard = matches!(finding.cause, Cause::NoNetwork | Cause::Own);
    let unjudged = finding.again_now || (at.others_accepted && is_one_too_many(&finding));
    let tried = !unheard && !unjudged;
    Decision::Wait {
        due: due(letter, row, &finding, at, tried, schedule),
        warn: owes_warning(letter, row, at, schedule),
        tried,
        last,
    }
}

/// What is to be done with a row before it is attempted at all: `None`, go on.
///
/// A letter that was to be delivered by a time or returned is not attempted behind it (RFC 2852 §4.1.3).
pub fn judge_unsent(letter: &Letter, row: &Row, at: &At<'_>) -> Option<Decision> {
    let by = letter.deliver_by.as_ref()?;
    (!by.notify && at.now >= by.at).then(|| too_late(letter, row, at, row.last.clone()))
}

/// Who is told, if anyone: `about` is [`Notify::success()`], `FAILURE` or `DELAY`.
pub fn tell_of(letter: &Letter, row: &Row, about: Notify) -> Tell {
    match (&letter.origin, letter.sender) {
        (Origin::Return, _) => Tell::Nobody,
        // The one who wrote it is a stranger; only that it was lost is worth a word to those who asked for it.
        (Origin::Forward { .. }, _) if about == Notify::failure() => Tell::Household,
        (Origin::Forward { .. }, _) => Tell::Nobody,
        (Origin::Submission, _) if letter.reverse_path.is_none() => Tell::Nobody,
        (Origin::Submission, _) if !row.notify.contains(about) => Tell::Nobody,
        (Origin::Submission, Some(person)) => Tell::Sender(person),
        (Origin::Submission, None) => Tell::Household,
    }
}

fn attempt(finding: &Finding, at: &At<'_>) -> Attempt {
    Attempt {
        at: at.wall,
        host: at.host.to_owned(),
        words: finding.words.clone(),
    }
}

fn owes_success(letter: &Letter, row: &Row, finding: &Finding, at: &At<'_>) -> bool {
    let wanted = tell_of(letter, row, Notify::success()) != Tell::Nobody && !finding.relayed_dsn;
    let traced = letter.deliver_by.as_ref().is_some_and(|by| {
        let in_time = at.now < by.at;
        by.trace || (by.notify && in_time && !at.by_passed)
    });
    // Traces come whether success was asked for or not, unless nothing was (RFC 2852 §4.1.4).
    let may = row.notify != Notify::never()
        && matches!(letter.origin, Origin::Submission)
        && letter.reverse_path.is_some();
    wanted || (traced && may)
}

fn owes_warning(letter: &Letter, row: &Row, at: &At<'_>, schedule: &Schedule) -> bool {
    let by_over = letter
        .deliver_by
        .as_ref()
        .is_some_and(|by| by.notify && at.now >= by.at);
    !row.warned
        && (by_over || schedule.is_late(letter, at.now))
        && tell_of(letter, row, Notify::delay()) != Tell::Nobody
}

/// Given up for its age, if it is.
fn overdue(letter: &Letter, row: &Row, at: &At<'_>, last: Attempt) -> Option<Decision> {
    let by = letter.deliver_by.as_ref();
    if by.is_some_and(|by| !by.notify && at.now >= by.at) {
        return Some(too_late(letter, row, at, Some(last)));
    }
    (at.now >= letter.expires && at.now >= at.patient_until).then(|| Decision::Return {
        reason: Reason::Expired,
        status: EnhancedStatus::new(5, 4, 7),
        tell: tell_of(letter, row, Notify::failure()),
        last,
    })
}

fn too_late(letter: &Letter, row: &Row, at: &At<'_>, last: Option<Attempt>) -> Decision {
    Decision::Return {
        reason: Reason::TooLate,
        status: EnhancedStatus::new(5, 4, 7),
        tell: tell_of(letter, row, Notify::failure()),
        last: last.unwrap_or_else(|| Attempt {
            at: at.wall,
            host: String::new(),
            words: "The time to deliver it by was over before it could be tried".to_owned(),
        }),
    }
}

fn due(
    letter: &Letter,
    row: &Row,
    finding: &Finding,
    at: &At<'_>,
    tried: bool,
    schedule: &Schedule,
) -> QueueTime {
    if !tried && finding.cause != Cause::NoNetwork {
        return at.now;
    }
    if !tried {
        return schedule.after(letter, row, 0, at.now, at.seed);
    }
    // The claim has written the next attempt already; a row that took longer than that to fail waits once more.
    if row.due > at.now {
        row.due
    } else {
        schedule.after(letter, row, row.attempts.saturating_sub(1), at.now, at.seed)
    }
}

/// A no that is not the letter's end: this box's people can do something about it, or it only means "not so many".
fn is_mendable(finding: &Finding, at: &At<'_>) -> bool {
    let login = matches!(finding.cause, Cause::RelayLogin)
        || (at.by_relay && matches!(finding.code, Some(530 | 534 | 535 | 538)));
    // What a relay says about the whole session is about the contract with it, not about this letter.
    let relay_session = at.by_relay && matches!(finding.scope, Scope::Session | Scope::Host);
    let no_customer = at.by_relay && classify(finding) == Kind::NotTheirs;
    let handshake = finding.stage == Stage::StartTls || finding.cause == Cause::Tls;
    login || relay_session || no_customer || handshake || is_one_too_many(finding)
}

/// 552 to a recipient was the code for too many of them once, and is to be taken as 452 (RFC 5321 §4.5.3.1.10).
fn is_one_too_many(finding: &Finding) -> bool {
    let at_recipient = finding.stage == Stage::Rcpt && finding.cause == Cause::Remote;
    let status = finding.status.map(|status| (status.subject, status.detail));
    at_recipient
        && matches!(finding.code, Some(452 | 552))
        && (status == Some((5, 3))
            || (status.is_none() && finding.code == Some(552))
            || finding
                .words
                .to_ascii_lowercase()
                .contains("too many recipients"))
}

/// A rejection for where the letter comes from, which a relay's better name may get over (users.md F2).
fn helps_the_relay(finding: &Finding, row: &Row) -> bool {
    let kind = classify(finding);
    match finding.fate {
        Fate::Delivered => false,
        Fate::Never => matches!(
            kind,
            Kind::Residential | Kind::Reputation | Kind::Policy | Kind::Unauthenticated
        ),
        Fate::Later => {
            let put_off =
                finding.status.is_some_and(|status| status.subject == 7) && row.attempts > PUT_OFF;
            kind == Kind::Residential
                || ((kind == Kind::Reputation || put_off) && finding.cause == Cause::Remote)
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
