//! Messages that come in, streamed into the store's spool and through the parser as they come: APPEND (RFC 9051 §6.3.12), any number of
//! them in one command (RFC 3502), put together of literals and of what the box has already (RFC 4469), and REPLACE (RFC 8508).
//!
//! What is read of a line goes to the [`script`], which says what comes next; octets of literals and of URLs go into a [`body::Body`]; a
//! message that is whole is put with the others. When [`PIECE`] octets of them have come together they are staged in the store while
//! the next ones are read; one deed at the end gives all of them their places. So a command costs two pieces of memory whatever it
//! brings, and a refusal at any point leaves nothing behind.
//!
//! Promises: after a refusal the connection is in step: a literal that waits to be asked for is not, any other is read and dropped.
//! Cannot: a message with NUL is encoded anew in one go ([`body`]), while everyone else on this thread waits.

mod admit;
mod body;
mod script;

use ::store::{Answer, Incoming, Spool, Staged};

use crate::cmd::append::{Messages, Target};
use crate::cmd::url::Copying;
use crate::code::Code;
use crate::command::Append;
use crate::deed::No;
use crate::parse::Cursor;
use crate::session::literal::{Marker, marker};
use crate::session::run::lost_place;
use crate::session::types::Written;
use crate::session::{Doing, Now, Outcome, Pending, Session, Step};
use crate::table::Row;
use body::{Body, Whole};
use script::{Kind, Script, Wanted};

/// Octets of messages and records that are staged together: half a MiB, which is also what one commit takes of a large body. Two of
/// them are in memory at most, one on its way to the disk.
const PIECE: u64 = 512 * 1024;
/// Messages that are staged together: tiny ones cost more beside their octets.
const PIECE_MESSAGES: usize = 1_024;

/// A command that brings messages.
pub(super) struct Appending {
    tag: Box<str>,
    row: &'static Row,
    append: Append,
    script: Script,
    /// where to; found out before the first octet is taken
    target: Option<Target>,
    /// the message that is coming in
    body: Option<Body>,
    messages: Messages,
    /// octets of `messages.rest`, records included
    together: u64,
    /// octets of all messages so far
    octets: u64,
    /// a piece that is being staged
    staging: Option<Answer<()>>,
    /// why nothing will be appended; the rest is dropped
    refused: Option<No>,
    /// a message whose body has to be brought into the store first
    large: Option<Box<(Spool, Whole)>>,
    /// what stands between two literals, how much of it has been read, and the literal at its end
    text: Vec<u8>,
    read: usize,
    marker: Option<Marker>,
    phase: Phase,
    outcome: Option<Outcome>,
}

enum Phase {
    /// reading `text`
    Text,
    /// octets of a literal come
    Literal { kind: Kind, left: u64 },
    /// the next line comes
    Line,
    /// octets of a message that the box has
    Copying(Box<Copying>),
    /// a large body goes into the store
    Body(Box<Whole>),
    /// a piece goes into the store; then this
    Piece(After),
}

/// What goes on after a piece is staged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Next,
    End,
}

impl Session {
    /// A command that brings messages has been read up to its first literal, or to its end.
    pub(super) fn begin_append(
        &mut self,
        tag: Box<str>,
        row: &'static Row,
        append: Append,
        marker: Option<Marker>,
    ) {
        self.own(&append.mailbox);
        let batch = self.store.batch();
        let text = append.rest.clone();
        self.doing = Doing::Appending(Box::new(Appending {
            tag,
            row,
            script: Script::new(append.replace.is_some()),
            append,
            target: None,
            body: None,
            messages: Messages::new(batch),
            together: 0,
            octets: 0,
            staging: None,
            refused: None,
            large: None,
            text,
            read: 0,
            marker,
            phase: Phase::Text,
            outcome: None,
        }));
    }

