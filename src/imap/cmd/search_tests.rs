//! SEARCH's keys against a few messages; the three forms of its answer; `$`; texts through encodings.

use ::store::Flags;

use crate::cmd::house::{Client, House};

const LETTER: &str = "From: Fred Foobar <foobar@blurdybloop.example>\nTo: mooch@owatagu.siam.edu.example\nCc: =?utf-8?q?J=C3=BCrgen?= <j@far.test>\n\
Date: Mon, 7 Feb 1994 23:52:25 -0800\nSubject: afternoon meeting\nX-Thing:\n\nHello Joe, do you think we can meet at 3:30 tomorrow?\n";
const MIXED: &str = "From: bob@far.test\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?= aus\n =?utf-8?b?S8O2bG4=?=\nMIME-Version: 1.0\n\
Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
Die S=FC=DFe Stra=\n=DFe\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPGI+R2VoZWltbmlzPC9iPg==\n\
--b\nContent-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n\nVmVyYm9yZ2Vu\n\
--b\nContent-Type: message/rfc822\n\nSubject: inner secret\n\ninner text\n--b--\n";

fn house() -> House {
    let house = House::new();
    house.deliver("INBOX", LETTER);
    house.deliver("INBOX", MIXED);
    house.deliver_octets(
        "INBOX",
        b"Subject: third\r\n\r\nthe third\r\n",
        Flags::SEEN.union(Flags::FLAGGED),
    );
    house
}

fn search(client: &mut Client, key: &str) -> String {
    let said = client.say(&format!("s SEARCH {key}"));
    let found = said
        .strip_prefix("* SEARCH")
        .and_then(|rest| rest.strip_suffix("\ns OK SEARCH completed\n"));
    found
        .unwrap_or_else(|| panic!("{key}: {said}"))
        .trim()
        .to_string()
}

#[test]
fn keys() {
    let house = house();
    let mut client = house.selected("INBOX");
    client.say("k STORE 1 +FLAGS.SILENT ($Work \\Answered)");
    for (key, found) in [
        ("ALL", "1 2 3"),
        ("ANSWERED", "1"),
        ("UNANSWERED", "2 3"),
        ("SEEN", "3"),
        ("UNSEEN FLAGGED", ""),
        ("NOT SEEN", "1 2"),
        ("KEYWORD $work", "1"),
        ("UNKEYWORD $Work", "2 3"),
        ("KEYWORD $Never", ""),
        ("NEW", "1 2"),
        ("OLD", ""),
        ("RECENT SEEN", "3"),
        ("OR SEEN ANSWERED", "1 3"),
        ("NOT (SEEN FLAGGED)", "1 2"),
        ("2:*", "2 3"),
        ("UID 1,3", "1 3"),
        ("3:9 UID 1:3", "3"),
        ("9", ""),
        ("*", "3"),
        ("LARGER 100 SMALLER 400", "1"),
        ("SENTON 7-Feb-1994", "1"),
        ("SENTBEFORE 8-Feb-1994", "1"),
        ("SENTSINCE 8-Feb-1994", ""),
        ("ON 22-Nov-2026", "1 2 3"),
        ("BEFORE 22-Nov-2026", ""),
        ("SINCE 23-Nov-2026", ""),
        ("FROM foobar", "1"),
        ("FROM \"fred foobar\"", "1"),
        ("TO OWATAGU", "1"),
        ("CC j\u{fc}rgen", "1"),
        ("SUBJECT gr\u{fc}\u{df}e", "2"),
        ("SUBJECT \"GR\u{dc}\u{df}E AUS K\u{d6}LN\"", "2"),
        ("HEADER X-Thing \"\"", "1"),
        ("HEADER X-Other \"\"", ""),
        ("HEADER Subject third", "3"),
        ("BODY tomorrow?", "1"),
        ("BODY afternoon", ""),
        ("TEXT afternoon", "1"),
        ("BODY \"s\u{fc}\u{df}e STRA\u{df}E\"", "2"),
        ("BODY geheimnis", "2"),
        ("BODY verborgen", ""),
        ("BODY \"inner secret\"", "2"),
        ("BODY \"inner text\"", "2"),
        ("BODY plan.pdf", ""),
        ("TEXT plan.pdf", "2"),
        ("TEXT \"\"", "1 2 3"),
        ("NOT TEXT t", ""),
        ("OR BODY third SUBJECT meeting", "1 3"),
        ("NOT BODY third NOT SUBJECT meeting", "2"),
    ] {
        // Words outside ASCII go as literals in rev1.
        let mut said = None;
        if !key.is_ascii() {
            let (name, text) = key.split_once(' ').unwrap();
            let text = text.trim_matches('"');
            said = Some(search(
                &mut client,
                &format!("CHARSET UTF-8 {name} {{{}+}}\n{text}", text.len()),
            ));
        }
        assert_eq!(
            said.unwrap_or_else(|| search(&mut client, key)),
            found,
            "{key}"
        );
    }
    assert_eq!(
        client
            .say("s UID SEARCH CHARSET X-NONE ALL")
            .split(' ')
            .nth(2),
        Some("[BADCHARSET")
    );
}

