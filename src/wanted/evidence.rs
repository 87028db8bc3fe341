//! The facts of a message: what is the same for everybody, and what each person has taught.

use junk::limits::HEADER_MAX;
use junk::reputation::Sender;
use junk::{Danger, Evidence, Fact, Table as _};
use mail::header::fields;
use mail::{Address, Message};
use msgauth::arc::ArcResult;
use msgauth::suffix::organizational_domain;
use store::AccountId;

use super::blocklists::WEIGHING_MAX;
use super::memory::Memory;
use super::sender::Origin;
use super::{HASTE, Stranger, fact};
use crate::log;
use crate::receive::{Judged, Noted};
use crate::reception::Desk;

/// Who wrote it, by its header, and whether that is proven.
#[derive(Clone, Default, Debug)]
pub(super) struct Author {
    origin: Origin,
    /// The organizational domain, proven or not.
    domain: Option<String>,
}

impl Author {
    pub(super) fn of(message: &Message, judged: Option<&Judged>) -> Author {
        let noted = judged.map(|judged| Noted::read(&judged.note()));
        let written = judged
            .map(Judged::author_domain)
            .filter(|name| !name.is_empty());
        Author {
            origin: Origin::of(message, &noted.unwrap_or_default()),
            domain: written.map(|name| organizational_domain(name).to_owned()),
        }
    }

    /// The one From address; `None`: there is none, or several.
    pub(super) fn address(&self) -> Option<&str> {
        self.origin.address.as_deref()
    }

    /// As a person's marks know it.
    pub(super) fn sender(&self) -> Sender<'_> {
        self.origin.sender()
    }
}

/// What is the same for everybody.
pub(super) struct Common {
    pub(super) dangers: Vec<Danger>,
    lists: Vec<String>,
    /// In plain words, with what they weigh.
    pub(super) facts: Vec<Fact>,
}

impl Common {
    pub(super) fn of(stranger: &Stranger<'_>, author: &Author) -> Common {
        let mut read = |at: u64, room: &mut [u8]| (stranger.read)(at, room);
        let dangers = junk::dangers(stranger.message, &mut read).unwrap_or_else(|error| {
            log::error(0, format_args!("judging {}: {error}", stranger.id));
            Vec::new()
        });
        let mut facts = Vec::new();
        if stranger.judged.is_some() {
            facts.push(match (author.sender().proven, &author.domain) {
                (true, Some(domain)) => fact(0, format!("it is proven to be from {domain}")),
                (_, Some(domain)) => fact(0, format!("nothing proves that it is from {domain}")),
                (_, None) => fact(0, "it names no author that could be proven"),
            });
        }
        let haste = &stranger.envelope.haste;
        if haste.before_greeting {
            facts.push(fact(HASTE, "its server talked before it was greeted"));
        } else if haste.before_reply {
            facts.push(fact(
                HASTE / 2,
                "its server did not wait for answers that it had to wait for",
            ));
        }
        Common {
            dangers,
            lists: stranger.lists.iter().take(WEIGHING_MAX).cloned().collect(),
            facts,
        }
    }

    pub(super) fn lists(&self) -> Vec<&str> {
        self.lists.iter().map(String::as_str).collect()
    }
}

/// Whether it comes straight from its author's hosts. A refusal hits whoever hands the message over: a list that is refused unsubscribes the person after a while, and
/// a forwarder stops forwarding, or tells somebody whose address was misused.
pub(super) fn is_straight(stranger: &Stranger<'_>) -> bool {
    let Some(judged) = stranger.judged else {
        return false;
    };
    let path = stranger.envelope.reverse_path.as_ref();
    let path = path.and_then(|path| mail::idna::to_ascii(path.domain()));
    let author = organizational_domain(judged.author_domain());
    let is_authors = path.is_some_and(|path| organizational_domain(&path) == author);
    let arc = judged.verdicts.arc.as_ref();
    let is_sealed = arc.is_some_and(|arc| arc.result == ArcResult::Pass);
    is_authors && !is_sealed && !is_of_a_list(stranger)
}

/// Whether a mailing list says that it is its (RFC 2919, RFC 2369); a header that cannot be read may be.
fn is_of_a_list(stranger: &Stranger<'_>) -> bool {
    let Some(root) = stranger.message.part(0) else {
        return true;
    };
    let octets = root.header.end.min(HEADER_MAX as u64);
    let mut header = vec![0; usize::try_from(octets).unwrap_or(HEADER_MAX)];
    let mut filled = 0;
    while let Some(room) = header.get_mut(filled..).filter(|room| !room.is_empty()) {
        match (stranger.read)(filled as u64, room) {
            Ok(0) | Err(_) => return true,
            Ok(count) => filled += count,
        }
    }
    fields(&header).any(|field| field.is("list-id") || field.is("list-post"))
}

/// What one person has taught of such a message.
pub(super) fn of_person(
    desk: &Desk,
    stranger: &Stranger<'_>,
    author: &Author,
    person: AccountId,
) -> store::Result<Evidence<'static>> {
    let read = desk.store.read()?;
    let memory = Memory::new(&read, person)?;
    let sender = author.sender();
    let mut evidence = Evidence {
        records: memory.reputation(&sender)?,
        ..Evidence::default()
    };
    // A row without marks says that they have written, and nothing of how it was liked.
    // Who names nobody cannot be known, and is no newcomer either.
    evidence.known = author.address().is_none() || memory.has_written(&sender)?;
    if let Some(address) = author
        .address()
        .and_then(|address| Address::parse(address).ok())
    {
        let wrote = memory.wrote_to(&address)?.is_some();
        evidence.known |= wrote;
        evidence.correspondent = wrote && sender.proven;
    }
    let marks = memory.head()?.marks;
    evidence.score.marks = marks;
    // Below this the words say nothing, and need not be read.
    if marks.unwanted >= junk::ALIKE_MARKS {
        let mut octets = |at: u64, room: &mut [u8]| (stranger.read)(at, room);
        let tokens = junk::tokenize(stranger.message, &mut octets, memory.seed())?;
        evidence.score = junk::score(&memory, &tokens)?;
        // To name the words is to read the message once more, which is worth it for those that speak against it.
        if evidence.score.value > 0.0 {
            let clues = evidence.score.clues.iter();
            let mut cells: Vec<u32> = clues.map(|clue| clue.cell).collect();
            cells.sort_unstable();
            evidence.names = junk::spell(stranger.message, &mut octets, memory.seed(), &cells)?;
        }
    }
    Ok(evidence)
}
