//! What people share: rights, flags of their own; and what stands beside mailboxes: metadata, keys, quotas, uses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "sharing/metadata.rs"]
mod metadata;
#[path = "sharing/transfers.rs"]
mod transfers;

use common::*;
use store::*;

struct House {
    store: Checked,
    ann: AccountId,
    bob: AccountId,
    cat: AccountId,
    inbox: MailboxId,
}

/// Ann's INBOX with messages, shared with Bob.
fn house(messages: usize, rights: &str) -> House {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let bob = person(&store, "bob@example.org");
    let cat = person(&store, "cat@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    for number in 0..messages {
        let octets = octets(700, number as u64);
        deliver(&store, &octets, &[(inbox, Flags::default())]).unwrap();
    }
    let house = House {
        store,
        ann,
        bob,
        cat,
        inbox,
    };
    house.share(Who::Account(bob), rights);
    house
}

impl House {
    fn share(&self, who: Who, rights: &str) {
        let (inbox, rights) = (self.inbox, Rights::parse(rights).unwrap());
        self.deed(move |tx| tx.set_acl(inbox, who, false, rights))
            .unwrap();
    }

    fn deed<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write(deed).wait()
    }

    fn mark(&self, viewer: AccountId, uids: &[Uid], change: FlagChange) {
        let (inbox, uids) = (self.inbox, uids.to_vec());
        self.deed(move |tx| tx.mark(viewer, inbox, &uids, change, None))
            .unwrap();
    }

    fn flags(&self, viewer: AccountId, uid: Uid) -> Flags {
        let tx = self.store.read().unwrap();
        let entry = tx.entry_for(viewer, self.inbox, uid).unwrap().unwrap();
        let mut walked = None;
        tx.entries_for(viewer, self.inbox, uid..=uid, &mut |_, entry| {
            walked = Some(*entry);
            true
        })
        .unwrap();
        assert_eq!(walked, Some(entry));
        entry.flags
    }

    fn unseen(&self, viewer: AccountId) -> u32 {
        let tx = self.store.read().unwrap();
        tx.counters_for(viewer, self.inbox).unwrap().unseen
    }

    fn highest(&self) -> ModSeq {
        let tx = self.store.read().unwrap();
        tx.counters(self.inbox).unwrap().highest_modseq
    }

    fn changed(&self, viewer: AccountId, since: ModSeq) -> Vec<Uid> {
        changed(&self.store, viewer, self.inbox, since)
    }
}

fn changed(store: &Store, viewer: AccountId, mailbox: MailboxId, since: ModSeq) -> Vec<Uid> {
    let mut uids = Vec::new();
    let tx = store.read().unwrap();
    tx.changed_since(viewer, mailbox, since, 1..=Uid::MAX, &mut |uid, _| {
        uids.push(uid);
        true
    })
    .unwrap();
    uids
}

#[test]
fn everyone_has_flags_of_their_own_but_deleted_is_the_message_s() {
    let house = house(40, "lrswite");
    let (ann, bob) = (house.ann, house.bob);
    let since = house.highest();
    house.mark(bob, &[3, 20, 40], FlagChange::Add(Flags::SEEN));
    assert_eq!(house.flags(bob, 20), Flags::SEEN);
    assert_eq!(house.flags(ann, 20), Flags(0));
    assert_eq!((house.unseen(ann), house.unseen(bob)), (40, 37));
    assert_eq!(house.changed(bob, since), [3, 20, 40]);
    assert_eq!(house.changed(ann, since), Vec::<Uid>::new());

    // The owner's own flags: nobody else's business, nor a reason to refuse a conditional STORE.
    let since = house.highest();
    house.mark(ann, &[3, 4], FlagChange::Add(Flags::FLAGGED));
    assert_eq!(house.changed(ann, since), [3, 4]);
    assert_eq!(house.changed(bob, since), Vec::<Uid>::new());
    let inbox = house.inbox;
    let refused = house
        .deed(move |tx| {
            let change = FlagChange::Add(Flags::ANSWERED);
            tx.mark(bob, inbox, &[3, 4], change, Some(since))
        })
        .unwrap();
    assert_eq!(refused, Vec::<Uid>::new());
    let answered = Flags::SEEN.union(Flags::ANSWERED);
    assert_eq!(house.flags(bob, 3), answered);

    let since = house.highest();
    house.mark(bob, &[3, 5], FlagChange::Add(Flags::DELETED));
    assert_eq!(house.changed(ann, since), [3, 5]);
    assert_eq!(house.changed(bob, since), [3, 5]);
    assert_eq!(house.flags(ann, 3), Flags::FLAGGED.union(Flags::DELETED));
    assert_eq!(house.flags(bob, 3), answered.union(Flags::DELETED));
    let since = house.highest();
    house.mark(ann, &[3], FlagChange::Remove(Flags::DELETED));
    assert_eq!(house.changed(bob, since), [3]);

    // A message that goes takes what was seen of it along; its flags stay readable as long as it does.
    let watch = house.store.watch(inbox, 0);
    house.deed(move |tx| tx.expunge(inbox, &[3, 4])).unwrap();
    assert_eq!((house.unseen(ann), house.unseen(bob)), (38, 36));
    let gone = {
        let tx = house.store.read().unwrap();
        tx.expunged_entry_for(bob, inbox, 3).unwrap().unwrap()
    };
    assert_eq!(gone.flags, answered);
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
    drop(watch);
    settle(&house.store);
    let tx = house.store.read().unwrap();
    assert_eq!(tx.expunged_entry_for(bob, inbox, 3).unwrap(), None);
}

