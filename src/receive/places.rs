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
use crate::wanted::{self, Placing, Stranger};

/// What follows from who sent it: for each person, and why. `Err`: it goes on from an alias only, and is refused.
#[allow(clippy::type_complexity, reason = "a list and its reason")]
fn wishes(
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

/// Asks for everybody. `Err`: refused, and kept for nobody. `known`: who sent it, as far as that is found out, and the blocklists that list the client; `name`: the session,
/// the message's name, and the time.
pub(super) fn ask(
    desk: &Desk,
    known: (Option<&Judged>, &[String]),
    (envelope, message, (trace, spool)): (&Envelope, &Message, (&str, &Spool)),
    ways: &Ways,
    (session, id, now): (u64, &str, i64),
) -> Result<Placing, Reply> {
    let read = |at: u64, room: &mut [u8]| -> io::Result<usize> {
        let above = usize::try_from(at)
            .ok()
            .and_then(|at| trace.as_bytes().get(at..));
        match above.filter(|above| !above.is_empty()) {
            Some(mut above) => io::Read::read(&mut above, room),
            None => read_spool(spool, at.saturating_sub(trace.len() as u64), room),
        }
    };
    let (judged, lists) = known;
    let (people, reason) = match judged {
        Some(judged) => wishes(desk, judged, ways)?,
        None => {
            let people = ways.people.iter().map(|person| (*person, Wish::Nothing));
            (people.collect(), String::new())
        }
    };
    let stranger = Stranger {
        envelope,
        message,
        id,
        now,
        judged,
        lists,
        people: &people,
        goes_on: ways.goes_on(),
        reason: &reason,
        read: &read,
    };
    let placing = wanted::places(desk, &stranger);
    if let Some(refusal) = &placing.refuse {
        log::info(session, format_args!("refused {id}: {}", refusal.text()));
        if placing.places.is_empty() {
            return Err(refusal.clone());
        }
    }
    Ok(placing)
}
