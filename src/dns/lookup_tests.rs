use super::*;
use crate::kind::Data;
use crate::testing::{Message, wire};

const SERVERS: [&str; 2] = ["192.0.2.1:53", "192.0.2.2:53"];
/// TC.
const CUT: u16 = 0x0200;

/// Makes an answer of one that only repeats the question.
type Change = fn(Message) -> Message;

/// A lookup and what was asked last.
struct Play {
    lookup: Lookup,
    ask: Option<Ask>,
    asks: u32,
}

impl Play {
    fn new(servers: usize, trusted: bool) -> Play {
        let server = |text: &&str| Server {
            address: text.parse().unwrap(),
            trusted,
            manners: Manners::default(),
        };
        let servers: Vec<Server> = SERVERS[..servers].iter().map(server).collect();
        let lookup = Lookup::new("a.x", Kind::A, &servers, Patience::default()).unwrap();
        Play {
            lookup,
            ask: None,
            asks: 0,
        }
    }

    /// The next question's server (its last number), transport and message.
    fn asked(&mut self) -> (u8, Transport, Vec<u8>) {
        self.asks += 1;
        let Step::Ask(ask) = self.lookup.next(&Entropy([self.asks as u8 * 37; 34])) else {
            panic!("no question: {:?}", self.lookup.done)
        };
        let SocketAddr::V4(server) = ask.server else {
            panic!()
        };
        let heard = (server.ip().octets()[3], ask.transport, ask.octets.clone());
        self.ask = Some(ask);
        heard
    }

    fn hear(&mut self, make: impl Fn(Message) -> Message) -> Heard {
        let message = make(Message::echo(&self.ask.as_ref().unwrap().octets));
        self.lookup.heard(&message.octets())
    }

    fn found(&mut self) -> Found {
        match self.lookup.next(&Entropy([0; 34])) {
            Step::Done(found) => found,
            Step::Ask(ask) => panic!("{ask:?}"),
        }
    }

    fn manners(&self) -> Manners {
        self.lookup.manners().next().unwrap().1
    }
}

fn address(message: Message) -> Message {
    message.answer("a.x", 1, 60, &[192, 0, 2, 9])
}

fn right() -> Result<Answer, Failure> {
    Ok(Answer {
        data: vec![Data::A([192, 0, 2, 9].into())],
        name: "a.x".into(),
        validated: false,
    })
}

fn has_edns(octets: &[u8]) -> bool {
    octets[11] == 1
}

#[test]
fn a_question_and_its_answer() {
    for (trusted, authentic) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut play = Play::new(2, trusted);
        let (server, transport, octets) = play.asked();
        assert_eq!(
            (server, transport, has_edns(&octets)),
            (1, Transport::Udp, true)
        );
        assert_eq!(octets[octets.len() - 4] == 0x80, trusted, "DO");
        assert_eq!(play.ask.as_ref().unwrap().patience, Duration::from_secs(5));
        assert_eq!(
            play.hear(|m| address(m).flags(if authentic { 0x20 } else { 0 })),
            Heard::Next
        );
        let found = play.found();
        assert_eq!(found.ttl, Some(60));
        assert_eq!(found.result.unwrap().validated, trusted && authentic);
        assert_eq!(play.manners(), Manners::default());
    }
}

#[test]
fn servers_are_asked_in_turn_ever_more_patiently() {
    let mut play = Play::new(2, false);
    let mut asked = Vec::new();
    let mut waited = Duration::ZERO;
    while let Step::Ask(ask) = play.lookup.next(&Entropy([1; 34])) {
        waited += ask.patience;
        asked.push((
            ask.server.to_string(),
            ask.patience.as_secs(),
            has_edns(&ask.octets),
        ));
        play.lookup.silent();
    }
    let wanted: Vec<_> = [(0, 5), (1, 5), (0, 10), (1, 10)]
        .map(|(s, t)| (SERVERS[s].to_owned(), t, true))
        .to_vec();
    assert_eq!(asked, wanted);
    assert_eq!(waited, Duration::from_secs(30), "not longer in all");
    assert_eq!(
        play.found(),
        Found {
            result: Err(Failure::TimedOut),
            ttl: None
        }
    );
    // Alone: the third time without EDNS.
    let mut play = Play::new(1, false);
    play.lookup.patience.whole = Duration::from_secs(3600);
    let edns: Vec<bool> = (0..3)
        .map(|_| {
            let asked = play.asked();
            play.lookup.silent();
            has_edns(&asked.2)
        })
        .collect();
    assert_eq!(edns, [true, true, false]);
    assert_eq!(play.found().result, Err(Failure::TimedOut));
}

