//! Who takes a domain's mail (RFC 5321 §5.1, null MX RFC 7505).
//!
//! Pure: it is given what the MX question brought and says which hosts to try in which order. Who *we* are, and that mail must not be sent
//! to ourselves in a loop, is the sender's to know.

use crate::{Answer, Data, Failure};

/// The most hosts that are tried for one domain: a list of thousands would keep one letter dialing for days.
pub const MAX_HOSTS: usize = 16;

/// Where a domain's mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailHosts {
    /// To these.
    Hosts(Hosts),
    /// The domain says that it takes no mail (RFC 7505): permanent, 556 5.1.10.
    NullMx,
    /// The domain does not exist: permanent, 5.1.2.
    NoSuchDomain,
    /// There are MX records and none names a host: permanent until the domain's owner mends it, 5.4.4; a sentence.
    Unusable(String),
    /// Nobody could say now; a sentence.
    Later(String),
}

/// Hosts in the order in which they are tried; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Preference and name, lowest preference first, equals in random order, each name once, at most [`MAX_HOSTS`].
    pub hosts: Vec<(u16, String)>,
    /// A trusted resolver has verified the list (or that there is no MX).
    pub validated: bool,
    /// There is no MX: the domain itself stands for its mail host (RFC 5321 §5.1).
    pub implicit: bool,
}

/// The hosts for `domain`, given what asking for its MX records brought. Equal preferences are shuffled by `seed`, which should be random.
#[must_use]
pub fn mail_hosts(mx: Result<Answer, Failure>, domain: &str, seed: u64) -> MailHosts {
    match mx {
        Ok(answer) => chosen(&answer, domain, seed),
        Err(Failure::NoData { validated }) => MailHosts::Hosts(Hosts {
            hosts: vec![(0, domain.trim_end_matches('.').to_ascii_lowercase())],
            validated,
            implicit: true,
        }),
        Err(Failure::NoSuchName { .. } | Failure::BadName) => MailHosts::NoSuchDomain,
        Err(failure @ (Failure::TimedOut | Failure::Refused(_))) => {
            MailHosts::Later(failure.to_string())
        }
    }
}

fn chosen(answer: &Answer, domain: &str, seed: u64) -> MailHosts {
    let listed = answer.data.iter().filter_map(|data| match data {
        Data::Mx {
            preference,
            exchange,
        } => Some((*preference, exchange.as_str())),
        _ => None,
    });
    let mut hosts: Vec<(u16, String)> = Vec::new();
    let (mut any, mut only_root) = (false, true);
    for (preference, exchange) in listed {
        any = true;
        only_root &= exchange == ".";
        let exchange = exchange.trim_end_matches('.').to_ascii_lowercase();
        if is_host(&exchange) {
            hosts.push((preference, exchange));
        }
    }
    if any && only_root {
        return MailHosts::NullMx;
    }
    if hosts.is_empty() {
        return MailHosts::Unusable(format!(
            "the MX records of {domain} name no host: each must be the name of one, not an address or a lone dot"
        ));
    }
    shuffle(&mut hosts, seed);
    // Stable: equals stay shuffled.
    hosts.sort_by_key(|(preference, _)| *preference);
    let mut seen = std::collections::HashSet::new();
    hosts.retain(|(_, name)| seen.insert(name.clone()));
    hosts.truncate(MAX_HOSTS);
    MailHosts::Hosts(Hosts {
        hosts,
        validated: answer.validated,
        implicit: false,
    })
}

/// A host name (RFC 1123 §2.1; underscores are seen and do no harm) that is no address and does not mean this machine (RFC 6761 §6.3).
fn is_host(name: &str) -> bool {
    let fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(fits)
        // An address ends in digits; no top-level domain is all digits.
        && !last.bytes().all(|octet| octet.is_ascii_digit())
        && last != "localhost"
}

fn shuffle(hosts: &mut [(u16, String)], mut seed: u64) {
    for last in (1..hosts.len()).rev() {
        let bound = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        let with = usize::try_from(random(&mut seed) % bound).unwrap_or(0);
        hosts.swap(last, with);
    }
}

/// splitmix64: the order of equals is load sharing and needs no secrecy.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
#[path = "hosts_tests.rs"]
mod tests;
