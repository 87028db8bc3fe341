//! What is remembered of the world outside: destinations, relays, signing keys, and secrets of the box.

use zeroize::Zeroizing;

use super::WriteTx;
use crate::error::{Error, Result};
use crate::look::KEY_MAX;
use crate::records::{DestinationNotes, DkimKeys, Relay, RelayScope, RelayTls};
use crate::schema::key;

/// Octets of a destination's notes: an MTA-STS policy has 64 KiB at most (RFC 8461 §3.3), and less of it is kept.
const NOTES_MAX: usize = 64 << 10;
/// Relays of one box.
const RELAYS_MAX: usize = 1000;
/// Destinations that one deed of [`WriteTx::sweep_destination_notes`] looks at.
const SWEEP: usize = 500;

impl WriteTx<'_> {
    /// Replaces what is remembered of a destination (a domain in lower case); empty notes are forgotten.
    pub fn set_destination_notes(&mut self, domain: &str, notes: &DestinationNotes) -> Result<()> {
        let row = named(key::NOTES, domain)?;
        if *notes == DestinationNotes::default() {
            return self.delete(&row).map(|_| ());
        }
        let octets = postcard::to_stdvec(notes)?;
        if octets.len() > NOTES_MAX {
            return Err(Error::NotAllowed(
                "a destination's policy has 64 KiB at most",
            ));
        }
        self.put(&row, &octets)
    }

    /// Forgets destinations of which nothing happened after `before` (unix seconds) and whose policy ran out by then. Goes on behind the domain
    /// `after`, some hundred of them in one deed; returns where to go on, `None` at the end.
    pub fn sweep_destination_notes(
        &mut self,
        after: Option<&str>,
        before: i64,
    ) -> Result<Option<String>> {
        let some = self.look().notes_after(after, SWEEP)?;
        let last = some.last().map(|(domain, _)| domain.clone());
        let full = some.len() >= SWEEP;
        for (domain, notes) in some {
            let policy = notes
                .sts
                .as_ref()
                .map(|sts| sts.fetched.saturating_add_unsigned(sts.max_age));
            let newest = [policy, notes.verified_tls, notes.avoid_direct];
            if newest.into_iter().flatten().all(|moment| moment < before) {
                self.delete(&named(key::NOTES, &domain)?)?;
            }
        }
        Ok(last.filter(|_| full))
    }

    /// Sets the relay of its scope. Errors: `NotAllowed` for a password that would go in the clear, a name that is none.
    pub fn set_relay(&mut self, relay: &Relay) -> Result<()> {
        if relay.tls == RelayTls::None && (relay.password.is_some() || relay.user.is_some()) {
            return Err(Error::NotAllowed(
                "a relay that wants a password must be reached by TLS",
            ));
        }
        if relay.host.is_empty() || relay.host.len() > 255 || relay.port == 0 {
            return Err(Error::NotAllowed("a relay has a host name and a port"));
        }
        if let RelayScope::Domain(domain) = &relay.scope
            && !mail::valid_domain(domain)
        {
            return Err(Error::NotAllowed(
                "a relay is for a domain, such as example.org",
            ));
        }
        if self.look().relays()?.len() >= RELAYS_MAX {
            return Err(Error::NotAllowed("a box has at most 1000 relays"));
        }
        let octets = Zeroizing::new(postcard::to_stdvec(relay)?);
        self.put(&key::relay(&relay.scope), &octets)
    }

    /// Error: `NoSuchRelay`.
    pub fn remove_relay(&mut self, scope: &RelayScope) -> Result<()> {
        let row = key::relay(scope);
        if row.len() <= KEY_MAX && self.delete(&row)? {
            Ok(())
        } else {
            Err(Error::NoSuchRelay)
        }
    }

    /// Sets the keys of their domain.
    pub fn set_dkim_keys(&mut self, keys: &DkimKeys) -> Result<()> {
        let row = named(key::DKIM, &keys.domain.to_ascii_lowercase())?;
        let octets = Zeroizing::new(postcard::to_stdvec(keys)?);
        self.put(&row, &octets)
    }

    /// The box's secret of this name (such as `srs`), made when it is asked for first.
    pub fn box_secret(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>> {
        if let Some(secret) = self.look().known_secret(name)? {
            return Ok(secret);
        }
        let secret = super::mailbox_key::random()?;
        self.put(&named(key::SECRETS, name)?, &secret[..])?;
        Ok(secret)
    }
}

fn named(table: [u8; 2], name: &str) -> Result<Vec<u8>> {
    let row = key::named(table, name);
    if name.is_empty() || row.len() > KEY_MAX {
        return Err(Error::NotAllowed("a name has 1 to 509 octets"));
    }
    Ok(row)
}
