//! One life after the other: what is asked of them, in turn.
//!
//! A change of the settings is judged whole (the file, the certificates, the ports) while the old life still serves; only then the file is written, the old
//! life ended and the new one begun. A crash before the file is written leaves the old settings, one after it the new ones, which were found good. Promises: the
//! store stays open and the doors that both lives have stay open, so that a client who comes in between waits and is served. What it cannot do: settings of
//! [limits.store] are the store's own, and take hold at the next start of the program.

use std::time::Duration;

use async_channel::Receiver;

use super::ground::Order;
use super::services::{Footing, Life, Prepared};
use crate::health::{Fact, Part};
use crate::settings::{self, Change, Settings, SettingsError};
use crate::{RunError, log};

/// How long clients get to hear of the end when another life follows: they come back at once.
const BETWEEN_LIVES: Duration = Duration::from_millis(700);

/// The present life, and what makes the next.
pub(crate) struct Lives {
    footing: Footing,
    /// `None` only while one ends and the next begins.
    life: Option<Life>,
    /// The text of the settings file that the present life goes by; empty if there was none.
    text: String,
}

impl Lives {
    /// The first life is ready to begin.
    pub(crate) fn new(footing: Footing, life: Life, text: String) -> Lives {
        Lives {
            footing,
            life: Some(life),
            text,
        }
    }

    /// Does what is ordered until the end is.
    pub(crate) async fn serve(mut self, orders: Receiver<Order>) {
        while let Ok(order) = orders.recv().await {
            match order {
                Order::Change { changes, done } => {
                    let changed = self.change(&changes).await;
                    done.try_send(changed).ok();
                }
                Order::ReadAgain { reason, done } => {
                    let read = self.read_again(reason).await;
                    done.try_send(read).ok();
                }
                Order::End { farewell } => {
                    if let Some(life) = self.life.take() {
                        life.end(farewell).await;
                    }
                    return;
                }
            }
        }
    }

    async fn change(&mut self, changes: &[Change]) -> Result<(), SettingsError> {
        let file = self.footing.ground.settings_file.clone();
        // What stands in the file counts, not what was read at the start: somebody may have written into it.
        let old = settings::read_text(&file)?;
        let new = settings::change(&old, &file, changes)?;
        if new == old && new == self.text {
            return Ok(());
        }
        let settings = Settings::parse(&new, &file)?;
        let write = || settings::write_text(&file, &new);
        self.renew(settings, write, "the settings have changed")
            .await?;
        self.text = new;
        self.footing.ground.health.well(Part::Settings);
        Ok(())
    }

    /// A file that was written by somebody else is followed if it can be; certificates are loaded again in any case.
    async fn read_again(&mut self, reason: &str) -> Result<(), SettingsError> {
        let file = self.footing.ground.settings_file.clone();
        let followed = async {
            let text = settings::read_text(&file)?;
            if text == self.text {
                return Ok(());
            }
            let settings = Settings::parse(&text, &file)?;
            self.renew(settings, || Ok(()), reason).await?;
            self.text = text;
            Ok(())
        };
        let read: Result<(), SettingsError> = followed.await;
        let health = &self.footing.ground.health;
        match &read {
            Ok(()) => health.well(Part::Settings),
            // It is logged there.
            Err(error) => health.report(Fact::SettingsRefused {
                text: error.to_string(),
            }),
        }
        if let Some(life) = &self.life {
            life.reload_certificates(reason);
        }
        read
    }

    /// Another life under these settings, or the same as before. `write` makes the settings last; it comes when all is known to be good, and before anybody is
    /// told goodbye.
    async fn renew(
        &mut self,
        settings: Settings,
        write: impl Fn() -> Result<(), SettingsError>,
        reason: &str,
    ) -> Result<(), SettingsError> {
        let file = self.footing.ground.settings_file.clone();
        let refused = |error: RunError| match error.reason {
            Some(reason) => SettingsError::because(&file, *reason),
            None => SettingsError::about(&file, error.text),
        };
        match Prepared::new(&self.footing, settings.clone(), self.life.as_ref()) {
            Ok(prepared) => {
                write()?;
                self.end(reason).await;
                self.begin(prepared);
                Ok(())
            }
            // A port may be taken by the old life itself, under another address: then only its end can show whether the new one can begin.
            Err(error) if !self.overlaps(&settings) => Err(refused(error)),
            Err(_) => {
                let before = self.life.as_ref().map(|life| life.settings().clone());
                self.end(reason).await;
                let prepared = Prepared::new(&self.footing, settings, None)
                    .map_err(refused)
                    .and_then(|prepared| write().map(|()| prepared));
                match (prepared, before) {
                    (Ok(prepared), _) => {
                        self.begin(prepared);
                        Ok(())
                    }
                    (Err(error), Some(before)) => {
                        self.go_back(before).await;
                        Err(error)
                    }
                    (Err(error), None) => Err(error),
                }
            }
        }
    }

    async fn end(&mut self, reason: &str) {
        if let Some(life) = self.life.take() {
            log::info(0, format_args!("{reason}: the mail services begin anew"));
            life.end(BETWEEN_LIVES).await;
            self.footing.ground.health.starting();
        }
    }

    fn begin(&mut self, prepared: Prepared) {
        self.life = Some(prepared.begin(&self.footing));
        log::info(0, "the mail services have begun anew");
    }

    /// The old life again. Its ports were its own a moment ago; should somebody have taken one meanwhile, it is asked for until it is free, as without mail
    /// services the box is none.
    async fn go_back(&mut self, before: Settings) {
        const PATIENCE: Duration = Duration::from_secs(1);
        loop {
            match Prepared::new(&self.footing, before.clone(), None) {
                Ok(prepared) => return self.begin(prepared),
                Err(error) => log::error(
                    0,
                    format_args!("the mail services cannot go back: {}", error.text),
                ),
            }
            async_io::Timer::after(PATIENCE).await;
        }
    }

    /// Whether the new settings want a port that the old life has at another address.
    fn overlaps(&self, settings: &Settings) -> bool {
        self.life
            .as_ref()
            .is_some_and(|life| life.stands_in_the_way(settings))
    }
}
