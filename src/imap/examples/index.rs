//! What the search index costs and gives: `cargo run --release -p imap --example index -- 10000 [plain|mixed] [FOLDER]`.
//!
//! Fills a store with letters whose words are as common as words are (Zipf's law), builds the index as the box does, and searches through a session.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement may stop at once"
)]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use imap::{Limits, Now, Profile, Session, Step, Tls, Verified, record, words};
use mail::Address;
use store::index::{IndexBatch, IndexWriter};
use store::{AccountId, Credentials, Delivery, Flags, Gid, Options, Read, Store};

const NOW: i64 = 1_795_314_234;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    /// A word, common ones more often.
    fn word(&mut self, out: &mut String) {
        let part = (self.roll(1 << 30) + 1) as f64 / (1_u64 << 30) as f64;
        let mut rank = (60_000_f64.powf(part)) as u64;
        const SYLLABLES: [&str; 24] = [
            "a", "be", "ci", "do", "fu", "ga", "he", "in", "ka", "lo", "me", "ni", "or", "pa",
            "re", "si", "ta", "ur", "va", "wi", "ther", "ing", "ous", "st",
        ];
        rank += 7;
        while rank > 0 {
            out.push_str(SYLLABLES[(rank % 24) as usize]);
            rank /= 24;
        }
    }

    fn text(&mut self, size: usize, wide: usize) -> String {
        let mut out = String::with_capacity(size + 20);
        let mut line = 0;
        while out.len() < size {
            let before = out.len();
            self.word(&mut out);
            line += out.len() - before + 1;
            if line > wide {
                out.push_str(".\r\n");
                line = 0;
            } else {
                out.push(' ');
            }
        }
        out
    }

    fn base64(&mut self, size: usize) -> String {
        const CHARS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::with_capacity(size + size / 38);
        for n in 0..size {
            if n > 0 && n % 76 == 0 {
                out.push_str("\r\n ");
            }
            out.push(char::from(CHARS[self.roll(64) as usize]));
        }
        out
    }

    fn head(&mut self, number: u32, signed: bool) -> String {
        let (mut subject, from) = (String::new(), self.roll(300));
        for _ in 0..2 + self.roll(6) {
            self.word(&mut subject);
            subject.push(' ');
        }
        let id = self.roll(u64::MAX >> 12);
        let mut head = format!(
            "Return-Path: <person{from}@far{}.example>\r\nReceived: from mx{}.far.example (mx.far.example [192.0.2.{}])\r\n\tby mail.house.example with ESMTPS id {id:x};\r\n\tMon, 23 Nov 2026 10:{:02}:{:02} +0100\r\nFrom: Person {from} <person{from}@far{}.example>\r\nTo: Ann Owner <ann@house.example>\r\nSubject: {subject}{number}\r\nDate: Mon, 23 Nov 2026 10:{:02}:{:02} +0100\r\nMessage-ID: <{id:x}.{number}@mail.far{}.example>\r\nMIME-Version: 1.0\r\n",
            from % 40,
            from % 7,
            from % 250,
            number / 60 % 60,
            number % 60,
            from % 40,
            number / 61 % 60,
            number % 60,
            from % 40
        );
        if signed {
            let _ = write!(
                head,
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=far{}.example; s=20230601; t={}; h=to:subject:message-id:date:from:mime-version:from:to:cc:subject;\r\n bh={}=;\r\n b={}==\r\nX-Google-DKIM-Signature: v=1; a=rsa-sha256; d=1e100.net; s=20230601; bh={}; b={}\r\nX-Gm-Message-State: {}\r\nReceived: by 2002:a05:6402:{:x}:b0:{:x} with SMTP id {}; Mon, 23 Nov 2026\r\nReferences: <{:x}@mail.far.example> <{:x}@mail.far.example>\r\nX-Mailer: Thing 1.0\r\nList-Id: <list{}.example>\r\nPrecedence: bulk\r\n",
                from % 40,
                1_795_000_000 + number,
                self.base64(43),
                self.base64(342),
                self.base64(43),
                self.base64(342),
                self.base64(100),
                self.roll(65536),
                self.roll(65536),
                self.base64(20),
                self.roll(u64::MAX >> 12),
                self.roll(u64::MAX >> 12),
                from % 20
            );
        }
        head
    }

    fn plain(&mut self, number: u32) -> String {
        let head = self.head(number, false);
        let body = self.text(4096 - head.len() - 60, 72);
        format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n")
    }

    fn mixed(&mut self, number: u32) -> String {
        let head = self.head(number, true);
        let mark = format!("000000000000{:x}", self.roll(u64::MAX >> 8));
        let text = self.text(1500 + number as usize % 3000, 72);
        let mut html = String::from(
            "<html><head><style>p { margin: 0 } .x { color: #123456 }</style></head><body>",
        );
        for piece in text.split('.') {
            let _ = write!(
                html,
                "<table width=3D\"100%\" style=3D\"border: 0\"><tr><td class=3D\"x\" style=3D\"font-family: Arial; padding: 10px\"><a href=3D\"https://click.far.example/{}\">{piece}</a></td></tr></table>\r\n",
                self.base64(60)
            );
        }
        let mut out = format!(
            "{head}Content-Type: multipart/mixed; boundary=\"{mark}\"\r\n\r\n--{mark}\r\nContent-Type: multipart/alternative; boundary=\"a{mark}\"\r\n\r\n--a{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--a{mark}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{html}\r\n--a{mark}--\r\n"
        );
        if number.is_multiple_of(5) {
            let size = 20_000 + self.roll(100_000) as usize;
            let _ = write!(
                out,
                "--{mark}\r\nContent-Type: application/pdf; name=report{number}.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
                self.base64(size)
            );
        }
        out + &format!("--{mark}--\r\n")
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: u32 = arguments.next().map_or(10_000, |n| n.parse().unwrap());
    let mixed = arguments.next().is_some_and(|kind| kind == "mixed");
    let folder = arguments.next().map_or_else(
        || std::env::temp_dir().join(format!("pillarbox-index-{}", std::process::id())),
        PathBuf::from,
    );
    let store = Store::open(&folder, Options::default()).unwrap();
    let ann = Address::parse("ann@house.test").unwrap();
    let account = store
        .write(move |tx| tx.create_account(&ann, &Credentials::default(), NOW))
        .wait()
        .unwrap();
    let octets = fill(&store, account, count, mixed);
    let used = store.facts().unwrap().used;
    println!(
        "{count} messages, {:.1} MiB, store {:.3} times that",
        mib(octets),
        used as f64 / octets as f64
    );
    let (before, begun) = (resident(), Instant::now());
    build(&store);
    let took = begun.elapsed();
    let with = store.facts().unwrap().used;
    println!(
        "index built in {:.2} s, {:.0} messages/s, peak memory {} KiB more; index {:.1} MiB, {:.3} of the mail; store with it {:.3} times",
        took.as_secs_f64(),
        f64::from(count) / took.as_secs_f64(),
        resident().saturating_sub(before),
        mib(with.saturating_sub(used)),
        (with.saturating_sub(used)) as f64 / octets as f64,
        with as f64 / octets as f64,
    );
    println!("check: {:?}", store.check().unwrap());
    {
        let tx = store.read().unwrap();
        let index = tx.index().unwrap().unwrap();
        println!("{} segments", index.segments().count());
        for (class, rows, lists) in index.sizes() {
            println!(
                "class {class:#x}: {} KiB of terms, {} KiB of lists",
                rows * 4,
                lists / 1024
            );
        }
    }
    search(&store, account);
    let _ = std::fs::remove_dir_all(folder);
}

