//! The queue's task: picks the next destination, gives it a connection's seat, and sleeps until there is something to do.
//!
//! It wakes when the queue changes, when a seat is free again, when the next row is due, when the clock is believed; never to look whether something might have happened.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_io::Timer;
use event_listener::{Event, listener};
use futures_lite::FutureExt as _;
use futures_lite::future::yield_now;
use store::{Choice, QueueTime, Read as _};

use super::route;
use super::seats::{Seats, Way};
use super::{Office, lock};
use crate::log;

/// After the store refused nothing is claimed for so long.
const SICK: Duration = Duration::from_secs(30);
/// While it has too much to do, for so long.
const BUSY: Duration = Duration::from_secs(1);
/// What became due within so many seconds has seats that a queue of older letters may not take: what a person sends now leaves now, whatever waits before it.
const LATELY: u64 = 60;
/// How often the queue's clock is saved while something waits: so much of its time a crash may cost.
const SAVE: Duration = Duration::from_secs(10 * 60);
/// At the end, answers of hosts that have the whole letter are waited for so long.
const ANSWERS: Duration = Duration::from_millis(900);
/// And what came of attempts that were cut is written in so long.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// What the main loop and the workers share.
struct Desk {
    office: Arc<Office>,
    seats: Mutex<Seats>,
    /// Destinations whose worker has not claimed yet: what is due there is theirs.
    claiming: Mutex<HashSet<String>>,
    /// The store refused a claim; nothing before then.
    sick_until: Mutex<Option<Instant>>,
    /// A worker has claimed or ended.
    news: Event,
}

/// For ever, or until the box goes down.
pub(super) async fn run(office: Arc<Office>) {
    let send = &office.settings.send;
    let desk = Arc::new(Desk {
        seats: Mutex::new(Seats::new(
            send.connections,
            send.connections_per_destination,
        )),
        claiming: Mutex::default(),
        sick_until: Mutex::default(),
        news: Event::new(),
        office,
    });
    // The workers end with this future, wherever it is dropped.
    let executor = Executor::new();
    let turns = async {
        loop {
            executor.tick().await;
            yield_now().await;
        }
    };
    desk.serve(&executor).or(turns).await;
}

impl Desk {
    async fn serve(self: &Arc<Desk>, executor: &Executor<'static>) {
        let office = &self.office;
        let changes = office.store.queue_event();
        let mut saved = office.clock.machine().now();
        loop {
            listener!(changes => changed);
            listener!(self.news => news);
            let closing = office.closing.event().listen();
            if office.closing.has_begun() {
                break;
            }
            let believed = office.clock.machine().changed();
            office.clock.look();
            // Until the time is trusted nothing leaves: it would carry a date of 1970, could not be signed, and no certificate could be judged.
            let handed_out = if office.clock.machine().trusted() {
                office.look_at_flow().and_then(|()| self.hand_out(executor))
            } else {
                Ok(None)
            };
            let wake = match handed_out {
                Ok(wake) => wake,
                Err(error) => {
                    log::error(0, format_args!("the queue cannot be read: {error}"));
                    office.trouble(&error);
                    self.fall_sick(SICK);
                    None
                }
            };
            let now = office.clock.machine().now();
            for connection in lock(&office.pool).expired(now) {
                executor.spawn(connection.quit()).detach();
            }
            if now.saturating_duration_since(saved) >= SAVE {
                saved = now;
                self.save_clock().await;
            }
            let until = self.next_moment(saved);
            let due = async {
                match wake {
                    Some(time) => office.clock.sleep_until(time).await,
                    None => std::future::pending().await,
                }
            };
            let moment = office.clock.machine().sleep_until(until);
            changed
                .or(news)
                .or(closing)
                .or(believed)
                .or(due)
                .or(moment)
                .await;
        }
        self.end().await;
    }

