//! IDLE (RFC 9051 §6.3.13): news as they come, until DONE.

use crate::deed::{Done, No};
use crate::session::{Doing, Now, Session, State, Step};

impl Session {
    /// Tells what is new if somebody said to look, and ends at DONE, which may have come in the same segment as IDLE (A12).
    pub(super) fn idle(
        &mut self,
        tag: Box<str>,
        look_again: bool,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        if look_again {
            match self.tell(true, now, out) {
                Ok(true) => {
                    self.doing = Doing::Idling { tag, look: true };
                    return Some(Step::More);
                }
                Ok(false) => {}
                Err(error) => return self.lost(&error, out),
            }
        }
        let Some(end) = self.input.next_line() else {
            /// DONE and a line end, with room for clients that add a space.
            const LINE: usize = 64;
            if self.input.pending() > LINE {
                return self.hang_up(out, "DONE was expected");
            }
            self.input.release(false);
            self.doing = Doing::Idling { tag, look: false };
            return Some(Step::Read);
        };
        let line = self.input.take_command(end);
        if line.trim_ascii().eq_ignore_ascii_case(b"DONE") {
            self.doing = Doing::Reading;
            if let State::Open(open) = &mut self.state {
                open.view.hold.after_idle = true;
            }
            super::say::done(&tag, &Done::ok("IDLE completed"), out);
        } else {
            self.refuse(&tag, &No::bad("DONE was expected; IDLE has ended"), out);
        }
        None
    }
}
