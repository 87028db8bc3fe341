//! Records of a fake zone, and what is said of each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dns::{Answer, Data, Failure, Kind};
use futures_lite::future::block_on;

use super::*;
use crate::publish::wanted::tests::facts;
use crate::publish::{RelayUse, findings_json, findings_text};

type Zone = HashMap<(String, Kind), Result<Vec<Data>, Failure>>;

fn txt(text: &str) -> Data {
    Data::Txt(text.as_bytes().to_vec())
}

/// A zone with everything that [`records`] advises, the line's reverse name included.
fn whole(facts: &Facts) -> Zone {
    let mut zone = Zone::new();
    for record in records("house.test", facts) {
        let words: Vec<&str> = record.value.split(' ').collect();
        let data = match record.kind {
            Kind::A => Data::A(record.value.parse().unwrap()),
            Kind::Mx => Data::Mx {
                preference: words[0].parse().unwrap(),
                exchange: words[1].into(),
            },
            Kind::Txt => txt(&record.value),
            Kind::Srv => Data::Srv {
                priority: 0,
                weight: 1,
                port: words[2].parse().unwrap(),
                target: words[3].into(),
            },
            Kind::Tlsa => Data::Tlsa {
                usage: 3,
                selector: 1,
                matching: 1,
                data: facts.tls_key.unwrap().to_vec(),
            },
            Kind::Cname => continue,
            other => panic!("{other}"),
        };
        zone.insert((record.name.clone(), record.kind), Ok(vec![data]));
    }
    zone.insert(
        ("7.2.0.192.in-addr.arpa".into(), Kind::Ptr),
        Ok(vec![Data::Ptr("mail.house.test".into())]),
    );
    zone
}

/// What is asked, and how often.
type Asked = Arc<Mutex<HashMap<(String, Kind), usize>>>;

fn asker(zone: Zone, asked: Asked) -> Box<Ask> {
    Box::new(move |name, kind| {
        *asked
            .lock()
            .unwrap()
            .entry((name.clone(), kind))
            .or_default() += 1;
        let missing = Err(Failure::NoSuchName { validated: false });
        let found = zone.get(&(name.clone(), kind)).cloned().unwrap_or(missing);
        Box::pin(async move {
            found.map(|data| Answer {
                data,
                name,
                validated: false,
            })
        })
    })
}

fn findings(facts: &Facts, zone: Zone) -> Vec<Finding> {
    block_on(check_by(
        "house.test",
        facts,
        &asker(zone, Asked::default()),
    ))
}

/// The finding about a record when the zone holds `data` there instead; none: nothing.
fn with(facts: &Facts, name: &str, kind: Kind, data: &[Data]) -> Finding {
    let mut zone = whole(facts);
    let key = (name.to_owned(), kind);
    if data.is_empty() {
        zone.remove(&key);
    } else {
        zone.insert(key, Ok(data.to_vec()));
    }
    let about = format!("{kind} {name}");
    let mut all = findings(facts, zone).into_iter();
    all.find(|finding| finding.about == about).unwrap()
}

#[test]
fn what_is_advised_is_right_when_it_is_there() {
    let all = Facts {
        tls_key: Some([7; 32]),
        ..facts()
    };
    for facts in [
        all,
        Facts {
            relay: RelayUse::Everything("smtp.sendgrid.net".into()),
            ..facts()
        },
    ] {
        let found = findings(&facts, whole(&facts));
        for finding in &found {
            let note = finding.about.contains("_mta-sts") || finding.about.starts_with("PTR");
            assert!(
                finding.state == State::Right || note && finding.state == State::Note,
                "{finding:?}"
            );
            assert!(
                finding.said.english().ends_with('.'),
                "{}",
                finding.said.english()
            );
        }
        assert!(found.len() >= 13);
        let text = findings_text("house.test", &found, None);
        assert!(
            text.ends_with("Nothing needs to be done for house.test.\n"),
            "{text}"
        );
    }
}

#[test]
fn an_empty_zone_is_told_record_by_record() {
    let facts = facts();
    let found = findings(&facts, Zone::new());
    let missing: Vec<&str> = found
        .iter()
        .filter(|finding| finding.state == State::Missing)
        .map(|finding| finding.about.as_str())
        .collect();
    assert_eq!(
        missing,
        [
            "A mail.house.test",
            "MX house.test",
            "TXT house.test",
            "TXT pb2026r._domainkey.house.test",
            "TXT pb2026e._domainkey.house.test",
            "TXT _dmarc.house.test",
        ]
    );
    assert!(found.iter().all(|finding| finding.state != State::Wrong));
    let text = findings_text("house.test", &found, None);
    assert!(
        text.contains("publish: house.test. 3600 IN MX 10 mail.house.test."),
        "{text}"
    );
    let json = findings_json("house.test", &found, None);
    assert_eq!(json["findings"][0]["state"], "missing");
    assert_eq!(json["findings"][1]["record"]["type"], "MX");
}

