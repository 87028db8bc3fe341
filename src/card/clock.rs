//! A machine whose clock nobody else keeps, and which only init may set.

use std::io;
use std::time::Instant;

use firmware::talk::Order;

use super::Card;
use crate::clock::{Adjustment, MICROS, Machine, System, Wait};

/// A smaller mistake of the system clock hurts nobody: the box goes by its own time.
const WORTH_AN_ORDER: i64 = 2 * MICROS;

/// The kernel's clocks; init sets the one that this process may not set.
pub(crate) struct OfTheCard(pub(crate) Card);

impl Machine for OfTheCard {
    fn now(&self) -> Instant {
        System.now()
    }

    fn system(&self) -> i64 {
        System.system()
    }

    fn is_disciplined(&self) -> bool {
        System.is_disciplined()
    }

    fn is_ours_to_keep(&self) -> bool {
        true
    }

    fn sleep_until(&self, at: Instant) -> Wait {
        System.sleep_until(at)
    }

    fn is_set(&self) -> Wait {
        System.is_set()
    }

    fn adjust(&self, adjustment: Adjustment) -> io::Result<()> {
        let refused = match System.adjust(adjustment) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => error,
            other => return other,
        };
        let right = match adjustment {
            Adjustment::Step(to) => to,
            Adjustment::Slew(by) if by.saturating_abs() < WORTH_AN_ORDER => return Err(refused),
            Adjustment::Slew(by) => System.system().saturating_add(by),
        };
        self.0.say(&Order::Clock {
            unix: right.div_euclid(MICROS),
        });
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "init was asked to set it",
        ))
    }
}
