//! The house that is measured, and the few dialogues that the figures need.

use std::sync::Arc;

use house::{House, Plan, Result, Wire, wire};
use rustls::ClientConfig;

pub const PASSWORD: &str = "a password for measuring";
/// Limits that a thousand clients from one address and a sender who never hangs up need. The log is quiet, so that what the process writes is its store.
pub const RAISED: &str = "[log]\nlevel = \"warn\"\n[limits]\nconnections = 20000\nconnections_per_address = 20000\n[limits.smtp]\ncommands = 100000000\n";

/// A house with `people` (p0@house.test, p1@…), each with [`PASSWORD`].
pub fn house(people: usize) -> Result<House> {
    House::start(&Plan {
        program: house::program_beside(),
        people: (0..people)
            .map(|n| (address(n), PASSWORD.to_owned()))
            .collect(),
        settings: RAISED.to_owned(),
    })
}

pub fn address(person: usize) -> String {
    format!("p{person}@house.test")
}

pub fn phone() -> Arc<ClientConfig> {
    wire::trusting()
}

/// An IMAP client over TLS, logged in; `select` opens INBOX.
pub fn imap(house: &House, person: usize, phone: &Arc<ClientConfig>, select: bool) -> Result<Wire> {
    let mut wire = Wire::connect_tls(house.port("imaps")?, phone)?;
    wire.expect("* OK")?;
    wire.send(format!("a LOGIN {} \"{PASSWORD}\"\r\n", address(person)).as_bytes())?;
    wire.until("a OK")?;
    if select {
        wire.send(b"b SELECT INBOX\r\n")?;
        wire.until("b OK")?;
    }
    Ok(wire)
}

pub fn pop3(house: &House, person: usize) -> Result<Wire> {
    let mut wire = Wire::connect_tls(house.port("pop3s")?, &phone())?;
    wire.send(format!("USER {}\r\nPASS {PASSWORD}\r\n", address(person)).as_bytes())?;
    for _ in 0..3 {
        wire.expect("+OK")?;
    }
    Ok(wire)
}

/// Greeting and EHLO on port 25.
pub fn smtp(house: &House) -> Result<Wire> {
    let mut wire = house.connect("smtp")?;
    wire.expect("220")?;
    wire.send(b"EHLO bench.test\r\n")?;
    wire.until("250 ")?;
    Ok(wire)
}

/// MAIL, RCPT and DATA, pipelined as RFC 2920 allows; returns at the 354.
pub fn data(wire: &mut Wire, person: usize) -> Result<()> {
    let envelope = format!(
        "MAIL FROM:<eve@elsewhere.test>\r\nRCPT TO:<{}>\r\nDATA\r\n",
        address(person)
    );
    wire.send(envelope.as_bytes())?;
    for expected in ["250", "250", "354"] {
        wire.expect(expected)?;
    }
    Ok(())
}

/// One message to `person`; returns at the final 250.
pub fn deliver(wire: &mut Wire, person: usize, message: &[u8]) -> Result<()> {
    data(wire, person)?;
    wire.send(message)?;
    wire.expect("250").map(|_| ())
}

/// A number about the store, as the running box tells it.
pub fn status(house: &House, of_store: &str) -> Result<u64> {
    let said = house.command(&["status", "--json"], "")?;
    let status: serde_json::Value = serde_json::from_str(&said).map_err(|e| e.to_string())?;
    status["store"][of_store]
        .as_u64()
        .ok_or_else(|| format!("status says nothing of {of_store}: {said}"))
}

/// Whether the last octets read end with the tagged reply `tag`.
pub fn tagged(tag: &str) -> impl Fn(&[u8]) -> bool + use<> {
    let start = format!("\r\n{tag}").into_bytes();
    move |tail| tail.ends_with(b"\r\n") && tail.windows(start.len()).any(|w| w == start)
}

/// A letter of about `size` octets with its final dot. `unique` makes subject and id differ.
pub fn letter(size: usize, unique: u64) -> Vec<u8> {
    letter_from("eve@elsewhere.test", size, unique)
}

/// The same of another author's.
pub fn letter_from(author: &str, size: usize, unique: u64) -> Vec<u8> {
    let mut text = format!(
        "From: Eve Example <{author}>\r\nTo: Person <p@house.test>\r\nSubject: Letter number {unique} about nothing much\r\n\
         Date: Sun, 22 Nov 2026 02:23:54 +0000\r\nMessage-ID: <{unique}.bench@elsewhere.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    .into_bytes();
    while text.len() + 5 < size {
        let left = size - 5 - text.len();
        let line =
            b"The quick brown fox jumps over the lazy dog and writes home about it, again.\r\n";
        text.extend_from_slice(&line[line.len().saturating_sub(left.max(2))..]);
    }
    text.extend_from_slice(b".\r\n");
    text
}
