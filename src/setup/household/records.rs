//! The records to publish, one by one as a web form wants them, and as a piece of a zone file.

use maud::{Markup, html};

use crate::publish::{Need, Record, Said};
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::{Household, fill};
use crate::web::percent;

/// The piece of a zone file, as a file.
pub const ZONE_FILE: &str = "/household/records.zone";

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Records {
    /// Whose records, in A-labels.
    pub domain: String,
    /// The house's domains that the world can know, in A-labels; none: there is nothing to publish.
    pub domains: Vec<String>,
    /// The records, the most important first.
    pub records: Vec<Record>,
    /// What no record can say.
    pub advice: Vec<Said>,
}

/// The page.
pub fn page(frame: &Frame, shown: &Records) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    if shown.domains.is_empty() {
        return frame.page(Page {
            title: household.records_title,
            lead: household.records_none,
            navigation: true,
            ..Page::default()
        });
    }
    let needs = [Need::Must, Need::Should, Need::May, Need::Later];
    let lead = fill(household.records_lead, &[("domain", &shown.domain)]);
    let numbered: Vec<(usize, &Record)> = shown.records.iter().enumerate().collect();
    frame.page(Page {
        title: household.records_title,
        lead: &lead,
        navigation: true,
        body: Some(html! {
            @if shown.domains.len() > 1 { (others(frame, shown)) }
            @for sentence in &shown.advice { p class="note" { (sentence.with(texts)) } }
            @for need in needs {
                @let of: Vec<_> = numbered.iter().filter(|(_, record)| record.need == need).collect();
                @if !of.is_empty() {
                    @let list = html! { @for (number, record) in of { (one(frame, &shown.domain, *number, record)) } };
                    @if need == Need::Must {
                        h2 { (title(household, need)) }
                        (list)
                    } @else {
                        details { summary { (title(household, need)) } (list) }
                    }
                }
            }
            details {
                summary { (household.records_zone) }
                p { (household.records_zone_text) }
                @let zone: String = shown.records.iter().map(|record| record.zone_line() + "\n").collect();
                pre class="code" id="zone" translate="no" { (zone) }
                (copy(household, "zone"))
                p { a href=(frame.link(&format!("{ZONE_FILE}?domain={}", percent::encode(&shown.domain)))) { (household.records_download) } }
            }
            p { a href=(frame.link("/household/reports")) { (texts.reports.title) } }
        }),
        ..Page::default()
    })
}

fn others(frame: &Frame, shown: &Records) -> Markup {
    html! {
        nav aria-label=(frame.texts().household.records_domains) {
            ul class="nav" {
                @for domain in &shown.domains {
                    li {
                        a href=(frame.link(&format!("/household/records?domain={}", percent::encode(domain)))) aria-current=[(*domain == shown.domain).then_some("true")] translate="no" { (domain) }
                    }
                }
            }
        }
    }
}

fn one(frame: &Frame, domain: &str, number: usize, record: &Record) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let (name, value) = (format!("name{number}"), format!("value{number}"));
    html! {
        section class="card" aria-labelledby={ "record" (number) } {
            h3 id={ "record" (number) } translate="no" { (record.kind.to_string()) " " bdi { (record.name) } }
            p class="soft" { (record.why.with(texts)) }
            dl class="facts" {
                div { dt { (household.record_type) } dd translate="no" { (record.kind.to_string()) } }
                div {
                    dt { (household.record_name) }
                    dd { pre class="code" id=(name) translate="no" { (record.host(domain)) } (copy(household, &name)) }
                }
                div {
                    dt { (household.record_value) }
                    dd { pre class="code" id=(value) translate="no" { (record.value) } (copy(household, &value)) }
                }
            }
        }
    }
}

/// A button that appears with script only; without, a tap on the text selects it whole.
fn copy(household: &Household, id: &str) -> Markup {
    html! { button class="second" type="button" hidden data-copy=(id) data-done=(household.copied) { (household.copy) } }
}

fn title(household: &Household, need: Need) -> &'static str {
    match need {
        Need::Must => household.need_must,
        Need::Should => household.need_should,
        Need::May => household.need_may,
        Need::Later => household.need_later,
    }
}
