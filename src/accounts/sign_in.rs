//! The owner before the setup page: their own password and no other, judged as a log-in is.
//!
//! An app password belongs to a program, and a program is not the owner. What is remembered of log-ins is kept apart from what is remembered here, because
//! there the same words may have been an app password.

use std::net::IpAddr;

use mail::Address;
use sasl::Secret;
use store::{Credentials, Read as _};

use super::memory::Purpose;
use super::{Accounts, Owner, Verified};

impl Accounts {
    /// Whether this is the owner's address and own password: [`Verified::Password`] with their number, or with `None` for every other name and
    /// password, all of which take the same time. Guesses here count together with those at the mail services, and are slowed down in the same way.
    pub async fn sign_in(&self, address: &Address, password: &Secret, peer: IpAddr) -> Verified {
        let user = address.fold().to_string();
        let judged = self
            .judge_once(&user, password, peer, Purpose::SignIn, || {
                let Owner::Person(owner, _) = self.owner()? else {
                    return Ok(None);
                };
                let read = self.inner.store.read()?;
                if self.account_of(&read, &user)? != Some(owner) {
                    return Ok(None);
                }
                let own = Credentials {
                    app_passwords: Vec::new(),
                    ..read.credentials(owner)?
                };
                Ok(Some((owner, own)))
            })
            .await;
        match judged {
            Some(found) => Verified::Password(found),
            None => Verified::TryLater,
        }
    }
}
