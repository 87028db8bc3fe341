//! A 50 MB message in by SMTP, then out by FETCH and RETR to clients that read slowly, while another client lives on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use house::{House, Wire};

use crate::talk::{deliver, house, imap, letter, phone, pop3, smtp};
use crate::{Outcome, Row, median};

const SIZE: usize = 50_000_000;
/// Octets a second of the slow reader.
const SLOW: u64 = 10_000_000;

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(2)?;
    let config = phone();
    let alone = noop_latency(&server, || Ok(()))?.1;
    let message = letter(SIZE, 1);
    let mut rows = Vec::new();
    let mut row = |what: &str, (grown, latency): (u64, f64)| {
        rows.push(Row {
            what: format!("50 MB {what}: most memory grown; another client's NOOP p50"),
            measured: format!("**{:.2} MB**; {latency:.2} ms", grown as f64 / 1024.0),
            limit: format!("alone {alone:.2} ms"),
            aim: "2 MB; unharmed",
        });
    };
    row(
        "in by SMTP",
        noop_latency(&server, || Ok(deliver(&mut smtp(&server)?, 0, &message)?))?,
    );
    let size = stored_size(&server)?;
    row(
        "out by FETCH to a slow reader",
        noop_latency(&server, || {
            let mut line = imap(&server, 0, &config, true)?;
            line.send(b"f FETCH 1 (BODY.PEEK[])\r\n")?;
            line.expect("* 1 FETCH")?;
            read_slowly(&mut line, size)?;
            line.until("f OK")?;
            Ok(())
        })?,
    );
    row(
        "out by RETR to a slow reader",
        noop_latency(&server, || {
            let mut line = pop3(&server, 0)?;
            line.send(b"RETR 1\r\n")?;
            line.expect("+OK")?;
            read_slowly(&mut line, size)?;
            line.until(".")?;
            Ok(())
        })?,
    );
    Ok(rows)
}

fn stored_size(server: &House) -> Outcome<u64> {
    let mut line = imap(server, 0, &phone(), true)?;
    line.send(b"f FETCH 1 (RFC822.SIZE)\r\n")?;
    let said = line.expect("* 1 FETCH")?;
    Ok(said
        .split("RFC822.SIZE ")
        .nth(1)
        .and_then(|t| t.split([')', ' ']).next())
        .ok_or("RFC822.SIZE")?
        .parse()?)
}

fn read_slowly(wire: &mut Wire, octets: u64) -> Outcome<()> {
    let mut piece = vec![0; (SLOW / 50) as usize];
    let mut left = octets;
    while left > 0 {
        let want = piece.len().min(left as usize);
        wire.read_exact(&mut piece[..want])?;
        left -= want as u64;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Memory that `work` adds at most (KB), and the median NOOP of another client meanwhile (ms).
fn noop_latency(server: &House, work: impl FnOnce() -> Outcome<()>) -> Outcome<(u64, f64)> {
    let mut other = imap(server, 1, &phone(), true)?;
    let before = server.memory_kb()?;
    let (done, most) = (AtomicBool::new(false), AtomicU64::new(before));
    let (worked, times) = std::thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(server.memory_kb().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        let noops = scope.spawn(|| {
            let (mut times, begun) = (Vec::new(), Instant::now());
            while !done.load(Ordering::Relaxed) || begun.elapsed() < Duration::from_millis(500) {
                let sent = Instant::now();
                if other
                    .send(b"n NOOP\r\n")
                    .and_then(|()| other.until("n OK"))
                    .is_err()
                {
                    break;
                }
                times.push(sent.elapsed().as_secs_f64() * 1e3);
                std::thread::sleep(Duration::from_millis(5));
            }
            times
        });
        let worked = work();
        done.store(true, Ordering::Relaxed);
        let _ = sampler.join();
        (worked, noops.join().unwrap_or_default())
    });
    worked?;
    Ok((most.load(Ordering::Relaxed) - before, median(times)))
}
