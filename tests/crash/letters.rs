//! Deeds on letters that wait for the world: what the life of a house does with its queue.

use store::{
    AccountId, Attempt, BodyKind, LetterId, NewLetter, NewRow, Notify, Origin, QueueTime, Read,
    Result, SavedClock, Settlement, WriteTx,
};

/// How long a claim holds its rows.
const HOLDS: u64 = 900;

/// A letter to be enqueued, due at once.
pub(crate) fn letter(sender: AccountId, to: &[&str]) -> NewLetter {
    let row = |to: &&str| {
        let recipient = crate::life::address(to);
        NewRow {
            destination: recipient.domain().to_owned(),
            recipient,
            orcpt: None,
            notify: Notify::default(),
            due: QueueTime(0),
        }
    };
    NewLetter {
        sender: Some(sender),
        reverse_path: Some(crate::life::address("ann@house.test")),
        body: BodyKind::EightBit,
        smtputf8: false,
        require_tls: false,
        tls_optional: false,
        envid: Some("an id".to_owned()),
        ret: None,
        priority: 0,
        accepted: 1_000_000_000,
        enqueued: QueueTime(0),
        expires: QueueTime(432_000),
        deliver_by: None,
        origin: Origin::Submission,
        rows: to.iter().map(row).collect(),
    }
}

/// An attempt begins at `now`; it is an error if nothing is due.
pub(crate) fn claim(w: &mut WriteTx<'_>, destination: &str, now: u64) -> Result<()> {
    let claimed = w.claim(destination, QueueTime(now), 100, &|_, _| {
        QueueTime(now + HOLDS)
    })?;
    w.save_queue_clock(SavedClock {
        at: QueueTime(now),
        wall: Some(1_000_000_000),
    })?;
    claimed.map(drop).ok_or(store::Error::NoSuchLetter)
}

/// The rows at `destination` of the letter that came `place`th of those that wait end so.
pub(crate) fn settle(
    w: &mut WriteTx<'_>,
    place: usize,
    destination: &str,
    how: &Settlement,
) -> Result<()> {
    let id = waiting(w, place)?;
    for row in w.rows(id)? {
        if row.destination == destination {
            w.settle(id, row.number, how.clone())?;
        }
    }
    Ok(())
}

/// The letter that came `place`th of those that wait.
pub(crate) fn waiting(w: &WriteTx<'_>, place: usize) -> Result<LetterId> {
    let letters = w.queue_letters(None, place + 1)?;
    let found = letters.get(place).map(|letter| letter.id);
    found.ok_or(store::Error::NoSuchLetter)
}

/// The row waits until `due`.
pub(crate) fn wait(due: u64) -> Settlement {
    Settlement::Wait {
        due: QueueTime(due),
        last: attempt(),
        warned: due > 5000,
    }
}

/// It did not get as far as the remote's ears.
pub(crate) fn untried(due: u64) -> Settlement {
    Settlement::Untried {
        due: QueueTime(due),
        last: Some(attempt()),
    }
}

fn attempt() -> Attempt {
    Attempt {
        at: 1_000_000_000,
        host: "mx.far.test".to_owned(),
        words: "450 4.2.0 Later".to_owned(),
    }
}
