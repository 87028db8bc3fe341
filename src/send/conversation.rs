//! One connection to a host: the wire and the SMTP session on it, driven until the session is ready, has sent a letter, or is over.
//!
//! Time is the office's clock, which a test moves; the wire's own patience runs beside it.

use std::io;
use std::time::{Duration, Instant};

use futures_lite::FutureExt as _;
use futures_lite::future::yield_now;
use queue::{Cause, Finding};
use smtp::client::{Fate, Outcome, Scope, Session, Stage, Step, Transaction, Trouble};

use super::content::Reader;
use crate::clock::Clock;
use crate::net::{Secured, Wire, in_words};
use crate::tls::outgoing::{Agreed, Outgoing, Proof, Purpose, TlsFailure, Trust};

/// Octets read at once: replies are short.
const APPETITE: usize = 4096;
/// Octets of content given at once.
const PIECE: usize = 64 * 1024;

/// How STARTTLS is to be answered.
pub(super) struct TlsSetup {
    pub(super) outgoing: Outgoing,
    /// What the certificate must prove.
    pub(super) trust: Trust,
    /// Who the host should be.
    pub(super) name: String,
    pub(super) purpose: Purpose,
}

impl TlsSetup {
    /// The handshake.
    pub(super) async fn shake_hands(
        &self,
        wire: &mut Wire,
        wall: Option<i64>,
    ) -> Result<Agreed, TlsFailure> {
        self.outgoing
            .secure(wire, &self.trust, &self.name, self.purpose, wall)
            .await
    }
}

/// An open connection.
pub(super) struct Connection {
    wire: Wire,
    session: Session,
    tls: TlsSetup,
    clock: Clock,
    /// The host's name, for people.
    pub(super) host: String,
    /// What the certificate proved.
    pub(super) proof: Option<Proof>,
    /// Why the STARTTLS handshake failed.
    pub(super) tls_failed: Option<TlsFailure>,
    /// Letters dealt with.
    pub(super) letters: u32,
}

/// What the session came to.
pub(super) enum Turn {
    /// It takes a letter.
    Ready,
    /// A letter was dealt with.
    Done(Outcome),
    /// It is over.
    Closed(Option<Box<Trouble>>),
    /// The letter's content could not be read: the connection is of no further use.
    Broken(store::Error),
}

impl Connection {
    pub(super) fn new(
        wire: Wire,
        session: Session,
        tls: TlsSetup,
        clock: Clock,
        host: String,
        proof: Option<Proof>,
    ) -> Connection {
        Connection {
            wire,
            session,
            tls,
            clock,
            host,
            proof,
            tls_failed: None,
            letters: 0,
        }
    }

    /// The session, for its capabilities.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Goes on until the session is ready or over.
    pub(super) async fn open(&mut self) -> Turn {
        self.advance(None).await
    }

    /// Sends one letter; the session must be ready.
    pub(super) async fn transact(
        &mut self,
        transaction: Transaction,
        content: &mut Reader,
    ) -> Turn {
        self.session.send(transaction);
        self.advance(Some(content)).await
    }

    /// Whether the other side has neither closed nor spoken while the connection lay idle.
    pub(super) fn is_fresh(&mut self) -> bool {
        let nothing = &mut |_: &[u8]| {};
        matches!(self.wire.try_read(APPETITE, nothing), Ok(None))
    }

    /// Says QUIT and closes.
    pub(super) async fn quit(mut self) {
        self.session.quit();
        self.advance(None).await;
        self.wire.close().await;
    }

    async fn advance(&mut self, mut content: Option<&mut Reader>) -> Turn {
        let mut out = Vec::new();
        loop {
            let step = self.session.step(self.clock.now(), &mut out);
            if !out.is_empty() {
                let sent = self.send(&out).await;
                out.clear();
                if let Err(error) = sent {
                    self.session.closed(&reason(&error));
                    continue;
                }
            }
            match step {
                Step::Read => self.read().await,
                Step::Flush => self.look().await,
                Step::StartTls => self.shake_hands().await,
                Step::Ready => return Turn::Ready,
                Step::Content { room } => {
                    let Some(content) = content.as_deref_mut() else {
                        return Turn::Closed(None);
                    };
                    match content.next(room.min(PIECE)) {
                        Ok([]) => self.session.content_end(),
                        Ok(octets) => self.session.content(octets),
                        Err(error) => return Turn::Broken(error),
                    }
                    // Each piece is another's turn as well.
                    yield_now().await;
                }
                Step::Done(outcome) => return Turn::Done(outcome),
                Step::Close(trouble) => return Turn::Closed(trouble),
            }
        }
    }

    /// Sends all of it, unless the session's time is over first.
    async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let late = self.clock.sleep_until(self.session.deadline());
        let late = async {
            late.await;
            Err(io::ErrorKind::TimedOut.into())
        };
        self.wire.send(octets).or(late).await
    }

    /// Waits for octets, or for the session's deadline: then its next step says that it is late.
    async fn read(&mut self) {
        let deadline = self.session.deadline();
        let (wire, session) = (&mut self.wire, &mut self.session);
        let late = self.clock.sleep_until(deadline);
        let late = async {
            late.await;
            None
        };
        // The wire's own deadline only matters if the clocks differ, which they do in tests.
        let far = Instant::now() + Duration::from_secs(24 * 60 * 60);
        let read = {
            let mut feed = |octets: &[u8]| session.feed(octets);
            let read = async { Some(wire.read(far, APPETITE, &mut feed).await) };
            read.or(late).await
        };
        match read {
            None => {}
            Some(Ok(0)) => self.session.closed(""),
            Some(Ok(_)) => {}
            Some(Err(error)) => self.session.closed(&reason(&error)),
        }
    }

    /// Takes what has come already.
    async fn look(&mut self) {
        let session = &mut self.session;
        match self
            .wire
            .try_read(APPETITE, &mut |octets| session.feed(octets))
        {
            Ok(Some(0)) => self.session.closed(""),
            Ok(_) => yield_now().await,
            Err(error) => self.session.closed(&reason(&error)),
        }
    }

    async fn shake_hands(&mut self) {
        let shaken = self.tls.shake_hands(&mut self.wire, self.clock.date());
        match shaken.await {
            Ok(agreed) => {
                let description = describe(&agreed.secured);
                self.session
                    .tls_started(binding(&agreed.secured), description);
                self.proof = Some(agreed.proof);
            }
            Err(failure) => {
                self.session.tls_failed(&failure.words);
                self.tls_failed = Some(failure);
            }
        }
    }
}

/// What SCRAM can bind to.
pub(super) fn binding(secured: &Secured) -> Option<sasl::ChannelBinding> {
    (!secured.binding.is_empty()).then(|| secured.binding.clone())
}

/// Protocol and cipher, for people.
pub(super) fn describe(secured: &Secured) -> String {
    format!("{} {}", secured.version, secured.cipher)
}

/// The network's error in a few words.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionAborted => "this box is being stopped".to_owned(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "the connection was reset".to_owned()
        }
        io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        io::ErrorKind::TimedOut => "it took too long".to_owned(),
        _ => in_words(error),
    }
}

/// What a session's end means for the letters that it should have taken.
pub(super) fn finding_of(trouble: Option<Box<Trouble>>) -> Finding {
    match trouble {
        Some(trouble) => Finding::from(&*trouble),
        None => Finding {
            fate: Fate::Later,
            scope: Scope::Session,
            stage: Stage::Connect,
            ..Finding::of(Cause::Remote, "the connection ended without a word")
        },
    }
}
