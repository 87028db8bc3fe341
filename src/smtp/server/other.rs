//! RSET, QUIT, and the commands that change nothing: VRFY, EXPN, HELP (RFC 5321 §4.1.1.5 to §4.1.1.10).

use super::state::{State, Turn};
use super::{Session, Step};
use crate::Reply;

impl Session {
    /// RSET: the transaction is dropped, the client's name stays.
    pub(super) fn rset(&mut self, state: State) -> Turn {
        self.say(&Reply::new(250, (2, 0, 0), "Reset"));
        state.reset()
    }

    /// QUIT.
    pub(super) fn quit(&mut self) -> Turn {
        self.say(&Reply::new(221, (2, 0, 0), "Bye"));
        (State::Closed, Some(Step::Close))
    }
}

/// VRFY: nobody is told who lives here; 252 is the answer for that (RFC 5321 §3.5.3, §7.3).
pub(super) fn vrfy() -> Reply {
    Reply::new(252, (2, 0, 0), "Cannot verify; send the message and see")
}

/// EXPN: there are no lists to show (RFC 5321 §3.5.2).
pub(super) fn expn() -> Reply {
    Reply::new(502, (5, 7, 2), "Lists are not shown")
}

/// HELP (RFC 5321 §4.1.1.8).
pub(super) fn help() -> Reply {
    Reply::new(
        214,
        (2, 0, 0),
        "HELO EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS AUTH\nRFC 5321 explains them",
    )
}
