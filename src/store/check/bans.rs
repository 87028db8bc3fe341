//! Bans and known networks are what they say.

use super::Findings;
use crate::error::Result;
use crate::ids::AccountId;
use crate::look::Look;
use crate::records::{BanRow, KnownRow, NetworkRow};
use crate::schema::key;

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    for row in look.prefixed(&key::BANS)? {
        let (at, octets) = row?;
        match postcard::from_bytes::<BanRow>(octets) {
            Ok(ban) if key::ban(&ban.network, ban.doors) != at => {
                findings.add("a ban lies at another network's place".to_owned());
            }
            Ok(ban) if !is_network(&ban.network) => {
                findings.add("a ban is of no network".to_owned());
            }
            Ok(_) => {}
            Err(error) => findings.add(format!("a ban cannot be read: {error}")),
        }
    }
    for row in look.prefixed(&key::KNOWN)? {
        let (at, octets) = row?;
        let account = key::last_u32(at).map(AccountId);
        match postcard::from_bytes::<KnownRow>(octets) {
            Ok(known)
                if known
                    .networks
                    .iter()
                    .all(|(network, _)| is_network(network)) => {}
            Ok(_) => findings.add(format!("{account:?} is known from what is no network")),
            Err(error) => findings.add(format!(
                "where {account:?} is known cannot be read: {error}"
            )),
        }
    }
    Ok(())
}

fn is_network(network: &NetworkRow) -> bool {
    let bits = u128::from_be_bytes(network.address);
    network.prefix <= 128 && bits.checked_shl(network.prefix.into()).unwrap_or(0) == 0
}
