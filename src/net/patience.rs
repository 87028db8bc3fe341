//! Waiting for a socket, but not longer than a deadline and not when the box goes down.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpStream;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use async_io::Async;
use event_listener::listener;

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
        poll_fn(|cx| {
            let polled = match what_for {
                Ready::ToRead => socket.poll_readable(cx),
                Ready::ToWrite => socket.poll_writable(cx),
            };
            if polled.is_ready() {
                return polled;
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
