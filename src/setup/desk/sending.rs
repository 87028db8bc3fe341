//! Question 3: a relay tried out and kept, or the line tried and none.

use std::sync::Arc;

use sasl::Secret;
use store::{Relay, RelayScope, RelayTls};

use crate::setup::forms::Problems;
use crate::setup::names::host_name;
use crate::setup::presets::{Access, Preset, User, of_key};
use crate::setup::questions::direct::{self, Line};
use crate::setup::questions::provider::{self, Failure, Trial, Typed};
use crate::setup::questions::sending::{self, DIRECT, PROVIDER, TRIAL};
use crate::setup::texts::fill;
use crate::setup::visit::{Answer, Tried, Visit};
use crate::setup::world::World;

/// The next page.
const NEXT: &str = "/setup/arriving";
/// Where mail is submitted with TLS from the first octet (RFC 8314 §3.3).
const IMPLICIT_PORT: u16 = 465;
/// The key of any other provider.
const OTHER: &str = "other";

/// The choice.
pub(in crate::setup) async fn ask(visit: &Visit<'_>) -> Answer {
    let now = visit.sending()?;
    visit.page(sending::page(visit.frame, visit.step(3)?, &now))
}

/// One provider's form; with what was typed in a trial that failed.
pub(in crate::setup) async fn ask_provider(visit: &Visit<'_>) -> Answer {
    let key = visit.request.query.text("provider");
    let preset = of_key(key);
    if preset.is_none() && key != OTHER {
        return visit.go("/setup/sending");
    }
    let before = visit.memory.trial.seen(visit.world.window());
    let typed = match before {
        Some((tried, Some(Trial::Bad(_)))) if tried.provider == key => Typed {
            password_kept: tried.password.is_some(),
            ..tried.typed
        },
        _ => blank(preset),
    };
    let none = Problems::default();
    visit.page(provider::page(
        visit.frame,
        visit.step(3)?,
        preset,
        &typed,
        &none,
    ))
}

/// A provider's user name and password: begins the trial.
pub(in crate::setup) async fn answer_provider(visit: &Visit<'_>) -> Answer {
    let form = &visit.request.form;
    let key = form.text("provider");
    let preset = of_key(key);
    let closed = preset.is_some_and(|preset| preset.access == Access::Closed);
    if closed || preset.is_none() && key != OTHER {
        return visit.go("/setup/sending");
    }
    let texts = &visit.texts().problems;
    let mut problems = Problems::default();
    let typed = Typed {
        user: form.text("user").to_owned(),
        host: form.text("host").to_owned(),
        port: form.text("port").to_owned(),
        password_kept: false,
    };
    let host = host_name(&typed.host).filter(|host| host.contains('.'));
    if host.is_none() {
        let shown: String = typed.host.chars().take(80).collect();
        problems.add("host", fill(texts.host_wrong, &[("host", &shown)]));
    }
    let port = typed.port.parse().ok().filter(|port: &u16| *port != 0);
    if port.is_none() {
        problems.add("port", texts.port_wrong);
    }
    if typed.user.is_empty() {
        problems.add("user", texts.user_missing);
    }
    let password = match form.get("password").unwrap_or_default() {
        "" => kept_password(visit, key, host.as_deref()),
        // App passwords are shown in groups, and typed or pasted with the blanks.
        typed if preset.is_some_and(|preset| preset.access == Access::AppPassword) => {
            Some(Arc::new(Secret::from(typed.replace(' ', "").as_str())))
        }
        typed => Some(Arc::new(Secret::from(typed))),
    };
    if password.is_none() {
        problems.add("password", texts.relay_password_missing);
    }
    let (Some(host), Some(port), Some(password), true) =
        (host, port, password, problems.is_empty())
    else {
        let page = provider::page(visit.frame, visit.step(3)?, preset, &typed, &problems);
        return visit.again(page);
    };
    let tried = Tried {
        provider: preset.map_or(OTHER, |preset| preset.key).to_owned(),
        typed,
        host,
        port,
        password: Some(password),
    };
    let work = try_and_keep(visit.world.clone(), tried.clone());
    visit.memory.trial.begin(visit.world.window(), tried, work);
    visit.go(TRIAL)
}

