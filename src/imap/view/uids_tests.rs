//! [`super::Uids`] against a plain list.

use super::*;

fn uids(list: &[Uid]) -> Uids {
    let mut uids = Uids::default();
    list.iter().for_each(|uid| uids.push(*uid));
    uids
}

#[test]
fn looks_up_both_ways() {
    let uids = uids(&[1, 2, 3, 7, 9, 10]);
    assert_eq!(uids.len(), 6);
    assert_eq!(
        (1..=11).map(|uid| uids.sequence(uid)).collect::<Vec<_>>(),
        [
            Some(1),
            Some(2),
            Some(3),
            None,
            None,
            None,
            Some(4),
            None,
            Some(5),
            Some(6),
            None
        ]
    );
    assert_eq!(
        (0..=7).map(|n| uids.uid(n)).collect::<Vec<_>>(),
        [
            None,
            Some(1),
            Some(2),
            Some(3),
            Some(7),
            Some(9),
            Some(10),
            None
        ]
    );
    assert_eq!(uids.next(4), Some(7));
    assert_eq!(uids.next(11), None);
    assert_eq!(uids.count(2, 8), 3);
    assert_eq!(uids.count(0, u32::MAX), 6);
}

#[test]
fn a_run_at_a_time_is_the_same() {
    let mut runs = Uids::default();
    for (first, last) in [(2, 4), (5, 5), (3, 4), (9, 8), (7, 9), (8, 11), (20, 19)] {
        runs.push_run(first, last);
    }
    assert_eq!(runs, uids(&[2, 3, 4, 5, 7, 8, 9, 10, 11]));
}

#[test]
fn expunge_numbers_count_as_the_client_counts() {
    // RFC 9051 §7.5.1's own case: 3 4 5 of five go as 3 3 3; here the example of §6.4.3: 3 3 5 8.
    let mut eleven = uids(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let mut said = Vec::new();
    eleven.remove(&[3, 4, 7, 11], |n| said.push(n));
    assert_eq!(said, [3, 3, 5, 8]);
    assert_eq!(eleven, uids(&[1, 2, 5, 6, 8, 9, 10]));
}

#[test]
fn the_largest_uid_is_a_uid() {
    let mut all = uids(&[u32::MAX - 1, u32::MAX]);
    assert_eq!(all.sequence(u32::MAX), Some(2));
    assert_eq!(
        all.count(1, u32::MAX),
        1,
        "count's upper end saturates: UID 2^32-1 is never handed out"
    );
    all.remove(&[u32::MAX], |n| assert_eq!(n, 2));
    assert_eq!(all.len(), 1);
    all.push(5);
    assert_eq!(all.len(), 1, "not behind the others");
}

/// Random pushes and removals beside a `Vec`.
#[test]
fn agrees_with_a_plain_list() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for _ in 0..300 {
        let (mut list, mut uids, mut uid) = (Vec::new(), Uids::default(), 0_u32);
        for _ in 0..random(60) {
            uid += 1 + u32::try_from(random(3)).unwrap() / 2;
            list.push(uid);
            uids.push(uid);
        }
        let gone: Vec<Uid> = (0..=uid + 2).filter(|_| random(3) == 0).collect();
        let mut expected = Vec::new();
        for uid in &gone {
            if let Some(at) = list.iter().position(|other| other == uid) {
                list.remove(at);
                expected.push(u32::try_from(at).unwrap() + 1);
            }
        }
        let mut said = Vec::new();
        uids.remove(&gone, |n| said.push(n));
        assert_eq!(said, expected);
        assert_eq!(uids.len() as usize, list.len());
        for (index, uid) in (1..).zip(&list) {
            assert_eq!(uids.sequence(*uid), Some(index));
            assert_eq!(uids.uid(index), Some(*uid));
        }
        for low in 0..=uid {
            assert_eq!(uids.next(low), list.iter().copied().find(|uid| *uid >= low));
            assert_eq!(
                uids.count(low, low + 4) as usize,
                list.iter().filter(|n| (low..=low + 4).contains(*n)).count()
            );
        }
    }
}
