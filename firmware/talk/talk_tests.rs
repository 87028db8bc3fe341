//! Every datagram printed and read; everything else refused.

use super::*;

fn orders() -> Vec<Order> {
    vec![
        Order::Ready,
        Order::Alive,
        Order::Clock {
            unix: 1_800_000_000,
        },
        Order::PowerOff,
        Order::Restart,
        Order::Update {
            file: FileName::new("pillarbox-0.2.0~rc1+2-pi64.update").unwrap(),
        },
        Order::Format,
        Order::Log,
        Order::Name {
            host: "mail.example.org".to_owned(),
        },
    ]
}

fn news() -> Vec<News> {
    let network = Network {
        cable: true,
        addresses: vec![
            ("192.168.1.7".parse().unwrap(), 24),
            ("fe80::1".parse().unwrap(), 64),
        ],
        dns: vec!["192.168.1.1".parse().unwrap()],
        ntp: vec![
            "192.168.1.1".parse().unwrap(),
            "2001:db8::1".parse().unwrap(),
        ],
        reach: Reach::Given,
    };
    let mut all = vec![
        News::Network(network),
        News::Network(Network::default()),
        News::Systems(Systems::default()),
        News::Systems(Systems {
            running: Some('b'),
            version: "0.2.0".to_owned(),
            other: Some("0.1.0".to_owned()),
            trial: true,
            updated_to: Some("0.2.0".to_owned()),
            given_up: Some(Step::SelfTest),
        }),
        News::LastWords {
            times: 3,
            text: "died by SIGBUS\n\nand said ä\n".to_owned(),
        },
        News::Log {
            path: "/run/pillarbox/log".into(),
        },
    ];
    for phase in Phase::ALL {
        all.push(News::Progress {
            phase: *phase,
            done: 7,
            total: u64::MAX,
            why: "the signature is another's".to_owned(),
        });
    }
    for finding in Finding::ALL {
        for reason in RescueReason::ALL {
            all.push(News::Data(DataState {
                finding: *finding,
                reason: Some(*reason),
            }));
        }
    }
    all
}

#[test]
fn what_is_printed_is_read() {
    for order in orders() {
        assert_eq!(Order::parse(order.print().as_bytes()), Some(order));
    }
    for item in news() {
        assert_eq!(News::parse(item.print().as_bytes()), Some(item));
    }
}

#[test]
fn no_datagram_is_understood_as_the_other_side_s() {
    for order in orders().iter().filter(|order| **order != Order::Log) {
        assert_eq!(News::parse(order.print().as_bytes()), None);
    }
    for item in news() {
        assert_eq!(Order::parse(item.print().as_bytes()), None);
    }
}

#[test]
fn cut_or_changed_datagrams_hurt_nobody() {
    let whole: Vec<String> = orders()
        .iter()
        .map(Order::print)
        .chain(news().iter().map(News::print))
        .collect();
    for text in whole {
        let octets = text.as_bytes();
        for at in 0..octets.len() {
            let _ = (Order::parse(&octets[..at]), News::parse(&octets[..at]));
            let mut changed = octets.to_vec();
            changed[at] ^= 0x15;
            let _ = (Order::parse(&changed), News::parse(&changed));
        }
    }
}

#[test]
fn orders_do_not_reach_further_than_they_may() {
    for text in [
        "update\nfile ../x",
        "update\nfile .x",
        "update\nfile a/b",
        "update\nfile ",
        "update",
        "update\nfile a\nfile b",
        "update\nfile a\nmode 7",
        "clock\nunix 0",
        "clock\nunix -1",
        "clock\nunix 99999999999",
        "clock\nunix 1800000000\n\nprose",
        "ready\nnow yes",
        "Ready",
        "",
        "ready\n",
    ] {
        assert_eq!(Order::parse(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(Order::parse(&[0xff; 9]), None);
    assert_eq!(News::parse(&vec![b'a'; LONGEST + 1]), None);
}

#[test]
fn last_words_keep_their_end() {
    let text = "ä".repeat(LONGEST);
    let printed = News::LastWords { times: 1, text }.print();
    assert!(printed.len() <= LONGEST);
    let Some(News::LastWords { text, .. }) = News::parse(printed.as_bytes()) else {
        panic!("{printed}");
    };
    assert!(text.ends_with('ä') && text.len() > LONGEST - 100);
}

#[test]
fn a_value_cannot_smuggle_a_line() {
    let path = "/run/a\nphase x".into();
    let printed = News::Log { path }.print();
    assert_eq!(
        News::parse(printed.as_bytes()),
        Some(News::Log {
            path: "/run/aphase x".into()
        })
    );
}
