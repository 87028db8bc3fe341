//! The facts in English: what is wrong, then what to do. Other languages make theirs from [`Fact::key`] and [`Fact::values`].

use firmware::talk::Step;

use super::fact::{Fact, NEARLY_FULL, Part};

/// Without a full stop, so that it can stand in a line of its own or in brackets.
pub(super) fn of(fact: &Fact) -> String {
    match fact {
        Fact::CannotKeep { reason } => format!(
            "mail cannot be kept: {reason}; make room on the disk, or replace it if it fails; senders try again for some days, so nothing is lost yet"
        ),
        Fact::Store {
            percent,
            full: false,
        } => format!(
            "the store is {percent} % full: delete mail that nobody needs, or raise `map_size` in [limits.store]"
        ),
        Fact::Store { full: true, .. } => {
            "the store is full and mail is refused: delete mail that nobody needs, or raise `map_size` in [limits.store]".to_owned()
        }
        Fact::Disk { percent } if *percent < NEARLY_FULL => {
            format!("the disk is {percent} % full: make room before it is full")
        }
        Fact::Disk { percent } => format!(
            "the disk is {percent} % full: make room now, or mail will be refused soon"
        ),
        Fact::Sending { reason } => format!(
            "mail cannot be sent as it should: {reason}; make room on the disk, or replace it if it fails"
        ),
        Fact::RelayPassword { relay } => format!(
            "the relay {relay} does not let this box send: mail waits; set user name and password with `pillarbox relay set`"
        ),
        Fact::RelayUnreachable {
            relay,
            hours,
            reason,
        } => format!(
            "the relay {relay} has not been reached for {}: {reason}; see whether the internet works in this house, then try `pillarbox relay test`",
            counted(*hours, "hour")
        ),
        Fact::QueueStuck {
            letters,
            hours,
            reason,
        } => format!(
            "nothing could be delivered for {}, and {}: {reason}; `pillarbox queue list` shows what waits, and a relay may help where the line lets no mail out",
            counted(*hours, "hour"),
            match letters {
                1 => "1 letter waits".to_owned(),
                letters => format!("{letters} letters wait"),
            }
        ),
        Fact::Dns { servers } if servers.is_empty() => {
            "names cannot be looked up, because no name server is known: connect the box to the router, or name one with `servers` in [dns]".to_owned()
        }
        Fact::Dns { servers } => format!(
            "names cannot be looked up, because {servers} does not answer: see whether the internet works in this house, and start the router again if it does not"
        ),
        Fact::CertificateExpires { name, days } => match days {
            ..0 => format!(
                "the certificate in {name} is no longer valid: put a new one in its place, or mail programs refuse to connect"
            ),
            0 => format!(
                "the certificate in {name} ends today: put a new one in its place, or mail programs will refuse to connect"
            ),
            days => format!(
                "the certificate in {name} ends in {}: put a new one in its place before",
                counted(days.unsigned_abs(), "day")
            ),
        },
        Fact::CertificateFile { reason } => {
            format!("the certificates cannot be used, the old ones stay: {reason}")
        }
        Fact::ClockNotSet => {
            "the clock is not set: mail is taken and kept, and none leaves the house until it is; connect the box to the internet, or name a time server with `servers` in [clock]".to_owned()
        }
        Fact::SettingsRefused { text } => {
            format!("the settings were not taken, those from before are in force: {text}")
        }
        Fact::TakeOverRefused { text } => {
            format!("the settings laid beside the box were not taken over: {text}")
        }
        Fact::NameTaken { wanted, used } => format!(
            "something else in this house is called {wanted}, so this box is found as {used}: use that name, or switch the other one off and start the box again"
        ),
        Fact::ButtonStuck => {
            "the button has been down for half a minute and is not heeded: see whether something presses it".to_owned()
        }
        Fact::NoNetwork => {
            "the box has no network port that it knows: plug in a network adapter (USB), or use a board with a port".to_owned()
        }
        Fact::NoCable => {
            "no network cable is in, or its other end is in nothing that is switched on: connect the box to the router".to_owned()
        }
        Fact::OwnAddress { address } => format!(
            "no router gave the box an address, so it took one itself{}: see whether the cable is in the router, and start the router again",
            match address.as_str() {
                "" => String::new(),
                address => format!(" ({address})"),
            }
        ),
        Fact::Restarted { times, words } => format!(
            "the mail service fell and was started again, {} since the board was switched on; the last it said: {words}; if this comes again, load the log from the page of the box, and report it",
            counted(u64::from(*times), "time")
        ),
        Fact::CardWounded => {
            "the card has noted errors in its files: mail is still kept, but get another card soon".to_owned()
        }
        Fact::NoData { reason } => format!(
            "mail cannot be kept, because the card's data cannot be used ({reason}): the page of the box says what to do"
        ),
        Fact::UpdateGivenUp { version, step } => format!(
            "the update to {version} was given up: {}; the system from before runs, and nothing was lost",
            given_up(*step)
        ),
    }
}

/// What is said when the fact is over.
pub(super) fn over(part: Part) -> &'static str {
    match part {
        Part::Keeping => "mail is kept again",
        Part::Store => "the store has room again",
        Part::Disk => "the disk has room again",
        Part::Sending => "what becomes of sent mail is written again",
        Part::RelayLogin => "no relay refuses this box any more",
        Part::RelayReach => "the relay is reached again",
        Part::Queue => "mail leaves again",
        Part::Dns => "names can be looked up again",
        Part::CertificateTime => "the certificates are good for a while",
        Part::CertificateFiles => "the certificates can be used again",
        Part::Clock => "the clock is set",
        Part::Settings => "the settings are understood again",
        Part::TakeOver => "nothing beside the box waits to be taken over",
        Part::Name => "the box has its own name again",
        Part::Button => "the button moves again",
        Part::Network => "the box has an address again",
        Part::Restarts => "the mail service has run for a day without falling",
        Part::Card => "the card notes no errors",
        Part::Update => "the newest system runs",
    }
}

/// Where an update was given up.
fn given_up(step: Step) -> &'static str {
    match step {
        Step::Boot => "it did not start",
        Step::Check => "it did not find the store sound",
        Step::Migrate => "it could not take the store over",
        Step::SelfTest => "its self-test failed",
        Step::Network => "it found no network",
        Step::Doors => "its mail service did not begin",
    }
}

fn counted(number: u64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    }
}
