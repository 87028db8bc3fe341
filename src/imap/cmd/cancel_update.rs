//! CANCELUPDATE (RFC 5267 §4.3.5): ends contexts. Tags that none has are no mistake: the box may have refused to keep that result up to date.

use crate::deed::{Done, Open, Turn, Verb};

/// CANCELUPDATE.
pub(super) fn verb(tags: Vec<String>) -> Box<dyn Verb<Open>> {
    super::verb(move |_, open: &mut Open, _| {
        open.view.contexts.cancel(&tags);
        Ok(Turn::Done(Done::ok("CANCELUPDATE completed")))
    })
}
