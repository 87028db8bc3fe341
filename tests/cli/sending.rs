//! Mail on its way out as its owner sees it: relays, the queue, the records to publish.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::folder::{Folder, text};

/// A resolver that nobody is: what is to be sent stays in the queue.
const NO_DNS: &str = "[dns]\nservers = [\"127.0.0.1:1\"]\n[limits.smtp]\ncommand_time = \"20 s\"\n";

#[test]
fn relays_are_set_without_ever_showing_a_password() {
    let folder = Folder::new("relay");
    assert_eq!(folder.code(&["account", "add", "ann@house.test"]), 0);
    let set = [
        "relay",
        "set",
        "Smtp.provider.test",
        "--user",
        "ann",
        "--password-stdin",
    ];
    let done = folder.run_with(&set, "s3cret-of-ann\n");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let table: &[(&[&str], i32, &str)] = &[
        (
            &["relay", "list"],
            0,
            "for everything: smtp.provider.test port 465, TLS implicit, as ann",
        ),
        (
            &["relay", "set", "b.test:587", "--for", "far.example"],
            0,
            "for far.example: b.test port 587, TLS starttls, no log-in",
        ),
        (
            &["relay", "set", "c.test:25", "--fallback", "--tls", "none"],
            0,
            "TLS none",
        ),
        (
            &["relay", "list", "--json"],
            0,
            "\"domain\":\"far.example\"",
        ),
        (
            &["relay", "set", "c.test", "--user", "ann"],
            5,
            "needs both --user NAME and --password-stdin",
        ),
        (
            &["relay", "set", "c.test", "--tls", "maybe"],
            5,
            "implicit, starttls or none",
        ),
        (&["relay", "set", "c.test:0"], 5, "is no host"),
        (&["relay", "set", "c test"], 5, "is no host"),
        (
            &["relay", "set", "c.test", "--for", "x", "--fallback"],
            2,
            "--fallback beside --for",
        ),
        (
            &["relay", "list", "--user", "x"],
            2,
            "--user has no meaning",
        ),
        (
            &["relay", "remove", "--for", "b.example"],
            3,
            "no relay for b.example",
        ),
        (&["relay", "remove", "--for", "FAR.example"], 0, "any more"),
        (&["relay", "remove", "--fallback"], 0, "any more"),
        (&["relay", "remove", "--fallback"], 3, "no relay"),
    ];
    for (arguments, code, expected) in table {
        let output = folder.run(arguments);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("s3cret"), "{arguments:?}: {said}");
    }
    let clear = [
        "relay",
        "set",
        "d.test:25",
        "--tls",
        "none",
        "--user",
        "ann",
        "--password-stdin",
    ];
    let refused = folder.run_with(&clear, "s3cret-of-ann\n");
    assert_eq!(refused.status.code(), Some(5));
    assert!(
        text(&refused).contains("never sent without TLS"),
        "{}",
        text(&refused)
    );
}

#[test]
fn the_records_to_publish_are_printed_for_domains_of_the_house() {
    let folder = Folder::new("records");
    let running = folder.start(NO_DNS);
    let output = folder.run(&["dns"]);
    let said = text(&output);
    for expected in [
        "house.test. 3600 IN MX 10 mail.house.test.",
        "v=spf1",
        "_domainkey.house.test. 3600 IN TXT \"v=DKIM1; k=rsa; p=",
        "_dmarc.house.test.",
        "_imaps._tcp.house.test. 3600 IN SRV",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    assert_eq!(folder.code(&["dns", "house.test", "--json"]), 0);
    let other = folder.run(&["dns", "far.example"]);
    assert_eq!(other.status.code(), Some(5));
    assert!(
        text(&other).contains("not a domain of this house"),
        "{}",
        text(&other)
    );
    drop(running);
}

#[test]
fn a_letter_that_waits_is_shown_held_released_and_dropped() {
    let folder = Folder::new("queue");
    let running = folder.start(NO_DNS);
    assert_eq!(folder.code(&["account", "add", "ann@house.test"]), 0);
    let alias = ["alias", "add", "list@house.test", "friend@far.example"];
    assert_eq!(folder.code(&alias), 0);
    let nothing = folder.run(&["queue", "list"]);
    assert!(
        text(&nothing).contains("nothing waits"),
        "{}",
        text(&nothing)
    );

    let status = folder.status();
    let port = status["listen"]["smtp"][0].as_str().unwrap().to_owned();
    let mut line = BufReader::new(TcpStream::connect(port).unwrap());
    let mut ask = |words: &str| {
        line.get_mut().write_all(words.as_bytes()).unwrap();
        let mut reply = String::new();
        line.read_line(&mut reply).unwrap();
        reply
    };
    assert!(ask("").starts_with("220"));
    assert!(ask("HELO there.example\r\n").starts_with("250"));
    assert!(ask("MAIL FROM:<x@there.example>\r\n").starts_with("250"));
    assert!(ask("RCPT TO:<list@house.test>\r\n").starts_with("250"));
    assert!(ask("DATA\r\n").starts_with("354"));
    assert!(ask("Subject: on\r\n\r\nhello\r\n.\r\n").starts_with("250"));

    let shown = |arguments: &[&str]| {
        let output = folder.run(arguments);
        serde_json::from_slice::<serde_json::Value>(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", text(&output)))
    };
    let list = shown(&["queue", "list", "--json"]);
    assert_eq!((&list["letters"], &list["rows"]), (&1.into(), &1.into()));
    let id = list["shown"][0]["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    let words = loop {
        let letter = shown(&["queue", "show", &id, "--json"]);
        let last = &letter["recipients"][0]["last"]["words"];
        if let Some(words) = last.as_str() {
            break words.to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{letter}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(words.contains("far.example"), "why it waits: {words}");

    let table: &[(&[&str], i32, &str)] = &[
        (&["queue", "list"], 0, "-> friend@far.example"),
        (&["queue", "show", &id], 0, &words),
        (&["queue", "hold", &id], 0, "is held"),
        (&["queue", "list"], 0, "1 of them held"),
        (&["queue", "retry", "all"], 0, "0 recipients are tried now"),
        (&["queue", "release", &id], 0, "may go"),
        (&["queue", "retry", &id], 0, "is tried now"),
        (
            &["queue", "show", "letter"],
            5,
            "is not the number of a letter",
        ),
        (&["queue", "show", "ffff"], 3, "there is no letter ffff"),
        (&["queue", "drop", &id], 0, "thrown away"),
        (&["queue", "drop", &id], 3, "there is no letter"),
        (&["queue", "list"], 0, "nothing waits"),
        (&["queue", "frobnicate"], 2, "queue list|show|retry"),
        (&["check"], 0, "sound"),
    ];
    for (arguments, code, expected) in table {
        let output = folder.run(arguments);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    drop(running);
}
