use super::*;

const MAC: Mac = [2, 0, 0, 0, 0, 7];

/// A server's message with these options.
pub(in crate::network) fn reply(
    xid: u32,
    mac: Mac,
    address: Ipv4Addr,
    options: &[(u8, &[u8])],
) -> Vec<u8> {
    let mut bytes = vec![0; OPTIONS];
    bytes[..4].copy_from_slice(&[2, 1, 6, 0]);
    bytes[4..8].copy_from_slice(&xid.to_be_bytes());
    bytes[16..20].copy_from_slice(&address.octets());
    bytes[28..34].copy_from_slice(&mac);
    bytes[236..240].copy_from_slice(&[0x63, 0x82, 0x53, 0x63]);
    for (kind, value) in options {
        bytes.extend([*kind, value.len() as u8]);
        bytes.extend_from_slice(value);
    }
    bytes.push(255);
    bytes
}

fn discover() -> Message {
    Message {
        kind: Kind::Discover,
        xid: 0x0102_0304,
        secs: 5,
        from: Ipv4Addr::UNSPECIFIED,
        requested: Some(Ipv4Addr::new(192, 168, 1, 9)),
        server: None,
    }
}

#[test]
fn a_discover_says_who_asks_and_for_what() {
    let bytes = write(&discover(), MAC, "mail");
    assert!(bytes.len() >= MESSAGE_MIN);
    assert_eq!(&bytes[..12], [1, 1, 6, 0, 1, 2, 3, 4, 0, 5, 0, 0]);
    assert_eq!(&bytes[28..34], MAC);
    let packet = DhcpPacket::new_checked(&bytes[..]).unwrap();
    let options: Vec<(u8, Vec<u8>)> = packet
        .options()
        .map(|o| (o.kind, o.data.to_vec()))
        .collect();
    let expected: &[(u8, &[u8])] = &[
        (53, &[1]),
        (61, &[1, 2, 0, 0, 0, 0, 7]),
        (50, &[192, 168, 1, 9]),
        (57, &1500_u16.to_be_bytes()),
        (55, ASKED),
        (12, b"mail"),
    ];
    let expected: Vec<(u8, Vec<u8>)> = expected.iter().map(|(k, v)| (*k, v.to_vec())).collect();
    assert_eq!(options, expected);
}

#[test]
fn a_release_and_a_decline_ask_for_nothing() {
    // RFC 2131 table 5: no parameter list, no host name.
    for kind in [Kind::Release, Kind::Decline] {
        let server = Some(Ipv4Addr::new(192, 168, 1, 1));
        let bytes = write(
            &Message {
                kind,
                server,
                ..discover()
            },
            MAC,
            "mail",
        );
        let packet = DhcpPacket::new_checked(&bytes[..]).unwrap();
        let kinds: Vec<u8> = packet.options().map(|option| option.kind).collect();
        assert_eq!(kinds, [53, 61, 54, 50]);
    }
}

#[test]
fn what_is_wrapped_is_udp_from_nobody_to_everybody() {
    let payload = write(&discover(), MAC, "mail");
    let bytes = wrap(&payload);
    let ip = Ipv4Packet::new_checked(&bytes[..]).unwrap();
    assert!(ip.verify_checksum());
    assert_eq!(
        (ip.src_addr(), ip.dst_addr()),
        (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST)
    );
    let udp = UdpPacket::new_checked(ip.payload()).unwrap();
    assert!(udp.verify_checksum(&ip.src_addr().into(), &ip.dst_addr().into()));
    assert_eq!((udp.src_port(), udp.dst_port()), (68, 67));
    assert_eq!(udp.payload(), payload);
    // It is no server's message.
    assert_eq!(unwrap(&bytes), None);
}

/// As a server would send it.
fn from_server(payload: &[u8]) -> Vec<u8> {
    let mut bytes = wrap(payload);
    bytes[20..24].copy_from_slice(&[0, 67, 0, 68]);
    bytes
}

#[test]
fn only_a_whole_packet_from_a_server_is_taken_out() {
    let good = from_server(b"payload");
    assert_eq!(unwrap(&good), Some(&b"payload"[..]));
    // An Ethernet frame's padding.
    assert_eq!(
        unwrap(&[&good[..], &[0; 18]].concat()),
        Some(&b"payload"[..])
    );
    for length in 0..good.len() {
        assert_eq!(unwrap(&good[..length]), None, "{length}");
    }
    let changed = |at: usize, value: u8, mend: bool| {
        let mut bytes = good.clone();
        bytes[at] = value;
        if mend {
            Ipv4Packet::new_unchecked(&mut bytes[..]).fill_checksum();
        }
        unwrap(&bytes).is_some()
    };
    assert!(changed(8, 63, true), "another time to live");
    assert!(!changed(8, 63, false), "the IP header's sum");
    assert!(!changed(6, 0x20, true), "a first fragment");
    assert!(!changed(7, 1, true), "a later fragment");
    assert!(!changed(9, 6, true), "TCP");
    assert!(!changed(21, 68, true), "from another port");
    assert!(!changed(23, 69, true), "to another port");
    assert!(!changed(0, 0x65, true), "IPv6");
    assert!(changed(26, 1, true), "the UDP sum is not verified");
}

