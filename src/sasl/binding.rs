//! Channel bindings (RFC 5056): what ties a SCRAM log-in to the TLS connection that it runs in.
//!
//! `tls-exporter` (RFC 9266) is for TLS 1.3, and for TLS 1.2 with the extended master secret; `tls-server-end-point` (RFC 5929 §4) is a digest of the server's
//! certificate. `tls-unique` is not offered: TLS 1.3 has none.

use ring::digest;

/// The name of the binding of RFC 9266.
const TLS_EXPORTER: &str = "tls-exporter";
/// The name of the binding of RFC 5929 §4.
const TLS_SERVER_END_POINT: &str = "tls-server-end-point";

/// What one TLS connection can be bound to. An empty one binds nothing and is the same as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelBinding {
    /// 32 octets exported with [`ChannelBinding::EXPORTER_LABEL`] and an empty context (RFC 9266 §2); `None` on TLS 1.2 without extended master secret.
    pub tls_exporter: Option<[u8; 32]>,
    /// The digest of the server's certificate, see [`ChannelBinding::server_end_point`].
    pub tls_server_end_point: Option<Vec<u8>>,
}

impl ChannelBinding {
    /// The exporter's label (RFC 9266 §2); the context is empty and the length 32.
    pub const EXPORTER_LABEL: &'static [u8] = b"EXPORTER-Channel-Binding";

    /// Whether there is nothing to bind to.
    pub fn is_empty(&self) -> bool {
        self.tls_exporter.is_none() && self.tls_server_end_point.is_none()
    }

    /// The data of the binding with this name, if the connection has it. Names are case-sensitive (RFC 5056 §7).
    pub(crate) fn data(&self, name: &[u8]) -> Option<&[u8]> {
        if name == TLS_EXPORTER.as_bytes() {
            self.tls_exporter.as_ref().map(|octets| octets.as_slice())
        } else if name == TLS_SERVER_END_POINT.as_bytes() {
            self.tls_server_end_point.as_deref()
        } else {
            None
        }
    }

    /// The binding that a client takes: the exporter if there is one.
    pub(crate) fn preferred(&self) -> Option<(&'static str, &[u8])> {
        [TLS_EXPORTER, TLS_SERVER_END_POINT]
            .into_iter()
            .find_map(|name| self.data(name.as_bytes()).map(|data| (name, data)))
    }

    /// The `tls-server-end-point` of a certificate (DER): its digest under the hash of its own signature, SHA-256 where that is MD5 or SHA-1 (RFC 5929 §4.1).
    /// `None`: not a certificate, or a signature for which RFC 5929 defines nothing (Ed25519, RSASSA-PSS).
    pub fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
        let algorithm = match signature_algorithm(certificate)? {
            // 1.2.840.113549.1.1.N: N = 4 MD5, 5 SHA-1, 11 SHA-256, 12 SHA-384, 13 SHA-512, each with RSA.
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, hash] => match hash {
                4 | 5 | 11 => &digest::SHA256,
                12 => &digest::SHA384,
                13 => &digest::SHA512,
                _ => return None,
            },
            // 1.2.840.10045.4.1: ECDSA with SHA-1.
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01] => &digest::SHA256,
            // 1.2.840.10045.4.3.N: ECDSA with SHA-256, SHA-384, SHA-512.
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, hash] => match hash {
                2 => &digest::SHA256,
                3 => &digest::SHA384,
                4 => &digest::SHA512,
                _ => return None,
            },
            _ => return None,
        };
        Some(digest::digest(algorithm, certificate).as_ref().to_vec())
    }
}

/// The object identifier in `Certificate.signatureAlgorithm` (RFC 5280 §4.1).
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const OBJECT_IDENTIFIER: u8 = 0x06;
    let (fields, _) = element(certificate, SEQUENCE)?;
    let (_to_be_signed, rest) = element(fields, SEQUENCE)?;
    let (algorithm, _) = element(rest, SEQUENCE)?;
    element(algorithm, OBJECT_IDENTIFIER).map(|(identifier, _)| identifier)
}

/// The contents of the DER element with this tag at the front of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // At most three octets of length: 16 MB is far beyond any certificate.
        0x81..=0x83 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (
                octets
                    .iter()
                    .fold(0, |length, octet| length << 8 | usize::from(*octet)),
                rest,
            )
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match contents.len() {
            short @ 0..=0x7f => out.push(short as u8),
            long => out.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        out.extend(contents);
        out
    }

    fn certificate(identifier: &[u8]) -> Vec<u8> {
        let mut fields = der(0x30, &[7; 300]);
        fields.extend(der(0x30, &der(0x06, identifier)));
        fields.extend(der(0x03, &[0; 70]));
        der(0x30, &fields)
    }

    #[test]
    fn the_end_point_takes_the_hash_of_the_signature() {
        let rsa = |hash| certificate(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, hash]);
        let ecdsa = |hash| certificate(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, hash]);
        let length = |certificate: &[u8]| {
            ChannelBinding::server_end_point(certificate).map(|digest| digest.len())
        };
        assert_eq!(
            [4, 5, 11, 12, 13, 10].map(|n| length(&rsa(n))),
            [Some(32), Some(32), Some(32), Some(48), Some(64), None]
        );
        assert_eq!(
            [2, 3, 4, 1].map(|n| length(&ecdsa(n))),
            [Some(32), Some(48), Some(64), None]
        );
        assert_eq!(length(&certificate(&[0x2b, 0x65, 0x70])), None, "Ed25519");
        let whole = ecdsa(2);
        let expected = digest::digest(&digest::SHA256, &whole);
        assert_eq!(
            ChannelBinding::server_end_point(&whole).as_deref(),
            Some(expected.as_ref())
        );
    }

    #[test]
    fn a_cut_certificate_has_no_end_point() {
        let whole = certificate(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 2]);
        for cut in 0..whole.len() {
            assert_eq!(ChannelBinding::server_end_point(&whole[..cut]), None);
        }
    }

    #[test]
    fn the_exporter_is_preferred() {
        let both = ChannelBinding {
            tls_exporter: Some([1; 32]),
            tls_server_end_point: Some(vec![2; 32]),
        };
        assert_eq!(both.preferred(), Some(("tls-exporter", &[1; 32][..])));
        assert_eq!(both.data(b"tls-unique"), None);
        assert!(
            ChannelBinding::default().is_empty() && ChannelBinding::default().preferred().is_none()
        );
    }
}
