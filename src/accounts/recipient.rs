//! Whose mail an address is, and whose sender address it may be.

use mail::Address;
use store::{AccountId, AliasTarget, Read};

use super::Accounts;

/// What stands between a person's name and a tag of their choice (`ann+shop@…`, RFC 5233).
pub(super) const TAG: char = '+';
/// Names that every domain must take mail for (RFC 5321 §4.5.1, RFC 2142); they are the owner's unless an alias says otherwise.
const DUTIES: [&str; 2] = ["postmaster", "abuse"];

/// The name to which others report (DMARC, TLSRPT) at every domain of the house, unless somebody has it. What comes there is read by the box and kept as numbers: nobody's
/// mailbox fills with daily letters that no person reads.
pub(crate) const REPORTS: &str = "mail-reports";

/// Where mail to an address goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipient {
    /// To these people, each once; to nobody: it is for the box, which reads reports.
    House(Vec<AccountId>),
    /// An alias that leads outside, and perhaps to people of the house as well.
    Forward(Forward),
    /// The domain is ours, and nobody there has that name.
    Unknown,
    /// The domain is someone else's.
    Remote,
}

/// Where an alias leads that leads outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// The address that was written to, folded, without its tag: its name is the alias's, or anything behind a catch-all.
    pub alias: Address,
    /// The people among its targets, each once.
    pub people: Vec<AccountId>,
    /// The others, each once; not empty.
    pub outside: Vec<Address>,
}

impl Recipient {
    /// The people who get it.
    pub fn people(&self) -> &[AccountId] {
        match self {
            Recipient::House(people) => people,
            Recipient::Forward(forward) => &forward.people,
            Recipient::Unknown | Recipient::Remote => &[],
        }
    }

    /// What an alias's targets come to; `None` if there are none.
    fn of(alias: &Address, targets: Vec<AliasTarget>) -> Option<Recipient> {
        let (mut people, mut outside) = (Vec::new(), Vec::new());
        for target in targets {
            match target {
                AliasTarget::Account(account) => people.push(account),
                AliasTarget::Remote(address) => outside.push(address),
            }
        }
        people.sort_unstable();
        people.dedup();
        outside.sort_unstable_by_key(Address::fold);
        outside.dedup_by_key(|address| address.fold());
        match (people.is_empty(), outside.is_empty()) {
            (true, true) => None,
            (false, true) => Some(Recipient::House(people)),
            (_, false) => Some(Recipient::Forward(Forward {
                alias: alias.clone(),
                people,
                outside,
            })),
        }
    }
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
            let targets = read.alias(&name)?;
            if let Some(found) = targets.and_then(|targets| Recipient::of(&name, targets)) {
                return Ok(found);
            }
        }
        if DUTIES.contains(&address.local())
            && let Some(first) = self.first_person(&read)?
        {
            return Ok(Recipient::House(vec![first]));
        }
        if address.local() == REPORTS {
            return Ok(Recipient::House(Vec::new()));
        }
        // Addresses that forwarding made up take returns, and are judged by their signature: what catches everything else would swallow them.
        if mail::srs::is_srs(address.local()) {
            return Ok(Recipient::Unknown);
        }
        let targets = read.catch_all(address.domain())?;
        let caught = targets.and_then(|targets| Recipient::of(&address, targets));
        Ok(caught.unwrap_or(Recipient::Unknown))
    }

    /// Whether this is the address of the house to which others report.
    ///
    /// # Errors
    /// What the store cannot read.
    pub(crate) fn is_for_reports(&self, address: &Address) -> store::Result<bool> {
        let named = address.fold().local() == REPORTS;
        Ok(named && self.recipient(address)? == Recipient::House(Vec::new()))
    }

    /// The person who stands for the box: its owner, or who was, or whoever was added first of those who are left.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn first_person(&self, read: &impl Read) -> store::Result<Option<AccountId>> {
        if let store::Owner::Person { account, .. } | store::Owner::Forgotten(Some(account)) =
            read.owner()?
        {
            return Ok(Some(account));
        }
        Ok(read.accounts()?.iter().map(|account| account.id).min())
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
