use msgauth::dkim::{Records, Selectors};

use super::super::{Facts, PublishedKeys, RelayUse, records_json, records_text};
use super::*;

pub(in crate::publish) fn facts() -> Facts {
    Facts {
        hostname: "mail.house.test".into(),
        addresses: vec!["192.0.2.7".parse().unwrap()],
        relay: RelayUse::Direct,
        dkim: Some(PublishedKeys {
            selectors: Selectors {
                ed25519: "pb2026e".into(),
                rsa: "pb2026r".into(),
            },
            records: Records {
                ed25519: format!("v=DKIM1; k=ed25519; p={}", "QUJD".repeat(11)),
                rsa: format!("v=DKIM1; k=rsa; p={}", "QUJD".repeat(98)),
            },
        }),
        tls_key: None,
        serves_web: false,
        believed: false,
    }
}

fn zone(facts: &Facts) -> Vec<String> {
    let records = records("house.test", facts);
    records.iter().map(Record::zone_line).collect()
}

#[test]
fn the_records_of_a_house() {
    let zone = zone(&facts());
    for line in [
        "mail.house.test. 3600 IN A 192.0.2.7",
        "house.test. 3600 IN MX 10 mail.house.test.",
        "house.test. 3600 IN TXT \"v=spf1 mx ~all\"",
        "_dmarc.house.test. 3600 IN TXT \"v=DMARC1; p=quarantine; rua=mailto:mail-reports@house.test\"",
        "mail.house.test. 3600 IN TXT \"v=spf1 a -all\"",
        "_submissions._tcp.house.test. 3600 IN SRV 0 1 465 mail.house.test.",
        "_submission._tcp.house.test. 3600 IN SRV 0 1 587 mail.house.test.",
        "_imaps._tcp.house.test. 3600 IN SRV 0 1 993 mail.house.test.",
        "_imap._tcp.house.test. 3600 IN SRV 0 1 143 mail.house.test.",
        "_pop3s._tcp.house.test. 3600 IN SRV 0 1 995 mail.house.test.",
        "_smtp._tls.house.test. 3600 IN TXT \"v=TLSRPTv1; rua=mailto:mail-reports@house.test\"",
        "autoconfig.house.test. 3600 IN CNAME mail.house.test.",
        "autodiscover.house.test. 3600 IN CNAME mail.house.test.",
        "mta-sts.house.test. 3600 IN CNAME mail.house.test.",
    ] {
        assert!(zone.iter().any(|have| have == line), "{line} in {zone:#?}");
    }
    let rsa = zone
        .iter()
        .find(|line| line.starts_with("pb2026r._domainkey.house.test. "))
        .unwrap();
    let strings: Vec<&str> = rsa.split('"').skip(1).step_by(2).collect();
    assert_eq!(strings.len(), 2);
    assert_eq!(strings.concat(), facts().dkim.unwrap().records.rsa);
    assert!(
        zone.iter()
            .any(|line| line.starts_with("_mta-sts.house.test. 3600 IN TXT \"v=STSv1; id="))
    );
    assert!(!zone.iter().any(|line| line.contains("TLSA")));
}

#[test]
fn what_a_relay_changes() {
    let with = |relay: RelayUse| Facts { relay, ..facts() };
    let everything = |host: &str| with(RelayUse::Everything(host.into()));
    assert_eq!(
        spf(&everything("smtp.sendgrid.net")),
        "v=spf1 mx include:sendgrid.net ~all"
    );
    assert_eq!(spf(&everything("relay.example")), "v=spf1 mx ?all");
    let several = RelayUse::Partly(vec!["smtp.gmail.com".into(), "smtp-relay.gmail.com".into()]);
    assert_eq!(
        spf(&with(several)),
        "v=spf1 mx include:_spf.google.com ~all"
    );
    let sentences = advice("house.test", &everything("relay.example"))
        .iter()
        .map(Said::english)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        sentences.contains("does not matter: relay.example"),
        "{sentences}"
    );
    assert!(sentences.contains("Ask relay.example"), "{sentences}");
    let sentences = advice("house.test", &facts())
        .iter()
        .map(Said::english)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        sentences.contains("should be mail.house.test"),
        "{sentences}"
    );
    assert!(
        !zone(&everything("relay.example"))
            .iter()
            .any(|line| line.contains("v=spf1 a -all"))
    );
}

#[test]
fn dane_and_names_of_the_web_server_wait_for_their_facts() {
    let later = records("house.test", &facts());
    let mta_sts = |records: &[Record]| {
        let mut all = records.iter();
        all.find(|record| record.name == "mta-sts.house.test")
            .unwrap()
            .need
    };
    assert_eq!(mta_sts(&later), Need::Later);
    let now = Facts {
        serves_web: true,
        believed: true,
        tls_key: Some([0xab; 32]),
        ..facts()
    };
    assert_eq!(mta_sts(&records("house.test", &now)), Need::May);
    let line = format!(
        "_25._tcp.mail.house.test. 3600 IN TLSA 3 1 1 {}",
        "ab".repeat(32)
    );
    assert!(zone(&now).contains(&line));
}

#[test]
fn the_text_is_a_piece_of_a_zone_file() {
    let text = records_text("house.test", &facts());
    for line in text.lines() {
        let is_record = line.contains(". 3600 IN ") && !line.starts_with(' ');
        assert!(line.starts_with(';') || is_record, "{line}");
        assert!(line.is_ascii());
    }
    assert!(text.contains(&format!(
        "; for a web form: {}",
        facts().dkim.unwrap().records.rsa
    )));
    let json = records_json("house.test", &facts());
    let first = &json["records"][0];
    assert_eq!(first["name"], "mail.house.test");
    assert_eq!(first["host"], "mail");
    assert_eq!(first["type"], "A");
    let policy = json["mta_sts_policy"].as_str().unwrap();
    assert!(policy.starts_with("version: STSv1\r\nmode: testing\r\nmx: mail.house.test\r\n"));
}
