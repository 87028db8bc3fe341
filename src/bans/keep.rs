//! What is remembered is written down, what is over is forgotten, and people under guessing are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_io::Timer;
use futures_lite::FutureExt as _;
use store::{AccountId, Read as _, Store};

use super::book::named;
use super::guesses::Guessed;
use super::{Bans, letter};
use crate::log;
use crate::receive::write_letter;
use crate::reception::Desk;

/// News is written down after so long, if nothing was for a while.
const SOON: Duration = Duration::from_secs(2);
/// And after so long if something was of late: an attack of hours is no commit every few seconds. A crash loses no more.
const GATHER: Duration = Duration::from_secs(30);
/// What "of late" is.
const LATELY: Duration = Duration::from_secs(5 * 60);
/// How often it is looked whether a ban is over, or a day.
const ROUND: Duration = Duration::from_secs(60);

/// Looks after the bans until it is dropped; [`Bans::save`] once more when the life ends.
pub(crate) async fn keep(desk: Arc<Desk>) {
    let bans = desk.accounts.bans().clone();
    let mut heard_at: Option<Instant> = None;
    loop {
        let news = bans.inner.news.listen();
        round(&desk, &bans).await;
        let lately = heard_at.is_some_and(|at| at.elapsed() < LATELY);
        let gather = if lately { GATHER } else { SOON };
        let late = async {
            Timer::after(ROUND).await;
            false
        };
        let heard = async {
            news.await;
            Timer::after(gather).await;
            true
        };
        if heard.or(late).await {
            heard_at = Some(Instant::now());
        }
    }
}

async fn round(desk: &Desk, bans: &Bans) {
    let now = Instant::now();
    bans.tell_time(now, desk.clock.now(), desk.clock.unix());
    bans.sweep(now);
    for (account, guessed) in bans.due(now) {
        if let Err(error) = tell(desk, account, &guessed).await {
            log::error(0, format_args!("telling of guessed passwords: {error}"));
        }
    }
    if let Err(error) = bans.save(&desk.store).await {
        log::error(0, format_args!("writing down who is banned: {error}"));
    }
}

/// The person, and the first person of the house.
async fn tell(desk: &Desk, account: AccountId, guessed: &Guessed) -> store::Result<()> {
    let (name, owner) = {
        let read = desk.store.read()?;
        (
            read.account(account)?.address,
            desk.accounts.first_person(&read)?,
        )
    };
    log::info(
        0,
        format_args!(
            "passwords of {name} are being guessed: {} wrong ones",
            guessed.wrong
        ),
    );
    write_letter(desk, account, &name, letter::text(&name, guessed, true)).await?;
    if let Some(owner) = owner.filter(|owner| *owner != account) {
        let to = desk.store.read()?.account(owner)?.address;
        write_letter(desk, owner, &to, letter::text(&name, guessed, false)).await?;
    }
    Ok(())
}

impl Bans {
    /// Forgets what is over.
    pub(super) fn sweep(&self, now: Instant) {
        let mut state = self.lock();
        let queue = state.moment.queue(now);
        state.book.sweep(queue);
    }

    /// Who is to be told now, and of what; each once on a day.
    pub(super) fn due(&self, now: Instant) -> Vec<(AccountId, Guessed)> {
        let mut state = self.lock();
        let day = state.day(now);
        let due = state.guessed.iter().filter(|(_, guessed)| guessed.due);
        let due: Vec<AccountId> = due.map(|(account, _)| *account).collect();
        let mut told = Vec::new();
        for account in due {
            if !state.known.tell(account, day) {
                continue;
            }
            if let Some(guessed) = state.guessed.get_mut(&account) {
                // `due` stays until it is quiet again: an attack that goes on is told of tomorrow.
                let next = Guessed {
                    due: true,
                    ..Guessed::default()
                };
                told.push((account, std::mem::replace(guessed, next)));
            }
        }
        told
    }

    /// Writes down what the store does not know yet. What cannot be written is tried again the next time.
    pub(crate) async fn save(&self, store: &Store) -> store::Result<()> {
        let ((rows, gone), known) = {
            let mut state = self.lock();
            if !state.book.is_unsaved() && !state.known.is_unsaved() {
                return Ok(());
            }
            (state.book.unsaved(), state.known.unsaved())
        };
        let places: Vec<_> = rows
            .iter()
            .map(super::book::place_of)
            .chain(gone.iter().copied())
            .collect();
        let people: Vec<AccountId> = known.iter().map(|(account, _)| *account).collect();
        let written = store.write(move |tx| {
            for (network, doors) in gone.iter().map(named) {
                tx.delete_ban(&network, doors)?;
            }
            tx.put_bans(&rows)?;
            let mut left = Vec::new();
            for (account, row) in known {
                match tx.set_known(account, &row) {
                    Err(store::Error::NoSuchAccount) => left.push(account),
                    done => done?,
                }
            }
            Ok(left)
        });
        let written = written.await;
        let mut state = self.lock();
        match written {
            Ok(left) => {
                for account in left {
                    state.known.forget(account);
                    state.guessed.remove(&account);
                }
                Ok(())
            }
            Err(error) => {
                state.book.still_unsaved(places);
                for account in people {
                    state.known.still_unsaved(account);
                }
                Err(error)
            }
        }
    }
}
