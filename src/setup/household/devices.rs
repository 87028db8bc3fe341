//! How each device signs in: by a code where the device reads one, by its own search where it finds the house, and by the plain table for all others.

use maud::{Markup, html};

use store::Doors;

use super::people::{back, secret};
use super::qr;
use crate::accounts::USUAL_DOORS;
use crate::client_setup::{House, Protocol, Security, Server};
use crate::setup::forms::{Choice, Problems, choices, select, send};
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::{Household, fill};
use crate::web::percent;

/// What is to be set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// An iPhone, an iPad or a Mac: by a profile.
    Apple,
    /// A phone with Android: by Thunderbird's code.
    Android,
    /// Thunderbird on a computer.
    Thunderbird,
    /// Outlook.
    Outlook,
    /// Everything else.
    Other,
}

impl Device {
    /// All of them, as they are listed.
    pub const ALL: [Device; 5] = [
        Device::Apple,
        Device::Android,
        Device::Thunderbird,
        Device::Outlook,
        Device::Other,
    ];

    /// Its name in forms.
    pub fn code(self) -> &'static str {
        match self {
            Device::Apple => "apple",
            Device::Android => "android",
            Device::Thunderbird => "thunderbird",
            Device::Outlook => "outlook",
            Device::Other => "other",
        }
    }

    /// The one with this name.
    pub fn named(code: &str) -> Option<Device> {
        Device::ALL.into_iter().find(|device| device.code() == code)
    }

    /// What it is called; also the label of its app password.
    pub fn label(self, household: &Household) -> &'static str {
        match self {
            Device::Apple => household.device_apple,
            Device::Android => household.device_android,
            Device::Thunderbird => household.device_thunderbird,
            Device::Outlook => household.device_outlook,
            Device::Other => household.device_other,
        }
    }

    /// What its password opens: what the device is set up for here.
    pub fn doors(self) -> Doors {
        match self {
            Device::Apple | Device::Android | Device::Thunderbird | Device::Outlook => USUAL_DOORS,
            // Nobody knows whether it reads by IMAP or fetches by POP3.
            Device::Other => Doors::ALL,
        }
    }

    fn hint(self, household: &Household) -> &'static str {
        match self {
            Device::Apple => household.device_apple_hint,
            Device::Android => household.device_android_hint,
            Device::Thunderbird => household.device_thunderbird_hint,
            Device::Outlook => household.device_outlook_hint,
            Device::Other => household.device_other_hint,
        }
    }

    fn steps(self, household: &Household) -> Vec<&'static str> {
        match self {
            Device::Apple => vec![household.apple_step_scan, household.apple_step_open],
            Device::Android => vec![
                household.android_step_install,
                household.android_step_import,
                household.android_step_scan,
            ],
            Device::Thunderbird => vec![
                household.thunderbird_step_new,
                household.thunderbird_step_password,
                household.step_certificate,
            ],
            Device::Outlook => vec![
                household.outlook_step_new,
                household.outlook_step_table,
                household.step_certificate,
            ],
            Device::Other => vec![household.other_step_table, household.step_certificate],
        }
    }
}

/// The choice of person and device. `people`: addresses and what is shown of them.
pub fn choose(frame: &Frame, house: &House, people: &[(String, String)], person: &str) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let none = Problems::default();
    let list: Vec<Choice<'_>> = Device::ALL
        .into_iter()
        .map(|device| Choice {
            value: device.code(),
            label: device.label(household),
            hint: device.hint(household).to_owned(),
        })
        .collect();
    let fields = html! {
        @match people {
            [(only, _)] => input type="hidden" name="person" value=(only);,
            _ => (select("person", household.device_person, "", people.iter().cloned(), person, &none)),
        }
        (choices("device", household.device_choose, &list, Device::Apple.code(), &none))
        (send(household.device_make))
    };
    frame.page(Page {
        title: household.devices_title,
        lead: household.devices_lead,
        navigation: true,
        body: Some(html! {
            div class="card" { (frame.form("/household/devices", &fields)) }
            h2 { (household.table_title) }
            p { (household.table_text) }
            (table(household, house, person))
        }),
        ..Page::default()
    })
}

