//! Who sent it: a message and the DNS's answers from one input, judged whole and in pieces: the same verdicts, a bounded number of questions, and a field that
//! nothing breaks out of.
//!
//! Input: lines of text records (an address as such is one, `?` is silence), a NUL, the message.
#![no_main]

use std::net::IpAddr;

use dns::{Answer, Data, Failure, Kind};
use libfuzzer_sys::fuzz_target;
use msgauth::results::{Stripper, field};
use msgauth::spf::Client;
use msgauth::{Circumstances, Question, Reply, Verdicts, Verifier};

/// SPF twice, the names of the client, ten keys, a chain, a policy.
const QUESTIONS_MAX: usize = 2 * 112 + 11 + 10 + 51 + 2;

fuzz_target!(|input: &[u8]| {
    let cut = input.iter().position(|octet| *octet == 0);
    let (records, message) = match cut {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (&input[..0], input),
    };
    let records: Vec<&[u8]> = records.split(|octet| *octet == b'\n').collect();
    let whole = judged(&records, message, message.len().max(1));
    let pieces = judged(&records, message, 1 + input.len() % 7);
    assert_eq!(whole, pieces);

    let written = field("mail.house.test", &whole);
    assert!(written.is_ascii() && written.ends_with("\r\n"));
    for line in written.trim_end_matches("\r\n").split("\r\n").skip(1) {
        assert!(line.starts_with('\t') && !line.contains(['\r', '\n', '\0']));
    }
    let mut stripped = Vec::new();
    let mut stripper = Stripper::new("mail.house.test");
    stripper.feed(written.as_bytes(), &mut |octets| {
        stripped.extend_from_slice(octets)
    });
    stripper.feed(message, &mut |octets| stripped.extend_from_slice(octets));
    assert!(stripper.finish(&mut |octets| stripped.extend_from_slice(octets)) >= 1);
    assert!(stripped.len() <= message.len());
});

fn judged(records: &[&[u8]], message: &[u8], step: usize) -> Verdicts {
    let client = Client {
        address: "192.0.2.1".parse().unwrap(),
        helo: "mail.house.test".into(),
        mail_from: "ann@house.test".into(),
    };
    let circumstances = Circumstances {
        receiver: "mail.house.test".into(),
        now: Some(1_700_000_000),
        sample: 50,
    };
    let mut verifier = Verifier::new(circumstances, Some(&client));
    for piece in message.chunks(step) {
        verifier.feed(piece);
    }
    verifier.end();
    let mut asked = 0;
    loop {
        let needs = verifier.needs();
        if needs.is_empty() {
            return verifier.verdicts().unwrap();
        }
        for question in needs {
            asked += 1;
            assert!(asked <= QUESTIONS_MAX);
            verifier.give(&question, &reply(records, &question));
        }
    }
}

/// What the name means picks the record, so that equal questions have equal answers.
fn reply(records: &[&[u8]], question: &Question) -> Reply {
    let sum: usize = question.name.bytes().map(usize::from).sum();
    let text = records[sum % records.len()];
    let name = || String::from_utf8_lossy(text).into_owned();
    let address: Option<IpAddr> = name().parse().ok();
    let data = match (question.kind, address) {
        _ if text == b"?" => return Err(Failure::TimedOut),
        _ if text.is_empty() => return Err(Failure::NoSuchName { validated: false }),
        (Kind::Txt, _) => Data::Txt(text.to_vec()),
        (Kind::A, Some(IpAddr::V4(address))) => Data::A(address),
        (Kind::Aaaa, Some(IpAddr::V6(address))) => Data::Aaaa(address),
        (Kind::Ptr, _) => Data::Ptr(name()),
        (Kind::Mx, _) => Data::Mx {
            preference: 1,
            exchange: name(),
        },
        _ => return Err(Failure::NoData { validated: false }),
    };
    Ok(Answer {
        data: vec![data; 1 + sum % 12],
        name: question.name.clone(),
        validated: false,
    })
}
