//! Deliveries a second beside synced appends of the same size in the same run, and what they write.
//!
//! `cargo run --release -p store --example throughput [FOLDER] [SECONDS] [STORED]`: FOLDER on the device to measure, STORED messages
//! there before. "written" is what the process gave to `pwrite`; "device" is what the device of FOLDER wrote meanwhile, whoever asked for it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement ends at the first thing that goes wrong"
)]

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use store::{AccountId, Credentials, Delivery, Flags, Head, MailboxId, Options, Read, Store};

/// Octets of a message.
const MAIL: usize = 4096;
/// Octets of a rendered record.
const RECORD: usize = 600;
const MAILBOXES: u32 = 10;

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(
        args.next()
            .unwrap_or_else(|| "/tmp/pillarbox-throughput".into()),
    );
    let seconds: f64 = args.next().map_or(2.0, |text| text.parse().unwrap());
    let stored: usize = args.next().map_or(20_000, |text| text.parse().unwrap());
    let _ = std::fs::remove_dir_all(&folder);
    let store = Store::open(&folder, Options::default()).unwrap();
    let people = fill(&store, stored);
    let time = Duration::from_secs_f64(seconds);
    println!("{stored} messages stored; {MAIL} octets each; {seconds} s a line");
    println!(
        "producers  deliveries/s  appends/s  ratio  p50 us  written/octet  device/octet  CPU us"
    );
    for producers in [1, 10, 50, 1, 10, 50] {
        let before = appends(&folder, time / 4);
        let (written, device, cpu) = (written(), device(&folder), cpu());
        let mut times = run(&store, &people, producers, time);
        let octets = (times.len() * MAIL) as f64;
        let (written, device, cpu) = (
            self::written() - written,
            self::device(&folder) - device,
            self::cpu() - cpu,
        );
        let appends = f64::midpoint(before, appends(&folder, time / 4));
        let rate = times.len() as f64 / seconds;
        times.sort_unstable();
        println!(
            "{producers:9}  {rate:12.0}  {appends:9.0}  {:5.2}  {:6}  {:13.1}  {:12.1}  {:6.0}",
            rate / appends,
            times.get(times.len() / 2).map_or(0, Duration::as_micros),
            written as f64 / octets,
            device as f64 / octets,
            cpu * 1e6 / times.len() as f64,
        );
    }
    reading(&store, people[0]);
    flags(&store, people[0]);
    large(&store, people[0]);
    println!("check: {:?}", store.check().unwrap());
    println!("{:?}", store.facts().unwrap());
    drop(store);
    let _ = std::fs::remove_dir_all(&folder);
}

fn delivery(store: &Store, octets: &[u8], into: MailboxId) -> Delivery {
    let mut spool = store.spool();
    spool.write(octets).unwrap();
    let body = store.stage(spool).wait().unwrap();
    let head = Head {
        received: 1,
        zone: 0,
        sent: 1,
        size: octets.len() as u32,
    };
    Delivery {
        body,
        head,
        record: vec![b'r'; RECORD],
        into: vec![(into, Flags::default())],
        letters: Vec::new(),
    }
}

fn inbox(account: AccountId) -> MailboxId {
    MailboxId { account, number: 1 }
}

fn fill(store: &Store, stored: usize) -> Vec<AccountId> {
    let mut people = Vec::new();
    for number in 0..MAILBOXES {
        let address = mail::Address::parse(&format!("p{number}@example.org")).unwrap();
        let made = store.write(move |tx| tx.create_account(&address, &Credentials::default(), 0));
        people.push(made.wait().unwrap());
    }
    let octets = vec![b'm'; MAIL];
    for piece in 0..stored.div_ceil(100) {
        let many: Vec<Delivery> = (0..100)
            .map(|n| {
                delivery(
                    store,
                    &octets,
                    inbox(people[(piece * 7 + n) % people.len()]),
                )
            })
            .collect();
        store
            .write(move |tx| many.iter().try_for_each(|one| tx.deliver(one).map(|_| ())))
            .wait()
            .unwrap();
    }
    people
}

fn run(store: &Store, people: &[AccountId], producers: usize, time: Duration) -> Vec<Duration> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..producers)
            .map(|number| {
                let (stop, into) = (&stop, inbox(people[number % people.len()]));
                scope.spawn(move || {
                    let (mut times, octets) = (Vec::new(), vec![b'm'; MAIL]);
                    while !stop.load(Ordering::Relaxed) {
                        let begun = Instant::now();
                        let one = delivery(store, &octets, into);
                        store.write(move |tx| tx.deliver(&one)).wait().unwrap();
                        times.push(begun.elapsed());
                    }
                    times
                })
            })
            .collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Synced appends of one message a second.
