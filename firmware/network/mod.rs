//! The network of the card: from a cable to addresses, a way out, resolvers and time servers, as one machine in process 1's loop.
//!
//! ```text
//! Network      every Ethernet interface, also one by USB that appears later; resolv.conf; what the server is told
//!   wire       one interface with its sockets
//!     port       its cable, client, own address: pure from here on
//!       dhcp       RFC 2131's client        lease    what a server gives, judged
//!         asking   one of its exchanges
//!       link_local RFC 3927                 conflict RFC 5227: probes and defence
//!     taps       AF_PACKET and UDP sockets  packet   DHCP, UDP, IPv4, ARP as bytes
//!   before     what it had before a restart
//!   kernel     rtnetlink sockets, switches  netlink  its messages as bytes
//!   resolv     /etc/resolv.conf             fixed    an address that the owner wrote down
//! ```
//!
//! Promises: nothing here waits (orders to the kernel are answered before they return) and nothing is polled: [`Network::deadline`] says when
//! something is due, and with a lease that is its renewal. Whatever the cable says costs bounded memory and time. What cannot be had is a sentence
//! in an event, never the end of process 1.
//!
//! IPv6 is the kernel's (SLAAC); resolvers that routers announce (RFC 8106) are taken over, so that a house with IPv6 alone has
//! names. Not there: DHCPv6 (a house whose router gives addresses by that alone has none by IPv6), VLANs, PPPoE, 802.1X.
//!
//! Wi-Fi is not there either, and this is what it would cost (Debian trixie, kernel 7.3, measured): brcmfmac, its two vendor modules, brcmutil,
//! cfg80211 and rfkill are 3.4 MB in memory-backed root, 0.65 MB of the image; the chips' firmware (43430: Zero W, 3 B; 43455: 3 B+, 4, 5) 1.07 MB and 0.61 MB; a
//! regulatory database and a country that somebody must say. That much could be had. The handshake could not: with 43430 and 43455 the chip
//! does it when nl80211's CONNECT carries the key (4WAY_HANDSHAKE_STA_PSK), so no supplicant would be needed, but the newer Zero 2 W's 43436, which is the one
//! board that has no socket and needs it, has a firmware without that (RPi-Distro/firmware-nonfree issue 23, still open; the Pi 400's likewise, issue 45)
//! and no firmware at all in Debian's package. It would need a supplicant (wpa_supplicant 1.4 MB packed, or one of our own), and no emulation could
//! prove it: mac80211_hwsim hands no handshake to a chip and QEMU has none. So a Zero 2 W has a USB Ethernet adapter.

mod asking;
pub mod before;
pub mod conflict;
pub mod dhcp;
pub mod dice;
mod fixed;
mod kernel;
pub mod lease;
pub mod link_local;
pub mod netlink;
pub mod packet;
pub mod port;
mod resolv;
mod taps;
mod wire;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Instant;

use crate::talk::{self, MOST_ADDRESSES, Reach};

pub use fixed::Fixed;

use before::Memory;
use kernel::Kernel;
use netlink::{Link, Order, Told};
use wire::Wire;

/// A board has one socket and perhaps a USB adapter; more than this is a mistake.
const INTERFACES_MAX: usize = 8;
/// What the box calls itself when nobody says otherwise.
pub const HOST_NAME: &str = "pillarbox";
/// The longest label (RFC 1035 §2.3.4).
const LABEL_MAX: usize = 63;

/// What the network starts with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// The box's name; its first label is what the kernel and DHCP servers are told.
    pub host_name: String,
    /// An address that the owner wrote down: nobody is asked for one then.
    pub fixed: Option<Fixed>,
    /// The file that names the resolvers; its folder is made. It is replaced by renaming, so the folder must be one that the sandboxed
    /// server may read as a whole.
    pub resolv_conf: PathBuf,
    /// Where everybody looks for that file: a link to it is made here.
    pub resolv_link: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            host_name: HOST_NAME.to_owned(),
            fixed: None,
            resolv_conf: PathBuf::from("/run/network/resolv.conf"),
            resolv_link: Some(PathBuf::from("/etc/resolv.conf")),
        }
    }
}

/// What came of a turn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The network is another one now.
    Changed(talk::Network),
    /// For the log: a sentence without secrets.
    Note(String),
}

/// Every interface.
#[derive(Debug)]
pub struct Network {
    config: Config,
    kernel: Kernel,
    wires: BTreeMap<u32, Wire>,
    state: talk::Network,
    /// What resolv.conf says; `None` until it has been written.
    resolv: Option<String>,
    /// Everything is to be asked anew.
    stale: bool,
    /// What each interface had.
    memory: Memory,
    /// What came of the first turn, for whoever takes the next.
    waiting: Vec<Event>,
}

