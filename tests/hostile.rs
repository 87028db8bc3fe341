//! What attackers do (users.md B1 to B18 are the incidents behind each test): refused or endured, nobody else disturbed, memory flat.
//!
//! Each test has a house of its own and looks at its memory at the end; a wanted letter must still come through.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at once"
)]

#[path = "hostile/imap.rs"]
mod imap;
#[path = "hostile/web.rs"]
mod web;

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use house::{House, Plan, Wire, mail_services};

/// Memory of its own that an attack may add, in KB. Buffers of a few connections fit; what an attacker could fill does not.
const CEILING_KB: u64 = 2048;
/// Fifths of a second until a box that was attacked has come to rest.
const REST: u32 = 50;

/// A house under attack: what it weighed before, and the proof afterwards that it still works.
struct Attacked {
    house: House,
    before: u64,
}

impl Attacked {
    fn new() -> Attacked {
        let plan = Plan {
            program: env!("CARGO_BIN_EXE_pillarbox").into(),
            people: vec![("ann@house.test".into(), "ann pass".into())],
            settings: "[limits]\nconnections_per_address = 400\n".into(),
        };
        let house = House::start(&plan).unwrap();
        // Everything that is made once is made before the weighing.
        deliver(&house, b"Subject: warm\r\n\r\nup\r\n").unwrap();
        log_in(&house).unwrap();
        for service in mail_services() {
            house.connect(service).unwrap().line().unwrap();
        }
        let before = house.filled_kb().unwrap();
        Attacked { house, before }
    }

