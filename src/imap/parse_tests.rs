//! The grammar: examples of the RFCs, what clients send, and what attackers do.

use std::num::NonZeroU32;

use mail::date::DateTime;
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
            read_only: true
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
fn sets() {
    let of = |text: &str| match good(&format!("a FETCH {text} UID")) {
        Command::Open(OpenCommand::Fetch(fetch)) => fetch.set,
        other => panic!("{other:?}"),
    };
    assert_eq!(of("2,4:7,9,12:*"), set(&[(2, 2), (4, 7), (9, 9), (12, 0)]));
    assert_eq!(of("*:4,5:7"), set(&[(0, 4), (5, 7)]));
    assert_eq!(of("$"), SequenceSet::Saved);
    assert_eq!(of("1:4294967295"), set(&[(1, u32::MAX)]));
    for text in [
        "0",
        "1:0",
        "",
        "1,",
        ",1",
        "1:",
        ":1",
        "4294967296",
        "1:*:2",
        "a",
        "-1",
        "1, 2",
    ] {
        assert!(bad(format!("a FETCH {text} UID").as_bytes()).bad, "{text}");
    }
}

#[test]
fn fetching() {
    let items = |text: &str| match good(&format!("a UID FETCH 1 {text}")) {
        Command::Open(OpenCommand::Fetch(fetch)) => {
            assert!(fetch.uid);
            fetch.items
        }
        other => panic!("{other:?}"),
    };
    use FetchItem as I;
    assert_eq!(items("FLAGS"), [I::Flags]);
    assert_eq!(items("(uid Flags FLAGS)"), [I::Uid, I::Flags]);
    assert_eq!(items("fast"), [I::Flags, I::InternalDate, I::Rfc822Size]);
    assert_eq!(
        items("ALL"),
        [I::Flags, I::InternalDate, I::Rfc822Size, I::Envelope]
    );
    assert_eq!(
        items("FULL"),
        [
            I::Flags,
            I::InternalDate,
            I::Rfc822Size,
            I::Envelope,
            I::Body
        ]
    );
    assert_eq!(
        items("(BODY BODYSTRUCTURE RFC822 RFC822.HEADER RFC822.TEXT)"),
        [
            I::Body,
            I::BodyStructure,
            I::Rfc822(Rfc822::Whole),
            I::Rfc822(Rfc822::Header),
            I::Rfc822(Rfc822::Text)
        ]
    );
    let section = |part: &[u32], text, peek, partial: Option<(u64, u64)>| I::Section {
        section: Section {
            part: part.to_vec(),
            text,
        },
        peek,
        partial: partial.map(|(offset, length)| Partial { offset, length }),
    };
    use SectionText as T;
    let fields = |not, names: &[&str]| T::HeaderFields {
        not,
        names: names.iter().map(ToString::to_string).collect(),
    };
    let table = [
        ("BODY[]", section(&[], T::Whole, false, None)),
        (
            "body.peek[]<0.2048>",
            section(&[], T::Whole, true, Some((0, 2048))),
        ),
        ("BODY[HEADER]", section(&[], T::Header, false, None)),
        ("BODY[3.HEADER]", section(&[3], T::Header, false, None)),
        (
            "BODY[4.2.2.1.MIME]",
            section(&[4, 2, 2, 1], T::Mime, false, None),
        ),
        (
            "BODY[1.TEXT]<9.1>",
            section(&[1], T::Text, false, Some((9, 1))),
        ),
        (
            "BODY.PEEK[HEADER.FIELDS (DATE \"From\")]",
            section(&[], fields(false, &["DATE", "From"]), true, None),
        ),
        (
            "BODY[2.HEADER.FIELDS.NOT (X)]<1.2>",
            section(&[2], fields(true, &["X"]), false, Some((1, 2))),
        ),
        (
            "BODY[HEADER.FIELDS ({4}\r\nDate)]",
            section(&[], fields(false, &["Date"]), false, None),
        ),
        (
            "BINARY[1.2]<0.5>",
            I::Binary {
                part: vec![1, 2],
                peek: false,
                partial: Some(Partial {
                    offset: 0,
                    length: 5,
                }),
            },
        ),
        (
            "BINARY.PEEK[]",
            I::Binary {
                part: vec![],
                peek: true,
                partial: None,
            },
        ),
        ("BINARY.SIZE[3]", I::BinarySize(vec![3])),
    ];
    for (text, item) in table {
        assert_eq!(items(text), [item.clone()], "{text}");
        assert_eq!(
            items(&format!("(UID {text} FLAGS)")),
            [I::Uid, item, I::Flags],
            "{text}"
        );
    }
    for text in [
        "()",
        "(FLAGS",
        "FLAGS)",
        "FOO",
        "BODY[",
        "BODY[]x",
        "BODY[MIME]",
        "BODY[1.]",
        "BODY[1.2.]",
        "BODY[0]",
        "BODY[1..2]",
        "BODY[.1]",
        "BODY[HEADER.FIELDS ()]",
        "BODY[HEADER.FIELDS]",
        "BODY[HEADER.FIELDS (a:b)]",
        "BODY[]<0>",
        "BODY[]<0.0>",
        "BODY[]<0.1",
        "BODY[]<-1.1>",
        "BINARY[1.MIME]",
        "BINARY[1.]",
        "BINARY.SIZE",
        "BODYSTRUCTURE[]",
        "(ALL)",
        "(FLAGS  UID)",
        "BODY[TEXT.1]",
        "BODY[99999999999]",
        "BODY[]<99999999999999999999.1>",
    ] {
        assert!(
            bad(format!("a UID FETCH 1 {text}").as_bytes()).bad,
            "{text}"
        );
    }
    let deep = vec!["1"; Limits::PART_DEPTH + 1].join(".");
    bad(format!("a FETCH 1 BODY[{deep}]").as_bytes());
}

