use super::*;
use crate::testing::Dice;

fn answer(text: &str) -> Result<Answer, Failure> {
    Ok(Answer {
        data: vec![Data::Txt(text.into())],
        name: "n".into(),
        validated: true,
    })
}

fn found(result: Result<Answer, Failure>, ttl: impl Into<Option<u32>>) -> Found {
    Found {
        result,
        ttl: ttl.into(),
    }
}

#[test]
fn answers_live_as_long_as_they_say_and_no_longer_than_allowed() {
    let limits = CacheLimits::default();
    let start = Instant::now();
    let absent = || Err(Failure::NoData { validated: false });
    let unsaid = || Err(Failure::Refused("no".into()));
    let day = limits.longest.as_secs();
    let table = [
        (found(answer("a"), 60), 60),
        (found(answer("a"), 0), 0),
        (found(answer("a"), 10_000_000), day),
        (found(absent(), 60), 60),
        (
            found(absent(), 10_000_000),
            limits.longest_absence.as_secs(),
        ),
        (found(absent(), 0), 0),
        (found(unsaid(), None), limits.failure.as_secs()),
        (
            found(Err(Failure::TimedOut), None),
            limits.failure.as_secs(),
        ),
    ];
    for (found, seconds) in table {
        let mut cache = Cache::new(limits);
        cache.put("a.x", Kind::Txt, &found, start);
        if seconds > 0 {
            let last = start + Duration::from_millis(seconds * 1000 - 1);
            assert_eq!(
                cache.get("A.X.", Kind::Txt, last),
                Some(found.result.clone())
            );
            assert_eq!(cache.get("a.x", Kind::Mx, start), None, "another kind");
        }
        assert_eq!(
            cache.get("a.x", Kind::Txt, start + Duration::from_secs(seconds)),
            None
        );
        assert_eq!(cache.size(), (0, 0));
    }
}

#[test]
fn a_new_answer_takes_the_old_ones_place() {
    let (mut cache, now) = (Cache::new(CacheLimits::default()), Instant::now());
    cache.put("a", Kind::Txt, &found(answer("old"), 60), now);
    let size = cache.size();
    cache.put("a", Kind::Txt, &found(answer("new"), 60), now);
    assert_eq!(
        (cache.get("a", Kind::Txt, now), cache.size()),
        (Some(answer("new")), size)
    );
    cache.put("a", Kind::Txt, &found(answer("none"), 0), now);
    assert_eq!(cache.get("a", Kind::Txt, now), None);
    cache.put("a", Kind::Txt, &found(answer("new"), 60), now);
    cache.clear();
    assert_eq!(
        (cache.get("a", Kind::Txt, now), cache.size()),
        (None, (0, 0))
    );
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let limits = CacheLimits {
        entries: 3,
        ..CacheLimits::default()
    };
    let (mut cache, now) = (Cache::new(limits), Instant::now());
    for name in ["a", "b", "c"] {
        cache.put(name, Kind::Txt, &found(answer(name), 60), now);
    }
    assert!(cache.get("a", Kind::Txt, now).is_some());
    cache.put("d", Kind::Txt, &found(answer("d"), 60), now);
    let there: Vec<bool> = ["a", "b", "c", "d"]
        .map(|name| cache.get(name, Kind::Txt, now).is_some())
        .to_vec();
    assert_eq!(there, [true, false, true, true]);
}

#[test]
fn it_never_outgrows_its_bounds() {
    let limits = CacheLimits {
        entries: 50,
        octets: 20_000,
        ..CacheLimits::default()
    };
    let (mut cache, mut dice, mut now) = (Cache::new(limits), Dice(3), Instant::now());
    let mut full = 0;
    for _ in 0..20_000 {
        let name = format!("n{}", dice.roll(200));
        now += Duration::from_millis(dice.roll(50) as u64);
        if dice.roll(3) == 0 {
            cache.get(&name, Kind::Txt, now);
        } else {
            let text = "x".repeat(dice.roll(3_000));
            cache.put(
                &name,
                Kind::Txt,
                &found(answer(&text), dice.roll(9) as u32),
                now,
            );
        }
        let (entries, octets) = cache.size();
        assert!(entries <= 50 && octets <= 20_000);
        assert_eq!(
            (cache.entries.len(), cache.octets),
            (
                cache.uses.len(),
                cache.entries.values().map(|e| e.octets).sum()
            )
        );
        full += usize::from(octets > 15_000);
    }
    assert!(full > 1_000);
    cache.clear();
    cache.put(
        "large",
        Kind::Txt,
        &found(answer(&"x".repeat(2_500)), 60),
        now,
    );
    assert_eq!(
        cache.size(),
        (0, 0),
        "one answer does not push everything else out"
    );
}
