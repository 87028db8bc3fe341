//! The verbs of the selected state.

use super::*;

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
        assert_eq!(items(text), std::slice::from_ref(&item), "{text}");
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
        first.program.key,
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
        search("a SEARCH 2,3:*").program.key,
        K::Sequence(set(&[(2, 2), (3, 0)]))
    );
    assert_eq!(
        search("a UID SEARCH UID 1:5 $").program.key,
        K::And(vec![
            K::Uid(set(&[(1, 5)])),
            K::Sequence(SequenceSet::Saved)
        ])
    );
    assert_eq!(
        search("a SEARCH OR (SEEN UNDELETED) NOT NEW LARGER 10 TEXT \"\"")
            .program
            .key,
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
        search("a SEARCH CHARSET UTF-8 SUBJECT {2}\r\n\u{fc}")
            .program
            .key,
        K::Header("subject".into(), "\u{fc}".into())
    );
    assert_eq!(
        search("a SEARCH HEADER X-Foo bar SENTON \"01-Jan-1970\"")
            .program
            .key,
        K::And(vec![K::Header("x-foo".into(), "bar".into()), K::SentOn(0)])
    );
    let latin = parsed(b"a SEARCH CHARSET iso-8859-1 BODY {1}\r\n\xfc").unwrap();
    assert!(
        matches!(latin, Command::Open(OpenCommand::Search(Search { program: Program { key: K::Body(text), .. }, .. })) if text == "\u{fc}")
    );
    assert_eq!(
        search("a SEARCH CHARSET KLINGON ALL").program.charset,
        Charset::Unknown
    );
    assert_eq!(
        search("a SEARCH CHARSET KOI8-R ALL").program.charset,
        Charset::Other
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
