//! What the network knows of a protocol: octets go in, octets come out, and now and then it wants one of a few things.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use event_listener::Event;

use super::{Secured, Service};

/// Who came in, by which door.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The session's number in the log; counts from 1 and is never used twice in one run.
    pub number: u64,
    /// The service that listens at the door.
    pub service: Service,
    /// The client's address and port. An IPv4 client is always told as IPv4.
    pub peer: SocketAddr,
}

/// What a conversation wants next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Nothing can go on before more octets, the wake or the deadline come.
    Read,
    /// Flush what was printed, then step again: the answer has more pieces.
    More,
    /// Flush, then take the client's TLS handshake, then [`Conversation::tls_started`].
    StartTls,
    /// Flush, then compress in both directions ([`Conversation::compression_begun`]).
    Compress,
    /// Flush, then compress no longer in either direction.
    Uncompress,
    /// Run [`Conversation::work`] to its end, then step again.
    Work,
    /// Flush and close.
    Close,
}

/// One protocol session as [`super::drive`] sees it. The calls never come while [`Conversation::work`] runs.
pub trait Conversation: Send {
    /// Octets from the client, in any split. All of them must be kept until stepped over; at most [`Conversation::appetite`] and one TLS record come
    /// between two steps.
    fn feed(&mut self, octets: &[u8]);

    /// Goes on as far as it can without the world, printing to `out` (which may already hold octets). Prints at most about 64 KiB and
    /// then says [`Next::More`]. Called after each feed, wake, work and once the deadline has passed: it is the session that notices
    /// that it is late, says so to its client and closes.
    fn step(&mut self, now: Instant, out: &mut Vec<u8>) -> Next;

    /// What [`Next::Work`] waits for: a log-in judged, a commit synced.
    fn work(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// When to step again at the latest. A deadline that has passed and after which `step` still says [`Next::Read`] ends the connection.
    fn deadline(&self) -> Instant;

    /// The events that make it worth looking again (IDLE, NOTIFY); none while only the client can cause news. They change only in a step.
    fn wakes(&self) -> &[Arc<Event>] {
        &[]
    }

    /// How many octets one read may bring: a stranger's commands need few, and what a thousand strangers pipeline while their passwords are hashed must fit in
    /// memory; a message is taken faster in large reads. At most 64 KiB are used.
    fn appetite(&self) -> usize {
        16 * 1024
    }

    /// Called after subscribing to the wakes and before the next step: look now.
    fn woken(&mut self) {}

    /// The box is going down: say goodbye into `out`. Nothing follows.
    fn shutdown(&mut self, out: &mut Vec<u8>);

    /// The handshake that [`Next::StartTls`] asked for succeeded.
    fn tls_started(&mut self, secured: Secured);

    /// From here on what comes in is unpacked before it is fed. Returns what was fed and not used: it is packed already.
    fn compression_begun(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
