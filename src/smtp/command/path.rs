//! Paths: what stands between the brackets of MAIL and RCPT (RFC 5321 §4.1.2).

use mail::{Address, valid_domain};

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardPath {
    /// `<Postmaster>` without a domain, in any case: whoever keeps this host (RFC 5321 §4.5.1).
    Postmaster,
    /// An address.
    Mailbox(Address),
}

/// Splits `"<" inside ">" rest` at the bracket that closes the path, which is none in a quoted string. `rest` is empty
/// or starts with a space.
pub(super) fn bracketed(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    for (at, octet) in inside.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => {
                let (path, rest) = inside.split_at_checked(at)?;
                let rest = rest.strip_prefix('>')?;
                return (rest.is_empty() || rest.starts_with(' ')).then_some((path, rest));
            }
            _ => {}
        }
    }
    None
}

/// `Reverse-path = Path / "<>"`; `Some(None)` is the null path.
pub(super) fn reverse(inside: &str) -> Option<Option<Address>> {
    match inside {
        "" => Some(None),
        path => mailbox(path).map(Some),
    }
}

/// `Forward-path = Path / "<Postmaster>"`
pub(super) fn forward(inside: &str) -> Option<ForwardPath> {
    if inside.eq_ignore_ascii_case("postmaster") {
        return Some(ForwardPath::Postmaster);
    }
    mailbox(inside).map(ForwardPath::Mailbox)
}

/// `Path = "<" [ A-d-l ":" ] Mailbox ">"`, `A-d-l = At-domain *( "," At-domain )`, `At-domain = "@" Domain`.
///
/// A source route is checked and left out: "MUST be accepted, SHOULD NOT be generated, and SHOULD be ignored".
fn mailbox(inside: &str) -> Option<Address> {
    let mailbox = if inside.starts_with('@') {
        let (route, mailbox) = inside.split_once(':')?;
        let hop = |hop: &str| hop.strip_prefix('@').is_some_and(valid_domain);
        if !route.split(',').all(hop) {
            return None;
        }
        mailbox
    } else {
        inside
    };
    Address::parse(mailbox).ok()
}
