//! What TLS costs without a network: both ends in one thread, one core.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

use crate::Outcome;
use crate::talk::phone;

const RUN: Duration = Duration::from_millis(700);
/// Plaintext encrypted at once: four full records.
const PIECE: usize = 64 * 1024;

/// MB/s that this machine's client decrypts, and that its server encrypts.
pub struct Octets {
    pub decrypted: f64,
    pub encrypted: f64,
}

/// One connection, its cipher the one that both ends of the box's measure agree on.
pub fn octets() -> Outcome<Octets> {
    let (mut client, mut server) = connect(&phone(), &server()?)?;
    let plain = vec![0x5a; PIECE];
    let (mut wire, mut read) = (Vec::with_capacity(2 * PIECE), vec![0; PIECE]);
    let (mut encrypting, mut decrypting, mut octets) = (Duration::ZERO, Duration::ZERO, 0);
    while encrypting + decrypting < RUN {
        wire.clear();
        let begun = Instant::now();
        std::io::Write::write_all(&mut server.writer(), &plain)?;
        while server.wants_write() {
            server.write_tls(&mut wire)?;
        }
        encrypting += begun.elapsed();
        let begun = Instant::now();
        let mut rest = &wire[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest)?;
            let waits = client.process_new_packets()?.plaintext_bytes_to_read();
            let room = &mut read[..waits];
            client.reader().read_exact(room)?;
            octets += waits;
        }
        decrypting += begun.elapsed();
    }
    let rate = |time: Duration| octets as f64 / 1e6 / time.as_secs_f64();
    Ok(Octets {
        decrypted: rate(decrypting),
        encrypted: rate(encrypting),
    })
}

/// Resumed handshakes a second, both ends' work together.
pub fn handshakes() -> Outcome<f64> {
    let (phone, server) = (phone(), server()?);
    connect(&phone, &server)?;
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < RUN {
        connect(&phone, &server)?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// A server's side, its certificate made on the spot; it gives tickets.
pub fn server() -> Outcome<Arc<ServerConfig>> {
    let made = rcgen::generate_simple_self_signed([house::HOSTNAME.to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    config.ticketer = rustls::crypto::ring::Ticketer::new()?;
    Ok(Arc::new(config))
}

/// Both ends after their handshake and the server's tickets.
fn connect(
    phone: &Arc<ClientConfig>,
    config: &Arc<ServerConfig>,
) -> Outcome<(ClientConnection, ServerConnection)> {
    let mut client = ClientConnection::new(phone.clone(), ServerName::try_from(house::HOSTNAME)?)?;
    let mut server = ServerConnection::new(config.clone())?;
    let mut wire = Vec::new();
    while client.wants_write() || server.wants_write() {
        while client.wants_write() {
            client.write_tls(&mut wire)?;
        }
        let mut rest = &wire[..];
        while !rest.is_empty() {
            server.read_tls(&mut rest)?;
            server.process_new_packets()?;
        }
        wire.clear();
        while server.wants_write() {
            server.write_tls(&mut wire)?;
        }
        let mut rest = &wire[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest)?;
            client.process_new_packets()?;
        }
        wire.clear();
    }
    Ok((client, server))
}
