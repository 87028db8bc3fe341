//! IMAP over large mailboxes, beside Debian's Dovecot: the same letters, the same client over TLS, in turns in the same run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::limits::loopback_round_trips;
use crate::talk::phone;
use crate::world::dovecot::{self, Dovecot};
use crate::world::mailhouse::{Client, Mailhouse};
use crate::world::prose::{COMMON, PHRASE, RARE, SUBJECT};
use crate::{Outcome, Row, median};

/// Runs of a command, of which the middle one counts.
const RUNS: usize = 7;
/// Runs of what is slow or changes much.
const FEW: usize = 3;
/// Messages copied, moved and expunged at a time.
const MANY: u64 = 10_000;
/// Commands one by one.
const ONE_BY_ONE: u64 = 300;
const LOG_INS: usize = 100;
/// What is built behind arrival is waited for at most so long.
const SETTLE: Duration = Duration::from_secs(600);
/// It is taken to be there when so many looks, one after another, find nothing at work.
const QUIET: u32 = 3;
const LOOK: Duration = Duration::from_millis(750);
/// Set in the environment: the box alone is measured.
const ALONE: &str = "BENCH_ALONE";

pub fn ten_thousand() -> Outcome<Vec<Row>> {
    measure(10_000)
}

pub fn hundred_thousand() -> Outcome<Vec<Row>> {
    measure(100_000)
}

/// One measured thing: its name, its numbers by house, how they are said.
struct Told {
    what: &'static str,
    aim: &'static str,
    values: Vec<String>,
}

fn measure(messages: u64) -> Outcome<Vec<Row>> {
    let mut houses = vec![Mailhouse::pillarbox()?];
    let peer = match std::env::var_os(ALONE) {
        Some(_) => Err(format!("Dovecot is left out: {ALONE} is set")),
        None => dovecot::version(),
    };
    if peer.is_ok() {
        houses.push(Mailhouse::Dovecot(Dovecot::start()?));
    }
    let mut table: Vec<Told> = Vec::new();
    for house in &houses {
        let told = house.watched(|most| {
            let mut rows = Rows {
                told: Vec::new(),
                most,
                peak: (0, ""),
            };
            all(house, messages, &mut rows)?;
            let (most, meanwhile) = rows.peak;
            let value = format!("{} ({meanwhile})", mb(most));
            rows.told("most memory of all processes, MB (during)", "8", value);
            Ok::<_, Box<dyn std::error::Error>>(rows.told)
        })?;
        for (at, (what, aim, value)) in told.into_iter().enumerate() {
            match table.get_mut(at) {
                Some(row) => row.values.push(value),
                None => table.push(Told {
                    what,
                    aim,
                    values: vec![value],
                }),
            }
        }
    }
    let trips = loopback_round_trips()?;
    let name = match peer {
        Ok(version) => format!("Dovecot {version}: "),
        Err(missing) => missing,
    };
    Ok(table
        .into_iter()
        .enumerate()
        .map(|(at, told)| Row {
            what: format!("IMAP, {messages} messages: {}", told.what),
            measured: told.values.first().cloned().unwrap_or_default(),
            limit: match at {
                0 => format!(
                    "{name}{}; {trips:.0} round trips/s",
                    told.values.get(1).cloned().unwrap_or_default()
                ),
                _ => told.values.get(1).cloned().unwrap_or_default(),
            },
            aim: told.aim,
        })
        .collect())
}

type Value = (&'static str, &'static str, String);

/// What has been measured of one house, said on stderr as it comes.
struct Rows<'m> {
    told: Vec<Value>,
    /// the most memory seen since the last row, KB
    most: &'m AtomicU64,
    /// the most of all, and what was done meanwhile
    peak: (u64, &'static str),
}

impl Rows<'_> {
    fn told(&mut self, what: &'static str, aim: &'static str, value: String) {
        let most = self.most.swap(0, Ordering::Relaxed);
        if most > self.peak.0 {
            self.peak = (most, what);
        }
        eprintln!("{what}: {value} [{} MB]", mb(most));
        self.told.push((what, aim, value));
    }
}

