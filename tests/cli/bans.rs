//! Attackers at the doors of a running box: who is shut out, from what, for how long; and that nobody of the house is.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use house::{House, Plan, Wire};

const ANN: &str = "ann@house.test";
const BOB: &str = "bob@house.test";
const PASSWORD: &str = "correct horse";
/// Nobody but 127.0.0.1 is at home, answers wait hardly, and little is too much.
const STRICT: &str = "[limits]\nguesses = 6\nlongest_delay = \"100 ms\"\n[limits.bans]\nhome = []\nfaults = 20\ngreeting_delay = 0\n";

fn house() -> House {
    let person = |address: &str| (address.to_owned(), PASSWORD.to_owned());
    House::start(&Plan {
        program: env!("CARGO_BIN_EXE_pillarbox").into(),
        people: vec![person(ANN), person(BOB)],
        settings: STRICT.to_owned(),
    })
    .unwrap()
}

fn at(b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, b, c, d)
}

/// Whether a mail program there gets in; `None`: it is not even answered.
fn log_in(house: &House, from: Ipv4Addr, who: &str, password: &str) -> Option<bool> {
    let port = house.port("imaps").unwrap();
    let mut wire = Wire::connect_from(from, port, true).ok()?;
    wire.line().ok()??;
    let login = format!("a LOGIN {who} \"{password}\"\r\n");
    wire.send(login.as_bytes()).ok()?;
    loop {
        let line = wire.line().ok()??;
        if line.starts_with("a ") {
            return Some(line.starts_with("a OK"));
        }
    }
}

/// The first line at a door without TLS.
fn greeting(house: &House, from: Ipv4Addr, service: &str) -> String {
    let mut wire = Wire::connect_from(from, house.port(service).unwrap(), false).unwrap();
    wire.line().unwrap().unwrap_or_default()
}

fn guess(house: &House, from: Ipv4Addr, who: &str, guesses: std::ops::Range<u32>) {
    for guess in guesses {
        assert_ne!(
            log_in(house, from, who, &format!("guess {guess}")),
            Some(true)
        );
    }
}

#[test]
fn a_guesser_is_banned_over_a_restart_until_the_owner_lifts_it() {
    let mut house = house();
    let list = |house: &House| house.command(&["ban", "list"], "").unwrap();
    assert_eq!(list(&house).trim(), "nobody is banned");
    let guesser = at(0, 0, 9);
    guess(&house, guesser, ANN, 0..7);
    let line = list(&house);
    assert!(
        line.starts_with("127.0.0.9  may not log in, for another "),
        "{line}"
    );
    assert!(
        line.trim_end().ends_with(": tried many wrong passwords"),
        "{line}"
    );
    let shut_out = |house: &House| {
        assert_eq!(log_in(house, guesser, BOB, PASSWORD), None);
        let imap = greeting(house, guesser, "imap");
        assert!(
            imap.starts_with("* BYE Your address is banned here"),
            "{imap}"
        );
        // What was done where one logs in stops no mail, and none of it stops others.
        assert!(greeting(house, guesser, "smtp").starts_with("220 "));
        assert_eq!(log_in(house, at(0, 1, 9), BOB, PASSWORD), Some(true));
    };
    shut_out(&house);
    house.stop().unwrap();
    // A box that is off says it too.
    assert!(list(&house).starts_with("127.0.0.9  may not log in"));
    house.start_again().unwrap();
    shut_out(&house);
    let status = house.command(&["status"], "").unwrap();
    assert!(
        status.contains("banned       1 address or network"),
        "{status}"
    );
    let json = house.command(&["ban", "list", "--json"], "").unwrap();
    assert!(
        json.contains("\"why\":\"guessing\"") && json.contains("\"doors\":\"log-ins\""),
        "{json}"
    );

    let lifted = house.command(&["ban", "lift", "127.0.0.9"], "").unwrap();
    assert_eq!(lifted.trim(), "let in again: 127.0.0.9");
    assert_eq!(log_in(&house, guesser, BOB, PASSWORD), Some(true));
    assert!(house.command(&["ban", "lift", "127.0.0.9"], "").is_err());
    house.kill();
    house.start_again().unwrap();
    assert_eq!(list(&house).trim(), "nobody is banned", "lifted is lifted");
}

#[test]
fn the_owner_bans_by_hand_and_is_told_what_cannot_be() {
    let mut house = house();
    let done = house.command(&["ban", "add", "127.1.0.77/24"], "").unwrap();
    assert!(
        done.starts_with("127.1.0.0/24 is kept out of all doors"),
        "{done}"
    );
    house.kill();
    house.start_again().unwrap();
    let smtp = greeting(&house, at(1, 0, 3), "smtp");
    assert!(
        smtp.starts_with("554 5.7.1 Your network is banned here"),
        "{smtp}"
    );
    assert_eq!(log_in(&house, at(1, 0, 3), ANN, PASSWORD), None);
    assert_eq!(log_in(&house, at(1, 1, 3), ANN, PASSWORD), Some(true));
    for wrong in ["0.0.0.0/0", "house.test", "127.0.0.1/33"] {
        assert!(
            house.command(&["ban", "add", wrong], "").is_err(),
            "{wrong}"
        );
    }
    // An address lifts what keeps it out.
    house.command(&["ban", "lift", "127.1.0.3"], "").unwrap();
    assert_eq!(log_in(&house, at(1, 0, 3), ANN, PASSWORD), Some(true));
}

