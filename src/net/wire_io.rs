//! A wire for hyper, which asks by polling. Deadlines and the end of the box are whoever's who polls it: [`Wire`]'s own waits are not used here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::client::Wire;
use super::patience::{Ready, Wait};

/// See the module.
pub struct WireIo {
    wire: Wire,
    reading: Option<Wait>,
    writing: Option<Wait>,
    /// What came and was not asked for yet: less than a TLS record.
    left: Vec<u8>,
}

impl WireIo {
    /// Takes the wire over.
    pub fn new(wire: Wire) -> WireIo {
        WireIo {
            wire,
            reading: None,
            writing: None,
            left: Vec::new(),
        }
    }

    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wait = self
            .writing
            .get_or_insert_with(|| Wait::new(Ready::ToWrite));
        let ready = ready!(wait.poll(self.wire.socket(), cx));
        self.writing = None;
        Poll::Ready(ready)
    }
}

impl Read for WireIo {
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

impl Write for WireIo {
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
