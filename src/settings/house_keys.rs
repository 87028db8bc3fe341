//! The table's part for [house], [setup], [light], [button] and [clock].

use super::fault::Fault;
use super::house::LANGUAGES;
use super::keys::{Key, quoted};
use super::limit_keys::rows;
use super::nearest::nearest_places;
use super::value::{self, Number, Unit, Value};
use crate::clock::{Zone, zones};
use crate::reason::Reason;

/// The longest name of a chip, a light or a time zone: what the kernel and the tz database have is far shorter.
const NAME_MAX: usize = 64;
/// Time servers that the list may hold.
const SERVERS_MAX: usize = 16;

/// A key that is true or false.
macro_rules! truth {
    ($section:literal $owner:ident . $field:ident, $means:literal) => {
        Key {
            section: $section,
            name: stringify!($field),
            means: $means,
            read: |settings, value, key| {
                settings.$owner.$field = value::truth(value, key)?;
                Ok(())
            },
            show: |settings| settings.$owner.$field.to_string(),
        }
    };
}

/// A key that is a name, or not set.
macro_rules! name {
    ($section:literal $owner:ident . $field:ident = $example:literal, $means:literal) => {
        Key {
            section: $section,
            name: stringify!($field),
            means: $means,
            read: |settings, value, key| {
                settings.$owner.$field = Some(plain_name(value, key, $example)?);
                Ok(())
            },
            show: |_| quoted($example),
        }
    };
}

/// A key that is the number of a GPIO line, or not set.
macro_rules! line {
    ($section:literal $owner:ident, $example:literal, $means:literal) => {
        Key {
            section: $section,
            name: "line",
            means: $means,
            read: |settings, value, key| {
                let line = Unit::Count.read(value, key, 0, 1_023)?;
                settings.$owner.line = Some(Number::of(line));
                Ok(())
            },
            show: |_| $example.to_owned(),
        }
    };
}

/// All of them.
pub(super) const HOUSE_KEYS: &[&[Key]] = &[
    &[
        Key {
            section: "house",
            name: "time_zone",
            means: "The household's time zone, by its name in the tz database: for letters that the box writes itself, and for its pages. Without it: UTC.",
            read: |settings, value, key| {
                settings.house.time_zone = Some(time_zone(value, key)?);
                Ok(())
            },
            show: |_| quoted("Europe/Athens"),
        },
        Key {
            section: "house",
            name: "language",
            means: "The household's language, \"en\" or \"el\": for what the box says when no browser has asked for another.",
            read: |settings, value, key| {
                settings.house.language = Some(language(value, key)?);
                Ok(())
            },
            show: |_| quoted("en"),
        },
    ],
    rows! { "setup": setup;
        minutes: Count 1..=1_440, "Minutes for which the setup page stays open after the button was held for 3 seconds, and after each start of a box that nobody owns.";
    },
    &[
        truth!(
            "setup" setup.always,
            "Whether the owner may sign in to the pages while that window is closed; from the local network only, as ever."
        ),
        truth!(
            "setup" setup.ready_made,
            "Whether the first start makes a first person and prints their password. With false it makes nobody: whoever stands next to the box\nclaims it on the setup page. `pillarbox run --setup` says the same."
        ),
        truth!(
            "setup" setup.mdns,
            "Whether the box tells the local network its name (pillarbox.local) and its services, so that phones find them."
        ),
    ],
    &[
        truth!(
            "light" light.unread,
            "Whether the light winks slowly while somebody has mail that nobody has looked at."
        ),
        truth!(
            "light" light.wired,
            "Whether a light is wired to the header: pin 12 and ground (14). Otherwise the board's own activity light is used."
        ),
        name!(
            "light" light.chip = "pinctrl-bcm2711",
            "The GPIO chip of `line`, by its label. Without it: the board's."
        ),
        line!(
            "light" light, "18",
            "The GPIO line of the wired light. Without it: the board's usual one."
        ),
        truth!(
            "light" light.active_low,
            "Whether the wired light shines when its line is low."
        ),
        name!(
            "light" light.led = "ACT",
            "Which light of /sys/class/leds is used where none is wired. Without it: the board's."
        ),
    ],
    &[
        name!(
            "button" button.chip = "pinctrl-bcm2711",
            "The GPIO chip of the button, by its label. Without it: the board's."
        ),
        line!(
            "button" button, "3",
            "The GPIO line of the button. Without it: the board's usual one, pins 5 and 6 of the header."
        ),
        truth!(
            "button" button.active_low,
            "Whether a press pulls the line low, as a button between it and ground does."
        ),
    ],
    &[
        truth!(
            "clock" clock.keep,
            "Whether the box keeps the machine's clock itself: asks time servers and sets it; until they agree, mail is taken and none leaves. On a system where something\nelse keeps the clock: false."
        ),
        Key {
            section: "clock",
            name: "servers",
            means: "Time servers, names or addresses, asked besides those that the network names; three or more, so that one that is wrong is noticed. Without it: those of\nthree large houses, where the box keeps the clock or the machine's cannot be right.",
            read: |settings, value, key| {
                settings.clock.servers = time_servers(value, key)?;
                Ok(())
            },
            show: |_| r#"["pool.ntp.org"]"#.to_owned(),
        },
    ],
    &[
        Key {
            section: "update",
            name: "key",
            means: "By whose signature the box judges an update before it hands it on: the line of 56 characters in a minisign .pub file. On a card that alone changes nothing: what is\ninstalled there is judged by update.pub on the card's first partition, if that is there, or else by the image's own key.",
            read: |settings, value, key| {
                let text = value::text(value, key, KEY_EXAMPLE)?;
                if firmware::update::Key::parse(text, firmware::update::KeySource::Person).is_none()
                {
                    return Err(Fault::new(
                        value.span(),
                        format!(
                            "`{key}` takes a public key of minisign, 56 characters that begin with RW; write it like `{key} = {KEY_EXAMPLE}`, or leave the line out"
                        ),
                    ));
                }
                settings.update.key = Some(text.to_owned());
                Ok(())
            },
            show: |_| KEY_EXAMPLE.to_owned(),
        },
        Key {
            section: "update",
            name: "url",
            means: "Where the page and `pillarbox update` fetch an update from, unless they are told another address.",
            read: |settings, value, key| {
                let example = "\"https://example.org/pillarbox-pi64.update\"";
                let text = value::text(value, key, example)?;
                let plain =
                    text.len() <= URL_MAX && text.bytes().all(|octet| octet.is_ascii_graphic());
                if !plain || !(text.starts_with("https://") || text.starts_with("http://")) {
                    return Err(Fault::new(
                        value.span(),
                        format!(
                            "`{key}` takes an address that begins with https:// or http://; write it like `{key} = {example}`, or leave the line out"
                        ),
                    ));
                }
                settings.update.url = Some(text.to_owned());
                Ok(())
            },
            show: |_| quoted("https://example.org/pillarbox-pi64.update"),
        },
    ],
];

