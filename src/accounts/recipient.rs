//! Whose mail an address is, and whose sender address it may be.

use mail::Address;
use store::{AccountId, AliasTarget, Read};

use super::Accounts;

/// What stands between a person's name and a tag of their choice (`ann+shop@…`, RFC 5233).
pub(super) const TAG: char = '+';
/// Names that every domain must take mail for (RFC 5321 §4.5.1, RFC 2142); they are the first person's unless an alias says otherwise.
const DUTIES: [&str; 2] = ["postmaster", "abuse"];

/// Where mail to an address goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipient {
    /// To these people, each once.
    House(Vec<AccountId>),
    /// The domain is ours, and nobody there has that name.
    Unknown,
    /// The domain is someone else's.
    Remote,
}

impl Accounts {
    /// Whose mail it is: a person's own address, an alias, either of them with a tag, a duty, the domain's catch-all; the first that fits.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn recipient(&self, address: &Address) -> store::Result<Recipient> {
        let read = self.inner.store.read()?;
        if !self.is_own_domain(&read, address.domain())? {
            return Ok(Recipient::Remote);
        }
        let address = address.fold();
        for name in [Some(address.clone()), untagged(&address)]
            .into_iter()
            .flatten()
        {
            if let Some(account) = read.account_by_address(&name)? {
                return Ok(Recipient::House(vec![account]));
            }
            if let Some(people) = read.alias(&name)?.and_then(people) {
                return Ok(Recipient::House(people));
            }
        }
        if DUTIES.contains(&address.local())
            && let Some(first) = read.accounts()?.iter().map(|account| account.id).min()
        {
            return Ok(Recipient::House(vec![first]));
        }
        let catch_all = read.catch_all(address.domain())?.and_then(people);
        Ok(catch_all.map_or(Recipient::Unknown, Recipient::House))
    }

    /// Whether the person may put this address on their mail: their own, an alias that leads to them, either with a tag.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn may_send_as(&self, account: AccountId, address: &Address) -> store::Result<bool> {
        let read = self.inner.store.read()?;
        let address = address.fold();
        let own = read.addresses_of(account)?;
        let is_own = |name: &Address| own.iter().any(|own| own.fold() == *name);
        Ok(is_own(&address) || untagged(&address).is_some_and(|name| is_own(&name)))
    }
}

/// `ann@house` for `ann+tag@house`.
fn untagged(address: &Address) -> Option<Address> {
    let (name, _) = address.local().split_once(TAG)?;
    Address::new(name, address.domain()).ok()
}

/// The people among an alias's targets; `None` if there are none.
fn people(targets: Vec<AliasTarget>) -> Option<Vec<AccountId>> {
    let mut people: Vec<AccountId> = targets
        .into_iter()
        .filter_map(|target| match target {
            AliasTarget::Account(account) => Some(account),
            AliasTarget::Remote(_) => None,
        })
        .collect();
    people.sort_unstable();
    people.dedup();
    (!people.is_empty()).then_some(people)
}
