//! Question 5: the time zone, the language of the house, and the light.

use maud::{Markup, html};

use crate::setup::forms::{Problems, send, tick};
use crate::setup::layout::{Frame, Page, Step};
use crate::setup::texts::{Language, Place};

/// What is in force or was typed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The zone, by its name.
    pub zone: String,
    /// A zone has been chosen before: the phone's own is not put over it.
    pub chosen: bool,
    /// The part of the world whose places are listed: what stands before the slash.
    pub region: String,
    /// The names of the zones in it.
    pub zones: Vec<&'static str>,
    /// The language of the house.
    pub language: Language,
    /// The light winks for new mail.
    pub wink: bool,
}

/// The parts of the world, as the time zone database names them, and their texts.
pub fn regions(place: &Place) -> [(&'static str, &'static str); 10] {
    [
        ("Europe", place.region_europe),
        ("America", place.region_america),
        ("Asia", place.region_asia),
        ("Africa", place.region_africa),
        ("Australia", place.region_australia),
        ("Pacific", place.region_pacific),
        ("Atlantic", place.region_atlantic),
        ("Indian", place.region_indian),
        ("Antarctica", place.region_antarctica),
        ("UTC", place.region_other),
    ]
}

/// The form.
pub fn page(frame: &Frame, step: Step, answer: &Answer, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let place = &texts.place;
    let problem = problems.of("zone");
    let fields = html! {
        div class="field" {
            label for="zone" { (place.zone) }
            p class="hint" id="zone-hint" { (place.zone_hint) }
            @if let Some(problem) = problem { p class="wrong" id="zone-wrong" { (problem) } }
            select id="zone" name="zone" aria-invalid=[problem.map(|_| "true")] autofocus[problem.is_some()]
                aria-describedby="zone-hint" data-zone[!answer.chosen] translate="no" {
                @for zone in &answer.zones {
                    option value=(zone) selected[*zone == answer.zone] { (city(zone)) }
                }
            }
        }
        div class="field" {
            label for="language" { (place.language) }
            p class="hint" id="language-hint" { (place.language_hint) }
            select id="language" name="language" aria-describedby="language-hint" {
                @for language in Language::ALL {
                    option value=(language.code()) lang=(language.code()) selected[language == answer.language] {
                        (language.texts().common.language_name)
                    }
                }
            }
        }
        fieldset class="field" {
            legend { (place.light_title) }
            (tick("wink", place.wink, place.wink_hint, answer.wink))
        }
        (send(texts.common.continue_button))
    };
    frame.page(Page {
        title: place.title,
        lead: place.lead,
        step: Some(step),
        problems: Some(problems),
        body: Some(html! {
            div class="card" { (frame.form("/setup/place", &fields)) }
            nav aria-labelledby="regions" {
                h2 id="regions" { (place.region) }
                ul class="nav" {
                    @for (name, shown) in regions(place) {
                        li {
                            a href=(frame.link(&format!("/setup/place?region={name}"))) aria-current=[(name == answer.region).then_some("true")] { (shown) }
                        }
                    }
                }
            }
        }),
        ..Page::default()
    })
}

/// `America/Argentina/Buenos_Aires` as people write it.
fn city(zone: &str) -> String {
    let name = zone.split_once('/').map_or(zone, |(_, name)| name);
    name.replace('_', " ").replace('/', ", ")
}