/// What the chosen device is given.
pub enum Given<'g> {
    /// A link that works once, in full.
    Link(&'g str),
    /// An app password, and the text of Thunderbird's code where it can be made.
    Password(&'g str, Option<&'g str>),
}

/// The page for one device, with what it is given: seen only now.
pub fn given(
    frame: &Frame,
    house: &House,
    person: &str,
    device: Device,
    given: &Given<'_>,
) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let lead = fill(household.device_for, &[("address", person)]);
    let about_code = match given {
        Given::Link(_) => household.qr_once,
        Given::Password(..) => household.code_secret,
    };
    let code = match given {
        Given::Link(link) => qr::code(link, household.qr_label),
        Given::Password(_, Some(text)) if device == Device::Android => {
            qr::code(text, household.qr_label)
        }
        Given::Password(..) => None,
    };
    frame.page(Page {
        title: device.label(household),
        lead: &lead,
        navigation: true,
        body: Some(html! {
            ol { @for step in device.steps(household) { li { (step) } } }
            @if let Some(code) = code { (code) p class="soft" { (about_code) } }
            @match given {
                Given::Link(link) => {
                    p { (household.apple_here) }
                    div class="go" { a class="button" href=(link) { (household.apple_here_button) } }
                }
                Given::Password(password, _) => {
                    @if device == Device::Android { p { (household.android_other) } }
                    (secret(texts, password))
                    h2 { (household.table_title) }
                    (table(household, house, person))
                }
            }
            (back(frame, &format!("/household/devices?person={}", percent::encode(person)), texts.common.back))
        }),
        ..Page::default()
    })
}

/// What the phone sees behind the link: what will happen, and the button. `certificate`: the device must be told to trust it.
pub fn handover(frame: &Frame, file: &str, person: &str, certificate: bool) -> Markup {
    let texts = frame.texts();
    let household = &texts.household;
    let lead = fill(household.device_for, &[("address", person)]);
    frame.page(Page {
        title: household.handover_title,
        lead: &lead,
        body: Some(html! {
            ol {
                li { (household.handover_step_load) }
                li { (household.handover_step_install) }
                li { (household.handover_step_unsigned) }
                @if certificate { li { (household.handover_step_trust) } }
            }
            div class="go" { a class="button" href=(file) { (household.handover_button) } }
            p class="soft" { (household.qr_once) }
        }),
        ..Page::default()
    })
}

/// The link was used, or its time is over.
pub fn spent(frame: &Frame) -> Markup {
    let household = &frame.texts().household;
    frame.page(Page {
        title: household.spent_title,
        lead: household.spent_lead,
        ..Page::default()
    })
}

/// What was made was shown already, or nobody came for it in time.
pub fn seen(frame: &Frame) -> Markup {
    let household = &frame.texts().household;
    frame.page(Page {
        title: household.seen_title,
        lead: household.seen_lead,
        navigation: true,
        body: Some(html! {
            ul class="list" {
                li { a href=(frame.link("/household/devices")) { (household.next_device) } }
                li { a href=(frame.link("/household/people")) { (household.people_title) } }
            }
        }),
        ..Page::default()
    })
}

/// The settings for any program, the best first.
pub fn table(household: &Household, house: &House, person: &str) -> Markup {
    let rows = [
        (household.table_reading, Protocol::Imap),
        (household.table_fetching, Protocol::Pop3),
        (household.table_sending, Protocol::Smtp),
    ];
    html! {
        @for (title, protocol) in rows {
            @let servers: Vec<Server> = house.servers.iter().copied().filter(|server| server.protocol == protocol).collect();
            @if !servers.is_empty() {
                section class="card" {
                    h3 { (title) }
                    dl class="facts" {
                        div { dt { (household.table_server) } dd translate="no" { bdi { (house.hostname) } } }
                        @for server in servers {
                            div {
                                dt { (household.table_port) }
                                dd {
                                    (server.port) " · "
                                    (match server.security { Security::Tls => household.table_tls, Security::StartTls => household.table_starttls })
                                }
                            }
                        }
                        div { dt { (household.table_user) } dd translate="no" { bdi { (person) } } }
                        div { dt { (household.table_password) } dd { (household.table_password_which) } }
                    }
                }
            }
        }
    }
}
