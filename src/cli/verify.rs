//! `verify`: who sent this? SPF for a client, or everything for a message, asked of the DNS now. Needs no box and no store.

use std::fmt::Write as _;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_lite::future::block_on;
use msgauth::spf::{Client, Identity, Spf, SpfVerdict};
use msgauth::{Circumstances, Verdicts, Verifier};
use serde_json::{Value, json};

use super::Failure;
use super::trial::Said;
use crate::control::Exit;
use crate::judging::answer;
use crate::resolver::{Resolver, ResolverSettings};
use crate::settings::Settings;

/// Octets of standard input that are read at once.
const PIECE: usize = 16 * 1024;

/// What stands on the command line behind `verify`.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Options {
    ip: Option<String>,
    helo: Option<String>,
    from: Option<String>,
    dns: Option<String>,
}

/// What is to be judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subject {
    /// A client alone.
    Spf,
    /// A message on standard input.
    Message,
}

impl Options {
    /// The options that are only for this command.
    pub(super) const NAMES: [&str; 4] = ["ip", "helo", "from", "dns"];

    pub(super) fn set(&mut self, name: &str, value: String) {
        let slot = match name {
            "ip" => &mut self.ip,
            "helo" => &mut self.helo,
            "from" => &mut self.from,
            _ => &mut self.dns,
        };
        *slot = Some(value);
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Options::default()
    }

    fn client(&self) -> Result<Option<Client>, Failure> {
        let Some(ip) = &self.ip else {
            return match (&self.helo, &self.from) {
                (None, None) => Ok(None),
                _ => Err(wrong(
                    "--helo and --from need the client's address: --ip 192.0.2.1",
                )),
            };
        };
        let address: IpAddr = ip.parse().map_err(|_| {
            wrong(&format!(
                "--ip expects an address like 192.0.2.1, not \"{ip}\""
            ))
        })?;
        let bare = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            let inside = text
                .strip_prefix('<')
                .and_then(|text| text.strip_suffix('>'));
            inside.unwrap_or(text).to_owned()
        };
        Ok(Some(Client {
            address,
            helo: bare(&self.helo),
            mail_from: bare(&self.from),
        }))
    }

    fn resolver(&self, settings: &Settings) -> Result<Resolver, Failure> {
        let Some(dns) = &self.dns else {
            return Ok(Resolver::new(settings.dns.resolver()));
        };
        let server: Option<SocketAddr> = dns
            .parse()
            .ok()
            .or_else(|| Some(SocketAddr::new(dns.parse().ok()?, 53)));
        let server = server.ok_or_else(|| {
            wrong(&format!(
                "--dns expects an address with or without a port, like 192.0.2.1:53, not \"{dns}\""
            ))
        })?;
        Ok(Resolver::new(ResolverSettings {
            servers: vec![server],
            ..settings.dns.resolver()
        }))
    }
}

/// Judges what is wanted.
pub(super) fn perform(
    subject: Subject,
    options: &Options,
    data: &Path,
    config: Option<PathBuf>,
) -> Result<Said, Failure> {
    // Settings that are not understood must not keep anybody from looking at a message.
    let settings = Settings::load(config.as_deref(), data).unwrap_or_default();
    let resolver = options.resolver(&settings)?;
    let client = options.client()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let now = now.and_then(|now| i64::try_from(now.as_secs()).ok());
    match (subject, client) {
        (Subject::Spf, None) => Err(wrong("expected --ip, and --from or --helo")),
        (Subject::Spf, Some(client)) => {
            let identity = match client.mail_from.is_empty() {
                true => Identity::Helo,
                false => Identity::MailFrom,
            };
            let mut spf = Spf::new(&client, identity, &settings.hostname, now);
            block_on(answer(&mut spf, &resolver));
            let verdict = spf.verdict().ok_or_else(unfinished)?;
            Ok((spf_line("spf", verdict), spf_json(verdict)))
        }
        (Subject::Message, client) => {
            let circumstances = Circumstances {
                receiver: settings.hostname.clone(),
                now,
                // The strictest: what pct leaves out is not to be found out by chance.
                sample: 0,
            };
            let mut verifier = Verifier::new(circumstances, client.as_ref());
            read_message(&mut std::io::stdin().lock(), &mut |piece| {
                verifier.feed(piece)
            })
            .map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")))?;
            verifier.end();
            block_on(answer(&mut verifier, &resolver));
            let verdicts = verifier.verdicts().ok_or_else(unfinished)?;
            Ok((lines(&verdicts), as_json(&verdicts)))
        }
    }
}

/// Reads a message whose lines may end as files' do: a lone LF becomes CRLF.
fn read_message(from: &mut impl Read, sink: &mut dyn FnMut(&[u8])) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut last = 0;
    loop {
        let length = from.read(&mut piece)?;
        let Some(octets) = piece.get(..length).filter(|octets| !octets.is_empty()) else {
            return Ok(());
        };
        let mut out = Vec::with_capacity(octets.len() + octets.len() / 16);
        for &octet in octets {
            if octet == b'\n' && last != b'\r' {
                out.push(b'\r');
            }
            out.push(octet);
            last = octet;
        }
        sink(&out);
    }
}

