//! What SORT and THREAD cost: `cargo run --release -p imap --example sort -- 100000`.
//!
//! Fills a mailbox with small letters in conversations, fills the columns as the box does, and asks through a session without a socket: time, heap at
//! the peak, octets of the answer.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a measurement may stop at once"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use imap::{Limits, Now, Profile, Session, Step, Tls, Verified, columns, record};
use store::{Credentials, Delivery, Flags, Gid, Options, Read, Store};

/// Counts what this thread holds; the store's writer has a thread of its own.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(octets: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + octets);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: `at` came from `alloc` above with this layout.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NOW: i64 = 1_795_314_234;
/// Messages delivered in one deed.
const BATCH: u32 = 500;

fn main() {
    let messages: u32 = std::env::args()
        .nth(1)
        .map_or(10_000, |n| n.parse().unwrap());
    let folder = std::env::temp_dir().join(format!("imap-sort-{}", std::process::id()));
    let store = Store::open(
        &folder,
        Options {
            map_size: 4 << 30,
            ..Options::default()
        },
    )
    .unwrap();
    let address = mail::Address::parse("ann@house.test").unwrap();
    let ann = store
        .write(move |tx| tx.create_account(&address, &Credentials::default(), NOW))
        .wait()
        .unwrap();
    let inbox = store
        .read()
        .unwrap()
        .mailbox_by_name(ann, "INBOX")
        .unwrap()
        .unwrap()
        .id;
    let mut random = 1_u64;
    let mut roll = move |sides: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % sides
    };
    let started = Instant::now();
    for first in (0..messages).step_by(BATCH as usize) {
        let mut deliveries = Vec::new();
        for n in first..messages.min(first + BATCH) {
            // Conversations of some eight messages; each answers one of the last ones.
            let thread = n / 8 * 8;
            let mut references = String::new();
            if n > thread {
                references = format!("References: <{thread}@far.test> <{}@far.test>\r\n", n - 1);
            }
            let minute = roll(1_000_000);
            let text = format!(
                "From: Person {0} <p{0}@far.test>\r\nTo: ann@house.test\r\nSubject: Re: about {1} and {2}\r\nMessage-ID: <{n}@far.test>\r\n{references}Date: {3} Nov 2024 {4:02}:{5:02}:{6:02} +0000\r\n\r\nHello.\r\n",
                roll(300),
                thread,
                thread % 77,
                1 + minute % 28,
                minute / 28 % 24,
                minute / 700 % 60,
                roll(60),
            );
            let mut parser = mail::Parser::new();
            parser.feed(text.as_bytes());
            let message = parser.finish();
            let mut spool = store.spool();
            spool.write(text.as_bytes()).unwrap();
            deliveries.push(Delivery {
                body: store.stage(spool).wait().unwrap(),
                head: record::head(&message, NOW + i64::from(n), 0),
                record: record::render(&message),
                into: vec![(inbox, Flags::default())],
                letters: Vec::new(),
            });
        }
        store
            .write(move |tx| {
                for delivery in &deliveries {
                    tx.deliver(delivery)?;
                }
                Ok(())
            })
            .wait()
            .unwrap();
    }
    println!(
        "{messages} messages in {:.1} s",
        started.elapsed().as_secs_f64()
    );
    ask(&store, ann, "without columns");
    let started = Instant::now();
    for first in (1..=u64::from(messages)).step_by(1_024) {
        let rows = columns::rows(&store.read().unwrap(), (first..first + 1_024).map(Gid)).unwrap();
        store.write(move |tx| tx.put_columns(&rows)).wait().unwrap();
    }
    println!("columns filled in {:.2} s", started.elapsed().as_secs_f64());
    ask(&store, ann, "with columns");
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Milliseconds for which this thread has had a core: what others do on the machine counts less in it. 0 where the system does not tell.
fn work() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e6
}

fn ask(store: &Store, account: store::AccountId, how: &str) {
    println!("{how}");
    let profile = Profile {
        hostname: Arc::from("mail.house.test"),
        tls: Tls::Active(None),
        nonce_seed: [7; 32],
    };
    let mut session = Session::new(
        store.clone(),
        profile,
        Arc::new(Limits::default()),
        Instant::now(),
    );
    for (print, command) in [
        (false, ""),
        (false, "a LOGIN ann@house.test secret"),
        (false, "a SELECT INBOX"),
        (true, "a UID SEARCH ALL"),
        (true, "a UID SORT (DATE) UTF-8 ALL"),
        (true, "a UID SORT (DATE) UTF-8 ALL"),
        (true, "a UID SORT (REVERSE ARRIVAL) UTF-8 ALL"),
        (true, "a UID SORT (SIZE DATE) UTF-8 ALL"),
        (true, "a UID SORT (SUBJECT) UTF-8 ALL"),
        (true, "a UID SORT (FROM DATE) UTF-8 ALL"),
        (
            true,
            "a UID SORT RETURN (PARTIAL 1:100) (REVERSE DATE) UTF-8 ALL",
        ),
        (true, "a UID THREAD REFERENCES UTF-8 ALL"),
        (true, "a UID THREAD REFERENCES UTF-8 ALL"),
        (true, "a UID THREAD REFS UTF-8 ALL"),
        (true, "a UID THREAD ORDEREDSUBJECT UTF-8 ALL"),
    ] {
        if !command.is_empty() {
            session.feed(format!("{command}\r\n").as_bytes());
        }
        let (started, worked) = (Instant::now(), work());
        let held = HELD.get();
        MOST.set(held);
        let (mut octets, mut longest) = (0, 0.0_f64);
        let mut out = Vec::new();
        loop {
            out.clear();
            let step_started = Instant::now();
            let step = session.step(
                Now {
                    instant: Instant::now(),
                    unix: NOW,
                },
                &mut out,
            );
            longest = longest.max(step_started.elapsed().as_secs_f64());
            octets += out.len();
            match step {
                Step::Verify(_) => session.verified(Verified::Password(Some(account))),
                Step::Commit(pending) => session.committed(pending.wait()),
                Step::Read | Step::Close => break,
                _ => {}
            }
        }
        if print {
            println!(
                "{command}: {:.1} ms ({:.1} of work), longest step {:.1} ms, {} KiB at the peak, {} KiB of answer",
                started.elapsed().as_secs_f64() * 1e3,
                work() - worked,
                longest * 1e3,
                (MOST.get() - held) / 1024,
                octets / 1024
            );
        }
    }
}
