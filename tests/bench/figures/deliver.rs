//! Synced deliveries of 4 KiB at 1, 10 and 50 connections, beside this machine's synced appends; bytes written; MAIL to visible.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::limits::{device_octets, synced_appends};
use house::House;

use crate::talk::{deliver, house, imap, letter, phone, smtp};
use crate::{Outcome, Row, median};

const PEOPLE: usize = 10;
const RUN: Duration = Duration::from_secs(3);
const SIZE: usize = 4096;
const VISIBLE: usize = 300;

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(PEOPLE)?;
    let mut rows = Vec::new();
    for (connections, aim) in [
        (1, "0.3; CPU 0.2 ms; written 9"),
        (10, "1.0; written 2.5"),
        (50, "1.5"),
    ] {
        let before = synced_appends(server.folder())?;
        let (rate, cpu, written) = load(&server, connections)?;
        let appends = median(vec![before, synced_appends(server.folder())?]);
        let written = written.map_or("?".to_owned(), |w| format!("{w:.1}"));
        rows.push(Row {
            what: format!("4 KiB, {connections} connection(s): visible/s; ratio to synced appends; CPU each; bytes written a byte"),
            measured: format!("{rate:.0}; {:.2} of {appends:.0}; {cpu:.3} ms; {written}", rate / appends),
            aim,
        });
    }
    rows.push(visible(&server)?);
    Ok(rows)
}

/// Deliveries a second, server CPU of each in ms, device bytes a mail byte. Counts only what IMAP then sees.
fn load(server: &House, connections: usize) -> Outcome<(f64, f64, Option<f64>)> {
    let (stop, unique) = (AtomicBool::new(false), AtomicU64::new(0));
    let seen_before = messages(server)?;
    let (cpu, octets, begun) = (
        server.cpu()?,
        device_octets(server.folder()),
        Instant::now(),
    );
    std::thread::scope(|scope| {
        for n in 0..connections {
            let (stop, unique) = (&stop, &unique);
            scope.spawn(move || -> Result<(), String> {
                let mut line = smtp(server)?;
                while !stop.load(Ordering::Relaxed) {
                    let message = letter(SIZE, unique.fetch_add(1, Ordering::Relaxed));
                    deliver(&mut line, n % PEOPLE, &message)?;
                }
                Ok(())
            });
        }
        std::thread::sleep(RUN);
        stop.store(true, Ordering::Relaxed);
    });
    let (seconds, cpu) = (
        begun.elapsed().as_secs_f64(),
        server.cpu()?.saturating_sub(cpu),
    );
    let written = device_octets(server.folder())
        .zip(octets)
        .map(|(after, before)| (after - before) as f64);
    let seen = (messages(server)? - seen_before) as f64;
    Ok((
        seen / seconds,
        cpu.as_secs_f64() * 1e3 / seen,
        written.map(|w| w / (seen * SIZE as f64)),
    ))
}

fn messages(server: &House) -> Outcome<u64> {
    let config = phone();
    let mut total = 0;
    for person in 0..PEOPLE {
        let mut line = imap(server, person, &config, false)?;
        line.send(b"s STATUS INBOX (MESSAGES)\r\n")?;
        let said = line.expect("* STATUS")?;
        let number = said
            .split("MESSAGES ")
            .nth(1)
            .and_then(|t| t.split(')').next())
            .ok_or("STATUS")?;
        total += number.parse::<u64>()?;
    }
    Ok(total)
}

/// From MAIL to the moment an idling client hears of the message, alone.
fn visible(server: &House) -> Outcome<Row> {
    let config = phone();
    let mut client = imap(server, 0, &config, true)?;
    client.send(b"i IDLE\r\n")?;
    client.until("+")?;
    let mut line = smtp(server)?;
    let mut times = Vec::new();
    for n in 0..VISIBLE {
        let message = letter(SIZE, 1_000_000 + n as u64);
        let begun = Instant::now();
        deliver(&mut line, 0, &message)?;
        client.until("* ")?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Row {
        what: "MAIL to visible, p50".into(),
        measured: format!("{:.2} ms", median(times)),
        aim: "1 ms",
    })
}
