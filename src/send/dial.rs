//! From a host's name to an SMTP session that is ready: addresses one after the other, TLS as it is demanded, and where nothing demands it once more in the clear
//! when the handshake breaks.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use queue::{Cause, Finding, Round};
use sasl::Secret;
use smtp::client::{Hello, Limits, Login, Profile, Scope, Session, Stage, TlsUse};
use store::{Relay, RelayTls};

use super::conversation::{Connection, TlsSetup, Turn, binding, describe, finding_of, reason};
use super::route::Host;
use super::{Office, lock, random};
use crate::net::{Wire, in_words};
use crate::tls::outgoing::{Proof, Purpose, TlsTrouble, Trust};

/// Connections that are opened to one host in one attempt: an address or two, and once more in the clear.
const DIALS_MAX: u32 = 4;
/// Answers to an attempt's openings are waited for so long in all; what is left of the hosts waits for the next attempt.
pub(super) const OPENING_MAX: Duration = Duration::from_secs(12 * 60);

/// A host as it is to be spoken to.
pub(super) struct Target<'t> {
    pub(super) host: &'t Host,
    pub(super) port: u16,
    pub(super) tls: Tls,
    /// The relay that it is, if it is one.
    pub(super) relay: Option<&'t Relay>,
    /// Addresses that are known already.
    pub(super) ips: Vec<IpAddr>,
}

/// What is demanded of the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Tls {
    /// TLS if it can be had.
    Wanted,
    /// This, or nothing is sent; the sentence says why.
    Required(Trust, String),
    /// TLS before the first octet (a relay).
    Implicit(Trust),
    /// None (a relay without a password).
    Never,
}

impl Tls {
    /// What the owner set for a relay.
    pub(super) fn of_relay(relay: &Relay) -> Tls {
        let trust = Trust::WebPki {
            names: vec![relay.host.clone()],
        };
        match relay.tls {
            RelayTls::Implicit => Tls::Implicit(trust),
            RelayTls::StartTls => {
                let why = format!("the relay {} is set up with TLS", relay.host);
                Tls::Required(trust, why)
            }
            RelayTls::None => Tls::Never,
        }
    }
}

/// How one connection is begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    AsDemanded,
    /// The handshake broke, or the host hung up at EHLO.
    Plainly(Hello),
}

/// Why a connection came to nothing.
struct Failed {
    finding: Finding,
    /// It may fare better so.
    again: Option<Manner>,
}

impl Office {
    /// A ready session with this host.
    pub(super) async fn dial(&self, target: &Target<'_>) -> Result<Connection, Finding> {
        let mut round = Round::default();
        let mut dials = 0;
        for ip in &target.ips {
            let address = SocketAddr::new(*ip, target.port);
            let resting = lock(&self.rests).reason(address, self.clock.machine().now());
            if let Some(finding) = resting {
                round.add(&target.host.name, finding);
                continue;
            }
            let mut manner = Some(Manner::AsDemanded);
            while let Some(now) = manner.take() {
                if dials >= DIALS_MAX {
                    break;
                }
                dials += 1;
                match self.connect(target, address, now).await {
                    Ok(connection) => {
                        lock(&self.rests).end(address);
                        return Ok(connection);
                    }
                    Err(failed) => {
                        let last = !Round::goes_on(&failed.finding);
                        round.add(&target.host.name, failed.finding);
                        if last {
                            return Err(sum(round));
                        }
                        manner = failed.again;
                    }
                }
            }
        }
        Err(sum(round))
    }

