//! What comes over the cable and out of the kernel: rtnetlink's messages, DHCP and ARP packets as bytes; then an interface that is fed with them, plugged in and out, while
//! time passes. It never spins, never sends more than it was asked, and what it takes for its address is one that a host can have.

#![no_main]

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use firmware::network::dice::Dice;
use firmware::network::packet::{self, Arp};
use firmware::network::port::{Port, Wish};
use firmware::network::{lease, netlink};
use libfuzzer_sys::fuzz_target;

const MAC: packet::Mac = [2, 0, 0, 0, 0, 7];
/// More than one turn can have to say: a request, a probe, an announcement, an address, notes.
const MOST_AT_ONCE: usize = 16;

fuzz_target!(|input: &[u8]| match input {
    [0, rest @ ..] => {
        assert!(netlink::read(rest).len() <= rest.len() / 16);
    }
    [1, rest @ ..] => {
        let _ = packet::read_arp(rest);
        let _ = packet::unwrap(rest).map(packet::read);
        if let Some(answer) = packet::read(rest) {
            judge(&answer);
        }
    }
    [seed, rest @ ..] => live(u64::from(*seed), rest),
    [] => {}
});

fn judge(answer: &packet::Answer) -> Option<lease::Lease> {
    let lease = lease::Lease::judge(answer, Instant::now())?;
    assert!((8..=32).contains(&lease.prefix));
    assert!(lease.lasts >= lease::LEASE_MIN && lease.lasts <= lease::LEASE_MAX);
    assert!(lease.renew < lease.rebind && lease.rebind < lease.lasts);
    assert!(
        lease
            .dns
            .iter()
            .chain(&lease.ntp)
            .chain(&lease.gateway)
            .all(|host| is_host(*host))
    );
    Some(lease)
}

/// One octet says what happens, the following ones with what.
fn live(seed: u64, mut input: &[u8]) {
    let mut now = Instant::now();
    let mut port = Port::new(MAC, None, Dice::new(seed));
    let mut xid = 0;
    while let [what, rest @ ..] = input {
        input = rest;
        match what % 6 {
            0 => port.plug(true, now),
            1 => port.plug(false, now),
            2 => {
                if let Some((seconds, rest)) = rest.split_at_checked(2) {
                    input = rest;
                    let until = now
                        + Duration::from_secs(
                            (u16::from_be_bytes([seconds[0], seconds[1]]) / 16).into(),
                        );
                    pass(&mut port, &mut now, until, &mut xid);
                }
            }
            3 => {
                if let Some((length, rest)) = rest.split_first() {
                    let length = (usize::from(*length) * 2).min(rest.len());
                    let (message, rest) = rest.split_at(length);
                    input = rest;
                    // The head is right and the options are anybody's: what a server of the house could send.
                    let mut bytes = vec![0; 240];
                    bytes[..4].copy_from_slice(&[2, 1, 6, 0]);
                    bytes[4..8].copy_from_slice(&u32::to_be_bytes(xid));
                    bytes[16..20].copy_from_slice(&[192, 168, 1, *what]);
                    bytes[28..34].copy_from_slice(&MAC);
                    bytes[236..240].copy_from_slice(&[0x63, 0x82, 0x53, 0x63]);
                    bytes.extend_from_slice(message);
                    if let Some(answer) = packet::read(&bytes) {
                        judge(&answer);
                        port.hear(&answer, now);
                    }
                }
            }
            4 => {
                let sender = port.concerns().unwrap_or(Ipv4Addr::UNSPECIFIED);
                port.hear_arp(
                    &Arp {
                        mac: [9; 6],
                        sender,
                        target: sender,
                    },
                    now,
                );
            }
            _ => {
                port.release(now);
                look(&mut port, &mut xid);
                assert!(port.have().is_none() && port.deadline().is_none());
                return;
            }
        }
        look(&mut port, &mut xid);
    }
    // Whatever has happened: in a house without servers it helps itself.
    for (cable, seconds) in [(false, 10), (true, 30)] {
        port.plug(cable, now);
        let until = now + Duration::from_secs(seconds);
        pass(&mut port, &mut now, until, &mut xid);
    }
    assert!(
        port.have().is_some_and(|have| have.address.is_link_local()),
        "{port:?}"
    );
}

/// From deadline to deadline.
fn pass(port: &mut Port, now: &mut Instant, until: Instant, xid: &mut u32) {
    let mut turns = 0_u64;
    while let Some(due) = port.deadline().filter(|due| *due <= until) {
        let time = due.saturating_duration_since(*now);
        *now = due.max(*now);
        port.turn(*now);
        look(port, xid);
        turns = if time > Duration::from_secs(1) {
            0
        } else {
            turns + 1
        };
        assert!(turns < 100, "it spins: {port:?}");
    }
    *now = until.max(*now);
}

fn look(port: &mut Port, xid: &mut u32) {
    let wishes = port.wishes();
    assert!(wishes.len() <= MOST_AT_ONCE, "{wishes:?}");
    for wish in wishes {
        match wish {
            Wish::Broadcast(message) | Wish::Unicast(_, message) => {
                *xid = message.xid;
                let bytes = packet::write(&message, MAC, "pillarbox");
                assert!(packet::wrap(&bytes).len() <= packet::PACKET_MAX);
            }
            Wish::Have(Some(have)) => assert!(is_host(have.address)),
            _ => {}
        }
    }
}

fn is_host(address: Ipv4Addr) -> bool {
    !address.is_unspecified()
        && !address.is_loopback()
        && !address.is_multicast()
        && !address.is_broadcast()
}
