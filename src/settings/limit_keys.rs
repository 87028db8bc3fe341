//! The limits' part of the table: a row a field, so that none is out of reach of the settings.

use super::fault::Fault;
use super::keys::Key;
use super::value::{self, Number, Unit};
use crate::bans::{Home, Network};

const NO_END: u64 = u32::MAX as u64;
const DAY: u64 = 86_400_000;
/// The largest time, in milliseconds: later than this no timer fires.
const LONGEST: u64 = 365 * DAY;
const HUGE: u64 = 1 << 46;

/// Rows for fields of one value: `rows!("limits.pop3": limits.pop3; line: Octets 255..=65_536, "…"; …)`. A field under another name in the
/// file is written `field as name`.
macro_rules! rows {
    ($section:literal: limits.$owner:ident; $($field:ident $(as $name:ident)?: $unit:ident $min:literal..=$max:expr, $means:literal;)+) => {
        &[$(rows!(@row $section [limits.$owner] $field rows!(@name $field $($name)?), $unit, $min, $max, $means)),+]
    };
    ($section:literal: $owner:ident; $($field:ident: $unit:ident $min:literal..=$max:expr, $means:literal;)+) => {
        &[$(rows!(@row $section [$owner] $field stringify!($field), $unit, $min, $max, $means)),+]
    };
    (@row $section:literal [$($owner:tt)+] $field:ident $name:expr, $unit:ident, $min:literal, $max:expr, $means:literal) => {
        Key {
            section: $section,
            name: $name,
            means: $means,
            read: |settings, value, key| {
                settings.$($owner)+.$field = Number::of(Unit::$unit.read(value, key, $min, $max)?);
                Ok(())
            },
            show: |settings| Unit::$unit.show(settings.$($owner)+.$field.amount()),
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:ident) => { stringify!($name) };
}
pub(super) use rows;

macro_rules! smtp_rows {
    ($section:literal: limits.$owner:ident) => {
        rows! { $section: limits.$owner;
            size: Octets 65_536..=HUGE, "Octets in one message; announced as SIZE.";
            drain: Octets 0..=HUGE, "Octets of a refused message that are read and thrown away before the connection is cut.";
            recipients: Count 1..=NO_END, "Recipients in one message. RFC 5321 wants at least 100.";
            unknown_recipients: Count 1..=NO_END, "Unknown recipients in one session.";
            commands: Count 10..=NO_END, "Commands in one session.";
            commands_before_login: Count 5..=NO_END, "Commands before logging in (household's ports).";
            bad_commands: Count 1..=NO_END, "Commands that are no commands, until the connection ends.";
            login_failures: Count 1..=NO_END, "Log-ins that fail in one session.";
            command_line: Octets 512..=1_048_576, "Octets in a command line.";
            auth_line: Octets 1_024..=1_048_576, "Octets in a line of a log-in.";
            hops: Count 1..=NO_END, "Received fields, after which a message counts as going in a circle.";
            command_time: Time 1_000..=LONGEST, "Time for one command, or for `progress` octets of a message. RFC 5321 wants 5 minutes.";
            command_time_before_login: Time 1_000..=LONGEST, "The same before logging in (household's ports).";
            session_time: Time 1_000..=LONGEST, "Time for the whole session.";
            login_time: Time 1_000..=LONGEST, "Time until somebody is logged in (household's ports).";
            progress: Octets 1..=HUGE, "Octets of a message that must come in each `command_time`.";
        }
    };
}

/// All of them.
pub(super) const LIMIT_KEYS: &[&[Key]] = &[
    rows! { "limits": limits.connections;
        total as connections: Count 1..=NO_END, "Connections at one time, over all services.";
        per_address as connections_per_address: Count 1..=NO_END, "Those from one IPv4 address or one IPv6 /64.";
    },
    rows! { "limits": limits.times;
        handshake: Time 100..=LONGEST, "A TLS handshake.";
        write_stall: Time 100..=LONGEST, "A client that takes nothing of what is sent to it.";
        linger: Time 0..=60_000, "After the last octet, until the client closes too.";
    },
    rows! { "limits": limits.login;
        hashes_waiting: Count 1..=10_000, "Passwords that wait for the one thread that checks them.";
        hashes_per_address: Count 1..=10_000, "Those of one address on the internet.";
        proof_time: Time 0..=86_400_000, "How long a right password is remembered in memory, as a keyed hash, so that a program that returns is let in at once.";
        proofs: Count 0..=1_000_000, "Passwords remembered so.";
        free_guesses: Count 0..=NO_END, "Different wrong passwords that are answered without delay, an address and a person.";
        longest_delay: Time 0..=600_000, "The longest delay of an answer; it doubles with each guess from 250 ms.";
        guesses: Count 1..=NO_END, "Different wrong passwords after which an address on the internet is banned from logging in.";
        forget: Time 1_000..=LONGEST, "Time in which the count of guesses halves.";
        guessers: Count 1..=1_000_000, "Rows of the tables in which strangers are counted.";
    },
    &[Key {
        section: "limits.bans",
        name: "home",
        means: "The household's own networks, which are never banned by the box itself. Without it: all private addresses (192.168.0.0/16, 10.0.0.0/8 and the like).\nName them where a router or a container gives everybody from the internet a private address.",
        read: |settings, value, key| {
            let list = value::texts(value, key, r#"["192.168.1.0/24"]"#)?;
            let networks = list.into_iter().map(|(text, item)| {
                text.parse::<Network>()
                    .map_err(|error| Fault::new(item.span(), error))
            });
            settings.limits.bans.home = Home::new(Some(networks.collect::<Result<_, _>>()?));
            Ok(())
        },
        show: |_| r#"["192.168.1.0/24"]"#.to_owned(),
    }],
    rows! { "limits.bans": limits.bans;
        faults: Count 1..=NO_END, "Recipients that nobody here has, or commands that are none, after which an address is banned.";
        first: Time 1_000..=LONGEST, "How long a first ban lasts; each further one lasts four times as long.";
        longest: Time 1_000..=LONGEST, "The longest ban.";
        connections_a_minute: Count 1..=NO_END, "Connections of one address in a minute.";
        messages_a_minute: Count 1..=NO_END, "Messages of one address in a minute; further ones are put off.";
        strangers_a_second: Count 1..=NO_END, "Addresses that nobody here knows, let in a second; four times as many at once.";
        greeting_delay: Time 0..=30_000, "How long a client that never brought mail waits for its greeting at port 25.";
    },
    smtp_rows!("limits.smtp": limits.smtp),
    smtp_rows!("limits.submission": limits.submission),
    rows! { "limits.imap": limits.imap;
        message: Octets 65_536..=HUGE, "The largest message that APPEND takes; announced as APPENDLIMIT.";
        piece: Octets 4_096..=16_777_216, "How much of an answer is made before it is sent.";
        command: Octets 8_192..=67_108_864, "One command with its literals, APPEND's message apart.";
        literal: Octets 1_024..=67_108_864, "One literal of such a command.";
        literals: Count 4..=100_000, "Literals in one command.";
        command_before_login: Octets 8_192..=1_048_576, "One command before logging in.";
        literal_before_login: Octets 64..=1_048_576, "One literal before logging in.";
        discard: Octets 0..=HUGE, "Octets of a refused literal that are read and thrown away before the connection is cut.";
        bad_commands: Count 1..=NO_END, "Commands that are BAD, in a row.";
        bad_commands_before_login: Count 1..=NO_END, "The same before logging in, in all.";
        commands_before_login: Count 5..=NO_END, "Commands before logging in.";
        failed_logins: Count 1..=NO_END, "Log-ins that fail in one session.";
        idle: Time 1_000..=LONGEST, "Silence after which a client is logged out. RFC 9051 wants at least 30 minutes.";
        login: Time 1_000..=LONGEST, "Time until somebody is logged in.";
    },
    &[Key {
        section: "limits.imap",
        name: "unauthenticate",
        means: "Whether a client may log out and in again on the same connection (UNAUTHENTICATE). Say false where a proxy in front of the box checks log-ins.",
        read: |settings, value, key| {
            settings.limits.imap.unauthenticate = value::truth(value, key)?;
            Ok(())
        },
        show: |settings| settings.limits.imap.unauthenticate.to_string(),
    }],
    rows! { "limits.pop3": limits.pop3;
        line: Octets 255..=1_048_576, "Octets in a command line.";
        sasl_line: Octets 1_024..=1_048_576, "Octets in a line of a log-in.";
        commands_before_login: Count 5..=NO_END, "Commands before logging in.";
        bad_commands_before_login: Count 1..=NO_END, "Commands that are no commands, before logging in.";
        bad_commands: Count 1..=NO_END, "The same after logging in.";
        failed_logins: Count 1..=NO_END, "Log-ins that fail in one session.";
        login: Time 1_000..=LONGEST, "Time until somebody is logged in.";
        idle: Time 1_000..=LONGEST, "Silence after which a client is logged out. RFC 1939 wants at least 10 minutes.";
        piece: Octets 4_096..=16_777_216, "How much of an answer is made before it is sent.";
        messages: Count 1..=NO_END, "Messages in a maildrop, the newest ones.";
    },
    rows! { "limits.store": limits.store;
        map_size: Octets 16_777_216..=HUGE, "The largest size of the file; halved at the start until the machine has room for it in its address space.";
        inline_body: Octets 4_096..=67_108_864, "A message larger than this goes to the disk in pieces while it comes in.";
        write_queue: Count 1..=100_000, "Writes that wait for the one thread that writes.";
        default_quota: Octets 0..=HUGE, "Octets of mail that a person may keep; 0: as much as the disk holds.";
    },
];
