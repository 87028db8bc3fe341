//! FETCH 1:* (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE) of 10,000 messages.

use std::time::Instant;

use house::{House, Wire};

use crate::limits::{loopback_octets, tls_octets};
use crate::talk::{deliver, house, imap, letter, phone, smtp, tagged};
use crate::{Outcome, Row, median};

const MESSAGES: u64 = 10_000;
const FILLERS: u64 = 20;
const RUNS: usize = 9;
const LIST: &[u8] = b"f FETCH 1:* (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE)\r\n";

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(1)?;
    fill(&server)?;
    let mut line = imap(&server, 0, &phone(), true)?;
    let octets = count(&mut line)?;
    let (before, cpu) = (server.memory_kb()?, server.cpu()?);
    let (mut rates, mut most) = (Vec::new(), before);
    for _ in 0..RUNS {
        let begun = Instant::now();
        line.send(LIST)?;
        if line.drain(tagged("f OK"))? != octets {
            return Err("two listings differ".into());
        }
        rates.push(MESSAGES as f64 / begun.elapsed().as_secs_f64());
        most = most.max(server.memory_kb()?);
    }
    let cpu = (server.cpu()? - cpu).as_secs_f64() * 1e6 / (RUNS as f64 * MESSAGES as f64);
    let each = octets as f64 / MESSAGES as f64;
    let bound = |rate: f64| rate * 1e6 / each;
    Ok(vec![Row {
        what: format!(
            "list 10,000 (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE) over TLS: messages/s; server CPU each ({each:.0} octets); memory grown"
        ),
        measured: format!(
            "**{:.0}**; {cpu:.2} µs; {} KB",
            median(rates),
            most - before
        ),
        limit: format!(
            "these octets decrypted {:.0}/s, over loopback {:.0}/s",
            bound(tls_octets()?.decrypted),
            bound(loopback_octets()?)
        ),
        aim: "300,000; flat",
    }])
}

/// The octets of a listing that was found to name every message.
fn count(line: &mut Wire) -> Outcome<u64> {
    line.send(LIST)?;
    let (mut messages, mut octets) = (0, 0);
    loop {
        let said = line.line()?.ok_or("the server closed")?;
        octets += said.len() as u64 + 2;
        if said.starts_with("f OK") {
            break;
        }
        let whole = said.starts_with("* ") && said.contains("ENVELOPE (") && said.ends_with(')');
        messages += u64::from(whole);
    }
    if messages != MESSAGES {
        return Err(format!("{messages} of {MESSAGES} messages are listed").into());
    }
    Ok(octets)
}

fn fill(server: &House) -> Outcome<()> {
    std::thread::scope(|scope| {
        let fillers: Vec<_> = (0..FILLERS)
            .map(|filler| {
                scope.spawn(move || -> Result<(), String> {
                    let mut line = smtp(server)?;
                    for n in 0..MESSAGES / FILLERS {
                        deliver(&mut line, 0, &letter(2048, filler * MESSAGES + n))?;
                    }
                    Ok(())
                })
            })
            .collect();
        fillers
            .into_iter()
            .try_for_each(|f| f.join().map_err(|_| "a filler panicked".to_owned())?)
    })
    .map_err(Into::into)
}
