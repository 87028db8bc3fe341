use super::*;

const US: Mac = [2, 0, 0, 0, 0, 1];
const THEM: Mac = [2, 0, 0, 0, 0, 2];

/// Turns until an address is had; it and the packets that were sent.
fn settle(own: &mut LinkLocal, now: &mut Instant, dice: &mut Dice) -> (Ipv4Addr, usize) {
    let mut sent = 0;
    for _ in 0..100 {
        *now = own.deadline().unwrap().max(*now);
        match own.turn(*now, dice) {
            Some(Own::Take(address)) => return (address, sent),
            Some(Own::Send(_)) => sent += 1,
            _ => {}
        }
    }
    panic!("no address");
}

fn claim(address: Ipv4Addr) -> Arp {
    Arp {
        mac: THEM,
        sender: address,
        target: address,
    }
}

#[test]
fn a_board_comes_to_the_same_address_each_time() {
    let (begun, mut dice) = (Instant::now(), Dice::new(1));
    let mut first = None;
    for seed in 0..3 {
        let (mut own, mut now) = (LinkLocal::new(US), begun);
        dice.xid();
        own.start(now, &mut Dice::new(seed));
        let (address, sent) = settle(&mut own, &mut now, &mut dice);
        assert_eq!(sent, 3);
        assert_eq!(*first.get_or_insert(address), address);
        assert!(
            (4..=7).contains(&(now - begun).as_secs()),
            "{:?}",
            now - begun
        );
        assert_eq!(own.concerns(), Some(address));
        assert_eq!(own.stop(), Some(address));
        assert_eq!((own.concerns(), own.deadline()), (None, None));
    }
}

#[test]
fn a_taken_address_is_left_for_another_one() {
    let (mut now, mut dice) = (Instant::now(), Dice::new(1));
    let mut own = LinkLocal::new(US);
    own.start(now, &mut dice);
    let wanted = own.concerns().unwrap();
    assert_eq!(own.hears(&claim(wanted), now, &mut dice), None);
    let other = own.concerns().unwrap();
    assert_ne!(other, wanted);
    assert_eq!(settle(&mut own, &mut now, &mut dice).0, other);
    // Once it is defended, then given up.
    assert!(matches!(
        own.hears(&claim(other), now, &mut dice),
        Some(Own::Send(_))
    ));
    assert_eq!(
        own.hears(&claim(other), now, &mut dice),
        Some(Own::Leave(other))
    );
    assert_ne!(settle(&mut own, &mut now, &mut dice).0, other);
}

#[test]
fn somebody_who_claims_everything_slows_it_down_to_one_try_a_minute() {
    let (mut now, mut dice) = (Instant::now(), Dice::new(1));
    let mut own = LinkLocal::new(US);
    own.start(now, &mut dice);
    let mut tries = Vec::new();
    for _ in 0..200 {
        if let Some(address) = own.concerns() {
            tries.push(now);
            own.hears(&claim(address), now, &mut dice);
        }
        if own.concerns().is_none() {
            now = own.deadline().unwrap();
            own.turn(now, &mut dice);
        }
    }
    let quick = tries.iter().filter(|at| **at == tries[0]).count();
    assert_eq!(quick as u32, MAX_CONFLICTS + 1);
    let minute = Duration::from_secs(60);
    assert!(
        tries[quick..]
            .windows(2)
            .all(|pair| pair[1] - pair[0] >= minute)
    );
}
