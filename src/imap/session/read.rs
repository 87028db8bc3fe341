//! A command on its way in: lines and literals are gathered within their limits, and a whole command is refused or begun.
//!
//! Promises: a client that has not logged in gets the smaller limits, and its command in wiped memory; one that sends what no mail
//! client would is hung up on (B5).

use crate::deed::No;
use crate::parse;
use crate::session::literal::{self, Marker};
use crate::session::{Doing, Now, Session, State, Step, say};
use crate::table::{Row, When};

impl Session {
    /// Reads on until a command is whole, and begins it.
    pub(super) fn read(&mut self, now: Now, out: &mut Vec<u8>) -> Option<Step> {
        if std::mem::take(&mut self.look) {
            match self.tell(false, now, out) {
                Ok(more) if more || !out.is_empty() => {
                    self.look = more;
                    return Some(Step::More);
                }
                Ok(_) => {}
                Err(error) => return self.lost(&error, out),
            }
        }
        let stranger = matches!(self.state, State::Stranger(_));
        let most = if stranger {
            self.limits.command_before_login
        } else {
            self.limits.command
        };
        let Some(line_end) = self.input.next_line() else {
            if self.input.pending() > most {
                return self.hang_up(out, "This command is longer than the box takes");
            }
            if stranger && self.input.looks_like_tls() {
                self.doing = Doing::Over;
                return None;
            }
            self.input.release(stranger);
            return Some(Step::Read);
        };
        if line_end > most {
            return self.hang_up(out, "This command is longer than the box takes");
        }
        if stranger && self.input.looks_like_http() {
            // A browser was made to talk to us (B5): it gets no octet to work with.
            self.doing = Doing::Over;
            return None;
        }
        match literal::marker(self.input.line(line_end)) {
            Some(marker) => self.announced(marker, line_end, out),
            None => {
                self.whole(line_end, out);
                None
            }
        }
    }

    /// A command is whole: tag, row, state, arguments, deed.
    pub(super) fn whole(&mut self, end: usize, out: &mut Vec<u8>) {
        // Wiped when dropped: it may hold a password.
        let line = sasl::Secret::new(self.input.take_command(end));
        let line = line.as_bytes();
        if line.is_empty() {
            // Empty lines are forgiven (A34), but not counted as nothing before log-in.
            self.count(out);
            return;
        }
        let utf8 = self.dialect().utf8();
        let Some((tag, rest)) = parse::tag(line) else {
            say::untagged_bad(out, "A tag, a space and a command were expected");
            return self.was_bad(out);
        };
        let tag: Box<str> = tag.into();
        match parse::verb(rest, utf8).filter(|(row, _)| self.is_switched_on(row.name)) {
            None => self.refuse(&tag, &No::bad("There is no such command"), out),
            Some((row, mut cursor)) => {
                cursor.no_charset = self.dialect().utf8_accept;
                match self
                    .allowed(row)
                    .and_then(|()| parse::arguments(row, cursor))
                {
                    Err(no) => self.refuse(&tag, &no, out),
                    Ok(command) => self.begin(tag, row, command, out),
                }
            }
        }
        self.count(out);
    }

    /// Whether the state allows the command (RFC 9051 §6).
    pub(super) fn allowed(&self, row: &Row) -> Result<(), No> {
        match (row.when, &self.state) {
            (When::Always, _)
            | (When::Stranger, State::Stranger(_))
            | (When::Known, State::Known(_) | State::Open(_))
            | (When::Open, State::Open(_)) => Ok(()),
            (When::Stranger, _) => Err(No::bad("You are logged in already")),
            (_, State::Stranger(_) | State::Moving) => Err(No::bad("Log in first")),
            (When::Open, _) => Err(No::bad("Select a mailbox first")),
        }
    }

    /// A literal was announced at the end of a line.
    fn announced(&mut self, marker: Marker, line_end: usize, out: &mut Vec<u8>) -> Option<Step> {
        match self.literal_allowed(&marker, line_end) {
            Err((tag, no)) => self.refuse_literal(tag, no, &marker, line_end, out),
            Ok(None) => {
                if marker.synchronizing {
                    out.extend_from_slice(b"+ Ready for the literal\r\n");
                }
                self.input.skip_literal(line_end, marker.octets());
                self.doing = Doing::Reading;
            }
            Ok(Some((tag, row, append))) => {
                self.input.drop_front(line_end);
                self.begin_append(tag, row, append, Some(marker));
            }
        }
        None
    }

    /// A tagged refusal of a command that was not begun.
    pub(super) fn refuse(&mut self, tag: &str, no: &No, out: &mut Vec<u8>) {
        say::no(tag, no, out);
        if no.trouble.is_some() {
            self.trouble.clone_from(&no.trouble);
        }
        self.doing = Doing::Reading;
        if no.bad {
            self.was_bad(out);
        }
    }

    /// Counts a BAD command and hangs up at too many (B5).
    pub(super) fn was_bad(&mut self, out: &mut Vec<u8>) {
        self.bad_commands = self.bad_commands.saturating_add(1);
        let most = match self.state {
            State::Stranger(_) => self.limits.bad_commands_before_login,
            _ => self.limits.bad_commands,
        };
        if self.bad_commands >= most {
            self.hang_up(out, "Too many commands that the box does not understand");
        }
    }

    /// Counts the commands of a stranger.
    pub(super) fn count(&mut self, out: &mut Vec<u8>) {
        if let State::Stranger(stranger) = &mut self.state {
            stranger.commands = stranger.commands.saturating_add(1);
            if stranger.commands > self.limits.commands_before_login {
                self.hang_up(out, "Too many commands without a log-in");
            }
        }
    }

    /// Untagged BYE and no more.
    pub(super) fn hang_up(&mut self, out: &mut Vec<u8>, why: &'static str) -> Option<Step> {
        if !matches!(self.doing, Doing::Over) {
            say::bye(out, why);
            self.doing = Doing::Over;
        }
        None
    }
}
