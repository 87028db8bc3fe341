//! HELO, EHLO (RFC 5321 §4.1.1.1) and STARTTLS (RFC 3207): who speaks, and in private.

use super::state::{Hello, State, Turn};
use super::{Session, Step, Tls};
use crate::Reply;

impl Session {
    /// HELO and EHLO may come at any time and as often as one likes; each drops a transaction as RSET does (§4.1.4).
    pub(super) fn hello(&mut self, state: State, hello: Hello) -> Turn {
        let reply = if hello.esmtp {
            self.announcement()
        } else {
            Reply::plain(250, self.profile.hostname.clone())
        };
        self.say(&reply);
        let (_, step) = state.reset();
        (State::Named(hello), step)
    }

    /// STARTTLS: nothing may follow in the clear, since it would be read as if it had come under TLS.
    pub(super) fn start_tls(&mut self, state: State) -> Turn {
        match self.profile.tls {
            Tls::Active { .. } => {
                return self.bad(state, &Reply::new(503, (5, 5, 1), "TLS is already in use"));
            }
            Tls::None => {
                return self.bad(state, &Reply::new(502, (5, 5, 1), "TLS is not available"));
            }
            Tls::Available => {}
        }
        if !self.input.is_empty() {
            return self.refuse_all(Reply::new(
                554,
                (5, 5, 1),
                "Nothing may follow STARTTLS before the handshake",
            ));
        }
        self.say(&Reply::new(220, (2, 0, 0), "Ready to start TLS"));
        let (_, step) = state.reset();
        match step {
            // Content of an unfinished message is forgotten first.
            Some(discard) => {
                self.pending = Some(Step::StartTls);
                (State::Securing, Some(discard))
            }
            None => (State::Securing, Some(Step::StartTls)),
        }
    }
}
