//! METADATA (RFC 5464) as clients say it.

use crate::cmd::house::{Client, ok, two};

fn no(client: &mut Client, line: &str) -> String {
    let said = client.say(&format!("t {line}"));
    assert!(said.starts_with("t NO"), "{line}: {said}");
    said.split(['[', ']']).nth(1).unwrap_or("").to_owned()
}

#[test]
fn entries_are_set_and_told() {
    let (_house, mut ann, _) = two();
    assert_eq!(
        ok(
            &mut ann,
            "GETMETADATA INBOX (/shared/comment /private/comment)"
        ),
        "* METADATA INBOX (/shared/comment NIL /private/comment NIL)\nt OK GETMETADATA completed\n"
    );
    ok(
        &mut ann,
        "SETMETADATA INBOX (/private/comment {33}\nMy new comment across\ntwo lines. /shared/comment \"yours\")",
    );
    assert_eq!(
        ok(
            &mut ann,
            "GETMETADATA \"INBOX\" /PRIVATE/comment /shared/comment"
        ),
        "* METADATA INBOX (/PRIVATE/comment {33}\nMy new comment across\ntwo lines. \
         /shared/comment \"yours\")\nt OK GETMETADATA completed\n"
    );
    ok(&mut ann, "SETMETADATA INBOX (/private/comment NIL)");
    assert!(ok(&mut ann, "GETMETADATA INBOX /private/comment").contains("(/private/comment NIL)"));
    // An empty value is one.
    ok(&mut ann, "SETMETADATA INBOX (/private/comment \"\")");
    assert!(ok(&mut ann, "GETMETADATA INBOX /private/comment").contains("(/private/comment \"\")"));
}

#[test]
fn sizes_and_depths() {
    let (_house, mut ann, _) = two();
    ok(
        &mut ann,
        "SETMETADATA INBOX (/private/f/values/small \"SMALLER 5000\" \
         /private/f/values/boss \"FROM \\\"boss@example.com\\\"\" /private/f/values/a/b \"x\" \
         /private/f/valuesx \"y\")",
    );
    assert_eq!(
        ok(&mut ann, "GETMETADATA INBOX (DEPTH 1) (/private/f/values)"),
        "* METADATA INBOX (/private/f/values/boss \"FROM \\\"boss@example.com\\\"\" \
         /private/f/values/small \"SMALLER 5000\")\nt OK GETMETADATA completed\n"
    );
    assert!(
        ok(
            &mut ann,
            "GETMETADATA (DEPTH infinity) INBOX /private/f/values"
        )
        .contains("/private/f/values/a/b x ")
            || ok(
                &mut ann,
                "GETMETADATA (DEPTH infinity) INBOX /private/f/values"
            )
            .contains("/private/f/values/a/b \"x\" ")
    );
    assert_eq!(
        ok(&mut ann, "GETMETADATA (DEPTH 0) INBOX /private/f"),
        "* METADATA INBOX (/private/f NIL)\nt OK GETMETADATA completed\n"
    );
    assert_eq!(
        ok(&mut ann, "GETMETADATA (DEPTH 1) INBOX /private/f/none"),
        "t OK GETMETADATA completed\n"
    );
    assert_eq!(
        ok(
            &mut ann,
            "GETMETADATA (MAXSIZE 12 DEPTH 1) INBOX /private/f/values"
        ),
        "* METADATA INBOX (/private/f/values/small \"SMALLER 5000\")\n\
         t OK [METADATA LONGENTRIES 23] GETMETADATA completed\n"
    );
    let everything = ok(
        &mut ann,
        "GETMETADATA (DEPTH infinity) Trash (/private /shared)",
    );
    assert_eq!(
        everything,
        "* METADATA Trash (/private/specialuse \"\\\\Trash\")\nt OK GETMETADATA completed\n"
    );
}

