//! Room for mail: the disk that holds the data folder, and the store's own room to grow. And after mail could not be kept, whether it can again.

use std::path::Path;
use std::time::Duration;

use async_io::Timer;
use store::{Facts, Read as _, Store};

use super::{Fact, Health, NEARLY_FULL, Part};
use crate::log;

/// Between two looks: a household fills no disk's last fifth in five minutes, and an idle box should sleep.
const PERIOD: Duration = Duration::from_secs(5 * 60);
/// From here on the disk is told to be filling up, in percent.
const FILLING: u64 = 80;

/// Looks at the disk that holds `data` and at the store on it now and then, for ever.
pub(crate) async fn disk(data: &Path, store: Store, health: Health) {
    let mut told = false;
    loop {
        match rustix::fs::statvfs(data) {
            // As df reckons: what is kept for root alone is neither used nor free.
            Ok(found) => {
                told = false;
                let used = found.f_blocks.saturating_sub(found.f_bfree);
                look_at_disk(used, found.f_bavail, &health);
            }
            Err(error) if !told => {
                told = true;
                log::warn(0, format_args!("cannot look at the disk: {error}"));
            }
            Err(_) => {}
        }
        match store.facts() {
            Ok(facts) => look_at_store(&facts, &health),
            Err(error) => health.cannot_keep_mail(&error),
        }
        if health.has(Part::Keeping) {
            try_to_keep(&store, &health).await;
        }
        Timer::after(PERIOD).await;
    }
}

fn look_at_disk(used: u64, free: u64, health: &Health) {
    match percent(used, used.saturating_add(free)) {
        percent @ FILLING.. => health.report(Fact::Disk { percent }),
        _ => health.well(Part::Disk),
    }
}

fn look_at_store(facts: &Facts, health: &Health) {
    let percent = percent(facts.used, facts.map_size);
    if facts.scarce || percent >= NEARLY_FULL {
        health.report(Fact::Store {
            percent,
            full: facts.scarce,
        });
    } else {
        health.well(Part::Store);
    }
}

/// What was refused last may go now, and the next message may be days away: something small is written for the sake of it.
async fn try_to_keep(store: &Store, health: &Health) {
    let same = store.write(|tx| {
        let clock = tx.queue_clock()?;
        tx.save_queue_clock(clock)
    });
    if same.await.is_ok() && store.facts().is_ok_and(|facts| !facts.scarce) {
        health.keeps_mail();
    }
}

fn percent(part: u64, whole: u64) -> u64 {
    let percent = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(percent).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filling_disk_is_told_at_both_marks_and_forgotten_when_it_has_room() {
        let health = Health::default();
        for (used, free, told) in [
            (0, 0, None),
            (79, 21, None),
            (80, 20, Some("80 % full: make room before")),
            (85, 15, Some("85 % full: make room before")),
            (
                u64::MAX / 10 * 9 + 9,
                u64::MAX / 10,
                Some("90 % full: make room now"),
            ),
            (81, 19, Some("81 % full: make room before")),
            (50, 50, None),
            (100, 0, Some("100 % full")),
        ] {
            look_at_disk(used, free, &health);
            let facts = health.facts();
            match told {
                None => assert!(facts.is_empty(), "{facts:?}"),
                Some(told) => assert!(facts[0].sentence().contains(told), "{facts:?}: {told}"),
            }
        }
    }
}
