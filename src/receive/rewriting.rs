//! The sender rewriting of what is forwarded (SRS), with the box's secret: the reverse path of a letter that goes on from an alias, and the way back.

use mail::Address;
use mail::srs::{self, SrsError};
use ring::hmac;
use store::Store;

/// The name of the secret in the store.
const SECRET: &str = "srs";

/// The box's key for it.
pub(crate) struct Rewriting {
    key: hmac::Key,
}

impl Rewriting {
    /// With the box's secret, which is made when it is first asked for.
    pub(crate) async fn open(store: &Store) -> store::Result<Rewriting> {
        let secret = store.write(|tx| tx.box_secret(SECRET)).await?;
        Ok(Rewriting {
            key: hmac::Key::new(hmac::HMAC_SHA256, &secret[..]),
        })
    }

    /// The reverse path to forward with: an address of the alias's domain, so that SPF there is ours. `None` stays the null path; so becomes an
    /// address that cannot be rewritten, whose failures then reach nobody outside.
    pub(crate) fn forward(
        &self,
        reverse_path: Option<&Address>,
        alias: &Address,
        unix: i64,
    ) -> Option<Address> {
        let hash = |octets: &[u8]| self.hash(octets);
        srs::forward(reverse_path?, alias.domain(), unix, &hash).ok()
    }

    /// Where mail to an address that [`Rewriting::forward`] made goes back to. `unix`: the time, if it is trusted.
    ///
    /// # Errors
    /// It was not made here, is too old, or is no such address.
    pub(crate) fn back(&self, address: &Address, unix: Option<i64>) -> Result<Address, SrsError> {
        srs::reverse(address.local(), unix, &|octets| self.hash(octets))
    }

    fn hash(&self, octets: &[u8]) -> [u8; 32] {
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(hmac::sign(&self.key, octets).as_ref()) {
            *to = *from;
        }
        hash
    }
}
