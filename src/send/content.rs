//! What goes over the wire: the stored message without what is only for the house, behind its signatures, rewritten where the other side takes less.
//!
//! Nothing is held in memory but one piece; each piece is read in a transaction of its own. A letter to twenty destinations is looked through and signed once: what
//! came of that ([`Prepared`]) is remembered for a few letters.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_lite::future::yield_now;
use mail::downgrade::{Downgrade, DowngradeError, Obstacle, Target};
use mail::{Message, Parser};
use smtp::client::BodyType;
use store::{Gid, Letter, LetterId, Read as _, Store};

/// Octets read at once.
const PIECE: usize = 64 * 1024;
/// Longest Return-Path field that is looked for at the start of a stored message.
const RETURN_PATH_MAX: usize = 2048;
/// Prepared letters that are remembered.
const PREPARED_MAX: usize = 32;

/// A message in the store.
#[derive(Clone)]
pub(super) struct Stored {
    store: Store,
    gid: Gid,
    /// What of its start stays in the house: Return-Path is the last server's to write (RFC 5321 §4.4).
    skip: u64,
    /// Octets behind that.
    pub(super) size: u64,
}

impl Stored {
    /// The body of `letter`.
    pub(super) fn open(store: &Store, letter: &Letter) -> store::Result<Stored> {
        let mut stored = Stored {
            store: store.clone(),
            gid: letter.gid,
            skip: 0,
            size: u64::from(letter.size),
        };
        let mut start = vec![0; RETURN_PATH_MAX];
        let length = stored.read(0, &mut start)?;
        let skip = return_path(start.get(..length).unwrap_or_default()) as u64;
        stored.skip = skip;
        stored.size = stored.size.saturating_sub(skip);
        Ok(stored)
    }

    /// Fills `room` from `offset` on as far as the message goes.
    pub(super) fn read(&self, offset: u64, room: &mut [u8]) -> store::Result<usize> {
        let read = self.store.read()?;
        let mut done = 0;
        while let Some(rest) = room.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = self.skip.saturating_add(offset).saturating_add(done as u64);
            let octets = read.body(self.gid, at)?;
            let count = octets.len().min(rest.len());
            let (Some(to), Some(from)) = (rest.get_mut(..count), octets.get(..count)) else {
                break;
            };
            if count == 0 {
                break;
            }
            to.copy_from_slice(from);
            done = done.saturating_add(count);
        }
        Ok(done)
    }

    /// Parses it, letting others have their turns.
    pub(super) async fn parse(&self) -> store::Result<Message> {
        let mut parser = Parser::new();
        self.each_piece(|piece| parser.feed(piece)).await?;
        Ok(parser.finish())
    }

    /// Hands on every octet.
    pub(super) async fn each_piece(&self, mut each: impl FnMut(&[u8])) -> store::Result<()> {
        let mut buffer = vec![0; PIECE];
        let mut at = 0;
        loop {
            let count = self.read(at, &mut buffer)?;
            let piece = buffer.get(..count).unwrap_or_default();
            if piece.is_empty() {
                return Ok(());
            }
            each(piece);
            at = at.saturating_add(count as u64);
            yield_now().await;
        }
    }
}

/// How long the Return-Path field is that a message begins with; 0 if it begins otherwise.
fn return_path(start: &[u8]) -> usize {
    const NAME: &[u8] = b"return-path:";
    let begins = start
        .get(..NAME.len())
        .is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    if !begins {
        return 0;
    }
    let ends = |at: &usize| {
        let line_end = start.get(at.saturating_sub(2)..*at) == Some(b"\r\n");
        line_end && !matches!(start.get(*at), None | Some(b' ' | b'\t'))
    };
    (NAME.len()..start.len()).find(ends).unwrap_or(0)
}

/// What form the message takes.
#[derive(Clone)]
enum Form {
    AsItIs,
    Rewritten(Box<Downgrade>),
}

/// A letter made ready for hosts that take this much.
#[derive(Clone)]
pub(super) struct Prepared {
    stored: Stored,
    form: Form,
    /// Stands in front: the signatures.
    pub(super) prefix: Arc<str>,
    /// Octets in all.
    pub(super) size: u64,
    /// What it is made of.
    pub(super) body: BodyType,
    /// Header fields hold UTF-8.
    pub(super) utf8_headers: bool,
}

/// Why there is no such form.
pub(super) enum Unfit {
    /// The message cannot be rewritten.
    Obstacle(Obstacle),
    /// The store cannot read it.
    Store(store::Error),
}

impl From<store::Error> for Unfit {
    fn from(error: store::Error) -> Unfit {
        Unfit::Store(error)
    }
}

