//! Whose the box is: found, claimed, forgotten; and people under other names and addresses.
//!
//! Promises: there is never more than one owner; forgetting one voids their own password in the same deed, so that no crash leaves a forgotten owner whose
//! password opens anything; nobody's mail or password but the owner's is touched, whatever is pressed. Who may ask for these deeds (the setup
//! window, the button, a shell) is not judged here.

use mail::Address;
use sasl::Secret;
use store::{AccountId, AliasTarget, Credentials, Read as _};

use super::people::reachable;
use super::uses::forget_written;
use super::{Accounts, Refusal, RefusalKind, passwords};
use crate::reason::Reason;

/// Whose the box is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Owner {
    /// Nobody's, and nothing is known of anybody whose it was: it can be claimed.
    Never,
    /// Nobody's any more: it can be claimed, and by whoever names this address with their mail.
    Forgotten(Address),
    /// This person's.
    Person(AccountId, Address),
}

/// What a claim in its deed came to.
enum Claimed {
    By(AccountId),
    /// It has an owner.
    Owned,
    /// The address is another person's, or an alias.
    Taken,
}

impl Accounts {
    /// Whose the box is.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn owner(&self) -> store::Result<Owner> {
        let read = self.inner.store.read()?;
        let address = |account| Ok::<_, store::Error>(read.account(account)?.address);
        Ok(match read.owner()? {
            store::Owner::Person { account, .. } => Owner::Person(account, address(account)?),
            store::Owner::Forgotten(Some(account)) => Owner::Forgotten(address(account)?),
            store::Owner::Forgotten(None) => Owner::Never,
            store::Owner::Unsaid => match read.accounts()?.into_iter().min_by_key(|one| one.id) {
                Some(first) => Owner::Person(first.id, first.address),
                None => Owner::Never,
            },
        })
    }

    /// Whether the owner's own password was given to sign in once, and must be replaced before anything else (`[first_person] password_once`).
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn must_change_password(&self) -> store::Result<bool> {
        let owner = self.inner.store.read()?.owner()?;
        Ok(matches!(owner, store::Owner::Person { once: true, .. }))
    }

    /// Makes the box somebody's that is nobody's. Whoever names the address of the owner who was forgotten gets that account, with its mail and app
    /// passwords, and this as its password; anybody else is a new person.
    ///
    /// # Errors
    /// It is somebody's; the address is another person's, an alias, of a domain that is not the house's, or can be nobody's own; the name or the
    /// password cannot be taken; the disk fails. Nothing has changed then.
    pub async fn claim(
        &self,
        name: &str,
        address: &Address,
        password: &Secret,
    ) -> Result<AccountId, Refusal> {
        passwords::acceptable(password)?;
        reachable(address)?;
        let name = plain_name(name)?;
        {
            let read = self.inner.store.read()?;
            self.refuse_foreign(&read, address)?;
        }
        let made = self.hash(password).await?;
        let (asked, now) = (address.clone(), self.inner.store.unix());
        let claimed = self
            .inner
            .store
            .write(move |write| {
                let was = match write.owner()? {
                    store::Owner::Person { .. } => return Ok(Claimed::Owned),
                    store::Owner::Unsaid if !write.accounts()?.is_empty() => {
                        return Ok(Claimed::Owned);
                    }
                    store::Owner::Unsaid => None,
                    store::Owner::Forgotten(was) => was,
                };
                let account = match write.account_by_address(&asked)? {
                    Some(account) if Some(account) == was => {
                        let mut credentials = write.credentials(account)?;
                        credentials.password = Some(made.phc);
                        credentials.scram = Some(made.scram);
                        write.set_credentials(account, &credentials)?;
                        account
                    }
                    Some(_) => return Ok(Claimed::Taken),
                    None if write.alias(&asked)?.is_some() => return Ok(Claimed::Taken),
                    None => {
                        let credentials = Credentials {
                            password: Some(made.phc),
                            scram: Some(made.scram),
                            app_passwords: Vec::new(),
                        };
                        write.create_account(&asked, &credentials, now)?
                    }
                };
                write.set_name(account, &name)?;
                write.set_owner(store::Owner::Person {
                    account,
                    once: false,
                })?;
                Ok(Claimed::By(account))
            })
            .await?;
        match claimed {
            Claimed::By(account) => {
                self.inner.memory.changed();
                Ok(account)
            }
            Claimed::Owned => Err(Reason::Owned.into()),
            Claimed::Taken => Err(Reason::SomebodyElses {
                address: address.clone(),
            }
            .into()),
        }
    }

    /// Makes the box nobody's: the owner's own password opens nothing from here on, here and in their open sessions, and their second step is off. Their mail, their app passwords and
    /// everybody else stay as they are. Who it was; `None`: it was nobody's already.
    ///
    /// # Errors
    /// The disk fails; nothing has changed then.
    pub async fn forget_owner(&self) -> Result<Option<Address>, Refusal> {
        let forgotten = self
            .inner
            .store
            .write(move |write| {
                let account = match write.owner()? {
                    store::Owner::Person { account, .. } => account,
                    store::Owner::Unsaid => {
                        let first = write.accounts()?.into_iter().map(|one| one.id).min();
                        let Some(first) = first else {
                            return Ok(None);
                        };
                        first
                    }
                    store::Owner::Forgotten(_) => return Ok(None),
                };
                let mut credentials = write.credentials(account)?;
                credentials.password = None;
                credentials.scram = None;
                write.set_credentials(account, &credentials)?;
                // Who stands there has lost their password, or the device of their codes, or both.
                let mut safeguards = write.safeguards(account)?;
                safeguards.totp = None;
                write.set_safeguards(account, &safeguards)?;
                forget_written(write, account, 0)?;
                write.set_owner(store::Owner::Forgotten(Some(account)))?;
                Ok(Some((account, write.account(account)?.address)))
            })
            .await?;
        Ok(forgotten.map(|(account, address)| {
            self.own_password_changed(account);
            self.forget_uses(account, 0);
            address
        }))
    }

    /// Makes the box this person's, whose ever it was: a deed for those with a shell.
    ///
    /// # Errors
    /// No such person; the disk fails.
    pub async fn set_owner(&self, address: &Address) -> Result<(), Refusal> {
        let account = self.person(address)?;
        let write = move |write: &mut store::WriteTx<'_>| {
            write.set_owner(store::Owner::Person {
                account,
                once: false,
            })
        };
        self.inner.store.write(write).await?;
        self.inner.memory.changed();
        Ok(())
    }

    /// What a person is called beside their address; empty: nothing.
    ///
    /// # Errors
    /// No such person; a name that no header field takes; the disk fails.
    pub async fn set_name(&self, address: &Address, name: &str) -> Result<(), Refusal> {
        let account = self.person(address)?;
        let name = plain_name(name)?;
        let write = move |write: &mut store::WriteTx<'_>| write.set_name(account, &name);
        Ok(self.inner.store.write(write).await?)
    }

    /// Gives everybody at `old` the same name at `new`, or nobody. Mailboxes, queue, aliases and rights go by number and stay; each old address goes
    /// on as an alias, as long as `old` is a domain of the house. How many it were.
    ///
    /// # Errors
    /// `new` is no domain of the house; an address there is somebody else's; the disk fails. Nothing has changed then.
    pub async fn readdress(&self, old: &str, new: &str) -> Result<usize, Refusal> {
        let (old, new) = (old.to_owned(), new.to_owned());
        {
            let read = self.inner.store.read()?;
            if let Ok(example) = Address::new("ann", &new) {
                self.refuse_foreign(&read, &example)?;
            }
        }
        // Nothing comes to a domain that the house has given up, so no alias may promise it.
        let given_up = !self.inner.domains.is_empty()
            && !self
                .inner
                .domains
                .iter()
                .any(|own| mail::domains_equal(own, &old));
        let taken = move |write: &mut store::WriteTx<'_>| {
            let mut moves = Vec::new();
            for person in write.accounts()? {
                if !mail::domains_equal(person.address.domain(), &old) {
                    continue;
                }
                let Ok(address) = Address::new(person.address.local(), &new) else {
                    let (key, name) = ("domains".to_owned(), new.clone());
                    let example = "[\"example.org\"]".to_owned();
                    return Ok(Err(Reason::NoHostName { key, name, example }));
                };
                if is_taken(write, person.id, &address)? {
                    return Ok(Err(Reason::NobodyMoved { address }));
                }
                moves.push((person.id, address));
            }
            for (account, address) in &moves {
                write.set_address(*account, address)?;
                if given_up && let Ok(before) = Address::new(address.local(), &old) {
                    write.remove_alias(&before.to_string())?;
                }
            }
            Ok(Ok(moves.len()))
        };
        let moved = self.inner.store.write(taken).await?;
        self.inner.memory.changed();
        Ok(moved?)
    }

    /// Gives one person another address; the old one goes on as an alias.
    ///
    /// # Errors
    /// As [`Accounts::readdress`].
    pub async fn set_address(&self, old: &Address, new: &Address) -> Result<(), Refusal> {
        let account = self.person(old)?;
        reachable(new)?;
        self.refuse_foreign(&self.inner.store.read()?, new)?;
        let address = new.clone();
        let write = move |write: &mut store::WriteTx<'_>| write.set_address(account, &address);
        self.inner.store.write(write).await.map_err(|error| match error {
            store::Error::Exists => Refusal::new(
                RefusalKind::Exists,
                format!("{new} is somebody else's, or an alias; `pillarbox account list` and `pillarbox alias list` show whose"),
            ),
            error => error.into(),
        })?;
        self.inner.memory.changed();
        Ok(())
    }
}

/// Whether an address can not become this person's.
fn is_taken(
    write: &store::WriteTx<'_>,
    person: AccountId,
    address: &Address,
) -> store::Result<bool> {
    let other = write
        .account_by_address(address)?
        .is_some_and(|found| found != person);
    let alias = write.alias(address)?;
    Ok(other || alias.is_some_and(|targets| targets != [AliasTarget::Account(person)]))
}

/// A name as it is kept: no spaces around it.
fn plain_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.len() > store::NAME_MAX || name.chars().any(char::is_control) {
        return Err(Reason::NameWrong {
            most: store::NAME_MAX,
        }
        .into());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
#[path = "owner_tests.rs"]
mod tests;
