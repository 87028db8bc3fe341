//! LIST by the examples of RFC 9051 §6.3.9.8 and RFC 5258 §5, over the mailboxes that every person has.

use crate::cmd::house::{Client, House};

/// Only the lines about mailboxes that are not made for everyone.
fn own(client: &mut Client, command: &str) -> Vec<String> {
    let said = client.say(&format!("l {command}"));
    assert!(said.contains("l OK"), "{said}");
    let made = ["INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"];
    let lines = said
        .lines()
        .filter(|line| line.starts_with("* ") && !made.iter().any(|name| line.ends_with(name)));
    lines
        .map(|line| line.trim_start_matches("* ").to_string())
        .collect()
}

fn grown(house: &House, mailboxes: &[&str], subscribed: &[&str]) -> Client {
    let mut client = house.client();
    for name in client
        .say("l LSUB \"\" *")
        .lines()
        .filter_map(|line| line.rsplit_once(' ').map(|(_, name)| name.to_string()))
    {
        client.say(&format!("u UNSUBSCRIBE {name}"));
    }
    for name in mailboxes {
        let said = client.say(&format!("c CREATE {name}"));
        assert!(said.contains("c OK"), "{said}");
    }
    for name in subscribed {
        client.say(&format!("c SUBSCRIBE {name}"));
    }
    client
}

#[test]
fn the_made_mailboxes_tell_their_uses_unasked() {
    let house = House::new();
    let mut client = house.client();
    let said = client.say("l LIST \"\" *");
    assert_eq!(
        said,
        "* LIST (\\HasNoChildren) \"/\" INBOX\n* LIST (\\HasNoChildren \\Archive) \"/\" Archive\n\
         * LIST (\\HasNoChildren \\Drafts) \"/\" Drafts\n* LIST (\\HasNoChildren \\Junk) \"/\" Junk\n\
         * LIST (\\HasNoChildren \\Sent) \"/\" Sent\n* LIST (\\HasNoChildren \\Trash) \"/\" Trash\nl OK LIST completed\n"
    );
    assert_eq!(
        client.say("l LIST \"\" \"\""),
        "* LIST (\\Noselect) \"/\" \"\"\nl OK LIST completed\n"
    );
    assert_eq!(
        client.say("l LIST \"\" inbox"),
        "* LIST (\\HasNoChildren) \"/\" INBOX\nl OK LIST completed\n"
    );
    assert_eq!(
        client.say("l LIST (SPECIAL-USE) \"\" S%"),
        "* LIST (\\Sent) \"/\" Sent\nl OK LIST completed\n"
    );
    client.say("s SUBSCRIBE Sent");
    assert_eq!(
        client.say("l LSUB \"\" Se*"),
        "* LSUB (\\Sent) \"/\" Sent\nl OK LSUB completed\n"
    );
    let said = client.say("l LIST \"\" (INBOX Tr%) RETURN (STATUS (MESSAGES UNSEEN SIZE DELETED))");
    assert_eq!(
        said,
        "* LIST () \"/\" INBOX\n* STATUS INBOX (MESSAGES 0 UNSEEN 0 SIZE 0 DELETED 0)\n\
         * LIST (\\Trash) \"/\" Trash\n* STATUS Trash (MESSAGES 0 UNSEEN 0 SIZE 0 DELETED 0)\nl OK LIST completed\n"
    );
    assert_eq!(
        client.say("n NAMESPACE"),
        "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL\nn OK NAMESPACE completed\n"
    );
}

