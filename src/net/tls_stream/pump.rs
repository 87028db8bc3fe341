//! Feeding rustls what came until it wants more.

use std::io;

use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

use super::{End, Scratch};

/// More states than any honest handshake or input of one buffer goes through between two calls that consume something.
pub(super) const MOST_STATES: usize = 64;

/// What a pump came to.
pub(super) struct Pumped {
    /// Octets of the incoming buffer that are done with.
    pub(super) consumed: usize,
    /// Octets in the outgoing buffer that must be sent, whatever else happened.
    pub(super) queued: usize,
    /// close_notify came.
    pub(super) closed: bool,
    /// The connection is broken; what is queued ends with the alert that says why.
    pub(super) failure: Option<io::Error>,
}

/// Processes the first `filled` octets of the incoming buffer: plaintext goes to `sink`, TLS's own messages to the outgoing buffer.
pub(super) fn pump<E: End>(
    connection: &mut E,
    scratch: &mut Scratch,
    filled: usize,
    sink: &mut dyn FnMut(&[u8]),
) -> Pumped {
    let mut pumped = Pumped {
        consumed: 0,
        queued: 0,
        closed: false,
        failure: None,
    };
    loop {
        let input = scratch
            .incoming
            .get_mut(pumped.consumed..filled)
            .unwrap_or_default();
        let UnbufferedStatus { mut discard, state } = connection.process(input);
        let state = match state {
            Ok(state) => state,
            Err(error) => {
                pumped.consumed += discard;
                pumped.failure = Some(io::Error::new(io::ErrorKind::InvalidData, error));
                break;
            }
        };
        let mut blocked = false;
        match state {
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    match record {
                        Ok(record) => {
                            discard += record.discard;
                            sink(record.payload);
                        }
                        Err(error) => {
                            pumped.failure =
                                Some(io::Error::new(io::ErrorKind::InvalidData, error));
                        }
                    }
                }
            }
            ConnectionState::EncodeTlsData(mut data) => {
                let room = scratch
                    .outgoing
                    .get_mut(pumped.queued..)
                    .unwrap_or_default();
                match data.encode(room) {
                    Ok(written) => pumped.queued += written,
                    Err(error) => pumped.failure = Some(io::Error::other(error)),
                }
            }
            // The caller sends what is queued before anything else, so as far as rustls is concerned it is sent.
            ConnectionState::TransmitTlsData(transmit) => transmit.done(),
            ConnectionState::PeerClosed => pumped.closed = true,
            ConnectionState::WriteTraffic(_)
            | ConnectionState::BlockedHandshake
            | ConnectionState::Closed => blocked = true,
            // Early data is switched off, and no other state exists today.
            _ => {
                pumped.failure = Some(io::Error::other("an unexpected state of TLS"));
            }
        }
        pumped.consumed += discard;
        if blocked || pumped.failure.is_some() {
            break;
        }
    }
    if pumped.failure.is_some() {
        queue_alert(connection, scratch, filled, &mut pumped);
    }
    pumped
}

/// After a failure: the alert that rustls has made of it, and what it had to say before. It is given the same input again, into which it remembers positions; it panics
/// without. Nothing follows the alert, and asking for more would have it fail again over the same octets, which it does not expect.
fn queue_alert<E: End>(
    connection: &mut E,
    scratch: &mut Scratch,
    filled: usize,
    pumped: &mut Pumped,
) {
    for _ in 0..MOST_STATES {
        let input = scratch
            .incoming
            .get_mut(pumped.consumed..filled)
            .unwrap_or_default();
        let UnbufferedStatus { discard, state } = connection.process(input);
        pumped.consumed += discard;
        match state {
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                let room = scratch
                    .outgoing
                    .get_mut(pumped.queued..)
                    .unwrap_or_default();
                let Ok(written) = data.encode(room) else {
                    return;
                };
                pumped.queued += written;
                if is_alert(room.get(..written).unwrap_or_default()) {
                    return;
                }
            }
            Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
            _ => return,
        }
    }
}

/// Whether a record is an alert (RFC 8446 §6): it says so, or it is encrypted and holds two octets, their type and the tag; no other message is as short.
fn is_alert(record: &[u8]) -> bool {
    const ALERT: u8 = 21;
    const ENCRYPTED: u8 = 23;
    match record.first() {
        Some(&ALERT) => true,
        Some(&ENCRYPTED) => record.len() == 5 + 2 + 1 + 16,
        _ => false,
    }
}
