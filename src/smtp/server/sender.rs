//! MAIL (RFC 5321 §4.1.1.2): who sends, and whether they may.

use super::state::{Sender, State, Turn};
use super::{MailParameters, SenderVerdict, Session, Step};
use crate::Reply;
use mail::Address;

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
