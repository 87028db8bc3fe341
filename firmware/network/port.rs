//! One Ethernet interface: its cable, its DHCP client, its own address when nobody answers. Still no sockets: packets and the time come in,
//! [`Wish`]es go out.
//!
//! - Cable in: the DHCP client begins at once. Ten seconds without an answer and without an address: an own one is looked for, and the
//!   client goes on asking beside it; the lease then takes its place.
//! - Cable out: for five seconds the address stays, so that a switch that starts anew breaks no connection; then it goes, and what the
//!   router announced by IPv6 too, because the other end of the cable may be another network.
//! - A fixed address is used as it is while the cable is in; nobody is asked.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::before::Before;
use super::conflict::{Defence, GIVEN, Heard, Probe, Probed};
use super::dhcp::{Client, Said};
use super::dice::Dice;
use super::fixed::Fixed;
use super::lease::Lease;
use super::link_local::{self, LinkLocal, Own};
use super::packet::{Answer, Arp, Mac, Message};

/// So long DHCP may take before an own address is looked for: two retransmissions.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long a cable may be out without the address being taken away.
const CABLE_GRACE: Duration = Duration::from_secs(5);

/// What the interface shall do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Send a DHCP message to everybody.
    Broadcast(Message),
    /// Send a DHCP message to one server, from an address of ours.
    Unicast(Ipv4Addr, Message),
    /// Send an ARP request.
    Arp(Arp),
    /// Have this address and way out, and no other of IPv4.
    Have(Option<Address>),
    /// Forget what routers announced by IPv6, and ask anew.
    ForgetRouters,
    /// For the log.
    Note(String),
}

/// An IPv4 address of the interface and its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// Ours.
    pub address: Ipv4Addr,
    /// Length of the net's prefix.
    pub prefix: u8,
    /// The way out.
    pub gateway: Option<Ipv4Addr>,
    /// The kernel takes it away by itself then; nothing ends by itself without this.
    pub ends: Option<Instant>,
}

/// The interface.
#[derive(Debug)]
pub struct Port {
    mac: Mac,
    dice: Dice,
    cable: bool,
    /// Since when it is out, as long as the address is still there.
    grace: Option<Instant>,
    /// When an own address is looked for.
    patience: Option<Instant>,
    fixed: Option<Fixed>,
    client: Client,
    check: Option<Probe>,
    defence: Option<Defence>,
    own: LinkLocal,
    have: Option<Address>,
    wishes: Vec<Wish>,
}

impl Port {
    /// Without a cable.
    pub fn new(mac: Mac, fixed: Option<Fixed>, dice: Dice) -> Port {
        Port {
            mac,
            dice,
            cable: false,
            grace: None,
            patience: None,
            fixed,
            client: Client::new(mac),
            check: None,
            defence: None,
            own: LinkLocal::new(mac),
            have: None,
            wishes: Vec::new(),
        }
    }

    /// Hardware address.
    pub fn mac(&self) -> Mac {
        self.mac
    }

    /// Whether a cable with something at its other end is in.
    pub fn cable(&self) -> bool {
        self.cable
    }

    /// The lease in use.
    pub fn lease(&self) -> Option<&Lease> {
        self.client.held()
    }

    /// What it is to ask for again.
    pub fn before(&mut self) -> &mut Option<Before> {
        self.client.before()
    }

    /// The address in use.
    pub fn have(&self) -> Option<&Address> {
        self.have.as_ref()
    }

    /// Whether the address is one that the box made up.
    pub fn made_its_own(&self) -> bool {
        self.have
            .as_ref()
            .is_some_and(|have| have.address.is_link_local())
            && self.fixed.is_none()
    }

    /// Whether DHCP answers are waited for.
    pub fn listens(&self) -> bool {
        self.client.listens()
    }

    /// Address of which ARP packets are to be heard.
    pub fn concerns(&self) -> Option<Ipv4Addr> {
        let checked = self.check.as_ref().map(|check| check.address);
        let held = || self.have.as_ref().map(|have| have.address);
        checked
            .or_else(|| self.own.concerns())
            .or_else(held)
            .filter(|_| self.cable)
    }

