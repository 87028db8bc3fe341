//! Keywords: names an account gave to the flags that are not the system's.

use super::WriteTx;
use crate::Read;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Flags, KEYWORDS_MAX};
use crate::schema::key;

/// Octets of a keyword; the longest in use are some 30.
const KEYWORD_MAX: usize = 100;

impl WriteTx<'_> {
    /// The flag of the keyword (compared without ASCII case), which is added when new.
    ///
    /// Errors: `TooManyKeywords` when the table is full, `NotAllowed` for a name that is empty, longer than 100 octets, or holds controls.
    pub fn intern_keyword(&mut self, account: AccountId, name: &str) -> Result<Flags> {
        self.look().account_head(account)?;
        let mut names = self.keywords(account)?;
        let index = match names
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
        {
            Some(index) => index,
            None => {
                if name.is_empty() || name.len() > KEYWORD_MAX || name.chars().any(char::is_control)
                {
                    return Err(Error::NotAllowed(
                        "a keyword has 1 to 100 octets and no control characters",
                    ));
                }
                if names.len() >= KEYWORDS_MAX {
                    return Err(Error::TooManyKeywords);
                }
                names.push(name.to_owned());
                self.put(
                    &key::of(key::KEYWORDS, account),
                    &postcard::to_stdvec(&names)?,
                )?;
                names.len() - 1
            }
        };
        u8::try_from(index)
            .ok()
            .and_then(Flags::keyword)
            .ok_or(Error::TooManyKeywords)
    }
}