#[test]
fn an_ack_is_read_with_all_that_was_asked() {
    let bytes = reply(
        7,
        MAC,
        Ipv4Addr::new(192, 168, 1, 9),
        &[
            (53, &[5]),
            (54, &[192, 168, 1, 1]),
            (51, &3600_u32.to_be_bytes()),
            (1, &[255, 255, 255, 0]),
            (3, &[192, 168, 1, 1, 192, 168, 1, 2]),
            (
                6,
                &[
                    1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6,
                ],
            ),
            (42, &[192, 168, 1, 1]),
            (15, b"Home.Arpa\0"),
            (58, &1800_u32.to_be_bytes()),
            (59, &[1, 2]),
            (0, &[]),
            (250, b"whatever"),
        ],
    );
    let answer = read(&bytes).unwrap();
    assert_eq!((answer.reply, answer.xid, answer.mac), (Reply::Ack, 7, MAC));
    assert_eq!(answer.address, Ipv4Addr::new(192, 168, 1, 9));
    assert_eq!(answer.routers.len(), 2);
    assert_eq!(answer.dns.len(), LIST_MAX);
    assert_eq!(answer.ntp, [Ipv4Addr::new(192, 168, 1, 1)]);
    assert_eq!(answer.domain.as_deref(), Some("home.arpa"));
    assert_eq!(
        (answer.lease, answer.renew, answer.rebind),
        (Some(3600), Some(1800), None)
    );
}

#[test]
fn options_go_on_in_the_other_fields_when_the_message_says_so() {
    let mut bytes = reply(
        7,
        MAC,
        Ipv4Addr::new(10, 0, 0, 9),
        &[(53, &[2]), (52, &[3])],
    );
    bytes[FILE][..6].copy_from_slice(&[54, 4, 10, 0, 0, 1]);
    bytes[SNAME][..6].copy_from_slice(&[3, 4, 10, 0, 0, 2]);
    let answer = read(&bytes).unwrap();
    assert_eq!(answer.server, Some(Ipv4Addr::new(10, 0, 0, 1)));
    assert_eq!(answer.routers, [Ipv4Addr::new(10, 0, 0, 2)]);
    // Option 52 says which of the two.
    for (overload, server, router) in [(1, true, false), (2, false, true), (0, false, false)] {
        bytes[245] = overload;
        let answer = read(&bytes).unwrap();
        assert_eq!(
            (answer.server.is_some(), answer.routers.len() == 1),
            (server, router),
            "{overload}"
        );
    }
}

#[test]
fn what_is_no_servers_message_is_none() {
    let good = reply(7, MAC, Ipv4Addr::new(10, 0, 0, 9), &[(53, &[2])]);
    assert!(read(&good).is_some());
    for (at, value) in [(0, 1), (1, 6), (2, 16), (236, 0), (242, 1), (242, 9)] {
        let mut bytes = good.clone();
        bytes[at] = value;
        assert_eq!(read(&bytes), None, "byte {at}");
    }
    for length in 0..243 {
        assert_eq!(read(&good[..length]), None, "{length}");
    }
    // An option that says it is longer than the message.
    let mut bytes = good;
    bytes[241] = 200;
    assert_eq!(read(&bytes), None);
}

#[test]
fn a_domain_is_a_name_or_nothing() {
    for (data, expected) in [
        (&b"lan"[..], Some("lan")),
        (b"fritz.box.", Some("fritz.box")),
        (b"", None),
        (b"a..b", None),
        (b"a b", None),
        (b"x\nnameserver 6.6.6.6", None),
        (b"\xff", None),
        (&[b'a'; 64], None),
    ] {
        assert_eq!(domain(data).as_deref(), expected, "{data:?}");
    }
}

#[test]
fn arp_is_written_and_read() {
    let arp = Arp {
        mac: MAC,
        sender: Ipv4Addr::UNSPECIFIED,
        target: Ipv4Addr::new(169, 254, 3, 4),
    };
    let bytes = write_arp(&arp);
    assert_eq!(bytes.len(), 28);
    assert_eq!(&bytes[..8], [0, 1, 8, 0, 6, 4, 0, 1]);
    assert_eq!(read_arp(&bytes), Some(arp));
    assert_eq!(read_arp(&[&bytes[..], &[0; 18]].concat()), Some(arp));
    for length in 0..28 {
        assert_eq!(read_arp(&bytes[..length]), None);
    }
    for at in [1, 2, 4, 5] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x40;
        assert_eq!(read_arp(&bytes), None, "byte {at}");
    }
}