#[test]
fn rights_say_which_flags_change() {
    let house = house(2, "lrs");
    let bob = house.bob;
    let all = Flags::SEEN.union(Flags::FLAGGED).union(Flags::DELETED);
    house.mark(bob, &[1], FlagChange::Replace(all));
    assert_eq!(house.flags(bob, 1), Flags::SEEN);
    house.share(Who::Account(bob), "lrst");
    house.mark(bob, &[1], FlagChange::Replace(all));
    let kept = Flags::SEEN.union(Flags::DELETED);
    assert_eq!(house.flags(bob, 1), kept);
    house.share(Who::Account(bob), "lrw");
    house.mark(bob, &[1], FlagChange::Replace(Flags::FLAGGED));
    assert_eq!(house.flags(bob, 1), kept.union(Flags::FLAGGED));
    house.mark(house.cat, &[1], FlagChange::Replace(Flags::ANSWERED));
    assert_eq!(house.flags(house.cat, 1), Flags::DELETED);
}

#[test]
fn lists_are_found_inherited_and_go_with_mailboxes_and_people() {
    let house = house(0, "lr");
    let (ann, bob, cat, inbox) = (house.ann, house.bob, house.cat, house.inbox);
    let found = |who| -> Vec<(String, String)> {
        let tx = house.store.read().unwrap();
        let shared = tx.shared_with(who).unwrap();
        shared
            .into_iter()
            .map(|(mailbox, rights)| (mailbox.name, rights.to_string()))
            .collect()
    };
    assert_eq!(found(bob), [("INBOX".into(), "lr".into())]);
    house.share(Who::Anyone, "lrs");
    assert_eq!(found(cat), [("INBOX".into(), "lrs".into())]);
    assert!(found(ann).is_empty());
    house
        .deed(move |tx| tx.set_acl(inbox, Who::Account(bob), true, Rights::SEEN))
        .unwrap();
    assert_eq!(found(bob), [("INBOX".into(), "lr".into())]);
    let acl = house.store.read().unwrap().acl(inbox).unwrap();
    let lines: Vec<_> = acl.iter().map(|line| (line.who, line.negative)).collect();
    assert_eq!(
        lines,
        [
            (Who::Anyone, false),
            (Who::Account(bob), false),
            (Who::Account(bob), true)
        ]
    );
    let own = house.deed(move |tx| tx.set_acl(inbox, Who::Account(ann), false, Rights::READ));
    assert!(matches!(own, Err(Error::NotAllowed(_))));
    let nobody = Who::Account(AccountId(77));
    let nobody = house.deed(move |tx| tx.set_acl(inbox, nobody, false, Rights::READ));
    assert!(matches!(nobody, Err(Error::NoSuchAccount)));

    // What is made below is shared the same way; it goes its own way afterwards.
    let child = house
        .deed(move |tx| tx.create_mailbox(ann, "INBOX/a/b", None))
        .unwrap();
    assert_eq!(found(cat).len(), 3);
    let rights = |who, mailbox| house.store.read().unwrap().rights(who, mailbox).unwrap();
    assert_eq!(rights(cat, child).to_string(), "lrs");
    assert_eq!(rights(ann, child), Rights::ALL);
    house
        .deed(move |tx| {
            tx.set_acl(child, Who::Anyone, false, Rights::NONE)?;
            tx.rename_mailbox(ann, "INBOX/a/b", "b")
        })
        .unwrap();
    assert_eq!(rights(cat, child), Rights::NONE);
    assert_eq!(found(bob).last(), Some(&("b".into(), "lr".into())));
    house.deed(move |tx| tx.delete_mailbox(ann, "b")).unwrap();
    assert_eq!(found(bob).len(), 2);
    assert_eq!(rights(bob, child), Rights::NONE);

    house.mark(bob, &[], FlagChange::Add(Flags::SEEN));
    house.deed(move |tx| tx.remove_account(bob)).unwrap();
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
    let acl = house.store.read().unwrap().acl(inbox).unwrap();
    assert_eq!(acl.len(), 1);
    house.deed(move |tx| tx.remove_account(ann)).unwrap();
    assert!(found(cat).is_empty());
}

