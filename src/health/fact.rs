//! What can be wrong, as data: each fact names its part of the box, how grave it is, and the values that its sentence needs in any language.

use firmware::talk::Step;

use super::sentence;

/// A disk that is this full refuses mail soon, percent.
pub const NEARLY_FULL: u64 = 90;

/// How bad a fact is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gravity {
    /// The box does its work, and the owner should look.
    Attention,
    /// Mail cannot be kept.
    CannotKeepMail,
}

impl Gravity {
    /// Its name for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Gravity::Attention => "attention",
            Gravity::CannotKeepMail => "cannot-keep-mail",
        }
    }
}

/// What a fact is about. Each has one fact at most, the newest reported; in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// Messages that come in are kept.
    Keeping,
    /// The store's room to grow.
    Store,
    /// The disk's room.
    Disk,
    /// Writing down what became of mail that was sent.
    Sending,
    /// The relay lets us in.
    RelayLogin,
    /// The relay can be reached.
    RelayReach,
    /// Mail leaves.
    Queue,
    /// Names can be looked up.
    Dns,
    /// The certificates that were brought last.
    CertificateTime,
    /// Their files can be read.
    CertificateFiles,
    /// The time is known.
    Clock,
    /// Settings are understood.
    Settings,
    /// What was laid beside the box is taken over.
    TakeOver,
    /// The box has its name in the house.
    Name,
    /// The button moves.
    Button,
    /// The box is in a network.
    Network,
    /// It runs without falling.
    Restarts,
    /// The card is sound.
    Card,
    /// The newest system runs.
    Update,
}

impl Part {
    /// Whether it belongs to the mail services, which begin anew when settings change: what was found by the old ones may be no longer true, and what
    /// still is the new ones find again.
    pub(super) fn is_of_a_life(self) -> bool {
        match self {
            Part::Sending
            | Part::RelayLogin
            | Part::RelayReach
            | Part::Queue
            | Part::Dns
            | Part::CertificateTime
            | Part::CertificateFiles => true,
            Part::Keeping
            | Part::Store
            | Part::Disk
            | Part::Clock
            | Part::Settings
            | Part::TakeOver
            | Part::Name
            | Part::Button
            | Part::Network
            | Part::Restarts
            | Part::Card
            | Part::Update => false,
        }
    }
}

/// Something that is wrong. Texts in it are for people: names of hosts and files, and reasons in English where a program or a host gave them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// A message could not be kept.
    CannotKeep {
        /// What the disk or the store said.
        reason: String,
    },
    /// The store can grow no further soon.
    Store {
        /// How full it is.
        percent: u64,
        /// Mail is refused already.
        full: bool,
    },
    /// The disk fills, from 80 percent on.
    Disk {
        /// How full it is.
        percent: u64,
    },
    /// What became of mail that was sent could not be written.
    Sending {
        /// What the disk or the store said.
        reason: String,
    },
    /// The relay refuses user name or password.
    RelayPassword {
        /// Its host name.
        relay: String,
    },
    /// The relay has not been reached for long.
    RelayUnreachable {
        /// Its host name.
        relay: String,
        /// For so long.
        hours: u64,
        /// What the last attempt came to.
        reason: String,
    },
    /// Letters wait, and none has been delivered anywhere for long.
    QueueStuck {
        /// So many wait.
        letters: u64,
        /// For so long none left.
        hours: u64,
        /// What the last attempt came to.
        reason: String,
    },
    /// No name server answers.
    Dns {
        /// Who was asked, in a list; empty: nobody is known who could be asked.
        servers: String,
    },
    /// A certificate that the owner brought ends soon, or has ended.
    CertificateExpires {
        /// Its file.
        name: String,
        /// Whole days until then; below 0: it is over.
        days: i64,
    },
    /// A certificate cannot be used; the old ones stay in use.
    CertificateFile {
        /// Which file, what was expected, what to do.
        reason: String,
    },
    /// Nobody has told the box what time it is.
    ClockNotSet,
    /// Settings were not understood; those from before are in force.
    SettingsRefused {
        /// Which line, what was expected.
        text: String,
    },
    /// The file laid on the card was not taken over.
    TakeOverRefused {
        /// Which line, what was expected.
        text: String,
    },
    /// Something else in the house has the name.
    NameTaken {
        /// The name that the box should have.
        wanted: String,
        /// The one that it has.
        used: String,
    },
    /// The button has been down for too long.
    ButtonStuck,
    /// There is no Ethernet port, or none that the kernel knows.
    NoNetwork,
    /// No cable is in it, or nothing is at the cable's other end.
    NoCable,
    /// No router gave an address.
    OwnAddress {
        /// The one that the box gave itself; may be empty.
        address: String,
    },
    /// The mail service fell, and was started again.
    Restarted {
        /// So often since the board was switched on.
        times: u32,
        /// The last that it said.
        words: String,
    },
    /// The card's file system has noted errors.
    CardWounded,
    /// There is nothing to keep mail on: a rescue.
    NoData {
        /// Init's word for why.
        reason: &'static str,
    },
    /// An update was tried and given up: the system from before runs.
    UpdateGivenUp {
        /// The version that it would have brought.
        version: String,
        /// Where it was given up.
        step: Step,
    },
}

