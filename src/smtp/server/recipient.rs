//! RCPT (RFC 5321 §4.1.1.3): who gets the message; each one is the driver's to judge.

use super::sender::refusal;
use super::state::{Sender, State, Turn};
use super::{Recipient, RecipientQuery, RecipientVerdict, Session, Step};
use crate::Reply;
use crate::command::{ForwardPath, RcptParameters};
use mail::Address;

impl Session {
    pub(super) fn rcpt(
        &mut self,
        state: State,
        forward_path: ForwardPath,
        parameters: RcptParameters,
    ) -> Turn {
        let (sender, recipients) = match state {
            State::Sender(sender) => (sender, Vec::new()),
            State::Recipients(sender, recipients) => (sender, recipients),
            // Not counted as bad: in a pipelined group every RCPT behind a refused MAIL ends here.
            other => {
                let reply = self.stranger_reply();
                let reply = reply.unwrap_or_else(|| Reply::new(503, (5, 5, 1), "Say MAIL first"));
                return self.answer(other, &reply);
            }
        };
        if recipients.len() >= self.limits.recipients {
            let reply = Reply::new(
                452,
                (4, 5, 3),
                "Too many recipients; send the rest separately",
            );
            return self.answer(addressed(sender, recipients), &reply);
        }
        let postmaster = forward_path == ForwardPath::Postmaster;
        let address = match forward_path {
            ForwardPath::Mailbox(address) => address,
            ForwardPath::Postmaster => match self.postmaster() {
                Some(address) => address,
                None => {
                    let reply = Reply::new(451, (4, 3, 5), "This host has no mail name yet");
                    return self.answer(addressed(sender, recipients), &reply);
                }
            },
        };
        // RFC 6531 §3.5: such an address may only travel with a message that said so.
        if !address.is_ascii() && !sender.parameters.smtputf8 {
            let reply = Reply::new(
                553,
                (5, 6, 7),
                "An address outside ASCII needs MAIL's parameter SMTPUTF8",
            );
            return self.answer(addressed(sender, recipients), &reply);
        }
        let query = RecipientQuery {
            address: address.clone(),
            postmaster,
            reverse_path: sender.reverse_path.clone(),
            size: sender.parameters.size,
            account: self.account,
        };
        let recipient = Recipient {
            address,
            orcpt: parameters.orcpt,
            notify: parameters.notify,
        };
        (
            State::RecipientAsked(sender, recipients, recipient),
            Some(Step::Recipient(query)),
        )
    }

    /// Answers [`Step::Recipient`].
    pub fn recipient(&mut self, verdict: RecipientVerdict) {
        let (sender, mut recipients, recipient) =
            match std::mem::replace(&mut self.state, State::Closed) {
                State::RecipientAsked(sender, recipients, recipient) => {
                    (sender, recipients, recipient)
                }
                other => {
                    self.state = other;
                    return;
                }
            };
        self.answered = true;
        let reply = match verdict {
            RecipientVerdict::Accepted => {
                recipients.push(recipient);
                Reply::new(250, (2, 1, 5), "Recipient OK")
            }
            RecipientVerdict::Unknown => {
                self.counts.unknown_recipients = self.counts.unknown_recipients.saturating_add(1);
                Reply::new(550, (5, 1, 1), "No such mailbox here")
            }
            RecipientVerdict::Refused(reply) => refusal(reply),
        };
        self.say(&reply);
        self.state = addressed(sender, recipients);
        if self.counts.unknown_recipients >= self.limits.unknown_recipients {
            let step = self.end(Reply::new(421, (4, 7, 0), "Too many unknown recipients"));
            self.pending = Some(step);
        }
    }

    /// `postmaster` at our own name; at `localhost` if that name cannot stand in an address, because it must be reachable.
    fn postmaster(&self) -> Option<Address> {
        Address::new("postmaster", &self.profile.hostname)
            .or_else(|_| Address::new("postmaster", "localhost"))
            .ok()
    }
}

/// The state after RCPT, with recipients or still without.
fn addressed(sender: Sender, recipients: Vec<Recipient>) -> State {
    if recipients.is_empty() {
        State::Sender(sender)
    } else {
        State::Recipients(sender, recipients)
    }
}
