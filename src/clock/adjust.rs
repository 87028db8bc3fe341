//! How a clock that is not right is set right: slowly, where nobody should see it, or at once.

use super::machine::{Adjustment, MICROS};

/// So far it is slewed forward, microseconds. At the kernel's half millisecond a second that takes half an hour.
const SLEW_FORWARD: i64 = MICROS;
/// So far it is slewed back: a clock that is a few seconds fast for some hours hurts no mail, a second that comes twice may.
const SLEW_BACK: i64 = 10 * MICROS;

/// What is to be done to a system clock that shows `shown` while `right` is right. More than [`SLEW_BACK`] too fast it is stepped back: then
/// it was wrong about the future, and would stay so for years.
pub(super) fn adjustment(shown: i64, right: i64) -> Adjustment {
    let off = right.saturating_sub(shown);
    if (-SLEW_BACK..=SLEW_FORWARD).contains(&off) {
        Adjustment::Slew(off)
    } else {
        Adjustment::Step(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_is_slewed_and_much_is_a_step() {
        let now = 1_800_000_000 * MICROS;
        for (off, expected) in [
            (0, Adjustment::Slew(0)),
            (1_000, Adjustment::Slew(1_000)),
            (-9 * MICROS, Adjustment::Slew(-9 * MICROS)),
            (MICROS + 1, Adjustment::Step(now + MICROS + 1)),
            (-11 * MICROS, Adjustment::Step(now - 11 * MICROS)),
            (-now, Adjustment::Step(0)),
        ] {
            assert_eq!(adjustment(now, now + off), expected, "{off}");
        }
        assert_eq!(adjustment(0, now), Adjustment::Step(now));
        assert_eq!(adjustment(i64::MIN, i64::MAX), Adjustment::Step(i64::MAX));
    }
}
