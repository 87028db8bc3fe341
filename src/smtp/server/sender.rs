//! MAIL (RFC 5321 §4.1.1.2): who sends, and whether they may.

use super::state::{Sender, State, Turn};
use super::{Kind, MailParameters, SenderVerdict, Session, Step};
use crate::Reply;
use crate::command::{ByMode, Hold};
use mail::Address;

/// The longest hold that FUTURERELEASE can express, in seconds (RFC 4865 §3).
const HOLD_MAX: u64 = 999_999_999;

impl Session {
    pub(super) fn mail(
        &mut self,
        state: State,
        reverse_path: Option<Address>,
        parameters: MailParameters,
    ) -> Turn {
        if let Some(reply) = self.stranger_reply() {
            return self.answer(state, &reply);
        }
        let hello = match state {
            State::Named(hello) | State::Failed(hello) => hello,
            State::Greeted => {
                return self.bad(
                    State::Greeted,
                    &Reply::new(503, (5, 5, 1), "Say EHLO or HELO first"),
                );
            }
            nested => {
                return self.bad(
                    nested,
                    &Reply::new(503, (5, 5, 1), "A message is under way; RSET gives it up"),
                );
            }
        };
        // RFC 1870 §6.1: what cannot be taken is refused before it is sent.
        if parameters.size.is_some_and(|size| size > self.limits.size) {
            let reply = Reply::new(552, (5, 3, 4), "The message is larger than SIZE allows");
            return self.answer(State::Named(hello), &reply);
        }
        if let Some(reply) = self.time_refusal(&parameters) {
            return self.answer(State::Named(hello), &reply);
        }
        let sender = Sender {
            hello,
            reverse_path,
            parameters,
        };
        // The null path is for notifications (RFC 8098 §2.1), which a mail program sends as well; it claims to be nobody.
        if let (Some(_), Some(address)) = (self.account, &sender.reverse_path) {
            let step = Step::Sender(address.clone());
            return (State::SenderAsked(sender), Some(step));
        }
        self.sender_accepted(sender)
    }

    /// Answers [`Step::Sender`].
    pub fn sender(&mut self, verdict: SenderVerdict) {
        let sender = match std::mem::replace(&mut self.state, State::Closed) {
            State::SenderAsked(sender) => sender,
            other => {
                self.state = other;
                return;
            }
        };
        self.answered = true;
        (self.state, self.pending) = match verdict {
            SenderVerdict::Own => self.sender_accepted(sender),
            SenderVerdict::Foreign => {
                let reply = Reply::new(550, (5, 7, 1), "This is not one of your own addresses");
                self.answer(State::Named(sender.hello), &reply)
            }
            SenderVerdict::Refused(reply) => {
                self.answer(State::Named(sender.hello), &refusal(reply))
            }
        };
    }

    fn sender_accepted(&mut self, sender: Sender) -> Turn {
        self.answer(
            State::Sender(sender),
            &Reply::new(250, (2, 1, 0), "Sender OK"),
        )
    }

    /// The longest hold in seconds and the latest moment, if FUTURERELEASE is offered (RFC 4865 §4.2).
    pub(super) fn future_release(&self) -> Option<(u64, i64)> {
        let longest = self.limits.hold.as_secs().min(HOLD_MAX);
        let offered = self.profile.kind == Kind::Submission && longest > 0;
        let now = self.clock().filter(|_| offered)?;
        Some((longest, now.saturating_add_unsigned(longest)))
    }

    /// Seconds of Unix time now.
    fn clock(&self) -> Option<i64> {
        let passed = self.now.saturating_duration_since(self.started).as_secs();
        self.profile
            .clock
            .map(|clock| clock.saturating_add_unsigned(passed))
    }

    /// Why a wish for a later or an early delivery cannot be met.
    fn time_refusal(&self, parameters: &MailParameters) -> Option<Reply> {
        let minimum = self.limits.deliver_by.as_secs();
        let by = parameters.by;
        let too_soon = by.is_some_and(|by| {
            by.mode == ByMode::Return && u64::try_from(by.seconds).is_ok_and(|by| by < minimum)
        });
        if too_soon {
            let text = format!("BY in mode R needs at least {minimum} seconds here");
            return Some(Reply::new(555, (5, 5, 4), text));
        }
        let hold = parameters.hold?;
        let Some((longest, _)) = self.future_release() else {
            let text = "FUTURERELEASE is not available now: the clock is not set yet";
            return Some(Reply::new(501, (5, 5, 4), text));
        };
        let seconds = match hold {
            Hold::For(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
            Hold::Until(moment) => moment.saturating_sub(self.clock().unwrap_or_default()),
        };
        if seconds > i64::try_from(longest).unwrap_or(i64::MAX) {
            let text = format!("A message is held for at most {longest} seconds");
            return Some(Reply::new(501, (5, 5, 4), text));
        }
        // RFC 4865 §5.2.2: released after the time by which it should be there.
        by.is_some_and(|by| seconds > by.seconds)
            .then(|| Reply::new(501, (5, 5, 4), "It would be held beyond its BY time"))
    }

    /// What a stranger on the submission ports reads when it wants to send (RFC 6409 §4.3, RFC 4954 §6).
    pub(super) fn stranger_reply(&self) -> Option<Reply> {
        if !self.is_stranger() {
            None
        } else if self.profile.tls.is_active() {
            Some(Reply::new(530, (5, 7, 0), "Authentication required"))
        } else {
            Some(Reply::new(
                530,
                (5, 7, 0),
                "Must issue a STARTTLS command first",
            ))
        }
    }
}

/// A driver's refusal that is none would be read as a promise.
pub(super) fn refusal(reply: Reply) -> Reply {
    if reply.is_positive() {
        Reply::new(451, (4, 3, 0), "Internal trouble; try again later")
    } else {
        reply
    }
}