#[test]
fn a_long_answer_comes_in_pieces() {
    let (_house, mut ann, _) = two();
    let value = "v".repeat(20_000);
    // The last of all names as well: what is left of its METADATA is told before the end.
    ok(&mut ann, "CREATE zz");
    for n in 0..20 {
        let (length, mailbox) = (value.len(), ["INBOX", "zz"][n / 10]);
        ok(
            &mut ann,
            &format!(
                "SETMETADATA {mailbox} (/private/n/{} {{{length}+}}\n{value})",
                n % 10
            ),
        );
    }
    let said = ok(&mut ann, "GETMETADATA (DEPTH infinity) INBOX /private");
    assert_eq!(said.matches(&value).count(), 10);
    assert!(ann.pieces.len() > 2, "{:?}", ann.pieces);
    assert!(ann.pieces.iter().all(|piece| *piece < 100_000));
    let names: Vec<String> = (0..10).map(|n| format!("/private/n/{n}")).collect();
    let said = ok(
        &mut ann,
        &format!(
            "LIST \"\" (INBOX Sent) RETURN (METADATA ({}))",
            names.join(" ")
        ),
    );
    assert_eq!(said.matches(&value).count(), 10);
    assert_eq!(said.matches("NIL").count(), 10);
    assert!(ann.pieces.len() > 2, "{:?}", ann.pieces);
    assert!(ann.pieces.iter().all(|piece| *piece < 100_000));
    let said_alone = ok(
        &mut ann,
        &format!("LIST \"\" zz RETURN (METADATA ({}))", names.join(" ")),
    );
    assert_eq!(said_alone.matches(&value).count(), 10);
    let order = [
        "LIST () \"/\" INBOX",
        "METADATA INBOX (/private/n/0",
        "METADATA INBOX (/private/n/4",
        "/private/n/9",
        "LIST (\\Sent) \"/\" Sent",
        "METADATA Sent",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|what| said.find(what).unwrap_or_else(|| panic!("{what}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_persons_annotations_have_an_end_in_all() {
    let (_house, mut ann, mut bob) = two();
    let value = "v".repeat(32_000);
    let set = |n: u32| format!("SETMETADATA INBOX (/private/n{n} {{32000+}}\n{value})");
    for n in 0..32 {
        ok(&mut ann, &set(n));
    }
    assert_eq!(no(&mut ann, &set(32)), "METADATA TOOMANY");
    // Nobody else has less room for it.
    ok(&mut bob, &set(32));
    ok(&mut ann, "SETMETADATA INBOX (/private/n7 NIL)");
    ok(&mut ann, &set(32));
}

#[test]
fn all_or_nothing() {
    let (_house, mut ann, _) = two();
    let values: String = (0..65).map(|n| format!(" /private/n/{n} x")).collect();
    let values = values.replace(" x", " \"x\"");
    assert_eq!(
        no(&mut ann, &format!("SETMETADATA INBOX ({})", values.trim())),
        "METADATA TOOMANY"
    );
    assert!(ok(&mut ann, "GETMETADATA INBOX /private/n/0").contains("NIL"));
    let said = ann.say(&format!(
        "t SETMETADATA INBOX (/private/a \"x\" /private/b {{70000+}}\n{})",
        "b".repeat(70_000)
    ));
    assert!(said.starts_with("t NO [METADATA MAXSIZE 32768]"), "{said}");
    let said = ann.say("t SETMETADATA INBOX (/private/b {70000}");
    assert!(said.starts_with("t NO [METADATA MAXSIZE 32768]"), "{said}");
    assert!(ok(&mut ann, "GETMETADATA INBOX /private/a").contains("NIL"));
}

#[test]
fn who_may_what() {
    let (house, mut ann, mut bob) = two();
    let carol = house.add("carol@house.test");
    let mut carol = house.client_of(carol);
    ok(&mut ann, "CREATE Work");
    ok(&mut ann, "SETACL Work bob lrw");
    ok(&mut ann, "SETACL Work carol lr");
    let work = "\"Other Users/ann/Work\"";
    ok(
        &mut bob,
        &format!("SETMETADATA {work} (/shared/comment \"for all\" /private/comment \"bob's\")"),
    );
    ok(
        &mut carol,
        &format!("SETMETADATA {work} (/private/comment \"carol's\")"),
    );
    assert_eq!(
        no(
            &mut carol,
            &format!("SETMETADATA {work} (/private/comment NIL /shared/comment NIL)")
        ),
        "NOPERM"
    );
    let told = |client: &mut Client, name: &str| {
        let said = ok(
            client,
            &format!("GETMETADATA {name} (/shared/comment /private/comment)"),
        );
        let (_, told) = said.split_once('(').unwrap();
        format!("({}", told.lines().next().unwrap())
    };
    assert_eq!(
        told(&mut ann, "Work"),
        "(/shared/comment \"for all\" /private/comment NIL)"
    );
    assert_eq!(
        told(&mut bob, work),
        "(/shared/comment \"for all\" /private/comment \"bob's\")"
    );
    assert_eq!(
        told(&mut carol, work),
        "(/shared/comment \"for all\" /private/comment \"carol's\")"
    );
    // `l` and one of r, s, w, i, p (RFC 5464 §3.3).
    for (rights, can) in [("l", false), ("la", false), ("lp", true), ("li", true)] {
        ok(&mut ann, &format!("SETACL Work carol {rights}"));
        let line = format!("GETMETADATA {work} /shared/comment");
        if can {
            ok(&mut carol, &line);
        } else {
            assert_eq!(no(&mut carol, &line), "NOPERM");
        }
    }
    assert_eq!(
        no(&mut ann, "GETMETADATA Nowhere /shared/comment"),
        "NONEXISTENT"
    );
}

#[test]
fn the_server_has_entries() {
    let (_house, mut ann, mut bob) = two();
    assert_eq!(
        ok(&mut bob, "GETMETADATA \"\" (/shared/admin /shared/comment)"),
        "* METADATA \"\" (/shared/admin \"mailto:ann@house.test\" /shared/comment NIL)\n\
         t OK GETMETADATA completed\n"
    );
    ok(&mut ann, "SETMETADATA \"\" (/shared/comment \"Our house\")");
    assert!(ok(&mut bob, "GETMETADATA \"\" /shared/comment").contains("\"Our house\""));
    assert_eq!(
        no(&mut bob, "SETMETADATA \"\" (/shared/comment \"Mine\")"),
        "NOPERM"
    );
    assert_eq!(
        no(&mut ann, "SETMETADATA \"\" (/shared/admin \"mailto:me@x\")"),
        "CANNOT"
    );
    ok(
        &mut bob,
        "SETMETADATA \"\" (/private/vendor/x/y \"bob's own\")",
    );
    assert!(ok(&mut ann, "GETMETADATA \"\" /private/vendor/x/y").contains("NIL"));
}

#[test]
fn special_uses_move() {
    let (_house, mut ann, mut bob) = two();
    ok(&mut ann, "CREATE SavedDrafts");
    assert_eq!(
        ok(
            &mut ann,
            "SETMETADATA SavedDrafts (/private/specialuse \"\\\\Drafts\" /private/comment \"new\")"
        ),
        "* METADATA Drafts (/private/specialuse NIL)\nt OK SETMETADATA completed\n"
    );
    assert_eq!(
        ok(&mut ann, "LIST (SPECIAL-USE) \"\" *Drafts"),
        "* LIST (\\Drafts) \"/\" SavedDrafts\nt OK LIST completed\n"
    );
    assert_eq!(
        ok(
            &mut ann,
            "SETMETADATA SavedDrafts (/private/specialuse \"\\\\drafts\")"
        ),
        "t OK SETMETADATA completed\n"
    );
    ok(&mut ann, "SETMETADATA Sent (/private/specialuse NIL)");
    assert!(!ok(&mut ann, "LIST \"\" Sent").contains("\\Sent"));
    for (mailbox, value) in [
        ("Sent", "\\\\Sent \\\\Trash"),
        ("Sent", "\\\\All"),
        ("Sent", "\\\\Flagged"),
        ("Sent", "Sent"),
        ("Sent", "\\\\Unheard"),
        ("INBOX", "\\\\Sent"),
    ] {
        let line = format!("SETMETADATA {mailbox} (/private/specialuse \"{value}\")");
        assert_eq!(no(&mut ann, &line), "USEATTR", "{line}");
    }
    ok(
        &mut ann,
        "SETMETADATA Sent (/private/specialuse \"\\\\Important\")",
    );
    assert!(ok(&mut ann, "LIST \"\" Sent").contains("\\Important"));
    ok(&mut ann, "SETACL Sent bob lrswipkxtea");
    let sent = "\"Other Users/ann/Sent\"";
    assert!(ok(&mut bob, &format!("GETMETADATA {sent} /private/specialuse")).contains("NIL"));
    assert_eq!(
        no(
            &mut bob,
            &format!("SETMETADATA {sent} (/private/specialuse NIL)")
        ),
        "NOPERM"
    );
}

#[test]
fn annotations_follow_their_mailbox() {
    let (_house, mut ann, _) = two();
    ok(&mut ann, "CREATE Work");
    ok(&mut ann, "SETMETADATA Work (/private/comment \"w\")");
    ok(&mut ann, "SETMETADATA INBOX (/private/comment \"i\")");
    ok(&mut ann, "RENAME Work Job");
    assert!(ok(&mut ann, "GETMETADATA Job /private/comment").contains("\"w\""));
    ok(&mut ann, "DELETE Job");
    ok(&mut ann, "CREATE Job");
    assert!(ok(&mut ann, "GETMETADATA Job /private/comment").contains("NIL"));
    // RFC 5464 §4.1: a rename of INBOX copies them.
    ok(&mut ann, "RENAME INBOX Old");
    assert!(ok(&mut ann, "GETMETADATA Old /private/comment").contains("\"i\""));
    assert!(ok(&mut ann, "GETMETADATA INBOX /private/comment").contains("\"i\""));
}

#[test]
fn lists_have_entries() {
    let (_house, mut ann, _) = two();
    ok(
        &mut ann,
        "SETMETADATA INBOX (/shared/vendor/cmu/cyrus-imapd/color \"#b71c1c\")",
    );
    ok(&mut ann, "CREATE foo/bar");
    ok(&mut ann, "DELETE foo");
    assert_eq!(
        ok(
            &mut ann,
            "LIST \"\" (INBOX foo foo/%) RETURN (METADATA (\"/shared/vendor/cmu/cyrus-imapd/color\" /private/comment))"
        ),
        "* LIST () \"/\" INBOX\n\
         * METADATA INBOX (/shared/vendor/cmu/cyrus-imapd/color \"#b71c1c\" /private/comment NIL)\n\
         * LIST (\\Noselect) \"/\" foo\n\
         * METADATA foo (/shared/vendor/cmu/cyrus-imapd/color NIL /private/comment NIL)\n\
         * LIST () \"/\" foo/bar\n\
         * METADATA foo/bar (/shared/vendor/cmu/cyrus-imapd/color NIL /private/comment NIL)\n\
         t OK LIST completed\n"
    );
}
