//! DMARC, DANE, MTA-STS, reports about TLS, and the names that mail programs look for.

use dns::{Data, Kind};
use msgauth::dkim::Tags;

use super::{Check, Finding, State};
use crate::publish::said::say;
use crate::publish::wanted::{AUTODISCOVER, SERVICES, tlsa_value};

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
        let (state, said) = match texts.as_slice() {
            [] => (
                State::Missing,
                say!(findings.dmarc_missing, domain = domain),
            ),
            [text] => {
                let tags = Tags::parse(text);
                let policy = tags.as_ref().and_then(|tags| tags.get("p"));
                match policy.map(str::to_ascii_lowercase).as_deref() {
                    Some("none") => (State::Note, say!(findings.dmarc_watches, domain = domain)),
                    Some(policy @ ("quarantine" | "reject")) => (
                        State::Right,
                        say!(findings.dmarc_right, domain = domain, policy = policy),
                    ),
                    _ => (
                        State::Wrong,
                        say!(findings.dmarc_broken, domain = domain, text = text),
                    ),
                }
            }
            _ => (
                State::Wrong,
                say!(
                    findings.dmarc_many,
                    domain = domain,
                    count = &texts.len().to_string()
                ),
            ),
        };
        self.finding(&name, Kind::Txt, state, said)
    }

    /// Silent unless there is a record: none is no fault, a wrong one keeps mail out.
    pub(super) async fn dane(&self, findings: &mut Vec<Finding>) {
        let name = dns::tlsa_name(SMTP, &self.facts.hostname);
        let Ok(answer) = self.asker.look(&name, Kind::Tlsa).await else {
            return;
        };
        let Some(hash) = &self.facts.tls_key else {
            let said = say!(findings.dane_unknown, name = &name);
            findings.push(self.finding(&name, Kind::Tlsa, State::Note, said));
            return;
        };
        let ours = answer.data.iter().any(|record| {
            matches!(record, Data::Tlsa { usage: 3, selector: 1, matching: 1, data } if data.as_slice() == hash.as_slice())
        });
        let (state, said) = if ours {
            (State::Right, say!(findings.dane_right, name = &name))
        } else {
            let said = say!(findings.dane_wrong, name = &name, value = &tlsa_value(hash));
            (State::Wrong, said)
        };
        findings.push(self.finding(&name, Kind::Tlsa, state, said));
    }

    pub(super) async fn policy(&self, findings: &mut Vec<Finding>) {
        let domain = self.domain;
        let name = format!("_smtp._tls.{domain}");
        let (state, said) = match self.asker.texts(&name, "v=TLSRPTv1").await {
            Err(failure) => {
                findings.push(self.silence(&name, Kind::Txt, &failure));
                return;
            }
            Ok(texts) if texts.is_empty() => (
                State::Note,
                say!(findings.reports_none, domain = domain, name = &name),
            ),
            Ok(_) => (State::Right, say!(findings.reports_right, domain = domain)),
        };
        findings.push(self.finding(&name, Kind::Txt, state, said));

        let name = format!("_mta-sts.{domain}");
        let (state, said) = match self.asker.texts(&name, "v=STSv1").await {
            Err(failure) => {
                findings.push(self.silence(&name, Kind::Txt, &failure));
                return;
            }
            Ok(texts) if texts.is_empty() => {
                (State::Note, say!(findings.sts_none, domain = domain))
            }
            Ok(_) if !self.facts.believed => (
                State::Note,
                say!(findings.sts_elsewhere, domain = domain, name = &name),
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
                    (State::Right, say!(findings.sts_right, name = &name))
                } else {
                    (State::Wrong, say!(findings.sts_other, name = &name))
                }
            }
        };
        findings.push(self.finding(&name, Kind::Txt, state, said));
    }

    /// The names that mail programs look for.
    pub(super) async fn services(&self, findings: &mut Vec<Finding>) {
        let host = &self.facts.hostname;
        let mut services: Vec<(String, u16, &str)> = SERVICES
            .iter()
            .map(|(service, port, what)| (format!("{service}._tcp"), *port, *what))
            .collect();
        if self.facts.serves_web && self.facts.believed {
            services.push((AUTODISCOVER.to_owned(), 443, "Outlook"));
        }
        for (service, usual, what) in services {
            let name = format!("{service}.{}", self.domain);
            let (state, said) = match self.asker.look(&name, Kind::Srv).await {
                Ok(answer) => {
                    let ours = answer.data.iter().find_map(|data| match data {
                        Data::Srv { target, port, .. } if mail::domains_equal(target, host) => {
                            Some(*port)
                        }
                        _ => None,
                    });
                    match ours {
                        Some(port) if port == usual => (
                            State::Right,
                            say!(findings.srv_right, name = &name, what = what),
                        ),
                        Some(port) => (
                            State::Note,
                            say!(
                                findings.srv_port,
                                name = &name,
                                what = what,
                                host = host,
                                port = &port.to_string(),
                                usual = &usual.to_string()
                            ),
                        ),
                        None => (
                            State::Wrong,
                            say!(
                                findings.srv_elsewhere,
                                name = &name,
                                what = what,
                                host = host
                            ),
                        ),
                    }
                }
                Err(failure) if failure.is_permanent() => (
                    State::Note,
                    say!(findings.srv_absent, name = &name, what = what),
                ),
                Err(failure) => {
                    findings.push(self.silence(&name, Kind::Srv, &failure));
                    continue;
                }
            };
            findings.push(self.finding(&name, Kind::Srv, state, said));
        }
        if !self.facts.serves_web {
            return;
        }
        let labels: &[&str] = match self.facts.believed {
            true => &["autoconfig", "autodiscover", "mta-sts"],
            false => &["autoconfig"],
        };
        for label in labels {
            let name = format!("{label}.{}", self.domain);
            let (state, said) = match self.asker.look(&name, Kind::A).await {
                Ok(answer) if mail::domains_equal(&answer.name, host) => {
                    (State::Right, say!(findings.web_right, name = &name))
                }
                Ok(_) => (
                    State::Note,
                    say!(findings.web_elsewhere, name = &name, host = host),
                ),
                Err(failure) if failure.is_permanent() => {
                    (State::Note, say!(findings.web_absent, name = &name))
                }
                Err(failure) => {
                    findings.push(self.silence(&name, Kind::Cname, &failure));
                    continue;
                }
            };
            findings.push(self.finding(&name, Kind::Cname, state, said));
        }
    }
}
