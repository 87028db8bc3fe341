//! Bodies over TLS by FETCH, and a maildrop drained by RETR: megabytes a second, memory flat.

use std::time::Instant;

use house::House;

use crate::limits::{loopback_octets, loopback_round_trips, tls_octets};
use crate::talk::{deliver, house, imap, letter, phone, pop3, smtp, tagged};
use crate::{Outcome, Row, median};

const BODIES: u64 = 40;
const BODY: usize = 5_000_000;
const SMALL: u64 = 4000;
const RUNS: usize = 5;

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(2)?;
    let mut sender = smtp(&server)?;
    for n in 0..BODIES {
        deliver(&mut sender, 0, &letter(BODY, n))?;
    }
    for n in 0..SMALL {
        deliver(&mut sender, 1, &letter(20_000, n))?;
    }
    Ok(vec![
        fetch(&server)?,
        drain(&server, "one RETR after the other, 20 KB each", 1, SMALL, 1)?,
        drain(&server, "ten RETR at once, 20 KB each", 1, SMALL, 10)?,
        drain(&server, "one RETR after the other, 5 MB each", 0, BODIES, 1)?,
    ])
}

fn fetch(server: &House) -> Outcome<Row> {
    let mut line = imap(server, 0, &phone(), true)?;
    let (before, cpu) = (server.memory_kb()?, server.cpu()?);
    let (mut rates, mut most, mut total) = (Vec::new(), before, 0);
    for _ in 0..RUNS {
        let begun = Instant::now();
        line.send(b"f FETCH 1:* (BODY.PEEK[])\r\n")?;
        let octets = line.drain(tagged("f OK"))?;
        if octets < BODIES * BODY as u64 {
            return Err("bodies are missing".into());
        }
        rates.push(octets as f64 / 1e6 / begun.elapsed().as_secs_f64());
        total += octets;
        most = most.max(server.memory_kb()?);
    }
    let cpu = (server.cpu()? - cpu).as_secs_f64() * 1e9 / total as f64;
    let (tls, loopback) = (tls_octets()?, loopback_octets()?);
    Ok(Row {
        what: "FETCH of bodies (5 MB) over TLS: MB/s; server CPU a MB; memory grown".into(),
        measured: format!(
            "**{:.0}**; {cpu:.2} ms; {} KB",
            median(rates),
            most - before
        ),
        limit: format!(
            "client decrypts {:.0}, server encrypts {:.0}, loopback {loopback:.0} MB/s",
            tls.decrypted, tls.encrypted
        ),
        aim: "700; flat",
    })
}

/// Every message of the maildrop; `group` commands are sent before their answers are read (RFC 2449 §6.6).
fn drain(server: &House, what: &str, person: usize, messages: u64, group: u64) -> Outcome<Row> {
    let (mut rates, before) = (Vec::new(), server.memory_kb()?);
    let mut most = before;
    for _ in 0..RUNS {
        let mut line = pop3(server, person)?;
        line.send(b"STAT\r\n")?;
        let said = line.expect("+OK")?;
        let size: u64 = said.split(' ').nth(2).ok_or("STAT")?.parse()?;
        let begun = Instant::now();
        let mut octets = 0;
        for first in (1..=messages).step_by(usize::try_from(group)?) {
            let numbers = first..(first + group).min(messages + 1);
            let commands: String = numbers.map(|n| format!("RETR {n}\r\n")).collect();
            // A last command whose answer is one line tells the end of the group.
            line.send((commands + "STAT\r\n").as_bytes())?;
            octets += line.drain(ends_with_stat)?;
        }
        if octets < size {
            return Err("messages are missing".into());
        }
        rates.push(octets as f64 / 1e6 / begun.elapsed().as_secs_f64());
        most = most.max(server.memory_kb()?);
        line.send(b"QUIT\r\n")?;
        line.line()?;
    }
    Ok(Row {
        what: format!("POP3 drain over TLS, {what}: MB/s; memory grown"),
        measured: format!("**{:.0}**; {} KB", median(rates), most - before),
        limit: format!("{:.0} round trips/s", loopback_round_trips()?),
        aim: "150; flat",
    })
}

/// `.` and the answer to STAT, which is a short line.
fn ends_with_stat(tail: &[u8]) -> bool {
    tail.strip_suffix(b"\r\n")
        .and_then(|tail| {
            let start = tail.windows(2).rposition(|w| w == b"\r\n")?;
            Some((tail.get(..start)?, tail.get(start + 2..)?))
        })
        .is_some_and(|(before, line)| before.ends_with(b"\r\n.") && line.starts_with(b"+OK "))
}