#[test]
fn fruit_and_vegetables() {
    let house = House::new();
    let mailboxes = [
        "Fruit",
        "Fruit/Apple",
        "Fruit/Banana",
        "Tofu",
        "Vegetable",
        "Vegetable/Broccoli",
        "Vegetable/Corn",
    ];
    let mut client = grown(
        &house,
        &mailboxes,
        &[
            "INBOX",
            "Fruit/Banana",
            "Fruit/Peach",
            "Vegetable",
            "Vegetable/Broccoli",
        ],
    );
    assert_eq!(
        own(&mut client, "LIST (SUBSCRIBED) \"\" *"),
        [
            "LIST (\\Subscribed) \"/\" Fruit/Banana",
            "LIST (\\NonExistent \\Subscribed) \"/\" Fruit/Peach",
            "LIST (\\Subscribed) \"/\" Vegetable",
            "LIST (\\Subscribed) \"/\" Vegetable/Broccoli"
        ]
    );
    assert_eq!(
        own(&mut client, "LIST () \"\" % RETURN (CHILDREN)"),
        [
            "LIST (\\HasChildren) \"/\" Fruit",
            "LIST (\\HasNoChildren) \"/\" Tofu",
            "LIST (\\HasChildren) \"/\" Vegetable"
        ]
    );
    assert_eq!(
        own(&mut client, "LIST \"\" * RETURN (SUBSCRIBED)"),
        [
            "LIST () \"/\" Fruit",
            "LIST () \"/\" Fruit/Apple",
            "LIST (\\Subscribed) \"/\" Fruit/Banana",
            "LIST () \"/\" Tofu",
            "LIST (\\Subscribed) \"/\" Vegetable",
            "LIST (\\Subscribed) \"/\" Vegetable/Broccoli",
            "LIST () \"/\" Vegetable/Corn"
        ]
    );
    // RFC 3501 §6.3.9: `%` shows the level over a subscribed name.
    assert_eq!(
        own(&mut client, "LSUB \"\" %"),
        ["LSUB (\\Noselect) \"/\" Fruit", "LSUB () \"/\" Vegetable"]
    );
}

