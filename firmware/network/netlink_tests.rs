use super::*;

fn of_kind(kind: u16, head: &[u8], attributes: &[(u16, &[u8])]) -> Vec<u8> {
    message(kind, 0, 0, head, attributes)
}

fn link_message(kind: u16, index: u32, flags: u32, name: &[u8], mac: &[u8]) -> Vec<u8> {
    let mut head = vec![0, 0];
    head.extend(kind.to_ne_bytes());
    head.extend(index.to_ne_bytes());
    head.extend(flags.to_ne_bytes());
    head.extend([0; 4]);
    of_kind(
        RTM_NEWLINK,
        &head,
        &[(77, b"?"), (IFLA_IFNAME, name), (IFLA_ADDRESS, mac)],
    )
}

#[test]
fn a_link_has_a_name_a_number_and_a_cable() {
    let bytes = link_message(
        ARPHRD_ETHER,
        2,
        IFF_UP | IFF_LOWER_UP,
        b"eth0\0",
        &[2, 0, 0, 0, 0, 1],
    );
    let link = Link {
        index: 2,
        name: "eth0".into(),
        mac: Some([2, 0, 0, 0, 0, 1]),
        flags: IFF_UP | IFF_LOWER_UP,
    };
    assert!(link.up() && link.cable());
    assert_eq!(read(&bytes), [Told::Link(link.clone())]);
    let twice = [bytes.clone(), of_kind(RTM_DELLINK, &bytes[16..32], &[])].concat();
    assert_eq!(read(&twice), [Told::Link(link), Told::LinkGone(2)]);
    for length in 0..bytes.len() {
        assert_eq!(read(&bytes[..length]), [], "{length}");
    }
    let loopback = link_message(772, 1, 0, b"lo\0", &[0; 6]);
    let Told::Link(loopback) = read(&loopback).remove(0) else {
        panic!()
    };
    assert_eq!(
        (loopback.mac, loopback.up(), loopback.cable()),
        (None, false, false)
    );
}

#[test]
fn a_name_that_could_lead_out_of_a_folder_is_none() {
    for name in [
        &b"../x\0"[..],
        b"a/b\0",
        b"\0",
        b".\0",
        b"a b\0",
        b"\xff\0",
        b"abcdefghijklmnop\0",
    ] {
        assert_eq!(
            read(&link_message(ARPHRD_ETHER, 2, 0, name, &[0; 6])),
            [],
            "{name:?}"
        );
    }
}

fn address_message(flags: u8, wide: Option<u32>) -> Vec<u8> {
    let mut head = vec![AF_INET6, 64, flags, 0];
    head.extend(3_u32.to_ne_bytes());
    let wide = wide.map(u32::to_ne_bytes);
    let mut attributes: Vec<(u16, &[u8])> = vec![(IFA_ADDRESS, &[0x20; 16])];
    attributes.extend(wide.as_ref().map(|wide| (IFA_FLAGS, &wide[..])));
    of_kind(RTM_NEWADDR, &head, &attributes)
}

#[test]
fn an_address_is_usable_when_nobody_else_has_it() {
    for (flags, wide, usable, temporary) in [
        (0, None, true, false),
        (0x40, None, false, false),
        (0x80, Some(0x80), true, false),
        (0, Some(0x100 | IFA_F_TEMPORARY), true, true),
        (0, Some(IFA_F_TENTATIVE), false, false),
        (0, Some(IFA_F_DADFAILED), false, false),
        (0, Some(IFA_F_DEPRECATED), false, false),
    ] {
        let told = read(&address_message(flags, wide));
        let expected = HasAddress {
            index: 3,
            address: IpAddr::from([0x20; 16]),
            prefix: 64,
            usable,
            temporary,
        };
        assert_eq!(told, [Told::Address(expected)]);
    }
}

