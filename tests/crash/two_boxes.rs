//! Two boxes that write to each other, over lines that are cut at random octets, and both killed again and again: whatever submission acknowledged arrives exactly
//! once, but for messages whose final answer was lost on the way. These may come again; each copy too many is shown to have been the last of a
//! connection that was cut, or one of the last of a connection that was open when a box was killed.
//!
//! `CRASH_MESSAGES=10000` sends so many; `CRASH_SEED=n` repeats the choices of an earlier run, if not its moments; `PILLARBOX=program` tests that one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use house::{House, Plan, Result, Wire};

use crate::proxy::Proxy;
use crate::zones::Zones;

const MESSAGES: usize = 1_000;
/// Clients that submit at each box at a time.
const CLIENTS: usize = 2;
/// Attempts that one box makes at a time to the other: the setting's default.
const AT_A_TIME: usize = 2;
/// Octets of the messages, in turn.
const SIZES: [usize; 6] = [300, 800, 300, 4_000, 300, 30_000];
/// A box lives at least so long between kills, and at most so much longer, milliseconds.
const LIFE: (u64, u64) = (100, 500);
/// Fewer prove nothing, however fast the machine is.
const KILLS_AT_LEAST: usize = 5;
/// Nothing gets any further for so long: something is stuck.
const STUCK: Duration = Duration::from_secs(90);
const ZONES: &str = "a.test MX 10 mail.a.test\nmail.a.test A 127.0.0.2\nb.test MX 10 mail.b.test\nmail.b.test A 127.0.0.3";
const DOMAINS: [&str; 2] = ["a.test", "b.test"];
/// Second octet of the addresses from which connections reach box 0 and box 1.
const NETS: [u8; 2] = [101, 102];

