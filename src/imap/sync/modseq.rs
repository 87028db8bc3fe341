//! HIGHESTMODSEQ: up to which change the client has been told of everything (RFC 7162 §3.1.2.1, §3.2).
//!
//! A client takes the highest MODSEQ that it has seen for what it knows. So where EXPUNGE or VANISHED is held back, it is told the
//! lower value that is true (§3.2, §6); where VANISHED has been told, which has no modseq, it is told the higher one.

use store::{ModSeq, Read};

use crate::cmd;
use crate::code::Code;
use crate::deed::{Open, World};
use crate::view::View;

/// What the client may take for its HIGHESTMODSEQ: it has been told of every change up to this.
pub(crate) fn safe(view: &View) -> ModSeq {
    view.told.flags.min(view.told.expunges)
}

/// The command in progress is the first that enables CONDSTORE (RFC 7162 §3.1): from here on every FETCH of a change has MODSEQ, and the client
/// is told at once from where it counts, unless SELECT has told it.
pub(crate) fn enable(open: &mut Open, out: &mut Vec<u8>) {
    open.known.dialect.enable_condstore();
    announce(&mut open.view, out);
}

fn announce(view: &mut View, out: &mut Vec<u8>) {
    if !view.told.modseq {
        view.told.modseq = true;
        say(safe(view), out);
    }
}

/// All news of a command have been told: what of HIGHESTMODSEQ is left to say. `held`: expunges may not be told now.
pub(super) fn finish(
    world: &World<'_>,
    open: &mut Open,
    held: bool,
    out: &mut Vec<u8>,
) -> store::Result<()> {
    let dialect = open.known.dialect;
    let view = &mut open.view;
    let told = std::mem::take(&mut view.told.vanished);
    let reply = std::mem::take(&mut view.told.in_reply);
    if !dialect.condstore {
        return Ok(());
    }
    announce(view, out);
    if held && view.told.expunges < view.told.flags {
        let waiting = world
            .tx
            .expunged_since(view.mailbox, view.told.expunges)
            .map(|gone| gone.is_none_or(|gone| !gone.is_empty()));
        match waiting {
            Ok(true) => say(view.told.expunges, out),
            Ok(false) => view.told_expunges(view.told.flags),
            // Deleted: everything waits to be told, and no modseq means anything any more.
            Err(store::Error::NoSuchMailbox) => {}
            Err(error) => return Err(error),
        }
    } else if told && dialect.qresync && !reply {
        say(safe(view), out);
    }
    Ok(())
}

fn say(modseq: ModSeq, out: &mut Vec<u8>) {
    cmd::code(
        &Code::HighestModSeq(modseq),
        b"You know of all changes up to this",
        out,
    );
}
