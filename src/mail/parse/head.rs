//! What the parser keeps of one entity's header: the MIME fields, and of messages the envelope.
//!
//! It promises to keep no more than the message's [`Budget`] allows; what does not fit is dropped and noted.

use super::budget::{Budget, ITEM};
use crate::envelope::{Envelope, EnvelopeAddress, parse_addresses};
use crate::header::parse_parameterized;
use crate::limits::{ADDRESSES_MAX, BOUNDARY_MAX, LANGUAGES_MAX};
use crate::message::{Params, Part};

/// The fields worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Type,
    Encoding,
    Id,
    Description,
    Disposition,
    Language,
    Location,
    Md5,
    Date,
    Subject,
    From,
    Sender,
    ReplyTo,
    To,
    Cc,
    Bcc,
    InReplyTo,
    MessageId,
    References,
}

impl Known {
    /// The field called `name`; those of an envelope only if `envelope`.
    pub(super) fn of(name: &[u8], envelope: bool) -> Option<Known> {
        let is = |expected: &str| name.eq_ignore_ascii_case(expected.as_bytes());
        // The length decides between at most three names, so that most fields cost one comparison or none.
        let known = match name.len() {
            2 if is("to") => Known::To,
            2 if is("cc") => Known::Cc,
            3 if is("bcc") => Known::Bcc,
            4 if is("from") => Known::From,
            4 if is("date") => Known::Date,
            6 if is("sender") => Known::Sender,
            7 if is("subject") => Known::Subject,
            8 if is("reply-to") => Known::ReplyTo,
            10 if is("message-id") => Known::MessageId,
            10 if is("references") => Known::References,
            10 if is("content-id") => return Some(Known::Id),
            11 if is("in-reply-to") => Known::InReplyTo,
            11 if is("content-md5") => return Some(Known::Md5),
            12 if is("content-type") => return Some(Known::Type),
            16 if is("content-language") => return Some(Known::Language),
            16 if is("content-location") => return Some(Known::Location),
            19 if is("content-disposition") => return Some(Known::Disposition),
            19 if is("content-description") => return Some(Known::Description),
            25 if is("content-transfer-encoding") => return Some(Known::Encoding),
            _ => return None,
        };
        envelope.then_some(known)
    }
}

/// The header of the entity that is being read.
#[derive(Default)]
pub(super) struct Head {
    /// Whether this is the header of a message, which has an envelope.
    pub(super) envelope: Option<Box<Envelope>>,
    /// Whether the entity is a message when it does not say otherwise (RFC 2046 §5.1.5).
    pub(super) digest: bool,
    /// Whether a field has been met.
    pub(super) begun: bool,
    content_type: Option<(String, Params)>,
    boundary: Option<Vec<u8>>,
    encoding: Option<String>,
    id: Option<Vec<u8>>,
    description: Option<Vec<u8>>,
    disposition: Option<(String, Params)>,
    language: Vec<String>,
    location: Option<Vec<u8>>,
    md5: Option<Vec<u8>>,
}

impl Head {
    pub(super) fn of_message() -> Head {
        Head {
            envelope: Some(Box::default()),
            ..Head::default()
        }
    }

    pub(super) fn of_body_part(digest: bool) -> Head {
        Head {
            digest,
            ..Head::default()
        }
    }

    /// Takes in one field. `body` is unfolded. Of repeated fields the first counts; address fields are joined.
    pub(super) fn field(&mut self, known: Known, body: &[u8], budget: &mut Budget) {
        let body = body.trim_ascii();
        match known {
            Known::Type if self.content_type.is_none() => self.content_type(body, budget),
            Known::Disposition if self.disposition.is_none() => {
                self.disposition = disposition(body, budget)
            }
            Known::Encoding if self.encoding.is_none() => self.encoding = encoding(body, budget),
            Known::Language if self.language.is_empty() => self.language = languages(body, budget),
            Known::Id => keep(&mut self.id, body, budget),
            Known::Description => keep(&mut self.description, body, budget),
            Known::Md5 => keep(&mut self.md5, body, budget),
            Known::Location if self.location.is_none() => {
                let uri: Vec<u8> = body
                    .iter()
                    .copied()
                    .filter(|b| !b.is_ascii_whitespace())
                    .collect();
                keep(&mut self.location, &uri, budget);
            }
            _ => {
                if let Some(envelope) = &mut self.envelope {
                    envelope_field(envelope, known, body, budget);
                }
            }
        }
    }

    fn content_type(&mut self, body: &[u8], budget: &mut Budget) {
        let mut parsed = parse_parameterized(body);
        budget.cut |= parsed.cut;
        if !budget.structure(cost(&parsed.value, &parsed.params)) {
            return;
        }
        if let Some(boundary) = &mut parsed.boundary {
            boundary.truncate(boundary.trim_ascii_end().len());
        }
        self.boundary = parsed
            .boundary
            .filter(|b| (1..=BOUNDARY_MAX).contains(&b.len()));
        self.content_type = Some((parsed.value, parsed.params));
    }