#[test]
fn unwilling_and_silly_servers_are_left() {
    let cases: [(Change, &str); 5] = [
        (|m| m.flags(2), "SERVFAIL"),
        (|m| m.flags(5), "REFUSED"),
        (|m| m.answer("a.x", 5, 1, &wire("a.x")), "loop"),
        (|m| m.answer("a.x", 1, 1, b"short"), "malformed"),
        (
            |m| {
                Message { flags: 0x8100, ..m }
                    .raw(1, crate::testing::record("x", 2, 1, 1, &wire("ns.x")))
            },
            "referral",
        ),
    ];
    for (make, words) in cases {
        let mut play = Play::new(2, false);
        play.asked();
        play.hear(make);
        assert_eq!(play.asked().0, 2);
        play.hear(address);
        assert_eq!(play.found().result, right());

        let mut play = Play::new(2, false);
        for _ in 0..2 {
            play.asked();
            play.hear(make);
        }
        let found = play.found();
        let Err(Failure::Refused(sentence)) = &found.result else {
            panic!("{found:?}")
        };
        assert!(
            sentence.contains(words)
                && sentence.contains("192.0.2.2")
                && sentence.contains("A records of a.x"),
            "{sentence}"
        );
        assert_eq!(found.ttl, None);
    }
}

#[test]
fn strays_are_passed_over_and_many_mean_tcp() {
    let mut play = Play::new(1, false);
    play.asked();
    for _ in 0..MAX_STRAYS {
        assert_eq!(play.hear(|m| address(m).id(0)), Heard::Waiting);
    }
    assert_eq!(play.hear(address), Heard::Next, "the right one among them");
    assert_eq!(play.found().result, right());

    let mut play = Play::new(1, false);
    play.asked();
    for _ in 0..MAX_STRAYS {
        play.lookup.heard(b"garbage");
    }
    assert_eq!(play.lookup.heard(b"garbage"), Heard::Next);
    assert_eq!(play.asked().1, Transport::Tcp);
    // There nobody else speaks: one is enough.
    assert_eq!(play.lookup.heard(b"garbage"), Heard::Next);
    assert!(matches!(play.found().result, Err(Failure::Refused(_))));
}

#[test]
fn what_does_not_fit_comes_over_tcp() {
    let mut play = Play::new(2, false);
    let first = play.asked();
    play.hear(|m| address(m).flags(CUT));
    let second = play.asked();
    assert_eq!((second.0, second.1), (1, Transport::Tcp));
    assert_ne!(first.2[..2], second.2[..2], "a new id");
    play.hear(address);
    assert_eq!(play.found().result, right());

    let mut play = Play::new(2, false);
    play.asked();
    play.hear(|m| m.flags(CUT));
    play.asked();
    play.hear(|m| address(m).flags(CUT));
    assert_eq!(play.asked().0, 2, "cut over TCP too: the next one");
    play.hear(|m| m.flags(CUT));
    play.asked();
    play.lookup.failed("connection refused");
    let Err(Failure::Refused(words)) = play.found().result else {
        panic!()
    };
    assert!(
        words.contains("connection refused") && words.contains("cut its answer"),
        "{words}"
    );
}

#[test]
fn edns_is_given_up_for_who_does_not_know_it() {
    let mut play = Play::new(1, false);
    play.asked();
    play.hear(|m| m.no_question().flags(1));
    let (server, transport, octets) = play.asked();
    assert_eq!(
        (server, transport, has_edns(&octets)),
        (1, Transport::Udp, false)
    );
    play.hear(address);
    assert_eq!(play.found().result, right());
    assert_eq!(
        play.manners(),
        Manners {
            edns: false,
            case: true
        }
    );

    let mut play = Play::new(1, false);
    play.asked();
    play.hear(|m| m.flags(1));
    play.asked();
    play.hear(|m| m.flags(1));
    assert!(
        matches!(play.found().result, Err(Failure::Refused(words)) if words.contains("FORMERR"))
    );
    assert_eq!(
        play.manners(),
        Manners::default(),
        "EDNS was not the reason"
    );
}

#[test]
fn changed_case_is_believed_over_tcp_only() {
    let changed = |m: Message| address(m).lower_case();
    let mut play = Play::new(1, false);
    play.asked();
    assert_eq!(play.hear(changed), Heard::Next);
    assert_eq!(play.asked().1, Transport::Tcp);
    play.hear(changed);
    assert_eq!(play.found().result, right());
    assert_eq!(
        play.manners(),
        Manners {
            edns: true,
            case: false
        }
    );

    // Over TCP the case is kept: it was somebody else, and nothing is learned.
    let mut play = Play::new(1, false);
    play.asked();
    play.hear(changed);
    play.asked();
    play.hear(address);
    assert_eq!(
        (play.found().result, play.manners()),
        (right(), Manners::default())
    );

    // No TCP: once without.
    let mut play = Play::new(1, false);
    play.asked();
    play.hear(changed);
    play.asked();
    play.lookup.failed("refused");
    let (_, transport, octets) = play.asked();
    assert_eq!(
        (transport, octets.iter().any(u8::is_ascii_uppercase)),
        (Transport::Udp, false)
    );
    play.hear(changed);
    assert_eq!(play.found().result, right());
}

