//! ENVELOPE (RFC 9051 §7.5.2).
//!
//! ```abnf
//! envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
//! address  = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
//! ```
//!
//! A host of NIL would mean a group, a mailbox of NIL its end, and clients fall over a From of NIL (A34): what the message lacks
//! is said in words that no address has.

use mail::{Envelope, EnvelopeAddress};

use super::text;

pub(super) const NO_MAILBOX: &[u8] = b"MISSING_MAILBOX";
pub(super) const NO_HOST: &[u8] = b"MISSING_DOMAIN";

/// Prints the envelope; without one, that of an empty header.
pub(super) fn print(envelope: Option<&Envelope>, utf8: bool, out: &mut Vec<u8>) {
    let empty = Envelope::default();
    let envelope = envelope.unwrap_or(&empty);
    let nobody = [EnvelopeAddress::Mailbox {
        name: None,
        route: None,
        local: Vec::new(),
        host: Vec::new(),
    }];
    let or = |first: &'_ [EnvelopeAddress], second: &'_ [EnvelopeAddress]| {
        first.is_empty() && !second.is_empty()
    };
    let from: &[EnvelopeAddress] = match () {
        () if !envelope.from.is_empty() => &envelope.from,
        () if or(&envelope.from, &envelope.sender) => &envelope.sender,
        () if or(&envelope.from, &envelope.reply_to) => &envelope.reply_to,
        () => &nobody,
    };
    let sender = if envelope.sender.is_empty() {
        from
    } else {
        &envelope.sender
    };
    let reply_to = if envelope.reply_to.is_empty() {
        from
    } else {
        &envelope.reply_to
    };

    out.push(b'(');
    text::nstring(envelope.date.as_deref(), utf8, out);
    out.push(b' ');
    text::nstring(envelope.subject.as_deref(), utf8, out);
    for list in [
        from,
        sender,
        reply_to,
        &envelope.to,
        &envelope.cc,
        &envelope.bcc,
    ] {
        out.push(b' ');
        addresses(list, utf8, out);
    }
    out.push(b' ');
    text::nstring(envelope.in_reply_to.as_deref(), utf8, out);
    out.push(b' ');
    text::nstring(envelope.message_id.as_deref(), utf8, out);
    out.push(b')');
}

fn addresses(list: &[EnvelopeAddress], utf8: bool, out: &mut Vec<u8>) {
    if list.is_empty() {
        return out.extend_from_slice(b"NIL");
    }
    let mut in_group = false;
    out.push(b'(');
    for address in list {
        match address {
            EnvelopeAddress::Mailbox {
                name,
                route,
                local,
                host,
            } => {
                out.push(b'(');
                text::nstring(name.as_deref().filter(|name| !name.is_empty()), utf8, out);
                out.push(b' ');
                text::nstring(
                    route.as_deref().filter(|route| !route.is_empty()),
                    utf8,
                    out,
                );
                out.push(b' ');
                text::string(if local.is_empty() { NO_MAILBOX } else { local }, utf8, out);
                out.push(b' ');
                text::string(if host.is_empty() { NO_HOST } else { host }, utf8, out);
                out.push(b')');
            }
            EnvelopeAddress::GroupStart(name) => {
                if in_group {
                    out.extend_from_slice(b"(NIL NIL NIL NIL)");
                }
                in_group = true;
                out.extend_from_slice(b"(NIL NIL ");
                text::string(name, utf8, out);
                out.extend_from_slice(b" NIL)");
            }
            EnvelopeAddress::GroupEnd if in_group => {
                in_group = false;
                out.extend_from_slice(b"(NIL NIL NIL NIL)");
            }
            EnvelopeAddress::GroupEnd => {}
        }
    }
    if in_group {
        out.extend_from_slice(b"(NIL NIL NIL NIL)");
    }
    if out.ends_with(b"(") {
        // Nothing but stray group ends.
        out.pop();
        return out.extend_from_slice(b"NIL");
    }
    out.push(b')');
}
