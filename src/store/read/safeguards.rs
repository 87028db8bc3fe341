//! Reading what stands beside a person's passwords.

use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::look::Look;
use crate::records::{LastUse, Safeguards};
use crate::schema::key;

/// The form of both rows, in their first octet.
pub(crate) const FORM: u8 = 1;

impl Look<'_> {
    pub(crate) fn safeguards(self, id: AccountId) -> Result<Safeguards> {
        match self.get(&key::of(key::SAFEGUARDS, id))? {
            None => Ok(Safeguards::default()),
            // Not to be taken for "no second step": nobody gets in until somebody has looked.
            Some(octets) => Ok(postcard::from_bytes(known(octets)?)?),
        }
    }

    pub(crate) fn last_uses(self, id: AccountId) -> Result<Vec<LastUse>> {
        match self.get(&key::of(key::LAST_USES, id))? {
            None => Ok(Vec::new()),
            Some(octets) => Ok(postcard::from_bytes(known(octets)?)?),
        }
    }
}

fn known(octets: &[u8]) -> Result<&[u8]> {
    match octets.split_first() {
        Some((&FORM, rest)) => Ok(rest),
        _ => Err(Error::Damaged(
            "what stands beside a person's passwords is of an unknown form".into(),
        )),
    }
}
