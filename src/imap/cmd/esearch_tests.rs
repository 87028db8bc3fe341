//! ESEARCH: which mailboxes, what is said of each, and what is refused.

use crate::cmd::house::House;

fn house() -> House {
    let house = House::new();
    let mut client = house.client();
    for name in [
        "Work",
        "Work/2025",
        "Work/2025/May",
        "Workshop",
        "Fun & co",
        "Empty",
    ] {
        assert!(
            client
                .say(&format!("c CREATE \"{}\"", name.replace('&', "&-")))
                .contains("c OK")
        );
    }
    for (mailbox, count) in [
        ("INBOX", 3),
        ("Work", 2),
        ("Work/2025", 1),
        ("Work/2025/May", 4),
        ("Workshop", 2),
        ("Fun & co", 1),
    ] {
        house.fill(mailbox, count);
    }
    house
}

/// MAILBOX and what was found of each response, the tagged reply's word last.
fn ask(said: &str) -> Vec<String> {
    said.lines()
        .map(
            |line| match line.strip_prefix("* ESEARCH (TAG \"x\" MAILBOX ") {
                Some(rest) => {
                    let (mailbox, rest) = rest.split_once(" UIDVALIDITY ").expect(line);
                    let (_, found) = rest.split_once(") UID ").expect(line);
                    format!("{mailbox}: {found}")
                }
                None => line.split(' ').nth(1).expect(line).to_string(),
            },
        )
        .collect()
}

#[test]
fn sources() {
    let house = house();
    let mut client = house.client();
    client.say("s SUBSCRIBE Work/2025");
    for (sources, found) in [
        ("mailboxes Work", vec!["Work: ALL 1:2"]),
        (
            "mailboxes (Work Workshop Never Empty)",
            vec!["Work: ALL 1:2", "Workshop: ALL 1:2"],
        ),
        ("mailboxes Work mailboxes Work", vec!["Work: ALL 1:2"]),
        ("mailboxes \"Wor*\"", vec![]),
        (
            "subtree Work",
            vec![
                "Work: ALL 1:2",
                "Work/2025: ALL 1",
                "Work/2025/May: ALL 1:4",
            ],
        ),
        (
            "subtree-one Work",
            vec!["Work: ALL 1:2", "Work/2025: ALL 1"],
        ),
        ("subtree Never", vec![]),
        ("inboxes", vec!["INBOX: ALL 1:3"]),
        ("subscribed", vec!["INBOX: ALL 1:3", "Work/2025: ALL 1"]),
        (
            "personal",
            vec![
                "INBOX: ALL 1:3",
                "\"Fun &- co\": ALL 1",
                "Work: ALL 1:2",
                "Work/2025: ALL 1",
                "Work/2025/May: ALL 1:4",
                "Workshop: ALL 1:2",
            ],
        ),
    ] {
        let mut expected: Vec<String> = found.iter().map(ToString::to_string).collect();
        expected.push("OK".into());
        let said = client.say(&format!("x ESEARCH IN ({sources}) BODY this"));
        assert_eq!(ask(&said), expected, "{sources}: {said}");
    }
    // The numbers are those of each mailbox (§2).
    let said = client.say("x ESEARCH IN (subtree Work) RETURN (COUNT MAX) 2:9");
    assert_eq!(
        ask(&said),
        ["Work: MAX 2 COUNT 1", "Work/2025/May: MAX 4 COUNT 3", "OK"]
    );
    let said = client.say("x ESEARCH IN (subtree Work) RETURN (PARTIAL -1:-2) ALL");
    assert_eq!(
        ask(&said),
        [
            "Work: PARTIAL (-1:-2 1:2)",
            "Work/2025: PARTIAL (-1:-2 1)",
            "Work/2025/May: PARTIAL (-1:-2 3:4)",
            "OK"
        ]
    );
}

