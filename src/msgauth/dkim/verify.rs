//! All DKIM signatures of a message (RFC 6376 §6): which are looked at, their keys, and what comes of each.

use super::KeyRecord;
use super::check::{self, Bodies, DkimResult, Judged};
use super::public::PublicKey;
use super::signature::{Flavour, Signature};
use crate::head::Head;
use crate::question::{Question, Reply};

/// Most signatures that are looked at, from the top. Real mail has one to four, mail of lists up to six; each costs a question and a verification.
pub const SIGNATURES_MAX: usize = 10;

/// What came of one signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DkimVerdict {
    /// The result.
    pub result: DkimResult,
    /// Who signed (`d=`), in A-labels and lower case; empty if that could not be read.
    pub domain: String,
    /// For whom (`i=`), printable ASCII.
    pub identity: String,
    /// Which key (`s=`).
    pub selector: String,
    /// `rsa-sha256` or `ed25519-sha256`; empty if it could not be read.
    pub algorithm: &'static str,
    /// The first eight characters of `b=`, which tell signatures apart (RFC 8601 §2.7.1).
    pub start: String,
    /// The key is marked as a test (`t=y`).
    pub testing: bool,
    /// Why, as a sentence without its full stop; printable ASCII.
    pub reason: String,
}

/// The signatures of one message.
pub(crate) struct Signatures {
    all: Vec<One>,
}

struct One {
    place: usize,
    signature: Option<Signature>,
    state: State,
    testing: bool,
}

enum State {
    Asking(Question),
    Keyed(PublicKey),
    Judged(Judged),
}

impl Signatures {
    /// Those of a header; tells `bodies` what will be needed.
    pub(crate) fn of(head: &Head, bodies: &mut Bodies, now: Option<i64>) -> Signatures {
        let authors = head.places("from").take(2).count();
        let all = head.places("dkim-signature").take(SIGNATURES_MAX);
        let all = all.map(|place| {
            let read = Signature::read(head, place, Flavour::Dkim);
            let signature = read.as_ref().ok().cloned();
            let state = read
                .and_then(|signature| {
                    // Who shows the first of two shows what may not be signed (RFC 6376 §8.15).
                    if head.too_large() {
                        return Err(permanent("the header is longer than what is looked at"));
                    }
                    match authors {
                        0 => return Err(permanent("the message has no From field")),
                        1 => {}
                        _ => return Err(permanent("the message has more than one From field")),
                    }
                    check::in_time(&signature, now)?;
                    bodies.want(&signature);
                    check::question(&signature)
                })
                .map_or_else(State::Judged, State::Asking);
            One {
                place,
                signature,
                state,
                testing: false,
            }
        });
        Signatures { all: all.collect() }
    }

    pub(crate) fn wants(&self) -> impl Iterator<Item = &Question> {
        self.all.iter().filter_map(|one| match &one.state {
            State::Asking(question) => Some(question),
            _ => None,
        })
    }

    pub(crate) fn give(&mut self, asked: &Question, reply: &Reply) {
        for one in &mut self.all {
            if let (State::Asking(question), Some(signature)) = (&one.state, &one.signature)
                && question == asked
            {
                one.state = match check::key(signature, reply) {
                    Ok((KeyRecord { testing, .. }, key)) => {
                        one.testing = testing;
                        State::Keyed(key)
                    }
                    Err(judged) => State::Judged(judged),
                };
            }
        }
    }

    /// All verdicts, once every key is known and the body has ended.
    pub(crate) fn verdicts(&mut self, head: &Head, bodies: &Bodies) -> Option<Vec<DkimVerdict>> {
        if self.wants().next().is_some() {
            return None;
        }
        for one in &mut self.all {
            if let (State::Keyed(key), Some(signature)) = (&one.state, &one.signature) {
                let mut judged = match bodies.of(signature) {
                    Some(body) => check::holds(head, one.place, signature, key, body),
                    None => permanent("too many signatures are of different parts of the body"),
                };
                if one.testing && judged.0 == DkimResult::Fail {
                    judged.0 = DkimResult::Neutral;
                }
                one.state = State::Judged(judged);
            }
        }
        self.all.iter().map(|one| one.verdict(head)).collect()
    }
}

fn permanent(reason: &str) -> Judged {
    (DkimResult::PermError, reason.to_owned())
}

impl One {
    fn verdict(&self, head: &Head) -> Option<DkimVerdict> {
        let State::Judged((result, reason)) = &self.state else {
            return None;
        };
        let signature = self.signature.as_ref();
        let of = |pick: fn(&Signature) -> &String| signature.map(pick).cloned().unwrap_or_default();
        Some(DkimVerdict {
            result: *result,
            domain: of(|s| &s.domain),
            identity: of(|s| &s.identity),
            selector: of(|s| &s.selector),
            algorithm: signature.map(Signature::algorithm_word).unwrap_or_default(),
            start: start_of(head, self.place),
            testing: self.testing,
            reason: reason.clone(),
        })
    }
}

/// The first characters of `b=`.
fn start_of(head: &Head, place: usize) -> String {
    let value = head.field(place).map(|field| field.value());
    str::from_utf8(value.unwrap_or_default())
        .ok()
        .and_then(super::Tags::parse)
        .and_then(|tags| tags.get("b"))
        .unwrap_or_default()
        .bytes()
        .filter(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'='))
        .take(8)
        .map(char::from)
        .collect()
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
