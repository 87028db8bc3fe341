//! What an aggregate report says (RFC 7489 appendix C), and a message judged as one of its rows.

use std::net::IpAddr;

use crate::Verdicts;
use crate::dmarc::{DmarcRecord, Policy};

/// Rows of a report that are kept; the messages of others are only counted. A house's domain has a few dozen, a large firm's some thousands.
pub const RECORDS_MAX: usize = 2_000;
/// Longest text that is kept of a field, in characters: what stands there are names, identifiers and short remarks.
pub const TEXT_MAX: usize = 255;
/// Most messages or sessions that one row may claim: others' numbers are summed up, and no sum of these overflows.
pub const COUNT_MAX: u64 = 1 << 40;
/// DKIM results, SPF results and reasons that are kept of one row; more than a message of the real world has.
pub const DKIM_MAX: usize = 8;

/// A report of one mail host about one domain and one span of time, usually a day.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Aggregate {
    /// Who reports: `google.com`.
    pub organization: String,
    /// How they are reached.
    pub email: String,
    /// The report's name among theirs.
    pub id: String,
    /// Unix seconds, UTC.
    pub begin: i64,
    /// Unix seconds, UTC.
    pub end: i64,
    /// The policy that they saw.
    pub policy: Published,
    /// What came, from where, and what was done with it; at most [`RECORDS_MAX`].
    pub records: Vec<Record>,
    /// Messages of rows that are not kept: too many, or not understood.
    pub left_out: u64,
}

/// `policy_published`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// Where the policy stands, without `_dmarc.`.
    pub domain: String,
    /// `adkim=s`.
    pub strict_dkim: bool,
    /// `aspf=s`.
    pub strict_spf: bool,
    /// `p`.
    pub policy: Policy,
    /// `sp`.
    pub subdomains: Policy,
    /// `pct`.
    pub percent: u8,
}

impl Default for Published {
    fn default() -> Self {
        Published {
            domain: String::new(),
            strict_dkim: false,
            strict_spf: false,
            policy: Policy::None,
            subdomains: Policy::None,
            percent: 100,
        }
    }
}

/// Messages that are alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Where they came from.
    pub source: IpAddr,
    /// How many.
    pub count: u64,
    /// What was done with them.
    pub disposition: Policy,
    /// A signature held and belonged to the author.
    pub dkim: bool,
    /// SPF passed and belonged to the author.
    pub spf: bool,
    /// Why something else was done than the policy asks.
    pub reasons: Vec<Reason>,
    /// The author's domain.
    pub header_from: String,
    /// The return path's domain; empty for a bounce, and where it was not said.
    pub envelope_from: String,
    /// Each signature.
    pub signatures: Vec<DkimPart>,
    /// SPF, usually once.
    pub senders: Vec<SpfPart>,
}

/// Why a policy was not followed: `local_policy`, `forwarded`, `mailing_list`, `sampled_out`, `trusted_forwarder`, `other`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// One of these words, as it stands.
    pub kind: String,
    /// What else was said.
    pub comment: String,
}

/// A signature as it was judged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DkimPart {
    /// `d=`.
    pub domain: String,
    /// `s=`; empty if it was not said.
    pub selector: String,
    /// `pass`, `fail`, ...
    pub result: String,
}

/// SPF as it was judged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SpfPart {
    /// Whose records were asked.
    pub domain: String,
    /// `mfrom` or `helo`; empty if it was not said.
    pub scope: String,
    /// `pass`, `softfail`, ...
    pub result: String,
}

impl Published {
    /// As it stands at `domain`.
    pub fn of(domain: &str, record: &DmarcRecord) -> Published {
        Published {
            domain: domain.to_owned(),
            strict_dkim: record.strict_dkim,
            strict_spf: record.strict_spf,
            policy: record.policy,
            subdomains: record.subdomains,
            percent: record.percent,
        }
    }
}

impl Record {
    /// One message from `source`, judged so and treated so; `None` without a DMARC policy. `envelope_from`: the return path's domain, empty for a bounce.
    pub fn of(
        source: IpAddr,
        envelope_from: &str,
        verdicts: &Verdicts,
        disposition: Policy,
        reasons: Vec<Reason>,
    ) -> Option<Record> {
        let dmarc = verdicts.dmarc.as_ref()?;
        dmarc.record.as_ref()?;
        let signatures = verdicts.dkim.iter().take(DKIM_MAX);
        let spf = verdicts.spf.iter().chain(&verdicts.helo);
        Some(Record {
            source: source.to_canonical(),
            count: 1,
            disposition,
            dkim: dmarc.dkim,
            spf: dmarc.spf,
            reasons,
            header_from: clean(&dmarc.domain),
            envelope_from: clean(envelope_from),
            signatures: signatures
                .filter(|one| !one.domain.is_empty())
                .map(|one| DkimPart {
                    domain: clean(&one.domain),
                    selector: clean(&one.selector),
                    result: one.result.word().to_owned(),
                })
                .collect(),
            senders: spf
                .map(|one| SpfPart {
                    domain: clean(&one.domain),
                    scope: match one.identity {
                        crate::spf::Identity::Helo => "helo".to_owned(),
                        crate::spf::Identity::MailFrom => "mfrom".to_owned(),
                    },
                    result: one.result.word().to_owned(),
                })
                .collect(),
        })
    }

    /// Whether another message is one more of these.
    pub fn is_like(&self, other: &Record) -> bool {
        let alike = |a: &Record, b: &Record| {
            (a.source, a.disposition, a.dkim, a.spf) == (b.source, b.disposition, b.dkim, b.spf)
                && a.header_from == b.header_from
                && a.envelope_from == b.envelope_from
        };
        alike(self, other)
            && self.reasons == other.reasons
            && self.signatures == other.signatures
            && self.senders == other.senders
    }

    /// Whether DMARC passed.
    pub fn passed(&self) -> bool {
        self.dkim || self.spf
    }
}

/// Outside text cut to [`TEXT_MAX`], without what ends a line or cannot stand in XML; cleaned again it stays as it is.
pub(super) fn clean(text: &str) -> String {
    let harmless = |c: char| match c {
        '\u{FFFE}' | '\u{FFFF}' => '?',
        c if c.is_control() => ' ',
        c => c,
    };
    let blank = |c: &char| c.is_whitespace();
    let kept = text.chars().map(harmless).skip_while(blank);
    let kept: String = kept.take(TEXT_MAX).collect();
    kept.trim_end().to_owned()
}

/// A domain of outside: cleaned, in lower case, without its final dots.
pub(super) fn clean_domain(text: &str) -> String {
    let end = |c: char| c == '.' || c.is_whitespace();
    clean(text).trim_end_matches(end).to_ascii_lowercase()
}