#[test]
fn what_changed_is_found_in_a_large_mailbox_and_nothing_else() {
    let house = house(1, "lrswite");
    let (ann, bob, inbox) = (house.ann, house.bob, house.inbox);
    let trash = mailbox(&house.store, ann, "Trash");
    house.share(Who::Account(bob), "lrswite");
    for _ in 0..5 {
        house
            .deed(move |tx| {
                for _ in 0..900 {
                    tx.copy(ann, inbox, &[1], trash, 1)?;
                }
                tx.set_acl(trash, Who::Account(bob), false, Rights::ALL)
            })
            .unwrap();
    }
    let store = &house.store;
    let highest = || {
        store
            .read()
            .unwrap()
            .counters(trash)
            .unwrap()
            .highest_modseq
    };
    let mark = |who, uids: &[Uid], flags| {
        let uids = uids.to_vec();
        let change = FlagChange::Add(flags);
        house
            .deed(move |tx| tx.mark(who, trash, &uids, change, None))
            .unwrap();
    };
    let few = [1, 15, 16, 1023, 1024, 2048, 4095, 4096, 4500];
    for (round, who) in [ann, bob, ann].into_iter().enumerate() {
        let since = highest();
        mark(
            who,
            &few,
            [Flags::DRAFT, Flags::DRAFT, Flags::FLAGGED][round],
        );
        assert_eq!(changed(store, who, trash, since), few);
        let in_part = |tx: &ReadTx<'_>, first, last| {
            let mut count = 0;
            tx.changed_since(who, trash, since, first..=last, &mut |_, _| {
                count += 1;
                count < 3
            })
            .unwrap();
            count
        };
        let tx = store.read().unwrap();
        assert_eq!(in_part(&tx, 16, 1023), 2);
        assert_eq!(in_part(&tx, 2, 4500), 3);
        assert_eq!(in_part(&tx, 1025, 2047), 0);
        assert_eq!(in_part(&tx, 4501, Uid::MAX), 0);
    }
    // Many in one group of blocks, some of them gone afterwards.
    let since = highest();
    let many: Vec<Uid> = (1000..2900).step_by(3).collect();
    mark(ann, &many, Flags::ANSWERED);
    house
        .deed(move |tx| tx.expunge(trash, &[1000, 1003, 1012, 1024, 2048]))
        .unwrap();
    let left: Vec<Uid> = many
        .into_iter()
        .filter(|uid| ![1000, 1003, 1012, 1024].contains(uid))
        .collect();
    assert_eq!(changed(store, ann, trash, since), left);
    assert_eq!(changed(store, bob, trash, since), Vec::<Uid>::new());
}

#[test]
fn keys_are_one_a_person_and_mailbox_and_can_be_taken_back() {
    let house = house(0, "lr");
    let (ann, bob, inbox) = (house.ann, house.bob, house.inbox);
    let make = |who| {
        let key = house.deed(move |tx| tx.mailbox_key(who, inbox)).unwrap();
        *key
    };
    let kept = |who| {
        let key = house.store.read().unwrap().mailbox_key(who, inbox).unwrap();
        key.map(|key| *key)
    };
    assert_eq!(kept(ann), None);
    let (first, other) = (make(ann), make(bob));
    assert_ne!(first, other);
    assert_eq!((make(ann), kept(ann)), (first, Some(first)));
    house
        .deed(move |tx| tx.reset_mailbox_key(ann, inbox))
        .unwrap();
    assert_ne!(make(ann), first);
    house.deed(move |tx| tx.reset_mailbox_keys(ann)).unwrap();
    assert_eq!((kept(ann), kept(bob)), (None, Some(other)));
    house.deed(move |tx| tx.remove_account(bob)).unwrap();
    assert_eq!(kept(bob), None);
}

#[test]
fn uses_are_given_and_taken() {
    let house = house(0, "lr");
    let ann = house.ann;
    let set =
        |name: &'static str, usage| house.deed(move |tx| tx.set_special_use(ann, name, usage));
    let junk = set("Archive", Some(SpecialUse::Junk));
    assert!(matches!(junk, Err(Error::NotAllowed(_))));
    set("Archive", Some(SpecialUse::Important)).unwrap();
    let found = house
        .store
        .read()
        .unwrap()
        .special(ann, SpecialUse::Important);
    assert_eq!(found.unwrap().unwrap().name, "Archive");
    set("Archive", None).unwrap();
    set("Trash", Some(SpecialUse::Archive)).unwrap();
    assert!(matches!(set("none", None), Err(Error::NoSuchMailbox)));
    let inbox = set("INBOX", Some(SpecialUse::All));
    assert!(matches!(inbox, Err(Error::NotAllowed(_))));
}

#[test]
fn changes_are_told_when_mail_comes_and_goes() {
    let house = house(1, "lr");
    let (ann, inbox) = (house.ann, house.inbox);
    let event = house.store.change_event();
    settle(&house.store);
    let told = |what: &dyn Fn()| {
        let listener = event.listen();
        what();
        settle(&house.store);
        use event_listener::Listener;
        listener.wait_timeout(std::time::Duration::ZERO).is_some()
    };
    assert!(told(&|| {
        deliver(&house.store, b"x", &[(inbox, Flags(0))]).unwrap();
    }));
    assert!(!told(&|| house.mark(
        ann,
        &[1],
        FlagChange::Add(Flags::SEEN)
    )));
    assert!(told(&|| {
        house.deed(move |tx| tx.expunge(inbox, &[1])).unwrap();
    }));
}
