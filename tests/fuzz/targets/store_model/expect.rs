//! What the store shows, what the model expects of a verb, and how an outcome is said.

use super::*;

pub(super) fn look(tx: &impl Read, id: MailboxId) -> Folder {
    let counters = tx.counters(id).unwrap();
    let mut folder = Folder {
        next: counters.uid_next,
        ..Folder::default()
    };
    let mut gids = Vec::new();
    tx.entries(id, 1..=Uid::MAX, &mut |uid, entry| {
        gids.push((uid, *entry));
        true
    })
    .unwrap();
    for (uid, entry) in gids {
        let seed = tx.record(entry.gid).unwrap().1[0];
        let mut body = Vec::new();
        loop {
            match tx.body(entry.gid, body.len() as u64).unwrap() {
                [] => break,
                piece => body.extend_from_slice(piece),
            }
        }
        assert!(body == text(entry.size as usize, seed));
        folder.letters.insert(
            uid,
            Letter {
                size: body.len(),
                seed,
                flags: entry.flags.0,
            },
        );
    }
    folder.expunged = tx
        .expunged_since(id, 0)
        .unwrap()
        .unwrap()
        .into_iter()
        .collect();
    let count = |flag: Flags| {
        folder
            .letters
            .values()
            .filter(|l| Flags(l.flags).contains(flag))
            .count()
    };
    assert_eq!(counters.messages as usize, folder.letters.len());
    assert_eq!(
        counters.unseen as usize,
        folder.letters.len() - count(Flags::SEEN)
    );
    assert_eq!(counters.deleted as usize, count(Flags::DELETED));
    assert_eq!(
        counters.size,
        folder.letters.values().map(|l| l.size as u64).sum::<u64>()
    );
    folder
}

pub(super) fn delivered(
    w: &mut WriteTx<'_>,
    body: Staged,
    size: usize,
    seed: u8,
    sent: &(Vec<(AccountId, &str, u64)>, Vec<NewLetter>),
    fails: bool,
) -> Result<String> {
    let (targets, letters) = sent;
    let mut into = Vec::new();
    for (id, name, flags) in targets {
        into.push((named(w, *id, name)?, Flags(*flags)));
    }
    let head = Head {
        received: 1,
        zone: 0,
        sent: 1,
        size: size as u32,
    };
    let done = w.deliver(&Delivery {
        body,
        head,
        record: vec![seed; 100],
        into,
        letters: letters.clone(),
    })?;
    if fails {
        return Err(Error::NotAllowed(""));
    }
    ok((done.uids, done.letters))
}

pub(super) fn take(folder: &mut Folder, wanted: impl Fn(Uid, &Letter) -> bool) -> Vec<Uid> {
    let gone: Vec<Uid> = folder
        .letters
        .iter()
        .filter(|(uid, letter)| wanted(**uid, letter))
        .map(|(uid, _)| *uid)
        .collect();
    for uid in &gone {
        folder.letters.remove(uid);
        folder.expunged.insert(*uid);
    }
    gone
}

pub(super) fn new_folder() -> Folder {
    Folder {
        next: 1,
        ..Folder::default()
    }
}

pub(super) fn named(w: &WriteTx<'_>, id: AccountId, name: &str) -> Result<MailboxId> {
    w.mailbox_by_name(id, name)?
        .map(|mailbox| mailbox.id)
        .ok_or(Error::NoSuchMailbox)
}

pub(super) fn text(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|n| (n % 241) as u8 ^ seed).collect()
}

pub(super) fn ok(value: impl Debug) -> Result<String> {
    Ok(format!("{value:?}"))
}

/// An outcome without its details.
pub(super) fn word(outcome: Result<String>) -> String {
    match outcome {
        Ok(value) => value,
        Err(Error::OverQuota { .. }) => "over quota".into(),
        Err(Error::NotAllowed(_)) => "not allowed".into(),
        Err(error) => error.to_string(),
    }
}
