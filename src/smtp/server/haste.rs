//! Clients that do not wait for an answer where they must.
//!
//! Nothing is refused for it: broken programs that are honest exist, and a judge of mail may weigh it with other things.

use super::Session;
use super::state::State;
use crate::command::Command;

/// What a client said too early. Programs that throw junk at many hosts do not listen; mail servers do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Haste {
    /// It talked before it was greeted (RFC 5321 §3.1: the client waits for 220). Seen only where the driver lets it wait.
    pub before_greeting: bool,
    /// It sent more behind a command whose answer it must read first: EHLO, HELO and DATA (RFC 2920 §3.1), and in a session begun with HELO MAIL and RCPT
    /// too, because nobody offered it pipelining.
    pub before_reply: bool,
}

impl Session {
    /// What was too early in this session so far.
    pub fn haste(&self) -> Haste {
        self.haste
    }

    /// Looks whether something stands behind `command` already.
    pub(super) fn note_haste(&mut self, state: &State, command: &Command<'_>) {
        let must_wait = match command {
            Command::Helo(_) | Command::Ehlo(_) | Command::Data => true,
            Command::Mail(..) | Command::Rcpt(..) => match state {
                State::Named(hello) | State::Failed(hello) => !hello.esmtp,
                State::Sender(sender) | State::Recipients(sender, _) => !sender.hello.esmtp,
                _ => false,
            },
            _ => false,
        };
        self.haste.before_reply |= must_wait && !self.input.is_empty();
    }
}