impl Fact {
    /// How bad it is.
    pub fn gravity(&self) -> Gravity {
        match self {
            Fact::CannotKeep { .. } | Fact::Store { full: true, .. } | Fact::NoData { .. } => {
                Gravity::CannotKeepMail
            }
            _ => Gravity::Attention,
        }
    }

    /// What it is about.
    pub fn part(&self) -> Part {
        match self {
            Fact::CannotKeep { .. } => Part::Keeping,
            Fact::Store { .. } => Part::Store,
            Fact::Disk { .. } => Part::Disk,
            Fact::Sending { .. } => Part::Sending,
            Fact::RelayPassword { .. } => Part::RelayLogin,
            Fact::RelayUnreachable { .. } => Part::RelayReach,
            Fact::QueueStuck { .. } => Part::Queue,
            Fact::Dns { .. } => Part::Dns,
            Fact::CertificateExpires { .. } => Part::CertificateTime,
            Fact::CertificateFile { .. } => Part::CertificateFiles,
            Fact::ClockNotSet => Part::Clock,
            Fact::SettingsRefused { .. } => Part::Settings,
            Fact::TakeOverRefused { .. } => Part::TakeOver,
            Fact::NameTaken { .. } => Part::Name,
            Fact::ButtonStuck => Part::Button,
            Fact::NoNetwork | Fact::NoCable | Fact::OwnAddress { .. } => Part::Network,
            Fact::Restarted { .. } => Part::Restarts,
            Fact::CardWounded | Fact::NoData { .. } => Part::Card,
            Fact::UpdateGivenUp { .. } => Part::Update,
        }
    }