#[test]
fn storing() {
    let store = |line: &str| match good(line) {
        Command::Open(OpenCommand::Store(store)) => store,
        other => panic!("{other:?}"),
    };
    let add = store("A003 STORE 2:4 +FLAGS (\\Deleted)");
    assert_eq!(
        (add.change, add.silent, add.uid, add.flags.system),
        (StoreChange::Add, false, false, Flags::DELETED)
    );
    let remove = store("a uid store 1 -flags.silent \\Seen $Junk \\RECENT $junk");
    assert_eq!(
        (remove.change, remove.silent, remove.uid),
        (StoreChange::Remove, true, true)
    );
    assert_eq!(
        (remove.flags.system, remove.flags.keywords),
        (Flags::SEEN, vec!["$Junk".to_owned()])
    );
    assert_eq!(store("a STORE 1 FLAGS ()").flags, FlagList::default());
    let long = "k".repeat(Limits::KEYWORD + 1);
    assert_eq!(
        bad(format!("a STORE 1 FLAGS {long}").as_bytes()).code,
        Some(crate::code::Code::Limit)
    );
    for line in [
        "a STORE 1 FLAGS",
        "a STORE 1 FLAGS \\Foo",
        "a STORE 1 *FLAGS (x)",
        "a STORE 1 FLAGSX (x)",
        "a STORE 1 FLAGS (x",
        "a STORE FLAGS (x)",
        "a STORE 1 FLAGS (a]b)",
    ] {
        assert!(bad(line.as_bytes()).bad, "{line}");
    }
    let copy = Transfer {
        set: set(&[(2, 4)]),
        uid: false,
        mailbox: "MEETING".into(),
    };
    assert_eq!(
        good("A003 COPY 2:4 MEETING"),
        Command::Open(OpenCommand::Copy(copy))
    );
    let moved = Transfer {
        set: set(&[(42, 69)]),
        uid: true,
        mailbox: "foo".into(),
    };
    assert_eq!(
        good("a UID MOVE 42:69 foo"),
        Command::Open(OpenCommand::Move(moved))
    );
    assert_eq!(
        good("A003 UID EXPUNGE 3000:3002"),
        Command::Open(OpenCommand::Expunge(Some(set(&[(3000, 3002)]))))
    );
    assert_eq!(good("a EXPUNGE"), Command::Open(OpenCommand::Expunge(None)));
    bad(b"a EXPUNGE 1");
}