fn appends(folder: &Path, time: Duration) -> f64 {
    let path = folder.join("appends");
    let file = File::create(&path).unwrap();
    let (begun, octets, mut count) = (Instant::now(), [b'a'; MAIL], 0_u64);
    while begun.elapsed() < time {
        file.write_all_at(&octets, count * MAIL as u64).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path).unwrap();
    rate
}

fn reading(store: &Store, account: AccountId) {
    let mut found = (0_u32, 0_u64);
    let begun = Instant::now();
    let tx = store.read().unwrap();
    tx.entries(inbox(account), 1..=u32::MAX, &mut |_, entry| {
        let (head, record) = tx.record(entry.gid).unwrap();
        found = (
            found.0 + 1,
            found.1 + u64::from(head.size) + record.len() as u64,
        );
        found.0 < 10_000
    })
    .unwrap();
    println!(
        "{} entries with their records: {:?}",
        found.0,
        begun.elapsed()
    );
    let (begun, mut octets) = (Instant::now(), 0);
    tx.entries(inbox(account), 1..=u32::MAX, &mut |_, entry| {
        let mut at = 0;
        loop {
            let piece = tx.body(entry.gid, at).unwrap().len() as u64;
            if piece == 0 {
                break;
            }
            at += piece;
        }
        octets += at;
        octets < 10_000 * MAIL as u64
    })
    .unwrap();
    let rate = octets as f64 / begun.elapsed().as_secs_f64() / 1e9;
    println!("{octets} octets of bodies walked at {rate:.1} GB/s");
}

fn flags(store: &Store, account: AccountId) {
    let mailbox = inbox(account);
    let uids: Vec<u32> = (1..=10_000).collect();
    let change = store::FlagChange::Add(Flags::SEEN);
    let (begun, before) = (Instant::now(), written());
    store
        .write(move |tx| tx.mark(account, mailbox, &uids, change, None))
        .wait()
        .unwrap();
    println!(
        "STORE 1:10000: {:?}, {} octets written",
        begun.elapsed(),
        written() - before
    );
}

/// 50 MB through, and what it costs in memory at the most.
fn large(store: &Store, account: AccountId) {
    let (begun, before, piece) = (Instant::now(), memory(), vec![b'l'; 8192]);
    let mut spool = store.spool();
    for _ in 0..6400 {
        spool.write(&piece).unwrap();
    }
    let size = spool.len() as u32;
    let answer = store.stage(spool);
    let done = AtomicBool::new(false);
    let (body, most) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = memory().max(most);
                std::thread::sleep(Duration::from_millis(1));
            }
            most
        });
        let body = answer.wait().unwrap();
        done.store(true, Ordering::Relaxed);
        (body, watcher.join().unwrap())
    });
    let head = Head {
        received: 1,
        zone: 0,
        sent: 1,
        size,
    };
    let into = vec![(inbox(account), Flags::default())];
    store
        .write(move |tx| {
            tx.deliver(&Delivery {
                body,
                head,
                record: vec![1; RECORD],
                into,
                letters: Vec::new(),
            })
        })
        .wait()
        .unwrap();
    println!(
        "{size} octets in one message: {:?}, {} KB more memory at the most",
        begun.elapsed(),
        most.saturating_sub(before)
    );
    let tx = store.read().unwrap();
    let uid = tx.counters(inbox(account)).unwrap().uid_next - 1;
    let gid = tx.entry(inbox(account), uid).unwrap().unwrap().gid;
    for pass in ["first", "second"] {
        let (begun, mut at, mut sum) = (Instant::now(), 0, 0_u64);
        while let [first, rest @ ..] = tx.body(gid, at).unwrap() {
            sum += u64::from(*first);
            at += rest.len() as u64 + 1;
        }
        let rate = at as f64 / begun.elapsed().as_secs_f64() / 1e9;
        println!("walked a {pass} time: {rate:.1} GB/s (sum {sum})");
    }
}

/// Octets this process gave to `write` and `pwrite`.
fn written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    io.lines()
        .find_map(|line| line.strip_prefix("wchar: "))
        .unwrap()
        .parse()
        .unwrap()
}

/// Octets the folder's device wrote, for whomever.
fn device(folder: &Path) -> u64 {
    let number = std::fs::metadata(folder).unwrap().dev();
    let (major, minor) = (rustix::fs::major(number), rustix::fs::minor(number));
    let stats = std::fs::read_to_string("/proc/diskstats").unwrap();
    let fields = stats
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let found = fields
        .into_iter()
        .find(|fields| fields[0] == major.to_string() && fields[1] == minor.to_string());
    found.map_or(0, |fields| fields[9].parse::<u64>().unwrap() * 512)
}

/// Seconds of CPU of this process.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// KB of memory that is this process's own.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
