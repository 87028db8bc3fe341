//! Where a stranger's message goes: what is proven of its sender, and what each person wants.

pub(crate) mod learn;
#[allow(dead_code, reason = "what judges a message asks the rest")]
pub(crate) mod memory;
pub(crate) mod sender;

use mail::Message;
use smtp::Reply;
use smtp::server::Envelope;
use store::AccountId;

use crate::receive::{Judged, Wish};
use crate::reception::Desk;

/// A stranger's message on arrival.
#[allow(
    dead_code,
    reason = "what judges a message by its words reads the rest"
)]
pub(crate) struct Stranger<'a> {
    pub(crate) envelope: &'a Envelope,
    /// As parsed, Authentication-Results and Received of ours on top; Return-Path is not there yet.
    pub(crate) message: &'a Message,
    /// Who sent it.
    pub(crate) judged: &'a Judged,
    /// Everybody of the house whom it is for, each once, and what follows for them from who sent it; empty if it only goes on from an alias.
    pub(crate) people: &'a [(AccountId, Wish)],
    /// Why, as a sentence without its full stop; empty if nothing follows.
    pub(crate) reason: &'a str,
    /// Reads the octets of `message`.
    pub(crate) read: &'a (dyn Fn(u64, &mut [u8]) -> std::io::Result<usize> + Sync),
}

/// Which of the person's mailboxes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mailbox {
    Inbox,
    Junk,
}

/// Where it goes.
#[derive(Default)]
pub(crate) struct Placing {
    /// Who gets it where.
    pub(crate) places: Vec<(AccountId, Mailbox)>,
    /// What the client is told instead of yes; then it goes on to nobody outside, and what `places` say is kept all the same.
    pub(crate) refuse: Option<Reply>,
    /// Fields to stand on top of the message, right below Return-Path, each with its CRLF.
    pub(crate) header: String,
}

/// Decides.
pub(crate) async fn places(_desk: &Desk, stranger: &Stranger<'_>) -> Placing {
    let people = stranger.people.iter();
    // Where somebody takes it, it cannot be refused.
    let refused =
        !stranger.people.is_empty() && people.clone().all(|(_, wish)| *wish == Wish::Refuse);
    if refused {
        return Placing {
            refuse: Some(stranger.judged.refusal(stranger.reason)),
            ..Placing::default()
        };
    }
    let place = |wish: &Wish| match wish {
        Wish::Nothing => Mailbox::Inbox,
        Wish::Suspect | Wish::Refuse => Mailbox::Junk,
    };
    Placing {
        places: people
            .map(|(person, wish)| (*person, place(wish)))
            .collect(),
        ..Placing::default()
    }
}
