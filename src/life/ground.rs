//! What lives on while lives begin and end: the setup page's and the panel's footing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_channel::{Receiver, Sender};

use super::Current;
use crate::announce::Announcer;
use crate::card::Card;
use crate::clock::Clock;
use crate::control::Household;
use crate::health::Health;
use crate::reason::Reason;
use crate::reports::Tally;
use crate::send::QueueClock;
use crate::settings::{Change, SettingsError};
use crate::setup::Window;
use crate::tls::Certificates;
use crate::update::Updates;
use crate::web;

/// The ground; clones share it.
#[derive(Clone)]
pub struct Ground {
    /// Whether whoever stands next to the box may change whose it is.
    pub window: Window,
    /// Facts of how the box is, and what the light shows of them.
    pub health: Health,
    /// What the box is called on the local network.
    pub announcer: Announcer,
    /// What time it is, and whether that is to be believed.
    pub clock: Clock,
    /// The queue's time.
    pub queue_clock: QueueClock,
    /// People, settings in force, sender: what a wish can be about, in the present life.
    pub household: Current<Household>,
    /// Where the web server listens, by the names of the settings; empty until it does.
    pub web_doors: Arc<OnceLock<Vec<(&'static str, SocketAddr)>>>,
    /// The certificates of the present life.
    pub certificates: Current<Certificates>,
    /// What the web server goes by in the present life.
    pub web: Current<web::Present>,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The one file of settings: read at each beginning, written by [`Ground::change_settings`].
    pub settings_file: PathBuf,
    /// What init tells and is told; `None`: the box is a program among others.
    pub card: Option<Card>,
    /// Other systems for the box.
    pub updates: Updates,
    /// What is counted for reports.
    pub tally: Tally,
    orders: Sender<Order>,
}

/// What the lives are asked for.
pub(crate) enum Order {
    /// Another life under changed settings.
    Change {
        changes: Vec<Change>,
        /// Hears what came of it, once the life that follows serves.
        done: Sender<Result<(), SettingsError>>,
    },
    /// Another life if somebody else has changed the file; certificates are loaded again.
    ReadAgain {
        reason: &'static str,
        done: Sender<Result<(), SettingsError>>,
    },
    /// No other life.
    End { farewell: Duration },
}

/// Orders that wait while a life begins; each is a person who has pressed a button on a page.
const ORDERS_WAITING: usize = 16;

impl Ground {
    /// A ground, and the end at which the lives hear what is asked of them.
    pub(crate) fn new(
        window: Window,
        health: Health,
        clock: Clock,
        queue_clock: QueueClock,
        data: PathBuf,
        settings_file: PathBuf,
        card: Option<Card>,
    ) -> (Ground, Receiver<Order>) {
        let (orders, heard) = async_channel::bounded(ORDERS_WAITING);
        let ground = Ground {
            window,
            announcer: Announcer::new(&data, health.clone()),
            health,
            clock,
            queue_clock,
            household: Current::default(),
            web_doors: Arc::default(),
            certificates: Current::default(),
            web: Current::default(),
            settings_file,
            updates: Updates::new(&data, card.clone()),
            tally: Tally::default(),
            data,
            card,
            orders,
        };
        (ground, heard)
    }

    /// Writes the changes into the settings file and begins a new life with them; ready when the new one serves. If it cannot begin, file and life are the
    /// old ones. All of the changes hold, or none. No change is no new life.
    ///
    /// # Errors
    /// The first setting that cannot be, a file that cannot be written, or why the new life could not begin; each a sentence for people.
    pub async fn change_settings(&self, changes: &[Change]) -> Result<(), SettingsError> {
        if changes.is_empty() {
            return Ok(());
        }
        let changes = changes.to_vec();
        self.order(|done| Order::Change { changes, done }).await
    }

    /// Begins a new life if the settings file was changed by somebody else, and loads the certificates again; `reason` is for the log.
    ///
    /// # Errors
    /// As [`Ground::change_settings`]; the old life goes on then.
    pub async fn read_settings_again(&self, reason: &'static str) -> Result<(), SettingsError> {
        self.order(|done| Order::ReadAgain { reason, done }).await
    }

    /// Ends the present life; none follows.
    pub(crate) async fn end(&self, farewell: Duration) {
        self.orders.send(Order::End { farewell }).await.ok();
    }

    async fn order(
        &self,
        order: impl FnOnce(Sender<Result<(), SettingsError>>) -> Order,
    ) -> Result<(), SettingsError> {
        let (done, answer) = async_channel::bounded(1);
        let ends = || SettingsError::because(&self.settings_file, Reason::GoingDown);
        self.orders.send(order(done)).await.map_err(|_| ends())?;
        answer.recv().await.map_err(|_| ends())?
    }
}