    /// What is wanted since the last call.
    pub fn wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    /// When to turn next.
    pub fn deadline(&self) -> Option<Instant> {
        [
            self.grace.map(|since| since + CABLE_GRACE),
            self.patience,
            self.client.deadline(),
            self.check.as_ref().map(Probe::deadline),
            self.defence.as_ref().and_then(Defence::deadline),
            self.own.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The cable is in or out.
    pub fn plug(&mut self, cable: bool, now: Instant) {
        if cable == self.cable {
            return;
        }
        self.cable = cable;
        if !cable {
            self.client.unplug();
            self.check = None;
            self.defence = None;
            self.patience = None;
            self.own.stop();
            self.grace = Some(now);
            return;
        }
        self.grace = None;
        if let Some(fixed) = &self.fixed {
            let address = fixed.address();
            self.defence = Some(Defence::new(self.mac, address.address, now));
            self.set(Some(address));
            return;
        }
        if self.made_its_own() {
            // Whether it still is ours here must be asked again.
            self.set(None);
        }
        self.patience = Some(now + PATIENCE);
        self.client.plug(now, &mut self.dice);
        self.listen_to_client(now);
    }

    /// Does what is due.
    pub fn turn(&mut self, now: Instant) {
        if self.grace.is_some_and(|since| now >= since + CABLE_GRACE) {
            self.grace = None;
            self.client.forget();
            self.client.said();
            self.set(None);
            self.wishes.push(Wish::ForgetRouters);
        }
        self.client.turn(now, &mut self.dice);
        self.listen_to_client(now);
        if let Some(check) = &mut self.check {
            match check.turn(now, &mut self.dice) {
                Probed::Wait => {}
                Probed::Send(arp) => self.wishes.push(Wish::Arp(arp)),
                Probed::Free => {
                    self.check = None;
                    self.client.free(now, &mut self.dice);
                    self.listen_to_client(now);
                }
            }
        }
        if let Some(arp) = self.defence.as_mut().and_then(|defence| defence.turn(now)) {
            self.wishes.push(Wish::Arp(arp));
        }
        if self.patience.is_some_and(|until| now >= until) {
            self.patience = None;
            if self.have.is_none() && self.check.is_none() {
                self.own.start(now, &mut self.dice);
            }
        }
        let own = self.own.turn(now, &mut self.dice);
        self.settle_own(own);
    }

    /// A DHCP server said something.
    pub fn hear(&mut self, answer: &Answer, now: Instant) {
        self.client.hear(answer, now, &mut self.dice);
        self.listen_to_client(now);
    }

    /// Somebody sent an ARP packet.
    pub fn hear_arp(&mut self, arp: &Arp, now: Instant) {
        if self
            .check
            .as_ref()
            .is_some_and(|check| check.conflicts(arp))
        {
            self.check = None;
            self.client.taken(now, &mut self.dice);
            self.listen_to_client(now);
        }
        if let Some(Heard::Defend(again)) =
            self.defence.as_mut().map(|defence| defence.hears(arp, now))
        {
            self.note(format!("somebody else uses {}", arp.sender));
            self.wishes.push(Wish::Arp(again));
        }
        let own = self.own.hears(arp, now, &mut self.dice);
        self.settle_own(own);
    }

    /// Renews the lease before its time, to tell its server something new.
    pub fn renew(&mut self, now: Instant) {
        self.client.renew(now, &mut self.dice);
        self.listen_to_client(now);
    }

    /// Gives the lease back; nothing is done any more until the cable is put in anew.
    pub fn release(&mut self, now: Instant) {
        self.client.release(now, &mut self.dice);
        self.listen_to_client(now);
        self.patience = None;
        self.grace = None;
        self.check = None;
        self.defence = None;
        self.own.stop();
        self.set(None);
    }

    fn listen_to_client(&mut self, now: Instant) {
        for said in self.client.said() {
            match said {
                Said::Broadcast(message) => self.wishes.push(Wish::Broadcast(message)),
                Said::Unicast(server, message) => self.wishes.push(Wish::Unicast(server, message)),
                Said::Note(text) => self.wishes.push(Wish::Note(text)),
                Said::Check(address) => {
                    let probe = Probe::new(self.mac, address, &GIVEN, now, &mut self.dice);
                    self.check = Some(probe);
                }
                Said::Use(lease) => self.take(&lease, now),
                Said::Drop => {
                    self.defence = None;
                    self.set(None);
                    if self.cable {
                        self.patience = Some(now + PATIENCE);
                    }
                }
            }
        }
    }

    fn take(&mut self, lease: &Lease, now: Instant) {
        self.patience = None;
        self.own.stop();
        let known = self
            .have
            .as_ref()
            .is_some_and(|have| have.address == lease.address);
        if !known {
            self.note(format!(
                "{}/{} from {} for {} s{}",
                lease.address,
                lease.prefix,
                lease.server,
                lease.lasts.as_secs(),
                if lease.is_public() {
                    ", an address that the whole Internet reaches"
                } else {
                    ""
                }
            ));
            if let Some(router) = lease.odd_router {
                self.note(format!(
                    "the router {router} is outside of that net and is not used"
                ));
            }
        }
        if !known || self.defence.is_none() {
            self.defence = Some(Defence::new(self.mac, lease.address, now));
        }
        self.set(Some(Address {
            address: lease.address,
            prefix: lease.prefix,
            gateway: lease.gateway,
            ends: Some(lease.ends()),
        }));
    }

    fn settle_own(&mut self, own: Option<Own>) {
        match own {
            None => {}
            Some(Own::Send(arp)) => self.wishes.push(Wish::Arp(arp)),
            Some(Own::Take(address)) => {
                self.note(format!(
                    "no DHCP server answers; {address} is our own choice"
                ));
                self.set(Some(Address {
                    address,
                    prefix: link_local::PREFIX,
                    gateway: None,
                    ends: None,
                }));
            }
            Some(Own::Leave(address)) => {
                self.note(format!("somebody else uses {address}"));
                self.set(None);
            }
        }
    }

    fn set(&mut self, have: Option<Address>) {
        if self.have != have {
            self.have.clone_from(&have);
            self.wishes.push(Wish::Have(have));
        }
    }

    fn note(&mut self, text: String) {
        self.wishes.push(Wish::Note(text));
    }
}

#[cfg(test)]
#[path = "port_tests.rs"]
mod tests;
