//! The people of the house: who is there, somebody new, one of them, and the farewell.

use maud::{Markup, html};

use mail::date::DateTime;
use store::Doors;

use super::lists::Part;
use super::sizes::in_words;
use crate::accounts::{Member, UNLIMITED, USUAL_DOORS, door_names};
use crate::setup::forms::{Field, Problems, send, shows, tick};
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::{Texts, fill};
use crate::setup::two_steps::pages::STEPS;
use crate::setup::used::{self, Used, sentence};
use crate::web::percent;

/// Somebody as the pages know them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Their address.
    pub address: String,
    /// What they are called; may be empty.
    pub name: String,
    /// They own the box.
    pub owner: bool,
    /// Messages kept.
    pub messages: u64,
    /// Octets kept.
    pub octets: u64,
    /// What they may keep, as it is typed; empty: what holds for everybody.
    pub quota: String,
    /// Their app passwords.
    pub app_passwords: Vec<App>,
    /// How their own password was last used, the newest first.
    pub own_uses: Vec<Used>,
}

/// An app password as the pages know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct App {
    /// Its number.
    pub id: u32,
    /// What it is for.
    pub label: String,
    /// What it opens.
    pub doors: Doors,
    /// How it was last used.
    pub used: Option<Used>,
}

/// What was typed of somebody new.
#[derive(Clone, Default, Debug)]
pub struct Newcomer {
    /// The name.
    pub name: String,
    /// The part before the @.
    pub local: String,
    /// The domain.
    pub domain: String,
}

/// A password that is seen now and never again.
#[derive(Clone, Copy)]
pub struct Shown<'s> {
    /// Whose.
    pub address: &'s str,
    /// The password.
    pub password: &'s str,
}

/// Everybody.
pub fn list(frame: &Frame, people: &Part<Person>, notice: Option<&str>) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    frame.page(Page {
        title: household.people_title,
        lead: household.people_lead,
        navigation: true,
        body: Some(html! {
            (said(notice))
            ul class="list" {
                @for person in &people.entries {
                    li {
                        a href=(frame.link(&of("/household/person", &person.address))) {
                            span {
                                @if !person.name.is_empty() { b { bdi { (person.name) } } br; }
                                bdi { (person.address) }
                                @if person.owner { " · " (household.owner) }
                            }
                        }
                    }
                }
            }
            (people.links(frame, "/household/people"))
            div class="go" { a class="button" href=(frame.link("/household/people/add")) { (household.add_person) } }
            ul class="list" {
                li { a href=(frame.link("/household/aliases")) { (household.aliases_title) } }
            }
        }),
        ..Page::default()
    })
}

/// The form for somebody new. `domains`: those to choose from, the main one first.
pub fn add(frame: &Frame, typed: &Newcomer, domains: &[String], problems: &Problems) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let fields = html! {
        (Field::text("name", household.person_name, &typed.name).autocomplete("off").show(problems))
        @let local = Field::text("local", household.person_local, &typed.local).hint(household.person_local_hint).from("name").inputmode("email");
        @match domains {
            [only] => {
                (local.behind(format!("@{only}")).show(problems))
                input type="hidden" name="domain" value=(only);
            }
            _ => {
                (local.show(problems))
                (crate::setup::forms::select("domain", household.person_domain, "", domains.iter().map(|one| (one.clone(), format!("@{one}"))), &typed.domain, problems))
            }
        }
        (Field::password("password", household.person_password, "new-password").hint(household.person_password_hint).optional().show(problems))
        (shows(texts, "#password"))
        (send(household.add_person))
    };
    frame.page(Page {
        title: household.add_person,
        problems: Some(problems),
        navigation: true,
        body: Some(html! {
            div class="card" { (frame.form("/household/people/add", &fields)) }
            (back(frame, "/household/people", household.people_title))
        }),
        ..Page::default()
    })
}

