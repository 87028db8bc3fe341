//! A stranger writes to a running box, and its owner asks why the mail went where it went: while the box runs, and when it is stopped.

use house::{House, Plan, Wire};

const ANN: &str = "ann@house.test";
const BOB: &str = "bob@house.test";

fn writes(house: &House, to: &[&str], letter: &str) -> String {
    let mut wire: Wire = house.connect("smtp").unwrap();
    wire.until("220 ").unwrap();
    wire.send(b"EHLO mx.far.test\r\n").unwrap();
    wire.until("250 ").unwrap();
    wire.send(b"MAIL FROM:<eve@far.test>\r\n").unwrap();
    wire.expect("250").unwrap();
    for to in to {
        wire.send(format!("RCPT TO:<{to}>\r\n").as_bytes()).unwrap();
        wire.expect("250").unwrap();
    }
    wire.send(b"DATA\r\n").unwrap();
    wire.until("354").unwrap();
    wire.send(format!("{letter}\r\n.\r\n").as_bytes()).unwrap();
    wire.line().unwrap().unwrap()
}

fn why(house: &House, arguments: &[&str]) -> String {
    house.command(&[&["why"], arguments].concat(), "").unwrap()
}

#[test]
fn the_owner_asks_why() {
    let person = |address: &str| (address.to_owned(), "correct horse".to_owned());
    let mut house = House::start(&Plan {
        program: env!("CARGO_BIN_EXE_pillarbox").into(),
        people: vec![person(ANN), person(BOB)],
        settings: "[dns]\nservers = [\"127.0.0.1:9\"]\ntimeout = \"100 ms\"\n".into(),
    })
    .unwrap();
    let letter = "From: Eve <eve@far.test>\r\nMessage-ID: <party@far.test>\r\nSubject: party\r\nContent-Type: application/octet-stream; name=party.exe\r\n\r\nMZ";
    assert!(writes(&house, &[ANN, BOB], letter).starts_with("250 "));
    let plain =
        "From: Eve <eve@far.test>\r\nMessage-ID: <code@far.test>\r\nSubject: your code\r\n\r\n1234";
    assert!(writes(&house, &[ANN], plain).starts_with("250 "));

    for ask in ["<party@far.test>", "party@far.test"] {
        let told = why(&house, &[ask]);
        for person in [ANN, BOB] {
            assert!(told.contains(&format!("{person}: Junk, ")), "{told}");
        }
        assert!(
            told.contains("+100.0  the attachment party.exe is a program")
                && told.contains("from eve@far.test")
                && told.contains("move it out of Junk"),
            "{told}"
        );
    }
    let told = why(&house, &["code@far.test"]);
    assert!(
        told.starts_with(&format!("{ANN}: INBOX, ")) && !told.contains(BOB),
        "{told}"
    );
    assert!(
        told.contains("     0  this sender has not written before")
            && told.contains("move it into Junk"),
        "{told}"
    );
    let refused = house.command(&["why", "<other@far.test>"], "").unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("nothing was decided on a message <other@far.test>"),
        "{refused}"
    );

    house.stop().unwrap();
    let stopped: serde_json::Value =
        serde_json::from_str(&why(&house, &["party@far.test", "--json"])).unwrap();
    let decisions = stopped["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 2, "{stopped}");
    assert_eq!(decisions[0]["mailbox"], "junk");
    assert_eq!(decisions[0]["refused"], false);
    assert_eq!(decisions[0]["facts"][0]["points"], 100.0);
}
