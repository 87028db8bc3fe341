//! Question 5: time zone, language of the house, light; and the page after it.

use crate::clock::{Zone, zones};
use crate::settings::Change;
use crate::setup::desk::you::shown;
use crate::setup::forms::Problems;
use crate::setup::questions::done::{self, Summary};
use crate::setup::questions::place::{self, Answer as Said, regions};
use crate::setup::texts::Language;
use crate::setup::visit::{Answer, Visit};

/// The next page.
const NEXT: &str = "/setup/done";

/// The question.
pub(in crate::setup) async fn ask(visit: &Visit<'_>) -> Answer {
    let settings = &visit.present.settings;
    let chosen = settings.house.time_zone.clone();
    let zone = chosen.clone().unwrap_or_else(|| likely(visit).to_owned());
    let language = settings.house.language.as_deref();
    let said = Said {
        language: language
            .and_then(Language::of_code)
            .unwrap_or(visit.frame.language),
        wink: settings.light.unread,
        ..said_of(visit, zone, chosen.is_some())
    };
    visit.page(place::page(
        visit.frame,
        visit.step(5)?,
        &said,
        &Problems::default(),
    ))
}

/// The answer.
pub(in crate::setup) async fn answer(visit: &Visit<'_>) -> Answer {
    let form = &visit.request.form;
    let texts = &visit.texts().problems;
    let language = Language::of_code(form.text("language")).unwrap_or(visit.frame.language);
    let wink = form.has("wink");
    let again = |text: String| {
        let said = Said {
            language,
            wink,
            ..said_of(visit, form.text("zone").to_owned(), true)
        };
        let problems = Problems::one("zone", text);
        visit.again(place::page(visit.frame, visit.step(5)?, &said, &problems))
    };
    let Some(zone) = Zone::named(form.text("zone")) else {
        return again(texts.zone_unknown.to_owned());
    };
    let changes = vec![
        Change::set("house", "time_zone", zone.name()),
        Change::set("house", "language", language.code()),
        Change::set("light", "unread", wink),
    ];
    match visit.world.change(changes).await {
        Ok(()) => visit.go(NEXT),
        Err(error) => again(visit.not_taken(&error)),
    }
}

/// The last page.
pub(in crate::setup) async fn done(visit: &Visit<'_>) -> Answer {
    let settings = &visit.present.settings;
    let summary = Summary {
        name: visit.owner_name()?,
        address: visit.owner_address().map(shown).unwrap_or_default(),
        sending: visit.sending()?,
        hostname: mail::idna::to_unicode(&settings.hostname),
        zone: settings.house.time_zone.clone(),
        open: visit.open()?,
        closable: visit.world.window().is_open(),
    };
    visit.page(done::page(visit.frame, &summary))
}

/// Where somebody who reads this language is most likely to be; the script knows better.
fn likely(visit: &Visit<'_>) -> &'static str {
    match visit.frame.language {
        Language::Greek => "Europe/Athens",
        Language::English => "Europe/London",
    }
}

fn said_of(visit: &Visit<'_>, zone: String, chosen: bool) -> Said {
    let asked = visit.request.query.text("region");
    let known = |region: &str| {
        regions(&visit.texts().place)
            .iter()
            .any(|(name, _)| *name == region)
    };
    let of_zone = zone.split('/').next().unwrap_or_default();
    let region = [asked, of_zone, "Europe"]
        .into_iter()
        .find(|region| known(region))
        .unwrap_or("UTC")
        .to_owned();
    let zones = zones()
        .filter(|name| name.split('/').next() == Some(&region))
        .collect();
    Said {
        zone,
        chosen,
        region,
        zones,
        language: visit.frame.language,
        wink: true,
    }
}
