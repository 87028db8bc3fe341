//! Which links there are, and where a packet to this host came from. The sockets are tested by `tests/clients/job_mdns.py`, in a network of its own.

use super::*;
use firmware::network::netlink::{IFF_MULTICAST, IFF_RUNNING, IFF_UP};

fn interface(index: u32, flags: u32, addresses: &[&str]) -> Interface {
    let network = |address: &&str| Network {
        address: address.parse().unwrap(),
        prefix: if address.contains(':') { 64 } else { 24 },
    };
    Interface {
        index,
        name: format!("eth{index}"),
        flags,
        networks: addresses.iter().map(network).collect(),
    }
}

#[test]
fn links_are_families_of_interfaces() {
    let usable = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
    let links = links(&[
        interface(2, usable, &["192.168.1.5", "fe80::5"]),
        interface(3, usable, &["10.0.0.5"]),
        interface(4, usable, &["203.0.113.5", "fe80::5"]),
        interface(5, IFF_UP, &["192.168.7.5"]),
    ]);
    let found: Vec<(u32, Family)> = links
        .keys()
        .map(|link| (link.interface, link.family))
        .collect();
    assert_eq!(found, [(2, Family::V4), (2, Family::V6), (3, Family::V4)]);
    // What is said in one family names the addresses of both.
    assert!(
        links
            .values()
            .take(2)
            .all(|(_, networks)| networks.len() == 2)
    );

    let networks = links
        .into_iter()
        .map(|(link, (_, networks))| (link, networks))
        .collect();
    for (from, family, interface) in [
        ("192.168.1.77:5353", Family::V4, Some(2)),
        ("10.0.0.77:999", Family::V4, Some(3)),
        ("8.8.8.8:5353", Family::V4, None),
        ("[fe80::9%2]:5353", Family::V6, Some(2)),
        ("[fe80::9%3]:5353", Family::V6, None),
    ] {
        let link = link_of(&networks, family, from.parse().unwrap());
        assert_eq!(link.map(|link| link.interface), interface, "{from}");
    }
}

#[test]
fn a_name_is_there_as_soon_as_it_is_offered_and_ends_with_the_offer() {
    use crate::health::Health;
    let folder = std::env::temp_dir().join(format!("pillarbox-announcer-{}", std::process::id()));
    let announcer = Announcer::new(&folder, Health::default());
    assert_eq!(announcer.name(), None);
    announcer.offer(Some(Offer {
        host: "post".to_owned(),
        instance: "Post".to_owned(),
        services: Vec::new(),
    }));
    assert_eq!(announcer.name(), None, "nothing that others can reach");
    let changed = announcer.changed();
    announcer.page(&["0.0.0.0:8443".parse().unwrap()]);
    futures_lite::future::block_on(changed);
    assert_eq!(announcer.name().unwrap(), "post.local");
    announcer.offer(None);
    assert_eq!(announcer.name(), None);
    announcer.end();
    futures_lite::future::block_on(announcer.run());
}
