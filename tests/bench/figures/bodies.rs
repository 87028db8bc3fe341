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
        drain(&server, "20 KB each", 1, SMALL)?,
        drain(&server, "5 MB each", 0, BODIES)?,
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

fn drain(server: &House, what: &str, person: usize, messages: u64) -> Outcome<Row> {
    let (mut rates, before) = (Vec::new(), server.memory_kb()?);
    let mut most = before;
    for _ in 0..RUNS {
        let mut line = pop3(server, person)?;
        let begun = Instant::now();
        let mut octets = 0;
        for n in 1..=messages {
            line.send(format!("RETR {n}\r\n").as_bytes())?;
            octets += line.drain(|tail| tail.ends_with(b"\r\n.\r\n"))?;
        }
        rates.push(octets as f64 / 1e6 / begun.elapsed().as_secs_f64());
        most = most.max(server.memory_kb()?);
        line.send(b"QUIT\r\n")?;
        line.line()?;
    }
    Ok(Row {
        what: format!("POP3 drain over TLS, one RETR after the other, {what}: MB/s; memory grown"),
        measured: format!("**{:.0}**; {} KB", median(rates), most - before),
        limit: format!("{:.0} round trips/s", loopback_round_trips()?),
        aim: "150; flat",
    })
}
