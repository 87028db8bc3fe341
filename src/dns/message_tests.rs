use super::*;
use crate::testing::{Dice, Message, mx, record, wire};
use crate::{Kind, Transport, judge};

fn name_at(message: &[u8], at: usize) -> Result<String, Malformed> {
    let mut reader = Reader::new(message);
    reader.take(at)?;
    reader.name().map(|name| name.to_string())
}

#[test]
fn names_are_unpacked() {
    let message = b"\x01a\x01B\0\x01c\xc0\0\xc0\x05\x01d\xc0\x08";
    assert_eq!(name_at(message, 0).unwrap(), "a.b");
    assert_eq!(name_at(message, 5).unwrap(), "c.a.b");
    assert_eq!(name_at(message, 9).unwrap(), "c.a.b", "a pointer alone");
    assert_eq!(name_at(b"\0", 0).unwrap(), ".");
    let mut reader = Reader::new(message);
    reader.take(5).unwrap();
    reader.name().unwrap();
    assert_eq!(
        reader.name().unwrap().to_string(),
        "c.a.b",
        "goes on behind the pointer"
    );
}

#[test]
fn names_that_are_none() {
    let table: &[(&[u8], usize)] = &[
        (b"", 0),
        (b"\x01", 0),
        (b"\x01a", 0),
        (b"\xc0", 0),
        // To itself, forward, to each other.
        (b"\xc0\0", 0),
        (b"\xc0\x02\0", 0),
        (b"\x01a\xc0\0", 0),
        (b"\xc0\x02\xc0\0", 2),
        (b"\x01a\x01b\xc0\x02", 0),
        // Kinds of labels that were never in use.
        (b"\x41a\0", 0),
        (b"\x80a\0", 0),
        // Out of the message.
        (b"\0\xff\xff", 1),
    ];
    for (message, at) in table {
        assert_eq!(name_at(message, *at), Err(Malformed), "{message:?}");
    }
    let long = [[b'\x3f'; 64].repeat(4), vec![0]].concat();
    assert_eq!(name_at(&long, 0), Err(Malformed), "longer than 255");
}

#[test]
fn a_chain_of_pointers_costs_little() {
    // 8000 pointers, each to the one before.
    let mut message = vec![0, 0];
    for at in (0..16_000_u16).step_by(2) {
        message.extend((0xc000 | at).to_be_bytes());
    }
    assert_eq!(name_at(&message, 16_000), Err(Malformed));
    assert_eq!(name_at(&message, 200).unwrap(), ".");
}

#[test]
fn counts_are_not_believed() {
    let header = b"\x01\x02\x81\x80\0\x01\xff\xff\xff\xff\xff\xff";
    let octets = [header.as_slice(), &wire("A.X"), &[0, 1, 0, 1]].concat();
    let query = crate::testing::query("a.x", Kind::A, Transport::Udp);
    assert_eq!(
        judge(&query, &octets),
        crate::Judgement::Nonsense("a malformed answer")
    );
}

#[test]
fn more_records_than_any_set_has_are_nonsense() {
    let query = crate::testing::query("a.x", Kind::A, Transport::Udp);
    let of = |count| {
        (0..count).fold(Message::to("a.x", 1), |m, _| {
            m.answer("a.x", 1, 9, &[192, 0, 2, 1])
        })
    };
    let good = judge(&query, &of(MAX_RECORDS).octets());
    assert!(matches!(good, crate::Judgement::Reply(_)), "{good:?}");
    let bad = judge(&query, &of(MAX_RECORDS + 1).octets());
    assert_eq!(bad, crate::Judgement::Nonsense("a malformed answer"));
}

/// Another's reading of the same octets: where simple-dns reads a message of plain records, so do we, and the same names come out.
#[test]
fn another_reader_agrees() {
    let mut dice = Dice(7);
    let mut agreed = 0;
    let whole = Message::to("a.example", 15)
        .answer("a.example", 15, 5, &mx(1, "Mx.b"))
        .raw(
            0,
            b"\xc0\x0c\0\x0f\0\x01\0\0\0\x05\0\x06\0\x02\x01m\xc0\x0c".to_vec(),
        )
        .soa("example", 1, 1)
        .raw(2, record("x.y", 1, 1, 9, &[192, 0, 2, 1]))
        .octets();
    for round in 0..200_000 {
        let mut octets = whole.clone();
        for _ in 0..if round == 0 { 0 } else { dice.roll(4) } {
            let at = 12 + dice.roll(octets.len() - 12);
            octets[at] = [0, 1, 0xc0, 0x0c, 63, dice.roll(256) as u8][dice.roll(6)];
        }
        let Ok(theirs) = simple_dns::Packet::parse(&octets) else {
            continue;
        };
        let mut reader = Reader::new(&octets);
        let header = reader.header().unwrap();
        reader.question().unwrap();
        // They follow pointers forward inside a record's own name, and take names of 255 octets without their end.
        let Ok(ours) = reader.records(&header) else {
            continue;
        };
        agreed += 1;
        for (our, their) in ours.iter().zip(&theirs.answers) {
            let labels: Vec<Vec<u8>> = their
                .name
                .iter()
                .map(|label| label.as_ref().to_ascii_lowercase())
                .collect();
            assert!(our.owner.labels().eq(labels.iter()), "{octets:?}");
            assert_eq!(our.ttl, their.ttl);
        }
    }
    assert!(agreed > 50_000, "{agreed}");
}
