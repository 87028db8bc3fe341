//! What a client is told whose message the store does not take.

use smtp::Reply;

use super::{local_error, mailbox_full};
use crate::log;

/// For an error of the store, which is logged.
pub(super) fn refusal(session: u64, error: &store::Error) -> Reply {
    match error {
        store::Error::Full => {
            log::error(session, format_args!("keeping a message: {error}"));
            full()
        }
        store::Error::QueueFull { .. } => {
            log::error(session, format_args!("keeping a message: {error}"));
            Reply::new(
                452,
                (4, 3, 1),
                "Too much mail waits to be sent from here; try again later",
            )
        }
        store::Error::SendingLimit { messages } => {
            log::info(session, format_args!("keeping a message: {error}"));
            Reply::new(
                451,
                (4, 7, 1),
                if *messages {
                    "You have sent as many messages as one person may in a day; try again tomorrow"
                } else {
                    "You have written to as many new people as one person may in a day; try again tomorrow"
                },
            )
        }
        store::Error::OverQuota { .. } | store::Error::TooManyMessages { .. } => {
            log::info(session, format_args!("keeping a message: {error}"));
            mailbox_full()
        }
        _ => {
            log::error(session, format_args!("keeping a message: {error}"));
            local_error()
        }
    }
}

/// There is no room.
pub(super) fn full() -> Reply {
    Reply::new(452, (4, 3, 1), "This system is full; try again later")
}
