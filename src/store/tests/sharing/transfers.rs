//! COPY and MOVE where several people mark: between two people with the viewer's flags, inside one tree with everybody's.

use super::*;

#[test]
fn copies_between_people_share_bodies_and_carry_the_viewer_s_flags() {
    let house = house(3, "lrswite");
    let (ann, bob, inbox) = (house.ann, house.bob, house.inbox);
    let mine = mailbox(&house.store, bob, "INBOX");
    let keyword = house
        .deed(move |tx| {
            tx.intern_keyword(bob, "first")?;
            tx.intern_keyword(bob, "$Work")
        })
        .unwrap();
    house.mark(bob, &[1, 2], FlagChange::Add(keyword.union(Flags::SEEN)));
    house.mark(ann, &[1], FlagChange::Add(Flags::FLAGGED));
    let pairs = house
        .deed(move |tx| tx.copy(bob, inbox, &[1, 3], mine, 9))
        .unwrap();
    assert_eq!(pairs, [(1, 1), (3, 2)]);
    {
        let tx = house.store.read().unwrap();
        let copy = tx.entry(mine, 1).unwrap().unwrap();
        assert_eq!(copy.flags, keyword.union(Flags::SEEN));
        assert_eq!(copy.gid, tx.entry(inbox, 1).unwrap().unwrap().gid);
    }
    // And back: the flags are what Bob sees of them; Ann's copy has none.
    house
        .deed(move |tx| tx.move_messages(bob, mine, &[1], inbox, 9))
        .unwrap();
    assert_eq!(house.flags(bob, 4), keyword.union(Flags::SEEN));
    assert_eq!(house.flags(ann, 4), Flags(0));
    assert_eq!((house.unseen(ann), house.unseen(bob)), (4, 1));
    let usage = |who| house.store.read().unwrap().usage(who).unwrap().messages;
    assert_eq!((usage(ann), usage(bob)), (4, 1));

    // APPEND into somebody else's mailbox, with and without the right to flags.
    for (rights, own, unseen) in [("lriw", Flags::DRAFT, 5), ("lris", Flags::SEEN, 5)] {
        house.share(Who::Account(bob), rights);
        let body = stage(&house.store, b"x");
        let into = vec![(inbox, Flags::SEEN.union(Flags::DRAFT))];
        let delivery = Delivery {
            body,
            head: head(1),
            record: vec![1],
            into,
            letters: Vec::new(),
        };
        let done = house
            .deed(move |tx| tx.deliver_for(bob, &delivery))
            .unwrap();
        assert_eq!(house.flags(bob, done.uids[0]), own);
        assert_eq!(house.flags(ann, done.uids[0]), Flags(0));
        assert!(house.unseen(ann) >= unseen);
    }
    house.share(Who::Account(bob), "lrswite");
    house
        .deed(move |tx| tx.set_quota(ann, None, Some(6)))
        .unwrap();
    let full = house.deed(move |tx| tx.move_messages(bob, mine, &[2], inbox, 9));
    assert!(matches!(full, Err(Error::TooManyMessages { quota: 6 })));
    let full = deliver(&house.store, b"x", &[(inbox, Flags(0))]);
    assert!(matches!(full, Err(Error::TooManyMessages { quota: 6 })));
    house
        .deed(move |tx| tx.set_quota(ann, Some(10), None))
        .unwrap();
    let full = house.deed(move |tx| tx.copy(bob, mine, &[2], inbox, 9));
    assert!(matches!(full, Err(Error::OverQuota { quota: 10 })));
}

