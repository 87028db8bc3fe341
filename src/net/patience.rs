//! Waiting for a socket, but not longer than a deadline and not when the box goes down.
//!
//! async-io alone can overlook a socket for as long as another session keeps the thread busy. Its helper thread then sits in epoll_wait; an event that comes in the
//! very round in which it was asked for is taken for an old one, and is asked for again: in the next round, which by then has begun. Therefore whoever was woken and
//! is told to wait on asks the kernel.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use async_io::Async;
use event_listener::listener;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Closing;
use super::alarm::Alarm;

/// How long someone is waited for.
pub(super) struct Patience<'a> {
    pub(super) alarm: &'a mut Alarm,
    pub(super) closing: &'a Closing,
    pub(super) deadline: Instant,
}

/// For what of the socket is waited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ready {
    ToRead,
    ToWrite,
}

/// One wait for a socket, polled until it is ready. Holds no memory beyond itself.
#[derive(Debug)]
pub(super) struct Wait {
    what_for: Ready,
    asked: bool,
}

impl Wait {
    pub(super) fn new(what_for: Ready) -> Wait {
        Wait {
            what_for,
            asked: false,
        }
    }

    /// Ready when the socket is, or seems so: the read or write itself says. An event that comes after `Pending` wakes `cx`.
    pub(super) fn poll(
        &mut self,
        socket: &Async<TcpStream>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = match self.what_for {
            Ready::ToRead => socket.poll_readable(cx),
            Ready::ToWrite => socket.poll_writable(cx),
        };
        // The first time the kernel need not be asked: the event has just been ordered, and comes at once if there is one.
        if polled.is_pending() && std::mem::replace(&mut self.asked, true) {
            return is_ready(socket.get_ref(), self.what_for);
        }
        polled
    }
}

/// poll(2) that does not wait. An error of the socket is readiness too: the read or write tells it.
fn is_ready(socket: &TcpStream, what_for: Ready) -> Poll<io::Result<()>> {
    const AT_ONCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let events = match what_for {
        Ready::ToRead => PollFlags::IN,
        Ready::ToWrite => PollFlags::OUT,
    };
    match poll(&mut [PollFd::new(socket, events)], Some(&AT_ONCE)) {
        Ok(0) => Poll::Pending,
        // Interrupted or out of memory: trying does no harm, overlooking would.
        Ok(_) | Err(_) => Poll::Ready(Ok(())),
    }
}

impl Patience<'_> {
    /// Waits until the socket is ready. `TimedOut` at the deadline, `ConnectionAborted` when the box goes down.
    pub(super) async fn ready(
        &mut self,
        socket: &Async<TcpStream>,
        what_for: Ready,
    ) -> io::Result<()> {
        listener!(self.closing.event() => closed);
        if self.closing.has_begun() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let mut wait = Wait::new(what_for);
        poll_fn(|cx| {
            if let Poll::Ready(ready) = wait.poll(socket, cx) {
                return Poll::Ready(ready);
            }
            if Pin::new(&mut closed).poll(cx).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            self.alarm
                .poll(self.deadline, cx)
                .map(|()| Err(io::ErrorKind::TimedOut.into()))
        })
        .await
    }
}
