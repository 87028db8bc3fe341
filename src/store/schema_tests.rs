//! Each fixed layout read back as written, at its edges.

use super::*;
use crate::ids::{Flags, Gid, MailboxId};
use crate::records::{Counters, Entry, Head};

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
    assert_eq!(key::gid_of(&key::shares(Gid(9))), Some(Gid(9)));
    assert_eq!(key::gid_of(&key::orphan(Gid(9))[1..]), Some(Gid(9)));
}
