//! SIGKILL under load: after each restart every acknowledged message is there once and whole, those of a MULTIAPPEND together or not at all, no UID
//! means another message than before, SEARCH answers what looking does, and `pillarbox check` finds nothing wrong. `CRASH_SEED=n` repeats the moments of an earlier run.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use house::{House, Plan, Result, Wire};

const ROUNDS: u32 = 8;
const SENDERS: usize = 6;
/// Messages acknowledged in a round.
const AT_LEAST: usize = 8;
/// The longest life.
const LONGEST: Duration = Duration::from_secs(10);
/// Sizes sent in turn: within one page, many pages, staged in several commits.
const SIZES: [usize; 3] = [600, 20_000, 700_000];

/// Messages of one MULTIAPPEND.
const TOGETHER: u64 = 4;

/// Message numbers that some sender was told are kept.
type Acknowledged = Mutex<Vec<u64>>;

#[test]
fn killed_under_load_nothing_acknowledged_is_lost() {
    let mut house = House::start(&Plan {
        program: env!("CARGO_BIN_EXE_pillarbox").into(),
        people: vec![("ann@house.test".into(), "ann pass".into())],
        settings: String::new(),
    })
    .unwrap();
    let (acknowledged, sent) = (Acknowledged::default(), AtomicU64::new(0));
    // The first number of each MULTIAPPEND.
    let groups = Mutex::new(Vec::new());
    let mut known: BTreeMap<u32, u64> = BTreeMap::new();
    let seed = std::env::var("CRASH_SEED").map_or_else(|_| clock(), |n| n.parse().unwrap());
    println!("seed {seed}");
    for round in 0..ROUNDS {
        let life = Duration::from_millis(100 + u64::from(seed.wrapping_mul(round + 7) % 400));
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| send_until_the_end(&house, &sent, &acknowledged));
            }
            scope.spawn(|| flag_until_the_end(&house));
            scope.spawn(|| append_until_the_end(&house, &sent, &acknowledged, &groups));
            let before = acknowledged.lock().unwrap().len();
            let begun = Instant::now();
            std::thread::sleep(life);
            // On a busy machine it takes longer until there is something to lose.
            while acknowledged.lock().unwrap().len() < before + AT_LEAST
                && begun.elapsed() < LONGEST
            {
                std::thread::sleep(Duration::from_millis(7));
            }
            // The borrow of `house` by the threads ends with them, so the process is killed by its number.
            kill(&house);
        });
        house.kill();
        house.start_again().unwrap();
        let found = mailbox(&house).unwrap();
        for number in acknowledged.lock().unwrap().iter() {
            let copies = found.values().filter(|n| *n == number).count();
            assert_eq!(
                copies, 1,
                "round {round}: message {number} was acknowledged and is there {copies} times"
            );
        }
        for first in groups.lock().unwrap().iter() {
            let group = *first..first + TOGETHER;
            let uids: Vec<u32> = found
                .iter()
                .filter(|(_, number)| group.contains(number))
                .map(|(uid, _)| *uid)
                .collect();
            let whole =
                uids.len() as u64 == TOGETHER && uids.windows(2).all(|two| two[0] + 1 == two[1]);
            assert!(
                uids.is_empty() || whole,
                "round {round}: of the messages that came together from {first} on there are {uids:?}"
            );
        }
        searches_as_it_reads(&house, &found).unwrap();
        for (uid, number) in &known {
            assert_eq!(
                found.get(uid),
                Some(number),
                "round {round}: UID {uid} means another message now"
            );
        }
        known = found;
        let said = house
            .command(&["check"], "")
            .unwrap_or_else(|why| panic!("round {round}: {why}"));
        println!(
            "round {round}: {} kept; {}",
            known.len(),
            said.lines().last().unwrap_or_default()
        );
    }
    let total = acknowledged.lock().unwrap().len();
    assert!(
        total > ROUNDS as usize * 5,
        "only {total} messages were acknowledged: there was no load"
    );
}

fn clock() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().subsec_nanos()
}

