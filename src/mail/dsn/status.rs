//! The part for machines: `message/delivery-status` (RFC 3464 §2) and `message/global-delivery-status` (RFC 6533 §4).
//!
//! It promises one field a line, each with a value of the form that its RFC asks for, or left out.

use super::{Kind, RecipientReport, Report, Words};
use crate::domain::{valid_domain, valid_literal};
use crate::header::encode_words;
use crate::idna;
use crate::plain::{field, one_line};
use crate::xtext::utf8_addr_xtext;

/// Characters of a reply that are repeated.
const WORDS_MAX: usize = 1000;
/// Longest value that is one word.
const WORD_MAX: usize = 900;

pub(super) fn media_type(text: &str) -> &'static str {
    if text.is_ascii() {
        "message/delivery-status"
    } else {
        "message/global-delivery-status"
    }
}

/// The fields of the letter, then a block for each recipient.
pub(super) fn text(report: &Report, utf8: bool) -> String {
    let mut out = String::new();
    let host = host(&report.host).unwrap_or_else(|| "localhost".to_owned());
    if let Some(envid) = &report.envid {
        // RFC 3461 §4.4: ASCII. What is none was not given to us by ENVID.
        let envid = one_line(envid, 100);
        if envid.is_ascii() && !envid.is_empty() {
            field("Original-Envelope-Id", &envid, &mut out);
        }
    }
    field("Reporting-MTA", &format!("dns; {host}"), &mut out);
    if let Some(arrival) = report.arrival {
        field("Arrival-Date", &arrival.rfc5322(), &mut out);
    }
    for recipient in &report.recipients {
        out.push_str("\r\n");
        block(recipient, utf8, &mut out);
    }
    out
}

fn block(of: &RecipientReport, utf8: bool, out: &mut String) {
    if let Some((kind, address)) = of.original.as_deref().and_then(|o| o.split_once(';'))
        && !kind.is_empty()
        && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        address_field(
            "Original-Recipient",
            kind,
            &one_line(address, 500),
            utf8,
            out,
        );
    }
    address_field(
        "Final-Recipient",
        "rfc822",
        &of.recipient.to_string(),
        utf8,
        out,
    );
    let action = match of.action {
        Kind::Failed => "failed",
        Kind::Delayed => "delayed",
        Kind::Delivered => "delivered",
        Kind::Relayed => "relayed",
        Kind::Expanded => "expanded",
    };
    field("Action", action, out);
    field("Status", &of.status.to_string(), out);
    if let Some(host) = of.remote.as_deref().and_then(host) {
        field("Remote-MTA", &format!("dns; {host}"), out);
    }
    if let Some(words) = &of.words {
        let (kind, text) = match words {
            Words::Remote(text) => ("smtp", text),
            Words::Ours(text) => ("x-pillarbox", text),
        };
        let text = one_line(text, WORDS_MAX);
        let text = if utf8 || text.is_ascii() {
            text
        } else {
            encode_words(&text)
        };
        field("Diagnostic-Code", &format!("{kind}; {text}"), out);
    }
    if let Some(at) = of.last_attempt {
        field("Last-Attempt-Date", &at.rfc5322(), out);
    }
    if let (Kind::Delayed, Some(until)) = (of.action, of.retry_until) {
        field("Will-Retry-Until", &until.rfc5322(), out);
    }
}

/// `address-type ";" address`. One that is not ASCII is of the type `utf-8`, in the 7-bit form unless UTF-8 may stand.
fn address_field(name: &str, kind: &str, address: &str, utf8: bool, out: &mut String) {
    let is_utf8 = kind.eq_ignore_ascii_case("utf-8") || !address.is_ascii();
    let value = match (is_utf8, utf8) {
        (false, _) => format!("{kind}; {address}"),
        (true, true) => format!("utf-8; {address}"),
        (true, false) => format!("utf-8; {}", utf8_addr_xtext(address)),
    };
    if value.len() <= WORD_MAX {
        field(name, &value, out);
    }
}

/// A host name in ASCII, an address literal, or nothing.
fn host(name: &str) -> Option<String> {
    if valid_literal(name) {
        return Some(name.to_owned());
    }
    idna::to_ascii(name).filter(|name| valid_domain(name))
}