#[test]
fn of_a_link_between_two_the_address_is_our_end() {
    let head = [&[AF_INET, 24, 1, 0][..], &7_u32.to_ne_bytes()].concat();
    let ends: [(u16, &[u8]); 2] = [(IFA_ADDRESS, &[10, 0, 0, 9]), (IFA_LOCAL, &[10, 0, 0, 1])];
    let told = HasAddress {
        index: 7,
        address: [10, 0, 0, 1].into(),
        prefix: 24,
        usable: true,
        // Of IPv4 the bit says something else.
        temporary: false,
    };
    assert_eq!(
        read(&of_kind(RTM_NEWADDR, &head, &ends)),
        [Told::Address(told)]
    );
}

fn announcement(kind: u8, units: u8, seconds: u32, servers: &[Ipv6Addr]) -> Vec<u8> {
    let mut option = vec![kind, units, 0, 0];
    option.extend(seconds.to_be_bytes());
    option.extend(servers.iter().flat_map(Ipv6Addr::octets));
    let mut head = vec![AF_INET6, 0];
    head.extend((option.len() as u16).to_ne_bytes());
    head.extend(2_u32.to_ne_bytes());
    head.extend([ICMP_ROUTER_ADVERTISEMENT, 0, 0, 0, 0, 0, 0, 0]);
    head.extend(option);
    of_kind(RTM_NEWNDUSEROPT, &head, &[])
}

#[test]
fn resolvers_of_an_announcement_are_hosts_and_few() {
    let all: Vec<Ipv6Addr> = [
        "::",
        "ff02::1",
        "::1",
        "fe80::1",
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8::3",
        "2001:db8::4",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    let told = read(&announcement(RDNSS, 17, 600, &all));
    let servers = all[3..7].to_vec();
    assert_eq!(
        told,
        [Told::Resolvers {
            index: 2,
            seconds: 600,
            servers
        }]
    );
    assert_eq!(read(&announcement(RDNSS, 0, 600, &all)), [], "no length");
    assert_eq!(
        read(&announcement(RDNSS, 99, 600, &all)),
        [],
        "longer than it is"
    );
    assert_eq!(read(&announcement(31, 17, 600, &all)), [], "a search list");
}

#[test]
fn the_end_of_a_list_and_an_error_are_told() {
    assert_eq!(read(&of_kind(NLMSG_DONE, &[0; 4], &[])), [Told::Done]);
    assert_eq!(
        read(&of_kind(NLMSG_ERROR, &(-17_i32).to_ne_bytes(), &[])),
        [Told::Result(17)]
    );
    assert_eq!(
        read(&of_kind(NLMSG_ERROR, &i32::MIN.to_ne_bytes(), &[])),
        [Told::Result(i32::MAX)]
    );
    assert_eq!(read(&of_kind(99, &[0; 64], &[])), []);
    // A length that does not reach its own head would be read for ever.
    assert_eq!(read(&[0; 64]), []);
    assert_eq!(read(&[15, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), []);
}

#[test]
fn orders_are_aligned_and_say_what_is_meant() {
    let address = Ipv4Addr::new(192, 168, 1, 9);
    let add = Order::Add(2, address, 24, Some(60)).write(1);
    assert_eq!(add.len() % 4, 0);
    assert_eq!(u32_at(&add, 0), Some(add.len() as u32));
    assert_eq!(
        u16_at(&add, 6),
        Some(NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE)
    );
    let attributes: Vec<_> = Attributes(&add[24..]).collect();
    assert!(attributes.contains(&(IFA_LOCAL, &[192, 168, 1, 9])));
    assert!(attributes.contains(&(IFA_BROADCAST, &[192, 168, 1, 255])));
    // The kernel reads back what it is told.
    let told = HasAddress {
        index: 2,
        address: address.into(),
        prefix: 24,
        usable: true,
        temporary: false,
    };
    assert_eq!(read(&add), [Told::Address(told.clone())]);
    assert_eq!(
        read(&Order::Remove(2, address, 24).write(1)),
        [Told::AddressGone(told)]
    );
    let own = Order::Add(2, Ipv4Addr::new(169, 254, 1, 1), 16, None).write(1);
    assert_eq!((add[19], own[19]), (SCOPE_UNIVERSE, SCOPE_LINK));
    let alone = Order::Add(2, address, 32, None).write(1);
    assert!(Attributes(&alone[24..]).any(|a| a == (IFA_BROADCAST, &[192, 168, 1, 9])));
}
