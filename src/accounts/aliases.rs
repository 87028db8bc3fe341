//! The owner's deeds on aliases: other names for people, and the catch-all of a domain.

use mail::Address;
use store::{AccountId, AliasTarget, Read as _};

use super::{Accounts, Refusal};
use crate::reason::Reason;

/// Targets of one alias: each message to it is sent to all of them. The store takes no more.
const TARGETS_MAX: usize = 100;

/// An alias as the owner writes it.
enum Name {
    Address(Address),
    /// `@example.org`: whatever nobody else has there.
    Domain(String),
}

impl Name {
    fn parse(text: &str) -> Result<Name, Refusal> {
        if let Some(domain) = text.strip_prefix('@') {
            if mail::valid_domain(domain) {
                return Ok(Name::Domain(folded(domain)));
            }
        } else if let Ok(address) = Address::parse(text) {
            return Ok(Name::Address(address.fold()));
        }
        Err(Reason::AliasWrong {
            alias: text.to_owned(),
        }
        .into())
    }

    fn domain(&self) -> &str {
        match self {
            Name::Address(address) => address.domain(),
            Name::Domain(domain) => domain,
        }
    }
}

impl Accounts {
    /// Makes mail to `alias` (an address, or `@domain` for a catch-all) go to these people and addresses outside. Whom it went to before is
    /// forgotten.
    ///
    /// # Errors
    /// A name that cannot be an alias, a target in the house that is no person; the disk fails.
    pub async fn set_alias(&self, alias: &str, targets: &[Address]) -> Result<(), Refusal> {
        let name = Name::parse(alias)?;
        self.refuse_itself(&name, targets)?;
        let targets = self.targets(targets)?;
        {
            let read = self.inner.store.read()?;
            if !self.is_own_domain(&read, name.domain())? {
                let domain = name.domain().to_owned();
                return Err(Reason::NotOurDomain {
                    domain,
                    ours: String::new(),
                }
                .into());
            }
            if let Name::Address(address) = &name
                && read.account_by_address(address)?.is_some()
            {
                return Err(Reason::AliasIsPerson {
                    address: address.clone(),
                }
                .into());
            }
        }
        let write = self.inner.store.write(move |write| match name {
            Name::Address(address) => write.set_alias(&address, &targets),
            Name::Domain(domain) => write.set_catch_all(&domain, &targets),
        });
        Ok(write.await?)
    }

    /// Removes an alias or a catch-all.
    ///
    /// # Errors
    /// There is none; the disk fails.
    pub async fn remove_alias(&self, alias: &str) -> Result<(), Refusal> {
        let name = Name::parse(alias)?;
        let there = {
            let read = self.inner.store.read()?;
            match &name {
                Name::Address(address) => read.alias(address)?,
                Name::Domain(domain) => read.catch_all(domain)?,
            }
        };
        if there.is_none() {
            return Err(Reason::NoSuchAlias {
                alias: alias.to_owned(),
            }
            .into());
        }
        let text = match name {
            Name::Address(address) => address.to_string(),
            Name::Domain(domain) => domain,
        };
        Ok(self
            .inner
            .store
            .write(move |write| write.remove_alias(&text))
            .await?)
    }

    /// Every alias and catch-all with the addresses that it leads to.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn aliases(&self) -> store::Result<Vec<(String, Vec<String>)>> {
        let read = self.inner.store.read()?;
        let people = read.accounts()?;
        let address = |id: AccountId| {
            let person = people.iter().find(|person| person.id == id);
            person.map_or_else(
                || format!("person {}", id.0),
                |person| person.address.to_string(),
            )
        };
        let show = |target| match target {
            AliasTarget::Account(id) => address(id),
            AliasTarget::Remote(remote) => remote.to_string(),
        };
        Ok(read
            .aliases()?
            .into_iter()
            .map(|(name, targets)| (name, targets.into_iter().map(show).collect()))
            .collect())
    }

    /// An alias that leads to its own name leads nowhere; a person's own address is refused as such.
    fn refuse_itself(&self, name: &Name, targets: &[Address]) -> Result<(), Refusal> {
        let Name::Address(address) = name else {
            return Ok(());
        };
        let itself = targets.iter().any(|target| target.fold() == *address);
        if itself
            && self
                .inner
                .store
                .read()?
                .account_by_address(address)?
                .is_none()
        {
            let address = address.clone();
            return Err(Reason::AliasItself { address }.into());
        }
        Ok(())
    }

    fn targets(&self, targets: &[Address]) -> Result<Vec<AliasTarget>, Refusal> {
        if targets.is_empty() {
            return Err(Reason::AliasNobody.into());
        }
        if targets.len() > TARGETS_MAX {
            return Err(Reason::AliasMany { most: TARGETS_MAX }.into());
        }
        let read = self.inner.store.read()?;
        targets
            .iter()
            .map(|address| {
                if self.is_own_domain(&read, address.domain())? {
                    return self.person(address).map(AliasTarget::Account);
                }
                if destination(address).is_none() {
                    let domain = address.domain().to_owned();
                    return Err(Reason::NoDestination { domain }.into());
                }
                Ok(AliasTarget::Remote(address.clone()))
            })
            .collect()
    }
}

/// The destination of mail to this address: its domain as the DNS knows it, or the address literal; `None`, no such name can be.
pub(crate) fn destination(address: &Address) -> Option<String> {
    let domain = address.domain();
    if domain.starts_with('[') {
        return Some(domain.to_ascii_lowercase());
    }
    // A name without a dot is never somebody else's mail domain; it is a typing error, or a machine that nobody can find.
    mail::idna::to_ascii(domain).filter(|name| name.contains('.'))
}

/// A domain as it is looked up.
pub(super) fn folded(domain: &str) -> String {
    mail::idna::to_ascii(domain).unwrap_or_else(|| domain.to_ascii_lowercase())
}
