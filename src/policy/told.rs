//! Whose word was gone by, as a TLS report tells it (RFC 8460 §4.4).

use msgauth::report::PolicyKind;
use store::StsMode;

use super::{Destination, TlsDemand};
use crate::tls::outgoing::{Tlsa, Trust};

/// Records and lines that are told.
const LINES_MAX: usize = 20;

/// A policy to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// Whose word.
    pub kind: PolicyKind,
    /// The policy's lines, or its records.
    pub lines: Vec<String>,
    /// Patterns of mail hosts.
    pub hosts: Vec<String>,
}

impl Destination {
    /// The domain that mail is for.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The policy that counted under `demand`; `None`: it came to no demand.
    pub fn told(&self, demand: Option<&TlsDemand>) -> Told {
        let nothing = Told {
            kind: PolicyKind::None,
            lines: Vec::new(),
            hosts: Vec::new(),
        };
        if let Some(Trust::Dane { records, .. }) = demand.map(|demand| &demand.trust) {
            return Told {
                kind: PolicyKind::Tlsa,
                lines: records.iter().take(LINES_MAX).map(record).collect(),
                ..nothing
            };
        }
        let Some(sts) = self.sts.as_ref().filter(|sts| sts.mode != StsMode::None) else {
            return nothing;
        };
        let mode = match sts.mode {
            StsMode::Enforce => "enforce",
            StsMode::Testing | StsMode::None => "testing",
        };
        let hosts: Vec<String> = sts.mx.iter().take(LINES_MAX).cloned().collect();
        let mut lines = vec!["version: STSv1".to_owned(), format!("mode: {mode}")];
        lines.extend(hosts.iter().map(|host| format!("mx: {host}")));
        lines.push(format!("max_age: {}", sts.max_age));
        Told {
            kind: PolicyKind::Sts,
            lines,
            hosts,
        }
    }
}

fn record(tlsa: &Tlsa) -> String {
    let hex: String = tlsa
        .data
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("{} {} {} {hex}", tlsa.usage, tlsa.selector, tlsa.matching)
}
