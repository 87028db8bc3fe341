//! Writing: read again by ourselves and by simple-dns, compressed where it may be, whole or not at all.

use super::*;
use crate::read::Message;
use crate::testing::name;

fn message(plain: bool) -> Vec<u8> {
    let mut writer = Writer::new(7, 0x8400, 1440, plain);
    let (host, service) = (name("pillarbox.local"), name("Pillarbox._imaps._tcp.local"));
    let srv = Data::Srv {
        port: 993,
        target: host.clone(),
    };
    assert!(writer.record(
        Section::Answer,
        &host,
        &Data::A([192, 168, 1, 5].into()),
        true,
        120
    ));
    assert!(writer.record(Section::Answer, &service, &srv, true, 120));
    assert!(writer.record(
        Section::Additional,
        &service,
        &Data::Txt(b"\x06path=/".to_vec()),
        true,
        4500
    ));
    assert!(writer.record(
        Section::Additional,
        &host,
        &Data::Nsec {
            name: host.clone(),
            types: vec![1]
        },
        true,
        120
    ));
    writer.finish()
}

#[test]
fn others_read_what_is_written() {
    for plain in [false, true] {
        let octets = message(plain);
        let packet = simple_dns::Packet::parse(&octets).unwrap();
        assert_eq!(
            (packet.answers.len(), packet.additional_records.len()),
            (2, 2)
        );
        assert_eq!(
            packet.answers[1].name.to_string(),
            "Pillarbox._imaps._tcp.local"
        );
        assert!(packet.answers[0].cache_flush);
        let simple_dns::rdata::RData::SRV(srv) = &packet.answers[1].rdata else {
            panic!("{:?}", packet.answers[1]);
        };
        assert_eq!(
            (srv.port, srv.target.to_string().as_str()),
            (993, "pillarbox.local")
        );
        let simple_dns::rdata::RData::NSEC(nsec) = &packet.additional_records[1].rdata else {
            panic!("{:?}", packet.additional_records[1]);
        };
        assert_eq!(nsec.next_name.to_string(), "pillarbox.local");
    }
}

#[test]
fn names_are_compressed_but_the_target_for_plain_clients() {
    let whole = b"\x09pillarbox\x05local\0";
    let times = |octets: &[u8]| octets.windows(whole.len()).filter(|w| w == whole).count();
    assert_eq!((times(&message(false)), times(&message(true))), (1, 2));
    let again: Vec<_> = Message::read(&message(false)).unwrap().records().collect();
    let plain: Vec<_> = Message::read(&message(true)).unwrap().records().collect();
    assert_eq!(again[1].data, plain[1].data);
    // The next name of an NSEC takes two octets (RFC 6762 §6.1).
    assert!(message(false).ends_with(&[0, 5, 0xc0, 12, 0, 1, 0x40]));
}

#[test]
fn what_does_not_fit_leaves_nothing_behind() {
    let mut writer = Writer::new(0, 0, 60, false);
    let long = Data::Txt(vec![0; 100]);
    assert!(!writer.record(Section::Answer, &name("a.b.c.local"), &long, false, 1));
    assert!(writer.is_empty());
    // Its names are forgotten with it: no pointer to what is not there.
    assert!(writer.record(
        Section::Answer,
        &name("b.c.local"),
        &Data::Txt(vec![0]),
        false,
        1
    ));
    let octets = writer.finish();
    let record = Message::read(&octets).unwrap().records().next().unwrap();
    assert_eq!(record.name, name("b.c.local"));
}