fn kill(house: &House) {
    let pid = rustix::process::Pid::from_raw(house.pid().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

fn send_until_the_end(house: &House, sent: &AtomicU64, acknowledged: &Acknowledged) {
    let Ok(mut wire) = house.connect("smtp") else {
        return;
    };
    let hello = || -> Result<Wire> {
        wire.expect("220")?;
        wire.send(b"EHLO bar.test\r\n")?;
        wire.until("250 ")?;
        Ok(wire)
    };
    let Ok(mut wire) = hello() else { return };
    loop {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        match send(&mut wire, number) {
            Ok(()) => acknowledged.lock().unwrap().push(number),
            Err(_) => return,
        }
    }
}

fn send(wire: &mut Wire, number: u64) -> Result<()> {
    wire.send(b"MAIL FROM:<>\r\nRCPT TO:<ann@house.test>\r\nDATA\r\n")?;
    for expected in ["250", "250", "354"] {
        wire.expect(expected)?;
    }
    let body = body(number);
    let letter = format!("From: bob@bar.test\r\nSubject: {number}\r\n\r\n{body}\r\n.\r\n");
    wire.send(letter.as_bytes())?;
    wire.expect("250").map(|_| ())
}

/// Lines that only this message has, as many as its size wants.
fn body(number: u64) -> String {
    let line = format!("line of message {number} {}\r\n", "x".repeat(50));
    line.repeat(SIZES[(number % 3) as usize] / line.len() + 1) + "the end"
}

/// Another client changes flags all the while, so that kills also hit these.
fn flag_until_the_end(house: &House) {
    let life = || -> Result<()> {
        let mut wire = log_in(house)?;
        loop {
            wire.send(b"f STORE 1:* +FLAGS (\\Seen)\r\ng STORE 1:* -FLAGS (\\Seen)\r\nh NOOP\r\n")?;
            wire.until("h ")?;
        }
    };
    let _ = life();
}

/// A third puts several messages into the mailbox in one command, again and again.
fn append_until_the_end(
    house: &House,
    sent: &AtomicU64,
    acknowledged: &Acknowledged,
    groups: &Mutex<Vec<u64>>,
) {
    let life = || -> Result<()> {
        let mut wire = log_in(house)?;
        loop {
            let first = sent.fetch_add(TOGETHER, Ordering::Relaxed);
            groups.lock().unwrap().push(first);
            wire.send(b"m APPEND INBOX")?;
            for number in first..first + TOGETHER {
                let message = format!("Subject: {number}\r\n\r\n{}\r\n", body(number));
                wire.send(format!(" {{{}}}\r\n", message.len()).as_bytes())?;
                wire.until("+")?;
                wire.send(message.as_bytes())?;
            }
            wire.send(b"\r\n")?;
            wire.until("m OK")?;
            acknowledged.lock().unwrap().extend(first..first + TOGETHER);
        }
    };
    let _ = life();
}

/// What SEARCH finds is what stands in the messages, however far the index has come.
fn searches_as_it_reads(house: &House, found: &BTreeMap<u32, u64>) -> Result<()> {
    let mut wire = log_in(house)?;
    let newest = found.values().max().copied().unwrap_or(0);
    for digits in [0, 1, 12, newest / 2, newest].map(|number| number.to_string()) {
        let searches = [
            (format!("SUBJECT {digits}"), digits.clone()),
            (
                format!("BODY \"ne of message {digits}\""),
                format!("^{digits}"),
            ),
            (
                format!("TEXT \"message {digits} x\""),
                format!("^{digits}$"),
            ),
        ];
        for (asked, means) in searches {
            let wanted = |number: &u64| {
                let text = format!("^{number}$");
                text.contains(&means)
            };
            let expected: Vec<String> = found
                .iter()
                .filter(|(_, number)| wanted(number))
                .map(|(uid, _)| uid.to_string())
                .collect();
            wire.send(format!("s UID SEARCH {asked}\r\n").as_bytes())?;
            let said = wire.until("* SEARCH")?;
            wire.until("s OK")?;
            let said: Vec<&str> = said.split_whitespace().skip(2).collect();
            if said != expected {
                return Err(format!("{asked} gives {said:?} instead of {expected:?}"));
            }
        }
    }
    Ok(())
}

fn log_in(house: &House) -> Result<Wire> {
    let mut wire = house.connect("imaps")?;
    wire.expect("* OK")?;
    wire.send(b"a LOGIN ann@house.test \"ann pass\"\r\n")?;
    wire.until("a OK")?;
    wire.send(b"b SELECT INBOX\r\n")?;
    wire.until("b OK")?;
    Ok(wire)
}

/// UID and number of every message in the INBOX; an error if one is not whole.
fn mailbox(house: &House) -> Result<BTreeMap<u32, u64>> {
    let mut wire = log_in(house)?;
    wire.send(b"c UID FETCH 1:* (BODY.PEEK[])\r\n")?;
    let mut found = BTreeMap::new();
    while let Some(line) = wire.line()? {
        if line.starts_with("c OK") {
            return Ok(found);
        }
        let Some(rest) = line.split("FETCH (UID ").nth(1) else {
            continue;
        };
        let uid = rest
            .split(' ')
            .next()
            .and_then(|u| u.parse().ok())
            .ok_or_else(|| format!("no UID: {line}"))?;
        let length: usize = rest
            .rsplit('{')
            .next()
            .and_then(|l| l.trim_end_matches('}').parse().ok())
            .ok_or_else(|| format!("no literal: {line}"))?;
        let mut message = vec![0; length];
        wire.read_exact(&mut message)?;
        let text = String::from_utf8(message).map_err(|e| e.to_string())?;
        let (header, content) = text.split_once("\r\n\r\n").ok_or("no header")?;
        let number = header
            .rsplit("Subject: ")
            .next()
            .and_then(|n| n.trim().parse().ok())
            .ok_or_else(|| format!("no number: {header}"))?;
        if content.trim_end() != body(number) {
            return Err(format!(
                "message {number} is not whole: {} octets of {}",
                content.len(),
                body(number).len()
            ));
        }
        found.insert(uid, number);
    }
    Err("the box closed during FETCH".into())
}
