//! TLSA records (RFC 6698) against the chain of certificates that a mail server shows (RFC 7671, RFC 7672).

use ring::digest;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use super::outline::Outline;

/// DANE-TA: the record is about an authority of the chain.
const TRUST_ANCHOR: u8 = 2;
/// DANE-EE: it is about the server's own certificate.
const END_ENTITY: u8 = 3;
/// The whole certificate.
const CERTIFICATE: u8 = 0;
/// Its SubjectPublicKeyInfo.
const PUBLIC_KEY: u8 = 1;

/// One TLSA record (RFC 6698 §2.1), numbers as they came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tlsa {
    /// 2 is DANE-TA, 3 is DANE-EE; 0 and 1 are for other uses (RFC 7672 §3.1.3).
    pub usage: u8,
    /// 0 is the whole certificate, 1 its public key.
    pub selector: u8,
    /// 0 is exact, 1 SHA-256, 2 SHA-512.
    pub matching: u8,
    /// What it must be.
    pub data: Vec<u8>,
}

impl Tlsa {
    /// Whether it can authenticate a mail server (RFC 6698 §4.1, RFC 7672 §3.1): known numbers, and data that the matching type can produce.
    pub fn is_usable(&self) -> bool {
        matches!(self.usage, TRUST_ANCHOR | END_ENTITY)
            && matches!(self.selector, CERTIFICATE | PUBLIC_KEY)
            && match self.matching {
                0 => !self.data.is_empty(),
                1 => self.data.len() == digest::SHA256_OUTPUT_LEN,
                2 => self.data.len() == digest::SHA512_OUTPUT_LEN,
                _ => false,
            }
    }

    /// Whether the record is about this certificate.
    fn matches(&self, certificate: &CertificateDer<'_>) -> bool {
        let selected = match self.selector {
            CERTIFICATE => Some(certificate.as_ref()),
            PUBLIC_KEY => Outline::read(certificate).map(|outline| outline.public_key),
            _ => None,
        };
        let Some(selected) = selected else {
            return false;
        };
        match self.matching {
            0 => selected == self.data,
            1 => digest::digest(&digest::SHA256, selected).as_ref() == self.data,
            2 => digest::digest(&digest::SHA512, selected).as_ref() == self.data,
            _ => false,
        }
    }
}

/// Whether a DANE-EE record is about the server's certificate. Its names and dates mean nothing then (RFC 7672 §3.1.1).
pub(super) fn names_end_entity(records: &[Tlsa], end_entity: &CertificateDer<'_>) -> bool {
    let usable = records.iter().filter(|record| record.is_usable());
    usable
        .filter(|record| record.usage == END_ENTITY)
        .any(|record| record.matches(end_entity))
}

/// The authorities that DANE-TA records name: those of the chain that the server showed (RFC 7672 §3.1.2 has it show them), and those that a record holds whole. A bare
/// key without its certificate is not one. Path lengths that the authority's own certificate allows are not looked at; webpki takes no constraint of an anchor but its names.
pub(super) fn anchors(records: &[Tlsa], intermediates: &[CertificateDer<'_>]) -> RootCertStore {
    let mut anchors = RootCertStore::empty();
    let usable = records.iter().filter(|record| record.is_usable());
    for record in usable.filter(|record| record.usage == TRUST_ANCHOR) {
        let shown = intermediates
            .iter()
            .filter(|certificate| record.matches(certificate));
        anchors.add_parsable_certificates(shown.cloned());
        if record.selector == CERTIFICATE && record.matching == 0 {
            anchors.add_parsable_certificates([CertificateDer::from(record.data.as_slice())]);
        }
    }
    anchors
}
