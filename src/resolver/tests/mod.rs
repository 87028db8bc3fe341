//! The resolver against servers on loopback that lie in every way.

mod liar;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use dns::{Answer, Data, Failure, Kind, MailHosts};
use futures_lite::future;

use super::{Resolver, ResolverSettings};
use liar::{Liar, Message, a, cname, mx, soa};

/// For tests of silence: short, so that it costs little, and long enough for a busy machine.
const PATIENCE: Duration = Duration::from_millis(400);

fn settings(servers: &[SocketAddr]) -> ResolverSettings {
    ResolverSettings {
        servers: servers.to_vec(),
        ..ResolverSettings::default()
    }
}

fn resolver(servers: &[SocketAddr]) -> Resolver {
    Resolver::new(settings(servers))
}

/// One that waits for [`PATIENCE`] only.
fn hasty(servers: &[SocketAddr]) -> Resolver {
    Resolver::new(ResolverSettings {
        timeout: PATIENCE,
        whole: PATIENCE * 5,
        ..settings(servers)
    })
}

fn ask(resolver: &Resolver, name: &str, kind: Kind) -> Result<Answer, Failure> {
    async_io::block_on(resolver.lookup(name, kind))
}

fn right() -> Result<Answer, Failure> {
    let data = vec![Data::A(Ipv4Addr::new(192, 0, 2, 1))];
    Ok(Answer {
        data,
        name: "a.x".to_owned(),
        validated: false,
    })
}