fn mib(octets: u64) -> f64 {
    octets as f64 / f64::from(1 << 20)
}

/// Peak of anonymous memory is not told; heap and stacks now, KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn fill(store: &Store, account: AccountId, count: u32, mixed: bool) -> u64 {
    let inbox = store
        .read()
        .unwrap()
        .mailbox_by_name(account, "INBOX")
        .unwrap()
        .unwrap()
        .id;
    let mut dice = Dice(0x1234_5678_9ABC);
    let mut octets = 0;
    let mut waiting = Vec::new();
    for number in 1..=count {
        let text = if mixed {
            dice.mixed(number)
        } else {
            dice.plain(number)
        };
        octets += text.len() as u64;
        let mut spool = store.spool();
        spool.write(text.as_bytes()).unwrap();
        let body = store.stage(spool).wait().unwrap();
        let mut parser = mail::Parser::new();
        parser.feed(text.as_bytes());
        let message = parser.finish();
        let delivery = Delivery {
            body,
            head: record::head(&message, NOW, 60),
            record: record::render(&message),
            into: vec![(inbox, Flags::default())],
            letters: Vec::new(),
        };
        waiting.push(store.write(move |tx| tx.deliver(&delivery)));
        if waiting.len() >= 200 {
            for answer in waiting.drain(..) {
                answer.wait().unwrap();
            }
        }
    }
    for answer in waiting {
        answer.wait().unwrap();
    }
    octets
}

