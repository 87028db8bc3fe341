//! UIDBATCHES (RFC 10022): ranges of UIDs that cut the mailbox into batches of so many messages, the newest first.
//!
//! Promises: the ranges adjoin, from the largest UID down to 1, each but the last with exactly as many messages as asked for; any size and any
//! number of batches is answered, in pieces, because a batch is two look-ups in the view. `$` stays what it is.

use crate::command::UidBatches;
use crate::deed::{Done, Open, Turn, Verb};
use crate::print;

/// UIDBATCHES.
pub(super) fn verb(batches: UidBatches) -> Box<dyn Verb<Open>> {
    let size = batches.size.get();
    let (first, last) = batches
        .range
        .map_or((1, u32::MAX), |(first, last)| (first.get(), last.get()));
    let mut next = None;
    super::verb(move |world, open: &mut Open, out| {
        let uids = &open.view.uids;
        if next.is_none() {
            out.extend_from_slice(b"* UIDBATCHES (TAG \"");
            out.extend_from_slice(world.tag.as_bytes());
            out.extend_from_slice(b"\")");
        }
        // What batches before have left: as many messages, up to this UID.
        let mut batch = next.unwrap_or(first);
        while batch <= last {
            if out.len() >= world.limits.piece {
                next = Some(batch);
                return Ok(Turn::More);
            }
            // Message numbers, counted from the newest: (batch - 1) * size messages lie above.
            let above = u64::from(batch - 1).saturating_mul(u64::from(size));
            let Some(high) = u64::from(uids.len()).checked_sub(above).filter(|n| *n > 0) else {
                break;
            };
            let number = |n: u64| u32::try_from(n).ok().and_then(|n| uids.uid(n));
            // A batch goes up to just below the one before, and down to its own oldest message; the last goes down to 1.
            let top = match number(high.saturating_add(1)).filter(|_| above > 0) {
                Some(newer) => newer.saturating_sub(1),
                None => uids.last().unwrap_or(1),
            };
            let low = match high.checked_sub(u64::from(size)) {
                Some(below) if below > 0 => number(below.saturating_add(1)).unwrap_or(1),
                _ => 1,
            };
            out.push(if batch == first { b' ' } else { b',' });
            print::number(top.into(), out);
            out.push(b':');
            print::number(low.into(), out);
            batch = batch.saturating_add(1);
            if batch == u32::MAX {
                break;
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(Turn::Done(Done::ok("UIDBATCHES completed")))
    })
}
