//! A DMARC record (RFC 7489 §6.3).

/// Most addresses of `rua` that are kept; others are left out. Each gets a letter a day.
pub const REPORTS_MAX: usize = 5;
/// Longest of them, in octets.
const REPORT_MAX: usize = 300;
/// Longest record that is read, in octets; real ones have up to 1,000.
const RECORD_MAX: usize = 8 * 1024;

/// What a domain wants done with mail that fails; the milder one is less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Policy {
    /// Nothing in particular.
    None,
    /// Treat it with suspicion.
    Quarantine,
    /// Refuse it.
    Reject,
}

/// A record that counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DmarcRecord {
    /// `p=`: for the domain itself.
    pub policy: Policy,
    /// `sp=`: for domains below it; without it as `p`.
    pub subdomains: Policy,
    /// `adkim=s`: only the very same domain belongs to the author, for DKIM.
    pub strict_dkim: bool,
    /// `aspf=s`: likewise for SPF.
    pub strict_spf: bool,
    /// `pct=`: of a hundred failing messages, this many get the policy.
    pub percent: u8,
    /// `rua=`: where reports are wanted, as they stand; at most [`REPORTS_MAX`].
    pub reports: Vec<String>,
}

impl Policy {
    /// The word of RFC 7489 §6.3.
    pub fn word(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quarantine => "quarantine",
            Policy::Reject => "reject",
        }
    }

    /// What applies where this one is not sampled (RFC 7489 §6.6.4).
    pub(super) fn milder(self) -> Policy {
        match self {
            Policy::Reject => Policy::Quarantine,
            Policy::Quarantine | Policy::None => Policy::None,
        }
    }

    fn parse(word: &str) -> Option<Policy> {
        [Policy::None, Policy::Quarantine, Policy::Reject]
            .into_iter()
            .find(|policy| policy.word().eq_ignore_ascii_case(word))
    }
}

impl DmarcRecord {
    /// Reads a text record. `None`: it is none, or none that counts (§6.6.3 step 6).
    ///
    /// What is wrong behind `v` is left aside for its default, as §6.3 says, so that a slip of a domain's owner does not leave it without protection.
    pub fn parse(text: &[u8]) -> Option<DmarcRecord> {
        let text = str::from_utf8(text).ok()?;
        if text.len() > RECORD_MAX || !is_dmarc(text) {
            return None;
        }
        let tag = |name: &str| {
            text.split(';').skip(1).find_map(|spec| {
                let (key, value) = spec.split_once('=')?;
                (key.trim().eq_ignore_ascii_case(name)).then_some(value.trim())
            })
        };
        let reports = tag("rua").unwrap_or_default().split(',').map(str::trim);
        let reports: Vec<String> = reports
            .filter(|uri| uri.len() <= REPORT_MAX && is_mail_uri(uri))
            .take(REPORTS_MAX)
            .map(str::to_owned)
            .collect();
        let policy = tag("p").map(Policy::parse);
        let subdomains = tag("sp").map(Policy::parse);
        let (policy, subdomains) = match (policy, subdomains) {
            (Some(Some(policy)), None) => (policy, policy),
            (Some(Some(policy)), Some(Some(subdomains))) => (policy, subdomains),
            // Somebody wants reports and has made a mistake: as p=none.
            _ if !reports.is_empty() => (Policy::None, Policy::None),
            _ => return None,
        };
        let strict = |name: &str| tag(name).is_some_and(|value| value.eq_ignore_ascii_case("s"));
        let percent = tag("pct").and_then(|value| value.parse().ok());
        Some(DmarcRecord {
            policy,
            subdomains,
            strict_dkim: strict("adkim"),
            strict_spf: strict("aspf"),
            percent: percent.filter(|percent| *percent <= 100).unwrap_or(100),
            reports,
        })
    }
}

/// Whether it begins with `v=DMARC1` (RFC 7489 §6.4: the value is in upper case).
pub(crate) fn is_dmarc(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first
        .split_once('=')
        .is_some_and(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")
}

fn is_mail_uri(uri: &str) -> bool {
    uri.is_ascii()
        && uri.split_at_checked(7).is_some_and(|(scheme, rest)| {
            scheme.eq_ignore_ascii_case("mailto:") && rest.contains('@')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_slips_are_forgiven() {
        let read = |text: &str| DmarcRecord::parse(text.as_bytes());
        let record = read("v=DMARC1; p=quarantine; sp=reject; adkim=s; aspf=s; pct=20; rua=mailto:a@b.test!10m, mailto:c@d.test").unwrap();
        assert_eq!(
            (record.policy, record.subdomains),
            (Policy::Quarantine, Policy::Reject)
        );
        assert!(record.strict_dkim && record.strict_spf);
        assert_eq!(record.percent, 20);
        assert_eq!(record.reports, ["mailto:a@b.test!10m", "mailto:c@d.test"]);
        let record = read("v = DMARC1;;P = Reject ; pct=200; adkim=x; unknown=y;").unwrap();
        assert_eq!(
            (record.policy, record.subdomains, record.percent),
            (Policy::Reject, Policy::Reject, 100)
        );
        assert!(!record.strict_dkim && !record.strict_spf);
        // A policy that cannot be read, with somebody who wants reports.
        for text in [
            "v=DMARC1; rua=mailto:a@b.test",
            "v=DMARC1; p=moo; rua=mailto:a@b.test",
            "v=DMARC1; p=reject; sp=moo; rua=mailto:a@b.test",
        ] {
            assert_eq!(read(text).unwrap().policy, Policy::None, "{text}");
        }
        for bad in [
            "",
            "v=DMARC1",
            "v=DMARC1; p=moo",
            "v=DMARC1; p=reject; sp=moo",
            "v=DMARC2; p=reject",
            "v=dmarc1; p=reject",
            "p=reject; v=DMARC1",
            "v=DMARC1 p=reject",
            "v=spf1 -all",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let many = format!("v=DMARC1; p=none; rua={}", "mailto:a@b.test,".repeat(100));
        assert_eq!(read(&many).unwrap().reports.len(), REPORTS_MAX);
        assert_eq!(
            read(&format!("v=DMARC1; p=none; x={}", "y".repeat(RECORD_MAX))),
            None
        );
    }
}
