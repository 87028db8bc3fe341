//! The grammar: examples of the RFCs, what clients send, and what attackers do.

#[path = "parse/open_tests.rs"]
mod open;
#[path = "parse/step_tests.rs"]
mod step;

use std::num::NonZeroU32;

use store::{Flags, SpecialUse};

use super::*;
use crate::command::*;

fn parsed(line: &[u8]) -> Parsed<Command> {
    let (tag, rest) = tag(line).unwrap();
    assert!(!tag.is_empty());
    let (row, cursor) = verb(rest, false).ok_or_else(|| No::bad("unknown"))?;
    arguments(row, cursor)
}

fn good(line: &str) -> Command {
    parsed(line.as_bytes()).unwrap_or_else(|no| panic!("{line}: {no:?}"))
}

fn bad(line: &[u8]) -> No {
    match parsed(line) {
        Err(no) => no,
        Ok(command) => panic!("{}: {command:?}", String::from_utf8_lossy(line)),
    }
}

fn set(ranges: &[(u32, u32)]) -> SequenceSet {
    let number = |n| NonZeroU32::new(n).map_or(SequenceNumber::Largest, SequenceNumber::Number);
    SequenceSet::Ranges(
        ranges
            .iter()
            .map(|(a, b)| SequenceRange {
                first: number(*a),
                last: number(*b),
            })
            .collect(),
    )
}

#[test]
fn tags() {
    assert_eq!(tag(b"a1 NOOP"), Some(("a1", &b"NOOP"[..])));
    assert_eq!(tag(b"A142] X"), Some(("A142]", &b"X"[..])));
    assert_eq!(tag(b"alone"), Some(("alone", &b""[..])));
    for wrong in [
        &b" NOOP"[..],
        b"",
        b"+ NOOP",
        b"a+b NOOP",
        b"* NOOP",
        b"a(b NOOP",
        b"\xffa NOOP",
        &[b'a'; 200],
    ] {
        assert_eq!(tag(wrong), None, "{}", String::from_utf8_lossy(wrong));
    }
}

#[test]
fn simple_commands() {
    assert_eq!(good("a CAPABILITY"), Command::Capability);
    assert_eq!(good("a noop"), Command::Noop);
    assert_eq!(
        good("a NOOP  "),
        Command::Noop,
        "spaces at the end are forgiven"
    );
    assert_eq!(good("a LOGOUT"), Command::Logout);
    assert_eq!(good("a IDLE"), Command::Idle);
    assert_eq!(good("a ID NIL"), Command::Id);
    assert_eq!(
        good("a ID (\"name\" \"sodr\" \"version\" NIL)"),
        Command::Id
    );
    assert_eq!(good("a ID ()"), Command::Id);
    assert_eq!(
        good("a enable condstore IMAP4rev2"),
        Command::Enable(vec!["CONDSTORE".into(), "IMAP4REV2".into()])
    );
    for line in [
        "a NOOP x",
        "a",
        "a ",
        "a FOO",
        "a UID",
        "a UID NOOP",
        "a ID",
        "a ID (\"x\")",
        "a ENABLE",
        "a ID (x y)",
    ] {
        bad(line.as_bytes());
    }
}

#[test]
fn logging_in() {
    let login = |user: &str, password: &str| {
        Command::Login(Login {
            user: user.into(),
            password: password.into(),
        })
    };
    assert_eq!(good("a001 LOGIN SMITH SESAME"), login("SMITH", "SESAME"));
    assert_eq!(
        good("A LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man"),
        login("FRED FOOBAR", "fat man")
    );
    assert_eq!(
        good("A LOGIN {1+}\r\nx \"a\\\"b\\\\c\""),
        login("x", "a\"b\\c")
    );
    assert_eq!(
        good("A LOGIN a\u{e9} \"\u{fc}\""),
        login("a\u{e9}", "\u{fc}"),
        "UTF-8 without having asked"
    );
    assert_eq!(
        bad(b"A LOGIN \xff x").code,
        Some(crate::code::Code::AuthenticationFailed)
    );
    for line in [
        &b"a LOGIN x"[..],
        b"a LOGIN",
        b"a LOGIN x y z",
        b"a LOGIN \"x y",
        b"a LOGIN {5}\r\nabc",
        b"a LOGIN x \"a\0b\"",
        b"a LOGIN x {1}\r\n\0",
        b"a LOGIN x \"a\\b\"",
        b"a LOGIN {99999999999999999999}\r\nx y",
        b"a LOGIN {-1}\r\nx y",
        b"a LOGIN {}\r\nx y",
    ] {
        assert!(bad(line).bad);
    }
    let sasl = |initial: Option<&str>| {
        Command::Authenticate(Authenticate {
            mechanism: "PLAIN".into(),
            initial: initial.map(sasl::Secret::from),
        })
    };
    assert_eq!(good("a authenticate plain"), sasl(None));
    assert_eq!(
        good("a AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q="),
        sasl(Some("dGVzdAB0ZXN0AHRlc3Q="))
    );
    assert_eq!(good("a AUTHENTICATE PLAIN ="), sasl(Some("=")));
    assert!(!format!("{:?}", good("a LOGIN me secret")).contains("secret"));
    assert!(!format!("{:?}", good("a AUTHENTICATE PLAIN c2VjcmV0")).contains("c2V"));
}

