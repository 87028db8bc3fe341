//! The records of a domain, and why each.

use std::net::IpAddr;

use dns::Kind;

use super::relays::spf_include;
use super::{Facts, Need, Record, RelayUse, policy_id};

/// Services that mail programs look for (RFC 6186 §3, RFC 8314 §5.1), with the ports of the world's side of the router.
pub(super) const SERVICES: [(&str, u16, &str); 5] = [
    ("_submissions", 465, "sending, TLS"),
    ("_submission", 587, "sending, STARTTLS"),
    ("_imaps", 993, "reading by IMAP, TLS"),
    ("_imap", 143, "reading by IMAP, STARTTLS"),
    ("_pop3s", 995, "reading by POP3, TLS"),
];

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
        let why = "Where the box is. If the line's address changes, this must follow.";
        list.add(Need::Must, host, kind, &address.to_string(), why);
    }
    let why = "Who takes mail for the domain. Other MX records of the domain must go, or part of the mail goes there.";
    list.add(Need::Must, domain, Kind::Mx, &format!("10 {host}"), why);
    list.add(
        Need::Must,
        domain,
        Kind::Txt,
        &spf(facts),
        &spf_reason(&facts.relay),
    );
    if let Some(keys) = &facts.dkim {
        let selectors = &keys.selectors;
        let name = |selector: &str| format!("{selector}._domainkey.{domain}");
        let why = "The key with which receivers see that a letter is really from this domain (RSA, known to all). One text: a zone file has it in strings, a web form takes it whole.";
        let rsa = &keys.records.rsa;
        list.add(Need::Must, &name(&selectors.rsa), Kind::Txt, rsa, why);
        let why = "The same with Ed25519, for receivers that know it.";
        let ed25519 = &keys.records.ed25519;
        list.add(
            Need::Should,
            &name(&selectors.ed25519),
            Kind::Txt,
            ed25519,
            why,
        );
    }
    let why = "What receivers do with letters that only pretend to be from this domain: put them aside. Large providers want this record to be there.";
    let name = format!("_dmarc.{domain}");
    list.add(Need::Must, &name, Kind::Txt, "v=DMARC1; p=quarantine", why);
    if host != domain && !matches!(facts.relay, RelayUse::Everything(_)) {
        let why =
            "The same as the domain's SPF for the box's own name, which returned mail goes by.";
        list.add(Need::Should, host, Kind::Txt, "v=spf1 a -all", why);
    }
    for (service, port, what) in SERVICES {
        let why = format!("Mail programs find the box by it: {what}.");
        let name = format!("{service}._tcp.{domain}");
        let value = format!("0 1 {port} {host}");
        list.add(Need::Should, &name, Kind::Srv, &value, &why);
    }
    let why = "Other servers report here when they could not reach the box by TLS.";
    let value = format!("v=TLSRPTv1; rua=mailto:postmaster@{domain}");
    let name = format!("_smtp._tls.{domain}");
    list.add(Need::May, &name, Kind::Txt, &value, why);
    if let Some(hash) = facts.tls_key {
        let why = "DANE: other servers insist on this very key. Only if the zone is signed with DNSSEC, and to be changed before the key is: a wrong one keeps mail out.";
        let name = dns::tlsa_name(25, host);
        list.add(Need::May, &name, Kind::Tlsa, &tlsa_value(&hash), why);
    }
    web(&mut list, domain, facts);
    list.records.sort_by_key(|record| record.need);
    list.records
}

/// What no record of the domain can say: sentences.
pub fn advice(domain: &str, facts: &Facts) -> Vec<String> {
    let host = &facts.hostname;
    let mut advice = Vec::new();
    if facts.addresses.is_empty() {
        advice.push(format!(
            "{host} needs an A record with the public IPv4 address of your line (and an AAAA record, if it has IPv6 and the router lets port 25 in): the address that the \
            router shows as its own on the internet side."
        ));
    }
    advice.push(match &facts.relay {
        RelayUse::Everything(relay) => format!(
            "The reverse name (PTR) of your line does not matter: {relay} sends your mail."
        ),
        RelayUse::Direct | RelayUse::Partly(_) => format!(
            "The reverse name (PTR) of your line's address should be {host}. Only your internet provider can set it; if it will not, use a relay, because large \
            providers turn away mail from lines without one."
        ),
    });
    if let RelayUse::Everything(relay) = &facts.relay
        && spf_include(relay).is_none()
    {
        advice.push(format!(
            "Ask {relay} what to include in the SPF record of {domain}, put it in as include:NAME before ?all, and make ?all into ~all then."
        ));
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

fn spf_reason(relay: &RelayUse) -> String {
    let hosts = relay.hosts();
    if hosts.is_empty() {
        "Who may send mail of this domain: the hosts in its MX records, which is the box."
            .to_owned()
    } else {
        format!(
            "Who may send mail of this domain: the box, and what {} asks its customers to include.",
            hosts.join(" and ")
        )
    }
}

/// What points at the box's web server.
fn web(list: &mut List, domain: &str, facts: &Facts) {
    let need = |then| if facts.serves_web { then } else { Need::Later };
    let host = &facts.hostname;
    for (label, who) in [
        ("autoconfig", "Thunderbird and its kin"),
        ("autodiscover", "Outlook and its kin"),
    ] {
        let why = format!("{who} ask here for the settings of an account.");
        let name = format!("{label}.{domain}");
        list.add(need(Need::Should), &name, Kind::Cname, host, &why);
    }
    let why = "MTA-STS: other servers fetch the policy from this name.";
    let name = format!("mta-sts.{domain}");
    list.add(need(Need::May), &name, Kind::Cname, host, why);
    let why = "MTA-STS: other servers see by this that there is a policy, and by its id when it is a new one.";
    let value = format!("v=STSv1; id={}", policy_id(facts));
    let name = format!("_mta-sts.{domain}");
    list.add(need(Need::May), &name, Kind::Txt, &value, why);
}

struct List {
    records: Vec<Record>,
}

impl List {
    fn add(&mut self, need: Need, name: &str, kind: Kind, value: &str, why: &str) {
        self.records.push(Record {
            name: name.to_owned(),
            kind,
            value: value.to_owned(),
            need,
            why: why.to_owned(),
        });
    }
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
pub(super) mod tests;
