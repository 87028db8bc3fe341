//! One client from the handshake to the goodbye.
//!
//! The task that stays while a client idles holds a link and a conversation and little else: what comes before (handshake, certificates, the making
//! of the session) runs in a box of its own that is gone by then.

use std::future::Future;
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use async_io::Async;
use futures_lite::FutureExt;

use super::listener::House;
use super::{Arrival, Conversation, End, Link, Pass, Seat, drive};
use crate::log;

/// Serves the client. A panic in its session ends here: with a line in the log, and for this client only.
pub(super) fn serve(
    house: Arc<House>,
    arrival: Arrival,
    socket: Arc<Async<TcpStream>>,
    seat: Box<(Seat, Pass)>,
) -> impl Future<Output = ()> + Send + 'static {
    let number = arrival.number;
    let counted = house.closing.guest();
    let opened = Box::pin(open(house, arrival, socket));
    async move {
        // Both are given back whatever happens to the session.
        let _here = (seat, counted);
        let talk = AssertUnwindSafe(converse(number, opened));
        if talk.catch_unwind().await.is_err() {
            // What a panic says can quote what it worked on, so it is not repeated here.
            log::error(
                number,
                "a fault in the program ended this session; the others go on",
            );
        }
    }
}

/// A connection whose session can begin.
type Opened = (Box<Link>, Box<dyn Conversation>);

/// Shakes hands where TLS comes first, and gets the client its session; `None` if there is nothing to serve.
async fn open(
    house: Arc<House>,
    arrival: Arrival,
    socket: Arc<Async<TcpStream>>,
) -> Option<Opened> {
    let number = arrival.number;
    let tls = house.reception.tls(arrival.service);
    let mut link = Box::new(Link::new(socket, tls, house.closing.clone(), house.times));
    let mut secured = None;
    let mut early = Vec::new();
    if arrival.service.is_implicit_tls() {
        match link.start_tls().await {
            Ok((agreed, octets)) => {
                log::debug(number, format_args!("{} {}", agreed.version, agreed.cipher));
                secured = Some(agreed);
                early = octets;
            }
            Err(error) => {
                log::info(number, format_args!("TLS handshake failed: {error}"));
                return None;
            }
        }
    }
    let mut talk = (house.reception).converse(&arrival, secured, Instant::now())?;
    if !early.is_empty() {
        talk.feed(&early);
    }
    Some((link, talk))
}

async fn converse(number: u64, opened: impl Future<Output = Option<Opened>> + Unpin) {
    let Some((mut link, mut talk)) = opened.await else {
        return;
    };
    let end = drive(&mut link, &mut *talk).await;
    drop(talk);
    match end {
        Ok(End::Closed | End::Late) => {
            log::debug(number, "closed");
            Box::pin(link.close()).await;
        }
        Ok(End::Left) => {
            log::debug(number, "the client closed the connection");
            link.hang_up();
        }
        Ok(End::Closing) => link.hang_up(),
        Err(error) => log::info(number, format_args!("connection lost: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most octets that the task of an idle client may hold; its session, its TLS keys and its socket come on top.
    const TASK_MAX: usize = 608;

    #[test]
    fn the_task_of_an_idle_client_is_small() {
        // Only its type is of interest.
        fn octets<F: Future>(
            _: impl FnOnce(Arc<House>, Arrival, Arc<Async<TcpStream>>, Box<(Seat, Pass)>) -> F,
        ) -> usize {
            std::mem::size_of::<F>()
        }
        let task = octets(serve);
        assert!(task <= TASK_MAX, "{task}");
    }
}
