//! Tokens of the header.

use mail::header::{Field, decode_words, fields, unfold};
use mail::source::ReadAt;
use mail::{EnvelopeAddress, Message, parse_addresses};

use super::form::{FORM, Form};
use super::{hosts, slurp, text};
use crate::limits::{FIELD_WORDS_MAX, HEADER_MAX, RECEIVED_MAX};
use crate::pen::Pen;

/// Fields that other filters, or this one, wrote: they say what somebody else thought, and a stranger can write them as well. And the
/// envelope's sender, which is written into a message only after it was judged: what is learned must be what will be judged.
const OPINIONS: [&str; 9] = [
    "return-path",
    "x-spam",
    "x-bogosity",
    "x-junk",
    "x-pillarbox",
    "x-rspamd",
    "x-ham",
    "x-virus",
    "x-antispam",
];

/// Fields that hold addresses.
const ADDRESSES: [&str; 11] = [
    "from",
    "to",
    "cc",
    "reply-to",
    "sender",
    "delivered-to",
    "errors-to",
    "list-post",
    "list-id",
    "x-beenthere",
    "resent-from",
];

pub(super) fn header<E>(
    message: &Message,
    read: &mut ReadAt<'_, E>,
    pen: &mut Pen<'_>,
) -> Result<Option<String>, E> {
    let Some(part) = message.part(0) else {
        return Ok(None);
    };
    let mut form = Form::default();
    let block = slurp(read, part.header.clone(), HEADER_MAX)?;
    let mut received = 0;
    for one in
        fields(&block).filter(|field| !field.name.is_empty() && !field.name.starts_with(b"From "))
    {
        let name = String::from_utf8_lossy(one.name).to_ascii_lowercase();
        if OPINIONS.iter().any(|opinion| name.starts_with(opinion)) {
            continue;
        }
        form.field(&name, &one, pen);
        if one.is("received") {
            if received < RECEIVED_MAX {
                hosts::trace(&one, pen);
            }
            received += 1;
        } else {
            field(&name, &one, pen);
        }
    }
    form.end(pen);
    Ok(form.from)
}

fn field(name: &str, field: &Field<'_>, pen: &mut Pen<'_>) {
    pen.token("field", name);
    match name {
        "subject" => subject(field, pen),
        "date" => date(field, pen),
        "x-mailer" | "user-agent" => {
            pen.text(
                "mailer",
                &decode_words(field.value),
                true,
                FIELD_WORDS_MAX / 10,
            );
        }
        "message-id" | "references" | "in-reply-to" => ids(name, field, pen),
        name if ADDRESSES.contains(&name) => addresses(name, field, pen),
        _ => {}
    }
}

/// A subject's words count as such and as words of the text: one mark of either teaches the other.
fn subject(field: &Field<'_>, pen: &mut Pen<'_>) {
    let value = decode_words(field.value);
    pen.text("subject", &value, true, FIELD_WORDS_MAX);
    pen.text(text::BODY, &value, false, FIELD_WORDS_MAX);
    if value.trim().is_empty() {
        pen.token("subject", "");
    }
}

/// The zone only: days and hours come and go.
fn date(field: &Field<'_>, pen: &mut Pen<'_>) {
    let value = unfold(field.value);
    let value = String::from_utf8_lossy(&value);
    let zone = value
        .split_ascii_whitespace()
        .skip(3)
        .find(|word| word.starts_with(['+', '-']) || word.bytes().all(|b| b.is_ascii_uppercase()));
    pen.token(FORM, &format!("time zone {}", zone.unwrap_or("none")));
}

/// The hosts that made the message and those it answers; the left side never comes twice.
fn ids(name: &str, field: &Field<'_>, pen: &mut Pen<'_>) {
    let value = unfold(field.value);
    let value = String::from_utf8_lossy(&value);
    for id in value.split('<').skip(1).take(FIELD_WORDS_MAX / 10) {
        let host = id.split('>').next().and_then(|id| id.rsplit_once('@'));
        hosts::host(name, host.map_or("", |(_, host)| host), pen);
    }
}

fn addresses(name: &str, field: &Field<'_>, pen: &mut Pen<'_>) {
    let value = unfold(field.value);
    let mut count = 0;
    for address in parse_addresses(&value).iter().take(FIELD_WORDS_MAX / 10) {
        let EnvelopeAddress::Mailbox {
            name: shown,
            local,
            host,
            ..
        } = address
        else {
            continue;
        };
        count += 1;
        let (local, host) = (
            String::from_utf8_lossy(local),
            String::from_utf8_lossy(host),
        );
        let local = local.to_lowercase();
        pen.token(name, &format!("{local}@{}", host.to_ascii_lowercase()));
        hosts::host(name, &host, pen);
        match shown {
            Some(shown) => pen.text(name, &decode_words(shown), true, FIELD_WORDS_MAX / 10),
            None => {
                pen.token(name, "no name");
            }
        }
    }
    pen.token(name, digit(count));
}

/// A small number as a word.
pub(super) fn digit(number: usize) -> &'static str {
    const WORDS: [&str; 10] = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "many",
    ];
    WORDS.get(number.min(9)).copied().unwrap_or("many")
}