#[test]
fn a_move_inside_one_tree_keeps_what_everyone_has_marked() {
    let house = house(40, "lrswite");
    let (ann, bob, cat, inbox) = (house.ann, house.bob, house.cat, house.inbox);
    house.share(Who::Account(cat), "lrsw");
    let box2 = house
        .deed(move |tx| tx.create_mailbox(ann, "Box2", None))
        .unwrap();
    let (owner, answered) = (Flags::FLAGGED.union(Flags::SEEN), Flags::ANSWERED);
    house.mark(ann, &[3, 20], FlagChange::Add(owner));
    house.mark(bob, &[3, 20], FlagChange::Add(answered));
    house.mark(cat, &[20, 39], FlagChange::Add(Flags::SEEN));
    house.mark(ann, &[20, 39], FlagChange::Add(Flags::DELETED));
    let see = |who, mailbox, uid| {
        let tx = house.store.read().unwrap();
        let entry = tx.entry_for(who, mailbox, uid).unwrap().unwrap();
        entry.flags
    };
    let unseen = |mailbox| {
        let tx = house.store.read().unwrap();
        [ann, bob, cat].map(|who| tx.counters_for(who, mailbox).unwrap().unseen)
    };

    // Bob may put messages into Box2, and neither mark nor delete there: what was marked stays, but `\Deleted` does not come along.
    let rights = Rights::parse("lri").unwrap();
    house
        .deed(move |tx| tx.set_acl(box2, Who::Account(bob), false, rights))
        .unwrap();
    let before = house.highest();
    let pairs = house
        .deed(move |tx| tx.move_messages(bob, inbox, &[3, 20, 39, 40], box2, 9))
        .unwrap();
    assert_eq!(pairs, [(3, 1), (20, 2), (39, 3), (40, 4)]);
    let all = |mailbox, uid| [ann, bob, cat].map(|who| see(who, mailbox, uid));
    assert_eq!(all(box2, 1), [owner, answered, Flags(0)]);
    assert_eq!(all(box2, 2), [owner, answered, Flags::SEEN]);
    assert_eq!(all(box2, 3), [Flags(0), Flags(0), Flags::SEEN]);
    assert_eq!(all(box2, 4), [Flags(0); 3]);
    assert_eq!(unseen(box2), [2, 4, 2]);
    assert_eq!(unseen(inbox), [36, 36, 36]);
    assert_eq!(changed(&house.store, cat, box2, 0), [1, 2, 3, 4]);
    assert!(house.highest() > before);
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());

    // Into the mailbox where they are, by Ann, more than one piece at once, while somebody watches; and back by Bob with `\Deleted`.
    let watch = house.store.watch(box2, 0);
    house
        .deed(move |tx| {
            for _ in 0..300 {
                tx.copy(bob, box2, &[2], box2, 9)?;
            }
            let every: Vec<Uid> = (1..=304).collect();
            tx.move_messages(ann, box2, &every, box2, 9)
        })
        .unwrap();
    assert_eq!(all(box2, 306), [owner, answered, Flags::SEEN]);
    assert_eq!(all(box2, 307), [Flags(0), Flags(0), Flags::SEEN]);
    assert_eq!(unseen(box2), [302, 304, 302]);
    let gone = {
        let tx = house.store.read().unwrap();
        tx.expunged_entry_for(cat, box2, 2).unwrap().unwrap()
    };
    assert_eq!(gone.flags, Flags::SEEN);
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
    drop(watch);
    house
        .deed(move |tx| {
            tx.set_acl(box2, Who::Account(bob), false, Rights::ALL)?;
            let change = FlagChange::Add(Flags::DELETED);
            tx.mark(bob, box2, &[306], change, None)?;
            tx.move_messages(bob, box2, &[306], inbox, 9)
        })
        .unwrap();
    assert_eq!(
        all(inbox, 41),
        [owner, answered, Flags::SEEN].map(|own| own.union(Flags::DELETED))
    );

    // RENAME INBOX moves as well.
    house
        .deed(move |tx| tx.rename_mailbox(ann, "INBOX", "Old"))
        .unwrap();
    let old = mailbox(&house.store, ann, "Old");
    let last = {
        let tx = house.store.read().unwrap();
        tx.counters(old).unwrap().uid_next - 1
    };
    assert_eq!(all(old, last)[1], answered.union(Flags::DELETED));
    assert_eq!(unseen(old), [36, 37, 36]);
    assert_eq!(unseen(inbox), [0; 3]);
    settle(&house.store);
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
}