fn all(house: &Mailhouse, messages: u64, rows: &mut Rows<'_>) -> Outcome<()> {
    let config = phone();
    let client = &mut house.client(&config)?;
    // The hash of a password that is not remembered takes 19 MiB for a moment, whoever computes it.
    rows.most.store(0, Ordering::Relaxed);
    client.lines("CREATE many")?;
    client.lines("CREATE other")?;
    let (time, octets) = client.fill("many", 0, messages)?;
    rows.told(
        "MULTIAPPEND, 200 a command: messages/s",
        "20,000",
        rate(messages, time),
    );
    let settled = settle(house, client)?;
    rows.told(
        "… and what is built behind arrival is there after, s",
        "",
        format!("{:.1}", settled.as_secs_f64()),
    );
    rows.told(
        "disk used / octets of mail",
        "1.3",
        format!("{:.2}", house.disk() as f64 / octets as f64),
    );
    let times: Vec<f64> = (0..RUNS)
        .map(|_| ms(client.time("SELECT many")))
        .collect::<Outcome<_>>()?;
    rows.told("SELECT, ms", "", three(median(times)));
    let fetch = middle(client, RUNS, "FETCH 1:* (FLAGS ENVELOPE)")?;
    rows.told(
        "FETCH 1:* (FLAGS ENVELOPE): messages/s",
        "",
        format!("{:.0}", messages as f64 / fetch * 1e3),
    );
    rows.told(
        "UID FETCH 1:* (FLAGS) (CHANGEDSINCE) after 10 changes, ms",
        "Dovecot/10",
        three(changed_since(client, messages)?),
    );
    rows.told(
        "STORE +FLAGS one by one: /s",
        "",
        one_by_one(client, messages)?,
    );
    let mut times = Vec::new();
    for sign in ["+", "-", "+", "-"] {
        times.push(ms(client
            .run(&format!("STORE 1:* {sign}FLAGS.SILENT (\\Flagged)"))
            .map(|r| r.0))?);
    }
    rows.told(
        "STORE 1:* +FLAGS.SILENT, ms",
        "1 a 1,000 messages, or a commit",
        three(median(times)),
    );
    for (what, aim, command) in [
        (
            "SEARCH SUBJECT, ms",
            "1 (5)",
            format!("UID SEARCH SUBJECT {SUBJECT}"),
        ),
        (
            "SEARCH TEXT of a rare word, ms",
            "1 (5)",
            format!("UID SEARCH TEXT {RARE}"),
        ),
        (
            "SEARCH TEXT of a common word, ms",
            "1 (5)",
            format!("UID SEARCH RETURN (COUNT) TEXT {COMMON}"),
        ),
        (
            "SEARCH BODY of two words, ms",
            "1 (5)",
            format!("UID SEARCH BODY \"{PHRASE}\""),
        ),
        (
            "SEARCH UNSEEN SINCE, ms",
            "1 (5)",
            "UID SEARCH RETURN (COUNT) UNSEEN SINCE 1-Jan-2020".to_owned(),
        ),
        (
            "SORT (DATE), ms",
            "Dovecot/10",
            "UID SORT (DATE) UTF-8 ALL".to_owned(),
        ),
        (
            "SORT (SUBJECT), ms",
            "Dovecot/10",
            "UID SORT (SUBJECT) UTF-8 ALL".to_owned(),
        ),
        (
            "THREAD REFERENCES, ms",
            "",
            "UID THREAD REFERENCES UTF-8 ALL".to_owned(),
        ),
    ] {
        let time = middle(client, RUNS, &command)?;
        rows.told(what, aim, three(time));
    }
    for (what, aim, value) in bulk(client, messages)? {
        rows.told(what, aim, value);
    }
    let begun = Instant::now();
    for number in 0..ONE_BY_ONE {
        client.append("other", messages + number)?;
    }
    rows.told(
        "APPEND one by one: /s",
        "",
        rate(ONE_BY_ONE, begun.elapsed()),
    );
    let begun = Instant::now();
    for _ in 0..LOG_INS {
        house.client(&config)?.lines("LOGOUT")?;
    }
    rows.told(
        "log-ins over TLS, one after another: /s",
        "",
        rate(LOG_INS as u64, begun.elapsed()),
    );
    Ok(())
}

