//! Rights that are taken away while a command is under way, or between two commands of a session that has the mailbox selected.

use std::sync::mpsc;

use ::store::{AccountId, Rights, Who};

use crate::cmd::house::{Client, House};

/// ann, whose mailbox `Box` has one message, and bob, who may do everything with it and has it selected; below her `Attic` he may create.
fn two() -> (House, AccountId, Client, Client) {
    let house = House::new();
    let bob = house.add("bob@house.test");
    let mut ann = house.client();
    assert!(ann.say("a CREATE Box").contains("a OK"));
    house.deliver("Box", "Subject: one\n\nsecret\n");
    assert!(ann.say("a SETACL Box bob lrswipkxtea").contains("a OK"));
    assert!(ann.say("a CREATE Attic").contains("a OK"));
    assert!(ann.say("a SETACL Attic bob lk").contains("a OK"));
    let mut client = house.client_of(bob);
    let said = client.say("b SELECT \"Other Users/ann/Box\"");
    assert!(said.contains("b OK [READ-WRITE]"), "{said}");
    (house, bob, ann, client)
}

fn messages(client: &mut Client, mailbox: &str) -> String {
    let said = client.say(&format!("s STATUS {mailbox} (MESSAGES)"));
    let (_, behind) = said.split_once("MESSAGES ").unwrap_or_default();
    behind.split(')').next().unwrap_or_default().to_owned()
}

#[test]
fn replace_asks_for_the_rights_of_now() {
    let (_house, _, mut ann, mut bob) = two();
    ann.say("a SETACL Box bob -te");
    let said = bob.say("b REPLACE 1 INBOX {12+}\nSubject: x\n\n");
    assert!(said.contains("b NO [NOPERM]"), "{said}");
    assert_eq!(messages(&mut ann, "Box"), "1");
    assert_eq!(messages(&mut bob, "INBOX"), "0");
}

#[test]
fn replace_asks_again_when_the_message_has_come() {
    let (_house, _, mut ann, mut bob) = two();
    let said = bob.say("b REPLACE 1 INBOX {12}");
    assert!(said.starts_with("+ "), "{said}");
    ann.say("a SETACL Box bob -te");
    let said = bob.say("Subject: x\n");
    assert!(said.contains("b NO [NOPERM]"), "{said}");
    assert_eq!(messages(&mut ann, "Box"), "1");
    assert_eq!(messages(&mut bob, "INBOX"), "0");
}

#[test]
fn a_url_into_the_selected_mailbox_is_read_with_the_rights_of_now() {
    let (_house, _, mut ann, mut bob) = two();
    ann.say("a SETACL Box bob -r");
    let said = bob.say("b APPEND INBOX CATENATE (URL \";UID=1\")");
    assert!(said.contains("b NO [BADURL"), "{said}");
}

/// What bob is told when ann's change of the list stands in the writer's queue before his command's deed, but was not there when it began.
fn overtaken(take: &str, line: &str) -> (House, Client, String) {
    let (house, bob, ann, mut client) = two();
    let (go, wait) = mpsc::channel::<()>();
    let id = house.mailbox("Box");
    client.say("b STORE 1 +FLAGS.SILENT (\\Deleted)");
    let left = Rights::ALL.without(Rights::parse(take).unwrap());
    let pending = house.store.write(move |tx| {
        let _ = wait.recv();
        tx.set_acl(id, Who::Account(bob), false, left)
    });
    client.at_commit = Some(go);
    let said = client.say(&format!("b {line}"));
    // Had there been nothing to write, the deed would wait for ever.
    drop(client);
    pending.wait().unwrap();
    (house, ann, said)
}

#[test]
fn what_was_taken_away_before_the_deed_is_not_done() {
    for (take, line) in [
        ("a", "SETACL \"Other Users/ann/Box\" bob lrswipkxtea"),
        ("a", "DELETEACL \"Other Users/ann/Box\" anyone"),
        ("x", "DELETE \"Other Users/ann/Box\""),
        (
            "x",
            "RENAME \"Other Users/ann/Box\" \"Other Users/ann/Attic/Box\"",
        ),
        ("e", "EXPUNGE"),
        ("e", "UID EXPUNGE 1"),
        ("e", "MOVE 1 INBOX"),
        ("r", "COPY 1 INBOX"),
        ("i", "COPY 1 \"Other Users/ann/Box\""),
        (
            "w",
            "SETMETADATA \"Other Users/ann/Box\" (/shared/comment \"x\")",
        ),
    ] {
        let (_house, mut ann, said) = overtaken(take, line);
        assert!(said.contains("b NO [NOPERM]"), "{line}: {said}");
        assert_eq!(messages(&mut ann, "Box"), "1", "{line}");
    }
    let (_house, mut ann, said) = overtaken("e", "CLOSE");
    assert!(said.contains("b OK"), "{said}");
    assert_eq!(messages(&mut ann, "Box"), "1");
}
