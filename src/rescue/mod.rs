//! The box when there is nothing to keep mail on: no mail services, but the light, the button and one page that says what is wrong, in clear and for the house only.
//!
//! ```text
//! offer     to start anew on this card: opened by a short press and the page, accepted by a long press
//! page      what is wrong, what to do            site      which path is what
//! premises  the guards of [`crate::web`] for a box that is nobody's
//! ```
//!
//! Promises: what is on the card is not touched by this process; init is told to make the card anew only after the page's offer **and** a press of 10 s that began after it,
//! within 5 minutes, in which the light has a rhythm of its own; never by one of them alone. The page opens the offer only within a minute of a short press and while no finger
//! is on the button, so that who is in the house but not at the box cannot make a press mean this. Nothing is written but in the folder that it was given, which lies in memory. It ends only by a signal, or by a double press.
//! What it cannot do: keep its page from being read on its way through the house, for it has no certificate that anybody knows; there is nothing secret on it.

mod offer;
mod page;
mod premises;
mod site;

use std::path::PathBuf;
use std::sync::Arc;

use async_channel::Receiver;
use async_executor::Executor;
use async_io::Timer;
use async_signal::{Signal, Signals};
use board::Gesture;
use board::linux::Places;
use firmware::talk::{Order, RescueReason};
use futures_lite::{FutureExt as _, StreamExt as _};

use crate::announce::{Announcer, Service, offer_of};
use crate::card::{self, Card};
use crate::health::{Fact, Health};
use crate::life::Current;
use crate::net::{self, Closing};
use crate::panel::Panel;
use crate::presence::Ending;
use crate::settings::{Listen, Ports, Settings};
use crate::start::{make_folder, say};
use crate::tls::{Certificates, Configs};
use crate::web::{Present, Web, WebDoors, WebTimes};
use crate::{RunError, Start, control, headless, log};
use offer::Offer;
use premises::Ruin;
use site::Site;

/// Runs it until SIGINT, SIGTERM or a double press. `word` is one of [`RescueReason`]'s; another one is answered by a sentence that fits all.
pub(crate) fn run(start: &Start, word: &str, card: Option<Card>) -> Result<(), RunError> {
    let reason: Option<RescueReason> = word.parse().ok();
    let health = Health::default();
    let (panel, panel_task, pressed) = Panel::new(health.clone(), Places::default());
    let data = start.data.as_path();
    make_folder(data)?;
    let mut settings = headless::settings_beside(start).unwrap_or_default();
    if start.loopback {
        settings.listen.stay_inside();
    }
    log::set_level(settings.log);
    panel.wire(&settings.light, &settings.button);
    health.report(Fact::NoData {
        reason: reason.map_or("unknown", RescueReason::word),
    });
    health.running();
    let control = control::Door::bind(data)
        .map_err(|error| RunError::failed(format!("cannot make the control socket: {error}")))?;
    let doors = doors(&settings)?;
    let announcer = announcer(data.to_owned(), &settings, &doors, &health);
    let offer = Offer::new(
        card.as_ref()
            .and(reason)
            .is_some_and(RescueReason::may_format),
    );
    let named = doors.named();
    let site = Site::new(reason, offer.clone(), card.clone(), health.clone());
    let web = web(data, &settings, site, &announcer)?;
    let closing = Closing::default();
    let executor = Arc::new(Executor::new());
    let signals = Signals::new([Signal::Int, Signal::Term]).map_err(RunError::failed)?;
    let ending = async_io::block_on(net::run(&executor, async {
        let panel_task = executor.spawn(panel_task.run());
        web.serve(doors, &executor, &closing);
        let announcing = executor.spawn(announcer.clone().run());
        let hears_owner = executor.spawn(control::serve(
            control,
            Current::default(),
            panel.clone(),
            executor.clone(),
        ));
        let card_tasks = card.clone().map(|card| {
            card.say(&Order::Ready);
            let page = named.first().map(|(_, address)| *address);
            [
                executor.spawn(card.clone().hear_only(health.clone())),
                executor.spawn(card::beat_of_a_page(card, page)),
            ]
        });
        for (name, address) in &named {
            say(&format!(
                "no mail is kept ({word}); {name}://{address}/ says why\n"
            ));
        }
        let shines = executor.spawn(shine(offer.clone(), health.clone()));
        let heeded = heed(pressed, offer, card.clone());
        let ending = executor.spawn(signal(signals).or(heeded)).await;
        log::info(0, format_args!("{ending}: the rescue ends"));
        hears_owner.cancel().await;
        shines.cancel().await;
        for task in card_tasks.into_iter().flatten() {
            task.cancel().await;
        }
        announcer.end();
        announcing.await;
        closing.begin();
        panel_task.cancel().await;
        ending
    }));
    health.ended();
    panel.end(ending.is_off());
    if let (Some(card), Some(order)) = (card, ending.order()) {
        card.say_last(&order);
    }
    Ok(())
}