/// COPY, MOVE and EXPUNGE of many at a time.
fn bulk(client: &mut Client, messages: u64) -> Outcome<Vec<Value>> {
    let many = MANY.min(messages);
    let (mut copies, mut moves, mut expunges) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..FEW {
        client.lines("SELECT many")?;
        copies.push(ms(client
            .run(&format!("COPY 1:{many} other"))
            .map(|r| r.0))?);
        client.lines("CREATE third")?;
        client.lines("SELECT other")?;
        moves.push(ms(client
            .run(&format!("MOVE 1:{many} third"))
            .map(|r| r.0))?);
        client.lines("SELECT third")?;
        client.run("STORE 1:* +FLAGS.SILENT (\\Deleted)")?;
        expunges.push(ms(client.run("EXPUNGE").map(|r| r.0))?);
        client.lines("CLOSE")?;
        client.lines("DELETE third")?;
    }
    client.lines("SELECT many")?;
    Ok(vec![
        ("COPY of 10,000, ms", "Dovecot/10", three(median(copies))),
        ("MOVE of 10,000, ms", "Dovecot/10", three(median(moves))),
        ("EXPUNGE of 10,000, ms", "", three(median(expunges))),
    ])
}

/// Ten changes, then everything that changed since.
fn changed_since(client: &mut Client, messages: u64) -> Outcome<f64> {
    let mut times = Vec::new();
    for run in 0..RUNS as u64 {
        let said = client.lines("STATUS many (HIGHESTMODSEQ)")?.join(" ");
        let modseq: u64 = said
            .rsplit("HIGHESTMODSEQ ")
            .next()
            .and_then(|rest| {
                rest.split(|c: char| !c.is_ascii_digit())
                    .next()?
                    .parse()
                    .ok()
            })
            .ok_or_else(|| format!("no HIGHESTMODSEQ in {said}"))?;
        for change in 0..10 {
            let number = 1 + (change * messages / 10 + run) % messages;
            client.lines(&format!("STORE {number} +FLAGS (\\Answered bench{run})"))?;
        }
        let begun = Instant::now();
        let lines = client.lines(&format!("UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modseq})"))?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        let told = lines.iter().filter(|line| line.contains("FETCH (")).count();
        if told != 10 {
            return Err(format!("{told} of 10 changes are told").into());
        }
    }
    Ok(median(times))
}

fn one_by_one(client: &mut Client, messages: u64) -> Outcome<String> {
    let begun = Instant::now();
    for number in 0..ONE_BY_ONE {
        client.lines(&format!(
            "STORE {} +FLAGS (\\Seen)",
            1 + number * 7 % messages
        ))?;
    }
    Ok(rate(ONE_BY_ONE, begun.elapsed()))
}

/// Waits until what is built behind arrival is there: the box's search index.
fn settle(house: &Mailhouse, client: &mut Client) -> Outcome<Duration> {
    let begun = Instant::now();
    client.lines("SELECT many")?;
    match house {
        // It builds its caches when they are first needed: warm them.
        Mailhouse::Dovecot(_) => {
            for command in [
                "FETCH 1:* (FLAGS ENVELOPE)",
                "UID SORT (DATE) UTF-8 ALL",
                "UID THREAD REFERENCES UTF-8 ALL",
                "UID SORT (SUBJECT) UTF-8 ALL",
            ] {
                client.run(command)?;
            }
        }
        Mailhouse::Box(house) => {
            // Quiet: next to no processor time used for a while. What builds goes behind everyone else, so that on a busy machine it gets
            // a hundredth of a processor.
            let mut quiet = 0;
            while quiet < QUIET && begun.elapsed() < SETTLE {
                let before = house.cpu()?;
                std::thread::sleep(LOOK);
                let used = house.cpu()?.saturating_sub(before);
                quiet = if used < LOOK / 250 { quiet + 1 } else { 0 };
            }
            return Ok(begun.elapsed().saturating_sub(LOOK * QUIET));
        }
    }
    Ok(begun.elapsed())
}

/// The median of so many runs, ms.
fn middle(client: &mut Client, runs: usize, command: &str) -> Outcome<f64> {
    let check = client.lines(command)?;
    if check.len() < 2 {
        return Err(format!("{command}: nothing was said").into());
    }
    let times = (0..runs).map(|_| ms(client.run(command).map(|r| r.0)));
    Ok(median(times.collect::<Outcome<_>>()?))
}

fn ms(time: Outcome<Duration>) -> Outcome<f64> {
    Ok(time?.as_secs_f64() * 1e3)
}

fn three(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

fn rate(count: u64, time: Duration) -> String {
    format!("{:.0}", count as f64 / time.as_secs_f64())
}

fn mb(kb: u64) -> String {
    format!("{:.1}", kb as f64 / 1024.0)
}