    /// Gives seats to whoever may have one; returns when the next row is due.
    fn hand_out(
        self: &Arc<Desk>,
        executor: &Executor<'static>,
    ) -> store::Result<Option<QueueTime>> {
        let office = &self.office;
        if self.is_sick() {
            return Ok(None);
        }
        let now = office.clock.now();
        let lately = QueueTime(now.0.saturating_sub(LATELY));
        let read = office.store.read()?;
        let relays = read.relays()?;
        let one_way = route::is_one_way(&relays);
        loop {
            let mut trouble = None;
            let mut chosen = None;
            let mut skipped = false;
            let found = read.queue_next(now, &mut |due| {
                let seats = lock(&self.seats);
                if seats.is_full() {
                    skipped = true;
                    return Choice::Stop;
                }
                // A lane may be as long as the queue.
                let recent = due.due >= lately;
                if !seats.has_any_room(&due.lane, recent) {
                    skipped = true;
                    return if seats.has_any_room(&due.lane, true) {
                        Choice::From(lately)
                    } else {
                        Choice::NextLane
                    };
                }
                if lock(&self.claiming).contains(due.destination) {
                    skipped = true;
                    return Choice::Skip;
                }
                match office.course(&relays, &read, due.destination) {
                    Ok(course) if seats.has_room(&course.way, &due.lane, recent) => {
                        chosen = Some(course.way);
                        Choice::Take
                    }
                    Ok(_) => {
                        skipped = true;
                        // Its lane has room, so its way has none; and if that is everybody's, nobody need be asked any more.
                        if one_way { Choice::Stop } else { Choice::Skip }
                    }
                    Err(error) => {
                        trouble = Some(error);
                        Choice::Stop
                    }
                }
            })?;
            if let Some(error) = trouble {
                return Err(error);
            }
            match (found, chosen) {
                (Some(destination), Some(way)) => self.begin(executor, destination, way),
                // What is due and was passed over has its turn when a seat is free: that is news.
                _ if skipped => return read.queue_wake_after(now),
                _ => return read.queue_wake(now),
            }
        }
    }

    fn begin(self: &Arc<Desk>, executor: &Executor<'static>, destination: String, way: Way) {
        lock(&self.seats).sit(&way);
        lock(&self.claiming).insert(destination.clone());
        let desk = self.clone();
        let worker = async move {
            // Dropped or done, the seat is free again.
            let seat = Seat {
                desk: &desk,
                way: &way,
                destination: &destination,
            };
            let mut claimed = || seat.claimed();
            let served = desk.office.serve(&destination, &way, &mut claimed).await;
            if let Err(store::Error::Busy) = served {
                desk.fall_sick(BUSY);
            } else if let Err(error) = served {
                log::error(0, format_args!("{destination}: cannot be served: {error}"));
                desk.office.trouble(&error);
                desk.fall_sick(SICK);
            }
        };
        executor.spawn(worker).detach();
    }

    fn fall_sick(&self, time: Duration) {
        let until = self.office.clock.machine().now() + time;
        *lock(&self.sick_until) = Some(until);
    }

    fn is_sick(&self) -> bool {
        let now = self.office.clock.machine().now();
        let mut sick = lock(&self.sick_until);
        *sick = sick.filter(|until| *until > now);
        sick.is_some()
    }

    /// When there is something to do besides the queue.
    fn next_moment(&self, saved: Instant) -> Instant {
        let expiry = lock(&self.office.pool).next_expiry();
        let sick = *lock(&self.sick_until);
        [expiry, sick]
            .into_iter()
            .flatten()
            .fold(saved + SAVE, Instant::min)
    }

    async fn save_clock(&self) {
        let waits = self
            .office
            .store
            .read()
            .and_then(|read| read.queue_counts())
            .is_ok_and(|counts| counts.rows > 0);
        if !waits {
            return;
        }
        let saved = self.office.clock.saved();
        let deed = self
            .office
            .store
            .write(move |tx| tx.save_queue_clock(saved));
        if let Err(error) = deed.await {
            log::warn(
                0,
                format_args!("the queue's clock could not be saved: {error}"),
            );
        }
    }

    /// Lets attempts that are under way end, first by themselves, then because their wires end.
    async fn end(&self) {
        drop(lock(&self.office.pool).empty());
        for (time, cut) in [(ANSWERS, false), (LAST_WORDS, true)] {
            if cut {
                self.office.wires.begin();
            }
            let over = Timer::after(time);
            let idle = async {
                loop {
                    listener!(self.news => news);
                    if lock(&self.seats).taken() == 0 {
                        return;
                    }
                    news.await;
                }
            };
            let late = async {
                over.await;
            };
            idle.or(late).await;
        }
    }
}

struct Seat<'d> {
    desk: &'d Desk,
    way: &'d Way,
    destination: &'d str,
}

impl Seat<'_> {
    fn claimed(&self) {
        if lock(&self.desk.claiming).remove(self.destination) {
            self.desk.news.notify(usize::MAX);
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        lock(&self.desk.claiming).remove(self.destination);
        lock(&self.desk.seats).rise(self.way);
        self.desk.news.notify(usize::MAX);
    }
}