    /// Writes what was gathered into the entity; returns the boundary if it is a multipart that has one.
    pub(super) fn apply(self, part: &mut Part) -> Option<Vec<u8>> {
        let absent = self.content_type.is_none();
        let (value, params) = self.content_type.unwrap_or_default();
        match value.split_once('/') {
            Some((media_type, subtype)) if !media_type.is_empty() && !subtype.is_empty() => {
                (part.media_type, part.subtype, part.params) =
                    (media_type.to_owned(), subtype.to_owned(), params);
            }
            _ if absent && self.digest => {
                (part.media_type, part.subtype) = ("message".to_owned(), "rfc822".to_owned());
            }
            // RFC 2045 §5.2, for a missing field and for one that cannot be read.
            _ => {
                plain_text(part);
                part.params.extend(
                    params
                        .into_iter()
                        .filter(|(name, _)| !absent && name != "charset"),
                );
            }
        }
        part.encoding = self.encoding.unwrap_or_else(|| "7bit".to_owned());
        part.id = self.id;
        part.description = self.description;
        part.disposition = self.disposition;
        part.language = self.language;
        part.location = self.location;
        part.md5 = self.md5;
        part.envelope = self.envelope.map(shrunk);
        if part.is_multipart() {
            self.boundary
        } else {
            None
        }
    }
}

/// Makes the entity what it is when nothing is said: `text/plain; charset=us-ascii` (RFC 2045 §5.2).
pub(super) fn plain_text(part: &mut Part) {
    (part.media_type, part.subtype) = ("text".to_owned(), "plain".to_owned());
    part.params = vec![("charset".to_owned(), "us-ascii".to_owned())];
}

/// Gives back the room that growing lists leave: up to as much again as they hold.
fn shrunk(mut envelope: Box<Envelope>) -> Box<Envelope> {
    let Envelope {
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        ..
    } = envelope.as_mut();
    for list in [from, sender, reply_to, to, cc, bcc] {
        list.shrink_to_fit();
    }
    envelope
}

fn envelope_field(envelope: &mut Envelope, known: Known, body: &[u8], budget: &mut Budget) {
    match known {
        Known::Date => keep(&mut envelope.date, body, budget),
        Known::Subject => keep(&mut envelope.subject, body, budget),
        Known::InReplyTo => keep(&mut envelope.in_reply_to, body, budget),
        Known::MessageId => keep(&mut envelope.message_id, body, budget),
        Known::References => keep(&mut envelope.references, body, budget),
        Known::From => addresses(&mut envelope.from, body, budget),
        Known::Sender => addresses(&mut envelope.sender, body, budget),
        Known::ReplyTo => addresses(&mut envelope.reply_to, body, budget),
        Known::To => addresses(&mut envelope.to, body, budget),
        Known::Cc => addresses(&mut envelope.cc, body, budget),
        Known::Bcc => addresses(&mut envelope.bcc, body, budget),
        _ => {}
    }
}

fn addresses(list: &mut Vec<EnvelopeAddress>, body: &[u8], budget: &mut Budget) {
    if list.len() >= ADDRESSES_MAX || !budget.has_texts() {
        budget.cut = true;
        return;
    }
    let found = parse_addresses(body);
    budget.cut |= list.len() + found.len() >= ADDRESSES_MAX;
    let mut in_group = false;
    for address in found {
        let fits = match &address {
            // The end of a group that was kept is paid for by its start.
            EnvelopeAddress::GroupEnd => std::mem::take(&mut in_group),
            _ => list.len() < ADDRESSES_MAX && budget.texts(cost_of_address(&address)),
        };
        if fits {
            in_group |= matches!(address, EnvelopeAddress::GroupStart(_));
            list.push(address);
        }
    }
}

fn cost_of_address(address: &EnvelopeAddress) -> usize {
    let optional = |o: &Option<Vec<u8>>| o.as_ref().map_or(0, |o| o.len() + ITEM);
    size_of::<EnvelopeAddress>()
        + match address {
            EnvelopeAddress::Mailbox {
                name,
                route,
                local,
                host,
            } => optional(name) + optional(route) + local.len() + host.len() + ITEM,
            EnvelopeAddress::GroupStart(name) => name.len() + size_of::<EnvelopeAddress>(),
            EnvelopeAddress::GroupEnd => 0,
        }
}

/// Keeps a field body, the first only, without CR and NUL.
fn keep(slot: &mut Option<Vec<u8>>, body: &[u8], budget: &mut Budget) {
    if slot.is_none() && budget.texts(body.len()) {
        *slot = Some(
            body.iter()
                .map(|&b| {
                    if matches!(b, b'\r' | b'\n' | 0) {
                        b' '
                    } else {
                        b
                    }
                })
                .collect(),
        );
    }
}

fn disposition(body: &[u8], budget: &mut Budget) -> Option<(String, Params)> {
    let mut parsed = parse_parameterized(body);
    budget.cut |= parsed.cut;
    if parsed.value.is_empty() {
        parsed.value.push_str("attachment"); // RFC 2183 §2.8: what is unknown is an attachment
    }
    budget
        .structure(cost(&parsed.value, &parsed.params))
        .then_some((parsed.value, parsed.params))
}

fn encoding(body: &[u8], budget: &mut Budget) -> Option<String> {
    let value = parse_parameterized(body).value;
    (!value.is_empty() && budget.structure(value.len())).then_some(value)
}

fn languages(body: &[u8], budget: &mut Budget) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in body.split(|&b| b == b',') {
        // A comment may stand behind the tag.
        let tag = tag
            .trim_ascii()
            .split(|&b| b == b' ' || b == b'(')
            .next()
            .unwrap_or(&[]);
        let is_tag = !tag.is_empty() && tag.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        if !is_tag || tags.len() == LANGUAGES_MAX || !budget.texts(tag.len()) {
            continue;
        }
        tags.push(String::from_utf8_lossy(tag).into_owned());
    }
    tags
}

fn cost(value: &str, params: &Params) -> usize {
    value.len()
        + params
            .iter()
            .map(|(name, value)| name.len() + value.len() + 2 * ITEM)
            .sum::<usize>()
}
