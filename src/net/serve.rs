//! One client from the handshake to the goodbye.

use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use async_io::Async;
use futures_lite::FutureExt;

use super::listener::House;
use super::{Arrival, End, Link, drive};
use crate::log;

/// Serves the client. A panic in its session ends here: with a line in the log, and for this client only.
pub(super) async fn serve(house: Arc<House>, arrival: Arrival, socket: Async<TcpStream>) {
    let number = arrival.number;
    let talk = AssertUnwindSafe(converse(house, arrival, socket));
    if talk.catch_unwind().await.is_err() {
        // What a panic says can quote what it worked on, so it is not repeated here.
        log::error(
            number,
            "a fault in the program ended this session; the others go on",
        );
    }
}

async fn converse(house: Arc<House>, arrival: Arrival, socket: Async<TcpStream>) {
    let number = arrival.number;
    let _counted = house.closing.guest();
    let tls = house.reception.tls(arrival.service);
    let mut link = Box::new(Link::new(socket, tls, house.closing.clone(), house.times));
    let mut secured = None;
    let mut early = Vec::new();
    if arrival.service.is_implicit_tls() {
        match Box::pin(link.start_tls()).await {
            Ok((agreed, octets)) => {
                log::debug(number, format_args!("{} {}", agreed.version, agreed.cipher));
                secured = Some(agreed);
                early = octets;
            }
            Err(error) => {
                log::info(number, format_args!("TLS handshake failed: {error}"));
                return;
            }
        }
    }
    let Some(mut talk) = house.reception.converse(&arrival, secured, Instant::now()) else {
        return;
    };
    drop(house);
    if !early.is_empty() {
        talk.feed(&early);
    }
    drop(early);
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