/// The password of a trial that failed, for the same server.
fn kept_password(visit: &Visit<'_>, key: &str, host: Option<&str>) -> Option<Arc<Secret>> {
    let (tried, answer) = visit.memory.trial.seen(visit.world.window())?;
    let same = tried.provider == key && Some(tried.host.as_str()) == host;
    match answer {
        Some(Trial::Bad(_)) if same => tried.password,
        _ => None,
    }
}

/// Signs in; what let the box in is kept, and its password no longer remembered here.
async fn try_and_keep(world: Arc<dyn World>, tried: Tried) -> (Tried, Trial) {
    let password = tried
        .password
        .as_ref()
        .and_then(|password| password.as_str());
    let relay = Relay {
        scope: RelayScope::Everything,
        host: tried.host.clone(),
        port: tried.port,
        tls: match tried.port {
            IMPLICIT_PORT => RelayTls::Implicit,
            _ => RelayTls::StartTls,
        },
        user: Some(tried.typed.user.clone()),
        password: password.map(|password| password.to_owned().into()),
    };
    if let Err(failure) = world.try_relay(relay.clone()).await {
        return (tried, Trial::Bad(failure));
    }
    let store = world.present().await.accounts.store().clone();
    if let Err(error) = store.write(move |tx| tx.set_relay(&relay)).await {
        let failure = Failure {
            cause: None,
            words: error.to_string(),
        };
        return (tried, Trial::Bad(failure));
    }
    world.relays_changed().await;
    let tried = Tried {
        password: None,
        ..tried
    };
    (tried, Trial::Good)
}

/// How the trial is going.
pub(in crate::setup) async fn ask_trial(visit: &Visit<'_>) -> Answer {
    let Some((tried, answer)) = visit.memory.trial.seen(visit.world.window()) else {
        return visit.go("/setup/sending");
    };
    let back = format!("{PROVIDER}?provider={}", tried.provider);
    let trial = answer.unwrap_or(Trial::Running);
    let host = mail::idna::to_unicode(&tried.host);
    let step = visit.step(3)?;
    visit.page(provider::trial(
        visit.frame,
        step,
        &host,
        tried.port,
        &trial,
        &back,
    ))
}

/// What the line does.
pub(in crate::setup) async fn ask_direct(visit: &Visit<'_>) -> Answer {
    let line = match visit.memory.line.seen(visit.world.window()) {
        None => Line::Unasked,
        Some((_, None)) => Line::Running,
        Some((_, Some(found))) => found,
    };
    visit.page(direct::page(visit.frame, visit.step(3)?, &line))
}

/// Tries the line, or sends directly from now on.
pub(in crate::setup) async fn answer_direct(visit: &Visit<'_>) -> Answer {
    match visit.request.form.text("deed") {
        "use" => {
            let store = visit.present.accounts.store();
            if visit.sending()?.relay.is_some() {
                store
                    .write(|tx| tx.remove_relay(&RelayScope::Everything))
                    .await?;
                visit.world.relays_changed().await;
            }
            visit.go(NEXT)
        }
        _ => {
            let world = visit.world.clone();
            let work = async move { ((), Line::Found(world.try_line().await)) };
            visit.memory.line.begin(visit.world.window(), (), work);
            visit.go(DIRECT)
        }
    }
}

fn blank(preset: Option<&Preset>) -> Typed {
    let Some(preset) = preset else {
        return Typed {
            port: IMPLICIT_PORT.to_string(),
            ..Typed::default()
        };
    };
    Typed {
        user: match preset.user {
            User::Word(word) => word.to_owned(),
            User::Address(_) | User::Given => String::new(),
        },
        host: preset.host.to_owned(),
        port: preset.port.to_string(),
        password_kept: false,
    }
}
