//! Each fixed layout read back as written, at its edges.

use super::*;
use crate::ids::{Flags, Gid, MailboxId};
use crate::records::{Counters, Entry, Head, Lane, LetterId, QueueCounts, QueueTime};
use crate::schema::key::Turn;

#[test]
fn an_entry_survives_packing_at_its_limits() {
    for entry in [
        Entry {
            gid: Gid(1),
            modseq: 1,
            flags: Flags(0),
            size: 0,
            saved: 0,
        },
        Entry {
            gid: Gid(GID_MAX),
            modseq: MODSEQ_MAX,
            flags: Flags(FLAG_BITS),
            size: u32::MAX,
            saved: u32::MAX,
        },
        Entry {
            gid: Gid(0x01_0203_0405),
            modseq: 0x0607_0809_0a0b,
            flags: Flags(0x0c_0d0e_0f10),
            size: 0x1112_1314,
            saved: 0x1516_1718,
        },
    ] {
        assert_eq!(unpack(&pack(&entry)), Some(entry));
    }
    assert_eq!(unpack(&[0; ENTRY]), None);
}

#[test]
fn heads_survive_writing() {
    let mut head = MailboxHead::new(77);
    head.counters = Counters {
        uid_validity: 77,
        uid_next: 5,
        highest_modseq: 6,
        messages: 7,
        unseen: 8,
        deleted: 9,
        size: 10,
    };
    (head.log_floor, head.released, head.log_entries) = (11, 12, 13);
    let mut octets = Vec::new();
    head.write(&mut octets);
    assert_eq!(octets.len(), MailboxHead::SIZE);
    octets.push(99);
    assert_eq!(MailboxHead::read(&octets).unwrap(), (head, &[99][..]));
    assert!(MailboxHead::read(&octets[..50]).is_err());

    let account = AccountHead {
        messages: 1,
        octets: 2,
        next_mailbox: 3,
        last_uid_validity: 4,
    };
    assert_eq!(AccountHead::read(&account.write()).unwrap(), account);

    let index = IndexHead {
        births: 3,
        chunk: 4080,
        head: Head {
            received: -5,
            zone: -600,
            sent: i64::MAX,
            size: 4081,
        },
    };
    let octets = index.write();
    assert_eq!(octets.len(), IndexHead::SIZE);
    assert_eq!(IndexHead::read(&octets).unwrap(), (index, &[][..]));
    assert_eq!(
        (
            index.chunks(),
            index.chunk_size(1),
            index.chunk_size(2),
            index.chunk_size(3)
        ),
        (2, 4080, 1, 0)
    );
}

#[test]
fn keys_sort_as_their_numbers_and_read_back() {
    let mailbox = MailboxId {
        account: AccountId(7),
        number: 300,
    };
    assert!(key::block(mailbox, 255) < key::block(mailbox, 256));
    assert!(key::log(mailbox, 255) < key::log(mailbox, 256));
    assert!(key::chunk(Gid(5), CHUNK_MAX) < key::index(Gid(6)));
    assert_eq!(key::mailbox_of(&key::block(mailbox, 1)), Some(mailbox));
    assert_eq!(key::mailbox_of(&key::mailbox_head(mailbox)), Some(mailbox));
    assert_eq!(key::last_u32(&key::block(mailbox, 77)), Some(77));
    assert_eq!(
        key::modseq_of(&key::log(mailbox, MODSEQ_MAX)),
        Some(MODSEQ_MAX)
    );
    assert_eq!(
        key::body_of(&key::chunk(Gid(GID_MAX), 70_000)),
        Some((Gid(GID_MAX), 70_000))
    );
    assert_eq!(key::gid_of(&key::shares(9)), Some(Gid(9)));
    assert_eq!(key::gid_of(&key::orphan(Gid(9))[1..]), Some(Gid(9)));
}

#[test]
fn the_queue_s_keys_sort_by_turn_and_read_back() {
    let lane = |retry, priority| queue::lane_octet(Lane { retry, priority });
    let mut last = None;
    for retry in [false, true] {
        for priority in (-9..=9).rev() {
            let octet = lane(retry, priority);
            assert!(last < Some(octet));
            last = Some(octet);
            assert_eq!(lane_of(octet), Lane { retry, priority });
        }
    }
    let turn = |lane, due, letter, number| Turn {
        lane,
        due: QueueTime(due),
        letter: LetterId(letter),
        number,
    };
    let turns = [
        turn(0, 5, 5, 5),
        turn(0, 5, 5, 6),
        turn(0, 5, 6, 1),
        turn(0, 256, 1, 1),
        turn(1, 0, 0, 0),
        turn(255, u64::MAX, u64::MAX, u32::MAX),
    ];
    let keys: Vec<Vec<u8>> = turns
        .iter()
        .map(|turn| key::turn("x.example", turn))
        .collect();
    assert!(keys.is_sorted() && turns.is_sorted());
    for (at, turn) in keys.iter().zip(turns) {
        assert_eq!(key::turn_of(at), Some(("x.example", turn)));
        assert!(at.starts_with(&key::turns_of("x.example")));
        assert!(!at.starts_with(&key::turns_of("x.exampl")));
    }
    let long = "x".repeat(crate::DESTINATION_MAX);
    assert!(key::turn(&long, &turns[0]).len() <= crate::look::KEY_MAX);
    let at = key::destination(7, QueueTime(9), "[192.0.2.1]");
    assert_eq!(
        key::destination_of(&at),
        Some((7, QueueTime(9), "[192.0.2.1]"))
    );
    let at = key::row(LetterId(0x0102_0304_0506_0708), 9);
    assert_eq!(key::letter_of(&at), Some(LetterId(0x0102_0304_0506_0708)));
    assert_eq!(key::row_of(&at), Some(9));
    assert_eq!(key::row_of(&key::letter(LetterId(3))), None);
}

#[test]
fn the_queue_s_fixed_records_survive_writing() {
    let head = QueueHead {
        counts: QueueCounts {
            letters: 1,
            rows: 2,
            held: 3,
        },
        next_letter: 4,
    };
    assert_eq!(QueueHead::read(&head.write()).unwrap(), head);
    assert!(QueueHead::read(&head.write()[1..]).is_err());
    let count = SendingCount {
        day: 1,
        messages: 2,
        new_recipients: 3,
    };
    assert_eq!(SendingCount::read(&count.write()).unwrap(), count);
}
