//! Other names: addresses and whole domains that lead to somebody.

use maud::{Markup, html};

use super::lists::Part;
use super::people::{back, said};
use crate::setup::forms::{Field, Problems, send};
use crate::setup::layout::{Frame, Page};

/// What was typed.
#[derive(Clone, Default, Debug)]
pub struct Typed {
    /// The name: an address, or `@domain`.
    pub alias: String,
    /// Where it leads, with commas or blanks between.
    pub targets: String,
}

/// The list, and the form for one more. A name (`@domain`: whatever nobody has there) and whom it leads to.
pub fn page(
    frame: &Frame,
    aliases: &Part<(String, Vec<String>)>,
    typed: &Typed,
    notice: Option<&str>,
    problems: &Problems,
) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    frame.page(Page {
        title: household.aliases_title,
        lead: household.aliases_lead,
        problems: Some(problems),
        navigation: true,
        body: Some(html! {
            (said(notice))
            @if aliases.entries.is_empty() { p { (household.aliases_none) } }
            @for (name, targets) in &aliases.entries {
                // The store names a catch-all by its domain alone.
                @let shown = if name.contains('@') { name.clone() } else { format!("@{name}") };
                div class="card" {
                    h2 { bdi { (shown) } }
                    @if shown.starts_with('@') { p class="soft" { (household.alias_catch_all) } }
                    p { (household.alias_leads_to) " " bdi { (targets.join(", ")) } }
                    (frame.form("/household/aliases/remove", &html! {
                        input type="hidden" name="alias" value=(shown);
                        button class="second" type="submit" { (household.alias_remove) span class="hide" { ": " (shown) } }
                    }))
                }
            }
            (aliases.links(frame, "/household/aliases"))
            section class="card" aria-labelledby="more" {
                h2 id="more" { (household.alias_add) }
                (frame.form("/household/aliases/add", &html! {
                    (Field::text("alias", household.alias_name, &typed.alias).hint(household.alias_name_hint).inputmode("email").show(problems))
                    (Field::text("targets", household.alias_targets, &typed.targets).hint(household.alias_targets_hint).inputmode("email").show(problems))
                    (send(household.alias_add))
                }))
            }
            (back(frame, "/household/people", household.people_title))
        }),
        ..Page::default()
    })
}
