//! Whom a letter of the household says it is from (users.md B21): a person who is logged in writes under their own addresses only, in
//! From and Sender as in MAIL FROM (RFC 6409 §6.1).
//!
//! A letter without From is taken: it names nobody. A name without an address names nobody either.

use mail::{Address, Envelope, EnvelopeAddress};
use smtp::Reply;
use store::AccountId;

use crate::accounts::Accounts;

/// Refuses a header that names somebody else as its author. `named`: the header has a From or Sender field; one whose
/// addresses the parser had no room for is refused as well.
pub(super) fn judge(
    accounts: &Accounts,
    author: AccountId,
    header: Option<&Envelope>,
    named: bool,
) -> store::Result<Result<(), Reply>> {
    let found = header.map(|header| header.from.iter().chain(&header.sender));
    let mut read = false;
    for mailbox in found.into_iter().flatten() {
        read = true;
        let EnvelopeAddress::Mailbox { local, host, .. } = mailbox else {
            continue;
        };
        if host.is_empty() {
            continue;
        }
        let own = match (std::str::from_utf8(local), std::str::from_utf8(host)) {
            (Ok(local), Ok(host)) => match Address::new(local, host) {
                Ok(address) => accounts.may_send_as(author, &address)?,
                Err(_) => false,
            },
            _ => false,
        };
        if !own {
            return Ok(Err(foreign()));
        }
    }
    Ok(if named && !read {
        Err(foreign())
    } else {
        Ok(())
    })
}

fn foreign() -> Reply {
    Reply::new(
        550,
        (5, 7, 1),
        "From and Sender must be addresses of the person who is logged in",
    )
}
