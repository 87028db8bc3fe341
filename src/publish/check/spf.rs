//! The SPF record (RFC 7208), as far as it can be read without following it into other people's: does it name the box, or the relay?

use std::net::IpAddr;

use dns::Kind;

use super::{Check, Finding, State};
use crate::publish::relays::spf_include;
use crate::publish::{Facts, RelayUse};

impl Check<'_> {
    pub(super) async fn spf(&self, addresses: &[IpAddr]) -> Finding {
        let texts = match self.asker.texts(self.domain, "v=spf1").await {
            Ok(texts) => texts,
            Err(failure) => return self.silence(self.domain, Kind::Txt, &failure),
        };
        let (state, sentence) = judge(self.domain, self.facts, addresses, &texts);
        self.finding(self.domain, Kind::Txt, state, sentence)
    }
}

fn judge(domain: &str, facts: &Facts, addresses: &[IpAddr], texts: &[String]) -> (State, String) {
    let text = match texts {
        [text] => text,
        [] => {
            let sentence = format!(
                "{domain} has no SPF record, so receivers cannot tell who may send its mail: publish it."
            );
            return (State::Missing, sentence);
        }
        _ => {
            let sentence = format!(
                "{domain} has {} SPF records, and receivers then heed none: leave one.",
                texts.len()
            );
            return (State::Wrong, sentence);
        }
    };
    let terms: Vec<String> = text
        .split_ascii_whitespace()
        .skip(1)
        .map(str::to_ascii_lowercase)
        .collect();
    if terms.iter().any(|term| term == "all" || term == "+all") {
        let sentence = format!(
            "The SPF record of {domain} allows the whole world to send its mail: make its last word ~all."
        );
        return (State::Wrong, sentence);
    }
    if let Some(other) = terms.iter().find_map(|term| term.strip_prefix("redirect=")) {
        let sentence = format!(
            "The SPF record of {domain} hands over to {other}, which is not followed here: see that it allows this box."
        );
        return (State::Note, sentence);
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
            format!(
                "The SPF record of {domain} does not include what {} sends from, so its mail for you looks forged: add the include that it asks for.",
                lacking.join(" and ")
            ),
        ),
        RelayUse::Direct | RelayUse::Partly(_) if !names_box => (
            State::Wrong,
            format!(
                "The SPF record of {domain} does not allow this box to send ({text}): add the word mx to it."
            ),
        ),
        _ if !lacking.is_empty() => (
            State::Note,
            format!(
                "The SPF record of {domain} says nothing against mail through {}; better is the include that it asks for, and ~all.",
                lacking.join(" and ")
            ),
        ),
        RelayUse::Direct => (
            State::Right,
            format!("The SPF record of {domain} allows this box to send."),
        ),
        RelayUse::Partly(_) => (
            State::Right,
            format!("The SPF record of {domain} allows this box and the relay to send."),
        ),
        RelayUse::Everything(relay) => (
            State::Right,
            format!(
                "The SPF record of {domain} includes others to send for it, as mail through {relay} needs."
            ),
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
        // The MX record has a sentence of its own.
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
