//! Tokens of how a header is made, not of what it says: whether its names agree with each other, the shape of the numbers that software writes, the order
//! of its fields.
//!
//! Who sends in bulk buys new words and hosts for each mailing and keeps the software. So a handful of marks teaches more here than anywhere else. What it
//! promises: one token for each question, whatever the message answers. What it cannot do: tell whether an agreement is proven; that is what
//! DKIM and SPF are for.

use mail::header::{Field, decode_words, unfold};
use mail::{EnvelopeAddress, parse_addresses};

use super::header::digit;
use super::hosts;
use crate::pen::Pen;

/// What the tokens are called.
pub(crate) const FORM: &str = "form";
/// Characters of a shape: the rest of a longer number says nothing more.
const SHAPE_MAX: usize = 24;
/// Hosts of `Received` fields that are compared with the sender's.
const TRACES_MAX: usize = 16;
/// Fields whose order is noted.
const ORDER_MAX: usize = 40;

/// What the fields have told so far.
#[derive(Default)]
pub(super) struct Form {
    pub(super) from: Option<String>,
    reply: Option<String>,
    id: Option<String>,
    from_address: String,
    to_address: String,
    dated: Option<i64>,
    arrived: Option<i64>,
    traces: Vec<String>,
    received: usize,
    answers: bool,
    says_answer: bool,
    last: String,
    order: usize,
}

impl Form {
    /// Takes the next field from above.
    pub(super) fn field(&mut self, name: &str, field: &Field<'_>, pen: &mut Pen<'_>) {
        if name == "received" {
            self.trace(field, pen);
            return;
        }
        if self.order < ORDER_MAX {
            self.order += 1;
            pen.token(FORM, &format!("{} before {name}", self.last));
            self.last = name.to_owned();
        }
        let value = unfold(field.value);
        match name {
            "from" => {
                (self.from_address, self.from) = self.address(name, &value, pen);
                local_part(&self.from_address, pen);
            }
            "to" => self.to_address = self.address(name, &value, pen).0,
            "reply-to" => self.reply = self.address(name, &value, pen).1,
            "message-id" => self.message_id(&value, pen),
            "date" => {
                pen.token(FORM, &format!("date {}", shape(&value)));
                self.dated = mail::date::parse_rfc5322(&value).map(|date| date.unix);
            }
            "in-reply-to" | "references" => self.answers = true,
            "subject" => self.subject(&decode_words(field.value), &value, pen),
            "x-mailer" | "user-agent" => {
                pen.token(FORM, &format!("mailer {}", shape(&value)));
            }
            _ => {}
        }
    }

    /// All fields were read: what they say of each other.
    pub(super) fn end(&self, pen: &mut Pen<'_>) {
        let from = self.from.as_deref();
        let mut compare = |what: &str, other: Option<&str>| {
            let how = match (from, other) {
                (_, None) => "none",
                (Some(from), Some(other)) if from == other => "as From",
                _ => "other than From",
            };
            pen.token(FORM, &format!("{what} {how}"));
        };
        compare("Reply-To", self.reply.as_deref());
        compare("Message-ID", self.id.as_deref());
        compare("newest Received", self.traces.first().map(String::as_str));
        let is_trace =
            |host: Option<&str>| host.is_some_and(|h| self.traces.iter().any(|t| t == h));
        compare(
            "any Received",
            is_trace(from).then(|| from.unwrap_or_default()),
        );
        let id = match &self.id {
            Some(id) if is_trace(Some(id)) => "Message-ID of a host that handed it on",
            Some(_) => "Message-ID of another host",
            None => "Message-ID without a host",
        };
        pen.token(FORM, id);
        // A large provider's name without its machines is the oldest forgery.
        if let Some(from) = from {
            let seen = if is_trace(Some(from)) {
                "seen"
            } else {
                "not seen"
            };
            pen.token(FORM, &format!("{from} {seen} in Received"));
        }
        if self.says_answer && !self.answers {
            pen.token(FORM, "Re: without what it answers");
        }
        if self.answers {
            pen.token(FORM, "an answer");
        }
        pen.token(FORM, &format!("Received {}", digit(self.received)));
        if self.to_address.is_empty() {
            pen.token(FORM, "to nobody");
        } else if self.to_address == self.from_address {
            pen.token(FORM, "to its own sender");
        }
        pen.token(FORM, self.delay());
    }

