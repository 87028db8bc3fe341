//! Tokens of hosts: of links, of addresses, and of those that handed the message on.

use mail::header::{Field, unfold};
use memchr::memmem;

use crate::limits::HOSTS_MAX;
use crate::pen::Pen;

/// Labels of a host, from its end, that have tokens of their own beside the whole name: the registered domain is among them.
const LABELS: usize = 3;
/// Octets of a host (RFC 1035 §2.3.4).
const HOST_MAX: usize = 253;

/// A host whole, and its last labels.
pub(super) fn host(what: &str, host: &str, pen: &mut Pen<'_>) {
    let host = host.trim_matches(['.', '[', ']', ' ']).to_ascii_lowercase();
    if host.is_empty() || host.len() > HOST_MAX {
        pen.token(what, "no host");
        return;
    }
    pen.token(what, &host);
    if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        network(what, &host, pen);
        return;
    }
    let dots = host.rmatch_indices('.').skip(1).take(LABELS - 1);
    for (at, _) in dots {
        if let Some(tail) = host.get(at + 1..) {
            pen.token(what, tail);
        }
    }
    if let Some((_, top)) = host.rsplit_once('.') {
        pen.token(what, &format!(".{top}"));
    }
}

/// The last two labels, or three where the last two are both short (`co.uk`): near enough to compare names of one message, without the list.
pub(super) fn registered(host: &str) -> &str {
    let host = host.trim_matches(['.', '[', ']', ' ']);
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(top), Some(second)) = (dots.next(), dots.next()) else {
        return host;
    };
    let short = host.len() - top == 3 && top - second <= 4;
    match (short, dots.next()) {
        (true, Some(third)) => host.get(third + 1..).unwrap_or(host),
        (true, None) => host,
        (false, _) => host.get(second + 1..).unwrap_or(host),
    }
}

/// An IPv4 address's /24 and /16: who sends unwanted mail rents them by the block.
fn network(what: &str, address: &str, pen: &mut Pen<'_>) {
    pen.token(what, "an address in digits");
    for (at, _) in address.rmatch_indices('.').take(2) {
        if let Some(net) = address.get(..=at) {
            pen.token(what, net);
        }
    }
}

/// The hosts and addresses that a `Received` field names before its `by`.
pub(super) fn trace(field: &Field<'_>, pen: &mut Pen<'_>) {
    let value = unfold(field.value);
    let value = String::from_utf8_lossy(&value);
    let from = value.split(" by ").next().unwrap_or_default();
    let names = from
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':')))
        .filter(|name| name.len() > 3 && name.contains(['.', ':']));
    for name in names.take(6) {
        host("received", name, pen);
    }
}

/// The hosts of all links in `text`, which may be HTML: what stands behind `://`, and `www.` without it.
pub(super) fn links(text: &str, from: Option<&str>, pen: &mut Pen<'_>) {
    let octets = text.as_bytes();
    let (mut count, mut own) = (0_usize, 0_usize);
    for at in memmem::find_iter(octets, b"://").take(HOSTS_MAX) {
        let behind = octets.get(at + 3..).unwrap_or(&[]);
        let end = behind
            .iter()
            .take(2 * HOST_MAX)
            .position(|b| !(b.is_ascii_alphanumeric() || b".-_@:%".contains(b)))
            .unwrap_or(behind.len().min(2 * HOST_MAX));
        let name = String::from_utf8_lossy(behind.get(..end).unwrap_or(&[]));
        // What stands before an "@" is there to deceive.
        let name = match name.rsplit_once('@') {
            Some((_, host)) => {
                pen.token("link", "a name before the host");
                host
            }
            None => &name,
        };
        let (name, port) = name.split_once(':').unwrap_or((name, ""));
        if !port.is_empty() {
            pen.token("link", "a port");
        }
        if name.contains('%') {
            pen.token("link", "a disguised host");
        }
        host("link", name, pen);
        if let Some(from) = from {
            own += usize::from(registered(&name.to_ascii_lowercase()) == from);
        }
        count += 1;
    }
    for at in memmem::find_iter(octets, b"www.").take(HOSTS_MAX) {
        if octets.get(at.saturating_sub(2)..at) != Some(b"//") {
            let behind = octets.get(at..).unwrap_or(&[]);
            let end = behind
                .iter()
                .take(HOST_MAX)
                .position(|b| !(b.is_ascii_alphanumeric() || b".-".contains(b)))
                .unwrap_or(behind.len().min(HOST_MAX));
            host(
                "link",
                &String::from_utf8_lossy(behind.get(..end).unwrap_or(&[])),
                pen,
            );
        }
    }
    let whose = match (count, own) {
        (0, _) => "no links",
        (_, 0) => "no link to its sender",
        (count, own) if 2 * own > count => "most links to its sender",
        _ => "some links to its sender",
    };
    pen.token(super::form::FORM, whose);
    pen.token("link", super::header::digit(count));
}