fn wrong(text: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        format!("{text}; `pillarbox verify --help` shows what there is"),
    )
}

fn unfinished() -> Failure {
    Failure::new(Exit::Failed, "it could not be judged to the end")
}

fn spf_line(what: &str, verdict: &SpfVerdict) -> String {
    let mut line = match verdict.domain.as_str() {
        "" => format!("{what} {}: {}", verdict.result, verdict.reason),
        domain => format!("{what} {} {domain}: {}", verdict.result, verdict.reason),
    };
    if let Some(explanation) = &verdict.explanation {
        let _ = write!(line, " ({} explains: {explanation})", verdict.domain);
    }
    line
}

fn lines(verdicts: &Verdicts) -> String {
    let mut all = Vec::new();
    if let Some(iprev) = &verdicts.iprev {
        let (word, reason) = (iprev.result.word(), &iprev.reason);
        all.push(format!("iprev {word} {}: {reason}", iprev.address));
    }
    all.extend(verdicts.spf.iter().map(|spf| spf_line("spf", spf)));
    all.extend(verdicts.helo.iter().map(|spf| spf_line("spf-helo", spf)));
    if verdicts.dkim.is_empty() {
        all.push("dkim none: the message has no signature".to_owned());
    }
    for dkim in &verdicts.dkim {
        let (word, domain, reason) = (dkim.result.word(), &dkim.domain, &dkim.reason);
        all.push(match domain.as_str() {
            "" => format!("dkim {word}: {reason}"),
            domain => format!("dkim {word} {domain} {}: {reason}", dkim.selector),
        });
    }
    if let Some(dmarc) = &verdicts.dmarc {
        let (word, reason) = (dmarc.result.word(), &dmarc.reason);
        let policy = dmarc.policy.map_or("no policy", |policy| policy.word());
        all.push(match dmarc.domain.as_str() {
            "" => format!("dmarc {word}: {reason}"),
            domain => format!("dmarc {word} {domain} ({policy}): {reason}"),
        });
    }
    if let Some(arc) = &verdicts.arc {
        all.push(format!("arc {}: {}", arc.result.word(), arc.reason));
    }
    all.join("\n")
}

fn spf_json(verdict: &SpfVerdict) -> Value {
    json!({
        "result": verdict.result.word(),
        "identity": match verdict.identity {
            Identity::Helo => "helo",
            Identity::MailFrom => "mailfrom",
        },
        "domain": verdict.domain,
        "reason": verdict.reason,
        "explanation": verdict.explanation,
    })
}

fn as_json(verdicts: &Verdicts) -> Value {
    json!({
        "iprev": verdicts.iprev.as_ref().map(|iprev| json!({
            "result": iprev.result.word(),
            "address": iprev.address.to_string(),
            "name": iprev.name,
            "reason": iprev.reason,
        })),
        "spf": verdicts.spf.as_ref().map(spf_json),
        "helo": verdicts.helo.as_ref().map(spf_json),
        "dkim": verdicts.dkim.iter().map(|dkim| json!({
            "result": dkim.result.word(),
            "domain": dkim.domain,
            "identity": dkim.identity,
            "selector": dkim.selector,
            "algorithm": dkim.algorithm,
            "testing": dkim.testing,
            "reason": dkim.reason,
        })).collect::<Vec<_>>(),
        "dmarc": verdicts.dmarc.as_ref().map(|dmarc| json!({
            "result": dmarc.result.word(),
            "domain": dmarc.domain,
            "policy_domain": dmarc.policy_domain,
            "policy": dmarc.policy.map(|policy| policy.word()),
            "disposition": dmarc.disposition.word(),
            "spf": dmarc.spf,
            "dkim": dmarc.dkim,
            "reason": dmarc.reason,
        })),
        "arc": verdicts.arc.as_ref().map(|arc| json!({
            "result": arc.result.word(),
            "sets": arc.sets.iter().map(|set| json!({
                "domain": set.domain,
                "results": set.results,
            })).collect::<Vec<_>>(),
            "reason": arc.reason,
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_line_ends_become_those_of_mail() {
        let mut out = Vec::new();
        let text = b"a\nb\r\nc\n\n\rd\r";
        read_message(&mut &text[..], &mut |piece| out.extend_from_slice(piece)).unwrap();
        assert_eq!(out, b"a\r\nb\r\nc\r\n\r\n\rd\r");
    }

    #[test]
    fn what_is_wrong_on_the_line_is_said() {
        let mut options = Options::default();
        assert!(options.is_empty() && matches!(options.client(), Ok(None)));
        options.set("from", "<a@b.test>".into());
        assert!(options.client().unwrap_err().text.contains("--ip"));
        options.set("ip", "nowhere".into());
        assert!(options.client().unwrap_err().text.contains("nowhere"));
        options.set("ip", "::1".into());
        let client = options.client().ok().flatten();
        assert_eq!(client.unwrap().mail_from, "a@b.test");
        options.set("dns", "names".into());
        let settings = Settings::default();
        assert!(options.resolver(&settings).is_err());
        for good in ["127.0.0.1", "127.0.0.1:5353", "[::1]:53", "::1"] {
            options.set("dns", good.into());
            assert!(options.resolver(&settings).is_ok(), "{good}");
        }
    }
}