#[test]
fn addresses_and_mail_hosts() {
    let facts = facts();
    let a = |address: &str| Data::A(address.parse().unwrap());
    let mx = |preference, exchange: &str| Data::Mx {
        preference,
        exchange: exchange.into(),
    };
    let host = "mail.house.test";
    for (data, state, says) in [
        (vec![a("192.168.1.5")], State::Wrong, "only works inside"),
        (vec![a("100.64.3.4")], State::Wrong, "only works inside"),
        (
            vec![a("192.0.2.99")],
            State::Wrong,
            "but your line has 192.0.2.7",
        ),
        (vec![a("192.0.2.7")], State::Right, "192.0.2.7"),
    ] {
        let finding = with(&facts, host, Kind::A, &data);
        assert_eq!(finding.state, state, "{finding:?}");
        assert!(finding.said.english().contains(says), "{finding:?}");
    }
    for (data, state, says) in [
        (vec![mx(0, ".")], State::Wrong, "takes no mail at all"),
        (
            vec![mx(5, "mx.big.test")],
            State::Wrong,
            "goes to mx.big.test and not",
        ),
        (
            vec![mx(5, "mx.big.test"), mx(10, host)],
            State::Wrong,
            "before this box",
        ),
        (
            vec![mx(10, "MAIL.house.test"), mx(20, "mx.big.test")],
            State::Note,
            "first",
        ),
    ] {
        let finding = with(&facts, "house.test", Kind::Mx, &data);
        assert_eq!(finding.state, state, "{finding:?}");
        assert!(finding.said.english().contains(says), "{finding:?}");
    }
}

#[test]
fn spf_by_who_sends() {
    let direct = facts();
    let known = Facts {
        relay: RelayUse::Everything("smtp.sendgrid.net".into()),
        ..facts()
    };
    let unknown = Facts {
        relay: RelayUse::Everything("relay.example".into()),
        ..facts()
    };
    let partly = Facts {
        relay: RelayUse::Partly(vec!["relay.example".into()]),
        ..facts()
    };
    for (facts, text, state, says) in [
        (&direct, "v=spf1 mx -all", State::Right, "allows this box"),
        (
            &direct,
            "V=SPF1 A:Mail.House.Test -all",
            State::Right,
            "allows this box",
        ),
        (
            &direct,
            "v=spf1 ip4:192.0.2.0/24 -all",
            State::Right,
            "allows this box",
        ),
        (&direct, "v=spf1 -mx ~all", State::Wrong, "add the word mx"),
        (
            &direct,
            "v=spf1 include:other.test -all",
            State::Wrong,
            "add the word mx",
        ),
        (&direct, "v=spf1 mx +all", State::Wrong, "whole world"),
        (&direct, "v=spf1 mx all", State::Wrong, "whole world"),
        (
            &direct,
            "v=spf1 redirect=other.test",
            State::Note,
            "other.test",
        ),
        (&direct, "v=spf10 mx", State::Missing, "no SPF"),
        (
            &known,
            "v=spf1 mx -all",
            State::Wrong,
            "does not include what smtp.sendgrid.net",
        ),
        (
            &known,
            "v=spf1 include:sendgrid.net -all",
            State::Right,
            "smtp.sendgrid.net",
        ),
        (
            &known,
            "v=spf1 include:other.test -all",
            State::Wrong,
            "smtp.sendgrid.net",
        ),
        (&unknown, "v=spf1 mx ~all", State::Wrong, "relay.example"),
        (&unknown, "v=spf1 mx ?all", State::Note, "relay.example"),
        (
            &unknown,
            "v=spf1 include:spf.relay.example ~all",
            State::Right,
            "relay.example",
        ),
        (
            &partly,
            "v=spf1 include:spf.relay.example ~all",
            State::Wrong,
            "add the word mx",
        ),
        (
            &partly,
            "v=spf1 mx include:spf.relay.example ~all",
            State::Right,
            "and the relay",
        ),
    ] {
        let finding = with(facts, "house.test", Kind::Txt, &[txt("other=1"), txt(text)]);
        assert_eq!(finding.state, state, "{text}: {finding:?}");
        assert!(finding.said.english().contains(says), "{text}: {finding:?}");
    }
    let twice = [txt("v=spf1 mx ~all"), txt("v=spf1 -all")];
    let finding = with(&direct, "house.test", Kind::Txt, &twice);
    assert_eq!(finding.state, State::Wrong);
}

