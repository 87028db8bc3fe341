//! Where tokens are written: hashed into cells for the table, or, to explain a decision, spelled out.
//!
//! It promises that no section of a message writes more than its share: what is over is dropped, so that a long text cannot crowd
//! the header out.

use crate::hash::{hash, pair};
use crate::limits::WORD_MAX;
use crate::words::{Word, words};

/// Takes tokens.
pub(crate) trait Sink {
    /// One token: its hash, and how it is called.
    fn token(&mut self, hash: u64, label: Label<'_>);
}

/// How a token is called: what it was found as, its text, and for a pair the word before.
#[derive(Clone, Copy)]
pub(crate) struct Label<'a> {
    pub(crate) what: &'a str,
    pub(crate) text: &'a str,
    pub(crate) before: Option<&'a str>,
    /// Whether it is the token that tells that the word is in capitals.
    pub(crate) capitals: bool,
}

/// Hashes tokens under the person's seed and hands them to a sink.
pub(crate) struct Pen<'s> {
    seed: u64,
    sink: &'s mut dyn Sink,
    /// Tokens that the section in hand may still write.
    room: usize,
}

impl<'s> Pen<'s> {
    pub(crate) fn new(seed: u64, sink: &'s mut dyn Sink) -> Pen<'s> {
        Pen {
            seed,
            sink,
            room: 0,
        }
    }

    /// Begins a section that may write `room` tokens.
    pub(crate) fn section(&mut self, room: usize) {
        self.room = room;
    }

    /// One token of a kind: `what` is a field's name, or what else the text was found as.
    pub(crate) fn token(&mut self, what: &str, text: &str) -> u64 {
        let kind = hash(self.seed, 0, what.as_bytes());
        let value = hash(self.seed, kind, text.as_bytes());
        self.put(
            value,
            Label {
                what,
                text,
                before: None,
                capitals: false,
            },
        );
        value
    }

    /// The words of `text`, at most `most`, each alone and if `pairs` also with the word before it. Pairs across another word told no more and cost as
    /// many tokens again.
    pub(crate) fn text(&mut self, what: &str, text: &str, pairs: bool, most: usize) {
        let kind = hash(self.seed, 0, what.as_bytes());
        let mut last: Option<Slot> = None;
        let mut left = most;
        words(text, &mut |word| {
            if left == 0 || self.room == 0 {
                return;
            }
            left -= 1;
            let mut long = [0; 8];
            let (text, capitals) = match word {
                Word::Text(text, capitals) => (text, capitals),
                Word::Long(steps) => (long_word(steps, &mut long), false),
            };
            let value = hash(self.seed, kind, text.as_bytes());
            let label = Label {
                what,
                text,
                before: None,
                capitals: false,
            };
            self.put(value, label);
            if capitals {
                let label = Label {
                    capitals: true,
                    ..label
                };
                self.put(pair(value, 0, kind), label);
            }
            if let Some(before) = last.as_ref().filter(|_| pairs) {
                let label = Label {
                    before: Some(before.text()),
                    ..label
                };
                self.put(pair(before.value, 1, value), label);
            }
            last = Some(Slot::new(value, text));
        });
    }

    fn put(&mut self, value: u64, label: Label<'_>) {
        if let Some(left) = self.room.checked_sub(1) {
            self.room = left;
            self.sink.token(value, label);
        }
    }
}

/// A long word by its size: `long2` is one of 48 to 71 octets; beyond 9 steps all are alike.
fn long_word(steps: usize, room: &mut [u8; 8]) -> &str {
    let digit = b"0123456789".get(steps.min(9)).copied().unwrap_or(b'9');
    *room = [b'l', b'o', b'n', b'g', b' ', digit, 0, 0];
    room.get(..6)
        .and_then(|text| std::str::from_utf8(text).ok())
        .unwrap_or("long")
}

/// The word before.
#[derive(Default)]
struct Slot {
    value: u64,
    text: [u8; WORD_MAX],
    len: usize,
}

impl Slot {
    fn new(value: u64, text: &str) -> Slot {
        let mut slot = Slot {
            value,
            ..Slot::default()
        };
        if let Some(room) = slot.text.get_mut(..text.len()) {
            room.copy_from_slice(text.as_bytes());
            slot.len = text.len();
        }
        slot
    }

    fn text(&self) -> &str {
        self.text
            .get(..self.len)
            .and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default()
    }
}