fn sentence(result: Result<Answer, Failure>) -> String {
    match result {
        Err(Failure::Refused(words)) => words,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_is_remembered_and_the_next_question_is_new() {
    let server = Liar::new(|asked| vec![asked.reply().record(a("a.x", 60, 1)).udp()]);
    let resolver = resolver(&[server.address]);
    assert_eq!(ask(&resolver, "A.x.", Kind::A), right());
    assert_eq!(ask(&resolver, "a.x", Kind::A), right());
    assert_eq!(server.asked().len(), 1, "the second from memory");
    let _ = ask(&resolver, "a.x", Kind::Aaaa);
    for n in 0..8 {
        let _ = ask(
            &resolver,
            &format!("abcdefghijklmnopqrstuvwxyz{n}.x"),
            Kind::A,
        );
    }
    let asked = server.asked();
    let distinct = |of: &dyn Fn(&liar::Asked) -> Vec<u8>| {
        asked
            .iter()
            .map(of)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    assert!(distinct(&|asked| asked.id().to_vec()) >= 9, "random ids");
    assert!(
        distinct(&|asked| asked.from.port().to_be_bytes().to_vec()) >= 9,
        "random ports"
    );
    let cases = |asked: &liar::Asked| {
        asked
            .name()
            .iter()
            .map(u8::is_ascii_uppercase)
            .map(u8::from)
            .collect()
    };
    assert!(distinct(&cases) >= 8, "random case");
}

#[test]
fn false_datagrams_are_passed_over() {
    let server = Liar::new(|asked| {
        let right = asked.reply().record(a("a.x", 60, 1));
        let lie = || asked.reply().record(a("a.x", 60, 66));
        vec![
            Message::raw(b"garbage".to_vec()).udp(),
            Message::raw(Vec::new()).udp(),
            Message::raw(vec![0; 9_000]).udp(),
            lie().id([!asked.id()[0], asked.id()[1]]).udp(),
            lie().question(b"\x01b\x01x\0").udp(),
            lie().flags(0x0100).udp(),
            right.udp(),
        ]
    });
    assert_eq!(ask(&resolver(&[server.address]), "a.x", Kind::A), right());
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn datagrams_from_elsewhere_do_not_arrive() {
    let elsewhere = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = Liar::new(move |asked| {
        let lie = asked.reply().record(a("a.x", 60, 66)).octets();
        elsewhere.send_to(&lie, asked.from).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        vec![asked.reply().record(a("a.x", 60, 1)).udp()]
    });
    assert_eq!(ask(&resolver(&[server.address]), "a.x", Kind::A), right());
}

#[test]
fn a_flood_of_guesses_is_left_for_tcp() {
    let server = Liar::new(|asked| {
        if asked.tcp {
            return vec![asked.reply().record(a("a.x", 60, 1)).tcp()];
        }
        (0..40)
            .map(|n| asked.reply().id([n, n]).record(a("a.x", 60, 66)).udp())
            .collect()
    });
    assert_eq!(ask(&resolver(&[server.address]), "a.x", Kind::A), right());
    assert!(server.asked().last().unwrap().tcp);
}

#[test]
fn large_answers_come_over_tcp_in_whatever_pieces() {
    // 200 addresses; the right one first.
    for pieces in [1, 7, 100_000] {
        let server = Liar::new(move |asked| {
            if !asked.tcp {
                return vec![asked.reply().flags(0x8380).udp()];
            }
            let all = (1..=200).fold(asked.reply(), |message, n| message.record(a("a.x", 60, n)));
            vec![all.tcp().in_pieces(
                pieces,
                Duration::from_micros(if pieces == 1 { 0 } else { 100 }),
            )]
        });
        let answer = ask(&resolver(&[server.address]), "a.x", Kind::A).unwrap();
        assert_eq!(answer.data.len(), 200);
    }
}

#[test]
fn the_largest_message_is_read_and_nonsense_in_it_is_not_believed() {
    let server = Liar::new(|asked| {
        if !asked.tcp {
            return vec![asked.reply().flags(0x8380).udp()];
        }
        let mut octets = asked.reply().record(a("a.x", 60, 1)).octets();
        // Claims 65,535 records.
        (octets[6], octets[7]) = (255, 255);
        octets.resize(65_535, 0);
        vec![Message::raw(octets).tcp()]
    });
    let words = sentence(ask(&resolver(&[server.address]), "a.x", Kind::A));
    assert!(
        words.contains("malformed") && words.contains("127.0.0.1"),
        "{words}"
    );
}

#[test]
fn tcp_that_goes_wrong_ends_in_time() {
    type Make = fn(&liar::Asked) -> Vec<liar::Act>;
    let cases: [(&str, Make); 4] = [
        ("hangs up", |_| Vec::new()),
        ("claims more than it sends", |asked| {
            vec![asked.reply().tcp().claiming(60_000)]
        }),
        ("drips", |asked| {
            vec![
                asked
                    .reply()
                    .record(a("a.x", 60, 1))
                    .tcp()
                    .in_pieces(1, Duration::from_millis(200)),
            ]
        }),
        ("another answer", |asked| {
            vec![asked.reply().id([9, 9]).tcp()]
        }),
    ];
    for (what, make) in cases {
        let server = Liar::new(move |asked| {
            if asked.tcp {
                make(asked)
            } else {
                vec![asked.reply().flags(0x8380).udp()]
            }
        });
        let other = Liar::new(|asked| vec![asked.reply().record(a("a.x", 60, 1)).udp()]);
        let start = Instant::now();
        assert_eq!(
            ask(&hasty(&[server.address, other.address]), "a.x", Kind::A),
            right(),
            "{what}"
        );
        assert!(start.elapsed() < PATIENCE * 5, "{what}");
    }
}

#[test]
fn silence_servfail_and_refusal_go_to_the_next_server() {
    let silent = Liar::new(|_| Vec::new());
    let failing = Liar::new(|asked| vec![asked.reply().flags(0x8182).udp()]);
    let nobody = {
        UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    };
    let good = Liar::new(|asked| vec![asked.reply().record(a("a.x", 60, 1)).udp()]);
    for first in [silent.address, failing.address, nobody] {
        assert_eq!(ask(&hasty(&[first, good.address]), "a.x", Kind::A), right());
    }
    let start = Instant::now();
    assert_eq!(
        ask(&hasty(&[silent.address]), "a.x", Kind::A),
        Err(Failure::TimedOut)
    );
    assert!(
        (PATIENCE * 5..PATIENCE * 9).contains(&start.elapsed()),
        "{:?}",
        start.elapsed()
    );
    let words = sentence(ask(&hasty(&[failing.address, nobody]), "a.x", Kind::A));
    assert!(
        words.contains("SERVFAIL") && words.contains("could not be reached"),
        "{words}"
    );
}

#[test]
fn an_answer_that_comes_late_helps_nobody() {
    // The first question is answered while the second one waits: on another port, so that it does not arrive.
    let server = Liar::new(|asked| {
        if asked.number == 0 {
            return vec![
                asked
                    .reply()
                    .record(a("a.x", 60, 66))
                    .udp()
                    .after(PATIENCE * 3 / 2),
            ];
        }
        vec![asked.reply().record(a("a.x", 60, 1)).udp().after(PATIENCE)]
    });
    assert_eq!(ask(&hasty(&[server.address]), "a.x", Kind::A), right());
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn servers_that_do_not_master_everything_are_known_the_next_time() {
    // So many letters that they are not all in lower case by chance.
    const NAME: &str = "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz";
    // Neither EDNS nor case.
    let server = Liar::new(|asked| {
        let reply = asked.reply().lower_case();
        let reply = if asked.has_edns() {
            reply.flags(0x8181)
        } else {
            reply.record(a(NAME, 0, 1))
        };
        vec![if asked.tcp { reply.tcp() } else { reply.udp() }]
    });
    let resolver = resolver(&[server.address]);
    assert_eq!(ask(&resolver, NAME, Kind::A).unwrap().name, NAME);
    let before = server.asked().len();
    assert_eq!(
        ask(&resolver, NAME, Kind::A).unwrap().name,
        NAME,
        "a TTL of 0 is not kept"
    );
    let asked = server.asked();
    assert_eq!(
        asked.len(),
        before + 1,
        "at once in the way that it understands"
    );
    let last = asked.last().unwrap();
    assert!(!last.tcp && !last.has_edns() && !last.name().iter().any(u8::is_ascii_uppercase));
}

#[test]
fn aliases_loops_and_absences() {
    let server = Liar::new(|asked| {
        let reply = asked.reply();
        vec![
            match asked.name().to_ascii_lowercase().as_slice() {
                b"\x01a\x01x" => reply.record(cname("a.x", "b.y")),
                b"\x01b\x01y" => reply.record(a("b.y", 60, 1)),
                b"\x04loop\x01x" => reply.record(cname("loop.x", "pool.x")),
                b"\x04pool\x01x" => reply.record(cname("pool.x", "loop.x")),
                b"\x04none\x01x" => reply.flags(0x8183).authority(soa("x", 60)),
                _ => reply.authority(soa("x", 60)),
            }
            .udp(),
        ]
    });
    let resolver = resolver(&[server.address]);
    assert_eq!(ask(&resolver, "a.x", Kind::A).unwrap().name, "b.y");
    assert!(sentence(ask(&resolver, "loop.x", Kind::A)).contains("loop"));
    for _ in 0..2 {
        assert_eq!(
            ask(&resolver, "none.x", Kind::A),
            Err(Failure::NoSuchName { validated: false })
        );
        assert_eq!(
            ask(&resolver, "empty.x", Kind::A),
            Err(Failure::NoData { validated: false })
        );
    }
    assert_eq!(server.asked().len(), 6, "absences are remembered");
    assert_eq!(ask(&resolver, "b\u{e4}d.x", Kind::A), Err(Failure::BadName));
}

#[test]
fn ad_is_believed_of_trusted_servers_only() {
    for trusted in [false, true] {
        let server =
            Liar::new(|asked| vec![asked.reply().flags(0x81a0).record(mx("x", 10, "m.x")).udp()]);
        let resolver = Resolver::new(ResolverSettings {
            trusted,
            ..settings(&[server.address])
        });
        let MailHosts::Hosts(hosts) = async_io::block_on(resolver.mail_hosts("x")) else {
            panic!()
        };
        assert_eq!(
            (hosts.validated, hosts.hosts),
            (trusted, vec![(10, "m.x".to_owned())])
        );
    }
}

#[test]
fn same_questions_share_a_lookup_and_one_who_leaves_is_replaced() {
    let server = Liar::new(|asked| {
        vec![
            asked
                .reply()
                .record(a("a.x", 0, 1))
                .udp()
                .after(Duration::from_millis(150)),
        ]
    });
    let resolver = resolver(&[server.address]);
    async_io::block_on(async {
        let all = async_executor::LocalExecutor::new();
        let first = all.spawn({
            let resolver = resolver.clone();
            async move { resolver.lookup("a.x", Kind::A).await }
        });
        let others: Vec<_> = (0..20)
            .map(|_| {
                let resolver = resolver.clone();
                all.spawn(async move { resolver.lookup("a.x", Kind::A).await })
            })
            .collect();
        all.run(async {
            async_io::Timer::after(Duration::from_millis(30)).await;
            assert_eq!(server.asked().len(), 1);
            first.cancel().await;
            for other in others {
                assert_eq!(other.await, right());
            }
        })
        .await;
    });
    assert_eq!(
        server.asked().len(),
        2,
        "one for who left, one for all others"
    );
}

#[test]
fn only_so_many_lookups_are_under_way() {
    let server = Liar::new(|asked| {
        vec![
            asked
                .reply()
                .record(cname("none", "none"))
                .udp()
                .after(Duration::from_millis(60)),
        ]
    });
    let resolver = Resolver::new(ResolverSettings {
        lookups: 2,
        ..settings(&[server.address])
    });
    let start = Instant::now();
    async_io::block_on(async {
        let all = async_executor::LocalExecutor::new();
        let asks: Vec<_> = (0..8)
            .map(|n| {
                let resolver = resolver.clone();
                all.spawn(async move { resolver.lookup(&format!("n{n}.x"), Kind::A).await })
            })
            .collect();
        all.run(async {
            for ask in asks {
                let _ = future::poll_once(std::future::ready(())).await;
                assert_eq!(ask.await, Err(Failure::NoData { validated: false }));
            }
        })
        .await;
    });
    assert!(
        start.elapsed() >= Duration::from_millis(4 * 60),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(server.asked().len(), 8);
}
