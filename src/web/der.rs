//! Whether a certificate vouches for itself (RFC 5280 §4.1): only then do browsers warn.

use rustls::server::ParsedCertificate;
use rustls_pki_types::{CertificateDer, ServerName};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const INTEGER: u8 = 0x02;

/// Whether an authority issued it, and for this host: then a browser that knows the authority does not warn. `false` where it cannot be read.
pub(super) fn is_vouched_for(certificate: &[u8], host: &str) -> bool {
    let der = CertificateDer::from(certificate);
    let names_host = || {
        let name = ServerName::try_from(host).ok()?;
        let parsed = ParsedCertificate::try_from(&der).ok()?;
        rustls::client::verify_server_name(&parsed, &name).ok()
    };
    is_issued(certificate).unwrap_or(false) && names_host().is_some()
}

/// Whether issuer and subject differ.
fn is_issued(certificate: &[u8]) -> Option<bool> {
    let (fields, _) = element(certificate, SEQUENCE)?;
    let (mut rest, _) = element(fields, SEQUENCE)?;
    if let Some((_, after)) = element(rest, VERSION) {
        rest = after;
    }
    let (_serial, rest) = element(rest, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    let (issuer, rest) = element(rest, SEQUENCE)?;
    let (_validity, rest) = element(rest, SEQUENCE)?;
    let (subject, _) = element(rest, SEQUENCE)?;
    Some(issuer != subject)
}

/// The contents of the first element, if it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = octets
                .iter()
                .fold(0, |sum: usize, octet| (sum << 8) | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    (first == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, Issuer, KeyPair};

    #[test]
    fn who_vouches_is_seen() {
        let names = vec!["mail.example.org".to_owned()];
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names.clone()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "mail.example.org");
        let own = params.self_signed(&key).unwrap();
        assert!(!is_vouched_for(own.der(), "mail.example.org"));

        let mut authority = CertificateParams::new(vec![]).unwrap();
        authority
            .distinguished_name
            .push(DnType::CommonName, "An Authority");
        let issuer = Issuer::from_params(&authority, &key);
        let other = KeyPair::generate().unwrap();
        let issued = params.signed_by(&other, &issuer).unwrap();
        assert!(is_vouched_for(issued.der(), "mail.example.org"));
        assert!(!is_vouched_for(issued.der(), "pillarbox.local"));
        assert!(!is_vouched_for(issued.der(), "192.168.1.2"));
        for length in 0..issued.der().len() {
            assert!(!is_vouched_for(&issued.der()[..length], "mail.example.org"));
        }
    }
}
