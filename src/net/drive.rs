//! The one loop that runs any conversation: subscribe, look, step, flush, wait.
//!
//! It is the only asynchronous code that a protocol meets. While a client is idle it holds one task, one timer and (over TLS) the keys; no buffer. It never reads
//! before the session has stepped over everything that came, so what a session must keep is bounded by one read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use event_listener::{Event, EventListener, Listener, listener};
use futures_lite::future::yield_now;

use super::link::Roused;
use super::tls_stream::ReadOutcome;
use super::{Conversation, Link, Next};

/// Octets of answers after which they are sent even though the session has more to do. A piece of a message is 64 KiB.
const ENOUGH: usize = 64 * 1024;

/// How a conversation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The session closed: after QUIT or LOGOUT, for a fault of the client, or because it was late.
    Closed,
    /// The client closed without saying so.
    Left,
    /// The box goes down.
    Closing,
    /// The deadline passed and the session did not notice.
    Late,
}

/// Runs `talk` over `link` to its end. An error is the network's: reset, broken TLS, a client that reads nothing.
pub async fn drive(link: &mut Link, talk: &mut dyn Conversation) -> io::Result<End> {
    let mut wait_first = false;
    loop {
        let Some((event, more)) = subscribe(talk.wakes()) else {
            if let Some(end) = advance(link, talk).await? {
                return Ok(end);
            }
            if !talk.wakes().is_empty() {
                continue; // it begins to wait for news: subscribe, then look
            }
            if let Some(end) = next_octets(link, talk, &mut wait_first, None::<Never>).await? {
                return Ok(end);
            }
            continue;
        };
        listener!(event => first);
        let mut wakes = AnyOf { first, more };
        talk.woken();
        if let Some(end) = advance(link, talk).await? {
            return Ok(end);
        }
        if !wakes.cover(talk.wakes()) {
            continue; // it begins to wait for somebody else's news, too
        }
        if let Some(end) = next_octets(link, talk, &mut wait_first, Some(&mut wakes)).await? {
            return Ok(end);
        }
    }
}

/// The first event, to be listened to without an allocation, and listeners to the others; few sessions wait for more than one.
fn subscribe(events: &[Arc<Event>]) -> Option<(Arc<Event>, Vec<EventListener>)> {
    let (first, more) = events.split_first()?;
    Some((
        first.clone(),
        more.iter().map(|event| event.listen()).collect(),
    ))
}

/// Done as soon as one of its listeners is notified.
struct AnyOf<L> {
    first: L,
    more: Vec<EventListener>,
}

impl<L: Listener<()>> AnyOf<L> {
    /// Whether each of these events is listened to.
    fn cover(&self, events: &[Arc<Event>]) -> bool {
        events.iter().all(|event| {
            self.first.listens_to(event) || self.more.iter().any(|more| more.listens_to(event))
        })
    }
}

impl<L: Future<Output = ()> + Unpin> Future for AnyOf<L> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut woken = Pin::new(&mut this.first).poll(cx).is_ready();
        // A listener that has been notified must not be asked again: it is gone then, and so is this.
        this.more.retain_mut(|more| {
            let done = Pin::new(more).poll(cx).is_ready();
            woken |= done;
            !done
        });
        if woken {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

#[cfg(test)]
#[path = "drive_tests.rs"]
mod tests;

type Never = std::future::Ready<()>;

/// Steps and sends until only the world can bring something new.
async fn advance(link: &mut Link, talk: &mut dyn Conversation) -> io::Result<Option<End>> {
    let mut out = Vec::new();
    loop {
        let next = talk.step(Instant::now(), &mut out);
        match next {
            Next::Work => {
                if out.len() >= ENOUGH {
                    link.send(&mut out).await?;
                }
                talk.work().await;
            }
            Next::Read => {
                link.send(&mut out).await?;
                return Ok(None);
            }
            Next::More => {
                link.send(&mut out).await?;
                // Another client's turn: a client that reads as fast as we print would keep everyone else waiting.
                yield_now().await;
            }
            Next::StartTls => {
                link.send(&mut out).await?;
                let (secured, early) = Box::pin(link.start_tls()).await?;
                talk.tls_started(secured);
                if !early.is_empty() {
                    talk.feed(&early);
                }
            }
            Next::Compress => {
                link.send(&mut out).await?;
                link.compress(talk.compression_begun());
            }
            Next::Uncompress => link.uncompress(&mut out).await?,
            Next::Close => {
                link.send(&mut out).await?;
                return Ok(Some(End::Closed));
            }
        }
    }
}

/// Reads, waiting first unless the last read left something behind.
async fn next_octets<W: Future + Unpin>(
    link: &mut Link,
    talk: &mut dyn Conversation,
    read_at_once: &mut bool,
    wake: Option<W>,
) -> io::Result<Option<End>> {
    if std::mem::take(read_at_once) || link.holds() {
        yield_now().await;
        if link.closing.has_begun() {
            return Ok(Some(goodbye(link, talk)));
        }
    } else {
        let deadline = talk.deadline();
        match link.wait(deadline, wake).await? {
            Roused::Readable => {}
            Roused::Wake => return Ok(None),
            Roused::Closing => return Ok(Some(goodbye(link, talk))),
            Roused::Deadline => {
                let end = advance(link, talk).await?;
                // The session had its say; one that still waits for the same moment would make this loop spin.
                return Ok(end.or((talk.deadline() <= deadline).then_some(End::Late)));
            }
        }
    }
    match link.read_into(talk)? {
        ReadOutcome::Some { more } => {
            *read_at_once = more;
            Ok(None)
        }
        ReadOutcome::Blocked => Ok(None),
        ReadOutcome::Closed => Ok(Some(End::Left)),
    }
}

fn goodbye(link: &mut Link, talk: &mut dyn Conversation) -> End {
    let mut out = Vec::new();
    talk.shutdown(&mut out);
    link.send_at_once(&out);
    End::Closing
}