#[test]
fn mailboxes() {
    let select = |mailbox: &str| {
        Command::Known(KnownCommand::Select(Select {
            mailbox: mailbox.into(),
            read_only: false,
            condstore: false,
            resync: None,
        }))
    };
    assert_eq!(good("A142 SELECT INBOX"), select("INBOX"));
    assert_eq!(good("A142 SELECT inBox/"), select("INBOX"));
    assert_eq!(good("A SELECT \"R&-D\""), select("R&D"));
    assert_eq!(good("A SELECT {9+}\r\nEntw&APw-"), select("Entw\u{fc}"));
    assert_eq!(good("A SELECT \"Sent Items/\""), select("Sent Items"));
    assert_eq!(
        good("A932 EXAMINE blurdybloop"),
        Command::Known(KnownCommand::Select(Select {
            mailbox: "blurdybloop".into(),
            read_only: true,
            condstore: false,
            resync: None,
        }))
    );
    let rename = Command::Known(KnownCommand::Rename {
        from: "blurdybloop".into(),
        to: "sarasoop".into(),
    });
    assert_eq!(good("A683 RENAME blurdybloop sarasoop"), rename);
    let create = |mailbox: &str, special_use| {
        Command::Known(KnownCommand::Create(Create {
            mailbox: mailbox.into(),
            special_use,
        }))
    };
    assert_eq!(
        good("A003 CREATE owatagusiam/"),
        create("owatagusiam", None)
    );
    assert_eq!(
        good("t2 CREATE MySent (USE (\\Sent))"),
        create("MySent", Some(SpecialUse::Sent))
    );
    assert_eq!(good("t2 CREATE MySent (USE ())"), create("MySent", None));
    assert_eq!(good("t2 CREATE MySent "), create("MySent", None));
    assert_eq!(
        bad(b"t1 CREATE x (USE (\\Drafts \\Sent))").code,
        Some(crate::code::Code::UseAttr)
    );
    assert_eq!(
        bad(b"t1 CREATE x (USE (\\Wild))").code,
        Some(crate::code::Code::UseAttr)
    );
    for line in [
        "a CREATE \"a*b\"",
        "a CREATE \"\"",
        "a CREATE /",
        "a SELECT a&b",
        "a CREATE a//b",
    ] {
        assert_eq!(
            bad(line.as_bytes()).code,
            Some(crate::code::Code::Cannot),
            "{line}"
        );
    }
    for line in [
        "a SELECT",
        "a SELECT a b",
        "a RENAME a",
        "a CREATE x (FOO)",
        "a SELECT (a)",
    ] {
        assert!(bad(line.as_bytes()).bad, "{line}");
    }
}

