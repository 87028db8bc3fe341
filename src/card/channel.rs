//! The socket to init: one datagram is one order or one piece of news.

use std::io;
use std::os::fd::{AsFd as _, FromRawFd as _, OwnedFd, RawFd};

use async_io::Async;
use firmware::talk::{LONGEST, News, Order};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::socket_type;
use rustix::net::{RecvFlags, SendFlags, SocketType, recv, send};

use crate::log;

/// How long the last order waits for room.
const LAST: Timespec = Timespec {
    tv_sec: 2,
    tv_nsec: 0,
};

/// Our end.
pub(super) struct Channel {
    socket: Async<OwnedFd>,
}

impl Channel {
    /// Takes the descriptor over; children of ours do not get it.
    pub(super) fn take(descriptor: RawFd) -> io::Result<Channel> {
        if descriptor <= libc::STDERR_FILENO {
            return Err(io::Error::other("the standard streams are no channel"));
        }
        // SAFETY: the command line says that this descriptor was opened for us alone; that it is open and a socket is looked at before anything else is done with it.
        // It is called once, and a descriptor that was open when the program began is nobody else's.
        let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
        match socket_type(&owned) {
            Ok(SocketType::SEQPACKET) => {}
            other => {
                // Somebody else's: it is not closed.
                std::mem::forget(owned);
                return Err(match other {
                    Ok(_) => {
                        io::Error::other("it is no socket of datagrams in order (SOCK_SEQPACKET)")
                    }
                    Err(error) => error.into(),
                });
            }
        }
        rustix::io::fcntl_setfd(&owned, rustix::io::FdFlags::CLOEXEC)?;
        Ok(Channel {
            socket: Async::new(owned)?,
        })
    }

    /// Says it now or not at all.
    pub(super) fn say(&self, order: &Order) -> io::Result<()> {
        let text = order.print();
        send(
            self.socket.get_ref(),
            text.as_bytes(),
            SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
        )?;
        Ok(())
    }

    /// The same, waiting for room.
    pub(super) fn say_last(&self, order: &Order) -> io::Result<()> {
        let mut ready = [PollFd::from_borrowed_fd(
            self.socket.get_ref().as_fd(),
            PollFlags::OUT,
        )];
        poll(&mut ready, Some(&LAST))?;
        self.say(order)
    }

    /// The next news that is understood; `None`: init has closed the channel.
    pub(super) async fn hear(&self) -> io::Result<Option<News>> {
        loop {
            let heard = self.socket.read_with(|socket| {
                let mut buffer = [0; LONGEST + 1];
                let (_, length) = recv(socket, buffer.as_mut_slice(), RecvFlags::empty())?;
                let length = length.min(buffer.len());
                if length == 0 {
                    return Ok(None);
                }
                Ok(Some(News::parse(buffer.get(..length).unwrap_or_default())))
            });
            match heard.await? {
                None => return Ok(None),
                Some(Some(news)) => return Ok(Some(news)),
                Some(None) => log::warn(0, "card: init said something that is not understood"),
            }
        }
    }
}
