//! What judging a message costs in memory: 64 KB for one of 10 KB, and a bounded sum for whatever a stranger sends.
//!
//! Memory is counted by the allocator, so that the test does not depend on the machine or its speed.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use junk::{Kind, Memory, dangers, learn, score, tokenize};
use mail::{Parser, source::slice};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged; the counters touch no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
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

/// Peak of heap while the message is judged by `table`.
fn peak(table: &Memory, text: &[u8]) -> usize {
    let mut parser = Parser::new();
    parser.feed(text);
    let message = parser.finish();
    let live = LIVE.load(Relaxed);
    PEAK.store(live, Relaxed);
    let Ok(tokens) = tokenize(&message, &mut slice(text), 1);
    let Ok(_) = score(table, &tokens);
    let Ok(_) = dangers(&message, &mut slice(text));
    PEAK.load(Relaxed) - live
}

/// Prose of many different words.
fn prose(len: usize) -> String {
    let mut text = String::new();
    let mut number = 1_u32;
    while text.len() < len {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text += &format!("w{} ", number >> 16);
        if text.len() % 70 < 7 {
            text += "\r\n";
        }
    }
    text
}

// One test: the counters are the process's.
#[test]
fn judging_costs_bounded_memory() {
    let mut table = Memory::default();
    for kind in [Kind::Wanted, Kind::Unwanted].repeat(20) {
        let text = prose(3000);
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        let Ok(tokens) = tokenize(&parser.finish(), &mut slice(text.as_bytes()), 1);
        let Ok(()) = learn(&mut table, &tokens, kind);
    }
    let head = "From: A <a@b.example>\r\nTo: c@d.example\r\nSubject: of some things\r\n";
    let plain = format!("{head}\r\n{}", prose(10_000));
    let html = format!(
        "{head}Content-Type: text/html\r\n\r\n<p>{}</p>",
        prose(10_000).replace('\n', "<br>\n")
    );
    for text in [plain, html] {
        let peak = peak(&table, text.as_bytes());
        assert!(peak < 64 * 1024, "{peak} octets for a message of 10 KB");
    }
    // One line of 10 MB, a tree of 5,000 entities, a header of 100,000 fields.
    let tree: String = (0..5000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    for text in [
        "w".repeat(10_000_000),
        prose(10_000_000).replace("\r\n", ""),
        tree,
    ] {
        for head in ["", "\r\n", "Content-Type: text/html\r\n\r\n<p>"] {
            let text = format!("{head}{text}");
            let peak = peak(&table, text.as_bytes());
            assert!(peak < 1024 * 1024, "{peak} octets for {head:?}");
        }
    }
    for piece in [
        "Received: from a ([1.2.3.4]) by b; x\r\n",
        "From: <a@b.example>\r\nTo: x\r\n",
        "a ",
        "<a",
        "http://a.b/ ",
        "\u{6f22}",
        "a.",
        "PK\x03\x04",
        "=\r\n",
    ] {
        for head in [
            "",
            "Content-Type: text/html\r\n",
            "Content-Type: application/zip\r\n",
            "Subject: ",
        ] {
            let text = format!("{head}\r\n{}", piece.repeat(1_000_000 / piece.len()));
            let peak = peak(&table, text.as_bytes());
            assert!(peak < 1024 * 1024, "{peak} octets for {head:?} {piece:?}");
        }
    }
}