    fn delay(&self) -> &'static str {
        let (Some(dated), Some(arrived)) = (self.dated, self.arrived) else {
            return "dated never";
        };
        match arrived.saturating_sub(dated) {
            ..-3600 => "dated more than an hour ahead",
            -3600..-120 => "dated ahead",
            -120..600 => "dated minutes before it came",
            600..7200 => "dated an hour before it came",
            7200..50_000 => "dated hours before it came",
            50_000..200_000 => "dated a day before it came",
            _ => "dated days before it came",
        }
    }

    /// The first address and its registered domain; how the list is written.
    fn address(&self, name: &str, value: &[u8], pen: &mut Pen<'_>) -> (String, Option<String>) {
        let list = parse_addresses(value);
        let first = list.iter().find_map(|address| match address {
            EnvelopeAddress::Mailbox {
                name, local, host, ..
            } => Some((name, local, host)),
            _ => None,
        });
        let Some((shown, local, host)) = first else {
            pen.token(FORM, &format!("{name} without an address"));
            return (String::new(), None);
        };
        let host = String::from_utf8_lossy(host).to_ascii_lowercase();
        let address = format!("{}@{host}", String::from_utf8_lossy(local).to_lowercase());
        let how = match shown {
            None if value.contains(&b'<') => "brackets only",
            None => "bare",
            Some(shown) => {
                let text = decode_words(shown);
                if text.to_lowercase().contains(address.as_str()) {
                    "its address as its name"
                } else if text.contains('@') {
                    "another address as its name"
                } else if text.chars().any(char::is_lowercase) {
                    match (value.contains(&b'"'), text.split_whitespace().count()) {
                        (true, ..=1) => "one quoted word",
                        (true, 2) => "two quoted words",
                        (true, _) => "quoted words",
                        (false, ..=1) => "one word",
                        (false, 2) => "two words",
                        (false, _) => "words",
                    }
                } else {
                    "capitals"
                }
            }
        };
        pen.token(FORM, &format!("{name} {how}"));
        (address, Some(hosts::registered(&host).to_owned()))
    }

    fn message_id(&mut self, value: &[u8], pen: &mut Pen<'_>) {
        let text = String::from_utf8_lossy(value);
        let id = text.trim().trim_matches(['<', '>']);
        let (local, host) = id.rsplit_once('@').unwrap_or((id, ""));
        pen.token(FORM, &format!("Message-ID {}", shape(local.as_bytes())));
        let host = host.to_ascii_lowercase();
        if host.contains('.') {
            self.id = Some(hosts::registered(&host).to_owned());
        }
    }

    /// How the host that handed the message over called itself, and what its name looks like.
    fn trace(&mut self, field: &Field<'_>, pen: &mut Pen<'_>) {
        let value = unfold(field.value);
        let text = String::from_utf8_lossy(&value).to_ascii_lowercase();
        self.received += 1;
        if self.received == 1 {
            let date = text.rsplit(';').next().unwrap_or_default();
            self.arrived = mail::date::parse_rfc5322(date.trim().as_bytes()).map(|date| date.unix);
        }
        let Some(from) = text.trim_start().strip_prefix("from ") else {
            return;
        };
        let from = from.split(" by ").next().unwrap_or_default();
        let (helo, rest) = from.split_once(' ').unwrap_or((from, ""));
        let place = if self.received == 1 {
            "newest"
        } else {
            "older"
        };
        let helo = helo.trim_matches(['[', ']', ';']);
        let named = rest.split(['(', ' ', '@', ')']).find(|word| {
            word.contains('.')
                && word.bytes().any(|b| b.is_ascii_alphabetic())
                && !word.contains('[')
        });
        let how = if helo.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            "an address in digits"
        } else if !helo.contains('.') {
            "no domain"
        } else if named.is_some_and(|named| named == helo) {
            "its own name"
        } else if named.is_some_and(|n| hosts::registered(n) == hosts::registered(helo)) {
            "its own domain"
        } else if named.is_some() {
            "another name"
        } else {
            "a name that nobody knows"
        };
        pen.token(FORM, &format!("{place} greeted as {how}"));
        let dynamic = named.unwrap_or(helo);
        if dynamic.bytes().filter(u8::is_ascii_digit).count() >= 6 {
            pen.token(FORM, &format!("{place} with numbers in its name"));
        }
        if text.contains("may be forged") {
            pen.token(FORM, &format!("{place} may be forged"));
        }
        for host in [Some(helo), named].into_iter().flatten() {
            let host = hosts::registered(host);
            if self.traces.len() < TRACES_MAX && host.contains('.') {
                self.traces.push(host.to_owned());
            }
        }
    }

    fn subject(&mut self, text: &str, raw: &[u8], pen: &mut Pen<'_>) {
        let lower = text.trim_start().to_lowercase();
        self.says_answer = lower.starts_with("re:") || lower.contains("] re:");
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = text.chars().filter(|c| c.is_uppercase()).count();
        let rows = [
            (lower.starts_with('['), "subject with a list's name"),
            (raw.contains(&b'!'), "subject with !"),
            (raw.contains(&b'?'), "subject with ?"),
            (raw.contains(&b'$'), "subject with $"),
            (raw.contains(&b'%'), "subject with %"),
            (text.contains("     "), "subject with a gap"),
            (text.contains("..."), "subject with dots"),
            (raw.iter().any(u8::is_ascii_digit), "subject with digits"),
            (!raw.is_ascii(), "subject not in ASCII"),
            (
                raw.starts_with(b"=?") || raw.windows(2).any(|two| two == b"=?"),
                "subject encoded",
            ),
            (letters > 4 && capitals == letters, "subject in capitals"),
            (
                letters > 4 && 2 * capitals > letters && capitals < letters,
                "subject half in capitals",
            ),
            (initials(text), "subject of Words With Capitals"),
            (lower.starts_with("fw"), "forwarded"),
        ];
        for (_, what) in rows.iter().filter(|(is, _)| *is) {
            pen.token(FORM, what);
        }
        pen.token(
            FORM,
            &format!(
                "subject of {} words",
                digit(text.split_whitespace().count())
            ),
        );
    }
}

