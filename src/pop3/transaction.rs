//! The TRANSACTION state (RFC 1939 §5, §7), and QUIT's way into UPDATE (§6).

use crate::Pending;
use crate::authorization::language;
use crate::command::{self, Command, When};
use crate::listing::{Column, Listing};
use crate::maildrop::Maildrop;
use crate::reply;
use crate::session::{Flow, Session, State, Step, goodbye};
use crate::transfer::Transfer;
use sasl::Secret;
use std::time::Instant;

/// What LIST, RETR, DELE, TOP and UIDL say to a number that is not one of a message, or of one marked as deleted.
const NO_SUCH_MESSAGE: &str = "no such message";

impl Session {
    /// A command after log-in.
    pub(crate) fn transaction(
        &mut self,
        mut maildrop: Box<Maildrop>,
        line: &Secret,
        out: &mut Vec<u8>,
    ) -> Flow {
        let command = match command::parse(line.as_bytes()) {
            Ok(command) if command.when() == When::Authorization => {
                Err("you have logged in already")
            }
            Ok(command) => Ok(command),
            Err(malformed) => Err(malformed.text()),
        };
        let command = match command {
            Ok(command) => command,
            Err(text) => {
                self.state = State::Transaction(maildrop);
                let limit = self.limits.bad_commands;
                return self.bad_command(text, limit, out);
            }
        };
        match command {
            Command::Capa => self.capabilities(false, out),
            Command::Lang(range) => language(range, out),
            Command::Noop => reply::ok(out, "nothing done"),
            Command::Stat => {
                out.extend_from_slice(b"+OK ");
                reply::number(out, u64::from(maildrop.count()));
                out.push(b' ');
                reply::number(out, maildrop.octets());
                reply::line(out, &[]);
            }
            Command::Dele(msg) if maildrop.delete(msg) => reply::ok(out, "message deleted"),
            Command::Dele(_) => reply::err(out, NO_SUCH_MESSAGE),
            Command::Rset => {
                maildrop.reset();
                reply::ok(out, &maildrop.summary());
            }
            Command::List(Some(msg)) => one(&maildrop, Column::Size, msg, out),
            Command::Uidl(Some(msg)) => one(&maildrop, Column::Id, msg, out),
            Command::List(None) => {
                reply::ok(out, "scan listing follows");
                self.state = State::Listing(maildrop, Listing::new(Column::Size));
                return Flow::Continue(());
            }
            Command::Uidl(None) => {
                reply::ok(out, "unique-id listing follows");
                self.state = State::Listing(maildrop, Listing::new(Column::Id));
                return Flow::Continue(());
            }
            Command::Retr(msg) => return self.retrieve(maildrop, msg, None, out),
            Command::Top(msg, lines) => return self.retrieve(maildrop, msg, Some(lines), out),
            Command::Quit => return self.quit(*maildrop, out),
            // When::Authorization; they were sorted out above.
            Command::AuthList
            | Command::Auth { .. }
            | Command::Pass(_)
            | Command::Stls
            | Command::User(_)
            | Command::Utf8 => {
                reply::err(out, "you have logged in already");
            }
        }
        self.state = State::Transaction(maildrop);
        Flow::Continue(())
    }

    /// Begins RETR or TOP. Where the store fails before anything was sent, the answer is an error like any other.
    fn retrieve(
        &mut self,
        maildrop: Box<Maildrop>,
        msg: u32,
        lines: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Flow {
        let begin = out.len();
        match self.begin(&maildrop, msg, lines, out) {
            Ok(Some(transfer)) => {
                self.state = State::Transfer(maildrop, transfer);
                return Flow::Continue(());
            }
            Ok(None) => {}
            Err(error) => {
                out.truncate(begin);
                self.store_failed(error, out);
            }
        }
        self.state = State::Transaction(maildrop);
        Flow::Continue(())
    }

    /// The first piece of a message; `Ok(None)`: nothing is left to send.
    fn begin(
        &self,
        maildrop: &Maildrop,
        msg: u32,
        lines: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Box<Transfer>>, store::Error> {
        let Some(message) = maildrop.get(msg) else {
            reply::err(out, NO_SUCH_MESSAGE);
            return Ok(None);
        };
        let watch = Transfer::watch(&self.store, maildrop, message, self.limits.piece, out.len());
        let read = self.store.read()?;
        let Some(mut transfer) = Transfer::begin(&read, maildrop, message, lines, self.utf8, out)?
        else {
            reply::err(
                out,
                "the message has been removed by another program since you logged in",
            );
            return Ok(None);
        };
        if transfer.write(&read, self.limits.piece, out)? {
            return Ok(None);
        }
        transfer.keep(watch);
        Ok(Some(Box::new(transfer)))
    }

    /// Goes on with a message. If the store fails now the connection ends in the middle of it: only so does the client see that it has a part.
    pub(crate) fn transfer(
        &mut self,
        maildrop: Box<Maildrop>,
        mut transfer: Box<Transfer>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        self.active = now;
        let done = self
            .store
            .read()
            .and_then(|read| transfer.write(&read, self.limits.piece, out));
        match done {
            Ok(true) => self.state = State::Transaction(maildrop),
            Ok(false) => self.state = State::Transfer(maildrop, transfer),
            Err(error) => {
                self.trouble = Some(error);
                return Flow::Break(Step::Close);
            }
        }
        Flow::Continue(())
    }

    /// Goes on with a listing.
    pub(crate) fn list(
        &mut self,
        maildrop: Box<Maildrop>,
        mut listing: Listing,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        self.active = now;
        self.state = if listing.write(&maildrop, self.limits.piece, out) {
            State::Transaction(maildrop)
        } else {
            State::Listing(maildrop, listing)
        };
        Flow::Continue(())
    }

    /// QUIT: the answer comes when the deletes are on the device. Those that IMAP has expunged meanwhile are gone as they should be.
    fn quit(&mut self, maildrop: Maildrop, out: &mut Vec<u8>) -> Flow {
        let uids = maildrop.deleted();
        if uids.is_empty() {
            goodbye(maildrop.count(), out);
            return Flow::Break(Step::Close);
        }
        let (mailbox, left) = (maildrop.mailbox, maildrop.count());
        let answer = self.store.write(move |write| write.expunge(mailbox, &uids));
        self.state = State::Update(maildrop.into_lock(), left);
        Flow::Break(Step::Commit(Pending(answer)))
    }
}

/// LIST or UIDL of one message.
fn one(maildrop: &Maildrop, column: Column, msg: u32, out: &mut Vec<u8>) {
    match maildrop.get(msg) {
        Some(message) => {
            out.extend_from_slice(b"+OK ");
            column.write(msg, message, maildrop, out);
            reply::line(out, &[]);
        }
        None => reply::err(out, NO_SUCH_MESSAGE),
    }
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
