//! For whom a stranger's message goes where: what its sender's domain wishes, unless a chain of seals explains it, and what each person wants.

use std::io;

use mail::Message;
use smtp::Reply;
use smtp::server::Envelope;
use store::{AccountId, Spool};

use super::judgement::{Judged, Wish};
use super::keep::read_spool;
use super::ways::Ways;
use crate::log;
use crate::reception::Desk;
use crate::wanted::{self, Mailbox, Placing, Stranger};

/// Into everybody's INBOX: a message that nothing is to be found out about.
pub(super) fn inboxes(people: &[AccountId]) -> Placing {
    let inbox = |person: &AccountId| (*person, Mailbox::Inbox);
    Placing {
        places: people.iter().map(inbox).collect(),
        ..Placing::default()
    }
}

/// What follows from who sent it: for each person, and why. `Err`: it goes on from an alias only, and is refused.
#[allow(clippy::type_complexity, reason = "a list and its reason")]
pub(super) fn wishes(
    desk: &Desk,
    judged: &Judged,
    ways: &Ways,
) -> Result<(Vec<(AccountId, Wish)>, String), Reply> {
    let (wish, reason) = judged.wish();
    if wish == Wish::Nothing {
        let people = ways.people.iter().map(|person| (*person, wish));
        return Ok((people.collect(), String::new()));
    }
    if ways.people.is_empty() && wish == Wish::Refuse && !judged.is_vouched_for(desk, None) {
        return Err(judged.refusal(&reason));
    }
    let of = |person: &AccountId| match judged.is_vouched_for(desk, Some(*person)) {
        true => (*person, Wish::Nothing),
        false => (*person, wish),
    };
    Ok((ways.people.iter().map(of).collect(), reason))
}

/// Asks for everybody. `Err`: refused, and kept for nobody.
pub(super) async fn ask(
    desk: &Desk,
    judged: &Judged,
    (envelope, message, spool): (&Envelope, &Message, &Spool),
    (people, reason): (&[(AccountId, Wish)], &str),
    (session, id): (u64, &str),
) -> Result<Placing, Reply> {
    let read = |at: u64, room: &mut [u8]| -> io::Result<usize> { read_spool(spool, at, room) };
    let stranger = Stranger {
        envelope,
        message,
        judged,
        people,
        reason,
        read: &read,
    };
    let placing = wanted::places(desk, &stranger).await;
    if let Some(refusal) = &placing.refuse {
        log::info(session, format_args!("refused {id}: {}", refusal.text()));
        if placing.places.is_empty() {
            return Err(refusal.clone());
        }
    }
    Ok(placing)
}
