//! The table's part for [dns] and [send].

use std::time::Duration;

use toml::de::DeValue;

use super::fault::Fault;
use super::keys::{Key, folder, quoted};
use super::limit_keys::rows;
use super::sending::Ipv6;
use super::value::{self, Number, Unit, Value};

/// The longest time, in milliseconds, that mail may wait for anything.
const LONGEST: u64 = 366 * 86_400_000;
/// Waits between attempts that the list may hold.
const RETRIES_MAX: usize = 100;

/// All of them.
pub(super) const SENDING_KEYS: &[&[Key]] = &[
    &[
        Key {
            section: "dns",
            name: "servers",
            means: "Resolvers, asked in this order: IP addresses, with a port if it is not 53. Without it: those of /etc/resolv.conf.",
            read: |settings, value, key| {
                settings.dns.servers = value::servers(value, key)?;
                Ok(())
            },
            show: |_| r#"["192.0.2.1", "[2001:db8::1]:5353"]"#.to_owned(),
        },
        Key {
            section: "dns",
            name: "trusted",
            means: "Whether their word that an answer is signed (DNSSEC) is believed. DANE needs it; say true only for a validating resolver on this machine\nor on a path that nobody else is on.",
            read: |settings, value, key| {
                settings.dns.trusted = value::truth(value, key)?;
                Ok(())
            },
            show: |settings| settings.dns.trusted.to_string(),
        },
    ],
    rows! { "dns": dns;
        timeout: Time 100..=60_000, "How long a resolver has to answer before the next one is asked.";
    },
    &[
        Key {
            section: "send",
            name: "ipv6",
            means: "Whether other hosts are reached over IPv6: \"confirmed\" (only if this machine's IPv6 address has a name that leads back to it), \"never\" or \"always\".",
            read: |settings, value, key| {
                let name = value::text(value, key, "\"confirmed\"")?;
                let known = Ipv6::NAMED.iter().find(|(known, _)| *known == name);
                let (_, chosen) = known.ok_or_else(|| {
                    let names = Ipv6::NAMED.map(|(name, _)| quoted(name)).join(", ");
                    Fault::new(value.span(), format!("`{key}` is one of {names}"))
                })?;
                settings.send.ipv6 = *chosen;
                Ok(())
            },
            show: |settings| quoted(settings.send.ipv6.name()),
        },
        Key {
            section: "send",
            name: "local_networks",
            means: "Whether mail may go to hosts on this machine or the local network when DNS names them.",
            read: |settings, value, key| {
                settings.send.local_networks = value::truth(value, key)?;
                Ok(())
            },
            show: |settings| settings.send.local_networks.to_string(),
        },
        Key {
            section: "send",
            name: "retry",
            means: "Waits between attempts to deliver; the last one is repeated.",
            read: |settings, value, key| {
                settings.send.retry = retries(value, key)?;
                Ok(())
            },
            show: |settings| {
                let waits = settings.send.retry.iter();
                let waits: Vec<String> = waits.map(|wait| Unit::Time.show(wait.amount())).collect();
                format!("[{}]", waits.join(", "))
            },
        },
        Key {
            section: "send",
            name: "roots",
            means: "PEM file of certificates that are believed besides the well-known authorities, when a host must prove who it is. A relative path starts at\nthe folder of this file.",
            read: |settings, value, key| {
                settings.send.roots = Some(value::path(value, key, folder(settings))?);
                Ok(())
            },
            show: |_| "\"authorities.pem\"".to_owned(),
        },
    ],
    rows! { "send": send;
        port: Count 1..=65_535, "The port at which other hosts take mail. Another one than 25 only makes sense behind a tunnel, or in a test.";
        undo: Time 0..=86_400_000, "How long a message waits after it was sent, so that `pillarbox queue hold` or `drop` can still stop it.";
        connections: Count 1..=1_000, "Connections to other hosts at one time.";
        connections_per_destination: Count 1..=100, "Those to one destination.";
        recipients: Count 1..=10_000, "Recipients in one transaction; a host that announces fewer gets fewer.";
        expire: Time 60_000..=LONGEST, "After this a message that could not be delivered is returned. RFC 5321 wants 4 to 5 days.";
        warn_after: Time 0..=LONGEST, "After this the sender is told that a message is late; 0: never.";
        hold_max: Time 0..=LONGEST, "The longest time for which a program may ask to hold a message back (FUTURERELEASE).";
    },
    rows! { "limits.sending": limits.sending;
        messages_per_day: Count 1..=4_294_967_295, "Messages.";
        new_recipients_per_day: Count 1..=4_294_967_295, "Addresses that this person never wrote to before.";
    },
];

fn retries(value: &Value<'_>, key: &str) -> Result<Vec<Duration>, Fault> {
    let example = r#"["2 min", "15 min", "1 h", "8 h"]"#;
    let DeValue::Array(list) = value.get_ref() else {
        return Err(Fault::new(
            value.span(),
            format!("`{key}` takes a list of times; write it like `{key} = {example}`"),
        ));
    };
    if list.is_empty() || list.len() > RETRIES_MAX {
        return Err(Fault::new(
            value.span(),
            format!("`{key}` takes 1 to {RETRIES_MAX} times; write it like `{key} = {example}`"),
        ));
    }
    list.iter()
        .map(|wait| Unit::Time.read(wait, key, 1_000, LONGEST).map(Number::of))
        .collect()
}
