//! As much of XML as a report needs: elements and their text, one after the other.
//!
//! Promises: linear time; nothing is held but the way down to the present element, at most [`DEPTH_MAX`] names; entities are the five of XML and numbers, and a document
//! type, where others could be declared, is refused. Attributes, comments and instructions are passed over, prefixes of names dropped.
//!
//! What it cannot do: it checks neither that end tags match nor that names are names, and knows UTF-8 only.

use super::{BadReport, TEXT_MAX};

/// Elements within elements; the schema has five.
const DEPTH_MAX: usize = 16;
/// Longest name of an element that is told apart, in octets; the schema's longest has 17.
const NAME_MAX: usize = 32;

/// What comes next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Event {
    /// An element begins.
    Start,
    /// It ends, and had this text of its own, trimmed.
    End(String),
    /// Nothing comes any more.
    Over,
}

/// Reads a document.
pub(super) struct Reader<'x> {
    rest: &'x str,
    /// Names of the elements that are open, in lower case, and their text so far.
    open: Vec<(String, String)>,
    /// An element that has begun is also at its end: `<sp/>`.
    ends_at_once: bool,
    /// Is to be taken off the way at the next step.
    ended: bool,
}

impl<'x> Reader<'x> {
    pub(super) fn new(document: &'x str) -> Reader<'x> {
        Reader {
            rest: document.trim_start_matches('\u{FEFF}'),
            open: Vec::new(),
            ends_at_once: false,
            ended: false,
        }
    }

    /// The names of the element that has just begun or ended and of the one around it.
    pub(super) fn path(&self) -> (&str, &str) {
        let mut names = self.open.iter().rev().map(|(name, _)| name.as_str());
        let inner = names.next().unwrap_or_default();
        (names.next().unwrap_or_default(), inner)
    }

    pub(super) fn next(&mut self) -> Result<Event, BadReport> {
        if std::mem::take(&mut self.ended) {
            self.open.pop();
        }
        if std::mem::take(&mut self.ends_at_once) {
            return Ok(self.end());
        }
        loop {
            let Some((text, markup)) = self.rest.split_once('<') else {
                return match self.open.is_empty() {
                    true => Ok(Event::Over),
                    false => Err(BadReport("the XML breaks off")),
                };
            };
            self.text(text)?;
            let (first, behind) = (markup.chars().next(), markup);
            match first {
                Some('?') => self.rest = after(behind, "?>")?,
                Some('!') if behind.starts_with("!--") => {
                    self.rest = after(behind.get(3..).unwrap_or_default(), "-->")?;
                }
                Some('!') => match behind.strip_prefix("![CDATA[") {
                    Some(data) => {
                        let (data, rest) = data
                            .split_once("]]>")
                            .ok_or(BadReport("the XML breaks off"))?;
                        self.add(data);
                        self.rest = rest;
                    }
                    // Here a document would declare what its entities mean.
                    None => return Err(BadReport("the XML declares a type of its own")),
                },
                Some('/') => {
                    self.rest = after(behind, ">")?;
                    if self.open.is_empty() {
                        return Err(BadReport("the XML ends an element that has not begun"));
                    }
                    return Ok(self.end());
                }
                _ => {
                    let (tag, rest) = tag(behind)?;
                    self.rest = rest;
                    return self.start(tag);
                }
            }
        }
    }

    fn start(&mut self, tag: &str) -> Result<Event, BadReport> {
        if self.open.len() >= DEPTH_MAX {
            return Err(BadReport("the XML nests too deep"));
        }
        let (tag, ends_at_once) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next();
        let name = name.unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        let name: String = name.chars().take(NAME_MAX).collect();
        self.open.push((name.to_ascii_lowercase(), String::new()));
        self.ends_at_once = ends_at_once;
        Ok(Event::Start)
    }

    fn end(&mut self) -> Event {
        self.ended = true;
        let text = self.open.last_mut().map(|(_, text)| std::mem::take(text));
        let text = text.unwrap_or_default();
        Event::End(text.trim().to_owned())
    }

    /// Character data, with its references.
    fn text(&mut self, text: &str) -> Result<(), BadReport> {
        let mut rest = text;
        while let Some((plain, reference)) = rest.split_once('&') {
            self.add(plain);
            let (name, behind) = reference
                .split_once(';')
                .ok_or(BadReport("the XML has an & that begins nothing"))?;
            let c = character(name).ok_or(BadReport("the XML uses an entity of its own"))?;
            self.add(c.encode_utf8(&mut [0; 4]));
            rest = behind;
        }
        self.add(rest);
        Ok(())
    }

    fn add(&mut self, text: &str) {
        // Octets, where the limit on what is kept is in characters; blanks around it do not count.
        const MOST: usize = TEXT_MAX * 4;
        let Some((_, kept)) = self.open.last_mut() else {
            return;
        };
        let text = if kept.is_empty() {
            text.trim_start()
        } else {
            text
        };
        let room = MOST.saturating_sub(kept.len());
        let cut = (0..=room.min(text.len())).rev();
        let cut = cut.into_iter().find(|at| text.is_char_boundary(*at));
        kept.push_str(text.get(..cut.unwrap_or(0)).unwrap_or_default());
    }
}

/// What stands behind `mark`.
fn after<'x>(text: &'x str, mark: &str) -> Result<&'x str, BadReport> {
    let found = text.split_once(mark).map(|(_, rest)| rest);
    found.ok_or(BadReport("the XML breaks off"))
}

/// A start tag without its brackets, and what follows; a `>` within an attribute's value does not end it.
fn tag(text: &str) -> Result<(&str, &str), BadReport> {
    let mut quote = None;
    for (at, octet) in text.bytes().enumerate() {
        match (quote, octet) {
            (None, b'>') => {
                let (tag, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                return Ok((tag, rest.get(1..).unwrap_or_default()));
            }
            (None, b'"' | b'\'') => quote = Some(octet),
            (Some(open), octet) if open == octet => quote = None,
            _ => {}
        }
    }
    Err(BadReport("the XML breaks off"))
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}