#[test]
fn searching() {
    let search = |line: &str| match good(line) {
        Command::Open(OpenCommand::Search(search)) => search,
        other => panic!("{other:?}"),
    };
    use SearchKey as K;
    let first =
        search("A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"");
    assert_eq!(
        first.give,
        Some(SearchReturn {
            min: true,
            count: true,
            ..SearchReturn::default()
        })
    );
    assert_eq!(
        first.key,
        K::And(vec![
            K::Flag(Flags::FLAGGED),
            K::Since(8797),
            K::Not(Box::new(K::Header("from".into(), "Smith".into())))
        ])
    );
    assert_eq!(
        search("a SEARCH RETURN () ALL").give,
        Some(SearchReturn {
            all: true,
            ..SearchReturn::default()
        })
    );
    assert_eq!(
        search("a SEARCH 2,3:*").key,
        K::Sequence(set(&[(2, 2), (3, 0)]))
    );
    assert_eq!(
        search("a UID SEARCH UID 1:5 $").key,
        K::And(vec![
            K::Uid(set(&[(1, 5)])),
            K::Sequence(SequenceSet::Saved)
        ])
    );
    assert_eq!(
        search("a SEARCH OR (SEEN UNDELETED) NOT NEW LARGER 10 TEXT \"\"").key,
        K::And(vec![
            K::Or(
                Box::new(K::And(vec![
                    K::Flag(Flags::SEEN),
                    K::NoFlag(Flags::DELETED)
                ])),
                Box::new(K::Not(Box::new(K::New)))
            ),
            K::Larger(10),
            K::Text(String::new()),
        ])
    );
    assert_eq!(
        search("a SEARCH CHARSET UTF-8 SUBJECT {2}\r\n\u{fc}").key,
        K::Header("subject".into(), "\u{fc}".into())
    );
    assert_eq!(
        search("a SEARCH HEADER X-Foo bar SENTON \"01-Jan-1970\"").key,
        K::And(vec![K::Header("x-foo".into(), "bar".into()), K::SentOn(0)])
    );
    let latin = parsed(b"a SEARCH CHARSET iso-8859-1 BODY {1}\r\n\xfc").unwrap();
    assert!(
        matches!(latin, Command::Open(OpenCommand::Search(Search { key: K::Body(text), .. })) if text == "\u{fc}")
    );
    assert_eq!(
        bad(b"a SEARCH CHARSET KLINGON ALL").code,
        Some(crate::code::Code::BadCharset)
    );
    for line in [
        "a SEARCH",
        "a SEARCH FOO",
        "a SEARCH NOT",
        "a SEARCH OR SEEN",
        "a SEARCH ()",
        "a SEARCH (SEEN",
        "a SEARCH SINCE yesterday",
        "a SEARCH LARGER x",
        "a SEARCH RETURN (FOO) ALL",
        "a SEARCH KEYWORD \\Seen",
        "a SEARCH UID",
        "a SEARCH SEEN,DELETED",
        "a SEARCH RETURN ALL",
    ] {
        assert!(bad(line.as_bytes()).bad, "{line}");
    }
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
    let append = head("APPEND saved-messages (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" ")
        .unwrap()
        .unwrap();
    assert_eq!(
        (append.mailbox.as_str(), append.flags.system),
        ("saved-messages", Flags::SEEN)
    );
    assert_eq!(append.flags.keywords, ["$x"]);
    assert_eq!(
        append.date,
        Some(DateTime {
            unix: 837_596_665,
            zone_minutes: -420
        })
    );
    assert_eq!(head("append INBOX ").unwrap().unwrap().date, None);
    assert_eq!(
        head("APPEND {5}\r\ninbox () ").unwrap().unwrap().mailbox,
        "INBOX"
    );
    assert!(head("APPEND ").is_none(), "the mailbox's own literal");
    assert!(head("LOGIN x ").is_none());
    for line in [
        "APPEND INBOX",
        "APPEND INBOX (\\Seen)",
        "APPEND INBOX \"yesterday\" ",
        "APPEND INBOX x ",
        "APPEND INBOX (a b ",
        "APPEND a//b ",
    ] {
        assert!(head(line).unwrap().is_err(), "{line}");
    }
    assert!(bad(b"a APPEND INBOX").bad);
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
