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
    use std::time::Instant;

    use futures_lite::FutureExt as _;

    use super::*;
    use crate::net::test_support::Folder;

    /// Runs the watch on a real store until this is so.
    fn watch_until(folder: &Folder, store: &Store, health: &Health, done: impl Fn() -> bool) {
        let begun = Instant::now();
        let watched = disk(&folder.0, store.clone(), health.clone());
        let seen = async {
            while !done() {
                assert!(begun.elapsed() < Duration::from_secs(20));
                Timer::after(Duration::from_millis(5)).await;
            }
        };
        async_io::block_on(watched.or(seen));
    }

    #[test]
    fn a_store_without_room_refuses_mail_and_says_so_until_there_is_room() {
        let folder = Folder::new();
        let store = Store::open(
            &folder.0,
            store::Options {
                map_size: 16 << 20,
                ..store::Options::default()
            },
        );
        let store = store.unwrap();
        let health = Health::default();
        health.running();
        watch_until(&folder, &store, &health, || true);
        assert!(!health.has(Part::Store));
        let address = mail::Address::new("ann", "house.test").unwrap();
        let ann = store
            .write(move |tx| tx.create_account(&address, &store::Credentials::default(), 1))
            .wait()
            .unwrap();
        let inbox = store.read().unwrap().mailbox_by_name(ann, "INBOX");
        let inbox = inbox.unwrap().unwrap().id;
        let text = [b"Subject: x\r\n\r\n".as_slice(), &[b'x'; 60_000]].concat();
        let deliver = || {
            let mut parser = mail::Parser::new();
            parser.feed(&text);
            let message = parser.finish();
            let mut spool = store.spool();
            spool.write(&text).unwrap();
            let delivery = store::Delivery {
                body: store.stage(spool).wait()?,
                head: imap::record::head(&message, 1, 0),
                record: imap::record::render(&message),
                into: vec![(inbox, store::Flags::default())],
                letters: Vec::new(),
            };
            store.write(move |tx| tx.deliver(&delivery)).wait()
        };
        let refused = (0..1000).find_map(|_| deliver().err()).unwrap();
        assert!(refused.is_the_disk(), "{refused}");
        health.cannot_keep_mail(&refused);
        watch_until(&folder, &store, &health, || health.has(Part::Store));
        assert_eq!(
            health.facts()[0].gravity(),
            super::super::Gravity::CannotKeepMail
        );
        assert!(health.facts().iter().any(|fact| fact.key() == "store-full"));
        assert!(health.has(Part::Keeping), "what is written is not kept");
        let gone = store.write(move |tx| tx.expunge(inbox, &(1..=1000).collect::<Vec<u32>>()));
        gone.wait().unwrap();
        // No message comes, and the watch finds out by itself.
        let begun = Instant::now();
        while health.has(Part::Store) || health.has(Part::Keeping) {
            assert!(begun.elapsed() < Duration::from_secs(20));
            let turn = async {
                Timer::after(Duration::from_millis(50)).await;
            };
            let watched = disk(&folder.0, store.clone(), health.clone());
            async_io::block_on(watched.or(turn));
        }
        assert!(deliver().is_ok());
    }

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