#[test]
fn answers_have_the_form_that_was_asked_for() {
    let house = House::new();
    house.fill("INBOX", 12);
    let mut client = house.selected("INBOX");
    client.say("k STORE 1 +FLAGS (\\Deleted)");
    client.say("k EXPUNGE");
    client.say("k UID STORE 3,11:12 +FLAGS.SILENT (\\Deleted)");
    let mut ask = |command: &str| {
        client
            .say(command)
            .strip_suffix("x OK SEARCH completed\n")
            .unwrap()
            .to_string()
    };
    assert_eq!(ask("x SEARCH DELETED"), "* SEARCH 2 10 11\n");
    assert_eq!(ask("x UID SEARCH DELETED"), "* SEARCH 3 11 12\n");
    assert_eq!(
        ask("x SEARCH RETURN (MIN COUNT) DELETED"),
        "* ESEARCH (TAG \"x\") MIN 2 COUNT 3\n"
    );
    assert_eq!(
        ask("x UID SEARCH RETURN () DELETED"),
        "* ESEARCH (TAG \"x\") UID ALL 3,11:12\n"
    );
    assert_eq!(
        ask("x UID SEARCH RETURN (MIN MAX) DELETED"),
        "* ESEARCH (TAG \"x\") UID MIN 3 MAX 12\n"
    );
    assert_eq!(
        ask("x SEARCH RETURN (MIN) DELETED"),
        "* ESEARCH (TAG \"x\") MIN 2\n"
    );
    assert_eq!(
        ask("x SEARCH RETURN (ALL COUNT) DRAFT"),
        "* ESEARCH (TAG \"x\") COUNT 0\n"
    );
    assert_eq!(ask("x SEARCH DRAFT"), "* SEARCH\n");
    // RFC 5182
    assert_eq!(ask("x SEARCH RETURN (SAVE) DELETED"), "");
    assert_eq!(ask("x UID SEARCH UID $"), "* SEARCH 3 11 12\n");
    assert_eq!(ask("x SEARCH $ UID 11"), "* SEARCH 10\n");
    assert_eq!(
        ask("x SEARCH RETURN (SAVE MIN MAX) DELETED"),
        "* ESEARCH (TAG \"x\") MIN 2 MAX 11\n"
    );
    assert_eq!(ask("x UID SEARCH $"), "* SEARCH 3 12\n");
    assert_eq!(
        client.say("f FETCH $ UID"),
        "* 2 FETCH (UID 3)\n* 11 FETCH (UID 12)\nf OK FETCH completed\n"
    );
    assert!(client.say("e ENABLE IMAP4rev2").contains("OK"));
    assert_eq!(
        client.say("x SEARCH DELETED"),
        "* ESEARCH (TAG \"x\") ALL 2,10:11\nx OK SEARCH completed\n"
    );
}

/// The text is found wherever it lies in a long body, also across the pieces in which that is read; the answer takes several steps.
#[test]
fn texts_are_found_across_pieces() {
    let house = House::new();
    for before in [0, 16_380, 100_000, 5_000_000] {
        let line = "Nothing of interest stands in this line of text.\r\n";
        let mut body = "Subject: long\r\n\r\n".to_string();
        while body.len() < before {
            body.push_str(line);
        }
        body.push_str("the Needle in\r\nthe haystack\r\n");
        body.push_str(&line.repeat(400));
        house.deliver_octets("INBOX", body.as_bytes(), Flags::default());
    }
    house.deliver_octets(
        "INBOX",
        format!("\r\n{}needle", "x".repeat(70_000)).as_bytes(),
        Flags::default(),
    );
    let mut client = house.selected("INBOX");
    assert_eq!(search(&mut client, "BODY \"the needle IN\""), "1 2 3 4");
    assert_eq!(search(&mut client, "TEXT needle NOT TEXT haystack"), "5");
    assert_eq!(search(&mut client, "BODY needles"), "");
}

