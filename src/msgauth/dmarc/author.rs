//! The author's domain: that of the one From field (RFC 7489 §6.6.1).
//!
//! A program that shows the first of two From fields shows what the last one's signature says nothing about, so that two of them have no author whom anything could be
//! proved of. One field with addresses of one domain has that domain; with several domains, or none, nobody can say whose policy counts.

use mail::EnvelopeAddress;

use crate::head::Head;

/// Why there is no author's domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoAuthor {
    /// The header is longer than what is looked at: the author may stand where nobody looked.
    TooLong,
    /// There is no From field: nobody is said to have written it.
    Missing,
    /// There is more than one From field, which RFC 5322 §3.6 forbids; programs differ in which they show.
    Several,
    /// Something in the field is no address of a domain.
    Unreadable,
    /// Its addresses are of several domains.
    Domains,
}

/// A domain in A-labels and lower case, or why there is none.
pub(crate) type Author = Result<String, NoAuthor>;

impl NoAuthor {
    /// A sentence without its full stop.
    pub fn words(self) -> &'static str {
        match self {
            NoAuthor::TooLong => "the header is longer than what is looked at",
            NoAuthor::Missing => "the message has no From field",
            NoAuthor::Several => "the message has more than one From field",
            NoAuthor::Unreadable => "the From field has something that is no address",
            NoAuthor::Domains => "the From field names several domains",
        }
    }
}

/// Longest From field that is read, in octets.
const FROM_MAX: usize = 64 * 1024;

/// The author's domain of a header.
pub(crate) fn author(head: &Head) -> Author {
    if head.too_large() {
        return Err(NoAuthor::TooLong);
    }
    let mut places = head.places("from");
    let (Some(place), None) = (places.next(), places.next()) else {
        return Err(match head.places("from").next() {
            Some(_) => NoAuthor::Several,
            None => NoAuthor::Missing,
        });
    };
    let value = head.field(place).map(|field| field.value());
    let value = value.unwrap_or_default();
    if value.len() > FROM_MAX {
        return Err(NoAuthor::TooLong);
    }
    let mut domain: Option<String> = None;
    for address in mail::parse_addresses(value) {
        let EnvelopeAddress::Mailbox { host, .. } = address else {
            continue;
        };
        let host = str::from_utf8(&host).ok().and_then(mail::idna::to_ascii);
        let host = host.filter(|host| mail::valid_domain(host));
        match (host, &domain) {
            (None, _) => return Err(NoAuthor::Unreadable),
            (Some(host), Some(other)) if host != *other => {
                return Err(NoAuthor::Domains);
            }
            (Some(host), _) => domain = Some(host),
        }
    }
    domain.ok_or(NoAuthor::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Author {
        let mut head = Head::default();
        head.hear_all(header.as_bytes());
        author(&head)
    }

    #[test]
    fn one_field_with_one_domain_and_nothing_else() {
        for (header, domain) in [
            ("From: Ann <ann@House.Test>\r\n\r\n", "house.test"),
            (
                "Subject: x\r\nfrom :\r\n \"b@wrong.test\" <a@house.test>\r\n",
                "house.test",
            ),
            ("From: a@house.test, b@house.test\r\n", "house.test"),
            ("From: g: a@house.test;\r\n", "house.test"),
            ("From: a@b\u{fc}cher.test\r\n", "xn--bcher-kva.test"),
        ] {
            assert_eq!(of(header).as_deref(), Ok(domain), "{header}");
        }
        for header in [
            "Subject: x\r\n\r\nFrom: a@b.test\r\n",
            "From: a@b.test\r\nFrom: a@b.test\r\n",
            "From: a@b.test\r\nFROM : eve@c.test\r\n",
            "From: a@b.test, c@d.test\r\n",
            "From: a@b.test, c\r\n",
            "From: a\r\n",
            "From:\r\n",
            "From: <>\r\n",
            "From: a@[192.0.2.1]\r\n",
            "From: a@b..test\r\n",
        ] {
            assert!(of(header).is_err(), "{header} {:?}", of(header));
        }
        // However many blanks stand before the colon of the second one.
        for blanks in [1, 250, 252, 253, 256, 257, 300, 5000] {
            let two = format!("From: a@b.test\r\nFrom{}: c@d.test\r\n", " ".repeat(blanks));
            assert_eq!(of(&two), Err(NoAuthor::Several), "{blanks}");
        }
        let line = format!("From: a@b.test\r\n{}\r\n", "From".repeat(100));
        assert_eq!(of(&line).as_deref(), Ok("b.test"));
        let long = format!(
            "From: a@b.test\r\nX: {}\r\n",
            "x".repeat(crate::head::HEAD_MAX)
        );
        assert!(of(&long).is_err());
    }
}
