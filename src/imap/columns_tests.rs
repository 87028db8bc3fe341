//! Rows: the texts in them, and rows of the version before.

use store::{Columns, Gid, Read};

use super::*;
use crate::cmd::house::House;

const KEYS: [SortKey; 6] = [
    SortKey::Subject,
    SortKey::From,
    SortKey::To,
    SortKey::Cc,
    SortKey::DisplayFrom,
    SortKey::DisplayTo,
];

fn gids(house: &House) -> Vec<Gid> {
    let mut gids = Vec::new();
    let inbox = house.mailbox("INBOX");
    let tx = house.store.read().unwrap();
    tx.entries(inbox, 1..=u32::MAX, &mut |_, entry| {
        gids.push(entry.gid);
        true
    })
    .unwrap();
    gids
}

fn letters() -> House {
    let house = House::new();
    for text in [
        "Subject: Re: a subject longer than what is kept\nFrom: Ann Müller <somebody@x>\nTo: ab@y, c@z\n\n",
        "Subject: =?utf-8?q?=C3=89mile_und_andere?=\nFrom: x@y\nCc: d@e\nReferences: <a@b> <c@d>\nMessage-ID: <e@f>\n\n",
        "Subject: exactly 13 oc\n\n",
        "\n",
    ] {
        house.deliver("INBOX", text);
    }
    house
}

#[test]
fn beginnings_are_those_of_the_records() {
    let house = letters();
    let gids = gids(&house);
    let without: Vec<_> = {
        let tx = house.store.read().unwrap();
        gids.iter()
            .map(|gid| {
                let facts = Facts::read(&tx, &mut Columns::default(), *gid)
                    .unwrap()
                    .unwrap();
                assert_eq!(facts.beginning(SortKey::Subject), None);
                (facts.sent, facts.received, facts.notes.into_owned())
            })
            .collect()
    };
    let filled = gids.clone();
    house
        .store
        .write(move |tx| fill(tx, filled))
        .wait()
        .unwrap();
    let tx = house.store.read().unwrap();
    let mut columns = Columns::default();
    for (gid, (sent, received, notes)) in gids.iter().zip(&without) {
        let facts = Facts::read(&tx, &mut columns, *gid).unwrap().unwrap();
        assert_eq!((facts.sent, facts.received), (*sent, *received));
        assert_eq!(facts.threading(), Threading::new(notes));
        let record = Record::new(tx.record(*gid).unwrap().1).unwrap();
        for key in KEYS {
            let text = text(key, &record);
            let expected = text.get(..kept(key)).unwrap_or(&text);
            assert_eq!(facts.beginning(key), Some(expected), "{key:?}");
        }
        assert_eq!(facts.beginning(SortKey::Date), None);
    }
    let first = Facts::read(&tx, &mut columns, gids[0]).unwrap().unwrap();
    assert_eq!(
        first.beginning(SortKey::Subject),
        Some(&b"A SUBJECT LON"[..])
    );
    assert_eq!(first.beginning(SortKey::From), Some(&b"SOMEBODY"[..]));
    assert_eq!(first.beginning(SortKey::To), Some(&b"AB"[..]));
    assert_eq!(first.beginning(SortKey::Cc), Some(&b""[..]));
}

/// What stores of the version before hold; also cut-off rows harm nobody.
#[test]
fn rows_without_texts_are_read() {
    let facts = |notes: &'static [u8]| Facts {
        sent: 0,
        received: 0,
        notes: Cow::Borrowed(notes),
    };
    let old = facts(b"\x01abcdefghijklmnopqr");
    let threading = old.threading().unwrap();
    assert!(threading.reply);
    assert_eq!(&threading.subject, b"abcdef");
    assert_eq!(threading.references, [*b"mnopqr"]);
    assert_eq!(old.beginning(SortKey::From), None);
    let new = facts(b"\x03\x21\x00\x00subabcdefghijkl");
    assert_eq!(new.beginning(SortKey::Subject), Some(&b"su"[..]));
    assert_eq!(new.beginning(SortKey::From), Some(&b"b"[..]));
    assert_eq!(new.beginning(SortKey::To), Some(&b""[..]));
    assert_eq!(&new.threading().unwrap().subject, b"abcdef");
    let damaged: [&'static [u8]; 4] = [b"", b"\x02", b"\x02\xff\xff", b"\x02\x10\x00\x00"];
    for notes in damaged {
        let facts = facts(notes);
        assert_eq!(facts.beginning(SortKey::Subject), None);
        assert_eq!(facts.threading(), None);
        assert_eq!(facts.subject(), 0);
    }
}
