//! The parameters and modifiers of RFC 7162.

use super::*;

fn selected(line: &str) -> Select {
    match good(line) {
        Command::Known(KnownCommand::Select(select)) => select,
        other => panic!("{other:?}"),
    }
}

#[test]
fn select_takes_parameters() {
    assert!(selected("A142 SELECT INBOX (condstore)").condstore);
    let all = selected("A EXAMINE INBOX (CONDSTORE QRESYNC (67890007 20050715194045000))");
    assert!(all.condstore && all.read_only);
    let resync = |text: &str| {
        selected(&format!("A02 SELECT INBOX (QRESYNC {text})"))
            .resync
            .unwrap()
    };
    let bare = Resync {
        uid_validity: 67_890_007,
        modseq: 20_050_715_194_045_000,
        known: None,
        matches: None,
    };
    assert_eq!(resync("(67890007 20050715194045000)"), bare);
    assert_eq!(
        resync("(67890007 20050715194045000 41,43:211,214:541)").known,
        Some(set(&[(41, 41), (43, 211), (214, 541)]))
    );
    let matches = Some((
        set(&[(5000, 5000), (7500, 7500), (9990, 9992)]),
        set(&[
            (15000, 15000),
            (22500, 22500),
            (29970, 29970),
            (29973, 29973),
            (29976, 29976),
        ]),
    ));
    assert_eq!(
        resync("(67890007 20050715194045000 1:29997 (5000,7500,9990:9992 15000,22500,29970,29973,29976))").matches,
        matches
    );
    let no_uids =
        resync("(67890007 20050715194045000 (5000,7500,9990:9992 15000,22500,29970,29973,29976))");
    assert_eq!((no_uids.known, no_uids.matches), (None, matches));
    for text in ["(CONDSTORE) ", "(condstore condstore)"] {
        assert!(selected(&format!("a SELECT INBOX {text}")).condstore);
    }
    for text in [
        "()",
        "(UNKNOWN)",
        "CONDSTORE",
        "(QRESYNC)",
        "(QRESYNC ())",
        "(QRESYNC (1))",
        "(QRESYNC (0 1))",
        "(QRESYNC (4294967296 1))",
        "(QRESYNC (1 9223372036854775808))",
        "(QRESYNC (1 1 ))",
        "(QRESYNC (1 1 *))",
        "(QRESYNC (1 1 1:*))",
        "(QRESYNC (1 1 $))",
        "(QRESYNC (1 1 ()))",
        "(QRESYNC (1 1 (1 2) 1))",
        "(QRESYNC (1 1 1:3 (1:3 1:2)))",
        "(QRESYNC (1 1 1:3 (2,1 5,6)))",
        "(QRESYNC (1 1 1:3 (1,2 6,5)))",
        "(QRESYNC (1 1 1:3 (1:* 1:*)))",
        "(QRESYNC (1 1 1:3 (3:1 1:3)))",
        "(QRESYNC (1 1) QRESYNC (1 1))",
        "(CONDSTORE",
        "(CONDSTORE) x",
    ] {
        assert!(
            bad(format!("a SELECT INBOX {text}").as_bytes()).bad,
            "{text}"
        );
    }
    // Not ten octets, and yet eight thousand million numbers.
    resync("(1 1 (1:4294967295 1:4294967295))");
}

#[test]
fn fetch_takes_modifiers() {
    let fetch = |line: &str| match good(line) {
        Command::Open(OpenCommand::Fetch(fetch)) => fetch,
        other => panic!("{other:?}"),
    };
    let plain = fetch("s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)");
    assert_eq!((plain.changed_since, plain.vanished), (Some(12_345), false));
    assert_eq!(
        plain.items,
        [FetchItem::Flags, FetchItem::ModSeq],
        "MODSEQ goes with it"
    );
    let both = fetch("s100 UID FETCH 300:500 (FLAGS MODSEQ) (VANISHED CHANGEDSINCE 12345)");
    assert!(both.vanished);
    assert_eq!(both.items, [FetchItem::Flags, FetchItem::ModSeq]);
    assert_eq!(
        fetch("a FETCH 1 FAST (CHANGEDSINCE 0)").changed_since,
        Some(0)
    );
    assert_eq!(fetch("a FETCH 1:3 (MODSEQ)").items, [FetchItem::ModSeq]);
    assert_eq!(fetch("a FETCH 1:3 MODSEQ ").items, [FetchItem::ModSeq]);
    for text in [
        "UID FETCH 1 FLAGS (VANISHED)",
        "FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        "UID FETCH 1 FLAGS (CHANGEDSINCE)",
        "UID FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)",
        "UID FETCH 1 FLAGS (CHANGEDSINCE -1)",
        "UID FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
        "UID FETCH 1 FLAGS CHANGEDSINCE 1",
        "UID FETCH 1 FLAGS ()",
        "UID FETCH 1 FLAGS (CHANGEDSINCE 1) x",
        "UID FETCH 1 (FLAGS)(CHANGEDSINCE 1)",
        "UID FETCH 1 MODSEQ[]",
    ] {
        assert!(bad(format!("a {text}").as_bytes()).bad, "{text}");
    }
}

#[test]
fn store_takes_a_modifier() {
    let since = |line: &str| match good(line) {
        Command::Open(OpenCommand::Store(store)) => store.unchanged_since,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        since("a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)"),
        Some(12_121_230_045)
    );
    assert_eq!(
        since("a102 STORE 12 (unchangedsince 0) +FLAGS.SILENT ($MDNSent)"),
        Some(0)
    );
    assert_eq!(since("a STORE 12 FLAGS ()"), None);
    for text in [
        "()",
        "(UNCHANGEDSINCE)",
        "(UNCHANGEDSINCE 1 UNCHANGEDSINCE 2)",
        "(CHANGEDSINCE 1)",
        "(UNCHANGEDSINCE x)",
        "(UNCHANGEDSINCE 1)FLAGS",
    ] {
        assert!(
            bad(format!("a STORE 1 {text} FLAGS (\\Seen)").as_bytes()).bad,
            "{text}"
        );
    }
}
