//! What the server wants of process 1.

use super::lines::{Reader, Writer};

/// The longest name of an update's file.
const LONGEST_NAME: usize = 128;
/// The longest domain name (RFC 1035 §2.3.4).
const LONGEST_HOST: usize = 253;
/// Orders of time outside of these are no times: 2024-01-01 and 2100-01-01.
const TIMES: std::ops::Range<i64> = 1_704_067_200..4_102_444_800;

/// What the server wants of process 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// All doors are open: what the start was to change on the boot partition is changed now.
    Ready,
    /// The loops run and the box answers itself. Every 5 s.
    Alive,
    /// The time, in seconds since 1970, as the network's clocks say.
    Clock {
        /// Between 2024 and 2100.
        unix: i64,
    },
    /// Off, in good order.
    PowerOff,
    /// Off and on again, in good order.
    Restart,
    /// A file in `/data/pillarbox/update/` is to be verified and written to the other slot.
    Update {
        /// Its name.
        file: FileName,
    },
    /// The data partition, which holds nothing that can be read, is to be made anew. Given only after a short press, the page's offer and a press of 10 s (but: the module).
    Format,
    /// The log in memory is to be written where the server can read it.
    Log,
    /// The box's name, whose first label the network is told.
    Name {
        /// As the settings have it.
        host: String,
    },
}

/// The name of a file: letters, digits, `.`, `-`, `_`, `+`, `~`; no dot in front, nothing that could be a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileName(String);

impl FileName {
    /// `None`: it is no such name.
    pub fn new(name: &str) -> Option<FileName> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_+.~".contains(c);
        let good = !name.is_empty()
            && name.len() <= LONGEST_NAME
            && !name.starts_with('.')
            && name.chars().all(plain);
        good.then(|| FileName(name.to_owned()))
    }

    /// It.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for FileName {
    type Err = ();

    fn from_str(name: &str) -> Result<FileName, ()> {
        FileName::new(name).ok_or(())
    }
}

impl Order {
    /// The datagram.
    pub fn print(&self) -> String {
        match self {
            Order::Ready => Writer::new("ready"),
            Order::Alive => Writer::new("alive"),
            Order::Clock { unix } => Writer::new("clock").line("unix", unix),
            Order::PowerOff => Writer::new("power-off"),
            Order::Restart => Writer::new("restart"),
            Order::Update { file } => Writer::new("update").line("file", &file.0),
            Order::Format => Writer::new("format"),
            Order::Log => Writer::new("log"),
            Order::Name { host } => Writer::new("name").line("host", host),
        }
        .done()
    }

    /// `None`: not understood.
    pub fn parse(datagram: &[u8]) -> Option<Order> {
        let reader = Reader::new(datagram)?;
        let (order, keys): (Order, &[&str]) = match reader.word {
            "ready" => (Order::Ready, &[]),
            "alive" => (Order::Alive, &[]),
            "clock" => {
                let unix = reader.one("unix").filter(|unix| TIMES.contains(unix))?;
                (Order::Clock { unix }, &["unix"])
            }
            "power-off" => (Order::PowerOff, &[]),
            "restart" => (Order::Restart, &[]),
            "update" => {
                let file = reader.one("file")?;
                (Order::Update { file }, &["file"])
            }
            "format" => (Order::Format, &[]),
            "log" => (Order::Log, &[]),
            "name" => {
                let host = reader
                    .one("host")
                    .filter(|host: &String| host.len() <= LONGEST_HOST)?;
                (Order::Name { host }, &["host"])
            }
            _ => return None,
        };
        (reader.only(keys) && reader.prose.is_empty()).then_some(order)
    }
}
