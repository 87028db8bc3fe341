//! One connection as the loop holds it: the stream, its alarm, and the patience with which each thing is waited for.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use async_io::Async;
use event_listener::listener;
use rustls::ServerConfig;

use super::alarm::Alarm;
use super::deflate::{Inflate, pack, pack_last};
use super::patience::{Patience, Ready, Wait};
use super::stream::Stream;
use super::tls_stream::{ReadOutcome, Server};
use super::{Closing, Conversation, Secured};

/// How long the network itself waits; what a session waits for is [`Conversation::deadline`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// A TLS handshake in all. A phone on a bad line needs a few seconds.
    pub handshake: Duration,
    /// A client that takes not one octet of what we send. RFC 5321 §4.5.3.2 asks for minutes.
    pub write_stall: Duration,
    /// After our last octet, until the client closes too, so that what it had sent meanwhile does not reset the connection under our answer.
    pub linger: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Times {
            handshake: Duration::from_secs(30),
            write_stall: Duration::from_secs(180),
            linger: Duration::from_secs(1),
        }
    }
}

/// Octets thrown away after closing before we stop being polite.
const MOST_LINGER_READS: usize = 16;

/// Packed octets read at once: what is held while they are unpacked, step by step.
const PACKED: usize = 16 * 1024;

/// Why an idle connection goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Roused {
    Readable,
    Wake,
    Deadline,
    Closing,
}

/// The stream and what is needed to wait for it.
pub struct Link {
    stream: Stream<Server>,
    alarm: Alarm,
    pub(super) closing: Closing,
    tls: Option<Arc<ServerConfig>>,
    times: Times,
    /// What the client sends is unpacked first.
    inflate: Option<Box<Inflate>>,
    /// What we send is packed.
    deflates: bool,
}

impl Link {
    /// A link over an accepted socket. `tls` is what STARTTLS (or the first octet) uses; `None` where there is none.
    pub fn new(
        socket: impl Into<Arc<Async<TcpStream>>>,
        tls: Option<Arc<ServerConfig>>,
        closing: Closing,
        times: Times,
    ) -> Link {
        Link {
            stream: Stream::new(socket),
            alarm: Alarm::new(),
            closing,
            tls,
            times,
            inflate: None,
            deflates: false,
        }
    }

    /// The server's TLS handshake; returns what was agreed and octets of the application that came right behind.
    pub async fn start_tls(&mut self) -> io::Result<(Secured, Vec<u8>)> {
        let config = (self.tls.clone()).ok_or_else(|| io::Error::other("no TLS at this door"))?;
        let patience = Patience {
            alarm: &mut self.alarm,
            closing: &self.closing,
            deadline: Instant::now() + self.times.handshake,
        };
        self.stream.start_tls(config, patience).await
    }

    /// Feeds what is there to the conversation.
    pub(super) fn read_into(&mut self, talk: &mut dyn Conversation) -> io::Result<ReadOutcome> {
        let appetite = talk.appetite();
        let Some(inflate) = &mut self.inflate else {
            return self.stream.read(appetite, &mut |octets| talk.feed(octets));
        };
        if !inflate.holds() {
            let read = self
                .stream
                .read(PACKED, &mut |octets| inflate.hold(octets))?;
            let ReadOutcome::Some { more } = read else {
                return Ok(read);
            };
            inflate.more = more;
        }
        inflate.some(appetite, &mut |octets| talk.feed(octets))?;
        let more = inflate.more || inflate.holds();
        if inflate.is_over() {
            self.inflate = None;
        }
        Ok(ReadOutcome::Some { more })
    }

    /// Whether there is something to read without waiting for the socket.
    pub(super) fn holds(&self) -> bool {
        self.inflate.as_ref().is_some_and(|inflate| inflate.holds())
    }

    /// From here on both directions are packed; `early` has come already.
    pub(super) fn compress(&mut self, early: Vec<u8>) {
        self.inflate = Some(Box::new(Inflate::new(early)));
        self.deflates = true;
    }

    /// Sends `out` as the last that is packed.
    pub(super) async fn uncompress(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if std::mem::take(&mut self.deflates) {
            *out = pack_last(out);
        }
        if let Some(inflate) = &mut self.inflate {
            inflate.end();
        }
        self.send(out).await
    }

    /// Sends all of `out` and frees it. Waits for a slow reader in a future of its own, so that the idle task stays small.
    pub(super) async fn send(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if self.deflates && !out.is_empty() {
            *out = pack(out);
        }
        let mut sent = 0;
        if !self.try_send(out, &mut sent)? {
            Box::pin(self.send_slowly(out, sent)).await?;
        }
        out.clear();
        Ok(())
    }

    /// Sends from `sent` on; true when everything is with the kernel.
    fn try_send(&mut self, out: &[u8], sent: &mut usize) -> io::Result<bool> {
        while let Some(rest) = out.get(*sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(taken) => *sent += taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.stream.flush()
    }

    async fn send_slowly(&mut self, out: &[u8], mut sent: usize) -> io::Result<()> {
        loop {
            let mut patience = Patience {
                alarm: &mut self.alarm,
                closing: &self.closing,
                deadline: Instant::now() + self.times.write_stall,
            };
            patience.ready(self.stream.socket(), Ready::ToWrite).await?;
            if self.try_send(out, &mut sent)? {
                return Ok(());
            }
        }
    }

    /// Sends a goodbye as far as the client takes it at once.
    pub(super) fn send_at_once(&mut self, out: &[u8]) {
        // An answer that is half sent cannot be followed by anything; and who does not read will not miss it.
        if let Ok(true) = self.stream.flush() {
            if self.deflates {
                self.try_send(&pack(out), &mut 0).ok();
            } else {
                self.try_send(out, &mut 0).ok();
            }
        }
    }

    /// Waits for octets, `wake`, the deadline or the end of the box. Allocates nothing.
    pub(super) async fn wait<W: Future + Unpin>(
        &mut self,
        deadline: Instant,
        mut wake: Option<W>,
    ) -> io::Result<Roused> {
        listener!(self.closing.event() => closed);
        if self.closing.has_begun() {
            return Ok(Roused::Closing);
        }
        let mut octets = Wait::new(Ready::ToRead);
        poll_fn(|cx| {
            if let Poll::Ready(readable) = octets.poll(self.stream.socket(), cx) {
                return Poll::Ready(readable.map(|()| Roused::Readable));
            }
            if let Some(wake) = &mut wake
                && Pin::new(wake).poll(cx).is_ready()
            {
                return Poll::Ready(Ok(Roused::Wake));
            }
            if Pin::new(&mut closed).poll(cx).is_ready() {
                return Poll::Ready(Ok(Roused::Closing));
            }
            self.alarm.poll(deadline, cx).map(|()| Ok(Roused::Deadline))
        })
        .await
    }

    /// Says that nothing follows and gives the client a moment to say the same.
    pub(super) async fn close(mut self) {
        if self.stream.close().is_err() || self.closing.has_begun() {
            return;
        }
        let mut patience = Patience {
            alarm: &mut self.alarm,
            closing: &self.closing,
            deadline: Instant::now() + self.times.linger,
        };
        for _ in 0..MOST_LINGER_READS {
            match self.stream.discard() {
                Ok(Some(false)) => {}
                Ok(None) => {
                    let socket = self.stream.socket();
                    if patience.ready(socket, Ready::ToRead).await.is_err() {
                        return;
                    }
                }
                Ok(Some(true)) | Err(_) => return,
            }
        }
    }

    /// Ends a connection that the client or the box ended.
    pub(super) fn hang_up(mut self) {
        self.stream.close().ok();
    }
}
