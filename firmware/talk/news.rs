//! What process 1 tells the server.

use std::net::IpAddr;
use std::path::PathBuf;

use super::MOST_ADDRESSES;
use super::lines::{Reader, Writer};

/// What process 1 tells the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// The network as it is now; whenever it changes, and at the start of each server.
    Network(Network),
    /// The systems on the card; at the start of each server.
    Systems(Systems),
    /// The data partition.
    Data(DataState),
    /// How the server before this one ended, and what it said last.
    LastWords {
        /// How many servers ended badly since the board was switched on.
        times: u32,
        /// Prose of several lines.
        text: String,
    },
    /// The log is in this file, for as long as the server runs.
    Log {
        /// In `/run`.
        path: PathBuf,
    },
    /// How far an update is.
    Progress {
        /// What is being done.
        phase: Phase,
        /// Octets done.
        done: u64,
        /// Octets to do; 0: not known.
        total: u64,
        /// Why it was refused; empty otherwise.
        why: String,
    },
}

/// The network as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Network {
    /// Whether a cable with something at its other end is in.
    pub cable: bool,
    /// Addresses of all interfaces but the loopback, with the length of their prefix.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Name servers.
    pub dns: Vec<IpAddr>,
    /// Time servers that the router named.
    pub ntp: Vec<IpAddr>,
    /// How the box came to its address, or why it has none.
    pub reach: Reach,
}

/// An enum whose values are words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$doc])* $value,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$value,)+];

            /// Its word.
            pub fn word(self) -> &'static str {
                match self { $($name::$value => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(word: &str) -> Result<$name, ()> {
                $name::ALL.iter().copied().find(|value| value.word() == word).ok_or(())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// How the box came to its address, or why it has none.
    #[derive(Default)]
    Reach {
        /// The kernel knows no Ethernet interface.
        #[default]
        NoInterface = "no-interface",
        /// No cable, or nothing at its other end.
        NoCable = "no-cable",
        /// The cable is in; nobody has answered yet.
        Asking = "asking",
        /// From the router (DHCP, or IPv6 announcements alone).
        Given = "given",
        /// Nobody answered: the box took a link-local address (RFC 3927).
        Own = "own",
        /// The owner wrote it on the kernel's command line.
        Fixed = "fixed",
    }
}

words! {
    /// Why there is nothing to keep mail on.
    RescueReason {
        /// There is no disk with a card's layout.
        NoCard = "no-card",
        /// The card has no data partition.
        Absent = "absent",
        /// The data partition holds nothing at all.
        Empty = "empty",
        /// The data partition holds something that the kernel cannot mount.
        Corrupt = "corrupt",
        /// The card can be read but not written.
        ReadOnly = "read-only",
        /// There is no room for the folders of the box.
        Full = "full",
        /// The kernel answered with an error of the device.
        Unreadable = "unreadable",
        /// A child that opened the store died of it, or could not open it.
        Store = "store",
        /// The store is of a newer schema than this system knows.
        Newer = "newer",
    }
}

impl RescueReason {
    /// Whether making the data partition anew is a way out: there is a card, and it is not merely full or locked.
    pub fn may_format(self) -> bool {
        use RescueReason::{Absent, Corrupt, Empty, Store, Unreadable};
        matches!(self, Absent | Empty | Corrupt | Unreadable | Store)
    }
}

words! {
    /// The data partition.
    Finding {
        /// Mounted and sound.
        Sound = "sound",
        /// Mounted; the file system has noted errors, at some time, that nothing has mended.
        Wounded = "wounded",
        /// Not mounted; `reason` says why.
        Away = "away",
        /// An order to format is being carried out; the box starts anew afterwards.
        Formatting = "formatting",
        /// An order to format failed.
        FormatFailed = "format-failed",
    }
}

words! {
    /// What is being done with an update.
    Phase {
        /// Its signature is read and the file compared with it.
        Verifying = "verifying",
        /// It is being written to the other slot.
        Writing = "writing",
        /// What was written is read back.
        Reading = "reading",
        /// It is there and will be tried at the next start, which follows at once.
        Written = "written",
        /// It was not taken; `why` says why.
        Refused = "refused",
    }
}

words! {
    /// A step of the trial of a new system, in their order.
    Step {
        /// It comes up at all.
        Boot = "boot",
        /// It finds the store sound.
        Check = "check",
        /// It brings the store to its own format.
        Migrate = "migrate",
        /// A box of its own takes and gives a message.
        SelfTest = "self-test",
        /// It has an address, as the old system had.
        Network = "network",
        /// The server opens its doors, to itself only.
        Doors = "doors",
    }
}

/// The data partition, told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataState {
    /// How it was found.
    pub finding: Finding,
    /// Why it is away.
    pub reason: Option<RescueReason>,
}

/// The systems on the card.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Systems {
    /// The slot that runs: `a` or `b`; `None`: it came from elsewhere (a kernel started by hand).
    pub running: Option<char>,
    /// The version that runs.
    pub version: String,
    /// What the other slot holds, if that is known and whole.
    pub other: Option<String>,
    /// Whether this start is the trial of a new system.
    pub trial: bool,
    /// The version that the last update brought, if there was one.
    pub updated_to: Option<String>,
    /// Where that update was given up; `None`: it was kept.
    pub given_up: Option<Step>,
}

