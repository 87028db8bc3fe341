//! SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3; RFC 3501 §6.3.1).
//!
//! A rev1 client hears RECENT and the first UNSEEN; a rev2 client hears the mailbox's name instead. Who has enabled CONDSTORE hears
//! HIGHESTMODSEQ (RFC 7162 §3.1.2), and with QRESYNC what has changed since it was here (§3.2.5). All hear MAILBOXID (RFC 8474 §4.2).

mod resync;

use ::store::{Flags, Rights, Uid};

use crate::cmd::flags::{self, Names};
use crate::cmd::{access, list, status};
use crate::code::Code;
use crate::command::Select;
use crate::deed::{Done, Known, Next, No, Turn, Verb, World};
use crate::view::View;
use crate::{print, sync};
use resync::Resyncing;

/// Without one of these a mailbox is READ-ONLY (RFC 4314 §5.2). \Seen and keywords are each person's own, so that `s` and `w` are no
/// "shared flag rights"; PERMANENTFLAGS says what they allow all the same.
const CHANGING: Rights = Rights::INSERT
    .union(Rights::EXPUNGE)
    .union(Rights::DELETE_MESSAGES);

/// UIDs that are looked at in one go for the first unseen: 64 blocks of the store.
const UNSEEN_PIECE: Uid = if cfg!(test) { 4 } else { 1_024 };

/// SELECT or EXAMINE.
pub(super) fn verb(select: Select) -> Box<dyn Verb<Known>> {
    let mut resyncing = None;
    super::verb(move |world, known: &mut Known, out| {
        let mut doing = match resyncing.take() {
            Some(doing) => doing,
            None => {
                let view = open(world, known, &select, out)?;
                Resyncing::new(world, view, select.resync.as_ref())?
            }
        };
        if !doing.step(world, known.dialect, out)? {
            resyncing = Some(doing);
            return Ok(Turn::More);
        }
        let done = if doing.view.read_only {
            Done::with(Code::ReadOnly, "EXAMINE completed")
        } else if !doing.view.rights.intersects(CHANGING) {
            Done::with(
                Code::ReadOnly,
                "SELECT completed: only your own flags may change",
            )
        } else {
            Done::with(Code::ReadWrite, "SELECT completed")
        };
        Ok(Turn::Done(done.then(Next::Open(doing.view))))
    })
}

/// Opens the mailbox and prints what a client is told of it.
fn open(
    world: &World<'_>,
    known: &mut Known,
    select: &Select,
    out: &mut Vec<u8>,
) -> Result<View, No> {
    let place = access::existing(world, known, &select.mailbox, Rights::READ)?;
    let mailbox = &place.mailbox;
    if select.condstore || select.resync.is_some() {
        known.dialect.enable_condstore();
    }
    let dialect = known.dialect;
    let mut view = View::new(world.store, known.account, mailbox.id, select.read_only)?;
    let mut names = Names::default();
    let names = names.read(world.tx, view.viewer)?;
    view.told.keywords = names.len();

    flags::print_all(names, out);
    untagged(view.exists(), b"EXISTS", out);
    if !dialect.rev2 {
        untagged(view.recent(), b"RECENT", out);
        // A number, which UIDONLY forbids (RFC 9586 §3).
        if let Some(first) = first_unseen(world, &view)?.filter(|_| !dialect.uid_only) {
            code(&Code::Unseen(first), b"First unseen", out);
        }
    }
    code(&Code::UidValidity(view.uid_validity), b"UIDs valid", out);
    code(&Code::UidNext(view.uid_next), b"Next UID", out);
    let id = status::mailbox_id(mailbox.id);
    code(&Code::MailboxId(id), b"The same after a RENAME", out);
    if dialect.condstore {
        view.told.modseq = true;
        let modseq = sync::modseq::safe(&view);
        code(&Code::HighestModSeq(modseq), b"Highest", out);
    }
    code(&Code::UrlMech, b"How URLs are authorized", out);
    flags::print_permanent(names, view.permanent(), out);
    if dialect.rev2 {
        list::print_selected(&place, place.is_own(known), out);
    }
    Ok(view)
}

/// The sequence number of the first message without \Seen. Looked for from both ends, a piece here and a piece there: what is unread has mostly
/// just come, and from the end it is found once as many have been met as there are.
fn first_unseen(world: &World<'_>, view: &View) -> ::store::Result<Option<u32>> {
    let mut left = view.counters(world.tx)?.unseen;
    let (mut low, mut high) = (1, view.uid_next.saturating_sub(1));
    let mut found = None;
    while left > 0 && low <= high {
        let end = low.saturating_add(UNSEEN_PIECE - 1).min(high);
        let mut first = None;
        view.entries(world.tx, low..=end, &mut |uid, entry| {
            if !entry.flags.contains(Flags::SEEN) {
                first = Some(uid);
            }
            first.is_none()
        })?;
        if first.is_some() {
            found = first;
            break;
        }
        low = end.saturating_add(1);
        if low > high {
            break;
        }
        let begin = high.saturating_sub(UNSEEN_PIECE - 1).max(low);
        let mut first = None;
        view.entries(world.tx, begin..=high, &mut |uid, entry| {
            if !entry.flags.contains(Flags::SEEN) {
                first.get_or_insert(uid);
                left = left.saturating_sub(1);
            }
            true
        })?;
        found = first.or(found);
        high = begin.saturating_sub(1);
    }
    Ok(found.and_then(|uid| view.uids.sequence(uid)))
}

fn untagged(number: u32, word: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ");
    print::number(number.into(), out);
    out.push(b' ');
    out.extend_from_slice(word);
    out.extend_from_slice(b"\r\n");
}

/// Prints an untagged OK with a response code.
pub(crate) fn code(code: &Code, text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"* OK [");
    code.print(out);
    out.extend_from_slice(b"] ");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
