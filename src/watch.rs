//! What the box looks after while it runs: its certificates and its disk. What is wrong becomes a line in the log and a trouble of the light; what is well
//! again takes the trouble away.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_io::Timer;

use crate::log;
use crate::status_light::{Gravity, StatusLight};
use crate::tls::Certificates;

/// Between two looks at the disk: a household fills no disk's last fifth in five minutes, and an idle box should sleep.
const DISK_PERIOD: Duration = Duration::from_secs(5 * 60);
/// From here on the disk is told to be filling up, in percent.
const FILLING: u64 = 80;
/// From here on it is told to be nearly full, in percent.
const NEARLY_FULL: u64 = 90;

/// Takes changed certificate files into use, for ever.
pub(crate) async fn certificates(certificates: Arc<Certificates>, light: StatusLight) {
    certificates
        .watch(|loaded| certificates_loaded("the files have changed", loaded, &light))
        .await;
}

/// Tells how loading the certificates again went, for whatever reason it was done.
pub(crate) fn certificates_loaded(
    reason: &str,
    loaded: Result<(), impl Display>,
    light: &StatusLight,
) {
    match loaded {
        Ok(()) => {
            log::info(
                0,
                format_args!("{reason}: the certificates are loaded again and in use"),
            );
            light.well("certificates");
        }
        Err(error) => {
            let sentence =
                format!("{reason}: the certificates cannot be used, the old ones stay: {error}");
            log::warn(0, &sentence);
            light.trouble("certificates", Gravity::Attention, sentence);
        }
    }
}

/// Looks at the disk that holds `data` now and then, for ever.
pub(crate) async fn disk(data: &Path, light: StatusLight) {
    let mut disk = Disk::default();
    loop {
        match rustix::fs::statvfs(data) {
            // As df reckons: what is kept for root alone is neither used nor free.
            Ok(found) => {
                let used = found.f_blocks.saturating_sub(found.f_bfree);
                disk.look(used, found.f_bavail, &light);
            }
            Err(error) => log::warn(0, format_args!("cannot look at the disk: {error}")),
        }
        Timer::after(DISK_PERIOD).await;
    }
}

/// What was last told of the disk.
#[derive(Default)]
struct Disk {
    told: Fullness,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
enum Fullness {
    #[default]
    Roomy,
    Filling,
    NearlyFull,
}

impl Fullness {
    fn of(percent: u64) -> Fullness {
        match percent {
            NEARLY_FULL.. => Fullness::NearlyFull,
            FILLING.. => Fullness::Filling,
            _ => Fullness::Roomy,
        }
    }
}

impl Disk {
    /// Tells each change once.
    fn look(&mut self, used: u64, free: u64, light: &StatusLight) {
        let percent = u128::from(used) * 100 / u128::from(used.saturating_add(free).max(1));
        let now = Fullness::of(u64::try_from(percent).unwrap_or(100));
        if now == self.told {
            return;
        }
        self.told = now;
        let advice = match now {
            Fullness::Roomy => {
                log::info(0, "the disk has room again");
                return light.well("disk");
            }
            Fullness::Filling => "make room before it is full",
            Fullness::NearlyFull => "make room now, or mail will be refused soon",
        };
        let sentence = format!("the disk is {percent} % full: {advice}");
        log::warn(0, &sentence);
        light.trouble("disk", Gravity::Attention, sentence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_that_are_good_again_take_the_trouble_away() {
        let light = StatusLight::default();
        certificates_loaded("SIGHUP", Err("bad.pem holds no certificate"), &light);
        assert_eq!(light.troubles().len(), 1);
        assert!(light.troubles()[0].contains("bad.pem"));
        certificates_loaded("SIGHUP", Ok::<(), &str>(()), &light);
        assert!(light.troubles().is_empty());
    }

    #[test]
    fn a_filling_disk_is_told_at_both_marks_and_forgotten_when_it_has_room() {
        let light = StatusLight::default();
        let mut disk = Disk::default();
        for (used, free, told) in [
            (0, 0, None),
            (79, 21, None),
            (80, 20, Some("80 % full: make room before")),
            (85, 15, Some("80 % full")),
            (
                u64::MAX / 10 * 9 + 9,
                u64::MAX / 10,
                Some("90 % full: make room now"),
            ),
            (81, 19, Some("81 % full: make room before")),
            (50, 50, None),
            (100, 0, Some("100 % full")),
        ] {
            disk.look(used, free, &light);
            let troubles = light.troubles();
            match told {
                None => assert!(troubles.is_empty(), "{troubles:?}"),
                Some(told) => assert!(troubles[0].contains(told), "{troubles:?}: {told}"),
            }
        }
    }
}
