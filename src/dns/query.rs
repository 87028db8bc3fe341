//! A question on the wire: one name, one kind, a random id, letters in random case (DNS-0x20), EDNS (RFC 6891).
//!
//! The id, the port (the driver's) and the case are what somebody who cannot see the question has to guess (RFC 5452 §4; draft-vixie-dnsext-dns0x20): all come
//! from [`Entropy`], which must be random and used once.

use simple_dns::rdata::OPT;
use simple_dns::{CLASS, Label, Packet, PacketFlag, QTYPE, Question, TYPE};

use crate::Kind;
use crate::name::Name;

/// The datagram that we are ready for: below every path's MTU, so that answers are not fragmented (DNS flag day 2020).
pub(crate) const UDP_SIZE: u16 = 1_232;

/// Random octets for one question: its id and a bit for each letter that a name can have.
#[derive(Clone, Copy)]
pub struct Entropy(pub [u8; 34]);

/// UDP or TCP (RFC 7766).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// One datagram there, one back.
    Udp,
    /// A connection; each message with its length in two octets before it.
    Tcp,
}

/// What was asked, kept to compare the answer with.
#[derive(Clone, Debug)]
pub struct Query {
    pub(crate) id: u16,
    pub(crate) name: Name,
    /// The name as sent: labels with lengths, mixed case, no final zero.
    pub(crate) cased: Vec<u8>,
    pub(crate) kind: Kind,
    pub(crate) transport: Transport,
    octets: Vec<u8>,
}

/// How a question is put.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) transport: Transport,
    /// Letters in random case; else in lower case.
    pub(crate) mixed_case: bool,
    pub(crate) edns: bool,
    /// Ask for signatures too, so that every validating resolver tells with AD; costs larger answers.
    pub(crate) dnssec: bool,
}

impl Query {
    /// The question for `kind` at `name`: mixed case, EDNS; `dnssec` sets the DO bit. `None` if it cannot be written.
    #[must_use]
    pub fn new(
        name: &Name,
        kind: Kind,
        transport: Transport,
        dnssec: bool,
        entropy: &Entropy,
    ) -> Option<Query> {
        Query::styled(
            name,
            kind,
            Style {
                transport,
                mixed_case: true,
                edns: true,
                dnssec,
            },
            entropy,
        )
    }

    pub(crate) fn styled(
        name: &Name,
        kind: Kind,
        style: Style,
        entropy: &Entropy,
    ) -> Option<Query> {
        let [first, second, case @ ..] = entropy.0;
        let id = u16::from_be_bytes([first, second]);
        let mut labels: Vec<Vec<u8>> = name.labels().map(<[u8]>::to_vec).collect();
        if style.mixed_case {
            let bits = case
                .iter()
                .flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1 == 1));
            for (octet, upper) in labels.iter_mut().flatten().zip(bits) {
                if upper {
                    octet.make_ascii_uppercase();
                }
            }
        }
        let mut cased = Vec::with_capacity(name.len());
        for label in &labels {
            cased.push(u8::try_from(label.len()).ok()?);
            cased.extend_from_slice(label);
        }
        Some(Query {
            id,
            name: name.clone(),
            kind,
            transport: style.transport,
            octets: written(id, &labels, kind, style)?,
            cased,
        })
    }

    /// The message, without TCP's length.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

fn written(id: u16, labels: &[Vec<u8>], kind: Kind, style: Style) -> Option<Vec<u8>> {
    let labels: Vec<Label<'_>> = labels
        .iter()
        .map(|label| Label::new_unchecked(label.as_slice()))
        .collect();
    let mut packet = Packet::new_query(id);
    // AD in a question: "tell me whether you verified it" (RFC 6840 §5.7).
    packet.set_flags(PacketFlag::RECURSION_DESIRED | PacketFlag::AUTHENTIC_DATA);
    packet.questions.push(Question::new(
        simple_dns::Name::new_with_labels(&labels),
        QTYPE::TYPE(TYPE::from(kind.code())),
        CLASS::IN.into(),
        false,
    ));
    if style.edns {
        *packet.opt_mut() = Some(OPT {
            opt_codes: Vec::new(),
            udp_packet_size: UDP_SIZE,
            version: 0,
        });
    }
    let mut octets = packet.build_bytes_vec().ok()?;
    if style.edns && style.dnssec {
        // OPT stands last and has no options: its flags are the third and fourth octet from the end, DO the first bit (RFC 6891 §6.1.3).
        let flags = octets.len().checked_sub(4)?;
        *octets.get_mut(flags)? |= 0x80;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(kind: Kind, entropy: [u8; 34], style: Style) -> Vec<u8> {
        let name = Name::parse("a-b.example").unwrap();
        let query = Query::styled(&name, kind, style, &Entropy(entropy)).unwrap();
        query.octets().to_vec()
    }

    const PLAIN: Style = Style {
        transport: Transport::Udp,
        mixed_case: false,
        edns: false,
        dnssec: true,
    };

    #[test]
    fn questions_on_the_wire() {
        // Id, RD and AD, one question; the name; TLSA IN.
        let plain = b"\x01\x02\x01\x20\0\x01\0\0\0\0\0\0\x03a-b\x07example\0\0\x34\0\x01";
        let mut entropy = [0; 34];
        (entropy[0], entropy[1], entropy[2]) = (1, 2, 0b1000);
        assert_eq!(octets(Kind::Tlsa, entropy, PLAIN), plain);
        // Now with one letter changed by its bit, EDNS of 1232 octets, DO.
        let style = Style {
            mixed_case: true,
            edns: true,
            ..PLAIN
        };
        let full = b"\x01\x02\x01\x20\0\x01\0\0\0\0\0\x01\x03a-b\x07Example\0\0\x34\0\x01\0\0\x29\x04\xd0\0\0\x80\0\0\0";
        assert_eq!(octets(Kind::Tlsa, entropy, style), full);
        let untrusted = octets(
            Kind::Tlsa,
            entropy,
            Style {
                dnssec: false,
                ..style
            },
        );
        assert_eq!(untrusted[untrusted.len() - 4], 0);
    }

    #[test]
    fn every_letter_of_the_longest_name_has_its_bit() {
        let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        let name = Name::parse(&long).unwrap();
        let query = Query::new(&name, Kind::A, Transport::Udp, false, &Entropy([255; 34])).unwrap();
        assert!(!query.cased.iter().any(u8::is_ascii_lowercase));
        assert_eq!(query.octets().len(), 12 + 255 + 4 + 11);
    }
}
