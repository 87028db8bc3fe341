//! Synced deliveries of 4 KiB at 1, 10 and 50 connections, beside this machine's synced appends; octets written; MAIL to visible.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::limits::{device_octets, loopback_round_trips, synced_appends, written};
use house::House;

use crate::talk::{deliver, house, imap, letter, phone, smtp, status};
use crate::{Outcome, Row, median};

const PEOPLE: usize = 10;
const RUN: Duration = Duration::from_secs(2);
/// Runs of each load, in turns, so that a disk that changes its pace meets all of them.
const RUNS: usize = 3;
const SIZE: usize = 4096;
const VISIBLE: usize = 300;
/// What a commit writes beyond what it hands over: the meta page, of which LMDB writes only the octets that changed, is a page to the device.
const META: u64 = 4096;

const LOADS: [(usize, &str); 3] = [
    (1, "0.3; CPU 0.2 ms; written 9"),
    (10, "1.0; CPU 0.2 ms; written 2.5"),
    (50, "1.5; CPU 0.2 ms"),
];

/// What one run of a load came to.
struct Load {
    /// A second.
    rate: f64,
    appends: f64,
    append_cpu_ms: f64,
    cpu_ms: f64,
    a_commit: f64,
    /// Octets handed to write calls, with whole meta pages, a mail octet.
    written: f64,
    /// Octets that reached the device, a mail octet, whoever wrote them.
    device: Option<f64>,
}

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(PEOPLE)?;
    let mut runs: Vec<Vec<Load>> = LOADS.iter().map(|_| Vec::new()).collect();
    for _ in 0..RUNS {
        for (runs, (connections, _)) in runs.iter_mut().zip(LOADS) {
            runs.push(load(&server, connections)?);
        }
    }
    let mut rows: Vec<Row> = runs
        .iter()
        .zip(LOADS)
        .map(|(runs, (connections, aim))| row(runs, connections, aim))
        .collect();
    rows.push(visible(&server)?);
    Ok(rows)
}

fn row(runs: &[Load], connections: usize, aim: &'static str) -> Row {
    let middle = |of: fn(&Load) -> f64| median(runs.iter().map(of).collect());
    let device = median(runs.iter().filter_map(|run| run.device).collect());
    Row {
        what: format!(
            "4 KiB, {connections} connection(s): visible/s, ratio to synced appends; server CPU each; letters a commit; octets written a mail octet (to the device, all processes)"
        ),
        measured: format!(
            "{:.0}, **{:.2}**; **{:.3} ms**; {:.1}; **{:.1}** ({device:.1})",
            middle(|run| run.rate),
            middle(|run| run.rate / run.appends),
            middle(|run| run.cpu_ms),
            middle(|run| run.a_commit),
            middle(|run| run.written),
        ),
        limit: format!(
            "{:.0} synced appends/s, CPU {:.3} ms each (a commit is two)",
            middle(|run| run.appends),
            middle(|run| run.append_cpu_ms)
        ),
        aim,
    }
}

/// One run; counts only what IMAP then sees.
fn load(server: &House, connections: usize) -> Outcome<Load> {
    let appends_before = synced_appends(server.folder())?;
    let (stop, unique) = (AtomicBool::new(false), AtomicU64::new(0));
    let seen_before = messages(server)?;
    let commits = status(server, "commits")?;
    let handed = written(server.pid())?;
    let device = device_octets(server.folder());
    let (cpu, begun) = (server.cpu()?, Instant::now());
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..connections)
            .map(|n| {
                let (stop, unique) = (&stop, &unique);
                scope.spawn(move || -> Result<(), String> {
                    let mut line = smtp(server)?;
                    while !stop.load(Ordering::Relaxed) {
                        let message = letter(SIZE, unique.fetch_add(1, Ordering::Relaxed));
                        deliver(&mut line, n % PEOPLE, &message)?;
                    }
                    Ok(())
                })
            })
            .collect();
        std::thread::sleep(RUN);
        stop.store(true, Ordering::Relaxed);
        senders
            .into_iter()
            .try_for_each(|s| s.join().map_err(|_| "a sender panicked".to_owned())?)
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = server.cpu()?.saturating_sub(cpu);
    let handed = written(server.pid())?.saturating_sub(handed);
    let device = device_octets(server.folder())
        .zip(device)
        .map(|(after, before)| after - before);
    let commits = status(server, "commits")?.saturating_sub(commits).max(1);
    let seen = (messages(server)? - seen_before) as f64;
    if seen != unique.load(Ordering::Relaxed) as f64 {
        return Err("IMAP does not see every message that SMTP acknowledged".into());
    }
    let appends_after = synced_appends(server.folder())?;
    let mail = seen * SIZE as f64;
    Ok(Load {
        rate: seen / seconds,
        appends: (appends_before.rate + appends_after.rate) / 2.0,
        append_cpu_ms: (appends_before.cpu_ms + appends_after.cpu_ms) / 2.0,
        cpu_ms: cpu.as_secs_f64() * 1e3 / seen,
        a_commit: seen / commits as f64,
        written: (handed + commits * META) as f64 / mail,
        device: device.map(|octets| octets as f64 / mail),
    })
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
    let before = synced_appends(server.folder())?;
    let mut times = Vec::new();
    for n in 0..VISIBLE {
        let message = letter(SIZE, 1_000_000 + n as u64);
        let begun = Instant::now();
        deliver(&mut line, 0, &message)?;
        client.until("* ")?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let append = 2e3 / (before.rate + synced_appends(server.folder())?.rate);
    let round_trip = 1e3 / loopback_round_trips()?;
    let time = median(times);
    Ok(Row {
        what: "MAIL to visible, p50; in synced appends (a commit is two)".into(),
        measured: format!("**{time:.2} ms**; {:.1}", time / append),
        limit: format!("append {append:.2} ms, round trip {round_trip:.3} ms"),
        aim: "1 ms",
    })
}