impl News {
    /// The datagram.
    pub fn print(&self) -> String {
        match self {
            News::Network(network) => Writer::new("network")
                .line("cable", network.cable)
                .line("reach", network.reach)
                .lines(
                    "address",
                    told(&network.addresses).map(|(ip, bits)| format!("{ip}/{bits}")),
                )
                .lines("dns", told(&network.dns))
                .lines("ntp", told(&network.ntp)),
            News::Systems(systems) => Writer::new("systems")
                .lines("running", systems.running)
                .line("version", &systems.version)
                .lines("other", &systems.other)
                .line("trial", systems.trial)
                .lines("updated-to", &systems.updated_to)
                .lines("given-up", systems.given_up),
            News::Data(state) => Writer::new("data")
                .line("finding", state.finding)
                .lines("reason", state.reason),
            News::LastWords { times, text } => {
                Writer::new("last-words").line("times", times).prose(text)
            }
            News::Log { path } => Writer::new("log").line("path", path.display()),
            News::Progress {
                phase,
                done,
                total,
                why,
            } => Writer::new("progress")
                .line("phase", phase)
                .line("done", done)
                .line("total", total)
                .prose(why),
        }
        .done()
    }

    /// `None`: not understood.
    pub fn parse(datagram: &[u8]) -> Option<News> {
        let reader = Reader::new(datagram)?;
        let (news, keys): (News, &[&str]) = match reader.word {
            "network" => (
                News::Network(network(&reader)?),
                &["cable", "reach", "address", "dns", "ntp"],
            ),
            "systems" => (
                News::Systems(Systems {
                    running: reader.maybe("running")?,
                    version: reader.one("version")?,
                    other: reader.maybe("other")?,
                    trial: reader.one("trial")?,
                    updated_to: reader.maybe("updated-to")?,
                    given_up: reader.maybe("given-up")?,
                }),
                &[
                    "running",
                    "version",
                    "other",
                    "trial",
                    "updated-to",
                    "given-up",
                ],
            ),
            "data" => (
                News::Data(DataState {
                    finding: reader.one("finding")?,
                    reason: reader.maybe("reason")?,
                }),
                &["finding", "reason"],
            ),
            "last-words" => (
                News::LastWords {
                    times: reader.one("times")?,
                    text: reader.prose.to_owned(),
                },
                &["times"],
            ),
            "log" => (
                News::Log {
                    path: reader.one("path")?,
                },
                &["path"],
            ),
            "progress" => (
                News::Progress {
                    phase: reader.one("phase")?,
                    done: reader.one("done")?,
                    total: reader.one("total")?,
                    why: reader.prose.to_owned(),
                },
                &["phase", "done", "total"],
            ),
            _ => return None,
        };
        let prosaic = matches!(news, News::LastWords { .. } | News::Progress { .. });
        (reader.only(keys) && (prosaic || reader.prose.is_empty())).then_some(news)
    }
}

fn told<T>(list: &[T]) -> impl Iterator<Item = &T> {
    list.iter().take(MOST_ADDRESSES)
}

fn network(reader: &Reader<'_>) -> Option<Network> {
    let addresses: Vec<String> = reader.all("address", MOST_ADDRESSES)?;
    Some(Network {
        cable: reader.one("cable")?,
        addresses: addresses
            .iter()
            .map(|text| prefixed(text))
            .collect::<Option<_>>()?,
        dns: reader.all("dns", MOST_ADDRESSES)?,
        ntp: reader.all("ntp", MOST_ADDRESSES)?,
        reach: reader.one("reach")?,
    })
}

/// `192.168.1.7/24`.
fn prefixed(text: &str) -> Option<(IpAddr, u8)> {
    let (ip, bits) = text.split_once('/')?;
    let ip: IpAddr = ip.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((ip, bits))
}
