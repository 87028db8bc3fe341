//! DMARC, DANE, MTA-STS, reports about TLS, and the names that mail programs look for.

use dns::{Data, Kind};
use msgauth::dkim::Tags;

use super::{Check, Finding, State};
use crate::publish::wanted::{SERVICES, tlsa_value};

/// The port whose certificate DANE speaks of.
const SMTP: u16 = 25;

impl Check<'_> {
    pub(super) async fn dmarc(&self) -> Finding {
        let domain = self.domain;
        let name = format!("_dmarc.{domain}");
        let texts = match self.asker.texts(&name, "v=DMARC1").await {
            Ok(texts) => texts,
            Err(failure) => return self.silence(&name, Kind::Txt, &failure),
        };
        let (state, sentence) = match texts.as_slice() {
            [] => (
                State::Missing,
                format!("{domain} has no DMARC record, which large providers ask for: publish it."),
            ),
            [text] => {
                let tags = Tags::parse(text);
                let policy = tags.as_ref().and_then(|tags| tags.get("p"));
                match policy.map(str::to_ascii_lowercase).as_deref() {
                    Some("none") => (
                        State::Note,
                        format!(
                            "The DMARC record of {domain} only watches (p=none): once SPF and DKIM are right here, p=quarantine keeps others from writing in your name."
                        ),
                    ),
                    Some(policy @ ("quarantine" | "reject")) => (
                        State::Right,
                        format!("The DMARC record of {domain} guards its name (p={policy})."),
                    ),
                    _ => (
                        State::Wrong,
                        format!(
                            "The DMARC record of {domain} is not understood ({text}): replace it."
                        ),
                    ),
                }
            }
            _ => (
                State::Wrong,
                format!(
                    "{domain} has {} DMARC records, and receivers then heed none: leave one.",
                    texts.len()
                ),
            ),
        };
        self.finding(&name, Kind::Txt, state, sentence)
    }

    /// Silent unless there is a record: none is no fault, a wrong one keeps mail out.
    pub(super) async fn dane(&self, findings: &mut Vec<Finding>) {
        let name = dns::tlsa_name(SMTP, &self.facts.hostname);
        let Ok(answer) = self.asker.look(&name, Kind::Tlsa).await else {
            return;
        };
        let Some(hash) = &self.facts.tls_key else {
            let sentence = format!(
                "There is a TLSA record at {name}; whether it is of this box's key is not known here."
            );
            findings.push(self.finding(&name, Kind::Tlsa, State::Note, sentence));
            return;
        };
        let ours = answer.data.iter().any(|record| {
            matches!(record, Data::Tlsa { usage: 3, selector: 1, matching: 1, data } if data.as_slice() == hash.as_slice())
        });
        let (state, sentence) = if ours {
            (
                State::Right,
                format!("The TLSA record at {name} is of this box's key."),
            )
        } else {
            let sentence = format!(
                "The TLSA record at {name} is not of this box's key, and servers that go by it do not deliver here: remove it, or make it {}.",
                tlsa_value(hash)
            );
            (State::Wrong, sentence)
        };
        findings.push(self.finding(&name, Kind::Tlsa, state, sentence));
    }

    pub(super) async fn policy(&self, findings: &mut Vec<Finding>) {
        let domain = self.domain;
        let name = format!("_smtp._tls.{domain}");
        let (state, sentence) = match self.asker.texts(&name, "v=TLSRPTv1").await {
            Err(failure) => {
                findings.push(self.silence(&name, Kind::Txt, &failure));
                return;
            }
            Ok(texts) if texts.is_empty() => (
                State::Note,
                format!("{domain} asks for no reports about TLS ({name}); nothing needs them."),
            ),
            Ok(_) => (
                State::Right,
                format!("{domain} asks for reports about TLS."),
            ),
        };
        findings.push(self.finding(&name, Kind::Txt, state, sentence));

        let name = format!("_mta-sts.{domain}");
        let (state, sentence) = match self.asker.texts(&name, "v=STSv1").await {
            Err(failure) => {
                findings.push(self.silence(&name, Kind::Txt, &failure));
                return;
            }
            Ok(texts) if texts.is_empty() => (
                State::Note,
                format!("{domain} has no MTA-STS policy; mail comes in without."),
            ),
            Ok(_) if !self.facts.serves_web => (
                State::Note,
                format!(
                    "{name} announces an MTA-STS policy, which this box does not serve: see that another host does (https://mta-sts.{domain}/), or remove the record."
                ),
            ),
            Ok(texts) => {
                let wanted = self.wanted(&name, Kind::Txt);
                let same = wanted.is_some_and(|wanted| {
                    let id = |text: &str| {
                        Tags::parse(text).and_then(|tags| tags.get("id").map(str::to_owned))
                    };
                    texts.len() == 1 && texts.first().and_then(|text| id(text)) == id(&wanted.value)
                });
                if same {
                    (
                        State::Right,
                        format!("{name} announces this box's MTA-STS policy."),
                    )
                } else {
                    (
                        State::Wrong,
                        format!(
                            "{name} announces another MTA-STS policy than this box's: replace it, so that others fetch the new one."
                        ),
                    )
                }
            }
        };
        findings.push(self.finding(&name, Kind::Txt, state, sentence));
    }

    /// The names that mail programs look for.
    pub(super) async fn services(&self, findings: &mut Vec<Finding>) {
        let host = &self.facts.hostname;
        for (service, _, what) in SERVICES {
            let name = format!("{service}._tcp.{}", self.domain);
            let (state, sentence) = match self.asker.look(&name, Kind::Srv).await {
                Ok(answer) => {
                    let ours = answer.data.iter().any(|data| {
                        matches!(data, Data::Srv { target, .. } if mail::domains_equal(target, host))
                    });
                    if ours {
                        (
                            State::Right,
                            format!("Mail programs find this box at {name} ({what})."),
                        )
                    } else {
                        (
                            State::Wrong,
                            format!(
                                "{name} leads mail programs to another host than {host} ({what}): replace it."
                            ),
                        )
                    }
                }
                Err(failure) if failure.is_permanent() => (
                    State::Note,
                    format!(
                        "{name} is not published; with it mail programs find the box by themselves ({what})."
                    ),
                ),
                Err(failure) => {
                    findings.push(self.silence(&name, Kind::Srv, &failure));
                    continue;
                }
            };
            findings.push(self.finding(&name, Kind::Srv, state, sentence));
        }
        if !self.facts.serves_web {
            return;
        }
        for label in ["autoconfig", "autodiscover", "mta-sts"] {
            let name = format!("{label}.{}", self.domain);
            let (state, sentence) = match self.asker.look(&name, Kind::A).await {
                Ok(answer) if mail::domains_equal(&answer.name, host) => {
                    (State::Right, format!("{name} leads to this box."))
                }
                Ok(_) => (
                    State::Note,
                    format!(
                        "{name} leads to another host than {host}; that is right only if that one answers for it."
                    ),
                ),
                Err(failure) if failure.is_permanent() => (
                    State::Note,
                    format!("{name} is not published; see pillarbox dns for what it is good for."),
                ),
                Err(failure) => {
                    findings.push(self.silence(&name, Kind::Cname, &failure));
                    continue;
                }
            };
            findings.push(self.finding(&name, Kind::Cname, state, sentence));
        }
    }
}
