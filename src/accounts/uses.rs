//! When, where and from which network each password was last used: in memory at once, on the disk now and then.
//!
//! A log-in costs no write. The first use of a password is written within [`GATHER`], all else once in [`OFTEN`] at most, in one deed for the whole house, and the rest at
//! the end of the program. Promises: memory and disk are bounded, the newest stays. What it cannot do: remember the
//! last hour after a power cut, or tell devices of one network apart.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_io::Timer;
use event_listener::Event;
use futures_lite::FutureExt as _;
use store::{AccountId, LastUse, Read as _, UsedAt};

use super::Accounts;
use super::admission::Proved;
use crate::log;
use crate::web::is_house_address;

/// How long new ones wait for each other: a phone that is set up logs in several times.
const GATHER: Duration = Duration::from_secs(60);
/// From one deed to the next, unless a password was used that never was before.
const OFTEN: Duration = Duration::from_secs(60 * 60);
/// What is kept of a person's own password: they should see every device that uses it before they forbid it.
const OWN_MOST: usize = 16;
/// And of an app password, which is one device's.
const APP_MOST: usize = 2;
/// People whose uses are in memory; the others' are read when they log in again.
const PEOPLE_MOST: usize = 1000;

/// One for the household.
#[derive(Default)]
pub(super) struct Uses {
    people: Mutex<HashMap<AccountId, Kept>>,
    noted: Event,
}

/// What is known of a person's passwords.
#[derive(Default)]
struct Kept {
    rows: Vec<LastUse>,
    /// Something has to be written soon.
    fresh: bool,
    /// Something is not as it is written.
    later: bool,
}

/// What makes a row one of its own.
type Key = (u32, i64, UsedAt, [u8; 16], u8);

fn key(row: &LastUse) -> Key {
    (row.id, row.created, row.at, row.network, row.bits)
}

impl Kept {
    fn of(rows: Vec<LastUse>) -> Kept {
        Kept {
            rows,
            ..Kept::default()
        }
    }

    /// The newest first; of each password no more than its share.
    fn note(&mut self, row: LastUse) {
        let same = |other: &LastUse| (other.id, other.created) == (row.id, row.created);
        self.fresh |= !self.rows.iter().any(same);
        self.later = true;
        self.rows.retain(|other| key(other) != key(&row));
        self.rows.insert(0, row);
        let most = if row.id == 0 { OWN_MOST } else { APP_MOST };
        let mut seen = 0;
        self.rows.retain(|other| {
            seen += usize::from(same(other));
            !same(other) || seen <= most
        });
    }

    /// To be written: what is so from then on.
    fn taken(&mut self) -> Vec<LastUse> {
        (self.fresh, self.later) = (false, false);
        self.rows.clone()
    }
}

impl Uses {
    /// Whether something has to be written soon, and whether at all.
    fn waiting(&self) -> (bool, bool) {
        let people = self.lock();
        (
            people.values().any(|kept| kept.fresh),
            people.values().any(|kept| kept.later),
        )
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Kept>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// Somebody logged in with this. Writes nothing yet.
    pub(crate) fn note_use(&self, account: AccountId, proved: Proved, at: UsedAt, peer: IpAddr) {
        let (id, created) = match proved {
            Proved::Own => (0, 0),
            Proved::App { id, created } => (id, created),
        };
        let (network, bits) = network_of(peer);
        let row = LastUse {
            id,
            created,
            at,
            network,
            bits,
            when: self.inner.store.unix(),
        };
        let uses = &self.inner.uses;
        let mut people = uses.lock();
        if !people.contains_key(&account) {
            let stored = self
                .inner
                .store
                .read()
                .and_then(|read| read.last_uses(account));
            let Ok(stored) = stored.inspect_err(|error| log::error(0, error)) else {
                return;
            };
            if people.len() >= PEOPLE_MOST {
                people.retain(|_, kept| kept.fresh || kept.later);
            }
            people.insert(account, Kept::of(stored));
        }
        if let Some(kept) = people.get_mut(&account) {
            kept.note(row);
            uses.noted.notify(usize::MAX);
        }
    }

    /// How this person's passwords were last used, the newest first.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn last_uses(&self, account: AccountId) -> store::Result<Vec<LastUse>> {
        if let Some(kept) = self.inner.uses.lock().get(&account) {
            return Ok(kept.rows.clone());
        }
        self.inner.store.read()?.last_uses(account)
    }