    async fn connect(
        &self,
        target: &Target<'_>,
        address: SocketAddr,
        manner: Manner,
    ) -> Result<Connection, Failed> {
        let times = self.times;
        let wire = Wire::dial(address, None, times, self.wires.clone()).await;
        let mut wire = wire.map_err(|error| {
            let finding = unreachable(&error);
            if matches!(finding.cause, Cause::Refused | Cause::TimedOut) {
                self.rest(address, &finding);
            }
            Failed {
                finding,
                again: None,
            }
        })?;
        let trust = match &target.tls {
            Tls::Wanted | Tls::Never => Trust::Any,
            Tls::Required(trust, _) | Tls::Implicit(trust) => trust.clone(),
        };
        let setup = TlsSetup {
            outgoing: self.outgoing.clone(),
            trust,
            name: target.host.name.clone(),
            purpose: if target.relay.is_some() {
                Purpose::Relay
            } else {
                Purpose::Mail
            },
        };
        let wall = self.clock.machine().date();
        let mut proof: Option<Proof> = None;
        let tls = match (&target.tls, manner) {
            (Tls::Implicit(_), _) => {
                let agreed = setup
                    .shake_hands(&mut wire, wall)
                    .await
                    .map_err(|failure| {
                        let cause = match failure.trouble {
                            TlsTrouble::Closing => Cause::Own,
                            TlsTrouble::Certificate | TlsTrouble::Handshake => Cause::Tls,
                        };
                        Failed {
                            finding: Finding::of(cause, &failure.words),
                            again: None,
                        }
                    })?;
                proof = Some(agreed.proof);
                TlsUse::Active {
                    channel_binding: binding(&agreed.secured),
                    description: describe(&agreed.secured),
                }
            }
            (Tls::Required(..), _) => TlsUse::Required,
            (Tls::Never, _) | (Tls::Wanted, Manner::Plainly(_)) => TlsUse::Never,
            (Tls::Wanted, Manner::AsDemanded) => TlsUse::Wanted,
        };
        let profile = Profile {
            hostname: self.settings.hostname.clone(),
            tls,
            login: target.relay.and_then(login),
            hello: match manner {
                Manner::Plainly(hello) => hello,
                Manner::AsDemanded => Hello::Ehlo,
            },
            nonce_seed: random(),
        };
        let limits = Limits {
            recipients: self.settings.send.recipients,
            ..Limits::default()
        };
        let machine = self.clock.machine().clone();
        let session = Session::new(profile, limits, machine.now());
        let name = target.host.name.clone();
        let mut connection = Connection::new(wire, session, setup, machine, name, proof);
        match connection.open().await {
            Turn::Ready => Ok(connection),
            Turn::Closed(trouble) => {
                let stage = trouble.as_ref().map(|trouble| trouble.stage);
                let silent = trouble
                    .as_ref()
                    .is_none_or(|trouble| trouble.code.is_none());
                let finding = finding_of(trouble);
                if silent && stage == Some(Stage::Greeting) {
                    self.rest(address, &finding);
                }
                Err(self.not_ready(target, &connection, finding, silent, manner))
            }
            Turn::Done(_) | Turn::Broken(_) => Err(Failed {
                finding: finding_of(None),
                again: None,
            }),
        }
    }

    /// What a session that never got ready means, and whether another manner may help.
    fn not_ready(
        &self,
        target: &Target<'_>,
        connection: &Connection,
        mut finding: Finding,
        silent: bool,
        manner: Manner,
    ) -> Failed {
        if self.wires.has_begun() {
            finding = Finding::of(Cause::Own, "this box was being stopped");
        } else if let Tls::Required(_, why) = &target.tls
            && finding.stage == Stage::StartTls
        {
            let words = match &connection.tls_failed {
                Some(failure) => format!("{}; {why}", failure.words),
                None => format!("{}; {why}", finding.words),
            };
            finding = Finding::of(Cause::Tls, &words);
        }
        let plainly = manner == Manner::AsDemanded && target.tls == Tls::Wanted;
        let again = match finding.stage {
            Stage::StartTls if plainly => Some(Manner::Plainly(Hello::Ehlo)),
            Stage::Hello if plainly && silent && finding.scope == Scope::Session => {
                Some(Manner::Plainly(Hello::Helo))
            }
            _ => None,
        };
        Failed { finding, again }
    }

    fn rest(&self, address: SocketAddr, finding: &Finding) {
        let now = self.clock.machine().now();
        lock(&self.rests).begin(address, finding.clone(), now);
    }
}

/// What a dial's error means.
fn unreachable(error: &io::Error) -> Finding {
    let words = reason(error);
    match error.kind() {
        io::ErrorKind::ConnectionAborted => Finding::of(Cause::Own, "this box was being stopped"),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
            Finding::of(Cause::Refused, &words)
        }
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable => {
            Finding::of(Cause::TimedOut, &in_words(error))
        }
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Finding::of(Cause::NoNetwork, &words),
        _ => Finding::of(Cause::TimedOut, &words),
    }
}

fn login(relay: &Relay) -> Option<Login> {
    let (user, password) = (relay.user.as_ref()?, relay.password.as_ref()?);
    Some(Login {
        user: user.clone(),
        password: Secret::from(password.as_str()),
    })
}

fn sum(round: Round) -> Finding {
    round
        .sum()
        .map_or_else(|| finding_of(None), |(_, finding)| finding)
}
