//! Lookups under way: same questions share one, and there are only so many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use dns::{Answer, Failure, Kind};
use event_listener::{Event, EventListener};

use super::lock;

type Key = (String, Kind);
type Result = std::result::Result<Answer, Failure>;

/// By question.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Arc<Mutex<HashMap<Key, Arc<Flight>>>>,
}

#[derive(Default)]
struct Flight {
    result: OnceLock<Result>,
    over: Event,
}

/// Who asks: the first one looks up, the others wait for it.
pub(super) enum Seat {
    Pilot(Pilot),
    Passenger(Passenger),
}

/// Looks up; when it goes, landed or dropped, its passengers hear of it.
pub(super) struct Pilot {
    flights: Arc<Mutex<HashMap<Key, Arc<Flight>>>>,
    key: Key,
    flight: Arc<Flight>,
}

/// Waits.
pub(super) struct Passenger {
    flight: Arc<Flight>,
    over: EventListener,
}

impl Flights {
    pub(super) fn board(&self, name: &str, kind: Kind) -> Seat {
        let key = (name.to_owned(), kind);
        let mut under_way = lock(&self.under_way);
        if let Some(flight) = under_way.get(&key) {
            // Listens before the map is let go: the pilot leaves it first and then tells.
            return Seat::Passenger(Passenger {
                over: flight.over.listen(),
                flight: flight.clone(),
            });
        }
        let flight = Arc::new(Flight::default());
        under_way.insert(key.clone(), flight.clone());
        Seat::Pilot(Pilot {
            flights: self.under_way.clone(),
            key,
            flight,
        })
    }
}

impl Pilot {
    /// Tells the passengers.
    pub(super) fn land(self, result: Result) {
        let _ = self.flight.result.set(result);
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        lock(&self.flights).remove(&self.key);
        self.flight.over.notify(usize::MAX);
    }
}

impl Passenger {
    /// What came out; none if the pilot was dropped on the way.
    pub(super) async fn landed(self) -> Option<Result> {
        self.over.await;
        self.flight.result.get().cloned()
    }
}

/// Only so many at a time.
pub(super) struct Seats {
    free: Mutex<usize>,
    freed: Event,
}

/// One of them; free again when dropped.
pub(super) struct Taken<'a>(&'a Seats);

impl Seats {
    pub(super) fn new(count: usize) -> Seats {
        Seats {
            free: Mutex::new(count),
            freed: Event::new(),
        }
    }

    pub(super) async fn take(&self) -> Taken<'_> {
        loop {
            let freed = self.freed.listen();
            if self.try_take() {
                // Whoever was told of another free one while this one looked: told again.
                drop(freed);
                return Taken(self);
            }
            freed.await;
        }
    }

    fn try_take(&self) -> bool {
        let mut free = lock(&self.free);
        let any = *free > 0;
        *free -= usize::from(any);
        any
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify(1);
    }
}
