//! New mail: whether the newest letter in anybody's INBOX is unread. Reading that one is enough: thousands of old unread letters are nobody's news.
//!
//! A few looks a person, and only after something has changed. What it cannot know: a letter that was fetched by POP3 and left on the box is as unread as before.

use std::time::Duration;

use async_io::Timer;
use store::{Flags, Read as _, Store};

use super::Health;
use crate::log;

/// Changes come in company: one look for all that come within this time.
const COMPANY: Duration = Duration::from_secs(1);

/// For ever.
pub(super) async fn unread(store: Store, health: Health) {
    let touched = store.touch_event();
    let mut told = false;
    loop {
        let news = touched.listen();
        match is_unread(&store) {
            Ok(unread) => {
                told = false;
                health.unread(unread);
            }
            Err(error) if !told => {
                told = true;
                log::warn(0, format_args!("cannot look for new mail: {error}"));
            }
            Err(_) => {}
        }
        news.await;
        Timer::after(COMPANY).await;
    }
}

/// Whether the newest letter in anybody's INBOX is.
fn is_unread(store: &Store) -> store::Result<bool> {
    let read = store.read()?;
    for person in read.accounts()? {
        let Some(inbox) = read.mailbox_by_name(person.id, "INBOX")? else {
            continue;
        };
        if read.counters(inbox.id)?.unseen == 0 {
            continue;
        }
        let newest = read.newest_entry(inbox.id)?;
        let heeded = Flags::SEEN.union(Flags::DELETED);
        if newest.is_some_and(|(_, entry)| entry.flags.common(heeded) == Flags::default()) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[path = "unread_tests.rs"]
mod tests;
