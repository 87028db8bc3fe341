use super::*;
use crate::testing::{Dice, Message, mx, query, record, wire};

fn judged(kind: Kind, message: &Message) -> Judgement {
    judge(&query("a.x", kind, Transport::Udp), &message.octets())
}

fn reply(kind: Kind, message: &Message) -> Reply {
    match judged(kind, message) {
        Judgement::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn data(kind: Kind, octets: &[u8]) -> Option<Data> {
    match judged(
        kind,
        &Message::to("a.x", kind.code()).answer("a.x", kind.code(), 5, octets),
    ) {
        Judgement::Reply(Reply {
            rest: Rest::Data(mut data),
            ..
        }) if data.len() == 1 => data.pop(),
        Judgement::Nonsense("a malformed record") => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn records_of_each_kind() {
    let name = |text: &str| text.to_owned();
    let table = [
        (Kind::A, vec![192, 0, 2, 1], Data::A([192, 0, 2, 1].into())),
        (Kind::Aaaa, vec![0xfd; 16], Data::Aaaa([0xfd; 16].into())),
        (
            Kind::Mx,
            mx(258, "Mx.X"),
            Data::Mx {
                preference: 258,
                exchange: name("mx.x"),
            },
        ),
        (
            Kind::Mx,
            mx(0, ""),
            Data::Mx {
                preference: 0,
                exchange: name("."),
            },
        ),
        (
            Kind::Txt,
            b"\x03v=s\0\x02\xff=".to_vec(),
            Data::Txt(b"v=s\xff=".to_vec()),
        ),
        (Kind::Txt, b"\0".to_vec(), Data::Txt(Vec::new())),
        (Kind::Ptr, wire("p.x"), Data::Ptr(name("p.x"))),
        (Kind::Cname, wire("c.x"), Data::Cname(name("c.x"))),
        (
            Kind::Tlsa,
            vec![3, 1, 1, 9, 8],
            Data::Tlsa {
                usage: 3,
                selector: 1,
                matching: 1,
                data: vec![9, 8],
            },
        ),
        (
            Kind::Srv,
            [vec![0, 1, 0, 2, 1, 0], wire("s.x")].concat(),
            Data::Srv {
                priority: 1,
                weight: 2,
                port: 256,
                target: name("s.x"),
            },
        ),
    ];
    for (kind, octets, wanted) in table {
        assert_eq!(data(kind, &octets), Some(wanted));
        if kind != Kind::Tlsa && kind != Kind::Txt {
            assert_eq!(
                data(kind, &[octets.as_slice(), b"\0"].concat()),
                None,
                "{kind} with more behind it"
            );
        }
        if kind != Kind::Tlsa {
            assert_eq!(
                data(kind, &octets[..octets.len() - 1]),
                None,
                "{kind} cut short"
            );
        }
    }
    assert_eq!(data(Kind::Tlsa, &[3, 1]), None);
    assert_eq!(data(Kind::Txt, b"\x05abc"), None);
}

#[test]
fn what_is_not_the_answer() {
    use Judgement::{OtherCase, Stray, Truncated, Unversed, Unwilling};
    let good = || Message::to("a.x", 1).answer("a.x", 1, 5, &[1, 2, 3, 4]);
    let table = [
        (good().id(0x0103), Stray("another id")),
        (
            Message {
                flags: 0x0180,
                ..good()
            },
            Stray("not an answer"),
        ),
        (good().flags(0x2800), Stray("not an answer")),
        (
            Message::to("b.x", 1).answer("a.x", 1, 5, &[1, 2, 3, 4]),
            Stray("another question"),
        ),
        (Message::to("a.x", 28), Stray("another question")),
        (Message::to("a.x.y", 1), Stray("another question")),
        (Message::to("a", 1), Stray("another question")),
        (good().no_question(), Stray("another question")),
        (good().lower_case(), OtherCase),
        (good().flags(0x0200), Truncated),
        (good().flags(2), Unwilling("SERVFAIL")),
        (good().no_question().flags(2), Unwilling("SERVFAIL")),
        (good().flags(5), Unwilling("REFUSED")),
        (good().flags(11), Unwilling("an error of another kind")),
        (good().flags(1), Unversed("FORMERR")),
        (
            Message::to("a.x", 1).no_question().flags(1),
            Unversed("FORMERR"),
        ),
        (
            good().raw(2, record("", 41, 1232, 0x0100_0000, b"")),
            Unversed("BADVERS"),
        ),
    ];
    for (message, wanted) in table {
        assert_eq!(judged(Kind::A, &message), wanted);
    }
    let query = query("a.x", Kind::A, Transport::Udp);
    assert_eq!(judge(&query, b""), Stray("shorter than a header"));
    assert_eq!(
        judge(&query, query.octets()),
        Stray("not an answer"),
        "our own question sent back"
    );
    assert!(matches!(judge(&query, &[0; MAX_MESSAGE + 1]), Stray(_)));
    let octets = good().octets();
    for end in 0..octets.len() {
        assert!(
            !matches!(judge(&query, &octets[..end]), Judgement::Reply(_)),
            "cut at {end}"
        );
    }
    assert!(matches!(judge(&query, &octets), Judgement::Reply(_)));
}

#[test]
fn over_tcp_the_case_is_only_noted() {
    let message = Message::to("a.x", 1).lower_case().octets();
    let judgement = judge(&query("a.x", Kind::A, Transport::Tcp), &message);
    assert!(matches!(
        judgement,
        Judgement::Reply(Reply {
            case_kept: false,
            ..
        })
    ));
}

#[test]
fn only_records_on_the_path_count() {
    let address = |last| Data::A([192, 0, 2, last].into());
    let message = Message::to("a.x", 1)
        .answer("evil.x", 1, 1, &[6, 6, 6, 6])
        .answer("c.x", 1, 30, &[192, 0, 2, 1])
        .answer("B.x", 5, 20, &wire("c.x"))
        .raw(0, record("c.x", 1, 3, 1, &[6, 6, 6, 6]))
        .answer("a.x", 46, 1, b"signature")
        .answer("a.x", 5, 40, &wire("b.X"))
        .answer("c.x", 1, 50, &[192, 0, 2, 2])
        .raw(1, record("c.x", 1, 1, 1, &[6, 6, 6, 6]))
        .raw(2, record("c.x", 1, 1, 1, &[6, 6, 6, 6]))
        .raw(2, record("", 41, 1232, 0, b""))
        .flags(0x20);
    let reply = reply(Kind::A, &message);
    assert_eq!(reply.rest, Rest::Data(vec![address(1), address(2)]));
    assert_eq!(
        (reply.name.to_string(), reply.ttl, reply.authentic),
        ("c.x".into(), 20, true)
    );
    assert_eq!(reply.aliases.len(), 2);
}

#[test]
fn paths_that_lead_nowhere() {
    let alias = |message: Message, from: &str, to: &str| message.answer(from, 5, 9, &wire(to));
    let base = || Message::to("a.x", 1);
    let table = [
        (alias(base(), "a.x", "A.X"), "a loop of aliases"),
        (
            alias(alias(base(), "a.x", "b.x"), "b.x", "a.x"),
            "a loop of aliases",
        ),
        (
            alias(alias(base(), "a.x", "b.x"), "a.x", "c.x"),
            "a name that is an alias of two",
        ),
        (
            alias(base(), "a.x", "b.x").answer("a.x", 1, 9, &[1, 2, 3, 4]),
            "an alias that has records of its own",
        ),
        (
            (0..=MAX_CHAIN).fold(alias(base(), "a.x", "n0"), |m, n| {
                alias(m, &format!("n{n}"), &format!("n{}", n + 1))
            }),
            "too many aliases in a row",
        ),
        (
            base().answer("a.x", 1, 9, &[1, 2, 3, 4]).flags(3),
            "records and the word that there are none",
        ),
        (base().answer("a.x", 1, 9, &[1, 2, 3]), "a malformed record"),
        (
            base().raw(1, record("x", 6, 1, 9, b"\0\0short")),
            "a malformed answer",
        ),
    ];
    for (message, words) in table {
        assert_eq!(judged(Kind::A, &message), Judgement::Nonsense(words));
    }
    let twice = alias(alias(base(), "a.x", "b.x"), "a.x", "b.x");
    assert_eq!(
        reply(Kind::A, &twice).rest,
        Rest::Alias,
        "the same said twice is no contradiction"
    );
    assert_eq!(
        reply(
            Kind::Cname,
            &Message::to("a.x", 5).answer("a.x", 5, 9, &wire("a.x"))
        )
        .aliases
        .len(),
        0
    );
}

#[test]
fn absences_and_how_long_they_hold() {
    let base = || Message::to("a.x", 1);
    let alias = || base().answer("a.x", 5, 70, &wire("b.y"));
    let table = [
        (base().flags(3).soa("x", 90, 60), Rest::NoSuchName, 60),
        (base().flags(3).soa("", 50, 60), Rest::NoSuchName, 50),
        (base().flags(3), Rest::NoSuchName, 0),
        // Not its zone.
        (base().flags(3).soa("y", 50, 60), Rest::NoSuchName, 0),
        (base().soa("A.x", 90, 60), Rest::NoData, 60),
        (base(), Rest::NoData, 0),
        (base().soa("x", 0x8000_0000, 60), Rest::NoData, 0),
        (alias(), Rest::Alias, 70),
        (alias().soa("x", 90, 60), Rest::Alias, 70),
        (alias().soa("y", 90, 80), Rest::NoData, 70),
        (alias().flags(3).soa("y", 90, 60), Rest::NoSuchName, 60),
        (
            base().answer("a.x", 1, 0xffff_ffff, &[1, 2, 3, 4]),
            Rest::Data(vec![Data::A([1, 2, 3, 4].into())]),
            0,
        ),
    ];
    for (message, rest, ttl) in table {
        let reply = reply(Kind::A, &message);
        assert_eq!((reply.rest, reply.ttl), (rest, ttl));
    }
    let referral = base().raw(1, record("x", 2, 1, 9, &wire("ns.x")));
    let lame = Message {
        flags: 0x8100,
        ..referral.clone()
    };
    assert!(
        matches!(judged(Kind::A, &lame), Judgement::Unwilling(words) if words.contains("referral"))
    );
    assert_eq!(reply(Kind::A, &referral).rest, Rest::NoData);
}

/// Any octets: no panic, and what is believed is about the question.
#[test]
fn any_octets_are_survived() {
    let mut dice = Dice(1);
    let good = Message::to("a.x", 15)
        .answer("a.x", 5, 5, &wire("b.x"))
        .answer("b.x", 15, 5, &mx(1, "m.x"))
        .soa("x", 5, 5)
        .octets();
    let query = query("a.x", Kind::Mx, Transport::Udp);
    let mut believed = 0;
    for round in 0..300_000 {
        let mut octets = if round % 3 == 0 {
            (0..dice.roll(80)).map(|_| dice.roll(256) as u8).collect()
        } else {
            good.clone()
        };
        for _ in 0..dice.roll(4) {
            if !octets.is_empty() {
                let at = dice.roll(octets.len());
                octets[at] = [0, 1, 0xc0, 0xff, 5, dice.roll(256) as u8][dice.roll(6)];
            }
        }
        octets.truncate(octets.len().saturating_sub(if dice.roll(8) == 0 {
            dice.roll(40)
        } else {
            0
        }));
        if let Judgement::Reply(reply) = judge(&query, &octets) {
            believed += 1;
            assert_eq!(octets[..2], [1, 2]);
            assert_eq!(octets[12..17], *b"\x01A\x01X\0");
            assert!(reply.aliases.len() <= MAX_CHAIN && reply.ttl <= TTL_MAX);
        }
    }
    assert!(believed > 10_000, "{believed}");
}