    /// Goes on with it.
    pub(super) fn append(
        &mut self,
        mut appending: Box<Appending>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        let a = &mut *appending;
        match &mut a.phase {
            Phase::Text => match self.read_script(a, now, out) {
                Ok(Progress::On) => {}
                Ok(Progress::Ended) => return self.append_end(appending, out),
                Err(no) => return self.append_refused(appending, no, out),
            },
            Phase::Literal { kind, left } => {
                let here = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(self.input.pending());
                let octets = self.input.rest().get(..here).unwrap_or_default();
                if *kind == Kind::Url {
                    a.script.url.extend_from_slice(octets);
                } else if let Some(body) = a.body.as_mut().filter(|_| a.refused.is_none())
                    && let Err(no) = body.take(octets, kind.is_binary())
                {
                    a.refused = Some(no);
                }
                self.input.drop_front(here);
                *left = left.saturating_sub(here as u64);
                if *left > 0 {
                    self.input.release(false);
                    self.doing = Doing::Appending(appending);
                    return Some(Step::Read);
                }
                let kind = *kind;
                a.phase = Phase::Line;
                if matches!(kind, Kind::Whole | Kind::Binary) {
                    a.message_ends(&self.store, self.dialect().utf8(), now);
                }
                if kind == Kind::Url && a.refused.is_none() {
                    let text = std::mem::take(&mut a.script.url);
                    a.refused = self.copy_from(a, &text, now).err();
                }
            }
            Phase::Line => {
                let Some(line_end) = self.input.next_line() else {
                    if self.input.pending() > self.limits.command {
                        return self.hang_up(out, "This command is longer than the box takes");
                    }
                    self.input.release(false);
                    self.doing = Doing::Appending(appending);
                    return Some(Step::Read);
                };
                let line = self.input.line(line_end);
                a.marker = marker(line);
                let end = a.marker.map_or(line.len(), |marker| marker.at);
                a.text.clear();
                a.text
                    .extend_from_slice(line.get(..end).unwrap_or_default());
                a.read = 0;
                self.input.drop_front(line_end);
                a.phase = Phase::Text;
            }
            Phase::Copying(copying) => {
                let step = self.copy_step(copying, a.body.as_mut());
                match step {
                    Ok(false) => {
                        self.doing = Doing::Appending(appending);
                        return Some(Step::More);
                    }
                    Ok(true) => a.phase = a.behind_url(),
                    Err(no) => {
                        a.phase = a.behind_url();
                        a.refused = Some(no);
                    }
                }
            }
            Phase::Body(_) => {
                let Some(Outcome(outcome)) = a.outcome.take() else {
                    self.doing = Doing::Appending(appending);
                    return Some(Step::Wait);
                };
                let Phase::Body(whole) = std::mem::replace(&mut a.phase, a.script.behind()) else {
                    return None;
                };
                match outcome {
                    Written::Stage(Ok(staged)) => a.put(*whole, staged),
                    Written::Stage(Err(error)) => a.refused = Some(error.into()),
                    _ => a.refused = Some(lost_place()),
                }
            }
            Phase::Piece(after) => {
                let after = *after;
                let Some(Outcome(outcome)) = a.outcome.take() else {
                    self.doing = Doing::Appending(appending);
                    return Some(Step::Wait);
                };
                let result = match outcome {
                    Written::Piece(result) => result.map_err(No::from),
                    _ => Err(lost_place()),
                };
                match (after, result) {
                    (After::End, Ok(())) => return self.append_end(appending, out),
                    (After::End, Err(no)) => {
                        self.refuse(&a.tag, &no, out);
                        return None;
                    }
                    (After::Next, Ok(())) => a.phase = a.script.behind(),
                    (After::Next, Err(no)) => {
                        a.phase = a.script.behind();
                        a.refused = Some(no);
                    }
                }
            }
        }
        // What was refused while a literal came in is said once its line goes on.
        if matches!(a.phase, Phase::Text)
            && let Some(no) = a.refused.take()
        {
            return self.append_refused(appending, no, out);
        }
        // What a message that has become whole asks of the store.
        if let Some(whole) = a.large.take() {
            let (spool, whole) = *whole;
            let pending = Pending(Written::Stage(self.store.stage(spool)));
            a.phase = Phase::Body(Box::new(whole));
            self.doing = Doing::Appending(appending);
            return Some(Step::Commit(pending));
        }
        if a.together >= PIECE || a.messages.rest.len() >= PIECE_MESSAGES {
            if let Some(before) = a.staging.take() {
                a.script.come_back(matches!(a.phase, Phase::Text));
                a.phase = Phase::Piece(After::Next);
                self.doing = Doing::Appending(appending);
                return Some(Step::Commit(Pending(Written::Piece(before))));
            }
            a.together = 0;
            let batch = a.messages.batch.clone();
            let piece = std::mem::take(&mut a.messages.rest);
            a.staging = Some(self.store.write(move |tx| tx.stage_batch(&batch, &piece)));
        }
        self.doing = Doing::Appending(appending);
        None
    }

