//! ACL (RFC 4314) as clients say it.

use ::store::Read;

use crate::cmd::house::{Client, ok, two};

fn refused(client: &mut Client, line: &str) -> String {
    let said = client.say(&format!("t {line}"));
    let last = said.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("t NO"), "{line}: {said}");
    let code = last.split(['[', ']']).nth(1).unwrap_or("");
    code.to_owned()
}

/// What bob can do with all rights but one, and with that one (and `l`) alone: the table of RFC 4314 §4.
#[test]
fn each_verb_asks_for_the_rights_of_the_table() {
    let table: [(&str, &str); 13] = [
        ("SELECT \"Other Users/ann/Up/Work\"", "r"),
        ("EXAMINE \"Other Users/ann/Up/Work\"", "r"),
        ("STATUS \"Other Users/ann/Up/Work\" (MESSAGES)", "r"),
        ("CREATE \"Other Users/ann/Up/Work/New\"", "k"),
        ("DELETE \"Other Users/ann/Up/Work\"", "x"),
        (
            "RENAME \"Other Users/ann/Up/Work\" \"Other Users/ann/Up/Work2\"",
            "x",
        ),
        ("GETACL \"Other Users/ann/Up/Work\"", "a"),
        ("SETACL \"Other Users/ann/Up/Work\" bob +p", "a"),
        ("DELETEACL \"Other Users/ann/Up/Work\" carol", "a"),
        ("LISTRIGHTS \"Other Users/ann/Up/Work\" anyone", "a"),
        ("GETQUOTAROOT \"Other Users/ann/Up/Work\"", "r"),
        ("APPEND \"Other Users/ann/Up/Work\" {3+}\nabc", "i"),
        ("SUBSCRIBE \"Other Users/ann/Up/Work\"", ""),
    ];
    for (line, needed) in table {
        for (rights, can) in [
            ("lrswipkxtea".replace(needed, ""), needed.is_empty()),
            (format!("l{needed}"), true),
        ] {
            let (house, mut ann, mut bob) = two();
            house.add("carol@house.test");
            ok(&mut ann, "CREATE Up/Work");
            ok(&mut ann, "SETACL Up bob lk");
            ok(&mut ann, &format!("SETACL Up/Work bob {rights}"));
            if can {
                ok(&mut bob, line);
            } else {
                assert_eq!(refused(&mut bob, line), "NOPERM", "{line} {rights}");
            }
        }
    }
}

#[test]
fn what_may_not_be_seen_does_not_exist() {
    let (_house, mut ann, mut bob) = two();
    ok(&mut ann, "CREATE Work");
    for rights in ["", "p", "swte"] {
        ok(&mut ann, &format!("SETACL Work bob \"{rights}\""));
        for line in [
            "SELECT M",
            "STATUS M (MESSAGES)",
            "MYRIGHTS M",
            "GETACL M",
            "SETACL M bob lr",
            "DELETE M",
            "RENAME M x",
            "GETMETADATA M /shared/comment",
            "GETQUOTAROOT M",
        ] {
            let here = line.replace(" M", " \"Other Users/ann/Work\"");
            let here = here.replace("(\"Other Users/ann/Work\"", "(M");
            let nowhere = here.replace("Work", "Nowhere");
            let other = bob.say(&format!("t {nowhere}"));
            assert!(other.starts_with("t NO [NONEXISTENT]"), "{other}");
            assert_eq!(bob.say(&format!("t {here}")), other, "{here}");
        }
        assert_eq!(
            ok(&mut bob, "LIST \"\" \"Other Users*\""),
            "t OK LIST completed\n"
        );
        let append = |name: &str| format!("APPEND \"Other Users/ann/{name}\" {{3+}}\nabc");
        assert_eq!(refused(&mut bob, &append("Work")), "TRYCREATE");
        assert_eq!(refused(&mut bob, &append("Nowhere")), "TRYCREATE");
    }
}

