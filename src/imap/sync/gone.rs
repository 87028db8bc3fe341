//! Messages that others have expunged: EXPUNGE, or VANISHED for who has enabled QRESYNC or UIDONLY.

use store::{ModSeq, Read, Uid};

use crate::deed::{Dialect, World};
use crate::print;
use crate::view::{Ranges, View};

/// Messages told in one piece: 4,096 EXPUNGE responses are 64 KiB.
const PIECE: usize = 4_096;
/// Ranges in one VANISHED response: a line of 8 KB at most (RFC 7162 §4).
pub(crate) const LINE: usize = 350;

/// Tells of what is gone; whether there is more of it than fits.
pub(super) fn tell(
    world: &World<'_>,
    view: &mut View,
    dialect: Dialect,
    highest: ModSeq,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let mut gone = match world.tx.expunged_since(view.mailbox, view.told.expunges)? {
        Some(gone) => gone,
        None => missing(world, view)?,
    };
    gone.retain(|uid| view.uids.sequence(*uid).is_some());
    gone.sort_unstable();
    gone.dedup();
    let more = gone.len() > PIECE;
    gone.truncate(PIECE);
    say(view, dialect, &gone, out);
    if !more {
        view.told_expunges(highest);
    }
    Ok(more)
}

/// The mailbox is no more: all its messages are gone. Whether there is more to tell.
pub(super) fn all(view: &mut View, dialect: Dialect, out: &mut Vec<u8>) -> bool {
    let mut gone = Vec::new();
    let mut next = view.uids.next(1);
    while let Some(uid) = next.filter(|_| gone.len() < PIECE) {
        gone.push(uid);
        next = uid.checked_add(1).and_then(|next| view.uids.next(next));
    }
    say(view, dialect, &gone, out);
    !view.uids.is_empty()
}

/// The log does not reach back: compares with what is there.
fn missing(world: &World<'_>, view: &View) -> store::Result<Vec<Uid>> {
    let mut gone = Vec::new();
    let mut expected = view.uids.next(1);
    world
        .tx
        .entries(view.mailbox, 1..=Uid::MAX, &mut |uid, _| {
            while let Some(missing) = expected.filter(|expected| *expected < uid) {
                gone.push(missing);
                expected = view.uids.next(missing.saturating_add(1));
            }
            if expected == Some(uid) {
                expected = uid.checked_add(1).and_then(|next| view.uids.next(next));
            }
            expected.is_some()
        })?;
    while let Some(missing) = expected {
        gone.push(missing);
        expected = missing.checked_add(1).and_then(|next| view.uids.next(next));
    }
    Ok(gone)
}

/// Tells of messages (ascending) and takes them out of the view.
fn say(view: &mut View, dialect: Dialect, gone: &[Uid], out: &mut Vec<u8>) {
    if gone.is_empty() {
        return;
    }
    if dialect.vanished() {
        vanished(&ranges(gone.iter().copied()), false, out);
        view.told.vanished = true;
        return view.remove(gone, |_| {});
    }
    view.remove(gone, |number| {
        out.extend_from_slice(b"* ");
        print::number(u64::from(number), out);
        out.extend_from_slice(b" EXPUNGE\r\n");
    });
}

/// Numbers that ascend as ranges.
pub(crate) fn ranges(numbers: impl IntoIterator<Item = u32>) -> Ranges {
    let mut ranges = Ranges::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

/// ```abnf
/// expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids   ; RFC 7162 §7
/// ```
pub(crate) fn vanished(gone: &[(Uid, Uid)], earlier: bool, out: &mut Vec<u8>) {
    for line in gone.chunks(LINE) {
        out.extend_from_slice(if earlier {
            b"* VANISHED (EARLIER) "
        } else {
            b"* VANISHED "
        });
        print::ranges(line, out);
        out.extend_from_slice(b"\r\n");
    }
}