    /// Reads what stands between two literals.
    fn read_script(
        &mut self,
        a: &mut Appending,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Result<Progress, No> {
        let utf8 = self.dialect().utf8();
        let rest = a.text.get(a.read..).unwrap_or_default();
        let mut cursor = Cursor::new(rest, utf8);
        let wanted = a.script.next(&mut cursor, a.marker.as_ref())?;
        a.read = a.text.len().saturating_sub(cursor.left());
        match wanted {
            Wanted::End => return Ok(Progress::Ended),
            Wanted::MessageEnds => {
                a.phase = Phase::Text;
                a.message_ends(&self.store, utf8, now);
                if let Some(no) = a.refused.take() {
                    return Err(no);
                }
            }
            Wanted::Url(text) => self.copy_from(a, &text, now)?,
            Wanted::Literal(kind) => {
                let Some(marker) = a.marker else {
                    return Err(No::bad("The message was expected, as a literal"));
                };
                if kind == Kind::Url {
                    if marker.length > self.limits.literal as u64
                        || marker.length > crate::url::URL_MAX as u64
                    {
                        return Err(No {
                            code: Some(Code::Limit),
                            ..No::bad("This URL is longer than the box takes")
                        });
                    }
                } else {
                    if matches!(kind, Kind::Whole | Kind::Binary) && marker.length == 0 {
                        return Err(No::no("An empty message is none: nothing is appended"));
                    }
                    self.admit(a, marker.length, now)?;
                }
                a.marker = None;
                if marker.synchronizing {
                    out.extend_from_slice(b"+ Ready for the message\r\n");
                }
                a.phase = Phase::Literal {
                    kind,
                    left: marker.length,
                };
            }
        }
        Ok(Progress::On)
    }

    /// The command is whole: its messages get their places.
    fn append_end(&mut self, mut appending: Box<Appending>, out: &mut Vec<u8>) -> Option<Step> {
        if let Some(staging) = appending.staging.take() {
            appending.phase = Phase::Piece(After::End);
            self.doing = Doing::Appending(appending);
            return Some(Step::Commit(Pending(Written::Piece(staging))));
        }
        let Appending {
            tag,
            row,
            append,
            messages,
            ..
        } = *appending;
        self.deliver(tag, row, append, messages, out);
        None
    }

    /// Refuses the command, whose last literal may still have to be dropped.
    fn append_refused(
        &mut self,
        appending: Box<Appending>,
        no: No,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        let Appending { tag, marker, .. } = *appending;
        match marker {
            Some(marker) => self.refuse_literal(Some(tag), no, &marker, 0, out),
            None => self.refuse(&tag, &no, out),
        }
        None
    }
}

/// What reading a line came to.
enum Progress {
    On,
    Ended,
}

impl Appending {
    /// A message has all its octets.
    fn message_ends(&mut self, store: &::store::Store, utf8: bool, now: Now) {
        let (flags, date) = self.script.take_flags_and_date();
        let Some(body) = self.body.take().filter(|_| self.refused.is_none()) else {
            return;
        };
        let (unix, zone) = date.map_or((now.unix, 0), |date| (date.unix, date.zone_minutes));
        let flags = self.messages.flags(&flags);
        match body.end(store, utf8, unix, zone, flags) {
            Err(no) => self.refused = Some(no),
            Ok((spool, whole)) => {
                self.octets = self.octets.saturating_add(spool.len());
                if spool.is_in_memory() {
                    // It is there at once.
                    match store.stage(spool).wait() {
                        Ok(staged) => self.put(whole, staged),
                        Err(error) => self.refused = Some(error.into()),
                    }
                } else {
                    self.script.come_back(matches!(self.phase, Phase::Text));
                    self.large = Some(Box::new((spool, whole)));
                }
            }
        }
    }

    /// Puts a message with the others.
    fn put(&mut self, whole: Whole, body: Staged) {
        // A large one lies in the store already.
        let here = if whole.in_memory { body.len() } else { 0 };
        self.together = self
            .together
            .saturating_add(here)
            .saturating_add(whole.record.len() as u64);
        self.messages.count = self.messages.count.saturating_add(1);
        self.messages.rest.push(Incoming {
            body,
            head: whole.head,
            record: whole.record,
            flags: whole.flags,
        });
    }

    /// The outcome of the write that is waited for.
    pub(super) fn committed(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    /// What comes behind a URL: more of its line, or the next one if it was a literal.
    fn behind_url(&self) -> Phase {
        if self.script.url_in_line {
            Phase::Text
        } else {
            Phase::Line
        }
    }
}
