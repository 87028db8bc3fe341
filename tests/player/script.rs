//! The language of `tests/transcripts`: lines into steps, and patterns against what a server said.

use std::collections::HashMap;
use std::time::Duration;

/// One line of a transcript, with its number for error messages.
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) step: Step,
}

pub(crate) enum Step {
    Connect {
        connection: u32,
        service: String,
    },
    Send {
        connection: u32,
        octets: Vec<u8>,
    },
    StartTls {
        connection: u32,
    },
    Deflate {
        connection: u32,
    },
    Inflate {
        connection: u32,
    },
    Hang {
        connection: u32,
    },
    Expect {
        connection: u32,
        pattern: String,
        skip: bool,
    },
    Never {
        connection: u32,
        pattern: String,
    },
    Closed {
        connection: u32,
        skip: bool,
    },
    /// Where alone this file is played.
    Only(String),
    Wait(Duration),
    /// A line of the settings' table `[limits]`.
    Limit(String),
    /// A subcommand of the box.
    Command(String),
}

/// The steps of a transcript, or the line that is none and why.
pub(crate) fn parse(text: &str) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let step = step(line).ok_or_else(|| format!("line {number}: not a step: {line}"))?;
        lines.push(Line { number, step });
    }
    Ok(lines)
}

fn step(line: &str) -> Option<Step> {
    let (label, rest) = line.split_once(':')?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    if let Some(which) = label.strip_prefix("connect") {
        return Some(Step::Connect {
            connection: number(which)?,
            service: rest.trim().to_owned(),
        });
    }
    if label == "wait" {
        return Some(Step::Wait(duration(rest.trim())?));
    }
    if label == "limit" {
        return Some(Step::Limit(rest.trim().to_owned()));
    }
    if label == "only" {
        return Some(Step::Only(rest.trim().to_owned()));
    }
    if label == "box" {
        return Some(Step::Command(rest.trim().to_owned()));
    }
    let kind = label.trim_end_matches(['~', '!']);
    let mark = &label[kind.len()..];
    let (who, connection) = kind.split_at_checked(1)?;
    let connection = number(connection)?;
    Some(match (who, mark, rest) {
        ("C", "", "<starttls>") => Step::StartTls { connection },
        ("C", "", "<deflate>") => Step::Deflate { connection },
        ("C", "", "<inflate>") => Step::Inflate { connection },
        ("C", "", "<close>") => Step::Hang { connection },
        ("C", "", _) => Step::Send {
            connection,
            octets: format!("{rest}\r\n").into_bytes(),
        },
        ("C", "~", _) => Step::Send {
            connection,
            octets: unescape(rest)?,
        },
        ("S", "" | "~", "<close>") => Step::Closed {
            connection,
            skip: mark == "~",
        },
        ("S", "!", _) => Step::Never {
            connection,
            pattern: rest.to_owned(),
        },
        ("S", "" | "~", _) => Step::Expect {
            connection,
            pattern: rest.to_owned(),
            skip: mark == "~",
        },
        _ => return None,
    })
}

fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.is_empty() {
        Some(1)
    } else {
        text.parse().ok()
    }
}

fn duration(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits
        .parse::<u64>()
        .ok()
        .map(|n| Duration::from_secs(n * seconds))
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            octets.push(*first);
            continue;
        }
        let (escape, after) = rest.split_first()?;
        rest = after;
        octets.push(match escape {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => {
                let (hex, after) = rest.split_at_checked(2)?;
                rest = after;
                u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(octets)
}

/// What `{name}` stands for so far.
#[derive(Default)]
pub(crate) struct Captures(HashMap<String, String>);

impl Captures {
    /// `text` with every known `{name}` replaced.
    pub(crate) fn fill(&self, octets: &[u8]) -> Vec<u8> {
        let Ok(mut text) = String::from_utf8(octets.to_vec()) else {
            return octets.to_vec();
        };
        for (name, value) in &self.0 {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text.into_bytes()
    }

    /// Whether `line` fits `pattern`; on success new names are remembered.
    pub(crate) fn fits(&mut self, pattern: &str, line: &str) -> bool {
        let mut found = Vec::new();
        let fits = self.walk(&pieces(pattern), line, &mut found);
        if fits {
            self.0.extend(found);
        }
        fits
    }

    fn walk(&self, pieces: &[Piece<'_>], line: &str, found: &mut Vec<(String, String)>) -> bool {
        let Some((first, rest)) = pieces.split_first() else {
            return line.is_empty();
        };
        match first {
            Piece::Text(text) => line
                .strip_prefix(text)
                .is_some_and(|line| self.walk(rest, line, found)),
            Piece::Anything => {
                rest.is_empty()
                    || (0..=line.len())
                        .filter(|at| line.is_char_boundary(*at))
                        .any(|at| self.walk(rest, &line[at..], found))
            }
            Piece::Name(name) => {
                let known = self
                    .0
                    .get(*name)
                    .or_else(|| found.iter().find(|(n, _)| n == name).map(|(_, v)| v))
                    .cloned();
                if let Some(value) = known {
                    return line
                        .strip_prefix(&value)
                        .is_some_and(|line| self.walk(rest, line, found));
                }
                let end = line.find([' ', ')', ']', '"', '>']).unwrap_or(line.len());
                found.push((name.to_string(), line[..end].to_owned()));
                end > 0 && self.walk(rest, &line[end..], found)
            }
        }
    }
}

enum Piece<'a> {
    Text(&'a str),
    Anything,
    Name(&'a str),
}

fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('…') {
            pieces.push(Piece::Anything);
            rest = after;
        } else if let Some((name, after)) = name(rest) {
            pieces.push(Piece::Name(name));
            rest = after;
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest[first..]
                .find(['…', '{'])
                .map_or(rest.len(), |at| at + first);
            pieces.push(Piece::Text(&rest[..end]));
            rest = &rest[end..];
        }
    }
    pieces
}

/// `{name}` at the start of `text`; a number in braces is an IMAP literal and no name.
fn name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('{')?.split_once('}')?;
    name.starts_with(|c: char| c.is_ascii_lowercase())
        .then_some((name, rest))
}
