//! The people of the house: who is there, somebody new, one of them, and the farewell.

use maud::{Markup, html};

use super::lists::Part;
use super::sizes::in_words;
use crate::accounts::{Member, UNLIMITED};
use crate::setup::forms::{Field, Problems, send, shows};
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::{Texts, fill};
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
    /// Labels and numbers of their app passwords.
    pub app_passwords: Vec<(u32, String)>,
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
                    (send(household.app_make))
                }))
            }
            section class="card" aria-labelledby="secrets" {
                h2 id="secrets" { (household.new_password) }
                @if person.owner {
                    p { a href=(frame.link("/password")) { (texts.common.nav_password) } }
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

/// The app passwords, each with its end. There are fifty at most.
fn apps(frame: &Frame, person: &Person) -> Markup {
    let household = &frame.texts().household;
    html! {
        @if person.app_passwords.is_empty() { p { (household.apps_none) } }
        @for (number, label) in &person.app_passwords {
            div class="note" {
                p { strong { bdi { (label) } } }
                (frame.form("/household/person/app/remove", &html! {
                    input type="hidden" name="person" value=(person.address);
                    input type="hidden" name="number" value=(number);
                    button class="second" type="submit" { (household.app_remove) span class="hide" { ": " (label) } }
                }))
            }
        }
    }
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

/// A person as the pages show them; `owner`: whose the box is.
pub(super) fn known(member: Member, owner: Option<store::AccountId>) -> Person {
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
        app_passwords: member.app_passwords,
    }
}