impl Prepared {
    /// The message for a host that takes `target`; not signed yet.
    pub(super) async fn new(
        stored: Stored,
        letter: &Letter,
        target: Target,
    ) -> Result<Prepared, Unfit> {
        use store::BodyKind::{Binary, EightBit, SevenBit};
        let fits = match letter.body {
            SevenBit => true,
            EightBit => target.eight_bit,
            Binary => target.binary,
        };
        let body = match (letter.body, target) {
            (Binary, Target { binary: true, .. }) => BodyType::BinaryMime,
            (
                EightBit | Binary,
                Target {
                    eight_bit: true, ..
                },
            ) => BodyType::EightBitMime,
            _ => BodyType::SevenBit,
        };
        let utf8_headers = letter.smtputf8 && target.utf8_headers;
        if fits && utf8_headers == letter.smtputf8 {
            return Ok(Prepared {
                size: stored.size,
                stored,
                form: Form::AsItIs,
                prefix: "".into(),
                body,
                utf8_headers,
            });
        }
        let message = stored.parse().await?;
        let mut read = |offset, room: &mut [u8]| stored.read(offset, room);
        let downgrade =
            Downgrade::new(&message, target, &mut read).map_err(|error| match error {
                DowngradeError::Obstacle(obstacle) => Unfit::Obstacle(obstacle),
                DowngradeError::Read(error) => Unfit::Store(error),
            })?;
        let size = downgrade.measure(&mut read)?;
        let form = if downgrade.changes() {
            Form::Rewritten(Box::new(downgrade))
        } else {
            Form::AsItIs
        };
        Ok(Prepared {
            size,
            stored,
            form,
            prefix: "".into(),
            body,
            utf8_headers,
        })
    }

    /// The same behind these signatures.
    pub(super) fn signed(mut self, prefix: String) -> Prepared {
        self.size = self.size.saturating_add(prefix.len() as u64);
        self.prefix = prefix.into();
        self
    }

    /// Reads it from the start, piece by piece, whatever the offset that is said.
    pub(super) fn reading(&self) -> impl FnMut(u64, &mut [u8]) -> std::io::Result<usize> + use<> {
        let mut reader = self.reader();
        move |_, room| {
            let octets = reader.next(room.len()).map_err(std::io::Error::other)?;
            if let Some(to) = room.get_mut(..octets.len()) {
                to.copy_from_slice(octets);
            }
            Ok(octets.len())
        }
    }

    /// Reads it from the start.
    pub(super) fn reader(&self) -> Reader {
        Reader {
            prepared: self.clone(),
            prefix_done: false,
            at: 0,
            buffer: Vec::new(),
            taken: 0,
        }
    }
}

/// Reads a prepared letter in pieces.
pub(super) struct Reader {
    prepared: Prepared,
    prefix_done: bool,
    at: u64,
    buffer: Vec<u8>,
    /// Of the buffer, handed on already.
    taken: usize,
}

impl Reader {
    /// The next octets, at most `room`; empty at the end.
    pub(super) fn next(&mut self, room: usize) -> store::Result<&[u8]> {
        if self.taken >= self.buffer.len() {
            self.fill(room)?;
        }
        let rest = self.buffer.get(self.taken..).unwrap_or_default();
        let piece = rest.get(..room.max(1)).unwrap_or(rest);
        self.taken = self.taken.saturating_add(piece.len());
        Ok(piece)
    }

    fn fill(&mut self, room: usize) -> store::Result<()> {
        self.buffer.clear();
        self.taken = 0;
        if !std::mem::replace(&mut self.prefix_done, true) && !self.prepared.prefix.is_empty() {
            self.buffer
                .extend_from_slice(self.prepared.prefix.as_bytes());
            return Ok(());
        }
        let stored = &self.prepared.stored;
        match &mut self.prepared.form {
            Form::AsItIs => {
                self.buffer.resize(room.clamp(1, PIECE), 0);
                let count = stored.read(self.at, &mut self.buffer)?;
                self.buffer.truncate(count);
                self.at = self.at.saturating_add(count as u64);
            }
            Form::Rewritten(downgrade) => {
                let mut read = |offset, room: &mut [u8]| stored.read(offset, room);
                while self.buffer.is_empty() && downgrade.next(&mut read, &mut self.buffer)? {}
            }
        }
        Ok(())
    }
}

/// Letters that are ready, the last used first.
#[derive(Default)]
pub(super) struct Shelf {
    ready: Mutex<VecDeque<(LetterId, Target, Prepared)>>,
}

impl Shelf {
    pub(super) fn find(&self, letter: LetterId, target: Target) -> Option<Prepared> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let at = ready
            .iter()
            .position(|(known, fits, _)| *known == letter && *fits == target)?;
        let found = ready.remove(at)?;
        let prepared = found.2.clone();
        ready.push_front(found);
        Some(prepared)
    }

    pub(super) fn put(&self, letter: LetterId, target: Target, prepared: Prepared) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.truncate(PREPARED_MAX.saturating_sub(1));
        ready.push_front((letter, target, prepared));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_return_path_at_the_start_stays_at_home() {
        for (start, length) in [
            (&b"Return-Path: <a@b.test>\r\nReceived: x\r\n"[..], 25),
            (b"return-path:\r\n <a@b.test>\r\nFrom: x\r\n", 27),
            (b"Received: x\r\nReturn-Path: <>\r\n\r\n", 0),
            (b"Return-Path: <a@b", 0),
            (b"Return-Pathology: x\r\n\r\n", 0),
            (b"", 0),
        ] {
            assert_eq!(
                return_path(start),
                length,
                "{}",
                String::from_utf8_lossy(start)
            );
        }
    }
}
