//! The owner's deeds on people: add, change the password, remove, list, app passwords.

use mail::Address;
use sasl::Secret;
use store::{Account, AccountId, AppPassword, Credentials, Doors, LastUse, Read, Scope, Usage};
use zeroize::Zeroizing;

use super::admission::doors_of;
use super::passwords::{self, Made};
use super::random::readable_password;
use super::recipient::TAG;
use super::two_steps::TwoSteps;
use super::uses::forget_written;
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
    /// Their app passwords.
    pub app_passwords: Vec<AppMember>,
    /// Their second step before the setup page, if it is on.
    pub two_steps: Option<TwoSteps>,
    /// How their own password was last used, the newest first.
    pub own_uses: Vec<LastUse>,
}

/// An app password as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppMember {
    /// Its number.
    pub id: u32,
    /// What it is for.
    pub label: String,
    /// What it opens.
    pub doors: Doors,
    /// Unix seconds.
    pub created: i64,
    /// How it was last used, the newest first; empty: never, or before that was written down.
    pub uses: Vec<LastUse>,
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
                forget_written(write, account, 0)?;
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
        self.forget_uses(account, 0);
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
        self.forget_all_uses(account);
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
                let safeguards = read.safeguards(account.id)?;
                let uses = self.last_uses(account.id)?;
                let of = |id: u32, created: i64| {
                    let same = uses
                        .iter()
                        .filter(move |row| (row.id, row.created) == (id, created));
                    same.copied().collect::<Vec<_>>()
                };
                Ok(Member {
                    usage: read.usage(account.id)?,
                    name: read.name(account.id)?,
                    app_passwords: read
                        .credentials(account.id)?
                        .app_passwords
                        .iter()
                        .map(|app| AppMember {
                            id: app.id,
                            label: app.label.clone(),
                            doors: doors_of(app, &safeguards),
                            created: app.created,
                            uses: of(app.id, app.created),
                        })
                        .collect(),
                    two_steps: safeguards.totp.as_ref().map(TwoSteps::of),
                    own_uses: of(0, 0),
                    account,
                })
            })
            .collect()
    }

    /// Makes an app password for one of a person's programs, which opens these doors and no others.
    ///
    /// # Errors
    /// No such person; no door; too many; the disk fails.
    pub async fn add_app_password(
        &self,
        address: &Address,
        label: &str,
        doors: Doors,
    ) -> Result<NewAppPassword, Refusal> {
        if label.len() > LABEL_MAX || label.chars().any(char::is_control) {
            return Err(Reason::LabelWrong { most: LABEL_MAX }.into());
        }
        if doors == Doors::NONE {
            return Err(Reason::NoDoors.into());
        }
        let account = self.person(address)?;
        let password = readable_password(app_passwords::GROUPS)?;
        let hash = app_passwords::make(&Secret::from(password.as_str()))?;
        let (label, created) = (label.to_owned(), self.inner.store.unix());
        let id = self
            .inner
            .store
            .write(move |write| {
                let mut credentials = write.credentials(account)?;
                let apps = &mut credentials.app_passwords;
                if apps.len() >= APP_PASSWORDS_MAX {
                    return Ok(None);
                }
                let highest = apps.iter().map(|app| app.id).max();
                let id = highest.unwrap_or(0).saturating_add(1);
                apps.push(AppPassword {
                    id,
                    label,
                    hash,
                    created,
                });
                let mut safeguards = write.safeguards(account)?;
                // What a program that knows no scopes has left of passwords that are gone goes here.
                safeguards.scopes.retain(|scope| {
                    let same =
                        |app: &AppPassword| (app.id, app.created) == (scope.id, scope.created);
                    scope.id != id && apps.iter().any(same)
                });
                if doors != Doors::ALL {
                    safeguards.scopes.push(Scope { id, created, doors });
                }
                write.set_credentials(account, &credentials)?;
                write.set_safeguards(account, &safeguards)?;
                forget_written(write, account, id)?;
                Ok(Some(id))
            })
            .await?;
        self.inner.memory.changed();
        let most = APP_PASSWORDS_MAX;
        let id = id.ok_or(Reason::AppPasswordsMany { most })?;
        self.forget_uses(account, id);
        Ok(NewAppPassword { id, password })
    }

    /// Takes an app password back: the person's open sessions end, and the program that has it cannot come back.
    ///
    /// # Errors
    /// No such person or app password; the disk fails.
    pub async fn remove_app_password(&self, address: &Address, id: u32) -> Result<(), Refusal> {
        let account = self.person(address)?;
        let removed = self
            .inner
            .store
            .write(move |write| {
                let mut credentials = write.credentials(account)?;
                let before = credentials.app_passwords.len();
                credentials.app_passwords.retain(|app| app.id != id);
                if credentials.app_passwords.len() == before {
                    return Ok(false);
                }
                let mut safeguards = write.safeguards(account)?;
                safeguards.scopes.retain(|scope| scope.id != id);
                write.set_credentials(account, &credentials)?;
                write.set_safeguards(account, &safeguards)?;
                forget_written(write, account, id)?;
                Ok(true)
            })
            .await?;
        if removed {
            self.programs_changed(account);
            self.forget_uses(account, id);
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