#[test]
fn listing() {
    let list = |line: &str| match good(line) {
        Command::Known(KnownCommand::List(list)) => list,
        other => panic!("{other:?}"),
    };
    let plain = list("A LIST \"\" %");
    assert_eq!(
        (
            plain.reference.as_str(),
            plain.patterns.as_slice(),
            plain.extended
        ),
        ("", &["%".to_owned()][..], false)
    );
    assert_eq!(list("a LIST ~/Mail/ Entw&APw-%").patterns, ["Entw\u{fc}%"]);
    let extended = list(
        "A04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (INBOX \"Drafts*\" Sent/%) RETURN (CHILDREN SPECIAL-USE STATUS (MESSAGES UNSEEN))",
    );
    assert_eq!(extended.patterns, ["INBOX", "Drafts*", "Sent/%"]);
    assert_eq!(
        extended.select,
        ListSelect {
            subscribed: true,
            recursive_match: true,
            ..ListSelect::default()
        }
    );
    assert!(
        extended.extended
            && extended.give.children
            && extended.give.special_use
            && !extended.give.subscribed
    );
    assert_eq!(
        extended.give.status,
        [StatusItem::Messages, StatusItem::Unseen]
    );
    assert!(list("a LIST () \"\" \"\"").extended);
    for line in [
        "a LIST",
        "a LIST \"\"",
        "a LIST (RECURSIVEMATCH) \"\" *",
        "a LIST (REMOTE RECURSIVEMATCH) \"\" *",
        "a LIST (FOO) \"\" *",
        "a LIST \"\" * RETURN",
        "a LIST \"\" * RETURN (STATUS ())",
        "a LIST \"\" * x",
        "a LIST \"\" (a b",
    ] {
        assert!(bad(line.as_bytes()).bad, "{line}");
    }
    let lsub = Command::Known(KnownCommand::Lsub {
        reference: "#news.".into(),
        pattern: "comp.mail.*".into(),
    });
    assert_eq!(good("A002 LSUB \"#news.\" \"comp.mail.*\""), lsub);
    assert_eq!(
        good("A042 STATUS blurdybloop (UIDNEXT MESSAGES UIDNEXT)"),
        Command::Known(KnownCommand::Status {
            mailbox: "blurdybloop".into(),
            items: vec![StatusItem::UidNext, StatusItem::Messages]
        })
    );
    bad(b"a STATUS x ()");
    bad(b"a STATUS x (FOO)");
    bad(b"a STATUS x");
}

#[test]
fn nesting_and_counting_have_an_end() {
    let nested = |depth: usize, open: &str, close: &str| {
        format!("a SEARCH {}SEEN{}", open.repeat(depth), close.repeat(depth))
    };
    let fits = Limits::DEPTH - 1;
    good(&nested(fits, "(", ")"));
    good(&nested(fits, "NOT ", ""));
    for (open, close) in [("(", ")"), ("NOT ", ""), ("OR SEEN ", "")] {
        bad(nested(fits + 1, open, close).as_bytes());
        bad(nested(100_000, open, close).as_bytes());
    }
    bad(&[&b"a SEARCH "[..], &b"(".repeat(100_000)].concat());
    bad(&[&b"a NOOP "[..], &b"(".repeat(100_000)].concat());
    bad(&[&b"a FETCH 1 "[..], &b"(".repeat(100_000)].concat());
    bad(format!("a SEARCH{}", " SEEN".repeat(Limits::SEARCH_KEYS + 1)).as_bytes());
    bad(format!(
        "a FETCH 1 ({})",
        (0..100)
            .map(|n| format!("BODY[{}]", n + 1))
            .collect::<Vec<_>>()
            .join(" ")
    )
    .as_bytes());
    bad(format!("a ID ({})", "\"a\" \"b\" ".repeat(1000)).as_bytes());
    bad(format!("a ENABLE{}", " X".repeat(1000)).as_bytes());
}

#[test]
fn appending() {
    let head = |line: &str| append_before_literal(line.as_bytes(), false);
    let (row, append) = head("APPEND saved-messages (\\Seen $x) ").unwrap().unwrap();
    assert_eq!(
        (row.name, append.mailbox.as_str()),
        ("APPEND", "saved-messages")
    );
    assert_eq!(
        (append.rest.as_slice(), append.replace),
        (&b" (\\Seen $x) "[..], None)
    );
    let (_, append) = head("APPEND {5}\r\ninbox () ").unwrap().unwrap();
    assert_eq!(
        (append.mailbox.as_str(), append.rest.as_slice()),
        ("INBOX", &b" () "[..])
    );
    for (line, uid) in [
        ("replace 4 Drafts ", false),
        ("uid replace 4 {6}\r\nDrafts ", true),
    ] {
        let (row, append) = head(line).unwrap().unwrap();
        assert_eq!(
            (row.name, row.uid, append.mailbox.as_str()),
            ("REPLACE", uid, "Drafts")
        );
        assert_eq!(append.replace, Some(Replace { number: 4, uid }));
    }
    for line in ["APPEND ", "REPLACE 4 ", "UID REPLACE 4 ", "LOGIN x "] {
        assert!(head(line).is_none(), "{line}");
    }
    for line in [
        "APPEND a//b ",
        "APPEND",
        "REPLACE x INBOX ",
        "REPLACE 0 INBOX ",
        "REPLACE 1:2 INBOX ",
    ] {
        assert!(head(line).unwrap().is_err(), "{line}");
    }
}

