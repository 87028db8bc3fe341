//! The table of everything that can be set, limits apart ([`super::limit_keys`]).

use std::path::Path;

use toml::de::DeValue;

use super::fault::Fault;
use super::house_keys::HOUSE_KEYS;
use super::limit_keys::LIMIT_KEYS;
use super::listen::{HTTP_PORTS, HTTPS_PORTS, Ports, default_ports};
use super::sending_keys::SENDING_KEYS;
use super::value::{self, Value};
use super::{Settings, TlsPair};
use crate::log::Level;
use crate::net::Service;
use crate::reason::Reason;

/// One thing that can be set.
pub(super) struct Key {
    /// The table it stands in, `a.b` for `[a.b]`; empty for the top of the file.
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// What it means, in a sentence or two.
    pub(super) means: &'static str,
    /// Reads the value into the settings.
    pub(super) read: fn(&mut Settings, &Value<'_>, &str) -> Result<(), Fault>,
    /// The default as it would stand in the file.
    pub(super) show: fn(&Settings) -> String,
}

/// What a section is about, for the printed file.
pub(super) const SECTIONS: [(&str, &str); 22] = [
    (
        "listen",
        "Where the box listens: lists of IP addresses with ports; [] closes a service.\nWithout a line a service gets its well-known port if the box may bind it, or else the high one.",
    ),
    (
        "tls",
        "Certificates. Without any the box makes its own. The files are read again when they change.",
    ),
    ("dns", "Who answers questions about names."),
    (
        "send",
        "How mail goes to other hosts. A relay is set with `pillarbox relay`, because its password belongs into no file.",
    ),
    ("house", "How the household lives."),
    (
        "setup",
        "The setup page: where whoever stands next to the box makes it theirs.",
    ),
    (
        "light",
        "The status light. On a board that the box knows, every line can stay out.",
    ),
    (
        "button",
        "The button. On a board that the box knows, every line can stay out.",
    ),
    ("clock", "The clock."),
    (
        "update",
        "Updates of the box itself, on a card with two systems.",
    ),
    (
        "verify",
        "Who sent what strangers bring: SPF, DKIM, DMARC and ARC.",
    ),
    (
        "junk",
        "What is unwanted. Each person's own marks (moving into and out of Junk) teach it.",
    ),
    (
        "reports",
        "What other domains are told once a day, each of itself alone and only if its DNS asks for it.",
    ),
    ("log", "The log goes to standard error, one line an event."),
    (
        "limits",
        "Limits. A number of octets may have a unit (\"50 MiB\"), a time too (\"5 min\"); a bare time is in seconds.",
    ),
    (
        "limits.bans",
        "What strangers may do before a door closes to them, for longer each time. `pillarbox ban list` shows who is kept out.",
    ),
    ("limits.smtp", "One session at the world's port."),
    (
        "limits.submission",
        "One session at the household's two ports for sending; each line means what it means in [limits.smtp].",
    ),
    (
        "limits.sending",
        "What one person may send to other hosts in a day, so that a stolen password does small damage.",
    ),
    ("limits.imap", "One IMAP session."),
    ("limits.pop3", "One POP3 session."),
    ("limits.store", "The file that holds everything."),
];

/// Every key, in the order of the printed file.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    GENERAL_KEYS
        .iter()
        .chain(SENDING_KEYS.iter().copied().flatten())
        .chain(HOUSE_KEYS.iter().copied().flatten())
        .chain(LIMIT_KEYS.iter().copied().flatten())
}

macro_rules! listen {
    ($field:ident, $service:ident, $means:literal) => {
        Key {
            section: "listen",
            name: stringify!($field),
            means: $means,
            read: |settings, value, key| {
                settings.listen.$field = Ports::Set(value::addresses(value, key)?);
                Ok(())
            },
            show: |settings| show_ports(&settings.listen.$field, default_ports(Service::$service)),
        }
    };
    ($field:ident, web $ports:expr, $means:literal) => {
        Key {
            section: "listen",
            name: stringify!($field),
            means: $means,
            read: |settings, value, key| {
                settings.listen.$field = Ports::Set(value::addresses(value, key)?);
                Ok(())
            },
            show: |settings| show_ports(&settings.listen.$field, $ports),
        }
    };
}

