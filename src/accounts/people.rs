//! The owner's deeds on people: add, change the password, remove, list, app passwords.

use mail::Address;
use sasl::Secret;
use store::{Account, AccountId, AppPassword, Credentials, Read, Usage};
use zeroize::Zeroizing;

use super::passwords::{self, Made};
use super::random::readable_password;
use super::recipient::TAG;
use super::{Accounts, Refusal, app_passwords};
use crate::reason::Reason;

/// App passwords a person may have; each is tried at a log-in.
const APP_PASSWORDS_MAX: usize = 50;
/// The longest label of one, in octets.
const LABEL_MAX: usize = 100;

/// The quota of a person who may keep whatever the disk holds, though others may not.
pub const UNLIMITED: u64 = u64::MAX;

/// A person as they are listed.
#[derive(Clone, Debug)]
pub struct Member {
    /// Address, number, quota.
    pub account: Account,
    /// Messages and octets kept.
    pub usage: Usage,
    /// What they are called; empty: nothing but their address.
    pub name: String,
    /// Labels of the app passwords, with their numbers.
    pub app_passwords: Vec<(u32, String)>,
}

/// An app password just made: the only time that it is seen.
pub struct NewAppPassword {
    /// Its number, for taking it back.
    pub id: u32,
    /// The password.
    pub password: Zeroizing<String>,
}

impl Accounts {
    /// Adds a person with their mailboxes.
    ///
    /// # Errors
    /// The address is taken, or of a domain that is not the house's, or can be nobody's own; the password cannot be taken; the disk fails.
    pub async fn add(&self, address: &Address, password: &Secret) -> Result<AccountId, Refusal> {
        passwords::acceptable(password)?;
        reachable(address)?;
        {
            let read = self.inner.store.read()?;
            self.refuse_foreign(&read, address)?;
            if read.account_by_address(&address.fold())?.is_some() {
                return Err(Reason::PersonThere {
                    address: address.clone(),
                }
                .into());
            }
            if read.alias(&address.fold())?.is_some() {
                return Err(Reason::AliasThere {
                    address: address.clone(),
                }
                .into());
            }
        }
        let credentials = self.credentials_of(password).await?;
        let address = address.clone();
        let now = self.inner.store.unix();
        let added = self
            .inner
            .store
            .write(move |write| write.create_account(&address, &credentials, now))
            .await?;
        self.inner.memory.changed();
        Ok(added)
    }

    /// Gives a person another password; their open sessions end. Their app passwords stay.
    ///
    /// # Errors
    /// No such person; the password cannot be taken; the disk fails.
    pub async fn set_password(&self, address: &Address, password: &Secret) -> Result<(), Refusal> {
        passwords::acceptable(password)?;
        let account = self.person(address)?;
        let made = self.hash(password).await?;
        self.inner
            .store
            .write(move |write| {
                let mut credentials = write.credentials(account)?;
                credentials.password = Some(made.phc);
                credentials.scram = Some(made.scram);
                write.set_credentials(account, &credentials)?;
                // One that was given to sign in once is replaced.
                match write.owner()? {
                    store::Owner::Person {
                        account: owner,
                        once: true,
                    } if owner == account => write.set_owner(store::Owner::Person {
                        account,
                        once: false,
                    }),
                    _ => Ok(()),
                }
            })
            .await?;
        self.secrets_changed(account);
        Ok(())
    }

    /// Removes a person, their open sessions, their mail and the aliases that lead to nobody else.
    ///
    /// # Errors
    /// No such person; the disk fails.
    pub async fn remove(&self, address: &Address) -> Result<(), Refusal> {
        let account = self.person(address)?;
        self.inner
            .store
            .write(move |write| write.remove_account(account))
            .await?;
        self.secrets_changed(account);
        Ok(())
    }

