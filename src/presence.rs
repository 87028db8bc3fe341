//! What the button does: gestures become deeds, whether a finger made them or `pillarbox press`.
//!
//! Short: nothing but the light once more. Double: the box powers off in good order. Hold 3 s: the setup window opens. Hold 10 s: the box is nobody's, and the
//! window opens so that it can be claimed. A stuck button does nothing. Promises: no gesture touches a message, or anybody's password but the owner's own.

use std::fmt;

use async_channel::Receiver;
use board::Gesture;
use firmware::talk::Order;
use futures_lite::FutureExt as _;

use crate::card::{Card, End};
use crate::life::Ground;
use crate::log;

/// Why the box goes down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// The system wants it, by this signal.
    Signal(&'static str),
    /// Somebody has pressed twice.
    DoublePress,
    /// A page wants it.
    Page(End),
}

impl Ending {
    /// The light stays dark until the plug is pulled.
    pub(crate) fn is_off(self) -> bool {
        matches!(self, Ending::DoublePress | Ending::Page(End::PowerOff))
    }

    /// What init does once everything is written: on a card the board goes with the box.
    pub(crate) fn order(self) -> Option<Order> {
        match self {
            Ending::Signal(_) => None,
            Ending::DoublePress | Ending::Page(End::PowerOff) => Some(Order::PowerOff),
            Ending::Page(End::Restart) => Some(Order::Restart),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ending::Signal(name) => name,
            Ending::DoublePress => "double press",
            Ending::Page(End::PowerOff) => "power off, by the page",
            Ending::Page(End::Restart) => "restart, by the page",
        })
    }
}

/// Ready when a page wants the end; never where there is no card.
pub(crate) async fn page_ends(card: Option<Card>) -> Ending {
    match card {
        Some(card) => Ending::Page(card.ends().await),
        None => std::future::pending().await,
    }
}

/// Turns gestures into deeds until one powers the box off.
pub(crate) async fn heed(gestures: Receiver<Gesture>, ground: Ground) -> Ending {
    while let Ok(gesture) = gestures.recv().await {
        match gesture {
            Gesture::Double => return Ending::DoublePress,
            Gesture::Short => log::info(0, "button: pressed; the light tells how the box is"),
            Gesture::Hold3 => {
                log::info(0, "button: held for 3 seconds");
                ground.window.open();
            }
            Gesture::Hold10 => {
                log::info(0, "button: held for 10 seconds");
                forget_owner(&ground).await;
            }
            // Told to people by the panel, which knows when it is well again.
            Gesture::Stuck => {}
        }
    }
    std::future::pending().await
}

/// Closes the window when its time is over, and tells the light when it opens and closes; for ever.
pub(crate) async fn keep_window(ground: Ground) {
    let told = async {
        loop {
            let changed = ground.window.changed();
            ground.health.setup_open(ground.window.is_open());
            changed.await;
        }
    };
    ground.window.keep().or(told).await;
}

/// Makes the box nobody's and opens the window; the same for `pillarbox owner forget`. The window opens also if it was nobody's already: whoever pressed wants to claim it.
pub(crate) async fn forget_owner(ground: &Ground) -> Option<mail::Address> {
    let household = ground.household.get().await;
    match household.accounts.forget_owner().await {
        Ok(Some(address)) => {
            log::info(
                0,
                format_args!(
                    "the box has no owner any more: the password of {address} opens nothing; their mail and everybody else's is untouched"
                ),
            );
            ground.window.open_anew();
            Some(address)
        }
        Ok(None) => {
            log::info(0, "the box had no owner already");
            ground.window.open();
            None
        }
        Err(error) => {
            log::error(0, format_args!("the owner could not be forgotten: {error}"));
            None
        }
    }
}
