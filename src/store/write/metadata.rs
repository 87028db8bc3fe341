//! Metadata of mailboxes and of the server: SETMETADATA (RFC 5464 §4.3).

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::look::{KEY_MAX, odd_key};
use crate::read::shared::owner;
use crate::records::About;
use crate::schema::key;

/// Entries of one mailbox (or the server) and person, or shared by everybody: programs in use keep a handful.
pub const METADATA_MAX: usize = 64;
/// Octets of a value: a note, a colour, a certificate.
pub const METADATA_VALUE_MAX: usize = 64 * 1024;

impl WriteTx<'_> {
    /// Sets an entry, whose name is compared without ASCII case; `None` removes it. `whose`: of `/private`; `None`: of `/shared`. It goes with its
    /// mailbox, and with the person.
    ///
    /// Errors: `NoSuchMailbox`, `NoSuchAccount`, `MetadataTooLarge`, `TooMuchMetadata`; `NotAllowed` for a name that is empty or longer than 400 octets.
    pub fn set_metadata(
        &mut self,
        about: About,
        whose: Option<AccountId>,
        entry: &str,
        value: Option<&[u8]>,
    ) -> Result<()> {
        if let About::Mailbox(mailbox) = about {
            self.look().mailbox_head(mailbox)?;
        }
        if let Some(whose) = whose {
            self.look().account_head(whose)?;
        }
        let at = key::metadata(about.mailbox(), owner(whose), &entry.to_ascii_lowercase());
        if entry.is_empty() || at.len() > KEY_MAX {
            return Err(Error::NotAllowed(
                "the name of a metadata entry has 1 to 497 octets",
            ));
        }
        let Some(value) = value else {
            if self.delete(&at)? {
                self.touch_about(about, whose)?;
            }
            return Ok(());
        };
        if value.len() > METADATA_VALUE_MAX {
            return Err(Error::MetadataTooLarge {
                max: METADATA_VALUE_MAX,
            });
        }
        self.room()?;
        if self.get(&at)?.is_none() {
            let kind = key::of_mailbox_and(key::METADATA, about.mailbox(), owner(whose));
            if self.look().prefixed(&kind)?.count() >= METADATA_MAX {
                return Err(Error::TooMuchMetadata { max: METADATA_MAX });
            }
        }
        self.put(&at, value)?;
        self.touch_about(about, whose)
    }

    /// A change of a mailbox's metadata is one of the mailbox (RFC 7162 §3.2: SETMETADATA raises its mod-sequence).
    fn touch_about(&mut self, about: About, whose: Option<AccountId>) -> Result<()> {
        if let About::Mailbox(mailbox) = about {
            let mut open = self.open(mailbox)?;
            let modseq = open.next_modseq()?;
            open.changed(modseq);
            self.save(&mut open)?;
            self.touch(mailbox.account);
        }
        if let Some(whose) = whose {
            self.touch(whose);
        } else if about == About::Server {
            // Everybody sees it.
            for account in self.look().accounts()? {
                self.touch(account.id);
            }
        }
        Ok(())
    }

    /// Forgets the private metadata and the keys of a person who goes.
    pub(crate) fn forget_private(&mut self, whose: AccountId) -> Result<()> {
        for table in [key::METADATA, key::MAILBOX_KEYS] {
            let mut rows = Vec::new();
            for row in self.look().prefixed(&table)? {
                let at = row?.0;
                let (who, _) = at
                    .get(10..)
                    .and_then(<[u8]>::split_first_chunk)
                    .ok_or_else(odd_key)?;
                if *who == whose.0.to_be_bytes() {
                    rows.push(at.to_vec());
                }
            }
            for at in rows {
                self.delete(&at)?;
            }
        }
        Ok(())
    }
}
