//! Bodies over TLS by FETCH, and a maildrop drained by RETR: megabytes a second, memory flat.

use std::time::Instant;

use house::House;

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
        drain(&server, "pop3s, 20 KB messages", 1, SMALL)?,
        drain(&server, "pop3s, 5 MB messages", 0, BODIES)?,
    ])
}

fn fetch(server: &House) -> Outcome<Row> {
    let mut line = imap(server, 0, &phone(), true)?;
    let before = server.memory_kb()?;
    let (mut rates, mut most) = (Vec::new(), before);
    for _ in 0..RUNS {
        let begun = Instant::now();
        line.send(b"f FETCH 1:* (BODY.PEEK[])\r\n")?;
        let octets = line.drain(tagged("f OK"))?;
        rates.push(octets as f64 / 1e6 / begun.elapsed().as_secs_f64());
        most = most.max(server.memory_kb()?);
    }
    Ok(Row {
        what: "FETCH of bodies over TLS: MB/s; memory grown".into(),
        measured: format!("{:.0}; {} KB", median(rates), most - before),
        aim: "700; flat",
    })
}

fn drain(server: &House, what: &str, person: usize, messages: u64) -> Outcome<Row> {
    let mut rates = Vec::new();
    let before = server.memory_kb()?;
    for _ in 0..RUNS {
        let mut line = pop3(server, person)?;
        let begun = Instant::now();
        let mut octets = 0;
        for n in 1..=messages {
            line.send(format!("RETR {n}\r\n").as_bytes())?;
            octets += line.drain(|tail| tail.ends_with(b"\r\n.\r\n"))?;
        }
        rates.push(octets as f64 / 1e6 / begun.elapsed().as_secs_f64());
        line.send(b"QUIT\r\n")?;
        line.line()?;
    }
    Ok(Row {
        what: format!("POP3 drain ({what}): MB/s; memory grown"),
        measured: format!(
            "{:.0}; {} KB",
            median(rates),
            server.memory_kb()?.saturating_sub(before)
        ),
        aim: "150; flat",
    })
}
