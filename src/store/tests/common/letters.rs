//! What the tests of the queue share: letters, rows, and how they are claimed.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests, and not every test needs all of it"
)]

use store::*;

use super::{address, head, stage};

/// A row due at once.
pub fn row(recipient: &str, due: u64) -> NewRow {
    let recipient = address(recipient);
    NewRow {
        destination: recipient.domain().to_ascii_lowercase(),
        recipient,
        orcpt: None,
        notify: Notify::default(),
        due: QueueTime(due),
    }
}

pub fn letter(rows: Vec<NewRow>) -> NewLetter {
    NewLetter {
        sender: Some(AccountId(1)),
        reverse_path: Some(address("ann@example.org")),
        body: BodyKind::EightBit,
        smtputf8: false,
        require_tls: false,
        tls_optional: false,
        envid: None,
        ret: None,
        priority: 0,
        accepted: 1_700_000_000,
        enqueued: QueueTime(0),
        expires: QueueTime(432_000),
        deliver_by: None,
        origin: Origin::Submission,
        rows,
    }
}

/// A letter to these recipients, due at once.
pub fn to(recipients: &[&str]) -> NewLetter {
    letter(recipients.iter().map(|one| row(one, 0)).collect())
}

pub fn deliver_with(
    store: &Store,
    octets: &[u8],
    into: &[(MailboxId, Flags)],
    letters: Vec<NewLetter>,
) -> Result<Delivered> {
    let (body, head, into) = (stage(store, octets), head(octets.len()), into.to_vec());
    store
        .write(move |tx| {
            tx.deliver(&Delivery {
                body,
                head,
                record: vec![7; 300],
                into,
                letters,
            })
        })
        .wait()
}

pub fn enqueue(store: &Store, letter: NewLetter) -> LetterId {
    deliver_with(store, b"Subject: out\r\n\r\n", &[], vec![letter])
        .unwrap()
        .letters[0]
}

/// Claims with a next attempt `later` seconds on.
pub fn claim(store: &Store, destination: &str, now: u64, later: u64) -> Option<Claim> {
    let destination = destination.to_owned();
    store
        .write(move |tx| {
            tx.claim(&destination, QueueTime(now), 100, &|_, _| {
                QueueTime(now + later)
            })
        })
        .wait()
        .unwrap()
}

pub fn settle_row(store: &Store, id: LetterId, number: u32, settlement: Settlement) {
    store
        .write(move |tx| tx.settle(id, number, settlement))
        .wait()
        .unwrap();
}

pub fn attempt(words: &str) -> Attempt {
    Attempt {
        at: 7,
        host: "mx.example.net".into(),
        words: words.into(),
    }
}

pub fn wait(due: u64) -> Settlement {
    Settlement::Wait {
        due: QueueTime(due),
        last: attempt("451 later"),
        warned: false,
    }
}

pub fn numbers(claim: &Claim) -> Vec<u32> {
    claim.rows.iter().map(|row| row.number).collect()
}

/// All that is offered at `now`, in order.
pub fn offered(store: &Store, now: u64) -> Vec<(String, Lane, u64)> {
    let mut all = Vec::new();
    store
        .read()
        .unwrap()
        .queue_next(QueueTime(now), &mut |offer| {
            all.push((offer.destination.to_owned(), offer.lane, offer.due.0));
            Choice::Skip
        })
        .unwrap();
    all
}

pub fn names(store: &Store, now: u64) -> Vec<String> {
    offered(store, now)
        .into_iter()
        .map(|(name, _, _)| name)
        .collect()
}

pub fn counts(store: &Store) -> (u64, u64, u64) {
    let QueueCounts {
        letters,
        rows,
        held,
    } = store.read().unwrap().queue_counts().unwrap();
    (letters, rows, held)
}