#[test]
fn results_come_in_pieces() {
    let mut house = House::new();
    house.limits.piece = 1_000;
    house.fill("INBOX", 700);
    let mut client = house.selected("INBOX");
    let all = search(&mut client, "ALL");
    assert_eq!(all.split(' ').count(), 700);
    assert!(
        client.pieces.len() > 2 && client.pieces.iter().all(|piece| *piece < 1_100),
        "{:?}",
        client.pieces
    );
    assert_eq!(
        client.say("x SEARCH RETURN (ALL) ALL"),
        "* ESEARCH (TAG \"x\") ALL 1:700\nx OK SEARCH completed\n"
    );
}

/// Every pair of lines is found, also where a piece ends between them.
#[test]
fn texts_are_found_across_cuts() {
    let house = House::new();
    let lines =
        (0..400).map(|n| format!("{n:05} begins and goes on for a while until it ends {n:05}\r\n"));
    house.deliver_octets(
        "INBOX",
        format!("Subject: s\r\n\r\n{}", lines.collect::<String>()).as_bytes(),
        Flags::default(),
    );
    let mut client = house.selected("INBOX");
    for n in 0..399 {
        let text = format!("ENDS {n:05}\n{:05} BEGINS", n + 1);
        let key = format!("BODY {{{}+}}\n{text}", text.len() + 1);
        assert_eq!(search(&mut client, &key), "1", "{text}");
    }
}

/// RFC 9585 §4: every ten seconds or so, how far the search is; never within a line, never at the goal.
#[test]
fn long_searches_tell_how_far_they_are() {
    let house = House::new();
    for _ in 0..6 {
        let text = format!(
            "Subject: long\r\n\r\n{}",
            "nothing of it\r\n".repeat(60_000)
        );
        house.deliver_octets("INBOX", text.as_bytes(), Flags::default());
    }
    let mut client = house.selected("INBOX");
    client.tick = 4;
    for (tag, shown) in [("s", "\"s\""), ("a]b", "NIL")] {
        let said = client.say(&format!("{tag} SEARCH BODY needle"));
        let mut before = -1;
        let mut told = 0;
        for line in said.lines().filter(|line| line.contains("INPROGRESS")) {
            let rest = line
                .strip_prefix(&format!("* OK [INPROGRESS ({shown} "))
                .expect(line);
            let met: i64 = rest.split(' ').next().unwrap().parse().unwrap();
            assert!((before..6).contains(&met), "{said}");
            assert!(rest.ends_with(" 6)] Still searching"), "{said}");
            (before, told) = (met, told + 1);
        }
        assert!(told >= 2, "{said}");
        assert!(
            said.ends_with(&format!("* SEARCH\n{tag} OK SEARCH completed\n")),
            "{said}"
        );
    }
    client.tick = 0;
    assert!(!client.say("q SEARCH BODY needle").contains("INPROGRESS"));
}

/// What a search of 100,000 messages costs, by hand: `cargo test --release -p imap --lib search_speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn search_speed() {
    let house = House::new();
    house.deliver("INBOX", LETTER);
    let mut client = house.selected("INBOX");
    for _ in 0..17 {
        assert!(client.say("c COPY 1:* INBOX").contains("c OK"));
    }
    client.say("k STORE 500,70000 +FLAGS.SILENT (\\Flagged)");
    for key in [
        "RETURN (COUNT) ALL",
        "FLAGGED",
        "RETURN (COUNT) UNSEEN",
        "RETURN (ALL) UNSEEN",
        "RETURN (MAX) UNSEEN",
        "RETURN (PARTIAL -1:-100) UNSEEN",
        "UNSEEN",
        "OR FLAGGED LARGER 5000",
        "RETURN (COUNT) SINCE 1-Jan-2026",
        "RETURN (COUNT) SUBJECT meeting",
    ] {
        let mut best = std::time::Duration::MAX;
        for _ in 0..5 {
            let start = std::time::Instant::now();
            let said = client.say_octets(format!("s SEARCH {key}\r\n").as_bytes());
            best = best.min(start.elapsed());
            assert!(said.ends_with(b"SEARCH completed\r\n"));
        }
        println!("{best:>12.1?}  {key}");
    }
}