#[test]
fn lists_are_told_and_changed() {
    let (house, mut ann, mut bob) = two();
    house.add("carol@house.test");
    assert_eq!(
        ok(&mut ann, "GETACL INBOX"),
        "* ACL INBOX ann@house.test lrswipkxtecda\nt OK GETACL completed\n"
    );
    ok(&mut ann, "SETACL INBOX bob lrswida");
    ok(&mut ann, "SETACL INBOX -Bob@House.test w");
    ok(&mut ann, "SETACL INBOX anyone lrk");
    ok(&mut ann, "SETACL INBOX carol +ra");
    ok(&mut ann, "SETACL INBOX carol -a");
    assert_eq!(
        ok(&mut ann, "GETACL INBOX"),
        "* ACL INBOX ann@house.test lrswipkxtecda anyone lrkc bob@house.test lrswiteda \
         -bob@house.test w carol@house.test r\nt OK GETACL completed\n"
    );
    assert_eq!(
        ok(&mut bob, "MYRIGHTS \"Other Users/ann/INBOX\""),
        "* MYRIGHTS \"Other Users/ann/INBOX\" lrsiktecda\nt OK MYRIGHTS completed\n"
    );
    ok(&mut ann, "DELETEACL INBOX bob");
    ok(&mut ann, "DELETEACL INBOX bob");
    assert_eq!(
        ok(&mut ann, "GETACL INBOX"),
        "* ACL INBOX ann@house.test lrswipkxtecda anyone lrkc -bob@house.test w \
         carol@house.test r\nt OK GETACL completed\n"
    );
    assert_eq!(
        ok(&mut ann, "LISTRIGHTS INBOX bob"),
        "* LISTRIGHTS INBOX bob \"\" l r s w i p k x t e c d a\nt OK LISTRIGHTS completed\n"
    );
    assert_eq!(
        ok(&mut ann, "LISTRIGHTS INBOX Ann"),
        "* LISTRIGHTS INBOX Ann lrswipkxtecda\nt OK LISTRIGHTS completed\n"
    );
    assert_eq!(
        ok(&mut ann, "LISTRIGHTS INBOX -ann"),
        "* LISTRIGHTS INBOX -ann \"\"\nt OK LISTRIGHTS completed\n"
    );
}

#[test]
fn the_owner_keeps_every_right() {
    let (_house, mut ann, mut bob) = two();
    ok(&mut ann, "SETACL INBOX bob lra");
    let inbox = "\"Other Users/ann/INBOX\"";
    for line in [
        format!("SETACL {inbox} ann lr"),
        format!("SETACL {inbox} ann -a"),
        format!("SETACL {inbox} -ann a"),
        format!("DELETEACL {inbox} ann"),
        format!("SETACL {inbox} nobody lr"),
        format!("SETACL {inbox} bob@elsewhere.test lr"),
    ] {
        assert_eq!(refused(&mut bob, &line), "CANNOT", "{line}");
    }
    ok(&mut bob, &format!("SETACL {inbox} ann +lr"));
    ok(&mut bob, &format!("SETACL {inbox} ann lrswipcda"));
    ok(&mut ann, "SELECT INBOX");
}

#[test]
fn a_list_goes_with_its_mailbox() {
    let (_house, mut ann, mut bob) = two();
    ok(&mut ann, "CREATE Work");
    ok(&mut ann, "SETACL Work bob lrk");
    ok(&mut ann, "RENAME Work Job");
    assert!(ok(&mut bob, "MYRIGHTS \"Other Users/ann/Job\"").contains("lrkc\n"));
    ok(&mut ann, "CREATE Job/Old");
    assert!(ok(&mut bob, "MYRIGHTS \"Other Users/ann/Job/Old\"").contains("lrkc\n"));
    ok(&mut bob, "CREATE \"Other Users/ann/Job/New\"");
    assert!(ok(&mut ann, "GETACL Job/New").contains("bob@house.test lrkc"));
    ok(&mut ann, "DELETE Job/Old");
    ok(&mut ann, "CREATE Job/Old2");
    ok(&mut ann, "DELETE Job/New");
    ok(&mut ann, "DELETE Job/Old2");
    ok(&mut ann, "DELETE Job");
    ok(&mut ann, "CREATE Job");
    assert_eq!(
        refused(&mut bob, "MYRIGHTS \"Other Users/ann/Job\""),
        "NONEXISTENT"
    );
}

