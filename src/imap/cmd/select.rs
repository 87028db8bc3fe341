//! SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3; RFC 3501 §6.3.1).
//!
//! A rev1 client hears RECENT and the first UNSEEN; a rev2 client hears the mailbox's name instead. HIGHESTMODSEQ has its place behind
//! UIDNEXT when CONDSTORE comes.

use ::store::{Flags, Read, Rights, Uid};

use crate::cmd::flags::{self, Names};
use crate::cmd::{access, list};
use crate::code::Code;
use crate::command::Select;
use crate::deed::{Done, Known, Next, Turn, Verb, World};
use crate::print;
use crate::view::View;

/// SELECT or EXAMINE.
pub(super) fn verb(select: Select) -> Box<dyn Verb<Known>> {
    super::verb(move |world, known: &mut Known, out| {
        let place = access::existing(world, known, &select.mailbox, Rights::READ)?;
        let mailbox = &place.mailbox;
        let mut view = View::new(world.store, known.account, mailbox.id, select.read_only)?;
        let mut names = Names::default();
        let names = names.read(world.tx, known.account)?;
        view.told.keywords = names.len();

        flags::print_all(names, out);
        untagged(view.exists(), b"EXISTS", out);
        if !known.dialect.rev2 {
            untagged(view.recent(), b"RECENT", out);
            if let Some(first) = first_unseen(world, &view)? {
                code(&Code::Unseen(first), b"First unseen", out);
            }
        }
        code(&Code::UidValidity(view.uid_validity), b"UIDs valid", out);
        code(&Code::UidNext(view.uid_next), b"Next UID", out);
        flags::print_permanent(names, view.read_only, out);
        if known.dialect.rev2 {
            list::print_selected(&place, place.is_own(known), out);
        }
        let done = if view.read_only {
            Done::with(Code::ReadOnly, "EXAMINE completed")
        } else {
            Done::with(Code::ReadWrite, "SELECT completed")
        };
        Ok(Turn::Done(done.then(Next::Open(Box::new(view)))))
    })
}

/// The sequence number of the first message without \Seen.
fn first_unseen(world: &World<'_>, view: &View) -> ::store::Result<Option<u32>> {
    if world.tx.counters(view.mailbox)?.unseen == 0 {
        return Ok(None);
    }
    let mut first = None;
    world
        .tx
        .entries(view.mailbox, 1..=Uid::MAX, &mut |uid, entry| {
            if !entry.flags.contains(Flags::SEEN) {
                first = view.uids.sequence(uid);
            }
            first.is_none()
        })?;
    Ok(first)
}

fn untagged(number: u32, word: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ");
    print::number(number.into(), out);
    out.push(b' ');
    out.extend_from_slice(word);
    out.extend_from_slice(b"\r\n");
}

/// Prints an untagged OK with a response code.
pub(super) fn code(code: &Code, text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"* OK [");
    code.print(out);
    out.extend_from_slice(b"] ");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}
