//! Address lists: the examples of RFC 5322 appendix A, and what real and hostile senders write.

use super::*;

/// Prints a list in a line, so that rows stay readable: `name|route|local|host`, groups in braces.
fn printed(text: &[u8]) -> String {
    let text_of = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let optional =
        |octets: &Option<Vec<u8>>| octets.as_deref().map_or_else(|| "-".to_owned(), text_of);
    let print = |address: &EnvelopeAddress| match address {
        EnvelopeAddress::Mailbox {
            name,
            route,
            local,
            host,
        } => {
            format!(
                "{}|{}|{}|{}",
                optional(name),
                optional(route),
                text_of(local),
                text_of(host)
            )
        }
        EnvelopeAddress::GroupStart(name) => format!("{}{{", text_of(name)),
        EnvelopeAddress::GroupEnd => "}".to_owned(),
    };
    parse_addresses(text)
        .iter()
        .map(print)
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn lists_of_the_rfc_are_read() {
    let rows = [
        (
            "John Doe <jdoe@machine.example>",
            "John Doe|-|jdoe|machine.example",
        ),
        (
            "\"Joe Q. Public\" <john.q.public@example.com>",
            "Joe Q. Public|-|john.q.public|example.com",
        ),
        (
            "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            "Mary Smith|-|mary|x.test, -|-|jdoe|example.org, Who?|-|one|y.test",
        ),
        (
            "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
            "-|-|boss|nil.test, Giant; \"Big\" Box|-|sysservices|example.net",
        ),
        (
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            "A Group{, Ed Jones|-|c|a.test, -|-|joe|where.test, John|-|jdoe|one.test, }",
        ),
        ("Undisclosed recipients:;", "Undisclosed recipients{, }"),
        (
            "\"Mary Smith: Personal Account\" <smith@home.example>",
            "Mary Smith: Personal Account|-|smith|home.example",
        ),
        // A.5
        (
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            "Pete|-|pete|silly.test",
        ),
        (
            "A Group(Some people)      :Chris Jones <c@(Chris's host.)public.example>,          joe@example.org,   John <jdoe@one.test> (my dear friend); (the end of the group)",
            "A Group{, Chris Jones|-|c|public.example, -|-|joe|example.org, John|-|jdoe|one.test, }",
        ),
        (
            "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
            "Hidden recipients{, }",
        ),
        // A.6.1, A.6.3
        (
            "Joe Q. Public <john.q.public@example.com>",
            "Joe Q. Public|-|john.q.public|example.com",
        ),
        (
            "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            "Mary Smith|@node.test|mary|example.net, -|-|jdoe|test.example",
        ),
        (
            "Mary Smith  \r\n\t <mary@example.net>",
            "Mary Smith|-|mary|example.net",
        ),
        (
            "<@a.test,@b.test:mary@example.net>",
            "-|@a.test,@b.test|mary|example.net",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(printed(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn careless_and_strange_lists_are_read() {
    let rows = [
        ("", ""),
        (" , ,, ", ""),
        ("pete@x.y (Pete)", "Pete|-|pete|x.y"),
        (
            "<pete@x.y> (Pete (the) \\(one)",
            "Pete (the) (one|-|pete|x.y",
        ),
        ("\"a b\"@x.y", "-|-|a b|x.y"),
        ("\"a@b\" @ x.y", "-|-|a@b|x.y"),
        ("<\"\"@d>", "-|-||d"),
        ("a@b <a@b>", "a@b|-|a|b"),
        ("a@b@c", "-|-|a@b|c"),
        ("a@[192.0.2.1]", "-|-|a|[192.0.2.1]"),
        (
            "a@[IPv6:2001:db8::1], b@c",
            "-|-|a|[IPv6:2001:db8::1], -|-|b|c",
        ),
        ("a@[open, b@c", "-|-|a|[open, -|-|b|c"),
        ("undisclosed recipients", "-|-|undisclosed recipients|"),
        ("John Doe john@x.y", "John Doe|-|john|x.y"),
        (
            "=?utf-8?q?J=C3=B6rg?= <j@x.y>",
            "=?utf-8?q?J=C3=B6rg?=|-|j|x.y",
        ),
        ("Jörg <jörg@bücher.example>", "Jörg|-|jörg|bücher.example"),
        ("<a@b> <c@d>", "-|-|a|b, -|-|c|d"),
        ("A <a@b B <c@d>", "A|-|a|bB, -|-|c|d"),
        ("A <a@b, c@d", "A|-|a|b, -|-|c|d"),
        ("<>", ""),
        ("MAILER-DAEMON <>", "MAILER-DAEMON|-||"),
        ("a@b;c@d", "-|-|a|b, -|-|c|d"),
        ("g:a@b", "g{, -|-|a|b, }"),
        ("g:h:a@b;;", "g{, -|-|h:a|b, }"),
        ("\"open", "-|-|open|"),
        ("(open", ""),
        ("<open", "-|-|open|"),
        ("x\\", "-|-|x\\|"),
        ("a@b\r\nX: y <c@d>", "a@b X: y|-|c|d"),
    ];
    for (text, expected) in rows {
        assert_eq!(printed(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn no_line_end_or_nul_gets_into_a_value() {
    let text = b"\"a\r\nb\\\r\\\0\" (c\r\n\0) <d\r\n\0@e\r\n\0>, f\r\n:\r\n;, (x\r\n\\\0y) g@h";
    let shown = format!("{:?}", parse_addresses(text));
    let lists = printed(text);
    assert!(!lists.contains(['\r', '\n', '\0']), "{shown}");
}

#[test]
fn lists_are_bounded_and_groups_closed() {
    for piece in [
        "a@b,", "g:a@b;", "g:", ",", "<", "<a", "(", "\"", "[", "@", "g:;", "a:b,", "<@", "\\",
        "a b ",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        let list = parse_addresses(text.as_bytes());
        assert!(list.len() <= ADDRESSES_MAX, "{piece}");
        let mut open = false;
        for address in &list {
            match address {
                EnvelopeAddress::GroupStart(_) => assert!(!std::mem::replace(&mut open, true)),
                EnvelopeAddress::GroupEnd => assert!(std::mem::replace(&mut open, false)),
                EnvelopeAddress::Mailbox { .. } => {}
            }
        }
        assert!(!open, "{piece}");
    }
}