#[test]
fn two_boxes_killed_and_cut_deliver_each_message_once() {
    let messages = std::env::var("CRASH_MESSAGES").map_or(MESSAGES, |n| n.parse().unwrap());
    let seed = std::env::var("CRASH_SEED").map_or_else(|_| clock(), |n| n.parse().unwrap());
    println!("CRASH_SEED={seed}");
    let begun = Instant::now();
    let mut pair = Pair::start(seed);
    let post = [Post::default(), Post::default()];
    let ports = [0, 1].map(|side: usize| pair.houses[side].port("submissions").unwrap());
    let mut kills = 0;
    std::thread::scope(|scope| {
        for side in 0..2 {
            for _ in 0..CLIENTS {
                let post = &post[side];
                scope.spawn(move || write_letters(side, ports[side], post, messages / 2));
            }
        }
        let mut chance = Chance(seed);
        let mut at = Instant::now();
        let mut last = (0, 0);
        loop {
            let life = LIFE.0 + chance.below(LIFE.1);
            std::thread::sleep(Duration::from_millis(life));
            let acknowledged = post.iter().map(Post::count).sum::<usize>();
            // Kills go on while letters come, and until few of them wait.
            let waiting = pair.waiting().iter().sum::<usize>();
            if acknowledged >= messages && waiting <= messages / 10 && kills >= KILLS_AT_LEAST {
                break;
            }
            if (acknowledged, waiting) != last {
                (last, at) = ((acknowledged, waiting), Instant::now());
            }
            assert!(
                at.elapsed() < STUCK,
                "{acknowledged} acknowledged, {waiting} wait: {}",
                pair.logs()
            );
            kills += pair.kill(chance.below(3));
        }
    });
    pair.proxies.iter().for_each(Proxy::be_gentle);
    let mut at = (usize::MAX, Instant::now());
    loop {
        let waiting = pair.waiting().iter().sum::<usize>();
        if waiting == 0 {
            break;
        }
        if waiting < at.0 {
            at = (waiting, Instant::now());
        }
        assert!(
            at.1.elapsed() < STUCK,
            "{waiting} letters never leave: {}",
            pair.logs()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    let took = begun.elapsed();
    let mut tally = Tally::default();
    for (side, post) in post.iter().enumerate() {
        let said = pair.houses[side].command(&["check"], "").unwrap();
        assert!(!said.is_empty());
        // What box 0 sent lies in box 1.
        let found = mailbox(&pair.houses[1 - side], 1 - side).unwrap();
        tally.add(side, post, &found, &pair.proxies[1 - side]);
    }
    let counts = pair.proxies.each_ref().map(Proxy::counts);
    println!(
        "{messages} messages in {} s, {kills} kills, {} connections of which {} cut; {tally:?}",
        took.as_secs(),
        counts[0].0 + counts[1].0,
        counts[0].1 + counts[1].1
    );
    assert!(
        tally.wrong.is_empty(),
        "CRASH_SEED={seed}: {}\nthe logs: {:?}",
        tally.wrong.join("\n"),
        pair.kept_logs()
    );
    assert!(tally.arrived >= messages && kills >= KILLS_AT_LEAST && counts[0].1 + counts[1].1 >= 3);
}

/// The two, and the lines between them.
struct Pair {
    houses: [House; 2],
    /// `proxies[n]` leads to `houses[n]`.
    proxies: [Proxy; 2],
    _zones: Zones,
}

impl Pair {
    fn start(seed: u64) -> Pair {
        let zones = Zones::start(ZONES);
        let proxies = [
            Proxy::start(Ipv4Addr::new(127, 0, 0, 2), NETS[0], seed ^ 1),
            Proxy::start(Ipv4Addr::new(127, 0, 0, 3), NETS[1], seed ^ 2),
        ];
        let houses = [0, 1].map(|side| {
            let plan = Plan {
                program: std::env::var_os("PILLARBOX")
                    .map_or_else(|| env!("CARGO_BIN_EXE_pillarbox").into(), PathBuf::from),
                people: vec![(person(side), password(side))],
                settings: format!(
                    "[dns]\nservers = [\"{}\"]\n\n[send]\nport = {}\nlocal_networks = true\nipv6 = \"never\"\nretry = [\"1 s\"]\n\n[limits.sending]\nmessages_per_day = 4000000000\nnew_recipients_per_day = 4000000000\n",
                    zones.address,
                    proxies[1 - side].address.port()
                ),
            };
            House::start_as(DOMAINS[side], &plan).unwrap()
        });
        for side in 0..2 {
            proxies[side].lead_to(houses[side].port("smtp").unwrap());
        }
        Pair {
            houses,
            proxies,
            _zones: zones,
        }
    }

    /// Kills box 0, box 1 or, at 2, both, and starts them again; how many.
    fn kill(&mut self, which: u64) -> usize {
        let killed: Vec<usize> = (0..2)
            .filter(|side| which != 1 - *side)
            .map(|side| side as usize)
            .collect();
        self.proxies.iter().for_each(|proxy| proxy.killing(true));
        for side in &killed {
            self.houses[*side].kill();
        }
        self.proxies.iter().for_each(|proxy| proxy.killing(false));
        for side in &killed {
            self.houses[*side].start_again().unwrap();
        }
        killed.len()
    }

    /// Letters that wait at each; they are tried now.
    fn waiting(&self) -> [usize; 2] {
        self.houses.each_ref().map(|house| {
            // A claim whose box was killed would hold its letter for a quarter of an hour.
            house.command(&["queue", "retry", "all"], "").unwrap();
            let said = house.command(&["queue", "list", "--json"], "").unwrap();
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            let letters = said["data"]["letters"]
                .as_u64()
                .or(said["letters"].as_u64());
            usize::try_from(letters.unwrap()).unwrap()
        })
    }

    /// Where all that the boxes had to say can be read afterwards.
    fn kept_logs(&self) -> [PathBuf; 2] {
        DOMAINS.map(|domain| {
            let side = usize::from(domain != DOMAINS[0]);
            let path =
                std::env::temp_dir().join(format!("two-boxes-{domain}-{}.log", std::process::id()));
            std::fs::write(&path, self.houses[side].log()).unwrap();
            path
        })
    }

    /// The end of what the boxes have to say.
    fn logs(&self) -> String {
        let tail = |house: &House| {
            let log = house.log();
            let lines: Vec<&str> = log.lines().collect();
            lines[lines.len().saturating_sub(40)..].join("\n")
        };
        self.houses.each_ref().map(tail).join("\n--\n")
    }
}

/// What the clients of one box did.
#[derive(Default)]
struct Post {
    next: AtomicUsize,
    acknowledged: Mutex<Vec<usize>>,
}

impl Post {
    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

fn write_letters(side: usize, port: u16, post: &Post, count: usize) {
    while post.count() < count {
        let client = || -> Result<()> {
            let mut wire = Wire::connect(port, true)?;
            wire.expect("220")?;
            wire.send(b"EHLO phone.test\r\n")?;
            wire.until("250 ")?;
            let login = STANDARD.encode(format!("\0{}\0{}", person(side), password(side)));
            wire.send(format!("AUTH PLAIN {login}\r\n").as_bytes())?;
            wire.expect("235")?;
            while post.count() < count {
                let number = post.next.fetch_add(1, Ordering::Relaxed);
                submit(&mut wire, side, number)?;
                post.acknowledged.lock().unwrap().push(number);
            }
            Ok(())
        };
        if client().is_err() {
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

fn submit(wire: &mut Wire, side: usize, number: usize) -> Result<()> {
    let (from, to) = (person(side), person(1 - side));
    wire.send(format!("MAIL FROM:<{from}>\r\nRCPT TO:<{to}>\r\nDATA\r\n").as_bytes())?;
    for expected in ["250", "250", "354"] {
        wire.expect(expected)?;
    }
    let domain = DOMAINS[side];
    wire.send(
        format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: {number}\r\nMessage-ID: <{number}@{domain}>\r\n\r\n{}\r\n.\r\n",
            body(number)
        )
        .as_bytes(),
    )?;
    wire.expect("250").map(drop)
}

/// Lines that only this message has.
fn body(number: usize) -> String {
    let line = format!("line of message {number} {}\r\n", "x".repeat(40));
    line.repeat(SIZES[number % SIZES.len()] / line.len() + 1) + "the end"
}

fn person(side: usize) -> String {
    format!("{}@{}", ["ann", "bob"][side], DOMAINS[side])
}

fn password(side: usize) -> String {
    format!("password of {side}")
}

/// A message in a mailbox.
struct Found {
    number: usize,
    /// The line's connection that it came by.
    connection: usize,
    /// Who took it when, for people.
    header: String,
}

/// Every message in the INBOX, in order of arrival; an error if one is not whole, or none of ours.
fn mailbox(house: &House, side: usize) -> Result<Vec<Found>> {
    let mut wire = house.connect("imaps")?;
    wire.expect("* OK")?;
    wire.send(format!("a LOGIN {} \"{}\"\r\n", person(side), password(side)).as_bytes())?;
    wire.until("a OK")?;
    wire.send(b"b SELECT INBOX\r\n")?;
    wire.until("b OK")?;
    wire.send(b"c UID FETCH 1:* (BODY.PEEK[])\r\n")?;
    let mut found = Vec::new();
    while let Some(line) = wire.line()? {
        if line.starts_with("c OK") {
            return Ok(found);
        }
        if !line.contains("FETCH (UID ") {
            continue;
        }
        let length = line.rsplit('{').next();
        let length = length.and_then(|l| l.trim_end_matches('}').parse().ok());
        let mut message = vec![0; length.ok_or_else(|| format!("no literal: {line}"))?];
        wire.read_exact(&mut message)?;
        let text = String::from_utf8(message).map_err(|e| e.to_string())?;
        let (header, content) = text.split_once("\r\n\r\n").ok_or("no header")?;
        let number = header.split("\r\nSubject: ").nth(1);
        let number = number.and_then(|n| n.split("\r\n").next()?.parse().ok());
        let number = number.ok_or_else(|| format!("a message of nobody: {text}"))?;
        if content.trim_end() != body(number) {
            return Err(format!("message {number} is not whole"));
        }
        let source = header.split(&format!("[127.{}.", NETS[side])).nth(1);
        let source = source.and_then(|rest| {
            let (high, low) = rest.split(']').next()?.split_once('.')?;
            Some(high.parse::<usize>().ok()? * 256 + low.parse::<usize>().ok()?)
        });
        let connection = source.ok_or_else(|| format!("came by no line: {header}"))?;
        found.push(Found {
            number,
            connection,
            header: header.to_owned(),
        });
    }
    Err("the box closed during FETCH".into())
}

/// What came of all messages.
#[derive(Default, Debug)]
struct Tally {
    acknowledged: usize,
    /// Messages that came at least once; some were submitted and not acknowledged.
    arrived: usize,
    /// Copies too many: the line was cut behind the final dot.
    lost_by_cut: usize,
    /// Copies too many: a box was killed before the final answer was noted.
    lost_by_kill: usize,
    /// The same, and the connection had begun with the next letter already.
    lost_behind_the_next: usize,
    most_copies: usize,
    wrong: Vec<String>,
}

/// Why a copy may have been followed by another one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lost {
    ByCut,
    ByKill,
    BehindTheNext,
}

impl Tally {
    fn add(&mut self, side: usize, post: &Post, found: &[Found], line: &Proxy) {
        let mut copies: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, one) in found.iter().enumerate() {
            copies.entry(one.number).or_default().push(place);
        }
        let lost = lost_answers(found, line);
        let acknowledged = post.acknowledged.lock().unwrap();
        self.acknowledged += acknowledged.len();
        self.arrived += copies.len();
        for number in acknowledged.iter() {
            if !copies.contains_key(number) {
                self.wrong.push(format!(
                    "{number} from box {side} was acknowledged and is lost"
                ));
            }
        }
        for (number, places) in &copies {
            self.most_copies = self.most_copies.max(places.len());
            if *number >= post.next.load(Ordering::Relaxed) {
                self.wrong
                    .push(format!("nobody sent {number} from box {side}"));
            }
            let mut reasons: Vec<Lost> = places
                .iter()
                .filter_map(|place| lost.get(place).copied())
                .collect();
            reasons.sort_unstable();
            // One copy needs no reason: its answer was noted.
            if reasons.len() + 1 < places.len() {
                let headers = places.iter().map(|place| {
                    let one = &found[*place];
                    let (cut, killed) = line.broke(one.connection);
                    format!(
                        "by connection {}, cut {cut}, killed {killed}\n{}",
                        one.connection, one.header
                    )
                });
                let headers: Vec<String> = headers.collect();
                self.wrong.push(format!(
                    "{number} from box {side} came {} times, and no answer was lost:\n{}",
                    places.len(),
                    headers.join("\n")
                ));
            }
            reasons.truncate(places.len() - 1);
            for why in reasons {
                match why {
                    Lost::ByCut => self.lost_by_cut += 1,
                    Lost::ByKill => self.lost_by_kill += 1,
                    Lost::BehindTheNext => self.lost_behind_the_next += 1,
                }
            }
        }
    }
}

/// Copies whose final answer may have been lost. On a line that was cut it is the last; where a box was killed it may be as many as there were attempts under
/// way, for a connection serves the next letter while the store still writes that the one before it has gone.
fn lost_answers(found: &[Found], line: &Proxy) -> BTreeMap<usize, Lost> {
    let mut by_connection: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, one) in found.iter().enumerate() {
        by_connection.entry(one.connection).or_default().push(place);
    }
    let mut lost = BTreeMap::new();
    for (connection, places) in by_connection {
        let (cut, killed) = line.broke(connection);
        let (last, before) = places.split_last().unwrap();
        if cut || killed {
            lost.insert(*last, if cut { Lost::ByCut } else { Lost::ByKill });
        }
        if killed {
            let others = before.iter().rev().take(AT_A_TIME - 1);
            lost.extend(others.map(|place| (*place, Lost::BehindTheNext)));
        }
    }
    lost
}

/// SplitMix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

fn clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().subsec_nanos().into()
}
