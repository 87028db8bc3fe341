//! "Alive", every 5 s, if it is so.
//!
//! What is proven by it: the executor of mail and pages turns (this task is one of its own, and the door that it knocks at is served by others); the
//! writer's thread comes round to its queue; a door answers, each kind in its turn. A box for which one of these is not so says nothing, and init sees to it.
//! What is not proven: that mail is right. Between two lives there are no doors for a moment, and that is forgiven for [`BETWEEN`].

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use async_io::Timer;
use firmware::talk::Order;
use futures_lite::FutureExt as _;
use store::Store;

use super::{Card, doors};
use crate::life::Ground;
use crate::log;

/// Between two beats. Init takes a box for hung after 30 s, so that five may be late.
const EVERY: Duration = Duration::from_secs(5);
/// A writer that takes longer is told of in the log: a card that takes half a second for a sync is slow, one that takes this long fails.
const SLOW: Duration = Duration::from_secs(10);
/// How long a life may need to follow another one: its sockets, its certificates, a farewell of a second and a half.
const BETWEEN: Duration = Duration::from_secs(20);

/// Beats for ever. The store is the one that all lives share.
pub(crate) async fn beat(card: Card, ground: Ground, store: Store) {
    let mut doors = Doors::default();
    loop {
        writer(&store).await;
        if let Some(what) = doors.next(&ground).await {
            log::warn(
                0,
                format_args!("card: {what}; init is not told that the box is alive"),
            );
            Timer::after(EVERY).await;
            continue;
        }
        card.say(&Order::Alive);
        Timer::after(EVERY).await;
    }
}

/// The same for a box that has one page and nothing else.
pub(crate) async fn beat_of_a_page(card: Card, page: Option<SocketAddr>) {
    loop {
        let answered = match page {
            Some(address) => doors::page(address).answers().await,
            None => Ok(()),
        };
        match answered {
            Ok(()) => card.say(&Order::Alive),
            Err(error) => log::warn(0, format_args!("card: the page does not answer: {error}")),
        }
        Timer::after(EVERY).await;
    }
}

/// The writer comes round.
async fn writer(store: &Store) {
    let turned = async {
        // Refused only by a store that ends, with the box.
        if store.turned().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let slow = async {
        Timer::after(SLOW).await;
        log::warn(
            0,
            format_args!(
                "card: the store has been writing for {} s; the card may be about to fail",
                SLOW.as_secs()
            ),
        );
        std::future::pending::<()>().await;
    };
    turned.or(slow).await;
}

/// Whose turn it is.
#[derive(Default)]
struct Doors {
    turn: usize,
    /// Since when there are none.
    none: Option<Instant>,
}

impl Doors {
    /// Knocks at the next one, again at the same if it has not answered; what is wrong.
    async fn next(&mut self, ground: &Ground) -> Option<String> {
        let Some(all) = doors::all(ground) else {
            let since = *self.none.get_or_insert_with(Instant::now);
            return (since.elapsed() > BETWEEN)
                .then(|| "no mail service has begun for long".to_owned());
        };
        self.none = None;
        let door = all.get(self.turn.checked_rem(all.len())?)?;
        match door.answers().await {
            Ok(()) => {
                self.turn = self.turn.wrapping_add(1);
                None
            }
            // It has ended while we knocked.
            Err(_) if ground.household.now().is_none() => None,
            Err(error) => Some(format!("{} does not answer: {error}", door.name)),
        }
    }
}
