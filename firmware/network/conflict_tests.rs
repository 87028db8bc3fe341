use super::*;

const US: Mac = [2, 0, 0, 0, 0, 1];
const THEM: Mac = [2, 0, 0, 0, 0, 2];
const ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 7, 7);

fn arp(mac: Mac, sender: Ipv4Addr, target: Ipv4Addr) -> Arp {
    Arp {
        mac,
        sender,
        target,
    }
}

/// Seconds at which something was sent, and the one at which the address was free.
fn course(schedule: &'static Schedule, seed: u64) -> (Vec<f32>, f32) {
    let (begun, mut dice) = (Instant::now(), Dice::new(seed));
    let mut probe = Probe::new(US, ADDRESS, schedule, begun, &mut dice);
    let mut sent = Vec::new();
    loop {
        let now = probe.deadline();
        assert_eq!(
            probe.turn(now - Duration::from_millis(1), &mut dice),
            Probed::Wait
        );
        let at = (now - begun).as_secs_f32();
        match probe.turn(now, &mut dice) {
            Probed::Send(packet) => {
                assert_eq!(packet, arp(US, Ipv4Addr::UNSPECIFIED, ADDRESS));
                sent.push(at);
            }
            Probed::Free => return (sent, at),
            Probed::Wait => panic!("due and not done"),
        }
    }
}

#[test]
fn an_own_address_is_probed_as_the_rfc_says() {
    for seed in 0..100 {
        let (sent, free) = course(&OWN, seed);
        let [first, second, third] = sent[..] else {
            panic!("{sent:?}")
        };
        assert!((0.0..=1.0).contains(&first), "{first}");
        assert!(
            (1.0..=2.01).contains(&(second - first)) && (1.0..=2.01).contains(&(third - second))
        );
        assert!((free - third - 2.0).abs() < 0.01);
    }
}

#[test]
fn a_given_address_is_probed_in_half_a_second() {
    for seed in 0..100 {
        let (sent, free) = course(&GIVEN, seed);
        assert!(sent.len() == 2 && free < 0.55, "{sent:?} {free}");
    }
}

#[test]
fn whoever_has_the_address_or_probes_for_it_conflicts() {
    let other = Ipv4Addr::new(169, 254, 7, 8);
    let nobody = Ipv4Addr::UNSPECIFIED;
    let probe = Probe::new(US, ADDRESS, &OWN, Instant::now(), &mut Dice::new(1));
    for (packet, conflict) in [
        (arp(THEM, ADDRESS, other), true),
        (arp(THEM, ADDRESS, ADDRESS), true),
        (arp(THEM, nobody, ADDRESS), true),
        (arp(US, nobody, ADDRESS), false),
        (arp(US, ADDRESS, ADDRESS), false),
        (arp(THEM, other, ADDRESS), false),
        (arp(THEM, nobody, other), false),
    ] {
        assert_eq!(probe.conflicts(&packet), conflict, "{packet:?}");
    }
}

#[test]
fn an_address_is_announced_twice_and_defended_once_in_ten_seconds() {
    let begun = Instant::now();
    let at = |seconds: u64| begun + Duration::from_secs(seconds);
    let mut defence = Defence::new(US, ADDRESS, begun);
    let ours = arp(US, ADDRESS, ADDRESS);
    assert_eq!(defence.turn(at(0)), Some(ours));
    assert_eq!(defence.turn(at(1)), None);
    assert_eq!(defence.deadline(), Some(at(2)));
    assert_eq!(defence.turn(at(2)), Some(ours));
    assert_eq!(defence.deadline(), None);
    let theirs = arp(THEM, ADDRESS, ADDRESS);
    assert_eq!(defence.hears(&ours, at(20)), Heard::Nothing);
    assert_eq!(
        defence.hears(&arp(THEM, Ipv4Addr::UNSPECIFIED, ADDRESS), at(20)),
        Heard::Nothing,
        "the kernel answers a probe"
    );
    assert_eq!(defence.hears(&theirs, at(20)), Heard::Defend(ours));
    assert_eq!(defence.hears(&theirs, at(29)), Heard::Contested);
    assert_eq!(defence.hears(&theirs, at(30)), Heard::Defend(ours));
}