    /// Writes down what is new, now and then, for as long as the box runs.
    pub(crate) async fn keep_uses(self) {
        let mut written = Instant::now();
        loop {
            let noted = self.inner.uses.noted.listen();
            let (fresh, later) = self.inner.uses.waiting();
            let wait = match (fresh, later) {
                (true, _) => GATHER,
                (false, true) => OFTEN.saturating_sub(written.elapsed()),
                (false, false) => {
                    noted.await;
                    continue;
                }
            };
            let timer = async {
                Timer::after(wait).await;
                true
            };
            let interrupted = async {
                noted.await;
                false
            };
            // A password's first use shortens the wait for the others.
            if fresh || wait.is_zero() {
                timer.await;
            } else if !timer.or(interrupted).await {
                continue;
            }
            self.write_uses().await;
            written = Instant::now();
        }
    }

    /// Writes down all that is not written yet, in one deed.
    pub(crate) async fn write_uses(&self) {
        let due: Vec<(AccountId, Vec<LastUse>)> = {
            let mut people = self.inner.uses.lock();
            let due = people
                .iter_mut()
                .filter(|(_, kept)| kept.fresh || kept.later);
            due.map(|(account, kept)| (*account, kept.taken()))
                .collect()
        };
        if due.is_empty() {
            return;
        }
        let accounts: Vec<AccountId> = due.iter().map(|(account, _)| *account).collect();
        let written = self
            .inner
            .store
            .write(move |write| {
                for (account, rows) in &due {
                    match write.set_last_uses(*account, rows) {
                        // Removed meanwhile.
                        Err(store::Error::NoSuchAccount) | Ok(()) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            })
            .await;
        if let Err(error) = written {
            log::error(
                0,
                format_args!("the last uses of passwords are not written: {error}"),
            );
            let mut people = self.inner.uses.lock();
            for account in accounts {
                if let Some(kept) = people.get_mut(&account) {
                    kept.later = true;
                }
            }
        }
    }

    /// A password is another, or gone: `id` 0 is the person's own. What is written goes in the deed that changes it ([`forget_written`]).
    pub(super) fn forget_uses(&self, account: AccountId, id: u32) {
        if let Some(kept) = self.inner.uses.lock().get_mut(&account) {
            kept.rows.retain(|row| row.id != id);
        }
    }

    /// Nothing is known any more of how this person's passwords were used: they are gone.
    pub(super) fn forget_all_uses(&self, account: AccountId) {
        self.inner.uses.lock().remove(&account);
    }
}

/// In a deed: what is written of a password's uses goes.
pub(super) fn forget_written(
    write: &mut store::WriteTx<'_>,
    account: AccountId,
    id: u32,
) -> store::Result<()> {
    let mut rows = write.last_uses(account)?;
    let before = rows.len();
    rows.retain(|row| row.id != id);
    match rows.len() == before {
        true => Ok(()),
        false => write.set_last_uses(account, &rows),
    }
}

/// What is kept of an address: all of it within the house, where it tells devices apart; of one in the world its network, as much as says "at work" or "on the road".
fn network_of(peer: IpAddr) -> ([u8; 16], u8) {
    let bits = match peer.to_canonical() {
        _ if is_house_address(peer) => 128,
        // A /24, behind the 96 bits that say that it is one of IPv4.
        IpAddr::V4(_) => 96 + 24,
        IpAddr::V6(_) => 48,
    };
    let address = match peer.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let host = u128::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
    ((address.to_bits() & !host).to_be_bytes(), bits)
}

/// A network as people write it: an address alone, or with the number of its leading bits.
pub(crate) fn network_text(row: &LastUse) -> String {
    let address = IpAddr::V6(Ipv6Addr::from(row.network)).to_canonical();
    let bits = match address {
        IpAddr::V4(_) => row.bits.saturating_sub(96),
        IpAddr::V6(_) => row.bits,
    };
    match row.bits {
        128.. => address.to_string(),
        _ => format!("{address}/{bits}"),
    }
}

#[cfg(test)]
#[path = "uses_tests.rs"]
mod tests;