impl Network {
    /// Needs /proc and /run, and root's rights over the network. Sets the host name, switches the loopback and every Ethernet interface on: a cable needs
    /// seconds to find its link, and whatever else there is to do at a start can be done meanwhile.
    ///
    /// # Errors
    ///
    /// The kernel gives no rtnetlink sockets.
    pub fn new(config: Config) -> io::Result<Network> {
        let mut network = Network {
            config,
            kernel: Kernel::open()?,
            wires: BTreeMap::new(),
            state: talk::Network::default(),
            resolv: None,
            stale: true,
            memory: Memory::default(),
            waiting: Vec::new(),
        };
        kernel::set_switches("default");
        // What is wrong with the place is said when the file is written.
        let _ = resolv::place(
            &network.config.resolv_conf,
            network.config.resolv_link.as_deref(),
        );
        network.name(label(&network.config.host_name));
        network.waiting = network.turn(Instant::now());
        Ok(network)
    }

    /// Another name, from now on: the kernel's at once, the DHCP server's by a renewal at once. The same name changes nothing.
    pub fn rename(&mut self, name: &str, now: Instant) {
        let name = label(name);
        if name == self.config.host_name {
            return;
        }
        self.name(name);
        for wire in self.wires.values_mut() {
            wire.rename(&self.config.host_name, now);
        }
    }

    fn name(&mut self, name: String) {
        self.config.host_name = name;
        // Refused only without rights, and then nothing else works either.
        let _ = rustix::system::sethostname(self.config.host_name.as_bytes());
    }

    /// What the interfaces had before a restart; heeded by those that have not asked yet.
    pub fn recall(&mut self, text: &str) {
        self.memory = Memory::parse(text);
        for wire in self.wires.values_mut() {
            *wire.port.before() = self.memory.of(wire.port.mac());
        }
    }

    /// What they would have to be told then.
    pub fn memory(&self) -> String {
        self.memory.print()
    }

