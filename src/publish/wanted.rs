//! The records of a domain, and why each.

use std::net::IpAddr;

use dns::Kind;

use super::relays::spf_include;
use super::said::say;
use super::{Facts, Need, Record, RelayUse, Said, policy_id};
use crate::accounts::REPORTS;

/// Services that mail programs look for (RFC 6186 §3, RFC 8314 §5.1), with the ports of the world's side of the router, and what is
/// spoken there.
pub(super) const SERVICES: [(&str, u16, &str); 5] = [
    ("_submissions", 465, "SMTP, TLS"),
    ("_submission", 587, "SMTP, STARTTLS"),
    ("_imaps", 993, "IMAP, TLS"),
    ("_imap", 143, "IMAP, STARTTLS"),
    ("_pop3s", 995, "POP3, TLS"),
];

/// The service by which Outlook finds a host to ask (MS-OXDISCO §3.1.5.1), at HTTPS.
pub(super) const AUTODISCOVER: &str = "_autodiscover._tcp";
const HTTPS: u16 = 443;

/// Everything to publish for `domain` (A-labels), the most important first.
pub fn records(domain: &str, facts: &Facts) -> Vec<Record> {
    let host = &facts.hostname;
    let mut list = List {
        records: Vec::new(),
    };
    for address in &facts.addresses {
        let kind = match address {
            IpAddr::V4(_) => Kind::A,
            IpAddr::V6(_) => Kind::Aaaa,
        };
        let why = say!(reasons.address);
        list.add(Need::Must, host, kind, &address.to_string(), why);
    }
    let why = say!(reasons.mx);
    list.add(Need::Must, domain, Kind::Mx, &format!("10 {host}"), why);
    list.add(
        Need::Must,
        domain,
        Kind::Txt,
        &spf(facts),
        spf_reason(&facts.relay),
    );
    if let Some(keys) = &facts.dkim {
        let selectors = &keys.selectors;
        let name = |selector: &str| format!("{selector}._domainkey.{domain}");
        let why = say!(reasons.rsa);
        let rsa = &keys.records.rsa;
        list.add(Need::Must, &name(&selectors.rsa), Kind::Txt, rsa, why);
        let why = say!(reasons.ed25519);
        let ed25519 = &keys.records.ed25519;
        list.add(
            Need::Should,
            &name(&selectors.ed25519),
            Kind::Txt,
            ed25519,
            why,
        );
    }
    let why = say!(reasons.dmarc);
    let name = format!("_dmarc.{domain}");
    // The box reads the reports itself (`pillarbox reports`).
    let value = format!("v=DMARC1; p=quarantine; rua=mailto:{REPORTS}@{domain}");
    list.add(Need::Must, &name, Kind::Txt, &value, why);
    if host != domain && !matches!(facts.relay, RelayUse::Everything(_)) {
        let why = say!(reasons.spf_host);
        list.add(Need::Should, host, Kind::Txt, "v=spf1 a -all", why);
    }
    for (service, port, what) in SERVICES {
        let why = say!(reasons.srv, what = what);
        let name = format!("{service}._tcp.{domain}");
        let value = format!("0 1 {port} {host}");
        list.add(Need::Should, &name, Kind::Srv, &value, why);
    }
    let why = say!(reasons.reports);
    let value = format!("v=TLSRPTv1; rua=mailto:{REPORTS}@{domain}");
    let name = format!("_smtp._tls.{domain}");
    list.add(Need::May, &name, Kind::Txt, &value, why);
    if let Some(hash) = facts.tls_key {
        let why = say!(reasons.dane);
        let name = dns::tlsa_name(25, host);
        list.add(Need::May, &name, Kind::Tlsa, &tlsa_value(&hash), why);
    }
    web(&mut list, domain, facts);
    list.records.sort_by_key(|record| record.need);
    list.records
}

/// What no record of the domain can say: sentences.
pub fn advice(domain: &str, facts: &Facts) -> Vec<Said> {
    let host = &facts.hostname;
    let mut advice = Vec::new();
    if facts.addresses.is_empty() {
        advice.push(say!(reasons.advice_address, host = host));
    }
    advice.push(match &facts.relay {
        RelayUse::Everything(relay) => say!(reasons.advice_reverse_relay, relay = relay),
        RelayUse::Direct | RelayUse::Partly(_) => say!(reasons.advice_reverse, host = host),
    });
    if let RelayUse::Everything(relay) = &facts.relay
        && spf_include(relay).is_none()
    {
        advice.push(say!(reasons.advice_include, relay = relay, domain = domain));
    }
    advice
}

/// `3 1 1`: this key and no authority's word (RFC 7672 §3.1.1).
pub(super) fn tlsa_value(hash: &[u8; 32]) -> String {
    let hex: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("3 1 1 {hex}")
}

/// `~all` and not `-all`: with `-all` some receivers turn a forwarded letter away before they look at its DKIM signature; DMARC puts aside what has neither.
/// `?all` while a relay's own hosts are not known: nothing may be said against mail from them.
pub(super) fn spf(facts: &Facts) -> String {
    let mut text = "v=spf1 mx".to_owned();
    let mut all = "~all";
    for host in facts.relay.hosts() {
        match spf_include(host) {
            Some(include) if !text.contains(include) => {
                text.push_str(" include:");
                text.push_str(include);
            }
            Some(_) => {}
            None => all = "?all",
        }
    }
    format!("{text} {all}")
}

fn spf_reason(relay: &RelayUse) -> Said {
    let hosts = relay.hosts();
    if hosts.is_empty() {
        say!(reasons.spf)
    } else {
        say!(reasons.spf_relay, relays = &hosts.join(", "))
    }
}

/// What points at the box's web server. Autoconfig is asked for over plain HTTP, too; the others want a certificate that the world believes, and the SRV record lets it be the
/// one for the box's own name.
fn web(list: &mut List, domain: &str, facts: &Facts) {
    let need = |serves: bool, then| if serves { then } else { Need::Later };
    let host = &facts.hostname;
    let believed = facts.serves_web && facts.believed;
    let name = format!("autoconfig.{domain}");
    let why = say!(reasons.autoconfig);
    list.add(
        need(facts.serves_web, Need::Should),
        &name,
        Kind::Cname,
        host,
        why,
    );
    let name = format!("{AUTODISCOVER}.{domain}");
    let why = say!(reasons.autodiscover_srv);
    let value = format!("0 1 {HTTPS} {host}");
    list.add(need(believed, Need::Should), &name, Kind::Srv, &value, why);
    let name = format!("autodiscover.{domain}");
    let why = say!(reasons.autodiscover);
    list.add(need(believed, Need::May), &name, Kind::Cname, host, why);
    let why = say!(reasons.sts_host);
    let name = format!("mta-sts.{domain}");
    list.add(need(believed, Need::May), &name, Kind::Cname, host, why);
    let why = say!(reasons.sts);
    let value = format!("v=STSv1; id={}", policy_id(facts));
    let name = format!("_mta-sts.{domain}");
    list.add(need(believed, Need::May), &name, Kind::Txt, &value, why);
}

struct List {
    records: Vec<Record>,
}

impl List {
    fn add(&mut self, need: Need, name: &str, kind: Kind, value: &str, why: Said) {
        self.records.push(Record {
            name: name.to_owned(),
            kind,
            value: value.to_owned(),
            need,
            why,
        });
    }
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
pub(super) mod tests;
