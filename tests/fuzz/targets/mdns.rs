//! Multicast DNS: packets of anybody, in any order and at any time, to a box that answers, probes or has its name disputed. What it sends is read again by
//! another reader; unicast answers go to the link only; waiting answers and packets sent stay few; in the end it is settled.

#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mdns::{Family, Identity, LinkId, Network, Packet, Responder, Service, To, Wish};

const LINK: LinkId = LinkId {
    interface: 2,
    family: Family::V4,
};
/// More than a packet can draw: probes, announcements of a few packets, a unicast answer.
const MOST_AT_ONCE: usize = 64;

fuzz_target!(|input: &[u8]| {
    let service = |kind| Service {
        kind,
        port: 993,
        text: Vec::new(),
    };
    let services = vec![service("_imaps"), service("_submissions")];
    let mut responder = Responder::new(Identity::new("pillarbox", "Pillarbox", services), 1);
    let network = Network {
        address: [192, 168, 1, 10].into(),
        prefix: 24,
    };
    let mut now = Duration::from_secs(1000);
    responder.set_link(now, LINK, &[network]);
    let mut rest = input;
    // Four octets: tens of milliseconds that pass, who sends and to whom, the length of the packet.
    while let [wait, who, high, low, after @ ..] = rest {
        now += Duration::from_millis(u64::from(*wait) * 10);
        responder.handle_timer(now);
        obey(&mut responder);
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (octets, more) = after.split_at(length);
        rest = more;
        let port = if who & 1 == 0 { 5353 } else { 40_000 };
        let host = if who & 2 == 0 {
            [192, 168, 1, 99]
        } else {
            [8, 8, 8, 8]
        };
        responder.hear(
            now,
            Packet {
                link: LINK,
                from: SocketAddr::from((host, port)),
                to_group: who & 4 == 0,
                octets,
            },
        );
        obey(&mut responder);
    }
    for _ in 0..1_000 {
        let Some(deadline) = responder.deadline() else {
            break;
        };
        now = now.max(deadline);
        responder.handle_timer(now);
        obey(&mut responder);
    }
    assert!(responder.is_settled() && responder.deadline().is_none());
});

fn obey(responder: &mut Responder) {
    let mut count = 0;
    while let Some(wish) = responder.wish() {
        count += 1;
        assert!(count <= MOST_AT_ONCE);
        if let Wish::Send { to, octets, .. } = wish {
            assert!(octets.len() <= mdns::limits::PACKET_SENT);
            // Whole and by its own counts.
            dns_reads(&octets);
            if let To::Host(host) = to {
                assert_eq!(host.ip(), std::net::IpAddr::from([192, 168, 1, 99]));
            }
        }
    }
}

/// Walks the message by its counts; every octet belongs to something.
fn dns_reads(octets: &[u8]) {
    let count = |at: usize| usize::from(u16::from_be_bytes([octets[at], octets[at + 1]]));
    let mut at = 12;
    let name = |mut at: usize| loop {
        match octets[at] {
            0 => break at + 1,
            length if length < 64 => at += 1 + usize::from(length),
            length => {
                assert!(length >= 0xc0 && count(at) & 0x3fff < at);
                break at + 2;
            }
        }
    };
    for _ in 0..count(4) {
        at = name(at) + 4;
    }
    for _ in 0..count(6) + count(8) + count(10) {
        at = name(at) + 8;
        at += 2 + count(at);
    }
    assert_eq!(at, octets.len());
}
