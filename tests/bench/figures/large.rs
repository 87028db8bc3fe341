//! A 50 MB message in by SMTP, then out by FETCH and RETR to clients that read slowly, while another client lives on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::server::{PASSWORD, Server, address};
use crate::wire::{Line, deliver, imap, letter, smtp, trusting};
use crate::{Outcome, Row, median};

const SIZE: usize = 50_000_000;
/// Octets a second of the slow reader.
const SLOW: u64 = 10_000_000;

pub fn measure() -> Outcome<Vec<Row>> {
    let server = Server::start(2)?;
    let config = trusting();
    let alone = noop_latency(&server, || Ok(()))?.1;
    let message = letter(SIZE, 1);
    let mut rows = Vec::new();
    let mut row = |what: &str, (grown, latency): (u64, f64)| {
        rows.push(Row {
            what: format!("50 MB {what}: memory grown; another's NOOP p50 (alone {alone:.2} ms)"),
            measured: format!("{:.2} MB; {latency:.2} ms", grown as f64 / 1024.0),
            aim: "2 MB; unharmed",
        });
    };
    row(
        "in by SMTP",
        noop_latency(&server, || deliver(&mut smtp(&server)?, 0, &message))?,
    );
    let size = stored_size(&server)?;
    row(
        "out by FETCH to a slow reader",
        noop_latency(&server, || {
            let mut line = imap(&server, 0, &config, true)?;
            line.send(b"f FETCH 1 (BODY.PEEK[])\r\n")?;
            line.line()?;
            line.read_slowly(size, SLOW)?;
            line.until("f OK").map(|_| ())
        })?,
    );
    row(
        "out by RETR to a slow reader",
        noop_latency(&server, || {
            let mut line = Line::tls(server.port("pop3s"), &config)?;
            line.send(format!("USER {}\r\nPASS {PASSWORD}\r\nRETR 1\r\n", address(0)).as_bytes())?;
            for _ in 0..4 {
                line.line()?;
            }
            line.read_slowly(size, SLOW)?;
            line.until(".\r\n").map(|_| ())
        })?,
    );
    Ok(rows)
}

fn stored_size(server: &Server) -> Outcome<u64> {
    let mut line = imap(server, 0, &trusting(), true)?;
    line.send(b"f FETCH 1 (RFC822.SIZE)\r\n")?;
    let said = line.line()?;
    Ok(said
        .split("RFC822.SIZE ")
        .nth(1)
        .and_then(|t| t.split([')', ' ']).next())
        .ok_or("RFC822.SIZE")?
        .parse()?)
}

/// Memory that `work` adds at most (KB), and the median NOOP of another client meanwhile (ms).
fn noop_latency(server: &Server, work: impl FnOnce() -> Outcome<()>) -> Outcome<(u64, f64)> {
    let mut other = imap(server, 1, &trusting(), true)?;
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
