//! Question 4: the box's name, its line's address, and the doors in the router.

use std::net::IpAddr;

use maud::{Markup, html};

use crate::setup::forms::{Field, Problems};
use crate::setup::layout::{Frame, Page, Step};
use crate::setup::style::busy;
use crate::setup::texts::{fill, fill_markup};

/// What the world sees of the line.
#[derive(Clone, Default, Debug)]
pub enum LineAddress {
    /// Nobody has asked yet.
    #[default]
    Unasked,
    /// The box is asking.
    Running,
    /// What it was told; `None`: nothing.
    Found(Option<IpAddr>),
}

/// What is in force and was found.
#[derive(Clone, Default, Debug)]
pub struct Arriving {
    /// The box has no domain: nothing comes in from outside.
    pub house_only: bool,
    /// The host name: in force, suggested, or as typed.
    pub hostname: String,
    /// Seen from outside.
    pub line: LineAddress,
    /// A public IPv6 address of the box itself.
    pub v6: Option<IpAddr>,
    /// Where the box is within the house.
    pub inside: Option<IpAddr>,
    /// Services by the names of the settings, and the ports at which they are heard.
    pub heard: Vec<(&'static str, u16)>,
}

/// Ports that a router should let through, and what is to be heard there.
const DOORS: [(u16, &str); 4] = [
    (25, "smtp"),
    (465, "submissions"),
    (993, "imaps"),
    (443, "https"),
];

/// The page.
pub fn page(frame: &Frame, step: Step, arriving: &Arriving, problems: &Problems) -> Markup {
    let texts = frame.texts();
    let words = &texts.arriving;
    let go_on =
        html! { div class="go" { button type="submit" { (texts.common.continue_button) } } };
    let body = if arriving.house_only {
        html! {
            div class="note" {
                p { (words.house_only) }
                div class="go" { a class="button" href=(frame.link("/setup/place")) { (texts.common.later) } }
            }
        }
    } else {
        html! {
            section class="card" aria-labelledby="line-title" {
                h2 id="line-title" { (words.line_title) }
                p { (words.line_lead) }
                (line(frame, arriving))
            }
            section class="card" aria-labelledby="router-title" {
                h2 id="router-title" { (words.router_title) }
                p { (words.router_lead) }
                (doors(frame, &arriving.heard))
                @if let Some(inside) = arriving.inside {
                    p { (fill_markup(words.router_to, &[("address", address(inside))])) }
                }
                p class="hint" { (words.router_note) }
            }
            section class="card" aria-labelledby="name-title" {
                h2 id="name-title" { (words.name_title) }
                (frame.form("/setup/arriving", &html! {
                    input type="hidden" name="deed" value="name";
                    (Field::text("hostname", words.name, &arriving.hostname).hint(words.name_hint).inputmode("url").show(problems))
                    (go_on)
                }))
            }
            details { summary { (words.later_title) } p { (words.later_text) } }
        }
    };
    frame.page(Page {
        title: words.title,
        lead: if arriving.house_only { "" } else { words.lead },
        step: Some(step),
        problems: Some(problems),
        live: matches!(arriving.line, LineAddress::Running),
        body: Some(body),
        ..Page::default()
    })
}

fn address(address: IpAddr) -> Markup {
    html! { strong class="code" { bdi { (address) } } }
}

fn line(frame: &Frame, arriving: &Arriving) -> Markup {
    let texts = frame.texts();
    let words = &texts.arriving;
    let ask = |class: &str| {
        frame.form(
            "/setup/arriving",
            &html! {
                input type="hidden" name="deed" value="look";
                div class="go" { button class=(class) type="submit" { (words.line_button) } }
                p class="hint" { (words.line_who) }
            },
        )
    };
    html! {
        @match arriving.line {
            LineAddress::Unasked => (ask("second")),
            LineAddress::Running => {
                (busy(words.line_looking))
                p class="hint" { (texts.common.looks_again) }
            }
            LineAddress::Found(None) => {
                p class="note warn" { (words.line_nothing) }
                (ask("second"))
            }
            LineAddress::Found(Some(found)) if is_shared(found) => {
                p class="note bad" { (fill_markup(words.line_private, &[("address", address(found))])) }
            }
            LineAddress::Found(Some(found)) => {
                p class="note good" { (fill_markup(words.line_found, &[("address", address(found))])) }
                p class="hint" { (words.line_changes) }
            }
        }
        @if let Some(v6) = arriving.v6 {
            p { (fill_markup(words.line_found_v6, &[("address", address(v6))])) }
        }
    }
}

fn doors(frame: &Frame, heard: &[(&str, u16)]) -> Markup {
    let words = &frame.texts().arriving;
    let what = [
        words.router_25,
        words.router_465,
        words.router_993,
        words.router_443,
    ];
    html! {
        table {
            thead { tr { th scope="col" { (words.router_door) } th scope="col" { (words.router_for) } } }
            tbody {
                @for ((port, service), what) in DOORS.iter().zip(what) {
                    // A box that may not have the usual port is heard at another, and the router can lead there.
                    @let mut inside = heard.iter().filter(|(name, _)| name == service).map(|(_, port)| *port);
                    @let other = match inside.clone().any(|inside| inside == *port) {
                        true => None,
                        false => inside.next(),
                    };
                    tr {
                        th scope="row" { (port) }
                        td {
                            (what)
                            @if let Some(other) = other {
                                " " (fill(words.router_other, &[("port", &other.to_string())]))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether an address is a provider's own network's (RFC 6598) or private (RFC 1918): nobody outside reaches it.
fn is_shared(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(_) => false,
    }
}
