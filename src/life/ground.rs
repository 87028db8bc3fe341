//! What lives on while lives begin and end: the setup page's and the panel's footing.

use std::path::PathBuf;

use async_channel::{Receiver, Sender};

use super::Current;
use crate::control::Household;
use crate::health::Health;
use crate::settings::{Change, SettingsError};
use crate::setup::Window;

/// The ground; clones share it.
#[derive(Clone)]
pub struct Ground {
    /// Whether whoever stands next to the box may change whose it is.
    pub window: Window,
    /// Facts of how the box is, and the light that sums them up.
    pub health: Health,
    /// People, settings in force, sender: what a wish can be about, in the present life.
    pub household: Current<Household>,
    /// The one file of settings: read at each beginning, written by [`Ground::change_settings`].
    pub settings_file: PathBuf,
    orders: Sender<Order>,
}

/// What the lives are asked for.
pub(crate) struct Order {
    /// What is to change in the settings file; empty: it is only read again.
    pub(crate) changes: Vec<Change>,
    /// Hears what came of it, once the life that follows serves.
    pub(crate) done: Sender<Result<(), SettingsError>>,
}

/// Orders that wait while a life begins; each is a person who has pressed a button on a page.
const ORDERS_WAITING: usize = 16;

impl Ground {
    /// A ground, and the end at which the lives hear what is asked of them.
    pub(crate) fn new(
        window: Window,
        health: Health,
        settings_file: PathBuf,
    ) -> (Ground, Receiver<Order>) {
        let (orders, heard) = async_channel::bounded(ORDERS_WAITING);
        let ground = Ground {
            window,
            health,
            household: Current::default(),
            settings_file,
            orders,
        };
        (ground, heard)
    }

    /// Writes the changes into the settings file and begins a new life with them; ready when the new one serves. If it cannot begin, file and life are the
    /// old ones again. All of the changes hold, or none. No change is no new life.
    ///
    /// # Errors
    /// The first setting that cannot be, a file that cannot be written, or why the new life could not begin; each a sentence for people.
    pub async fn change_settings(&self, changes: &[Change]) -> Result<(), SettingsError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.order(changes.to_vec()).await
    }

    /// Begins a new life if the settings file was changed by somebody else.
    ///
    /// # Errors
    /// As [`Ground::change_settings`].
    pub async fn read_settings_again(&self) -> Result<(), SettingsError> {
        self.order(Vec::new()).await
    }

    async fn order(&self, changes: Vec<Change>) -> Result<(), SettingsError> {
        let (done, answer) = async_channel::bounded(1);
        let ends = || {
            SettingsError::about(
                &self.settings_file,
                "the box is going down, so nothing was changed",
            )
        };
        let order = Order { changes, done };
        self.orders.send(order).await.map_err(|_| ends())?;
        answer.recv().await.map_err(|_| ends())?
    }
}
