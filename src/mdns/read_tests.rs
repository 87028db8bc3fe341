//! Reading: what is laid out as it should be, what is not, and that nothing of it is trusted.

use super::*;
use crate::record::Data;
use crate::testing::{name, query, response};

#[test]
fn questions_and_records_are_read() {
    let octets = query(
        TRUNCATED,
        &[("!Pillarbox._imaps._tcp.local", 255), ("?a.local", 1)],
        &[(
            "_imaps._tcp.local",
            Data::Ptr(name("P._imaps._tcp.local")),
            4500,
        )],
    );
    let message = Message::read(&octets).unwrap();
    assert!(!message.is_response() && message.is_truncated());
    let questions: Vec<Question> = message.questions().collect();
    assert_eq!(questions.len(), 2);
    assert!(questions[0].unicast && !questions[1].unicast);
    assert_eq!(questions[0].name, name("pillarbox._imaps._tcp.local"));
    assert_eq!((questions[0].class, questions[1].kind), (1, 1));
    let records: Vec<Heard> = message.of(Section::Answer).collect();
    assert_eq!(records[0].data, b"\x01P\x06_imaps\x04_tcp\x05local\0");
    assert_eq!((records[0].ttl, records[0].kind), (4500, kind::PTR));
}

#[test]
fn what_does_not_hold_together_is_nothing() {
    let whole = response(&[("a.local", Data::A([1, 2, 3, 4].into()), 120)]);
    assert!(Message::read(&whole).is_some());
    for end in 0..whole.len() {
        assert!(Message::read(&whole[..end]).is_none(), "{end} octets");
    }
    let with = |at: usize, octet: u8| {
        let mut octets = whole.clone();
        octets[at] = octet;
        octets
    };
    assert!(Message::read(&with(3, 3)).is_none(), "RCODE");
    assert!(Message::read(&with(2, 0xa4)).is_none(), "OPCODE");
    assert!(
        Message::read(&with(7, 2)).is_none(),
        "one answer less than said"
    );
    assert!(
        Message::read(&with(12, 64)).is_none(),
        "a label of an unknown kind"
    );
    let mut behind = whole.clone();
    behind.extend([0; 9]);
    assert!(
        Message::read(&behind).is_some(),
        "octets behind are ignored"
    );
    assert!(Message::read(&vec![0; limits::PACKET_READ + 1]).is_none());
    // 65,535 questions in twelve octets.
    assert!(Message::read(&[0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0]).is_none());
}

#[test]
fn pointers_cannot_make_loops() {
    let header = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for loops in [
        &[0xc0, 12][..],
        &[0xc0, 14, 0xc0, 12],
        &[1, b'a', 0xc0, 12],
        &[0xc0, 13],
        &[0xff, 0xff],
        &[0xc0],
        &[0x40, 0],
        &[0x80, 0],
    ] {
        let octets = [&header, loops, &[0, 1, 0, 1]].concat();
        assert!(Message::read(&octets).is_none(), "{loops:?}");
    }
    // Into the header is before, and ends there: the identifier's first zero.
    let octets = [&header[..], &[0xc0, 0, 0, 1, 0, 1]].concat();
    assert!(Message::read(&octets).is_some());
}

#[test]
fn an_odd_record_spoils_no_message() {
    // An SRV of three octets and an NSEC with a broken name, then an address.
    let mut octets = vec![0, 0, 0x84, 0, 0, 0, 0, 3, 0, 0, 0, 0];
    for (kind, data) in [(33, &b"abc"[..]), (47, b"\x3fx"), (1, b"\x01\x02\x03\x04")] {
        octets.extend([1, b'a', 0, 0, kind, 0x80, 1, 0, 0, 0, 120, 0]);
        octets.push(u8::try_from(data.len()).unwrap());
        octets.extend(data);
    }
    let records: Vec<Heard> = Message::read(&octets).unwrap().records().collect();
    let datas: Vec<&[u8]> = records
        .iter()
        .map(|record| record.data.as_slice())
        .collect();
    assert_eq!(datas, [&b"abc"[..], b"\x3fx", b"\x01\x02\x03\x04"]);
    assert!(records.iter().all(|record| record.class == 1));
}

#[test]
fn names_in_data_are_spelled_out() {
    // SRV whose target points at the owner's second label.
    let mut octets = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    octets.extend(b"\x01a\x05local\0");
    octets.extend([0, 33, 0, 1, 0, 0, 0, 120, 0, 8, 0, 0, 0, 0, 1, 2, 0xc0, 14]);
    let record = Message::read(&octets).unwrap().records().next().unwrap();
    assert_eq!(record.data, b"\0\0\0\0\x01\x02\x05local\0");
}
