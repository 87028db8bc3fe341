//! The SPF record (RFC 7208), as far as it can be read without following it into other people's: does it name the box, or the relay?

use std::net::IpAddr;

use dns::Kind;

use super::{Check, Finding, State};
use crate::publish::relays::spf_include;
use crate::publish::said::say;
use crate::publish::{Facts, RelayUse, Said};

impl Check<'_> {
    pub(super) async fn spf(&self, addresses: &[IpAddr]) -> Finding {
        let texts = match self.asker.texts(self.domain, "v=spf1").await {
            Ok(texts) => texts,
            Err(failure) => return self.silence(self.domain, Kind::Txt, &failure),
        };
        let (state, said) = judge(self.domain, self.facts, addresses, &texts);
        self.finding(self.domain, Kind::Txt, state, said)
    }
}

fn judge(domain: &str, facts: &Facts, addresses: &[IpAddr], texts: &[String]) -> (State, Said) {
    let text = match texts {
        [text] => text,
        [] => {
            let said = say!(findings.spf_missing, domain = domain);
            return (State::Missing, said);
        }
        _ => {
            let said = say!(
                findings.spf_many,
                domain = domain,
                count = &texts.len().to_string()
            );
            return (State::Wrong, said);
        }
    };
    let terms: Vec<String> = text
        .split_ascii_whitespace()
        .skip(1)
        .map(str::to_ascii_lowercase)
        .collect();
    if terms.iter().any(|term| term == "all" || term == "+all") {
        let said = say!(findings.spf_world, domain = domain);
        return (State::Wrong, said);
    }
    if let Some(other) = terms.iter().find_map(|term| term.strip_prefix("redirect=")) {
        let said = say!(findings.spf_redirect, domain = domain, other = other);
        return (State::Note, said);
    }
    let names_box = terms
        .iter()
        .any(|term| allows(term, domain, facts, addresses));
    let included = |host: &str| {
        let known = spf_include(host).map(|include| format!("include:{include}"));
        match known {
            Some(include) => terms.iter().any(|term| bare(term) == include),
            None => terms.iter().any(|term| bare(term).starts_with("include:")),
        }
    };
    let lacking: Vec<&str> = facts
        .relay
        .hosts()
        .iter()
        .map(String::as_str)
        .filter(|host| !included(host))
        .collect();
    let neutral = terms.iter().any(|term| term == "?all");
    match &facts.relay {
        _ if !lacking.is_empty() && !neutral => (
            State::Wrong,
            say!(
                findings.spf_lacks,
                domain = domain,
                relays = &lacking.join(", ")
            ),
        ),
        RelayUse::Direct | RelayUse::Partly(_) if !names_box => (
            State::Wrong,
            say!(findings.spf_not_box, domain = domain, text = text),
        ),
        _ if !lacking.is_empty() => (
            State::Note,
            say!(
                findings.spf_neutral,
                domain = domain,
                relays = &lacking.join(", ")
            ),
        ),
        RelayUse::Direct => (State::Right, say!(findings.spf_right, domain = domain)),
        RelayUse::Partly(_) => (
            State::Right,
            say!(findings.spf_right_partly, domain = domain),
        ),
        RelayUse::Everything(relay) => (
            State::Right,
            say!(findings.spf_right_relay, domain = domain, relay = relay),
        ),
    }
}

/// Whether a term lets the box pass.
fn allows(term: &str, domain: &str, facts: &Facts, addresses: &[IpAddr]) -> bool {
    if term.starts_with(['-', '~', '?']) {
        return false;
    }
    let term = bare(term);
    let (mechanism, value) = term.split_once(':').unwrap_or((term, ""));
    let is_ours = |name: &str| mail::domains_equal(name, &facts.hostname);
    match mechanism {
        // The MX record has a said of its own.
        "mx" => value.is_empty() || mail::domains_equal(value, domain),
        "a" if value.is_empty() => is_ours(domain),
        "a" => is_ours(value),
        "ip4" | "ip6" => addresses.iter().any(|address| contains(value, *address)),
        _ => false,
    }
}

/// Without its qualifier.
fn bare(term: &str) -> &str {
    term.trim_start_matches(['+', '-', '~', '?'])
}

/// Whether `192.0.2.0/24` contains the address.
fn contains(network: &str, address: IpAddr) -> bool {
    let (network, length) = network.split_once('/').unwrap_or((network, ""));
    let Ok(network) = network.parse::<IpAddr>() else {
        return false;
    };
    let length = |whole: u32| -> Option<u32> {
        if length.is_empty() {
            return Some(0);
        }
        whole.checked_sub(length.parse().ok()?)
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => length(32).is_some_and(|rest| {
            let differ = network.to_bits() ^ address.to_bits();
            differ.checked_shr(rest).unwrap_or(0) == 0
        }),
        (IpAddr::V6(network), IpAddr::V6(address)) => length(128).is_some_and(|rest| {
            let differ = network.to_bits() ^ address.to_bits();
            differ.checked_shr(rest).unwrap_or(0) == 0
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_addresses() {
        for (network, address, inside) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.0/24", "192.0.2.77", true),
            ("192.0.2.0/24", "192.0.3.77", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("192.0.2.0/33", "192.0.2.0", false),
            ("192.0.2.0/x", "192.0.2.0", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("::/0", "192.0.2.0", false),
        ] {
            assert_eq!(
                contains(network, address.parse().unwrap()),
                inside,
                "{network} {address}"
            );
        }
    }
}