/// A password that was made: told once.
pub fn password_made(frame: &Frame, shown: &Shown<'_>) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let lead = fill(household.password_made_lead, &[("address", shown.address)]);
    frame.page(Page {
        title: household.password_made_title,
        lead: &lead,
        navigation: true,
        body: Some(html! {
            (secret(texts, shown.password))
            ul class="list" {
                li { a href=(frame.link(&of("/household/devices", shown.address))) { (household.next_device) } }
                li { a href=(frame.link("/household/people")) { (household.people_title) } }
            }
        }),
        ..Page::default()
    })
}

/// Something to be copied now.
pub fn secret(texts: &Texts, password: &str) -> Markup {
    let household = &texts.household;
    html! {
        div class="note good" {
            h2 { (household.secret_title) }
            pre class="code words" id="secret" translate="no" { (password) }
            button class="second" type="button" hidden data-copy="secret" data-done=(household.copied) { (household.copy) }
            p { (household.secret_once) }
        }
    }
}

/// One person.
pub fn one(frame: &Frame, person: &Person, notice: Option<&str>, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let title = if person.name.is_empty() {
        &person.address
    } else {
        &person.name
    };
    let lead = fill(
        household.person_keeps,
        &[
            ("messages", &person.messages.to_string()),
            ("size", &in_words(person.octets)),
        ],
    );
    let whom = html! { input type="hidden" name="person" value=(person.address); };
    let form = |path: &str, fields: Markup| frame.form(path, &html! { (whom) (fields) });
    frame.page(Page {
        title,
        lead: &lead,
        problems: Some(problems),
        navigation: true,
        body: Some(html! {
            (said(notice))
            p { bdi { (person.address) } @if person.owner { " · " (household.owner) } }
            ul class="list" { li { a href=(frame.link(&of("/household/devices", &person.address))) { (household.next_device) } } }
            section class="card" aria-labelledby="naming" {
                h2 id="naming" { (household.person_name) }
                (form("/household/person/name", html! {
                    (Field::text("name", household.person_name, &person.name).show(problems))
                    (send(texts.common.save_button))
                }))
            }
            section class="card" aria-labelledby="apps" {
                h2 id="apps" { (household.apps_title) }
                p class="soft" { (household.apps_text) }
                (apps(frame, person))
                (form("/household/person/app", html! {
                    (Field::text("label", household.app_label, "").hint(household.app_label_hint).show(problems))
                    (doors_choice(texts, problems))
                    (send(household.app_make))
                }))
            }
            section class="card" aria-labelledby="secrets" {
                h2 id="secrets" { (household.new_password) }
                p { (texts.steps.own_password) ": " (sentence(texts, person.own_uses.first())) }
                @if person.owner {
                    p { a href=(frame.link("/password")) { (texts.common.nav_password) } }
                    p { a href=(frame.link(STEPS)) { (texts.steps.link) } }
                } @else {
                    p class="soft" { (household.new_password_text) }
                    (form("/household/person/password", html! {
                        (Field::password("password", household.person_password, "new-password").hint(household.person_password_hint).optional().show(problems))
                        (shows(texts, "#password"))
                        (send(household.new_password))
                    }))
                }
            }
            section class="card" aria-labelledby="room" {
                h2 id="room" { (household.quota_title) }
                (form("/household/person/quota", html! {
                    (Field::text("quota", household.quota_label, &person.quota).hint(household.quota_hint).optional().show(problems))
                    (send(texts.common.save_button))
                }))
            }
            @if !person.owner {
                p { a href=(frame.link(&of("/household/person/remove", &person.address))) { (household.remove_person) } }
            }
            (back(frame, "/household/people", household.people_title))
        }),
        ..Page::default()
    })
}