/// Anything at all gives an answer: each command cut at each place, and each octet of it changed.
#[test]
fn no_octets_are_too_strange() {
    let lines: [&[u8]; 12] = [
        b"a LOGIN {4}\r\nuser \"pass\\\"word\"",
        b"a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (a \"b*\") RETURN (STATUS (MESSAGES))",
        b"a UID FETCH 1:*,$ (BODY.PEEK[1.2.HEADER.FIELDS (a b)]<0.5> BINARY.SIZE[1])",
        b"a SEARCH RETURN (ALL) CHARSET utf-8 OR (NOT SEEN) {3}\r\nabc SINCE 1-Jan-2000",
        b"a STORE 1 +FLAGS.SILENT (\\Seen $x)",
        b"a STATUS &Jjo-/x (MESSAGES UIDNEXT)",
        b"a CREATE x (USE (\\Sent))",
        b"a APPEND x (\\Seen) \"17-Jul-1996 02:44:25 -0700\" ",
        b"a ID (\"a\" NIL)",
        b"a AUTHENTICATE PLAIN AAAA",
        b"a ENABLE X Y",
        b"a UID COPY 1:2 &AOk-",
    ];
    for line in lines {
        for cut in 0..line.len() {
            let _ = command(&line[..cut], false);
            let _ = tag(&line[..cut]).and_then(|(_, rest)| append_before_literal(rest, true));
            for octet in [
                0, b'\r', b'\n', b'"', b'\\', b'(', b')', b'{', b'}', b' ', b'*', b'9', 0x80, 0xff,
            ] {
                let mut changed = line.to_vec();
                changed[cut] = octet;
                let _ = command(&changed, true);
                let _ = command(&changed, false);
                changed.insert(cut, octet);
                let _ = command(&changed, false);
            }
        }
    }
}

/// print . parse = id, for strings, names and sets.
#[test]
fn what_is_printed_reads_back() {
    let mut seed = 1u64;
    let mut random = move |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let alphabet: Vec<char> = "aZ9 \"\\(){%*]&-,/+~\u{fc}\u{53f0}\u{1f4ee}\t"
        .chars()
        .collect();
    for _ in 0..5_000 {
        let length = random(12);
        let text: String = (0..length)
            .map(|_| alphabet[usize::try_from(random(alphabet.len() as u64)).unwrap()])
            .collect();
        for utf8 in [false, true] {
            let mut out = Vec::new();
            crate::print::astring(text.as_bytes(), utf8, &mut out);
            assert!(utf8 || !out.starts_with(b"\"") || out.is_ascii());
            let mut cursor = Cursor::new(&out, utf8);
            assert_eq!(cursor.astring().unwrap().as_ref(), text.as_bytes());
            cursor.end().unwrap();

            let Some(name) = crate::mailbox_name::decode(text.as_bytes(), true) else {
                continue;
            };
            out.clear();
            crate::mailbox_name::print(&name, utf8, &mut out);
            let line = [b"a SELECT ", &out[..]].concat();
            let (_, command) = command(&line, utf8).unwrap();
            let select = Select {
                mailbox: name,
                read_only: false,
                condstore: false,
                resync: None,
            };
            assert_eq!(
                command,
                Ok(Command::Known(KnownCommand::Select(select))),
                "{}",
                String::from_utf8_lossy(&out)
            );
        }
        let mut uids: Vec<u32> = (0..length + 1)
            .map(|_| u32::try_from(random(20) + 1).unwrap())
            .collect();
        uids.sort_unstable();
        uids.dedup();
        let mut out = b"a UID EXPUNGE ".to_vec();
        crate::print::uid_set(&uids, &mut out);
        let Command::Open(OpenCommand::Expunge(Some(set))) = parsed(&out).unwrap() else {
            panic!("another command")
        };
        let back: Vec<u32> = set
            .resolve(0)
            .unwrap()
            .into_iter()
            .flat_map(|(low, high)| low..=high)
            .collect();
        assert_eq!(back, uids);
    }
}