    /// Its name for scripts and for texts in other languages: two facts of one key differ only in their values.
    pub fn key(&self) -> &'static str {
        match self {
            Fact::CannotKeep { .. } => "cannot-keep",
            Fact::Store { full: false, .. } => "store-nearly-full",
            Fact::Store { full: true, .. } => "store-full",
            Fact::Disk { percent } if *percent < NEARLY_FULL => "disk-filling",
            Fact::Disk { .. } => "disk-nearly-full",
            Fact::Sending { .. } => "sending",
            Fact::RelayPassword { .. } => "relay-password",
            Fact::RelayUnreachable { .. } => "relay-unreachable",
            Fact::QueueStuck { .. } => "queue-stuck",
            Fact::Dns { servers } if servers.is_empty() => "dns-nobody",
            Fact::Dns { .. } => "dns-silent",
            Fact::CertificateExpires { days, .. } if *days < 0 => "certificate-expired",
            Fact::CertificateExpires { .. } => "certificate-expires",
            Fact::CertificateFile { .. } => "certificate-file",
            Fact::ClockNotSet => "clock-not-set",
            Fact::SettingsRefused { .. } => "settings-refused",
            Fact::TakeOverRefused { .. } => "take-over-refused",
            Fact::NameTaken { .. } => "name-taken",
            Fact::ButtonStuck => "button-stuck",
            Fact::NoNetwork => "no-network",
            Fact::NoCable => "no-cable",
            Fact::OwnAddress { .. } => "own-address",
            Fact::Restarted { .. } => "restarted",
            Fact::CardWounded => "card-wounded",
            Fact::NoData { .. } => "no-data",
            Fact::UpdateGivenUp { .. } => "update-given-up",
        }
    }

    /// What its sentence says beside fixed words, by name: `{relay}` in a text stands for the value named `relay`.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Fact::ClockNotSet
            | Fact::ButtonStuck
            | Fact::NoNetwork
            | Fact::NoCable
            | Fact::CardWounded => Vec::new(),
            Fact::NoData { reason } => vec![("reason", (*reason).to_owned())],
            Fact::OwnAddress { address } => vec![("address", address.clone())],
            Fact::Restarted { times, words } => {
                vec![("times", times.to_string()), ("words", words.clone())]
            }
            Fact::UpdateGivenUp { version, step } => vec![
                ("version", version.clone()),
                ("step", step.word().to_owned()),
            ],
            Fact::CannotKeep { reason }
            | Fact::Sending { reason }
            | Fact::CertificateFile { reason } => vec![("reason", reason.clone())],
            Fact::Store { percent, .. } | Fact::Disk { percent } => {
                vec![("percent", percent.to_string())]
            }
            Fact::RelayPassword { relay } => vec![("relay", relay.clone())],
            Fact::RelayUnreachable {
                relay,
                hours,
                reason,
            } => vec![
                ("relay", relay.clone()),
                ("hours", hours.to_string()),
                ("reason", reason.clone()),
            ],
            Fact::QueueStuck {
                letters,
                hours,
                reason,
            } => vec![
                ("letters", letters.to_string()),
                ("hours", hours.to_string()),
                ("reason", reason.clone()),
            ],
            Fact::Dns { servers } => vec![("servers", servers.clone())],
            Fact::CertificateExpires { name, days } => {
                vec![("name", name.clone()), ("days", days.to_string())]
            }
            Fact::SettingsRefused { text } | Fact::TakeOverRefused { text } => {
                vec![("text", text.clone())]
            }
            Fact::NameTaken { wanted, used } => {
                vec![("wanted", wanted.clone()), ("used", used.clone())]
            }
        }
    }

    /// What is wrong and what to do, in English, without a full stop.
    pub fn sentence(&self) -> String {
        sentence::of(self)
    }

    /// Whether both are the same trouble, however far it has gone: it is told once.
    pub(super) fn is_told_by(&self, earlier: &Fact) -> bool {
        match (self, earlier) {
            // Their reasons are worth a line of their own.
            (Fact::CannotKeep { .. }, _)
            | (Fact::Sending { .. }, _)
            | (Fact::CertificateFile { .. }, _)
            | (Fact::SettingsRefused { .. }, _)
            | (Fact::TakeOverRefused { .. }, _)
            | (Fact::RelayPassword { .. }, _)
            | (Fact::NameTaken { .. }, _)
            | (Fact::Restarted { .. }, _)
            | (Fact::UpdateGivenUp { .. }, _) => self == earlier,
            (
                Fact::CertificateExpires { name, .. },
                Fact::CertificateExpires { name: known, .. },
            )
            | (
                Fact::RelayUnreachable { relay: name, .. },
                Fact::RelayUnreachable { relay: known, .. },
            ) => name == known && self.key() == earlier.key(),
            _ => self.key() == earlier.key(),
        }
    }

    /// The same with texts of bounded length, so that no file and no host fills memory.
    pub(super) fn bounded(mut self) -> Fact {
        match &mut self {
            Fact::CannotKeep { reason }
            | Fact::Sending { reason }
            | Fact::CertificateFile { reason }
            | Fact::SettingsRefused { text: reason }
            | Fact::TakeOverRefused { text: reason }
            | Fact::Dns { servers: reason }
            | Fact::RelayPassword { relay: reason }
            | Fact::CertificateExpires { name: reason, .. }
            | Fact::QueueStuck { reason, .. }
            | Fact::OwnAddress { address: reason }
            | Fact::Restarted { words: reason, .. }
            | Fact::UpdateGivenUp {
                version: reason, ..
            } => cut(reason),
            Fact::RelayUnreachable { relay, reason, .. } => {
                cut(relay);
                cut(reason);
            }
            Fact::NameTaken { wanted, used } => {
                cut(wanted);
                cut(used);
            }
            Fact::Store { .. }
            | Fact::Disk { .. }
            | Fact::ClockNotSet
            | Fact::ButtonStuck
            | Fact::NoNetwork
            | Fact::NoCable
            | Fact::CardWounded
            | Fact::NoData { .. } => {}
        }
        self
    }
}

/// Octets of a text in a fact: a long path and a sentence about it.
const TEXT_MAX: usize = 1000;

fn cut(text: &mut String) {
    if text.len() > TEXT_MAX {
        text.truncate(text.floor_char_boundary(TEXT_MAX));
        text.push('…');
        text.shrink_to_fit();
    }
}
