//! A seal (ARC, RFC 8617) on a stranger's letter that an alias passes on: what we saw when it came, signed with the domain's RSA key, so that whoever trusts us
//! need not find the author unproven because we stand in between.

use std::io;

use msgauth::arc::{ArcResult, Sealer};

use super::{Signing, SigningError, each_piece};

impl Signing {
    /// The three fields to put on top of a letter that leaves by an alias at `domain`; `None` if that is no domain of the house. `arrived`: the state of its chain
    /// when it came; `results`: our results then ([`msgauth::results::payload`]). `read` and `time` as for [`Signing::sign`].
    ///
    /// # Errors
    /// See [`SigningError`]. The letter is passed on without a seal.
    pub async fn seal(
        &self,
        domain: &str,
        (arrived, results): (ArcResult, &str),
        time: Option<i64>,
        read: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
    ) -> Result<Option<String>, SigningError> {
        let Some(domain) = self.signing_domain(domain)? else {
            return Ok(None);
        };
        let keys = self.keys(&domain).await?;
        let selector = &keys.selectors.rsa;
        let mut sealer = Sealer::new(&keys.keys, &keys.domain, selector, arrived, results);
        each_piece(read, |octets| sealer.feed(octets)).await?;
        sealer
            .finish(time)
            .map(Some)
            .map_err(SigningError::Unsealed)
    }
}
