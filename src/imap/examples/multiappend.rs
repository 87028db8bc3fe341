//! How many messages a second one MULTIAPPEND brings in (RFC 3502), without a socket: `cargo run --release -p imap --example multiappend
//! [messages] [octets] [folder]`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement may stop at once"
)]

use std::sync::Arc;
use std::time::Instant;

use imap::{Limits, Now, Profile, Session, Step, Tls, Verified};
use store::{Credentials, Options, Read, Store};

fn main() {
    let mut words = std::env::args().skip(1);
    let count: usize = words.next().map_or(20_000, |n| n.parse().unwrap());
    let size: usize = words.next().map_or(4096, |n| n.parse().unwrap());
    let folder = words.next().map_or_else(
        || std::env::temp_dir().join(format!("multiappend.{}", std::process::id())),
        Into::into,
    );
    let store = Store::open(&folder, Options::default()).unwrap();
    let ann = mail::Address::parse("ann@house.test").unwrap();
    let account = store
        .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1))
        .wait()
        .unwrap();
    let profile = Profile {
        hostname: "mail.house.test".into(),
        tls: Tls::Active(None),
        nonce_seed: [7; 32],
    };
    let limits = Arc::new(Limits::default());
    let mut session = Session::new(store.clone(), profile, limits, Instant::now());
    let mut said = Vec::new();
    let mut go = |session: &mut Session, octets: &[u8]| {
        session.feed(octets);
        let now = Now {
            instant: Instant::now(),
            unix: 1_795_314_234,
        };
        said.clear();
        loop {
            match session.step(now, &mut said) {
                Step::Read => return String::from_utf8_lossy(&said).into_owned(),
                Step::More => {}
                Step::Verify(_) => session.verified(Verified::Password(Some(account))),
                Step::Commit(pending) => session.committed(pending.wait()),
                other => panic!("{other:?}: {}", String::from_utf8_lossy(&said)),
            }
        }
    };
    go(&mut session, b"");
    go(&mut session, b"a LOGIN ann@house.test secret\r\n");

    let mut command = b"b APPEND INBOX".to_vec();
    for n in 0..count {
        let mut message = format!(
            "From: Bob <bob@far.test>\r\nTo: Ann <ann@house.test>\r\nSubject: letter {n}\r\nMessage-ID: <{n}@far.test>\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        );
        while message.len() + 72 < size {
            message
                .push_str("Some words of a letter that nobody will ever read, and a few more.\r\n");
        }
        command.extend_from_slice(format!(" {{{}+}}\r\n", message.len()).as_bytes());
        command.extend_from_slice(message.as_bytes());
    }
    command.extend_from_slice(b"\r\n");
    let begun = Instant::now();
    let mut answer = String::new();
    for piece in command.chunks(64 * 1024) {
        answer = go(&mut session, piece);
    }
    let took = begun.elapsed();
    let messages = store.read().unwrap().usage(account).unwrap().messages;
    println!(
        "{messages} messages of {size} octets in {:.2} s: {:.0} a second, {:.1} MB/s; {}",
        took.as_secs_f64(),
        messages as f64 / took.as_secs_f64(),
        command.len() as f64 / 1e6 / took.as_secs_f64(),
        answer.lines().last().unwrap_or_default(),
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("RssAnon"))
    {
        println!(
            "{line} (the command itself is {} MB of it)",
            command.len() / 1_000_000
        );
    }
    drop(session);
    drop(store);
    let _ = std::fs::remove_dir_all(folder);
}
