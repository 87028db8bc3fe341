//! Hostile mail against the promise that a parser and its message stay under 4 MB, whatever is fed.
//!
//! Memory is counted by the allocator, so that the test does not depend on the machine or its speed.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use mail::{Message, Parser};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged; the counters touch no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MB: usize = 1024 * 1024;

/// Feeds the pieces; returns the message, the peak of memory in octets and the number of allocations.
fn cost<'a>(pieces: impl Iterator<Item = &'a str>) -> (Message, usize, usize) {
    let (live, calls) = (LIVE.load(Relaxed), CALLS.load(Relaxed));
    PEAK.store(live, Relaxed);
    let mut parser = Parser::new();
    for piece in pieces {
        parser.feed(piece.as_bytes());
    }
    let message = parser.finish();
    (
        message,
        PEAK.load(Relaxed) - live,
        CALLS.load(Relaxed) - calls,
    )
}

/// A text before, a text many times over, in pieces of many.
fn repeated<'a>(before: &'a str, piece: &'a str, times: usize) -> impl Iterator<Item = &'a str> {
    std::iter::once(before).chain(std::iter::repeat_n(piece, times))
}

// One test: the counters are the process's.
#[test]
fn hostile_mail_costs_bounded_memory() {
    let multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let long_params = format!(
        "--b\r\nContent-Type: a/b; {}\r\n\r\n",
        "x*1*=%41;".repeat(7000)
    );
    let long_lists = format!(
        "--b\r\nContent-Type: message/rfc822\r\n\r\nTo: {}\r\n\r\n",
        "a,".repeat(32_000)
    );
    let long_subjects = format!(
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: {}\r\n\r\n",
        "x".repeat(60_000)
    );
    let nested_lists = format!(
        "Content-Type: message/rfc822\r\nTo: {}\r\n\r\n",
        "g:a;".repeat(16_000)
    );
    let nested_multiparts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    let languages = format!("--b\r\nContent-Language: {}\r\n\r\n", "x,".repeat(30_000));
    let cases: [(&str, &str, &str, usize); 16] = [
        (
            "nested messages",
            "",
            "Content-Type: message/rfc822\r\n\r\n",
            100_000,
        ),
        ("siblings", multipart, "--b\r\n\r\n", 1_000_000),
        (
            "siblings that are messages",
            multipart,
            "--b\r\nContent-Type: message/rfc822\r\n\r\n\r\n",
            100_000,
        ),
        ("To lines", "", "To: a@b\r\n", 500_000),
        (
            "one field in one line",
            "Subject: ",
            "xxxxxxxxxxxxxxxx",
            MB / 16,
        ),
        ("one folded field", "To: a", ",\r\n a@b", MB / 8),
        ("unknown field", "X-Y: ", "xxxxxxxxxxxxxxxx", MB / 16),
        ("parameters", "Content-Type: a/b", ";\r\n name*1=x", 100_000),
        ("boundary lines", multipart, "--bxxxxxxxxxxxx\r\n", 200_000),
        (
            "a boundary line without end",
            multipart,
            "--b-------------",
            4 * MB / 16,
        ),
        ("parts with long parameters", multipart, &long_params, 300),
        ("messages with long lists", multipart, &long_lists, 100),
        (
            "messages with long subjects",
            multipart,
            &long_subjects,
            100,
        ),
        ("nested messages with long lists", "", &nested_lists, 70),
        ("nested multiparts", "", nested_multiparts, 100_000),
        ("parts with many languages", multipart, &languages, 1100),
    ];
    for (name, before, piece, times) in cases {
        let (message, peak, _) = cost(repeated(before, piece, times));
        let size = before.len() + piece.len() * times;
        assert_eq!(message.size, u64::try_from(size).unwrap(), "{name}");
        assert!(message.parts.len() <= mail::limits::PARTS_MAX, "{name}");
        assert!(peak < 4 * MB, "{name}: {peak} octets");
        println!(
            "{name}: {peak} octets at the peak, {} parts, complete: {}",
            message.parts.len(),
            message.complete
        );
    }

    // A body costs no more than its sample, however long: neither with a boundary to look for nor without.
    for before in [
        "Subject: x\r\n\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n",
    ] {
        let (_, short, few) = cost(repeated(before, "x".repeat(76).as_str(), 1));
        let (_, long, many) = cost(repeated(before, "a line of a body\r\n", 200_000));
        assert!(
            long <= short + 2 * mail::limits::SAMPLE_MAX && many <= few + 16,
            "{short} {long} {few} {many}"
        );
    }
}
