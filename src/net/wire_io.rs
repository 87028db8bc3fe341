//! A connection for hyper, which asks by polling: one that we open ([`Wire`]) or a guest's ([`super::Guest`]). Deadlines and the end of the box are whoever's who polls
//! it, but for one: the other side may be given a time in which it must take something of what we send.

use std::io;
use std::net::TcpStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_io::Async;
use hyper::rt::{Read, ReadBufCursor, Write};

use super::alarm::Alarm;
use super::client::Wire;
use super::patience::{Ready, Wait};

/// What a connection must be able to do without waiting.
pub trait Wired: Unpin {
    /// Hands what is there, about `most` octets, to `sink`; `Some(0)`: the other side has closed, `None`: nothing is there now.
    fn try_read(
        &mut self,
        most: usize,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<Option<usize>>;
    /// One write; says how many octets were taken. `WouldBlock`: wait until writable.
    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize>;
    /// Sends what TLS still holds; true when it holds nothing.
    fn try_flush(&mut self) -> io::Result<bool>;
    /// Says that nothing follows.
    fn say_goodbye(&mut self) -> io::Result<()>;
    /// Whether an end that was not announced makes what came before it doubtful, and it was not announced.
    fn was_cut(&self) -> bool;
    /// What is waited for.
    fn socket(&self) -> &Async<TcpStream>;
}

/// See the module.
pub struct WireIo<W = Wire> {
    wire: W,
    reading: Option<Wait>,
    writing: Option<(Wait, Instant)>,
    /// How long the other side may take nothing of what we send.
    stall: Option<Duration>,
    alarm: Alarm,
    /// What came and was not asked for yet: less than a TLS record.
    left: Vec<u8>,
}

impl<W: Wired> WireIo<W> {
    /// Takes the wire over.
    pub fn new(wire: W) -> WireIo<W> {
        WireIo {
            wire,
            reading: None,
            writing: None,
            stall: None,
            alarm: Alarm::new(),
            left: Vec::new(),
        }
    }

    /// Ends with `TimedOut` when the other side takes nothing of what we send for as long as this.
    #[must_use]
    pub fn with_stall(mut self, stall: Duration) -> WireIo<W> {
        self.stall = Some(stall);
        self
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (wait, since) = self
            .writing
            .get_or_insert_with(|| (Wait::new(Ready::ToWrite), Instant::now()));
        if let Poll::Ready(ready) = wait.poll(self.wire.socket(), cx) {
            self.writing = None;
            return Poll::Ready(ready);
        }
        let Some(stall) = self.stall else {
            return Poll::Pending;
        };
        ready!(self.alarm.poll(*since + stall, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<W: Wired> Read for WireIo<W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.left.is_empty() {
            let left = &mut this.left;
            let read = this.wire.try_read(room.remaining(), &mut |octets| {
                left.extend_from_slice(octets);
            })?;
            match read {
                // An end that TLS did not announce may be somebody's who wants us to believe half of it.
                Some(0) if this.wire.was_cut() => {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                Some(0) => return Poll::Ready(Ok(())),
                Some(_) => {}
                None => {
                    let wait = this.reading.get_or_insert_with(|| Wait::new(Ready::ToRead));
                    let ready = ready!(wait.poll(this.wire.socket(), cx));
                    this.reading = None;
                    ready?;
                }
            }
        }
        let taken = this.left.len().min(room.remaining());
        room.put_slice(this.left.get(..taken).unwrap_or_default());
        this.left.drain(..taken);
        Poll::Ready(Ok(()))
    }
}

impl<W: Wired> Write for WireIo<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.wire.try_write(octets) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.poll_writable(cx))?;
                }
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.wire.try_flush()? {
            ready!(self.poll_writable(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.wire.say_goodbye())
    }
}

impl Wired for Wire {
    fn try_read(
        &mut self,
        most: usize,
        sink: &mut (dyn FnMut(&[u8]) + Send),
    ) -> io::Result<Option<usize>> {
        Wire::try_read(self, most, sink)
    }

    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Wire::try_write(self, octets)
    }

    fn try_flush(&mut self) -> io::Result<bool> {
        Wire::try_flush(self)
    }

    fn say_goodbye(&mut self) -> io::Result<()> {
        Wire::say_goodbye(self)
    }

    fn was_cut(&self) -> bool {
        Wire::was_cut(self)
    }

    fn socket(&self) -> &Async<TcpStream> {
        Wire::socket(self)
    }
}