#[test]
fn child_info() {
    let house = House::new();
    let mut client = grown(&house, &["Foo", "Foo/Bar", "Foo/Baz", "Moo"], &["Foo/Baz"]);
    assert!(own(&mut client, "LIST (SUBSCRIBED) \"\" %").is_empty());
    let info = "LIST () \"/\" Foo (\"CHILDINFO\" (\"SUBSCRIBED\"))";
    assert_eq!(
        own(&mut client, "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %"),
        [info]
    );
    client.say("s SUBSCRIBE Foo");
    assert_eq!(
        own(&mut client, "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %"),
        [info.replace("()", "(\\Subscribed)")]
    );
    client.say("s UNSUBSCRIBE Foo/Baz");
    client.say("s SUBSCRIBE Moo");
    assert_eq!(
        own(
            &mut client,
            "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" % RETURN (CHILDREN)"
        ),
        [
            "LIST (\\Subscribed \\HasChildren) \"/\" Foo",
            "LIST (\\Subscribed \\HasNoChildren) \"/\" Moo"
        ]
    );
    // Example A2: the level itself does not exist.
    client.say("s SUBSCRIBE Gone/With");
    assert_eq!(
        own(&mut client, "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" G%"),
        ["LIST (\\NonExistent) \"/\" Gone (\"CHILDINFO\" (\"SUBSCRIBED\"))"]
    );
}

#[test]
fn example_8() {
    let house = House::new();
    let mailboxes = [
        "foo2",
        "foo2/bar1",
        "foo2/bar2",
        "baz2",
        "baz2/bar2",
        "baz2/bar22",
        "baz2/bar222",
        "eps2",
        "eps2/mamba",
        "qux2/bar2",
    ];
    let subscribed = [
        "foo2/bar1",
        "foo2/bar2",
        "baz2/bar2",
        "baz2/bar22",
        "baz2/bar222",
        "eps2",
        "eps2/mamba",
        "qux2/bar2",
    ];
    let mut client = grown(&house, &mailboxes, &subscribed);
    assert_eq!(
        own(&mut client, "LIST (RECURSIVEMATCH SUBSCRIBED) \"\" *2"),
        [
            "LIST (\\Subscribed) \"/\" baz2/bar2",
            "LIST (\\Subscribed) \"/\" baz2/bar22",
            "LIST (\\Subscribed) \"/\" baz2/bar222",
            "LIST (\\Subscribed) \"/\" eps2 (\"CHILDINFO\" (\"SUBSCRIBED\"))",
            "LIST () \"/\" foo2 (\"CHILDINFO\" (\"SUBSCRIBED\"))",
            "LIST (\\Subscribed) \"/\" foo2/bar2",
            "LIST (\\Subscribed) \"/\" qux2/bar2"
        ]
    );
}

#[test]
fn making_and_unmaking_mailboxes() {
    let house = House::new();
    let mut client = house.client();
    assert_eq!(
        client.say("c CREATE inbox"),
        "c NO [ALREADYEXISTS] There is a mailbox of this name\n"
    );
    assert_eq!(
        client.say("c CREATE a/b"),
        "c OK [MAILBOXID (F1-8)] CREATE completed\n"
    );
    assert_eq!(
        client.say("c CREATE a/b"),
        "c NO [ALREADYEXISTS] There is a mailbox of this name\n"
    );
    assert_eq!(
        client.say("c CREATE My (USE (\\Sent))"),
        "c NO [USEATTR] Another mailbox has this use\n"
    );
    assert_eq!(
        client.say("d DELETE INBOX"),
        "d NO [CANNOT] INBOX cannot be deleted\n"
    );
    assert_eq!(
        client.say("d DELETE nothing"),
        "d NO [NONEXISTENT] There is no mailbox of this name\n"
    );
    assert_eq!(
        client.say("d DELETE a"),
        "d OK DELETE completed\n",
        "made as the level over a/b"
    );
    assert_eq!(
        client.say("d DELETE a"),
        "d NO [HASCHILDREN] Only the mailboxes under this name can be deleted\n"
    );
    assert_eq!(
        client.say("s SELECT a"),
        "s NO [CANNOT] This name only holds other mailboxes: it has no messages\n"
    );
    assert_eq!(
        own(&mut client, "LIST \"\" %"),
        ["LIST (\\Noselect \\HasChildren) \"/\" a"]
    );
    assert_eq!(
        client.say("r RENAME a/b a/b/c"),
        "r NO [CANNOT] A mailbox cannot go under itself\n"
    );
    assert_eq!(
        client.say("r RENAME a/b Sent"),
        "r NO [ALREADYEXISTS] There is a mailbox of the new name\n"
    );
    assert_eq!(
        client.say("r RENAME a/x y"),
        "r NO [NONEXISTENT] There is no mailbox of this name\n"
    );
    assert_eq!(client.say("r RENAME a/b top"), "r OK RENAME completed\n");
    assert!(
        client
            .say("s STATUS top (MESSAGES UIDNEXT RECENT)")
            .starts_with("* STATUS top (MESSAGES 0 UIDNEXT 1 RECENT 0)\n")
    );
    assert_eq!(
        client.say("s STATUS a/b (MESSAGES)"),
        "s NO [NONEXISTENT] There is no mailbox of this name\n"
    );
}

#[test]
fn hostile_patterns_are_matched_in_pieces() {
    let house = House::new();
    let mut client = house.client();
    for n in 0..60 {
        let said = client.say(&format!("s SUBSCRIBE {n:05}{}", "a".repeat(390)));
        assert!(said.contains("s OK"), "{said}");
    }
    let pattern = format!("\"{}b\"", "*a".repeat(195));
    let patterns = vec![pattern; 31].join(" ");
    let said = client.say(&format!("l LIST \"\" ({patterns} INBOX)"));
    assert!(said.starts_with("* LIST () \"/\" INBOX\nl OK"), "{said}");
    assert!(client.turns > 1, "{}", client.turns);
}

#[test]
fn subscriptions_have_so_many_levels_in_all() {
    let house = House::new();
    let mut client = house.client();
    let refused = (0..300).find(|n| {
        let said = client.say(&format!("s SUBSCRIBE {n:05}{}", "/a".repeat(195)));
        said.contains("s NO [LIMIT]")
    });
    assert_eq!(refused, Some(204));
}