#[test]
fn dkim_keys_that_went_wrong_on_their_way() {
    let facts = facts();
    let ours = facts.dkim.clone().unwrap().records.rsa;
    let name = "pb2026r._domainkey.house.test";
    let spaced = ours.replace("; ", ";").replace("QUJDQUJD", "QUJD QUJD");
    for (text, state, says) in [
        (ours.clone(), State::Right, "this box's"),
        (spaced, State::Right, "this box's"),
        (
            ours.chars().take(255).collect(),
            State::Wrong,
            "cut off after 255 characters",
        ),
        ("v=DKIM1; k=rsa; p=".to_owned(), State::Wrong, "withdrawn"),
        (
            "v=DKIM1; k=rsa; p=QUJE".to_owned(),
            State::Wrong,
            "another one",
        ),
        (
            ours.replace("k=rsa", "k=ed25519"),
            State::Wrong,
            "another one",
        ),
        (
            ours.replace("QUJDQUJD", "QUJD?QUJ"),
            State::Wrong,
            "altered",
        ),
        ("v=spf1 mx".to_owned(), State::Wrong, "no DKIM key"),
    ] {
        let finding = with(&facts, name, Kind::Txt, &[txt(&text)]);
        assert_eq!(finding.state, state, "{finding:?}");
        assert!(finding.said.english().contains(says), "{finding:?}");
    }
    let finding = with(&facts, name, Kind::Txt, &[txt(&ours), txt("v=DKIM1; p=")]);
    assert_eq!(finding.state, State::Wrong, "{finding:?}");
}

#[test]
fn the_rest() {
    let facts = Facts {
        tls_key: Some([7; 32]),
        serves_web: true,
        believed: true,
        ..facts()
    };
    let tlsa = Data::Tlsa {
        usage: 3,
        selector: 1,
        matching: 1,
        data: vec![8; 32],
    };
    let elsewhere = Data::Srv {
        priority: 0,
        weight: 0,
        port: 993,
        target: "imap.big.test".into(),
    };
    let ptr = |name: &str| Data::Ptr(name.into());
    let reverse = "7.2.0.192.in-addr.arpa";
    for (name, kind, data, state) in [
        (
            "_dmarc.house.test",
            Kind::Txt,
            vec![txt("v=DMARC1; p=none")],
            State::Note,
        ),
        (
            "_dmarc.house.test",
            Kind::Txt,
            vec![txt("v=DMARC1; p=reject;")],
            State::Right,
        ),
        (
            "_dmarc.house.test",
            Kind::Txt,
            vec![txt("v=DMARC1; q=reject")],
            State::Wrong,
        ),
        (
            "_25._tcp.mail.house.test",
            Kind::Tlsa,
            vec![tlsa],
            State::Wrong,
        ),
        (
            "_imaps._tcp.house.test",
            Kind::Srv,
            vec![elsewhere],
            State::Wrong,
        ),
        ("_imaps._tcp.house.test", Kind::Srv, vec![], State::Note),
        (
            "_mta-sts.house.test",
            Kind::Txt,
            vec![txt("v=STSv1; id=1")],
            State::Wrong,
        ),
        ("_mta-sts.house.test", Kind::Txt, vec![], State::Note),
        ("_smtp._tls.house.test", Kind::Txt, vec![], State::Note),
    ] {
        let finding = with(&facts, name, kind, &data);
        assert_eq!(finding.state, state, "{finding:?}");
    }
    // A reverse name that is missing or leads elsewhere is a note, and with a relay nothing at all.
    for data in [None, Some(ptr("dsl-7.provider.test"))] {
        let mut zone = whole(&facts);
        match data {
            Some(data) => zone.insert((reverse.into(), Kind::Ptr), Ok(vec![data])),
            None => zone.remove(&(reverse.into(), Kind::Ptr)),
        };
        let found = findings(&facts, zone);
        let finding = found.iter().find(|f| f.about == "PTR 192.0.2.7").unwrap();
        assert_eq!(finding.state, State::Note, "{finding:?}");
    }
}

#[test]
fn silence_is_asked_twice_and_blames_nobody() {
    let facts = facts();
    let mut zone = whole(&facts);
    let mx = ("house.test".to_owned(), Kind::Mx);
    zone.insert(mx.clone(), Err(Failure::TimedOut));
    let asked = Asked::default();
    let ask = asker(zone, asked.clone());
    let found = block_on(check_by("house.test", &facts, &ask));
    let finding = found.iter().find(|f| f.about == "MX house.test").unwrap();
    assert_eq!(finding.state, State::Unknown, "{finding:?}");
    assert_eq!(asked.lock().unwrap()[&mx], 2);

    let host = ("mail.house.test".to_owned(), Kind::A);
    let dead = Zone::from([(host, Err(Failure::Refused("SERVFAIL".into())))]);
    let found = findings(&facts, dead);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].state, State::Unknown);
    assert!(found[0].said.english().contains("SERVFAIL"), "{found:?}");
}
