//! Writing what stands beside a person's passwords.

use zeroize::Zeroizing;

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::read::safeguards::FORM;
use crate::records::{LAST_USES_MAX, LastUse, RECOVERY_MAX, SCOPES_MAX, Safeguards};
use crate::schema::key;

impl WriteTx<'_> {
    /// Replaces what stands beside the person's passwords. Errors: `NoSuchAccount`; `NotAllowed` when it is too much.
    pub fn set_safeguards(&mut self, id: AccountId, safeguards: &Safeguards) -> Result<()> {
        self.look().account_head(id)?;
        let codes = safeguards
            .totp
            .as_ref()
            .map_or(0, |totp| totp.recovery.len());
        if safeguards.scopes.len() > SCOPES_MAX || codes > RECOVERY_MAX {
            return Err(Error::NotAllowed(
                "a person has at most 100 app passwords and 20 recovery codes",
            ));
        }
        let row = key::of(key::SAFEGUARDS, id);
        if *safeguards == Safeguards::default() {
            self.delete(&row)?;
            return Ok(());
        }
        let octets = Zeroizing::new(postcard::to_extend(safeguards, vec![FORM])?);
        self.put(&row, &octets)
    }

    /// Replaces what is known of the last uses of the person's passwords; of more than [`LAST_USES_MAX`] the last ones are left out. Error: `NoSuchAccount`.
    pub fn set_last_uses(&mut self, id: AccountId, uses: &[LastUse]) -> Result<()> {
        self.look().account_head(id)?;
        let row = key::of(key::LAST_USES, id);
        if uses.is_empty() {
            self.delete(&row)?;
            return Ok(());
        }
        let kept = uses.get(..LAST_USES_MAX).unwrap_or(uses);
        let octets = postcard::to_extend(kept, vec![FORM])?;
        self.put(&row, &octets)
    }
}