    fn survived(mut self) {
        std::thread::sleep(Duration::from_millis(200));
        assert!(
            self.house.is_running(),
            "the box died: {}",
            self.house.log()
        );
        let weigh = || self.house.filled_kb().unwrap().saturating_sub(self.before);
        let mut grown = weigh();
        // What was swept or indexed behind the attack may still be at work.
        for _ in 0..REST {
            if grown <= CEILING_KB {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
            grown = weigh();
        }
        assert!(grown <= CEILING_KB, "memory grew by {grown} KB");
        deliver(&self.house, b"Subject: wanted\r\n\r\nletter\r\n").unwrap();
        let mut wire = log_in(&self.house).unwrap();
        wire.send(b"z SEARCH SUBJECT wanted\r\n").unwrap();
        assert!(wire.until("* SEARCH").unwrap().len() > "* SEARCH".len());
        assert!(!self.house.log().contains("panic"), "{}", self.house.log());
    }
}

fn smtp(house: &House) -> house::Result<Wire> {
    let mut wire = house.connect("smtp")?;
    wire.expect("220")?;
    wire.send(b"EHLO bar.test\r\n")?;
    wire.until("250 ")?;
    Ok(wire)
}

/// A stranger's letter; what it says of itself comes behind a From, without which it would go into Junk.
fn deliver(house: &House, message: &[u8]) -> house::Result<()> {
    let mut wire = smtp(house)?;
    wire.send(b"MAIL FROM:<>\r\nRCPT TO:<ann@house.test>\r\nDATA\r\n")?;
    for expected in ["250", "250", "354"] {
        wire.expect(expected)?;
    }
    wire.send(b"From: bob@bar.test\r\n")?;
    wire.send(message)?;
    wire.send(b".\r\n")?;
    wire.expect("250").map(|_| ())
}

fn log_in(house: &House) -> house::Result<Wire> {
    let mut wire = house.connect("imaps")?;
    wire.expect("* OK")?;
    wire.send(b"a LOGIN ann@house.test \"ann pass\"\r\n")?;
    wire.until("a OK")?;
    wire.send(b"b SELECT INBOX\r\n")?;
    wire.until("b OK")?;
    Ok(wire)
}

/// Reads until the server closes; what it said. Fails if it neither closes nor falls silent as expected.
fn until_closed(wire: &mut Wire) -> String {
    let mut said = String::new();
    while let Ok(Some(line)) = wire.line() {
        said.push_str(&line);
        said.push('\n');
    }
    said
}

#[test]
fn b5_http_ends_the_connection_and_is_not_echoed() {
    let attacked = Attacked::new();
    for service in mail_services() {
        let mut wire = attacked.house.connect(service).unwrap();
        wire.line().unwrap();
        wire.send(b"POST /evil HTTP/1.1\r\nHost: mail\r\n\r\nUSER x\r\nHELO evil\r\n")
            .unwrap();
        let said = until_closed(&mut wire);
        assert!(!said.contains("evil"), "{service} echoes: {said}");
        assert!(
            wire.line().unwrap().is_none(),
            "{service} goes on after HTTP"
        );
    }
    attacked.survived();
}

#[test]
fn b6_literals_before_log_in_cost_nothing() {
    let attacked = Attacked::new();
    for literal in [
        "{400000000}",
        "{400000000+}",
        "{-1}",
        "{}",
        "{99999999999999999999}",
        "{4294967296+}",
        "~{400000000+}",
    ] {
        let mut wire = attacked.house.connect("imaps").unwrap();
        wire.line().unwrap();
        wire.send(format!("a LOGIN {literal}\r\n").as_bytes())
            .unwrap();
        let said = wire.line().unwrap();
        assert!(
            said.as_deref().is_none_or(|s| !s.starts_with('+')),
            "{literal} is invited: {said:?}"
        );
    }
    let mut wire = attacked.house.connect("imaps").unwrap();
    wire.line().unwrap();
    let mut many = b"a ID (".to_vec();
    for _ in 0..10_000 {
        many.extend_from_slice(b"{1+}\r\nx ");
    }
    let _ = wire.send(&many);
    let _ = until_closed(&mut wire);
    attacked.survived();
}

#[test]
fn b8_a_hundred_thousand_parentheses_on_two_hundred_connections() {
    let attacked = Attacked::new();
    let deep = "(".repeat(100_000);
    let mut open = Vec::new();
    for n in 0..200 {
        let mut wire = attacked.house.connect("imap").unwrap();
        let verb = ["a NOOP ", "a SEARCH ", "a FETCH 1 ", "a LIST "][n % 4];
        let _ = wire.send(format!("{verb}{deep}").as_bytes());
        open.push(wire);
    }
    std::thread::sleep(Duration::from_millis(300));
    let grown = attacked
        .house
        .filled_kb()
        .unwrap()
        .saturating_sub(attacked.before);
    // 200 connections, each within the few KB that a stranger may use.
    assert!(
        grown <= 200 * 16 + CEILING_KB,
        "memory grew by {grown} KB while they stood open"
    );
    drop(open);
    let mut wire = log_in(&attacked.house).unwrap();
    wire.send(format!("c SEARCH {deep}ALL{}\r\nd NOOP\r\n", ")".repeat(100_000)).as_bytes())
        .unwrap();
    let _ = until_closed(&mut wire);
    attacked.survived();
}

#[test]
fn b14_a_line_without_end_on_each_port() {
    let attacked = Attacked::new();
    let piece = [b'A'; 65_536];
    for service in mail_services() {
        let mut wire = attacked.house.connect(service).unwrap();
        wire.line().unwrap();
        let sent = (0..64).take_while(|_| wire.send(&piece).is_ok()).count();
        let grown = attacked
            .house
            .filled_kb()
            .unwrap()
            .saturating_sub(attacked.before);
        assert!(
            grown <= CEILING_KB,
            "{service}: {grown} KB for a line of {} KB",
            sent * 64
        );
    }
    attacked.survived();
}

#[test]
fn b15_a_client_that_vanishes_in_mid_message_leaves_nothing() {
    let attacked = Attacked::new();
    for how in ["close", "half close", "after BDAT"] {
        let mut wire = smtp(&attacked.house).unwrap();
        wire.send(b"STARTTLS\r\n").unwrap();
        wire.expect("220").unwrap();
        wire.start_tls().unwrap();
        wire.send(b"EHLO bar.test\r\nMAIL FROM:<>\r\nRCPT TO:<ann@house.test>\r\n")
            .unwrap();
        wire.until("250 2.1.5").unwrap();
        match how {
            "after BDAT" => wire
                .send(b"BDAT 100000\r\nSubject: vanished\r\n\r\nhalf")
                .unwrap(),
            _ => {
                wire.send(b"DATA\r\n").unwrap();
                wire.expect("354").unwrap();
                wire.send(b"Subject: vanished\r\n\r\nhalf\r\n").unwrap();
            }
        }
        wire.hang_up();
    }
    // In the clear: a half close in the middle of DATA.
    let mut plain =
        TcpStream::connect(("127.0.0.1", attacked.house.port("smtp").unwrap())).unwrap();
    plain.write_all(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ann@house.test>\r\nDATA\r\nSubject: vanished\r\n\r\nhalf\r\n").unwrap();
    plain.shutdown(Shutdown::Write).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let mut wire = log_in(&attacked.house).unwrap();
    wire.send(b"s SEARCH SUBJECT vanished\r\n").unwrap();
    assert_eq!(wire.until("* SEARCH").unwrap(), "* SEARCH");
    attacked.survived();
}

#[test]
fn b9_mime_bombs_are_delivered_and_read_in_bounded_memory() {
    let attacked = Attacked::new();
    for (name, bomb) in bombs() {
        deliver(&attacked.house, &bomb).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    let mut wire = log_in(&attacked.house).unwrap();
    wire.send(b"f FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (TO)]<0.100> BODY.PEEK[1]<0.10>)\r\n").unwrap();
    wire.drain(|tail| tail.windows(6).any(|w| w == b"\r\nf OK"))
        .unwrap();
    attacked.survived();
}

fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let siblings = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        "--b\r\n\r\n".repeat(1_000_000)
    );
    let deep: String = (0..20_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    let to = "To: a@b.test, (comment) \"q\" <c@d.test>\r\n".repeat(500_000);
    let field = format!(
        "Subject: {}\r\n\r\n",
        "x ".repeat(500_000).replace("x x x x ", "x\r\n ")
    );
    let parameters: String = (0..100_000).map(|n| format!(";\r\n name*{n}=x")).collect();
    let words = format!(
        "Subject: {}\r\n\r\n",
        "=?utf-8?B?w7zDvA==?=\r\n ".repeat(40_000)
    );
    let parens = format!("To: {}\r\n\r\n", "((((((((((\r\n ".repeat(40_000));
    vec![
        ("nested messages", nested.into_bytes()),
        ("a million parts", siblings.into_bytes()),
        ("deep multiparts", deep.into_bytes()),
        (
            "half a million To fields",
            format!("{to}\r\nbody\r\n").into_bytes(),
        ),
        ("a megabyte field", field.into_bytes()),
        (
            "a hundred thousand parameters",
            format!("Content-Type: text/plain{parameters}\r\n\r\nbody\r\n").into_bytes(),
        ),
        ("encoded words", words.into_bytes()),
        ("comments without end", parens.into_bytes()),
    ]
}

#[test]
fn b10_b11_control_characters_and_weird_addresses() {
    let attacked = Attacked::new();
    let mut wire = smtp(&attacked.house).unwrap();
    let addresses: [&[u8]; 12] = [
        b"<a\rX-Pwned:1@b.test>",
        b"<a\x00@b.test>",
        b"<a\x1b[31m@b.test>",
        b"<\"\"@house.test>",
        b"<group:a@b.test;>",
        b"<@>",
        b"<a@[IPv6:::::]>",
        b"<\xff\xfe@house.test>",
        b"<\xc3@house.test>",
        b"<a@b@c@house.test>",
        b"<\"a\\",
        b"<>>",
    ];
    for address in addresses {
        for verb in [&b"MAIL FROM:"[..], b"RCPT TO:", b"VRFY "] {
            let line = [verb, address, b"\r\n"].concat();
            if wire.send(&line).is_err() {
                break;
            }
            match wire.line() {
                Ok(Some(said)) => assert!(!said.contains("Pwned"), "{said}"),
                _ => wire = smtp(&attacked.house).unwrap(),
            }
            let _ = wire.send(b"RSET\r\n");
            if !matches!(wire.line(), Ok(Some(_))) {
                wire = smtp(&attacked.house).unwrap();
            }
        }
    }
    attacked.survived();
}

#[test]
fn b12_broken_log_ins_disturb_nobody() {
    let attacked = Attacked::new();
    let long = "A".repeat(1_000_000);
    for dialogue in [
        "AUTH PLAIN =\r\n",
        "AUTH PLAIN !!!!\r\n",
        "AUTH PLAIN\r\n*\r\n",
        "AUTH LOGIN\r\n*\r\n",
        "AUTH SCRAM-SHA-256 biws\r\n*\r\n",
        "AUTH SCRAM-SHA-256 bixuPSxyPQ==\r\nAAAA\r\n",
        "AUTH NONE\r\n",
        "AUTH\r\n",
        &format!("AUTH PLAIN {long}\r\n"),
        &format!("AUTH LOGIN\r\n{long}\r\n"),
    ] {
        for cut in [
            dialogue.len(),
            dialogue.len() / 2,
            dialogue.len().saturating_sub(1),
        ] {
            let mut wire = attacked.house.connect("submissions").unwrap();
            wire.expect("220").unwrap();
            wire.send(b"EHLO x\r\n").unwrap();
            wire.until("250 ").unwrap();
            let _ = wire.send(&dialogue.as_bytes()[..cut]);
            if cut == dialogue.len() {
                let said = wire.line().ok().flatten().unwrap_or_default();
                assert!(!said.starts_with("235"), "{said}");
            }
        }
    }
    for n in 0..300 {
        let mut wire = attacked
            .house
            .connect(if n % 2 == 0 { "imaps" } else { "pop3s" })
            .unwrap();
        let _ = wire.send(if n % 2 == 0 {
            b"a AUTHENTICATE PLAIN\r\nAAA"
        } else {
            b"AUTH PLAIN\r\n====\r\n"
        });
    }
    attacked.survived();
}

#[test]
fn b13_pop3_numbers_outside_every_range() {
    let attacked = Attacked::new();
    let mut wire = attacked.house.connect("pop3s").unwrap();
    wire.send(b"USER ann@house.test\r\nPASS ann pass\r\n")
        .unwrap();
    for _ in 0..3 {
        wire.expect("+OK").unwrap();
    }
    for line in [
        "RETR 0",
        "RETR -1",
        "RETR 4294967296",
        "RETR 18446744073709551616",
        "TOP 1 -1",
        "TOP 0 0",
        "DELE 99999",
        "LIST x",
        "UIDL 0",
    ] {
        wire.send(format!("{line}\r\n").as_bytes()).unwrap();
        let said = wire.line().unwrap();
        let Some(said) = said else {
            wire = attacked.house.connect("pop3s").unwrap();
            wire.send(b"USER ann@house.test\r\nPASS ann pass\r\n")
                .unwrap();
            for _ in 0..3 {
                wire.expect("+OK").unwrap();
            }
            continue;
        };
        assert!(said.starts_with("-ERR"), "{line}: {said}");
    }
    attacked.survived();
}

#[test]
fn connections_that_say_nothing_are_bounded_for_one_address() {
    let attacked = Attacked::new();
    let mut open: Vec<TcpStream> = Vec::new();
    for _ in 0..600 {
        if let Ok(socket) = TcpStream::connect(("127.0.0.1", attacked.house.port("smtp").unwrap()))
        {
            open.push(socket);
        }
    }
    std::thread::sleep(Duration::from_millis(300));
    let grown = attacked
        .house
        .filled_kb()
        .unwrap()
        .saturating_sub(attacked.before);
    assert!(
        grown <= 400 * 4 + CEILING_KB,
        "{grown} KB for connections that say nothing"
    );
    drop(open);
    std::thread::sleep(Duration::from_millis(300));
    attacked.survived();
}
