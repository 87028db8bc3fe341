//! What the store's tests share: a person, a message, and reading it back.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests, and not every test needs all of it"
)]

pub mod letters;
pub mod queue_model;
pub mod sharing_model;

#[path = "../../checked.rs"]
pub mod checked;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[allow(unused_imports, reason = "not every test needs one")]
pub use checked::Checked;
use store::{
    AccountId, Credentials, Delivery, Entry, Flags, Gid, Head, MailboxId, Observer, Options, Read,
    Staged, Store, Uid,
};

pub fn address(text: &str) -> mail::Address {
    mail::Address::parse(text).unwrap()
}

pub fn person(store: &Store, text: &str) -> AccountId {
    let address = address(text);
    store
        .write(move |tx| tx.create_account(&address, &Credentials::default(), 5))
        .wait()
        .unwrap()
}

pub fn mailbox(store: &Store, account: AccountId, name: &str) -> MailboxId {
    store
        .read()
        .unwrap()
        .mailbox_by_name(account, name)
        .unwrap()
        .unwrap()
        .id
}

pub fn head(size: usize) -> Head {
    Head {
        received: 1,
        zone: 60,
        sent: 2,
        size: size as u32,
    }
}

pub fn octets(size: usize, seed: u64) -> Vec<u8> {
    (0..size as u64)
        .map(|n| (n.wrapping_mul(31).wrapping_add(seed) % 251) as u8)
        .collect()
}

pub fn stage(store: &Store, octets: &[u8]) -> Staged {
    let mut spool = store.spool();
    for piece in octets.chunks(10_000) {
        spool.write(piece).unwrap();
    }
    store.stage(spool).wait().unwrap()
}

pub fn deliver(
    store: &Store,
    octets: &[u8],
    into: &[(MailboxId, Flags)],
) -> store::Result<Vec<Uid>> {
    let (body, head, into) = (stage(store, octets), head(octets.len()), into.to_vec());
    store
        .write(move |tx| {
            tx.deliver(&Delivery {
                body,
                head,
                record: vec![7; 300],
                into,
                letters: Vec::new(),
            })
        })
        .wait()
        .map(|done| done.uids)
}

pub fn body(tx: &impl Read, gid: Gid) -> store::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        match tx.body(gid, all.len() as u64)? {
            [] => return Ok(all),
            piece => all.extend_from_slice(piece),
        }
    }
}

pub fn entries(tx: &impl Read, mailbox: MailboxId) -> Vec<(Uid, Entry)> {
    let mut all = Vec::new();
    tx.entries(mailbox, 1..=Uid::MAX, &mut |uid, entry| {
        all.push((uid, *entry));
        true
    })
    .unwrap();
    let mut of_runs = Vec::new();
    tx.uid_runs(mailbox, &mut |first, last| of_runs.extend(first..=last))
        .unwrap();
    assert!(all.iter().map(|(uid, _)| *uid).eq(of_runs), "runs of UIDs");
    all
}

pub fn uids(tx: &impl Read, mailbox: MailboxId) -> Vec<Uid> {
    entries(tx, mailbox)
        .into_iter()
        .map(|(uid, _)| uid)
        .collect()
}

/// Octets of bodies that the store holds for messages that exist or not: what freeing must bring back.
pub fn free(store: &Store) -> u64 {
    store.facts().unwrap().free
}

/// Numbers that look random and are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}

/// Gives the reaper time to finish: it rides along in commits of its own.
pub fn settle(store: &Store) {
    let (mut last, mut quiet) = (u64::MAX, 0);
    for _ in 0..200 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let commit = store.facts().unwrap().last_commit;
        // Several looks: on a busy machine the writer does not begin at once.
        quiet = if commit == last { quiet + 1 } else { 0 };
        if quiet == 5 {
            return;
        }
        last = commit;
    }
}

/// In a child process: the store in the folder that the variable `folder` names, whose process dies at the writer's step of which the variable `steps` tells the number; `None`
/// in every other process.
pub fn mortal_store(folder: &str, steps: &str) -> Option<Store> {
    let folder = std::env::var_os(folder)?;
    let left = AtomicUsize::new(std::env::var(steps).unwrap().parse().unwrap());
    let observer = Observer(Arc::new(move |_| {
        if left.fetch_sub(1, Ordering::SeqCst) == 0 {
            std::process::abort();
        }
    }));
    let options = Options {
        steps: Some(observer),
        ..Options::default()
    };
    Some(Store::open(folder.as_ref(), options).unwrap())
}
