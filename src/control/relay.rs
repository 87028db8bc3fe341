//! The owner says which other server takes the house's mail and delivers it.

use mail::idna;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Read as _, Relay, RelayScope, RelayTls};

use super::{Answer, Exit, Household};
use crate::accounts::Refusal;

/// Where mail is submitted with TLS from the first octet (RFC 8314 §3.3).
const IMPLICIT_PORT: u16 = 465;

/// What the owner wants of the relays. Debug would show passwords, so there is none.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelayWish {
    /// All of them.
    List,
    /// Make one, or replace it.
    Set {
        /// For what.
        scope: Scope,
        /// `host` or `host:port`.
        host: String,
        /// `implicit`, `starttls` or `none`.
        tls: Option<String>,
        /// Who logs in.
        user: Option<String>,
        /// With which password.
        password: Option<String>,
    },
    /// Forget it.
    Remove(Scope),
    /// Connect and log in.
    Test(Scope),
}

/// What a relay is for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All mail that no other relay is for.
    Everything,
    /// Mail to one domain.
    Domain(String),
    /// What hosts refuse for reasons of policy.
    Fallback,
}

impl Household {
    pub(super) async fn relay(&self, wish: RelayWish) -> Result<Answer, Refusal> {
        match wish {
            RelayWish::List => {
                let relays = self.accounts.store().read()?.relays()?;
                let lines: Vec<String> = relays.iter().map(line).collect();
                let data: Vec<Value> = relays.iter().map(data).collect();
                let text = if lines.is_empty() {
                    "no relay: mail goes straight to the hosts that DNS names".to_owned()
                } else {
                    lines.join("\n")
                };
                Ok(Answer::done(text).with(json!(data)))
            }
            RelayWish::Set {
                scope,
                host,
                tls,
                user,
                password,
            } => {
                let relay = relay(scope, &host, tls.as_deref(), user, password)?;
                let text = line(&relay);
                let store = self.accounts.store();
                store.write(move |tx| tx.set_relay(&relay)).await?;
                self.sender.start_afresh();
                Ok(Answer::done(format!(
                    "{text}\n`pillarbox relay test` tries it"
                )))
            }
            RelayWish::Remove(scope) => {
                let scope = self.known(scope)?.scope;
                let text = about(&scope);
                let store = self.accounts.store();
                store.write(move |tx| tx.remove_relay(&scope)).await?;
                self.sender.start_afresh();
                Ok(Answer::done(format!("no relay {text} any more")))
            }
            RelayWish::Test(scope) => {
                let relay = self.known(scope)?;
                let said = self.sender.try_relay(&relay).await;
                Ok(said.map_or_else(|why| Answer::not_done(Exit::Failed, why), Answer::done))
            }
        }
    }

    fn known(&self, scope: Scope) -> Result<Relay, Refusal> {
        let scope = parse_scope(scope)?;
        let relays = self.accounts.store().read()?.relays()?;
        let found = relays.into_iter().find(|relay| relay.scope == scope);
        found.ok_or_else(|| {
            Refusal::not_found(format!(
                "there is no relay {}; `pillarbox relay list` shows them",
                about(&scope)
            ))
        })
    }
}

/// A relay as it is written: `host` or `host:port`, `implicit`, `starttls` or `none`.
pub(crate) fn relay(
    scope: Scope,
    host: &str,
    tls: Option<&str>,
    user: Option<String>,
    password: Option<String>,
) -> Result<Relay, Refusal> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().ok().filter(|port| *port != 0)),
        None => (host, Some(IMPLICIT_PORT)),
    };
    let (Some(host), Some(port)) = (idna::to_ascii(name), port) else {
        return Err(Refusal::not_allowed(format!(
            "\"{host}\" is no host; write it like smtp.example.org or smtp.example.org:587"
        )));
    };
    let tls = match tls {
        None if port == IMPLICIT_PORT => RelayTls::Implicit,
        None | Some("starttls") => RelayTls::StartTls,
        Some("implicit") => RelayTls::Implicit,
        Some("none") if user.is_none() => RelayTls::None,
        Some("none") => {
            return Err(Refusal::not_allowed(
                "a password is never sent without TLS; leave --tls out, or leave --user out",
            ));
        }
        Some(other) => {
            return Err(Refusal::not_allowed(format!(
                "--tls knows no \"{other}\"; it is implicit, starttls or none"
            )));
        }
    };
    if user.is_some() != password.is_some() {
        return Err(Refusal::not_allowed(
            "a relay that is logged in to needs both --user NAME and --password-stdin",
        ));
    }
    Ok(Relay {
        scope: parse_scope(scope)?,
        host,
        port,
        tls,
        user,
        password: password.map(Into::into),
    })
}

fn parse_scope(scope: Scope) -> Result<RelayScope, Refusal> {
    Ok(match scope {
        Scope::Everything => RelayScope::Everything,
        Scope::Fallback => RelayScope::Fallback,
        Scope::Domain(domain) => RelayScope::Domain(idna::to_ascii(&domain).ok_or_else(|| {
            Refusal::not_allowed(format!(
                "\"{domain}\" is no domain; write it like --for example.org"
            ))
        })?),
    })
}

fn about(scope: &RelayScope) -> String {
    match scope {
        RelayScope::Everything => "for everything".to_owned(),
        RelayScope::Domain(domain) => format!("for {domain}"),
        RelayScope::Fallback => "for what others refuse".to_owned(),
    }
}

fn tls(relay: &Relay) -> &'static str {
    match relay.tls {
        RelayTls::Implicit => "implicit",
        RelayTls::StartTls => "starttls",
        RelayTls::None => "none",
    }
}

fn line(relay: &Relay) -> String {
    let user = relay.user.as_deref();
    format!(
        "{}: {} port {}, TLS {}, {}",
        about(&relay.scope),
        relay.host,
        relay.port,
        tls(relay),
        user.map_or_else(|| "no log-in".to_owned(), |user| format!("as {user}"))
    )
}

fn data(relay: &Relay) -> Value {
    let (scope, domain) = match &relay.scope {
        RelayScope::Everything => ("everything", None),
        RelayScope::Domain(domain) => ("domain", Some(domain)),
        RelayScope::Fallback => ("fallback", None),
    };
    json!({
        "scope": scope, "domain": domain, "host": relay.host, "port": relay.port, "tls": tls(relay),
        "user": relay.user, "password": relay.password.is_some(),
    })
}
