//! Nonces out of one random seed, so that a session needs no source of random numbers of its own.

use ring::hmac;
use std::fmt;
use zeroize::Zeroizing;

/// Octets in a nonce: 144 bits, which are 24 characters of base64 without padding.
pub const NONCE_LEN: usize = 18;

/// An endless row of nonces from a seed that is random and used for one connection only.
pub struct Nonces {
    seed: Zeroizing<[u8; 32]>,
    count: u64,
}

impl Nonces {
    /// Starts the row. The seed must come from the system's random source, a new one for every connection.
    pub fn new(seed: [u8; 32]) -> Nonces {
        Nonces {
            seed: Zeroizing::new(seed),
            count: 0,
        }
    }

    /// The next nonce, different from all before.
    pub fn next_nonce(&mut self) -> [u8; NONCE_LEN] {
        self.count = self.count.wrapping_add(1);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.seed);
        let tag = hmac::sign(&key, &self.count.to_be_bytes());
        let mut nonce = [0; NONCE_LEN];
        for (to, from) in nonce.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        nonce
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        let (mut one, mut two) = (Nonces::new([1; 32]), Nonces::new([2; 32]));
        let row = [
            one.next_nonce(),
            one.next_nonce(),
            two.next_nonce(),
            two.next_nonce(),
        ];
        for (at, nonce) in row.iter().enumerate() {
            assert!(row[at + 1..].iter().all(|other| other != nonce));
        }
        assert_eq!(Nonces::new([1; 32]).next_nonce(), row[0]);
    }
}
