//! What a finished handshake agreed on.

use rustls::{CipherSuite, ProtocolVersion};
use sasl::ChannelBinding;

/// The facts of a TLS connection that a protocol session wants to know.
#[derive(Clone, Debug)]
pub struct Secured {
    /// `TLSv1.2` or `TLSv1.3`, for the Received field.
    pub version: &'static str,
    /// The cipher suite's IANA name, for the Received field.
    pub cipher: &'static str,
    /// What SCRAM-SHA-256-PLUS can bind to. `tls-exporter` is missing on the world's port and on TLS 1.2 without extended master secret.
    pub binding: ChannelBinding,
}

/// The version as people write it.
pub(super) fn version_name(version: Option<ProtocolVersion>) -> &'static str {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLS",
    }
}

/// The suite's name in the IANA registry; these nine are all that rustls has.
pub(super) fn cipher_name(suite: Option<CipherSuite>) -> &'static str {
    match suite {
        Some(CipherSuite::TLS13_AES_128_GCM_SHA256) => "TLS_AES_128_GCM_SHA256",
        Some(CipherSuite::TLS13_AES_256_GCM_SHA384) => "TLS_AES_256_GCM_SHA384",
        Some(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256) => "TLS_CHACHA20_POLY1305_SHA256",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256) => {
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        }
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384) => {
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        }
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256) => {
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        }
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) => {
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        }
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) => {
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        }
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256) => {
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        }
        _ => "unknown",
    }
}