fn build(store: &Store) {
    let mut writer = IndexWriter::open(store.clone(), words::VERSION).unwrap();
    loop {
        while writer.tend().unwrap() {}
        let pending = writer.pending().unwrap();
        if !pending.any {
            return;
        }
        let (mut batch, mut next) = (IndexBatch::new(pending.from), pending.from);
        while next < pending.to && !batch.is_full() {
            let tx = store.read().unwrap();
            words::collect(&tx, next, &mut batch).unwrap();
            next = Gid(next.0 + 1);
        }
        writer.add(batch, next).unwrap();
    }
}

fn search(store: &Store, account: AccountId) {
    let profile = Profile {
        hostname: "mail.house.test".into(),
        tls: Tls::Active(None),
        nonce_seed: [7; 32],
    };
    let mut session = Session::new(
        store.clone(),
        profile,
        Arc::new(Limits::default()),
        Instant::now(),
    );
    let mut say = |line: &str| {
        session.feed(line.as_bytes());
        session.feed(b"\r\n");
        let (mut out, mut said) = (Vec::new(), 0);
        let mut last = String::new();
        loop {
            let now = Now {
                instant: Instant::now(),
                unix: NOW,
            };
            let step = session.step(now, &mut out);
            said += out.iter().filter(|octet| **octet == b' ').count();
            last.push_str(&String::from_utf8_lossy(&out));
            out.clear();
            match step {
                Step::Read => return (said, last),
                Step::More => {}
                Step::Verify(_) => session.verified(Verified::Password(Some(account))),
                Step::Commit(pending) => session.committed(pending.wait()),
                other => unreachable!("{other:?}"),
            }
        }
    };
    say("a LOGIN ann@house.test secret");
    say("b SELECT INBOX");
    for key in [
        "ALL",
        "SUBJECT zzzz",
        "SUBJECT inghe",
        "SUBJECT \"a a\"",
        "FROM person12",
        "FROM ann",
        "TO ann@house",
        "HEADER Message-ID <123456789.77@mail.far7.example>",
        "HEADER List-Id list7",
        "BODY zzzz",
        "BODY wiuring",
        "BODY inghe",
        "BODY in",
        "BODY e",
        "TEXT zzzz",
        "TEXT wiuring",
        "TEXT ther",
        "TEXT in",
        "TEXT x",
        "TEXT example",
        "TEXT \"mail.far7.example\"",
        "BODY \"wiuring ther\"",
        "BODY \"he in\"",
        "BODY \"ousing stther wiuring\"",
        "TEXT \"in he\"",
        "BODY \"@\"",
    ] {
        let mut times = Vec::new();
        let mut words = 0;
        for _ in 0..7 {
            let begun = Instant::now();
            words = say(&format!("c UID SEARCH {key}")).0;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{:>9.3} ms  {key}  ({} found)",
            times[times.len() / 2],
            words.saturating_sub(5)
        );
    }
}
