//! Where a stranger's message goes: what is proven of its sender, what is attached, what blocklists say, and what each person wants.
//!
//! ```text
//! verdict     the facts weighed for one person: INBOX, Junk, refused     evidence  the facts gathered
//! note        the decision as `why` and the header tell it               blocklists  DNS blocklists
//! rejects     copies of what was refused, for a while                    put         what the deed writes of it
//! memory      what a person has taught: their junk table, senders' reputations, whom they wrote to
//! learn       what they do with their mail, learned behind it                sender      who sent it, as it was noted
//! ```
//!
//! Promises: everything is read before the deed, and nothing of it waits but the blocklists, which are asked beside who sent it and no longer than five seconds; the deed writes a note and
//! syncs nothing by itself. Whatever fails here, the mail goes to the INBOX. Nothing is delayed to see whether a stranger comes back (greylisting): that eats log-in codes (users.md F25).
//! A sender who writes for the first time is marked with the keyword [`FIRST_TIME`]: programs that show keywords as labels show it, the others show the message as
//! any other; the field of the header says it too.

mod blocklists;
mod evidence;
pub(crate) mod learn;
pub(crate) mod memory;
mod note;
mod put;
mod rejects;
pub(crate) mod sender;
mod verdict;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use junk::Fact;
use mail::Message;
use smtp::Reply;
use smtp::server::Envelope;
use store::AccountId;

use crate::log;
use crate::receive::{Judged, Wish};
use crate::reception::Desk;
pub(crate) use blocklists::Blocklists;
use evidence::{Author, Common};
use note::{About, bare};
pub(crate) use put::{Placed, put};
pub(crate) use rejects::keep_small;
pub(crate) use verdict::Mailbox;
use verdict::{Verdict, agree, common, unknown, verdict};

pub(crate) use blocklists::ZONES_MAX as BLOCKLISTS_MAX;
pub(crate) use note::{FIELD, Note, signed, tenths};
pub(crate) use rejects::DAYS as REJECTS_DAYS;
#[cfg(test)]
pub(crate) use rejects::sweep as sweep_rejects;

/// The keyword of a sender's first message to a person.
pub(crate) const FIRST_TIME: &str = "FirstTimeSender";
/// The keyword of a message with an attachment that runs.
pub(crate) const DANGEROUS: &str = "DangerousAttachment";
/// Octets of a refused message of which a copy is kept: what people write, with a picture; whoever is refused may come again and again, and each copy is synced. What is larger and certainly unwanted goes to Junk instead.
const COPY_MAX: u64 = 1 << 20;
/// The same of what is refused for its domain's word: a letter without pictures.
const FORGED_COPY_MAX: u64 = 64 * 1024;
/// What talking before it is one's turn weighs: mail servers wait for the greeting.
const HASTE: i32 = 20;

/// A stranger's message on arrival.
pub(crate) struct Stranger<'a> {
    pub(crate) envelope: &'a Envelope,
    /// As parsed, Authentication-Results and Received of ours on top; Return-Path is not there yet.
    pub(crate) message: &'a Message,
    /// Its name in our Received field and in the log.
    pub(crate) id: &'a str,
    /// Unix seconds.
    pub(crate) now: i64,
    /// Who sent it; `None`: that is not found out here.
    pub(crate) judged: Option<&'a Judged>,
    /// Blocklists that list the client.
    pub(crate) lists: &'a [String],
    /// Everybody of the house whom it is for, each once, and what follows for them from who sent it; empty if it only goes on from an alias.
    pub(crate) people: &'a [(AccountId, Wish)],
    /// It goes on to somebody outside as well.
    pub(crate) goes_on: bool,
    /// Why something follows, as a sentence without its full stop; empty if nothing does.
    pub(crate) reason: &'a str,
    /// Reads the octets of `message`.
    pub(crate) read: &'a (dyn Fn(u64, &mut [u8]) -> std::io::Result<usize> + Sync),
}

/// Where it goes.
#[derive(Default)]
pub(crate) struct Placing {
    /// Who gets it where.
    pub(crate) places: Vec<Placed>,
    /// What the client is told instead of yes; then it goes on to nobody outside, and what `places` say is kept all the same.
    pub(crate) refuse: Option<Reply>,
    /// Fields to stand on top of the message, right below Return-Path, each with its CRLF.
    pub(crate) header: String,
}

/// Into everybody's INBOX: a message that nothing is to be found out about.
pub(crate) fn inboxes(people: &[AccountId]) -> Placing {
    Placing {
        places: people.iter().copied().map(Placed::inbox).collect(),
        ..Placing::default()
    }
}