#[test]
fn aliases_are_followed_by_further_questions() {
    let mut play = Play::new(2, true);
    play.asked();
    play.hear(|m| m.flags(2));
    play.asked();
    play.hear(|m| m.answer("a.x", 5, 30, &wire("b.y")).flags(0x20));
    let (server, _, octets) = play.asked();
    assert_eq!(server, 2, "who knew goes first");
    assert!(octets[12..17].eq_ignore_ascii_case(&wire("b.y")));
    play.hear(|m| m.answer("b.y", 1, 60, &[1, 2, 3, 4]).flags(0x20));
    let found = play.found();
    let answer = found.result.unwrap();
    assert_eq!(
        (answer.name.as_str(), answer.validated, found.ttl),
        ("b.y", true, Some(30))
    );

    // One unsigned step spoils it.
    let mut play = Play::new(1, true);
    play.asked();
    play.hear(|m| m.answer("a.x", 5, 30, &wire("b.y")));
    play.asked();
    play.hear(|m| m.flags(0x23).soa("y", 9, 9));
    assert_eq!(
        play.found(),
        Found {
            result: Err(Failure::NoSuchName { validated: false }),
            ttl: Some(9)
        }
    );
}

#[test]
fn endless_aliases_end() {
    // a.x -> n1.x -> n2.x ..., one a message.
    let mut play = Play::new(2, false);
    let mut name = "a.x".to_owned();
    let mut asks = 0;
    while let Step::Ask(ask) = play.lookup.next(&Entropy([9; 34])) {
        asks += 1;
        let next = format!("n{asks}.x");
        let message = Message::echo(&ask.octets).answer(&name, 5, 9, &wire(&next));
        play.lookup.heard(&message.octets());
        name = play.lookup.name.to_string();
    }
    assert!(matches!(play.found().result, Err(Failure::Refused(_))));
    assert!(asks <= MAX_ASKS && asks as usize > MAX_CHAIN, "{asks}");
    // Back to the start over two messages.
    let mut play = Play::new(1, false);
    play.asked();
    play.hear(|m| m.answer("a.x", 5, 9, &wire("b.x")));
    play.asked();
    play.hear(|m| m.answer("b.x", 5, 9, &wire("a.x")));
    assert!(matches!(play.found().result, Err(Failure::Refused(words)) if words.contains("loop")));
}

#[test]
fn questions_that_cannot_be_asked() {
    let server = Server {
        address: SERVERS[0].parse().unwrap(),
        trusted: false,
        manners: Manners::default(),
    };
    let lookup =
        |name, servers: &[Server]| Lookup::new(name, Kind::A, servers, Patience::default()).err();
    assert_eq!(lookup("a..b", &[server]), Some(Failure::BadName));
    assert_eq!(lookup("", &[server]), Some(Failure::BadName));
    assert!(matches!(lookup("a", &[]), Some(Failure::Refused(_))));
}

/// Whatever servers say, a lookup ends.
#[test]
fn every_lookup_ends() {
    let mut dice = crate::testing::Dice(5);
    for _ in 0..5_000 {
        let mut play = Play::new(2, false);
        let mut asks = 0;
        while let Step::Ask(ask) = play.lookup.next(&Entropy([dice.roll(256) as u8; 34])) {
            asks += 1;
            assert!(asks <= MAX_ASKS);
            let name = play.lookup.name.to_string();
            for _ in 0..20 {
                let echo = Message::echo(&ask.octets);
                let message = match dice.roll(9) {
                    0 => echo.flags(CUT),
                    1 => echo.flags(dice.roll(16) as u16),
                    2 => echo.answer(&name, 5, 9, &wire(&format!("n{}.x", dice.roll(40)))),
                    3 => echo.lower_case(),
                    4 => {
                        play.lookup.silent();
                        break;
                    }
                    5 => {
                        play.lookup.failed("x");
                        break;
                    }
                    6 => echo.id(7),
                    7 => echo.answer(&name, 1, 9, &[1, 2, 3, 4][..3 + dice.roll(2)]),
                    _ => echo.no_question().flags(1),
                };
                if play.lookup.heard(&message.octets()) == Heard::Next {
                    break;
                }
            }
        }
        play.found();
    }
}
