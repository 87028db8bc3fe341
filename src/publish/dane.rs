//! What a TLSA record says of a certificate (RFC 6698 §2.1.2, selector 1): the hash of its public key.

use ring::digest::{SHA256, digest};
use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;

/// SHA-256 of the SubjectPublicKeyInfo in a certificate (DER), for [`super::Facts::tls_key`]; `None` if it is no certificate.
///
/// The key that the box makes for itself lives as long as the box, so its record stays right; one from an authority may be another after each renewal,
/// and then the record must be changed first.
pub fn tls_key_hash(certificate: &[u8]) -> Option<[u8; 32]> {
    let certificate = CertificateDer::from(certificate);
    let parsed = ParsedCertificate::try_from(&certificate).ok()?;
    let key = parsed.subject_public_key_info();
    digest(&SHA256, key.as_ref()).as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use rcgen::PublicKeyData as _;

    use super::*;

    #[test]
    fn the_hash_is_of_the_key_and_not_of_the_certificate() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = |name: &str| {
            let names = vec![name.to_owned()];
            let parameters = rcgen::CertificateParams::new(names).unwrap();
            parameters.self_signed(&key).unwrap().der().to_vec()
        };
        let expected = digest(&SHA256, &key.subject_public_key_info());
        for name in ["mail.house.test", "other.test"] {
            let hash = tls_key_hash(&certificate(name)).unwrap();
            assert_eq!(hash.as_slice(), expected.as_ref());
        }
        assert_eq!(tls_key_hash(b"\x30\x03abc"), None);
    }
}