/// Decides.
pub(crate) fn places(desk: &Desk, stranger: &Stranger<'_>) -> Placing {
    let author = Author::of(stranger.message, stranger.judged);
    let found = Common::of(stranger, &author);
    let mut verdicts: Vec<Verdict> = stranger
        .people
        .iter()
        .map(|(person, wish)| one(desk, stranger, &author, &found, (*person, *wish)))
        .collect();
    let refused = agree(
        &mut verdicts,
        stranger.goes_on && !is_refused_by_all(stranger),
    );
    let everybodys = stranger.people.len() != 1 || stranger.goes_on;
    let header = match verdicts.as_slice() {
        [only] if !everybodys => note::field(only, false),
        _ => {
            let (lists, suspect) = (found.lists(), suspect(stranger, Wish::Suspect));
            let told = common(&found.dangers, &lists, suspect, &found.facts);
            note::field(&told, true)
        }
    };
    let about = about(stranger, &author);
    let people = stranger.people.iter().zip(&verdicts);
    let places = people
        .filter(|(_, verdict)| verdict.mailbox != Mailbox::Rejects || is_kept(stranger))
        .filter(|((person, _), _)| !(refused && came_before(desk, *person, &about)))
        .map(|((person, _), verdict)| Placed::of(*person, verdict, &about, &author))
        .collect();
    Placing {
        places,
        refuse: refused.then(|| refusal(stranger)),
        header,
    }
}

/// What follows for one person. What cannot be found out does not count.
fn one(
    desk: &Desk,
    stranger: &Stranger<'_>,
    author: &Author,
    found: &Common,
    (person, wish): (AccountId, Wish),
) -> Verdict {
    let suspect = suspect(stranger, wish);
    let lists = found.lists();
    let gathered = evidence::of_person(desk, stranger, author, person);
    let mut judged = match gathered {
        Ok(mut evidence) => {
            evidence.dangers = &found.dangers;
            evidence.lists = &lists;
            verdict(&evidence, suspect, &found.facts)
        }
        Err(error) => {
            log::error(0, format_args!("judging {}: {error}", stranger.id));
            unknown(suspect)
        }
    };
    // What a person's table says may be wrong: it is refused only where the owner wants that, a copy is kept, and nobody stands between who would be hurt.
    let refuses = desk.refuses && has_room(stranger, COPY_MAX) && evidence::is_straight(stranger);
    if judged.mailbox == Mailbox::Rejects && !refuses {
        judged.mailbox = Mailbox::Junk;
    }
    if wish == Wish::Refuse {
        judged.mailbox = Mailbox::Rejects;
    }
    judged
}

fn suspect<'a>(stranger: &Stranger<'a>, wish: Wish) -> Option<&'a str> {
    Some(stranger.reason).filter(|reason| wish != Wish::Nothing && !reason.is_empty())
}

/// Whether a copy is kept of what is refused. What its domain has refused anybody can make come, as often as they like: of that the small ones alone.
fn is_kept(stranger: &Stranger<'_>) -> bool {
    match is_refused_by_all(stranger) {
        true => has_room(stranger, FORGED_COPY_MAX),
        false => has_room(stranger, COPY_MAX),
    }
}

fn has_room(stranger: &Stranger<'_>, most: u64) -> bool {
    stranger.message.size <= most
}

fn came_before(desk: &Desk, person: AccountId, about: &About) -> bool {
    let read = desk.store.read();
    let found =
        read.and_then(|read| rejects::came_before(&read, person, about.known_by, about.time));
    found.unwrap_or(false)
}

/// Who sent it decides alone, and for everybody, whom it would go on to outside too.
fn is_refused_by_all(stranger: &Stranger<'_>) -> bool {
    let people = stranger.people;
    !people.is_empty() && people.iter().all(|(_, wish)| *wish == Wish::Refuse)
}

/// What the client is told.
fn refusal(stranger: &Stranger<'_>) -> Reply {
    match stranger.judged.filter(|_| is_refused_by_all(stranger)) {
        Some(judged) => judged.refusal(stranger.reason),
        None => Reply::new(
            550,
            (5, 7, 1),
            "Refused as unwanted mail. Whoever wrote it to somebody they know should reach them in another way and ask them to look for it",
        ),
    }
}

/// What a note says of the message.
fn about(stranger: &Stranger<'_>, author: &Author) -> About {
    let envelope = stranger
        .message
        .part(0)
        .and_then(|root| root.envelope.as_deref());
    let text = |octets: Option<&Vec<u8>>| {
        octets.map_or(String::new(), |octets| {
            String::from_utf8_lossy(octets).into_owned()
        })
    };
    let message_id = text(envelope.and_then(|envelope| envelope.message_id.as_ref()));
    let mut hasher = DefaultHasher::new();
    message_id.hash(&mut hasher);
    if message_id.is_empty() {
        envelope
            .map(|envelope| (&envelope.date, &envelope.subject))
            .hash(&mut hasher);
        author.address().hash(&mut hasher);
    }
    let path = stranger.envelope.reverse_path.as_ref();
    path.map(ToString::to_string).hash(&mut hasher);
    About {
        time: stranger.now,
        message_id: bare(&message_id).to_owned(),
        id: stranger.id.to_owned(),
        from: author.address().unwrap_or_default().to_owned(),
        known_by: hasher.finish(),
    }
}

/// A fact that weighs nothing, or little.
fn fact(weight: i32, words: impl Into<String>) -> Fact {
    Fact {
        words: words.into(),
        weight,
    }
}