    /// What a person may keep, in octets; `None`: the box's default ([`UNLIMITED`]: no limit at all).
    ///
    /// # Errors
    /// No such person; the disk fails.
    pub async fn set_quota(&self, address: &Address, quota: Option<u64>) -> Result<(), Refusal> {
        let account = self.person(address)?;
        let write = move |write: &mut store::WriteTx<'_>| {
            let messages = write.account(account)?.quota_messages;
            write.set_quota(account, quota, messages)
        };
        Ok(self.inner.store.write(write).await?)
    }

    /// How many messages a person may keep; `None`: as many as fit.
    ///
    /// # Errors
    /// No such person; the disk fails.
    pub async fn set_message_quota(
        &self,
        address: &Address,
        messages: Option<u64>,
    ) -> Result<(), Refusal> {
        let account = self.person(address)?;
        let write = move |write: &mut store::WriteTx<'_>| {
            let octets = write.account(account)?.quota;
            write.set_quota(account, octets, messages)
        };
        Ok(self.inner.store.write(write).await?)
    }

    /// Everybody.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn members(&self) -> store::Result<Vec<Member>> {
        let read = self.inner.store.read()?;
        read.accounts()?
            .into_iter()
            .map(|account| {
                Ok(Member {
                    usage: read.usage(account.id)?,
                    name: read.name(account.id)?,
                    app_passwords: read
                        .credentials(account.id)?
                        .app_passwords
                        .iter()
                        .map(|app| (app.id, app.label.clone()))
                        .collect(),
                    account,
                })
            })
            .collect()
    }

    /// Makes an app password for one of a person's programs.
    ///
    /// # Errors
    /// No such person; too many; the disk fails.
    pub async fn add_app_password(
        &self,
        address: &Address,
        label: &str,
    ) -> Result<NewAppPassword, Refusal> {
        if label.len() > LABEL_MAX || label.chars().any(char::is_control) {
            return Err(Reason::LabelWrong { most: LABEL_MAX }.into());
        }
        let account = self.person(address)?;
        let password = readable_password(app_passwords::GROUPS)?;
        let hash = app_passwords::make(&Secret::from(password.as_str()))?;
        let (label, created) = (label.to_owned(), self.inner.store.unix());
        let id = self
            .change_credentials(account, move |credentials| {
                let apps = &mut credentials.app_passwords;
                if apps.len() >= APP_PASSWORDS_MAX {
                    return Ok(None);
                }
                let id = apps
                    .iter()
                    .map(|app| app.id)
                    .max()
                    .unwrap_or(0)
                    .saturating_add(1);
                apps.push(AppPassword {
                    id,
                    label,
                    hash,
                    created,
                });
                Ok(Some(id))
            })
            .await?;
        let most = APP_PASSWORDS_MAX;
        let id = id.ok_or(Reason::AppPasswordsMany { most })?;
        Ok(NewAppPassword { id, password })
    }

    /// Takes an app password back: the person's open sessions end, and the program that has it cannot come back.
    ///
    /// # Errors
    /// No such person or app password; the disk fails.
    pub async fn remove_app_password(&self, address: &Address, id: u32) -> Result<(), Refusal> {
        let account = self.person(address)?;
        let removed = self
            .change_credentials(account, move |credentials| {
                let before = credentials.app_passwords.len();
                credentials.app_passwords.retain(|app| app.id != id);
                Ok(credentials.app_passwords.len() < before)
            })
            .await?;
        if removed {
            self.programs_changed(account);
            return Ok(());
        }
        Err(Refusal::not_found(format!(
            "{address} has no app password number {id}; `pillarbox account app-password list {address}` shows them"
        )))
    }

    /// The person with this address.
    pub(crate) fn person(&self, address: &Address) -> Result<AccountId, Refusal> {
        let read = self.inner.store.read()?;
        read.account_by_address(&address.fold())?.ok_or_else(|| {
            let address = address.clone();
            Reason::NoSuchPerson { address }.into()
        })
    }

    /// With no domains set, a person's address brings its domain along.
    pub(super) fn refuse_foreign(
        &self,
        read: &impl Read,
        address: &Address,
    ) -> Result<(), Refusal> {
        if self.inner.domains.is_empty() || self.is_own_domain(read, address.domain())? {
            return Ok(());
        }
        Err(Reason::NotOurDomain {
            domain: address.domain().to_owned(),
            ours: self.inner.domains.join(", "),
        }
        .into())
    }

    /// How somebody proves who they are who has this password and nothing else.
    pub(crate) async fn credentials_of(&self, password: &Secret) -> Result<Credentials, Refusal> {
        passwords::acceptable(password)?;
        let made = self.hash(password).await?;
        Ok(Credentials {
            password: Some(made.phc),
            scram: Some(made.scram),
            app_passwords: Vec::new(),
        })
    }

    pub(super) async fn hash(&self, password: &Secret) -> Result<Made, Refusal> {
        let password = password.clone();
        self.inner
            .hasher
            .run(crate::bans::Turn::Known, move |scratch| {
                passwords::make(&password, scratch)
            })
            .await
            .unwrap_or_else(|| Err(Reason::HashingBusy.into()))
    }

    /// Reads, changes and writes a person's credentials in one deed, so that two changes at once lose nothing.
    async fn change_credentials<T: Send + 'static>(
        &self,
        account: AccountId,
        change: impl FnOnce(&mut Credentials) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let changed = self
            .inner
            .store
            .write(move |write| {
                let mut credentials = write.credentials(account)?;
                let changed = change(&mut credentials)?;
                write.set_credentials(account, &credentials)?;
                Ok(changed)
            })
            .await?;
        self.inner.memory.changed();
        Ok(changed)
    }
}

/// Whether mail to it could be told from somebody else's, and whether anybody would write to it.
pub(super) fn reachable(address: &Address) -> Result<(), Refusal> {
    if let Some((name, _)) = address.local().split_once(TAG) {
        return Err(Reason::Tagged {
            address: address.clone(),
            name: name.to_owned(),
            tag: TAG,
        }
        .into());
    }
    if let Some(name) = address.local().strip_prefix('-') {
        return Err(Reason::Dashed {
            address: address.clone(),
            name: name.to_owned(),
        }
        .into());
    }
    if address.domain().starts_with('[') {
        return Err(Reason::Literal {
            address: address.clone(),
        }
        .into());
    }
    Ok(())
}
