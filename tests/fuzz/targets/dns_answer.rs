//! DNS answers: any octets as the answer to a question, and any script of them through a whole lookup, which must end.
#![no_main]

use dns::{
    Data, Entropy, Heard, Judgement, Kind, Lookup, MAX_ASKS, MAX_CHAIN, Manners, Name, Patience,
    Query, Rest, Server, Step, Transport, judge,
};
use libfuzzer_sys::fuzz_target;

const KINDS: [Kind; 8] = [
    Kind::A,
    Kind::Aaaa,
    Kind::Mx,
    Kind::Txt,
    Kind::Ptr,
    Kind::Cname,
    Kind::Tlsa,
    Kind::Srv,
];

fuzz_target!(|input: &[u8]| {
    let [first, message @ ..] = input else { return };
    let kind = KINDS[usize::from(first % 8)];
    let transport = if first & 8 == 0 {
        Transport::Udp
    } else {
        Transport::Tcp
    };
    let name = Name::parse("a.x").unwrap();
    let query = Query::new(&name, kind, transport, false, &Entropy([0; 34])).unwrap();
    if first & 16 == 0 {
        // The question's own front is given, so that the fuzzer need not guess it.
        let mut answer = query.octets().to_vec();
        answer.truncate(12 + 5 + 4);
        answer[2] |= 0x80;
        let counts = message.len().min(8);
        answer[3] = message.first().copied().unwrap_or(0);
        answer[6..6 + counts.min(6)].copy_from_slice(&message[..counts.min(6)]);
        answer.extend_from_slice(&message[counts..]);
        believed(&judge(&query, &answer), kind);
    } else {
        believed(&judge(&query, message), kind);
        lookup(message, kind);
    }
});

fn believed(judgement: &Judgement, kind: Kind) {
    let Judgement::Reply(reply) = judgement else {
        return;
    };
    assert!(reply.aliases.len() <= MAX_CHAIN && !reply.aliases.contains(&reply.name));
    let Rest::Data(data) = &reply.rest else {
        return;
    };
    assert!(!data.is_empty());
    for one in data {
        let plain =
            |name: &str| name.bytes().all(|octet| octet.is_ascii_graphic()) && !name.is_empty();
        assert!(match one {
            Data::A(_) => kind == Kind::A,
            Data::Aaaa(_) => kind == Kind::Aaaa,
            Data::Mx { exchange, .. } => kind == Kind::Mx && plain(exchange),
            Data::Txt(_) => kind == Kind::Txt,
            Data::Ptr(name) => kind == Kind::Ptr && plain(name),
            Data::Cname(name) => kind == Kind::Cname && plain(name),
            Data::Tlsa { .. } => kind == Kind::Tlsa,
            Data::Srv { target, .. } => kind == Kind::Srv && plain(target),
        });
    }
}

/// Two servers that say pieces of the input; each piece may be given the right front.
fn lookup(script: &[u8], kind: Kind) {
    let server = |last| Server {
        address: ([192, 0, 2, last], 53).into(),
        trusted: true,
        manners: Manners::default(),
    };
    let mut lookup =
        Lookup::new("a.x", kind, &[server(1), server(2)], Patience::default()).unwrap();
    let mut pieces = fuzz::pieces(script);
    let mut asks = 0;
    loop {
        let Step::Ask(ask) = lookup.next(&Entropy([asks as u8; 34])) else {
            return;
        };
        asks += 1;
        assert!(asks <= MAX_ASKS && ask.octets.len() <= 512);
        loop {
            let Some(piece) = pieces.next() else {
                lookup.silent();
                break;
            };
            match piece {
                [0 | 64 | 128, ..] => {
                    lookup.silent();
                    break;
                }
                [1, ..] => {
                    lookup.failed("broken");
                    break;
                }
                [front, flags, counts, rest @ ..] if front % 2 == 0 => {
                    let mut answer = ask.octets.clone();
                    let end = 12 + answer[12..].iter().position(|octet| *octet == 0).unwrap() + 5;
                    answer.truncate(end);
                    (answer[2], answer[3]) = (0x80 | flags & 6, flags & 0xaf);
                    (answer[7], answer[9], answer[11]) =
                        (counts & 7, counts >> 3 & 3, counts >> 5 & 3);
                    answer.extend_from_slice(rest);
                    if lookup.heard(&answer) == Heard::Next {
                        break;
                    }
                }
                other => {
                    if lookup.heard(other) == Heard::Next {
                        break;
                    }
                }
            }
        }
    }
}