#[test]
fn nobody_makes_mailboxes_at_the_top_of_another() {
    let (_house, mut ann, mut bob) = two();
    ok(&mut ann, "SETACL INBOX anyone lrk");
    assert_eq!(refused(&mut bob, "CREATE \"Other Users\""), "CANNOT");
    assert_eq!(refused(&mut bob, "CREATE \"Other Users/ann\""), "CANNOT");
    assert_eq!(
        refused(&mut bob, "CREATE \"Other Users/carol/x\""),
        "NOPERM"
    );
    assert_eq!(refused(&mut bob, "CREATE \"Other Users/ann/x\""), "NOPERM");
    assert_eq!(
        refused(&mut bob, "RENAME INBOX \"Other Users/ann/x\""),
        "NOPERM"
    );
    ok(&mut bob, "CREATE \"Other Users/ann/INBOX/x/y\"");
    assert!(ok(&mut ann, "LIST \"\" INBOX/*").contains("INBOX/x/y\n"));
    assert_eq!(
        refused(
            &mut bob,
            "CREATE \"Other Users/ann/INBOX/z\" (USE (\\Trash))"
        ),
        "USEATTR"
    );
    ok(&mut bob, "CREATE Own");
    assert_eq!(
        refused(&mut bob, "RENAME Own \"Other Users/ann/INBOX/z\""),
        "CANNOT"
    );
}

#[test]
fn an_own_mailbox_of_the_kept_name_is_not_lost() {
    let (house, mut ann, mut bob) = two();
    ok(&mut ann, "CREATE Work");
    ok(&mut ann, "SETACL Work bob lr");
    let id = house.store.read().unwrap().accounts().unwrap()[1].id;
    house
        .store
        .write(move |tx| tx.create_mailbox(id, "Other Users/old", None))
        .wait()
        .unwrap();
    ok(&mut bob, "SELECT \"Other Users/old\"");
    ok(&mut bob, "SELECT \"Other Users/ann/Work\"");
    ok(&mut bob, "RENAME \"Other Users/old\" old");
    ok(&mut bob, "SELECT old");
}

#[test]
fn shared_mailboxes_are_listed() {
    let (_house, mut ann, mut bob) = two();
    ok(&mut ann, "CREATE Work/2026");
    ok(&mut ann, "SETACL Work/2026 bob lr");
    ok(&mut ann, "SETACL Trash bob lr");
    let list = |bob: &mut Client, what: &str| {
        let said = ok(bob, what);
        let lines: Vec<_> = said
            .lines()
            .filter(|line| line.contains("Other Users") || line.contains("Trash"))
            .map(str::to_owned)
            .collect();
        lines
    };
    assert_eq!(
        list(&mut bob, "LIST \"\" *"),
        [
            "* LIST (\\HasNoChildren) \"/\" \"Other Users/ann/Trash\"",
            "* LIST (\\HasNoChildren) \"/\" \"Other Users/ann/Work/2026\"",
            "* LIST (\\HasNoChildren \\Trash) \"/\" Trash",
        ]
    );
    assert_eq!(
        list(&mut bob, "LIST \"\" %")[0],
        "* LIST (\\Noselect \\HasChildren) \"/\" \"Other Users\""
    );
    assert_eq!(
        list(&mut bob, "LIST \"\" \"Other Users/%\""),
        ["* LIST (\\Noselect \\HasChildren) \"/\" \"Other Users/ann\""]
    );
    assert_eq!(
        list(
            &mut bob,
            "LIST \"Other Users/ann/\" \"%\" RETURN (MYRIGHTS STATUS (MESSAGES))"
        ),
        [
            "* LIST () \"/\" \"Other Users/ann/Trash\"",
            "* STATUS \"Other Users/ann/Trash\" (MESSAGES 0)",
            "* MYRIGHTS \"Other Users/ann/Trash\" lr",
            "* LIST (\\NonExistent \\HasChildren) \"/\" \"Other Users/ann/Work\"",
        ]
    );
    assert_eq!(
        list(&mut bob, "LIST (SPECIAL-USE) \"\" *"),
        ["* LIST (\\Trash) \"/\" Trash"]
    );
    ok(&mut bob, "SUBSCRIBE \"Other Users/ANN@house.test/Trash\"");
    assert_eq!(
        list(&mut bob, "LSUB \"\" \"Other*\""),
        ["* LSUB () \"/\" \"Other Users/ann/Trash\""]
    );
    ok(&mut bob, "UNSUBSCRIBE \"Other Users/ann/Trash\"");
    assert!(list(&mut bob, "LSUB \"\" \"Other*\"").is_empty());
    // Without `r` there is no STATUS, and no NO.
    ok(&mut ann, "SETACL Trash bob l");
    assert_eq!(
        list(
            &mut bob,
            "LIST \"\" \"Other Users/ann/T%\" RETURN (STATUS (MESSAGES))"
        ),
        ["* LIST () \"/\" \"Other Users/ann/Trash\""]
    );
}
