//! What stands between the literals of a command that brings messages.
//!
//! ```abnf
//! append-message = [SP flag-list] [SP date-time] SP append-data
//! append-data = literal / literal8 / "CATENATE" SP "(" cat-part *(SP cat-part) ")" / "UTF8" SP "(" literal8 ")"
//! cat-part = "TEXT" SP (literal / literal8) / "URL" SP astring / "UTF8" SP "(" literal8 ")"
//! ```
//!
//! Promises: one step of the grammar a call, on what is there, whatever the line was cut into; linear time.

use mail::date::{self, DateTime};

use super::Phase;
use crate::command::FlagList;
use crate::deed::No;
use crate::parse::{self, Cursor, Parsed};
use crate::session::literal::Marker;

/// Where in the command.
#[derive(Default)]
pub(super) struct Script {
    place: Place,
    flags: FlagList,
    date: Option<DateTime>,
    /// a message has been whole
    any: bool,
    /// REPLACE takes one (RFC 8508 §4.7)
    one: bool,
    /// a URL that comes as a literal
    pub(super) url: Vec<u8>,
    /// the last URL stood in the line
    pub(super) url_in_line: bool,
    /// what was interrupted was a line
    in_line: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// before a message
    #[default]
    Message,
    /// in CATENATE's list, before its first part
    FirstPart,
    /// behind a part
    NextPart,
    /// behind a UTF8 literal that is the message
    Utf8,
    /// behind one that is a part
    Utf8Part,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    /// the octets of the literal at the end of the line
    Literal(Kind),
    /// the octets that this names
    Url(Vec<u8>),
    /// nothing more of this message
    MessageEnds,
    /// nothing more at all
    End,
}

/// What a literal is.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum Kind {
    /// a message, or (`literal8`) a message kept octet for octet
    Whole,
    /// the same
    Binary,
    /// a part of one
    Text { binary: bool },
    /// a URL
    Url,
}

impl Kind {
    /// Whether no octet is changed.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Kind::Binary | Kind::Text { binary: true })
    }
}

impl Script {
    /// The script of one message, or of any number of them.
    pub(super) fn new(one: bool) -> Script {
        Script {
            one,
            ..Script::default()
        }
    }

    /// Takes the next step. `marker` is the literal at the end of the line.
    pub(super) fn next(
        &mut self,
        cursor: &mut Cursor<'_>,
        marker: Option<&Marker>,
    ) -> Parsed<Wanted> {
        match self.place {
            Place::Message => self.message(cursor, marker),
            Place::FirstPart => self.part(cursor, marker),
            Place::NextPart if cursor.eat(b')') => {
                self.place = Place::Message;
                self.any = true;
                Ok(Wanted::MessageEnds)
            }
            Place::NextPart => {
                cursor.space()?;
                self.part(cursor, marker)
            }
            Place::Utf8 => {
                cursor.expect(b')', "The end of UTF8 (...) was expected")?;
                self.place = Place::Message;
                self.any = true;
                Ok(Wanted::MessageEnds)
            }
            Place::Utf8Part => {
                cursor.expect(b')', "The end of UTF8 (...) was expected")?;
                self.place = Place::NextPart;
                self.next_part(cursor, marker)
            }
        }
    }

    fn next_part(&mut self, cursor: &mut Cursor<'_>, marker: Option<&Marker>) -> Parsed<Wanted> {
        if cursor.eat(b')') {
            self.place = Place::Message;
            self.any = true;
            return Ok(Wanted::MessageEnds);
        }
        cursor.space()?;
        self.part(cursor, marker)
    }

    fn message(&mut self, cursor: &mut Cursor<'_>, marker: Option<&Marker>) -> Parsed<Wanted> {
        if self.any && marker.is_none() && cursor.clone().end().is_ok() {
            return Ok(Wanted::End);
        }
        if self.any && self.one {
            return Err(No::bad("REPLACE takes one message"));
        }
        cursor.space()?;
        if cursor.peek() == Some(b'(') {
            self.flags = parse::flag_list(cursor)?;
            cursor.space()?;
        }
        if cursor.peek() == Some(b'"') {
            let text = cursor.string()?;
            let date = date::parse_imap_date_time(&text);
            self.date = Some(date.ok_or_else(|| {
                No::bad("A date such as \"17-Jul-1996 02:44:25 -0700\" was expected")
            })?);
            cursor.space()?;
        }
        if cursor.word("CATENATE") {
            cursor.space()?;
            cursor.expect(
                b'(',
                "The parts of the message were expected: (TEXT {n} URL \"...\")",
            )?;
            self.place = Place::FirstPart;
            return self.part(cursor, marker);
        }
        if cursor.word("UTF8") {
            self.place = Place::Utf8;
            return utf8(cursor, marker).map(|()| Wanted::Literal(Kind::Text { binary: true }));
        }
        match marker.filter(|_| cursor.is_at_end()) {
            Some(marker) => {
                self.any = true;
                Ok(Wanted::Literal(if marker.binary {
                    Kind::Binary
                } else {
                    Kind::Whole
                }))
            }
            None => Err(No::bad("The message was expected, as a literal")),
        }
    }

    fn part(&mut self, cursor: &mut Cursor<'_>, marker: Option<&Marker>) -> Parsed<Wanted> {
        let here = marker.filter(|_| true);
        self.place = Place::NextPart;
        if cursor.word("TEXT") {
            cursor.space()?;
            return match here.filter(|_| cursor.is_at_end()) {
                Some(marker) => Ok(Wanted::Literal(Kind::Text {
                    binary: marker.binary,
                })),
                None => Err(No::bad("The text was expected, as a literal")),
            };
        }
        if cursor.word("URL") {
            cursor.space()?;
            if let Some(marker) = here.filter(|_| cursor.is_at_end()) {
                if marker.binary {
                    return Err(No::bad("A URL was expected"));
                }
                self.url.clear();
                self.url_in_line = false;
                return Ok(Wanted::Literal(Kind::Url));
            }
            self.url_in_line = true;
            return Ok(Wanted::Url(cursor.astring()?.into_owned()));
        }
        if cursor.word("UTF8") {
            self.place = Place::Utf8Part;
            return utf8(cursor, here).map(|()| Wanted::Literal(Kind::Text { binary: true }));
        }
        Err(No::bad("TEXT, URL or UTF8 was expected"))
    }

    /// What the client said of the message that has ended; the next one has its own.
    pub(super) fn take_flags_and_date(&mut self) -> (FlagList, Option<DateTime>) {
        (std::mem::take(&mut self.flags), self.date.take())
    }

    /// What is to go on once the store has answered: the line that was being read, or the next one.
    pub(super) fn come_back(&mut self, in_line: bool) {
        self.in_line = in_line;
    }

    /// See [`Script::come_back`].
    pub(super) fn behind(&self) -> Phase {
        if self.in_line {
            Phase::Text
        } else {
            Phase::Line
        }
    }
}

/// SP "(" literal8.
fn utf8(cursor: &mut Cursor<'_>, marker: Option<&Marker>) -> Parsed<()> {
    cursor.space()?;
    cursor.expect(b'(', "UTF8 (~{n} was expected")?;
    match marker.filter(|marker| marker.binary && cursor.is_at_end()) {
        Some(_) => Ok(()),
        None => Err(No::bad("UTF8 (~{n} was expected: a literal8")),
    }
}