/// What an app password that is made here opens.
fn doors_choice(texts: &Texts, problems: &Problems) -> Markup {
    let steps = &texts.steps;
    let problem = problems.of("doors");
    html! {
        fieldset class="field" id="doors" aria-describedby=[problem.map(|_| "doors-wrong")] {
            legend { (steps.doors_legend) }
            @if let Some(problem) = problem { p class="wrong" id="doors-wrong" { (problem) } }
            @for (door, name, label) in door_labels(texts) {
                (tick(name, label, "", USUAL_DOORS.contains(door)))
            }
        }
    }
}

/// The doors with the names of their fields, and in words.
pub(super) fn door_labels(texts: &Texts) -> [(Doors, &'static str, &'static str); 3] {
    let steps = &texts.steps;
    [
        (Doors::IMAP, "imap", steps.door_imap),
        (Doors::POP3, "pop3", steps.door_pop3),
        (Doors::SMTP, "smtp", steps.door_smtp),
    ]
}

/// The app passwords, each with its end, in one form: there are fifty at most.
fn apps(frame: &Frame, person: &Person) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    if person.app_passwords.is_empty() {
        return html! { p { (household.apps_none) } };
    }
    let fields = html! {
        input type="hidden" name="person" value=(person.address);
        @for app in &person.app_passwords {
            div class="note" {
                p { strong { bdi { (app.label) } } }
                p class="soft" { (opens(texts, app.doors)) " " (sentence(texts, app.used.as_ref())) }
                button class="second" name="number" value=(app.id) { (household.app_remove) span class="hide" { ": " (app.label) } }
            }
        }
    };
    frame.form("/household/person/app/remove", &fields)
}

/// What it opens, by the protocols' names, which programs show too.
fn opens(texts: &Texts, doors: Doors) -> String {
    let names = door_names(doors).join(", ").to_ascii_uppercase();
    fill(texts.steps.opens, &[("doors", &names)])
}

/// Asks for the address before somebody goes with all their mail.
pub fn remove(frame: &Frame, person: &Person, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let lead = fill(
        household.remove_lead,
        &[
            ("address", &person.address),
            ("messages", &person.messages.to_string()),
        ],
    );
    let fields = html! {
        input type="hidden" name="person" value=(person.address);
        (Field::text("typed", household.remove_typed, "").hint(person.address.as_str()).inputmode("email").show(problems))
        div class="go" { button class="risky" type="submit" { (household.remove_button) } }
    };
    frame.page(Page {
        title: household.remove_person,
        lead: &lead,
        problems: Some(problems),
        navigation: true,
        body: Some(html! {
            div class="card" { (frame.form("/household/person/remove", &fields)) }
            (back(frame, &of("/household/person", &person.address), texts.common.back))
        }),
        ..Page::default()
    })
}

/// What was just done.
pub(super) fn said(notice: Option<&str>) -> Markup {
    html! { @if let Some(notice) = notice { p class="note good" role="status" { strong { (notice) } } } }
}

pub(super) fn back(frame: &Frame, path: &str, label: &str) -> Markup {
    html! { p { a href=(frame.link(path)) { (label) } } }
}

/// The address of a page about somebody.
pub(super) fn of(path: &str, address: &str) -> String {
    format!("{path}?person={}", percent::encode(address))
}

/// A person as the pages show them; `owner`: whose the box is, `local`: the box's own time.
pub(super) fn known(
    member: Member,
    owner: Option<store::AccountId>,
    local: &dyn Fn(i64) -> DateTime,
) -> Person {
    let app = |app: crate::accounts::AppMember| App {
        id: app.id,
        label: app.label,
        doors: app.doors,
        used: used::known(&app.uses, local).into_iter().next(),
    };
    Person {
        owner: Some(member.account.id) == owner,
        quota: match member.account.quota {
            None => String::new(),
            Some(UNLIMITED) => "none".to_owned(),
            Some(octets) => super::sizes::exact(octets),
        },
        address: member.account.address.to_string(),
        name: member.name,
        messages: member.usage.messages,
        octets: member.usage.octets,
        own_uses: used::known(&member.own_uses, local),
        app_passwords: member.app_passwords.into_iter().map(app).collect(),
    }
}