#[test]
fn the_owner_gets_in_while_their_password_is_guessed_and_reads_of_it_once() {
    let house = house();
    assert_eq!(log_in(&house, at(9, 0, 1), ANN, PASSWORD), Some(true));
    for attacker in 1..=12 {
        let first = u32::from(attacker) * 2;
        guess(&house, at(1, attacker, 1), ANN, first..first + 2);
    }
    // The same network as before; then a new place, after the longest delay; and nobody's ban is hers.
    assert_eq!(log_in(&house, at(9, 0, 2), ANN, PASSWORD), Some(true));
    assert_eq!(log_in(&house, at(8, 0, 1), ANN, PASSWORD), Some(true));
    assert_eq!(log_in(&house, at(7, 0, 1), BOB, PASSWORD), Some(true));
    // Whoever shares her line cannot have her shut out there.
    guess(&house, at(9, 0, 66), ANN, 50..58);
    assert_eq!(log_in(&house, at(9, 0, 66), ANN, PASSWORD), Some(true));

    let subjects = || {
        let port = house.port("imaps").unwrap();
        let mut wire = Wire::connect_from(at(9, 0, 3), port, true).unwrap();
        wire.expect("* OK").unwrap();
        let wish = format!(
            "a LOGIN {ANN} \"{PASSWORD}\"\r\nb EXAMINE INBOX\r\nc FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]\r\n"
        );
        wire.send(wish.as_bytes()).unwrap();
        let mut found = Vec::new();
        loop {
            let line = wire.line().unwrap().unwrap();
            if line.starts_with("c ") {
                return found;
            }
            if line.starts_with("Subject: ") {
                found.push(line);
            }
        }
    };
    let begun = Instant::now();
    let mut found = subjects();
    while found.is_empty() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(100));
        found = subjects();
    }
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("Subject: Somebody is guessing passwords: ann@house.test"),
        "{found:?}"
    );
    for attacker in 1..=12 {
        let first = 100 + u32::from(attacker) * 2;
        guess(&house, at(2, attacker, 1), ANN, first..first + 2);
    }
    // What was news is written down when the box ends, and a letter would have come with it.
    let mut house = house;
    house.stop().unwrap();
    house.start_again().unwrap();
    guess(&house, at(3, 1, 1), ANN, 0..1);
    let house = &house;
    let count = {
        let port = house.port("imaps").unwrap();
        let mut wire = Wire::connect_from(at(9, 0, 3), port, true).unwrap();
        wire.expect("* OK").unwrap();
        let wish = format!("a LOGIN {ANN} \"{PASSWORD}\"\r\nb STATUS INBOX (MESSAGES)\r\n");
        wire.send(wish.as_bytes()).unwrap();
        wire.until("* STATUS").unwrap()
    };
    assert!(count.contains("MESSAGES 1)"), "{count}");
}

#[test]
fn who_tries_names_is_shut_out_from_bringing_mail_and_from_nothing_else() {
    let house = house();
    let harvester = at(5, 0, 9);
    let mut refused = 0;
    for session in 0..3 {
        let mut wire = Wire::connect_from(harvester, house.port("smtp").unwrap(), false).unwrap();
        if !wire.line().unwrap().unwrap_or_default().starts_with("220 ") {
            refused += 1;
            continue;
        }
        wire.send(b"EHLO far.test\r\n").unwrap();
        wire.until("250 ").unwrap();
        wire.send(b"MAIL FROM:<x@far.test>\r\n").unwrap();
        wire.expect("250 ").unwrap();
        for name in 0..10 {
            let wish = format!("RCPT TO:<name{session}{name}@house.test>\r\n");
            wire.send(wish.as_bytes()).unwrap();
            wire.expect("550 5.1.1").unwrap();
        }
        wire.expect("421 4.7.0").unwrap();
        while wire.line().unwrap().is_some() {}
        drop(wire);
    }
    assert_eq!(refused, 1, "the third");
    let smtp = greeting(&house, harvester, "smtp");
    assert!(
        smtp.starts_with("421 4.7.0 Your address is banned here for a while"),
        "{smtp}"
    );
    assert_eq!(log_in(&house, harvester, ANN, PASSWORD), Some(true));
    let list = house.command(&["ban", "list"], "").unwrap();
    assert!(
        list.contains("127.5.0.9  may not bring mail")
            && list.contains("names that nobody here has"),
        "{list}"
    );
}