/// A key, as it stands in a file.
const KEY_EXAMPLE: &str = "\"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"";
/// The longest address, in octets.
const URL_MAX: usize = 2000;

/// Printable, without spaces, not long: what names of chips and lights are made of.
fn plain_name(value: &Value<'_>, key: &str, example: &str) -> Result<String, Fault> {
    let name = value::text(value, key, &quoted(example))?;
    let fits = !name.is_empty()
        && name.len() <= NAME_MAX
        && name
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '"' | '\\'))
        && !name.starts_with('.');
    if fits {
        return Ok(name.to_owned());
    }
    Err(Fault::new(
        value.span(),
        format!(
            "`{key}` takes a name of at most {NAME_MAX} plain characters; write it like `{key} = \"{example}\"`, or leave the line out"
        ),
    ))
}

fn time_zone(value: &Value<'_>, key: &str) -> Result<String, Fault> {
    let name = value::text(value, key, "\"Europe/Athens\"")?;
    let fits = name.len() <= NAME_MAX && Zone::named(name).is_some();
    if fits {
        return Ok(name.to_owned());
    }
    let advice = match nearest_places(name, zones()).as_slice() {
        [] => format!("write one of the tz database, like `{key} = \"Europe/Athens\"`, or \"UTC\""),
        [near @ .., last] => {
            let near: Vec<String> = near.iter().map(|zone| quoted(zone)).collect();
            let or = if near.is_empty() { "" } else { " or " };
            format!("did you mean {}{or}{}?", near.join(", "), quoted(last))
        }
    };
    let (key, name) = (key.to_owned(), name.to_owned());
    let reason = Reason::NoZone { key, name, advice };
    Err(Fault::because(value.span(), reason))
}

fn language(value: &Value<'_>, key: &str) -> Result<String, Fault> {
    let code = value::text(value, key, "\"en\"")?;
    if LANGUAGES.contains(&code) {
        return Ok(code.to_owned());
    }
    Err(Fault::new(
        value.span(),
        format!(
            "`{key}`: the box does not speak \"{code}\"; choose one of {}",
            LANGUAGES.map(quoted).join(", ")
        ),
    ))
}

/// Names or addresses, without ports: SNTP has one (RFC 4330 §4).
fn time_servers(value: &Value<'_>, key: &str) -> Result<Vec<String>, Fault> {
    let example = r#"["pool.ntp.org", "192.0.2.1"]"#;
    let list = value::texts(value, key, example)?;
    if list.len() > SERVERS_MAX {
        return Err(Fault::new(
            value.span(),
            format!(
                "`{key}` takes at most {SERVERS_MAX} servers; write it like `{key} = {example}`"
            ),
        ));
    }
    list.into_iter()
        .map(|(text, item)| {
            let is_address = text.parse::<std::net::IpAddr>().is_ok();
            if is_address || mail::valid_domain(text) {
                return Ok(text.to_owned());
            }
            Err(Fault::new(
                item.span(),
                format!("`{key}` takes names and IP addresses, and \"{text}\" is neither; write it like `{key} = {example}`"),
            ))
        })
        .collect()
}
