//! What it costs to judge a letter: time and heap for one of 10 KB with a signature by RSA of 2048 bits, with ten of them, and with a header as long as one may be.
//!
//! ```text
//! cargo run --release -p msgauth --example letter
//! ```
//!
//! Answers of the DNS are at hand: what is measured is this crate (SPF, DKIM, DMARC, ARC, iprev) and not the network.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement may stop at once, and counts what is allocated"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use dns::{Answer, Data, Failure, Kind};
use msgauth::dkim::{HeaderList, Records, Selectors, Signer, SigningKeys, generate_ed25519};
use msgauth::spf::Client;
use msgauth::{Circumstances, Question, Reply, Verdicts, Verifier};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `at` came from `alloc` above with this layout.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Octets that arrive at once.
const PIECE: usize = 1400;
const ROUNDS: u32 = 300;

fn main() {
    let rsa = include_bytes!("../dkim/test_rsa2048.pk8");
    let keys = SigningKeys::load(&generate_ed25519().unwrap(), rsa).unwrap();
    let record = Records::of(&keys).rsa;
    let head = "From: Carl <carl@far.example>\r\nTo: Ann <ann@house.example>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@far.example>\r\nSubject: The garden\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
    let trace = "Received: from a.far.example (a.far.example [192.0.2.2]) by b.far.example with ESMTPS id 4f1; Sun, 22 Nov 2026 12:00:00 +0000\r\n".repeat(6);
    let body = "The beans want water, and nobody has seen the cat since Tuesday.\r\n".repeat(135);
    let text = format!("{trace}{head}{body}");
    let signature = rsa_signature(&keys, &text);
    let one = format!("{signature}{text}");
    println!("{:<44} {:>9} {:>10}", "", "CPU", "heap");
    tell("a letter of 10 KB, one RSA signature", &one, &record);
    tell(
        "the same, ten signatures",
        &(signature.repeat(9) + &one),
        &record,
    );
    tell("the same, none", &text, &record);
    let long = format!("{signature}X: {}\r\n{text}", "x".repeat(240 * 1024));
    tell("the same, a header of 250 KB", &long, &record);
    let large = format!("{one}{}", body.repeat(100));
    tell("a letter of 1 MB, one RSA signature", &large, &record);
}

fn rsa_signature(keys: &SigningKeys, text: &str) -> String {
    let selectors = Selectors {
        ed25519: "e".into(),
        rsa: "r".into(),
    };
    let mut signer = Signer::new(keys, "far.example", selectors, HeaderList::STANDARD);
    signer.feed(text.as_bytes());
    let both = signer.finish(None).unwrap();
    let (_, rsa) = both.split_once("\r\nDKIM-Signature:").unwrap();
    format!("DKIM-Signature:{rsa}")
}

fn tell(what: &str, letter: &str, key: &str) {
    let verdicts = judge(letter, key);
    let dmarc = verdicts.dmarc.unwrap();
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    drop(judge(letter, key));
    let heap = PEAK.load(Relaxed) - before;
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        drop(judge(letter, key));
    }
    let each = begun.elapsed() / ROUNDS;
    println!(
        "{what:<44} {:>6} us {:>7} KB   dmarc={}",
        each.as_micros(),
        heap / 1024,
        dmarc.result.word()
    );
}

fn judge(letter: &str, key: &str) -> Verdicts {
    let circumstances = Circumstances {
        receiver: "mail.house.example".into(),
        now: Some(1_790_000_000),
        sample: 0,
    };
    let client = Client {
        address: [192, 0, 2, 1].into(),
        helo: "mx.far.example".into(),
        mail_from: "carl@far.example".into(),
    };
    let mut verifier = Verifier::new(circumstances, Some(&client));
    for piece in letter.as_bytes().chunks(PIECE) {
        verifier.feed(piece);
    }
    verifier.end();
    loop {
        let needs = verifier.needs();
        if needs.is_empty() {
            return verifier.verdicts().unwrap();
        }
        for question in needs {
            let reply = answer(&question, key);
            verifier.give(&question, &reply);
        }
    }
}

fn answer(question: &Question, key: &str) -> Reply {
    let data = match (question.name.as_str(), question.kind) {
        ("far.example", Kind::Txt) => Data::Txt(b"v=spf1 include:spf.far.example -all".to_vec()),
        ("spf.far.example", Kind::Txt) => Data::Txt(b"v=spf1 ip4:192.0.2.0/24 -all".to_vec()),
        ("_dmarc.far.example", Kind::Txt) => Data::Txt(b"v=DMARC1; p=reject".to_vec()),
        ("r._domainkey.far.example", Kind::Txt) => Data::Txt(key.as_bytes().to_vec()),
        ("1.2.0.192.in-addr.arpa", Kind::Ptr) => Data::Ptr("mx.far.example".into()),
        ("mx.far.example", Kind::A) => Data::A([192, 0, 2, 1].into()),
        _ => return Err(Failure::NoSuchName { validated: false }),
    };
    Ok(Answer {
        data: vec![data],
        name: question.name.clone(),
        validated: false,
    })
}
