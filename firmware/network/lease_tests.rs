use super::*;
use crate::network::packet::Reply;

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

pub(in crate::network) fn answer(reply: Reply, address: &str) -> Answer {
    Answer {
        reply,
        xid: 0,
        mac: [2, 0, 0, 0, 0, 7],
        address: ip(address),
        server: Some(ip("192.168.1.1")),
        mask: Some(ip("255.255.255.0")),
        routers: vec![ip("192.168.1.1")],
        dns: vec![ip("192.168.1.1")],
        ntp: vec![],
        domain: None,
        lease: Some(3600),
        renew: None,
        rebind: None,
    }
}

fn judge(change: impl FnOnce(&mut Answer)) -> Option<Lease> {
    let mut answer = answer(Reply::Ack, "192.168.1.9");
    change(&mut answer);
    Lease::judge(&answer, Instant::now())
}

#[test]
fn what_a_routers_ack_says_is_taken() {
    let lease = judge(|_| {}).unwrap();
    assert_eq!((lease.address, lease.prefix), (ip("192.168.1.9"), 24));
    assert_eq!(lease.gateway, Some(ip("192.168.1.1")));
    assert!(lease.is_whole() && !lease.is_public());
    assert_eq!(lease.lasts.as_secs(), 3600);
    assert_eq!(
        (lease.renew.as_secs(), lease.rebind.as_secs()),
        (1800, 3150)
    );
}

#[test]
fn an_address_that_no_host_has_is_refused() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "169.254.1.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.168.1.0",
        "192.168.1.255",
    ] {
        assert_eq!(
            judge(|answer| answer.address = ip(address)),
            None,
            "{address}"
        );
    }
    assert!(judge(|answer| answer.server = None).is_none());
    assert!(judge(|answer| answer.server = Some(ip("0.0.0.0"))).is_none());
}

#[test]
fn times_stay_within_what_can_be_kept() {
    assert!(judge(|answer| answer.lease = None).is_none());
    assert!(judge(|answer| answer.lease = Some(0)).is_none());
    assert!(judge(|answer| answer.lease = Some(9)).is_none());
    let of = |lease, renew, rebind| {
        let lease = judge(|answer| {
            (answer.lease, answer.renew, answer.rebind) = (Some(lease), renew, rebind)
        })
        .unwrap();
        (
            lease.renew.as_secs(),
            lease.rebind.as_secs(),
            lease.lasts.as_secs(),
        )
    };
    let week = LEASE_MAX.as_secs();
    assert_eq!(of(u32::MAX, None, None), (week / 2, week / 8 * 7, week));
    assert_eq!(of(100, Some(20), Some(70)), (20, 70, 100));
    for (renew, rebind) in [(70, 20), (50, 50), (0, 70), (50, 100), (u32::MAX, u32::MAX)] {
        let (t1, t2, end) = of(100, Some(renew), Some(rebind));
        assert!(
            t1 == 50 && (87..=88).contains(&t2) && end == 100,
            "{renew} {rebind}"
        );
    }
}

#[test]
fn a_mask_is_ones_and_then_zeros_or_the_class_is_taken() {
    let prefix = |address: &str, mask: Option<&str>| {
        judge(|answer| (answer.address, answer.mask) = (ip(address), mask.map(ip)))
            .unwrap()
            .prefix
    };
    assert_eq!(prefix("10.1.2.3", Some("255.255.252.0")), 22);
    assert_eq!(prefix("10.1.2.3", Some("255.255.255.255")), 32);
    for mask in [
        None,
        Some("0.0.0.0"),
        Some("255.0.255.0"),
        Some("254.0.0.0"),
        Some("0.255.255.255"),
    ] {
        assert_eq!(prefix("10.1.2.3", mask), 8, "{mask:?}");
        assert_eq!(prefix("172.16.2.3", mask), 16, "{mask:?}");
        assert_eq!(prefix("192.168.2.3", mask), 24, "{mask:?}");
    }
}

#[test]
fn the_way_out_lies_in_the_net() {
    let routers = |list: &[&str]| {
        let lease = judge(|answer| answer.routers = list.iter().map(|router| ip(router)).collect())
            .unwrap();
        (
            lease.gateway.map(|g| g.to_string()).unwrap_or_default(),
            lease.odd_router.is_some(),
        )
    };
    assert_eq!(routers(&["192.168.1.254"]), ("192.168.1.254".into(), false));
    assert_eq!(routers(&["192.168.2.1"]), (String::new(), true));
    assert_eq!(
        routers(&["192.168.2.1", "192.168.1.3"]),
        ("192.168.1.3".into(), false)
    );
    for ours in [
        &["192.168.1.9"][..],
        &["0.0.0.0"],
        &["127.0.0.1"],
        &["255.255.255.255"],
        &[],
    ] {
        assert_eq!(routers(ours), (String::new(), false), "{ours:?}");
    }
    assert_eq!(routers(&["192.168.1.255"]), (String::new(), true));
    // Providers give one address and a router beside it.
    let alone = judge(|answer| {
        (answer.mask, answer.routers) = (Some(ip("255.255.255.255")), vec![ip("100.64.0.1")])
    })
    .unwrap();
    assert_eq!(alone.gateway, Some(ip("100.64.0.1")));
}

#[test]
fn resolvers_are_hosts_elsewhere() {
    let lease = judge(|answer| {
        answer.dns = vec![
            ip("127.0.0.1"),
            ip("0.0.0.0"),
            ip("224.0.0.251"),
            ip("9.9.9.9"),
        ];
        answer.ntp = vec![ip("255.255.255.255"), ip("192.168.1.1")];
    })
    .unwrap();
    assert_eq!(
        (lease.dns, lease.ntp),
        (vec![ip("9.9.9.9")], vec![ip("192.168.1.1")])
    );
}

#[test]
fn a_public_address_is_known_as_one() {
    for (address, public) in [
        ("10.0.0.1", false),
        ("172.31.0.1", false),
        ("192.168.9.9", false),
        ("100.64.0.1", false),
        ("100.127.0.1", false),
        ("100.128.0.1", true),
        ("203.0.113.5", true),
        ("172.32.0.1", true),
    ] {
        let lease = judge(|answer| {
            (answer.address, answer.mask) = (ip(address), Some(ip("255.255.255.255")))
        })
        .unwrap();
        assert_eq!(lease.is_public(), public, "{address}");
    }
}