    /// What to wait on for reading. They come and go with each turn.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        let wires = self.wires.values().flat_map(Wire::fds);
        std::iter::once(self.kernel.as_fd()).chain(wires).collect()
    }

    /// When to turn even if nothing is readable.
    pub fn deadline(&self) -> Option<Instant> {
        self.wires.values().filter_map(Wire::deadline).min()
    }

    /// The network as it is.
    pub fn state(&self) -> &talk::Network {
        &self.state
    }

    /// Reads what came and does what is due.
    pub fn turn(&mut self, now: Instant) -> Vec<Event> {
        let mut notes = Vec::new();
        self.hear_kernel(now, &mut notes);
        for wire in self.wires.values_mut() {
            wire.turn(&mut self.kernel, now, &mut notes);
        }
        for wire in self.wires.values_mut() {
            self.memory.note(wire.port.mac(), *wire.port.before());
        }
        let mut events = std::mem::take(&mut self.waiting);
        events.extend(notes.into_iter().map(Event::Note));
        events.extend(self.write_resolvers());
        let state = self.look();
        if state != self.state {
            self.state = state.clone();
            events.push(Event::Changed(state));
        }
        events
    }

    /// Gives leases back to their servers: for a power-off, not for a restart.
    pub fn release(&mut self, now: Instant) {
        for wire in self.wires.values_mut() {
            wire.release(&mut self.kernel, now, &mut Vec::new());
        }
    }

    fn hear_kernel(&mut self, now: Instant, notes: &mut Vec<String>) {
        let told = self.kernel.news().unwrap_or_else(|_| {
            self.stale = true;
            Vec::new()
        });
        for told in told {
            self.hear(told, now, notes);
        }
        if std::mem::take(&mut self.stale)
            && let Err(error) = self.ask_all(now, notes)
        {
            notes.push(format!("the kernel does not tell its interfaces: {error}"));
        }
    }

    fn ask_all(&mut self, now: Instant, notes: &mut Vec<String>) -> io::Result<()> {
        let links = self.kernel.order(&Order::Links)?;
        let there = |index: u32| {
            links
                .iter()
                .any(|told| matches!(told, Told::Link(link) if link.index == index))
        };
        self.wires.retain(|index, _| there(*index));
        for told in links {
            self.hear(told, now, notes);
        }
        self.wires.values_mut().for_each(Wire::forget_addresses);
        for told in self.kernel.order(&Order::Addresses)? {
            self.hear(told, now, notes);
        }
        Ok(())
    }

    fn hear(&mut self, told: Told, now: Instant, notes: &mut Vec<String>) {
        match told {
            Told::Link(link) => self.hear_link(&link, now, notes),
            Told::LinkGone(index) => {
                if let Some(wire) = self.wires.remove(&index) {
                    notes.push(format!("{}: gone", wire.name));
                }
            }
            Told::Address(address) => {
                if let Some(wire) = self.wires.get_mut(&address.index) {
                    wire.address(&address, true);
                }
            }
            Told::AddressGone(address) => {
                if let Some(wire) = self.wires.get_mut(&address.index) {
                    wire.address(&address, false);
                }
            }
            Told::Resolvers {
                index,
                seconds,
                servers,
            } => {
                if let Some(wire) = self.wires.get_mut(&index) {
                    wire.announced(&servers, seconds, now);
                }
            }
            Told::Done | Told::Result(_) => {}
        }
    }

    fn hear_link(&mut self, link: &Link, now: Instant, notes: &mut Vec<String>) {
        let Some(mac) = link.mac else {
            if link.name == "lo"
                && !link.up()
                && let Err(error) = self.kernel.order(&Order::Up(link.index))
            {
                notes.push(format!("the loopback cannot be switched on: {error}"));
            }
            return;
        };
        let same = |wire: &Wire| wire.name == link.name && wire.port.mac() == mac;
        if self.wires.get(&link.index).is_some_and(|wire| !same(wire)) {
            self.wires.remove(&link.index);
        }
        if !self.wires.contains_key(&link.index) {
            if self.wires.len() >= INTERFACES_MAX {
                return;
            }
            // A fixed address can be had by one interface only: the first.
            let fixed = self.config.fixed.clone().filter(|_| self.wires.is_empty());
            let mut wire = Wire::new(link, mac, fixed, &self.config.host_name);
            *wire.port.before() = self.memory.of(mac);
            notes.push(format!("{}: an Ethernet interface", link.name));
            self.wires.insert(link.index, wire);
        }
        if let Some(wire) = self.wires.get_mut(&link.index) {
            wire.link(link, &mut self.kernel, now, notes);
        }
    }

    /// The network for the server.
    fn look(&self) -> talk::Network {
        let mut state = talk::Network {
            dns: self
                .resolvers()
                .into_iter()
                .map(|(server, _)| server)
                .collect(),
            ..talk::Network::default()
        };
        for wire in self.wires.values() {
            let port = &wire.port;
            let v4 = port
                .have()
                .map(|have| (IpAddr::from(have.address), have.prefix));
            let v6 = wire
                .v6
                .iter()
                .map(|(address, prefix)| (IpAddr::from(*address), *prefix));
            state.cable |= port.cable();
            state.addresses.extend(v4.into_iter().chain(v6));
            if let Some(lease) = port.lease() {
                state
                    .ntp
                    .extend(lease.ntp.iter().copied().map(IpAddr::from));
            }
            let reach = self.reach(wire);
            if rank(reach) > rank(state.reach) {
                state.reach = reach;
            }
        }
        state.addresses.truncate(MOST_ADDRESSES);
        state.ntp.truncate(MOST_ADDRESSES);
        state
    }

    fn reach(&self, wire: &Wire) -> Reach {
        let port = &wire.port;
        if !port.cable() {
            Reach::NoCable
        } else if port.made_its_own() && wire.v6.is_empty() {
            Reach::Own
        } else if port.have().is_some() && self.config.fixed.is_some() && port.lease().is_none() {
            Reach::Fixed
        } else if port.have().is_some() || !wire.v6.is_empty() {
            Reach::Given
        } else {
            Reach::Asking
        }
    }

    fn resolvers(&self) -> Vec<resolv::Resolver> {
        let mut v4: Vec<Ipv4Addr> = Vec::new();
        let mut v6 = Vec::new();
        for wire in self.wires.values().filter(|wire| wire.port.cable()) {
            v4.extend(wire.port.lease().into_iter().flat_map(|lease| &lease.dns));
            v6.extend(wire.resolvers().map(|server| (server, wire.name.clone())));
        }
        let fixed = self.config.fixed.as_ref().and_then(|fixed| fixed.dns);
        v4.extend(fixed);
        resolv::choose(&v4, &v6)
    }

    fn write_resolvers(&mut self) -> Option<Event> {
        let text = resolv::text(&self.resolvers());
        if self.resolv.as_ref() == Some(&text) {
            return None;
        }
        let file = &self.config.resolv_conf;
        let wrote = resolv::write(file, &text);
        self.resolv = Some(text);
        let error = wrote.err()?;
        let note = format!("{} cannot be written: {error}", file.display());
        Some(Event::Note(note))
    }
}

/// Which of two interfaces says more about the network.
fn rank(reach: Reach) -> u8 {
    match reach {
        Reach::NoInterface => 0,
        Reach::NoCable => 1,
        Reach::Asking => 2,
        Reach::Own => 3,
        Reach::Given | Reach::Fixed => 4,
    }
}

/// The first label of a name, as host names are written (RFC 952, RFC 1123 §2.1); [`HOST_NAME`] if it has none.
fn label(name: &str) -> String {
    let first = name.split('.').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_one = (1..=LABEL_MAX).contains(&first.len())
        && first.chars().all(plain)
        && !first.starts_with('-')
        && !first.ends_with('-');
    if is_one {
        first.to_ascii_lowercase()
    } else {
        HOST_NAME.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_the_first_label() {
        for (name, expected) in [
            ("mail.example.org", "mail"),
            ("Post", "post"),
            ("", HOST_NAME),
            ("-x.example", HOST_NAME),
            ("größe.example", HOST_NAME),
            ("a b", HOST_NAME),
            ("192.0.2.1", "192"),
        ] {
            assert_eq!(label(name), expected, "{name}");
        }
        assert_eq!(label(&"a".repeat(64)), HOST_NAME);
    }
}