const GENERAL_KEYS: &[Key] = &[
    Key {
        section: "",
        name: "hostname",
        means: "The name of this box in greetings and certificates: the one that clients are told to connect to.\nWithout it: the machine's own full name, or \"pillarbox.local\".",
        read: |settings, value, key| {
            let name = value::text(value, key, "\"mail.example.org\"")?;
            settings.hostname = domain(name, value, key, "\"mail.example.org\"")?;
            Ok(())
        },
        show: |_| quoted(super::DEFAULT_HOSTNAME),
    },
    Key {
        section: "",
        name: "domains",
        means: "The mail domains of the house. Mail for all other domains is refused.\nWithout it: the host name, and the domains of the people that were added.",
        read: |settings, value, key| {
            let example = r#"["example.org"]"#;
            let list = value::texts(value, key, example)?;
            if list.is_empty() {
                return Err(Fault::new(
                    value.span(),
                    "`domains` is an empty list, and mail for no domain would be taken; name one, or leave the line out",
                ));
            }
            settings.domains = list
                .into_iter()
                .map(|(name, item)| domain(name, item, key, example))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
        show: |_| format!("[\"{}\"]", super::DEFAULT_HOSTNAME),
    },
    listen!(smtp, Smtp, "Mail from the world."),
    listen!(
        submission,
        Submission,
        "Mail from the household, starting in clear, then STARTTLS."
    ),
    listen!(
        submissions,
        Submissions,
        "Mail from the household over TLS: the better one for phones and programs."
    ),
    listen!(imap, Imap, "IMAP, starting in clear, then STARTTLS."),
    listen!(imaps, Imaps, "IMAP over TLS: the better one."),
    listen!(pop3, Pop3, "POP3, starting in clear, then STLS."),
    listen!(pop3s, Pop3s, "POP3 over TLS: the better one."),
    listen!(http, web HTTP_PORTS, "The web in clear: it leads to `https`, and answers programs that look for their configuration."),
    listen!(https, web HTTPS_PORTS, "The web over TLS: the setup page, and the configuration of mail programs."),
    Key {
        section: "tls",
        name: "certificate",
        means: "PEM file with the certificate and those between it and a root, the box's own first. A relative path starts at the folder of this file.",
        read: |settings, value, key| {
            settings.tls.certificate = Some(value::path(value, key, folder(settings))?);
            Ok(())
        },
        show: |_| "\"certificate.pem\"".to_owned(),
    },
    Key {
        section: "tls",
        name: "key",
        means: "PEM file with its private key.",
        read: |settings, value, key| {
            settings.tls.key = Some(value::path(value, key, folder(settings))?);
            Ok(())
        },
        show: |_| "\"key.pem\"".to_owned(),
    },
    Key {
        section: "tls",
        name: "more",
        means: "Further certificates, chosen by the name that a client asks for (SNI).",
        read: read_more_certificates,
        show: |_| r#"[{ certificate = "other.pem", key = "other-key.pem" }]"#.to_owned(),
    },
    Key {
        section: "verify",
        name: "strangers",
        means: "Whether it is found out who sent what strangers bring, and their domains' word on forgeries is followed (DMARC).\nSay false only where another host takes the house's mail first and hands it on: then every client is that host.",
        read: |settings, value, key| {
            settings.verify.strangers = value::truth(value, key)?;
            Ok(())
        },
        show: |settings| settings.verify.strangers.to_string(),
    },
    Key {
        section: "verify",
        name: "sealers",
        means: "Domains of forwarders and mailing lists whose seals (ARC) are taken for true for everybody, beside those that each person's own mail has shown to be honest.",
        read: |settings, value, key| {
            let example = r#"["lists.example.org"]"#;
            settings.verify.sealers = value::texts(value, key, example)?
                .into_iter()
                .map(|(name, item)| domain(name, item, key, example))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
        show: |_| r#"["lists.example.org"]"#.to_owned(),
    },
    Key {
        section: "junk",
        name: "blocklists",
        means: "DNS blocklists that are asked about the address of a stranger who brings mail, by their zones; at most 8. A listing adds to a message's weight and alone never sends it to Junk.\nEach tells its operator who writes to the house, and most are free for a home and refuse to answer public resolvers: see what their operators say. Without it: none.",
        read: |settings, value, key| {
            let example = r#"["zen.spamhaus.org"]"#;
            let zones = value::texts(value, key, example)?;
            if zones.len() > crate::wanted::BLOCKLISTS_MAX {
                return Err(Fault::new(
                    value.span(),
                    format!(
                        "`{key}` takes at most {} zones",
                        crate::wanted::BLOCKLISTS_MAX
                    ),
                ));
            }
            settings.junk.blocklists = zones
                .into_iter()
                .map(|(name, item)| domain(name, item, key, example))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
        show: |_| r#"["zen.spamhaus.org"]"#.to_owned(),
    },
    Key {
        section: "junk",
        name: "refuse",
        means: "Whether what is certainly unwanted by everybody it is for is refused, so that its sender hears of it; a copy lies in the mailbox Rejects for 14 days. false: it goes to Junk.",
        read: |settings, value, key| {
            settings.junk.refuse = value::truth(value, key)?;
            Ok(())
        },
        show: |settings| settings.junk.refuse.to_string(),
    },
    Key {
        section: "reports",
        name: "dmarc",
        means: "Whether domains hear how many messages came in their name, from which addresses, and whether they were believed (DMARC). Whom they were for is never told.",
        read: |settings, value, key| {
            settings.reports.dmarc = value::truth(value, key)?;
            Ok(())
        },
        show: |settings| settings.reports.dmarc.to_string(),
    },
    Key {
        section: "reports",
        name: "tls",
        means: "Whether domains hear how encryption toward their mail hosts went when mail left for them (TLSRPT).",
        read: |settings, value, key| {
            settings.reports.tls = value::truth(value, key)?;
            Ok(())
        },
        show: |settings| settings.reports.tls.to_string(),
    },
    Key {
        section: "log",
        name: "level",
        means: "How much is told: off, error, warn, info or debug. `log = \"debug\"` at the top of the file says the same.",
        read: read_level,
        show: |settings| quoted(settings.log.name()),
    },
];

/// `log = "info"`, the short form of `[log] level`: read, and not printed as a key of its own.
pub(super) const SHORT_LOG: Key = Key {
    section: "",
    name: "log",
    means: "",
    read: read_level,
    show: |_| String::new(),
};

fn read_level(settings: &mut Settings, value: &Value<'_>, key: &str) -> Result<(), Fault> {
    let name = value::text(value, key, "\"info\"")?;
    settings.log = Level::parse(name).ok_or_else(|| {
        let levels = Level::ALL.map(Level::name).join(", ");
        Fault::new(
            value.span(),
            format!("`{key}` knows no level \"{name}\"; choose one of {levels}"),
        )
    })?;
    Ok(())
}

fn read_more_certificates(
    settings: &mut Settings,
    value: &Value<'_>,
    key: &str,
) -> Result<(), Fault> {
    let advice = r#"write each as `{ certificate = "other.pem", key = "other-key.pem" }` in a list, or as a table under [[tls.more]]"#;
    let DeValue::Array(list) = value.get_ref() else {
        return Err(Fault::new(
            value.span(),
            format!("`{key}` takes a list of pairs; {advice}"),
        ));
    };
    for item in list.iter() {
        let DeValue::Table(pair) = item.get_ref() else {
            return Err(Fault::new(
                item.span(),
                format!("`{key}` takes a list of pairs; {advice}"),
            ));
        };
        if let Some((unknown, _)) = pair
            .iter()
            .find(|(name, _)| !matches!(name.get_ref().as_ref(), "certificate" | "key"))
        {
            return Err(Fault::new(
                unknown.span(),
                format!("unknown key `{}` in `{key}`; {advice}", unknown.get_ref()),
            ));
        }
        let (Some(certificate), Some(private)) = (pair.get("certificate"), pair.get("key")) else {
            return Err(Fault::new(
                item.span(),
                format!("an entry of `{key}` needs both files; {advice}"),
            ));
        };
        let pair = TlsPair {
            certificate: value::path(certificate, "certificate", folder(settings))?,
            key: value::path(private, "key", folder(settings))?,
        };
        settings.tls.more.push(pair);
    }
    Ok(())
}

fn domain(name: &str, value: &Value<'_>, key: &str, example: &str) -> Result<String, Fault> {
    if mail::valid_domain(name) {
        return Ok(name.to_ascii_lowercase());
    }
    let (key, name, example) = (key.to_owned(), name.to_owned(), example.to_owned());
    Err(Fault::because(
        value.span(),
        Reason::NoHostName { key, name, example },
    ))
}

pub(super) fn folder(settings: &Settings) -> Option<&Path> {
    settings.file.as_deref().and_then(Path::parent)
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn show_ports(ports: &Ports, (low, high): (u16, u16)) -> String {
    match ports {
        Ports::Set(addresses) => {
            let list: Vec<String> = addresses
                .iter()
                .map(|address| quoted(&address.to_string()))
                .collect();
            format!("[{}]", list.join(", "))
        }
        Ports::Default => format!("[\"0.0.0.0:{low}\", \"[::]:{low}\"]   # or {high}"),
    }
}
