//! Reading what is remembered of the world outside.

use std::ops::Bound;

use mail::Address;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::ids::AccountId;
use crate::look::{KEY_MAX, Look, odd_key};
use crate::records::{DestinationNotes, DkimKeys, Relay, RelayScope, StsRecord};
use crate::schema::key;

impl<'a> Look<'a> {
    pub(crate) fn destination_notes(self, domain: &str) -> Result<Option<DestinationNotes>> {
        self.named(key::NOTES, domain)?
            .map(|octets| Ok(postcard::from_bytes(octets)?))
            .transpose()
    }

    /// Notes of destinations behind `after`, by name.
    pub(crate) fn notes_after(
        self,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<(String, DestinationNotes)>> {
        self.each_note(after)?.take(max).collect()
    }

    pub(crate) fn with_sts(
        self,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<(String, StsRecord)>> {
        let with = |(domain, notes): (String, DestinationNotes)| Some((domain, notes.sts?));
        self.each_note(after)?
            .filter_map(|note| note.map(with).transpose())
            .take(max)
            .collect()
    }

    fn each_note(
        self,
        after: Option<&str>,
    ) -> Result<impl Iterator<Item = Result<(String, DestinationNotes)>> + use<'a>> {
        let mut first = key::named(key::NOTES, after.unwrap_or_default());
        // No domain is as long: nothing of what `after` may be is lost.
        first.truncate(KEY_MAX);
        let [t, u] = key::NOTES;
        let rows = self.range(
            Bound::Excluded(&first[..]),
            Bound::Excluded(&[t, u + 1][..]),
        )?;
        Ok(rows.map(|row| {
            let (at, octets) = row?;
            let name = at.get(2..).and_then(|name| std::str::from_utf8(name).ok());
            Ok((
                name.ok_or_else(odd_key)?.to_owned(),
                postcard::from_bytes(octets)?,
            ))
        }))
    }

    pub(crate) fn relays(self) -> Result<Vec<Relay>> {
        self.prefixed(&key::RELAYS)?
            .map(|row| Ok(postcard::from_bytes(row?.1)?))
            .collect()
    }

    pub(crate) fn relay(self, scope: &RelayScope) -> Result<Option<Relay>> {
        let row = key::relay(scope);
        if row.len() > KEY_MAX {
            return Ok(None);
        }
        self.get(&row)?
            .map(|octets| Ok(postcard::from_bytes(octets)?))
            .transpose()
    }

    pub(crate) fn dkim_keys(self, domain: &str) -> Result<Option<DkimKeys>> {
        self.named(key::DKIM, &domain.to_ascii_lowercase())?
            .map(|octets| Ok(postcard::from_bytes(octets)?))
            .transpose()
    }

    pub(crate) fn known_secret(self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>> {
        let octets = self.named(key::SECRETS, name)?;
        Ok(octets
            .and_then(|octets| octets.first_chunk())
            .map(|secret| Zeroizing::new(*secret)))
    }

    pub(crate) fn correspondent(
        self,
        account: AccountId,
        address: &Address,
    ) -> Result<Option<u32>> {
        let row = key::named_of(key::CORRESPONDENTS, account, &address.fold().to_string());
        Ok(self
            .get(&row)?
            .and_then(|octets| octets.first_chunk())
            .map(|day| u32::from_be_bytes(*day)))
    }

    fn named(self, table: [u8; 2], name: &str) -> Result<Option<&'a [u8]>> {
        let row = key::named(table, name);
        if row.len() > KEY_MAX {
            return Ok(None);
        }
        self.get(&row)
    }
}