#[test]
fn the_selected_mailbox() {
    let house = house();
    let mut client = house.client();
    for wrong in [
        "ALL",
        "IN (selected) ALL",
        "IN (mailboxes Work) RETURN (UPDATE) ALL",
        "IN (selected-delayed) ALL",
        "IN () ALL",
        "IN (personal (x 1)) ALL",
    ] {
        assert_eq!(
            ask(&client.say(&format!("x ESEARCH {wrong}"))),
            ["BAD"],
            "{wrong}"
        );
    }
    client.say("s SELECT Workshop");
    for (command, found) in [
        ("ESEARCH ALL", vec!["Workshop: ALL 1:2", "OK"]),
        ("UID ESEARCH SUBJECT 2", vec!["Workshop: ALL 2", "OK"]),
        (
            "ESEARCH IN (selected mailboxes Work) RETURN (MIN) ALL",
            vec!["Workshop: MIN 1", "Work: MIN 1", "OK"],
        ),
        (
            "ESEARCH RETURN (SAVE COUNT) SUBJECT 2",
            vec!["Workshop: COUNT 1", "OK"],
        ),
        ("ESEARCH IN (selected) $", vec!["Workshop: ALL 2", "OK"]),
        ("ESEARCH IN (mailboxes Work) $", vec!["OK"]),
        ("ESEARCH IN (mailboxes Work) RETURN (SAVE) ALL", vec!["BAD"]),
        // §2.1: nothing is said of a mailbox without a match, whatever was asked.
        ("ESEARCH RETURN (COUNT) DELETED", vec!["OK"]),
    ] {
        let said = client.say(&format!("x {command}"));
        assert_eq!(ask(&said), found, "{command}: {said}");
    }
    client.say("x ESEARCH IN (selected personal) RETURN (UPDATE COUNT) FLAGGED");
    house.deliver_octets("INBOX", b"Subject: f\r\n\r\n", ::store::Flags::FLAGGED);
    house.deliver_octets("Workshop", b"Subject: f\r\n\r\n", ::store::Flags::FLAGGED);
    let said = client.say("n NOOP");
    assert!(
        said.contains("* ESEARCH (TAG \"x\") UID ADDTO (0 3)\n"),
        "{said}"
    );
    assert_eq!(said.matches("ESEARCH").count(), 1, "{said}");
}

/// RFC 5466.
#[test]
fn filters() {
    let house = house();
    let mut client = house.selected("INBOX");
    let mut set = |name: &str, value: &str| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        let said = client.say(&format!("m SETMETADATA \"\" (\"{name}\" \"{value}\")"));
        assert!(said.contains("m OK"), "{said}");
    };
    set(
        "/private/filters/values/on-the-road",
        "OR SMALLER 5 SUBJECT \"2\"",
    );
    set("/shared/filters/values/on-the-road", "ALL");
    set("/shared/filters/values/common", "NOT FILTER on-the-road");
    set("/private/filters/values/loop", "FILTER pool");
    set("/private/filters/values/pool", "FILTER loop");
    set(
        "/private/filters/values/twice",
        "FILTER on-the-road UID 1:2",
    );
    for (key, found) in [
        ("FILTER on-the-road", "2"),
        ("FILTER ON-THE-ROAD", "2"),
        ("UID 3:900 FILTER on-the-road", ""),
        ("FILTER common", "1 3"),
        ("NOT FILTER twice SUBJECT 3", "3"),
        ("CHARSET US-ASCII FILTER common", "1 3"),
    ] {
        let said = client.say(&format!("x SEARCH {key}"));
        let expected = format!("* SEARCH {found}").trim_end().to_string();
        assert_eq!(
            said,
            format!("{expected}\nx OK SEARCH completed\n"),
            "{key}"
        );
    }
    for name in ["never", "loop"] {
        let said = client.say(&format!("x SEARCH FILTER {name}"));
        let other = if name == "loop" {
            ["loop", "pool"]
        } else {
            ["never", "never"]
        };
        assert!(
            other
                .iter()
                .any(|name| said.starts_with(&format!("x NO [UNDEFINED-FILTER {name}]"))),
            "{said}"
        );
    }
    assert!(
        client
            .say("x SEARCH CHARSET KOI8-R FILTER common")
            .starts_with("x BAD [BADCHARSET")
    );
}
