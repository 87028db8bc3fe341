//! What the session and its driver say to each other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use sasl::{ChannelBinding, Question, ScramKeys};
use store::{AccountId, Answer, Staged};

use crate::deed::{After, Known, Open};

/// The time, as the driver tells it.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// for deadlines
    pub instant: Instant,
    /// seconds since 1970, for INTERNALDATE and SAVEDATE
    pub unix: i64,
}

/// What the driver knows of a new connection.
#[derive(Clone)]
pub struct Profile {
    /// said in the greeting
    pub hostname: Arc<str>,
    /// whether passwords may be sent
    pub tls: Tls,
    /// random, for this connection only: the source of SCRAM's nonces
    pub nonce_seed: [u8; 32],
}

/// Whether the connection is encrypted. Nobody can log in before it is (RFC 9051 §11.7).
#[derive(Clone, Debug)]
pub enum Tls {
    /// it is not and cannot be
    None,
    /// STARTTLS is offered
    Available,
    /// it is; what SCRAM-SHA-256-PLUS can be bound to
    Active(Option<ChannelBinding>),
}

/// What the session wants from the world.
pub enum Step {
    /// octets from the client
    Read,
    /// `out` sent, then another step
    More,
    /// `out` sent, then the handshake
    StartTls,
    /// `out` sent, then compression in both directions
    Compress,
    /// `out` sent, then no compression any more
    Uncompress,
    /// an answer about a password
    Verify(Question),
    /// the outcome of a write
    Commit(Pending),
    /// nothing until the answer that it asked for is given
    Wait,
    /// `out` sent, then the end
    Close,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Step::Read => "Read",
            Step::More => "More",
            Step::StartTls => "StartTls",
            Step::Compress => "Compress",
            Step::Uncompress => "Uncompress",
            Step::Verify(_) => "Verify",
            Step::Commit(_) => "Commit",
            Step::Wait => "Wait",
            Step::Close => "Close",
        })
    }
}

/// The accounts' answer to [`Step::Verify`].
pub enum Verified {
    /// to [`Question::Password`]: whose password it is; none: wrong name or password
    Password(Option<AccountId>),
    /// to [`Question::ScramKeys`]: the keys and whose they are; none: nobody's (better said with `Decoy`)
    Scram(Option<(AccountId, ScramKeys)>),
    /// to [`Question::ScramKeys`]: nobody's; keys that nothing opens, the same each time for the same name ([`ScramKeys::decoy`])
    Decoy(ScramKeys),
    /// to [`Question::Password`]: the password is right, and all the same not taken here; said with ALERT, which a person has to see
    Barred(sasl::Barred),
    /// to [`Question::ScramKeys`]: keys of somebody who is told so once they have proved it
    KeysBarred(ScramKeys, sasl::Barred),
    /// too busy, or too many guesses: `NO [UNAVAILABLE]`, which no client takes for a wrong password (A26)
    TryLater,
}

/// A write on its way to the disk. A future, and `wait()` for threads and tests.
pub struct Pending(pub(super) Answers);

/// What a [`Pending`] came to, for [`crate::Session::committed`].
pub struct Outcome(pub(super) Outcomes);

pub(super) type Answers =
    Written<Answer<Staged>, Answer<()>, Answer<After<Known>>, Answer<After<Open>>>;
pub(super) type Outcomes = Written<
    store::Result<Staged>,
    store::Result<()>,
    store::Result<After<Known>>,
    store::Result<After<Open>>,
>;

/// One of the kinds of write.
pub(super) enum Written<S, P, K, O> {
    /// a body brought into the store
    Stage(S),
    /// messages brought into the store
    Piece(P),
    /// a deed without a selected mailbox
    Known(K),
    /// a deed in one
    Open(O),
}

impl Pending {
    /// Waits for the outcome.
    pub fn wait(self) -> Outcome {
        Outcome(match self.0 {
            Written::Stage(answer) => Written::Stage(answer.wait()),
            Written::Piece(answer) => Written::Piece(answer.wait()),
            Written::Known(answer) => Written::Known(answer.wait()),
            Written::Open(answer) => Written::Open(answer.wait()),
        })
    }
}

impl Future for Pending {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        match &mut self.0 {
            Written::Stage(answer) => Pin::new(answer)
                .poll(cx)
                .map(|result| Outcome(Written::Stage(result))),
            Written::Piece(answer) => Pin::new(answer)
                .poll(cx)
                .map(|result| Outcome(Written::Piece(result))),
            Written::Known(answer) => Pin::new(answer)
                .poll(cx)
                .map(|result| Outcome(Written::Known(result))),
            Written::Open(answer) => Pin::new(answer)
                .poll(cx)
                .map(|result| Outcome(Written::Open(result))),
        }
    }
}
