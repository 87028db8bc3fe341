//! What the deed writes of a decision: the mailbox, made if it is missing, the keywords, the note.

use store::{AccountId, Flags, MailboxId, Read as _, SpecialUse, WriteTx};

use super::evidence::Author;
use super::memory::note_sender;
use super::note::{About, Note};
use super::rejects;
use super::verdict::{Mailbox, Verdict};
use super::{DANGEROUS, FIRST_TIME};

/// Seconds.
const DAY: i64 = 24 * 60 * 60;

/// Where a message goes for one person.
pub(crate) struct Placed {
    pub(crate) person: AccountId,
    mailbox: Mailbox,
    keywords: Vec<&'static str>,
    note: Option<Vec<u8>>,
    /// Whoever writes to them for the first time, and the day.
    first: Option<(Author, u32)>,
}

impl Placed {
    /// Whether it lies where new mail is looked for.
    pub(crate) fn is_in_the_inbox(&self) -> bool {
        self.mailbox == Mailbox::Inbox
    }

    /// Into the INBOX, undecided.
    pub(super) fn inbox(person: AccountId) -> Placed {
        Placed {
            person,
            mailbox: Mailbox::Inbox,
            keywords: Vec::new(),
            note: None,
            first: None,
        }
    }

    pub(super) fn of(
        person: AccountId,
        verdict: &Verdict,
        about: &About,
        author: &Author,
    ) -> Placed {
        let day = u32::try_from(about.time.div_euclid(DAY)).unwrap_or(0);
        let keywords = [
            (
                verdict.first && verdict.mailbox != Mailbox::Rejects,
                FIRST_TIME,
            ),
            (verdict.dangerous, DANGEROUS),
        ];
        Placed {
            person,
            mailbox: verdict.mailbox,
            keywords: keywords
                .into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, name)| name)
                .collect(),
            note: Note::of(about, verdict).write(),
            // Who has only ever come to Junk stays a stranger.
            first: Some((author.clone(), day))
                .filter(|_| verdict.first && verdict.mailbox == Mailbox::Inbox),
        }
    }
}

/// Which mailbox gets it, with which flags, noted; `None`: the person is gone. `size`: octets.
///
/// # Errors
/// Those of the store. What a full table of keywords or mailboxes stands in the way of is left out.
pub(crate) fn put(
    tx: &mut WriteTx<'_>,
    placed: &Placed,
    size: u64,
) -> store::Result<Option<(MailboxId, Flags)>> {
    let person = placed.person;
    let Some(inbox) = tx.mailbox_by_name(person, "INBOX")? else {
        return Ok(None);
    };
    let (mailbox, mut flags) = match placed.mailbox {
        Mailbox::Inbox => (inbox.id, Flags::default()),
        Mailbox::Junk => (junk(tx, person, inbox.id)?, Flags::default()),
        Mailbox::Rejects => match rejects::place(tx, person, size) {
            Ok(place) => place,
            Err(store::Error::NotAllowed(_) | store::Error::TooManyKeywords) => {
                (junk(tx, person, inbox.id)?, Flags::default())
            }
            Err(error) => return Err(error),
        },
    };
    for name in &placed.keywords {
        match tx.intern_keyword(person, name) {
            Ok(keyword) => flags = flags.union(keyword),
            Err(store::Error::TooManyKeywords) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some((author, day)) = &placed.first {
        note_sender(tx, person, &author.sender(), *day)?;
    }
    if let Some(note) = &placed.note {
        tx.note_judgement(person, note)?;
    }
    Ok(Some((mailbox, flags)))
}

/// Junk; one that was deleted is made again, and where none can be made it is the INBOX.
fn junk(tx: &mut WriteTx<'_>, person: AccountId, inbox: MailboxId) -> store::Result<MailboxId> {
    if let Some(junk) = tx.special(person, SpecialUse::Junk)? {
        return Ok(junk.id);
    }
    match tx.create_mailbox(person, "Junk", Some(SpecialUse::Junk)) {
        Ok(junk) => Ok(junk),
        // One of that name is there and was told to be something else.
        Err(store::Error::Exists) => {
            let named = tx.mailbox_by_name(person, "Junk")?;
            Ok(named.map_or(inbox, |named| named.id))
        }
        Err(store::Error::NotAllowed(_)) => Ok(inbox),
        Err(error) => Err(error),
    }
}