/// Gestures, until one switches the box off.
async fn heed(gestures: Receiver<Gesture>, offer: Offer, card: Option<Card>) -> Ending {
    while let Ok(gesture) = gestures.recv().await {
        match gesture {
            Gesture::Double => return Ending::DoublePress,
            Gesture::Hold10 => match (&card, offer.accept()) {
                (Some(card), true) => {
                    log::warn(
                        0,
                        "button: held for 10 seconds after the page's offer: the card is made anew, and everything on it is lost",
                    );
                    card.say(&Order::Format);
                }
                _ => log::info(
                    0,
                    "button: held for 10 seconds: nothing is done, because the offer on the page was not opened before",
                ),
            },
            Gesture::Short => offer.touch(),
            Gesture::Hold3 | Gesture::Stuck => {}
        }
    }
    std::future::pending().await
}

/// The light says that the offer stands, for as long as it does.
async fn shine(offer: Offer, health: Health) {
    loop {
        let changed = offer.changed();
        let until = offer.stands_until();
        health.emptying_offered(until.is_some());
        let over = async {
            match until {
                Some(until) => {
                    Timer::at(until).await;
                }
                None => std::future::pending().await,
            }
        };
        changed.or(over).await;
    }
}

async fn signal(mut signals: Signals) -> Ending {
    while let Some(signal) = signals.next().await {
        match signal {
            Ok(Signal::Int) => return Ending::Signal("SIGINT"),
            Ok(_) => return Ending::Signal("SIGTERM"),
            Err(error) => log::warn(0, format_args!("a signal was lost: {error}")),
        }
    }
    std::future::pending().await
}

/// Where the settings say, or at the usual places: a page that is wanted nowhere is no help now.
fn doors(settings: &Settings) -> Result<WebDoors, RunError> {
    let addresses = match &settings.listen.http {
        Ports::Set(addresses) if !addresses.is_empty() => addresses.clone(),
        Ports::Set(_) | Ports::Default => Listen::default().http_addresses(),
    };
    WebDoors::bind(&addresses, &[]).map_err(RunError::failed)
}

/// The box has its name in the house all the same.
fn announcer(data: PathBuf, settings: &Settings, doors: &WebDoors, health: &Health) -> Announcer {
    let announcer = Announcer::new(&data, health.clone());
    let page = doors
        .addresses()
        .find(|(_, address)| !address.ip().is_loopback());
    let offer = offer_of(settings, &[]).zip(page).map(|(mut offer, page)| {
        offer.services.push(Service {
            kind: "_http",
            port: page.1.port(),
            text: vec!["path=/".to_owned()],
        });
        offer
    });
    announcer.offer(offer);
    announcer
}

fn web(
    data: &std::path::Path,
    settings: &Settings,
    site: Site,
    announcer: &Announcer,
) -> Result<Web, RunError> {
    // Nobody is shown one; the guards have it all the same.
    let certificates =
        Certificates::open(data, &settings.hostname, Vec::new()).map_err(RunError::failed)?;
    let configs = Configs::new(&certificates).map_err(RunError::failed)?;
    let present = Present::of(settings, &configs, &certificates);
    let site = Arc::new(site);
    Web::new(
        Arc::new(Ruin::new(present, announcer.clone())),
        site.clone(),
        site,
        WebTimes::default(),
    )
    .map_err(RunError::failed)
}