/// Three words at least, nearly all of which begin with a capital.
fn initials(text: &str) -> bool {
    let words = text
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_alphabetic));
    let (mut all, mut capital) = (0, 0);
    for word in words {
        all += 1;
        capital += usize::from(word.starts_with(char::is_uppercase));
    }
    all >= 3 && 4 * capital >= 3 * all
}

/// What a From address's left side looks like.
fn local_part(address: &str, pen: &mut Pen<'_>) {
    let local = address.split('@').next().unwrap_or_default();
    let digits = local.bytes().filter(u8::is_ascii_digit).count();
    pen.token(
        FORM,
        &format!("sender with {} digits", digit(digits.min(5))),
    );
    pen.token(FORM, &format!("sender shaped {}", shape(local.as_bytes())));
    if local.len() > 20 {
        pen.token(FORM, "sender with a long name");
    }
}

/// Runs of digits, small and capital letters as one character each; marks as they are.
pub(super) fn shape(text: &[u8]) -> String {
    let mut out = String::new();
    for &octet in text.trim_ascii() {
        let c = match octet {
            b'0'..=b'9' => '9',
            b'a'..=b'z' => 'a',
            b'A'..=b'Z' => 'A',
            b'!'..=b'~' => char::from(octet),
            b' ' | b'\t' => ' ',
            _ => '?',
        };
        if !out.ends_with(c) {
            out.push(c);
            if out.len() >= SHAPE_MAX {
                break;
            }
        }
    }
    out
}
