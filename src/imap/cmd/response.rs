//! The FETCH response as every verb and [`crate::sync`] print it: its frame, and the one that tells of changed flags.
//!
//! Promises: under UIDONLY it is `* 7 UIDFETCH (...)`, never a message number (RFC 9586 §3); once CONDSTORE is on, what tells of a change
//! has UID and MODSEQ (RFC 7162 §3.2.4).

use ::store::{Entry, ModSeq, Read, Uid};

use crate::cmd::flags::Names;
use crate::deed::Dialect;
use crate::print;
use crate::view::View;

/// What a FETCH response that tells of a change has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// the UID, also where nothing else asks for it
    pub(crate) uid: bool,
    /// FLAGS
    pub(crate) flags: bool,
    /// MODSEQ, also where CONDSTORE is not on
    pub(crate) modseq: bool,
}

impl Parts {
    /// UID and FLAGS: what others have changed.
    pub(crate) const NEWS: Parts = Parts {
        uid: true,
        flags: true,
        modseq: false,
    };
}

/// Prints the front of the response up to its first item; that item's place, for [`space`].
pub(crate) fn begin(dialect: Dialect, number: u32, uid: Uid, out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(b"* ");
    if dialect.uid_only {
        print::number(uid.into(), out);
        out.extend_from_slice(b" UIDFETCH (");
    } else {
        print::number(number.into(), out);
        out.extend_from_slice(b" FETCH (");
    }
    out.len()
}

/// A space before every item but the first, which stands at `start`.
pub(crate) fn space(start: usize, out: &mut Vec<u8>) {
    if out.len() != start {
        out.push(b' ');
    }
}

/// Prints the UID item. Under UIDONLY the front has said it.
pub(crate) fn uid(dialect: Dialect, uid: Uid, start: usize, out: &mut Vec<u8>) {
    if !dialect.uid_only {
        space(start, out);
        out.extend_from_slice(b"UID ");
        print::number(uid.into(), out);
    }
}

/// ```abnf
/// fetch-mod-resp = "MODSEQ" SP "(" permsg-modsequence ")"
/// ```
pub(crate) fn modseq(modseq: ModSeq, out: &mut Vec<u8>) {
    out.extend_from_slice(b"MODSEQ (");
    print::number(modseq, out);
    out.push(b')');
}

/// Prints a whole response that tells of a message's flags, its modseq, or both.
#[allow(
    clippy::too_many_arguments,
    reason = "each says one thing, and two callers have them all at hand"
)]
pub(crate) fn change(
    tx: &impl Read,
    view: &View,
    dialect: Dialect,
    names: &mut Names,
    (number, uid_): (u32, Uid),
    entry: &Entry,
    parts: Parts,
    out: &mut Vec<u8>,
) -> ::store::Result<()> {
    let start = begin(dialect, number, uid_, out);
    if parts.uid || dialect.condstore {
        uid(dialect, uid_, start, out);
    }
    if parts.flags {
        space(start, out);
        let recent = !dialect.rev2 && view.is_recent(uid_);
        names.print_fetch(tx, view.viewer, entry.flags, recent, out)?;
    }
    if parts.modseq || dialect.condstore {
        space(start, out);
        modseq(entry.modseq, out);
    }
    out.extend_from_slice(b")\r\n");
    Ok(())
}
