//! How all that a store keeps looks to a reader: equal after equal deeds, whatever the clock said and however commits were grouped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use store::{About, Flags, Gid, MailboxId, Read, Store};

/// Octets after which a body says again where it is; less than a chunk of the store.
const STRETCH: usize = 2000;

/// What was seen.
#[derive(Default)]
pub(crate) struct Sight {
    /// Everything but UIDVALIDITY, which follows the clock.
    pub(crate) text: String,
    /// UIDVALIDITY by account and mailbox number.
    pub(crate) validities: BTreeMap<(u32, u32), u32>,
    /// Octets of each message, by its global number.
    pub(crate) messages: BTreeMap<u64, u32>,
    /// Numbers of the people.
    pub(crate) accounts: Vec<u32>,
}

/// UIDVALIDITY alone, by account and mailbox number.
pub(crate) fn validities(store: &Store) -> store::Result<BTreeMap<(u32, u32), u32>> {
    let tx = store.read()?;
    let mut validities = BTreeMap::new();
    for account in tx.accounts()? {
        for mailbox in tx.mailboxes(account.id)? {
            if mailbox.selectable {
                let validity = tx.counters(mailbox.id)?.uid_validity;
                validities.insert((account.id.0, mailbox.id.number), validity);
            }
        }
    }
    Ok(validities)
}

/// Looks at everything; an error if something cannot be read, or a body is not the one that was delivered.
pub(crate) fn look(store: &Store) -> Result<Sight, String> {
    see(store)
        .map_err(|error| format!("cannot be read: {error}"))
        .and_then(|seen| seen)
}

fn see(store: &Store) -> store::Result<Result<Sight, String>> {
    let tx = store.read()?;
    let mut sight = Sight::default();
    for account in tx.accounts()? {
        let id = account.id;
        sight.accounts.push(id.0);
        let (credentials, usage) = (tx.credentials(id)?, tx.usage(id)?);
        let _ = writeln!(
            sight.text,
            "{} {} {:?} {:?} {usage:?} subscribed {:?} keywords {:?}",
            id.0,
            account.address,
            account.quota,
            credentials.password,
            tx.subscriptions(id)?,
            tx.keywords(id)?
        );
        for mailbox in tx.mailboxes(id)? {
            let _ = write!(
                sight.text,
                "  {:?} {} {:?} {}",
                mailbox.name, mailbox.id.number, mailbox.special_use, mailbox.selectable
            );
            if mailbox.selectable
                && let Err(why) = mailbox_of(&tx, mailbox.id, &mut sight)?
            {
                return Ok(Err(format!("{}: {why}", mailbox.name)));
            }
            sight.text.push('\n');
        }
    }
    let _ = writeln!(sight.text, "aliases {:?}", tx.aliases()?);
    Ok(queue(&tx, &mut sight)?.map(|()| sight))
}

/// Letters that wait, with all that is known of them.
fn queue(tx: &impl Read, sight: &mut Sight) -> store::Result<Result<(), String>> {
    let (counts, clock) = (tx.queue_counts()?, tx.queue_clock()?);
    let _ = writeln!(sight.text, "queue {counts:?} {clock:?}");
    for letter in tx.queue_letters(None, usize::MAX)? {
        let number = match message(tx, letter.gid)? {
            Ok(number) => number,
            Err(why) => return Ok(Err(format!("letter {}: {why}", letter.id))),
        };
        sight.messages.insert(letter.gid.0, letter.size);
        let rows = tx.rows(letter.id)?;
        let _ = writeln!(sight.text, "  {number} {letter:?} {rows:?}");
    }
    Ok(Ok(()))
}

fn mailbox_of(
    tx: &impl Read,
    id: MailboxId,
    sight: &mut Sight,
) -> store::Result<Result<(), String>> {
    let counters = tx.counters(id)?;
    sight
        .validities
        .insert((id.account.0, id.number), counters.uid_validity);
    let _ = write!(
        sight.text,
        " next {} modseq {} messages {} unseen {} deleted {} size {} expunged {:?}:",
        counters.uid_next,
        counters.highest_modseq,
        counters.messages,
        counters.unseen,
        counters.deleted,
        counters.size,
        tx.expunged_since(id, 0)?
    );
    let mut entries = Vec::new();
    tx.entries(id, 1..=u32::MAX, &mut |uid, entry| {
        entries.push((uid, *entry));
        true
    })?;
    for (uid, entry) in entries {
        let number = match message(tx, entry.gid)? {
            Ok(number) => number,
            Err(why) => return Ok(Err(format!("UID {uid}: {why}"))),
        };
        let Flags(flags) = entry.flags;
        sight.messages.insert(entry.gid.0, entry.size);
        let _ = write!(
            sight.text,
            " {uid}/{}/{}/{flags}/{}/{number}",
            entry.gid.0, entry.modseq, entry.size
        );
    }
    shared(tx, id, sight)?;
    Ok(Ok(()))
}

/// Who else sees the mailbox, and how.
fn shared(tx: &impl Read, id: MailboxId, sight: &mut Sight) -> store::Result<()> {
    let about = About::Mailbox(id);
    let (acl, notes) = (tx.acl(id)?, tx.metadata_all(about, None)?);
    let _ = write!(sight.text, " shared {acl:?} {notes:?}");
    for other in tx.accounts()? {
        let other = other.id;
        let unseen = tx.counters_for(other, id)?.unseen;
        let notes = tx.metadata_all(about, Some(other))?;
        let key = tx.mailbox_key(other, id)?.is_some();
        let _ = write!(sight.text, " {}: {unseen} {notes:?} {key:?}", other.0);
        tx.entries_for(other, id, 1..=u32::MAX, &mut |uid, entry| {
            let Flags(flags) = entry.flags;
            let _ = write!(sight.text, " {uid}/{}/{flags}", entry.modseq);
            true
        })?;
    }
    Ok(())
}

/// The number of a message; an error if it is not whole.
fn message(tx: &impl Read, gid: Gid) -> store::Result<Result<u32, String>> {
    let (head, record) = tx.record(gid)?;
    let number = record
        .first_chunk()
        .map_or(0, |number| u32::from_be_bytes(*number));
    let mut body = Vec::with_capacity(head.size as usize);
    loop {
        match tx.body(gid, body.len() as u64)? {
            [] => break,
            piece => body.extend_from_slice(piece),
        }
    }
    let whole = body == text(number, head.size as usize) && record == self::record(number);
    Ok(if whole {
        Ok(number)
    } else {
        Err(format!("message {number} is not whole"))
    })
}

/// The octets of message `number`; no stretch of them stands anywhere else.
pub(crate) fn text(number: u32, size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + STRETCH);
    while text.len() < size {
        let place = text.len();
        text.extend_from_slice(format!("message {number} at {place} ").as_bytes());
        text.resize(place + STRETCH, b'a' + (number % 26) as u8);
    }
    text.truncate(size);
    text
}

/// What stands behind the head of message `number`'s index record.
pub(crate) fn record(number: u32) -> Vec<u8> {
    let mut record = number.to_be_bytes().to_vec();
    record.resize(200 + (number % 7) as usize * 100, number as u8);
    record
}
