//! A person teaches the box what junk is, by moves alone, and takes it back.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use house::{House, Plan, Wire};
use serde_json::Value;

const ANN: &str = "ann@house.test";
const PATIENCE: Duration = Duration::from_secs(60);

/// A box whose questions to the DNS are answered by nobody.
fn house() -> House {
    House::start(&Plan {
        program: PathBuf::from(env!("CARGO_BIN_EXE_pillarbox")),
        people: vec![(ANN.into(), "ann pass".into())],
        settings: "[dns]\nservers = [\"127.0.0.1:1\"]\n".into(),
    })
    .unwrap()
}

/// Letters of a stranger, in one session.
fn post(house: &House, letters: &[&str]) {
    let mut wire = house.connect("smtp").unwrap();
    wire.until("220 ").unwrap();
    wire.send(b"EHLO far.example\r\n").unwrap();
    wire.until("250 ").unwrap();
    for subject in letters {
        for line in ["MAIL FROM:<shop@pills.example>", "RCPT TO:<ann@house.test>"] {
            wire.send(format!("{line}\r\n").as_bytes()).unwrap();
            wire.expect("250 ").unwrap();
        }
        wire.send(b"DATA\r\n").unwrap();
        wire.expect("354 ").unwrap();
        let text = format!(
            "From: Shop <shop@pills.example>\r\nTo: {ANN}\r\nSubject: {subject}\r\nDate: Sun, 1 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{}@pills.example>\r\n\r\nCheap pills, {subject}, no prescription.\r\n.\r\n",
            subject.replace(' ', "-")
        );
        wire.send(text.as_bytes()).unwrap();
        wire.expect("250 ").unwrap();
    }
}

fn reader(house: &House, mailbox: &str) -> Wire {
    let mut wire = house.connect("imaps").unwrap();
    wire.expect("* OK").unwrap();
    let words = format!("a LOGIN {ANN} \"ann pass\"\r\nb SELECT {mailbox}\r\n");
    wire.send(words.as_bytes()).unwrap();
    wire.until("b OK").unwrap();
    wire
}

/// UIDs in a mailbox.
fn uids(house: &House, mailbox: &str) -> Vec<u32> {
    let mut wire = reader(house, mailbox);
    wire.send(b"c UID SEARCH RETURN (ALL) ALL\r\nd LOGOUT\r\n")
        .unwrap();
    let found = wire.until("* ESEARCH").unwrap();
    let set = found.split(" ALL ").nth(1).unwrap_or_default().to_owned();
    set.split(',')
        .filter(|part| !part.is_empty())
        .flat_map(|part| {
            let (first, last) = part.split_once(':').unwrap_or((part, part));
            first.parse().unwrap()..=last.parse().unwrap()
        })
        .collect()
}

fn tell(house: &House, mailbox: &str, command: &str) {
    let mut wire = reader(house, mailbox);
    wire.send(format!("c {command}\r\n").as_bytes()).unwrap();
    wire.until("c OK").unwrap();
}

fn status(house: &House) -> Value {
    let said = house
        .command(&["junk", "status", ANN, "--json"], "")
        .unwrap();
    let all: Value = serde_json::from_str(&said).unwrap();
    all[0].clone()
}

/// Waits until all is learned, and then that it is this much.
fn learned(house: &House, junk: u64, wanted: u64) {
    let begun = Instant::now();
    while status(house)["waiting"] != 0 {
        assert!(begun.elapsed() < PATIENCE, "{}", status(house));
        std::thread::sleep(Duration::from_millis(20));
    }
    let now = status(house);
    assert_eq!(
        (&now["junk"], &now["wanted"]),
        (&junk.into(), &wanted.into()),
        "{now}"
    );
}

#[test]
fn junk_is_taught_by_three_moves_and_taken_back() {
    let mut house = house();
    post(&house, &["first offer", "second offer", "third offer"]);
    assert_eq!(uids(&house, "INBOX"), [1, 2, 3]);
    learned(&house, 0, 0);
    for uid in 1..=3 {
        tell(&house, "INBOX", &format!("UID MOVE {uid} Junk"));
    }
    learned(&house, 3, 0);

    // The fourth of the kind finds its way by itself, and that teaches nothing.
    post(&house, &["fourth offer"]);
    assert!(uids(&house, "INBOX").is_empty());
    assert_eq!(uids(&house, "Junk"), [1, 2, 3, 4]);
    learned(&house, 3, 0);

    // What was learned is still known after a kill, and nothing of it counts twice.
    house.kill();
    house.start_again().unwrap();
    learned(&house, 3, 0);

    tell(&house, "Junk", "UID MOVE 3 INBOX");
    learned(&house, 2, 1);
    tell(&house, "Junk", "UID STORE 2 +FLAGS ($NotJunk)");
    learned(&house, 1, 2);
    // The old way to move: COPY, and the first one goes. Away from Junk for good says nothing.
    tell(&house, "Junk", "UID COPY 1 Trash");
    learned(&house, 1, 2);
    tell(&house, "INBOX", "UID COPY 4 Junk");
    learned(&house, 2, 1);

    let said = house.command(&["junk", "status"], "").unwrap();
    assert!(
        said.contains("2 messages learned as junk, 1 as wanted"),
        "{said}"
    );
    house.command(&["junk", "forget", ANN], "").unwrap();
    learned(&house, 0, 0);
    assert!(
        house
            .command(&["junk", "forget", "eve@house.test"], "")
            .is_err()
    );
    house.command(&["account", "remove", ANN], "").unwrap();
    house.command(&["check"], "").unwrap();
}
