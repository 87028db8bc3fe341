//! What the kernel's command line says to process 1: words that begin with `pillarbox.`.
//!
//! ```text
//! pillarbox.slot=a|b          which system U-Boot started         pillarbox.trial=1        ... to try it once
//!                                                                 pillarbox.instead=1      ... because the good one is spoilt
//! pillarbox.watchdog=off|30   no watchdog, or its seconds         pillarbox.log=data       the log is kept on the data partition, too
//! pillarbox.address=10.0.2.15/24,10.0.2.2   a fixed address and router instead of asking
//! ```
//!
//! What is not understood is left aside: a typing error on the card must not keep the box from starting.

use crate::disk_map::{Slot, Started};
use crate::network::Fixed;

/// Seconds without a sign of life until the watchdog resets the board. Longer than the longest thing that process 1 ever waits for (mounting a card whose journal
/// is full, writing out what is in memory before a power-off: about 10 s on a slow card).
const PATIENCE: u32 = 60;
/// What drivers take as a rule.
const SECONDS: std::ops::RangeInclusive<u32> = 5..=600;

/// The words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KernelLine {
    /// `None`: U-Boot started nothing.
    pub(crate) slot: Option<Slot>,
    pub(crate) trial: bool,
    /// The good one could not be read.
    pub(crate) instead: bool,
    /// Seconds; `None`: no watchdog.
    pub(crate) watchdog: Option<u32>,
    pub(crate) log_on_data: bool,
    pub(crate) address: Option<Fixed>,
}

impl KernelLine {
    /// That of the running kernel.
    pub(crate) fn read() -> KernelLine {
        KernelLine::parse(&std::fs::read_to_string("/proc/cmdline").unwrap_or_default())
    }

    pub(crate) fn parse(line: &str) -> KernelLine {
        let value = |key: &str| {
            let mut words = line.split_whitespace().rev();
            words.find_map(|word| {
                let (name, value) = word.strip_prefix("pillarbox.")?.split_once('=')?;
                (name == key).then_some(value)
            })
        };
        let started = Started::of_command_line(line);
        let watchdog = match value("watchdog") {
            Some("off") => None,
            Some(seconds) => Some(seconds.parse().ok().filter(|s| SECONDS.contains(s)))
                .map(|s| s.unwrap_or(PATIENCE)),
            None => Some(PATIENCE),
        };
        KernelLine {
            slot: started.slot,
            // A trial of nobody knows which system cannot be concluded.
            trial: started.slot.is_some() && started.trial,
            instead: started.slot.is_some() && started.instead,
            watchdog,
            log_on_data: value("log") == Some("data"),
            address: value("address").and_then(|text| text.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_among_the_kernel_s_own() {
        let line = KernelLine::parse(
            "console=ttyAMA0 quiet pillarbox.slot=b pillarbox.trial=1 panic=10 pillarbox.watchdog=20 pillarbox.address=10.0.2.15/24,10.0.2.2\n",
        );
        assert_eq!(
            (line.slot, line.trial, line.watchdog),
            (Some(Slot::B), true, Some(20))
        );
        assert_eq!(line.address, "10.0.2.15/24,10.0.2.2".parse().ok());
        assert!(line.address.is_some());
        assert!(!line.log_on_data);
    }

    #[test]
    fn what_is_wrong_is_as_if_it_were_not_there() {
        let plain = KernelLine::parse("");
        assert_eq!(plain.watchdog, Some(PATIENCE));
        for line in [
            "pillarbox.slot=c pillarbox.trial=1",
            "pillarbox.trial=1",
            "pillarbox.watchdog=1000000",
            "pillarbox.watchdog=",
            "pillarbox.address=10.0.2.15/33",
            "pillarbox.address=/,",
            "pillarbox. pillarbox.= =",
        ] {
            assert_eq!(KernelLine::parse(line), plain, "{line}");
        }
        assert_eq!(KernelLine::parse("pillarbox.watchdog=off").watchdog, None);
        // The last one counts, as with the kernel's own.
        assert_eq!(
            KernelLine::parse("pillarbox.slot=a pillarbox.slot=b").slot,
            Some(Slot::B)
        );
    }
}
