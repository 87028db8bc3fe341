//! One interface with its sockets: carries packets between the cable and its [`Port`], and the port's wishes to the kernel.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::fixed::Fixed;
use super::kernel::{self, Kernel};
use super::lease::LEASE_MAX;
use super::netlink::{HasAddress, Link, Order, Told};
use super::packet::{self, PACKET_MAX};
use super::port::{Address, Port, Wish};
use super::taps::{Tap, ToServer};

/// Packets that are taken in one turn from one tap: a flood must not keep process 1 from its other duties.
const PACKETS: usize = 32;
/// Addresses and resolvers of one interface that are remembered.
const MOST: usize = 16;

#[derive(Debug)]
pub(super) struct Wire {
    index: u32,
    pub(super) name: String,
    pub(super) port: Port,
    host_name: String,
    up: bool,
    dhcp: Option<Tap>,
    arp: Option<(Ipv4Addr, Tap)>,
    to_server: Option<ToServer>,
    /// Usable IPv6 addresses that reach further than the cable.
    pub(super) v6: Vec<(Ipv6Addr, u8)>,
    /// Resolvers that routers announced (RFC 8106), and until when.
    resolvers: Vec<(Ipv6Addr, Instant)>,
    buffer: Box<[u8; PACKET_MAX]>,
}

impl Wire {
    /// An interface that has just been seen: sets it up and switches it on.
    pub(super) fn new(
        link: &Link,
        mac: packet::Mac,
        fixed: Option<Fixed>,
        host_name: &str,
    ) -> Wire {
        kernel::set_switches(&link.name);
        Wire {
            index: link.index,
            name: link.name.clone(),
            port: Port::new(mac, fixed, Dice::thrown(mac)),
            host_name: host_name.to_owned(),
            up: false,
            dhcp: None,
            arp: None,
            to_server: None,
            v6: Vec::new(),
            resolvers: Vec::new(),
            buffer: Box::new([0; PACKET_MAX]),
        }
    }

    pub(super) fn rename(&mut self, host_name: &str, now: Instant) {
        host_name.clone_into(&mut self.host_name);
        self.port.renew(now);
    }

    pub(super) fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let dhcp = self.dhcp.as_ref().map(AsFd::as_fd);
        dhcp.into_iter()
            .chain(self.arp.as_ref().map(|(_, tap)| tap.as_fd()))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let resolvers = self.resolvers.iter().map(|(_, until)| *until);
        self.port.deadline().into_iter().chain(resolvers).min()
    }

    /// The kernel says how the interface is.
    pub(super) fn link(
        &mut self,
        link: &Link,
        kernel: &mut Kernel,
        now: Instant,
        notes: &mut Vec<String>,
    ) {
        if !link.up() && !self.up {
            // Once: an interface that was switched on and is off again has been switched off by somebody, or cannot be switched on.
            self.up = true;
            if let Err(error) = kernel.order(&Order::Up(self.index)) {
                notes.push(format!("{}: cannot be switched on: {error}", self.name));
            }
        }
        self.up |= link.up();
        let cable = link.up() && link.cable();
        if cable != self.port.cable() {
            notes.push(format!(
                "{}: cable {}",
                self.name,
                if cable { "in" } else { "out" }
            ));
            self.port.plug(cable, now);
        }
    }

    pub(super) fn address(&mut self, address: &HasAddress, there: bool) {
        let IpAddr::V6(v6) = address.address else {
            return;
        };
        self.v6.retain(|(known, _)| *known != v6);
        let far = !v6.is_unicast_link_local() && !v6.is_loopback();
        if there && address.usable && far && self.v6.len() < MOST {
            self.v6.push((v6, address.prefix));
            self.v6.sort_unstable();
        }
    }

    /// The kernel's list of addresses is read anew.
    pub(super) fn forget_addresses(&mut self) {
        self.v6.clear();
    }

    /// A router announces resolvers for so many seconds.
    pub(super) fn announced(&mut self, servers: &[Ipv6Addr], seconds: u32, now: Instant) {
        let until = now + Duration::from_secs(seconds.into()).min(LEASE_MAX);
        for server in servers {
            self.resolvers.retain(|(known, _)| known != server);
            if self.resolvers.len() < MOST {
                self.resolvers.push((*server, until));
            }
        }
        // The order in which they came says nothing; one that stays the same rewrites no file.
        self.resolvers.sort_unstable();
    }

    pub(super) fn resolvers(&self) -> impl Iterator<Item = Ipv6Addr> {
        self.resolvers.iter().map(|(server, _)| *server)
    }

    /// Reads what came, does what is due, carries out what is wished.
    pub(super) fn turn(&mut self, kernel: &mut Kernel, now: Instant, notes: &mut Vec<String>) {
        for _ in 0..PACKETS {
            let Some(packet) = self
                .dhcp
                .as_ref()
                .and_then(|tap| tap.receive(&mut self.buffer))
            else {
                break;
            };
            if let Some(answer) = packet::unwrap(packet).and_then(packet::read) {
                self.port.hear(&answer, now);
            }
        }
        for _ in 0..PACKETS {
            let Some(packet) = self
                .arp
                .as_ref()
                .and_then(|(_, tap)| tap.receive(&mut self.buffer))
            else {
                break;
            };
            if let Some(arp) = packet::read_arp(packet) {
                self.port.hear_arp(&arp, now);
            }
        }
        self.port.turn(now);
        self.resolvers.retain(|(_, until)| now < *until);
        self.carry_out(kernel, now, notes);
    }

    /// Gives the lease back.
    pub(super) fn release(&mut self, kernel: &mut Kernel, now: Instant, notes: &mut Vec<String>) {
        self.port.release(now);
        self.carry_out(kernel, now, notes);
    }

    fn carry_out(&mut self, kernel: &mut Kernel, now: Instant, notes: &mut Vec<String>) {
        let concerns = self.port.concerns();
        if self.arp.as_ref().map(|(address, _)| *address) != concerns {
            self.arp =
                concerns.and_then(|address| Some((address, Tap::arp(self.index, address).ok()?)));
        }
        for wish in self.port.wishes() {
            let said = format!("{wish:?}");
            let done = match wish {
                Wish::Note(text) => {
                    notes.push(format!("{}: {text}", self.name));
                    Ok(())
                }
                Wish::Broadcast(message) => {
                    let bytes = packet::write(&message, self.port.mac(), &self.host_name);
                    self.dhcp_tap()
                        .and_then(|tap| tap.send(&packet::wrap(&bytes)))
                }
                Wish::Unicast(server, message) => {
                    let bytes = packet::write(&message, self.port.mac(), &self.host_name);
                    // The answer comes to the tap.
                    let listens = self.dhcp_tap().map(drop);
                    listens.and_then(|()| self.server_socket()?.send(server, &bytes))
                }
                Wish::Arp(arp) => match &self.arp {
                    Some((_, tap)) => tap.send(&packet::write_arp(&arp)),
                    None => Ok(()),
                },
                Wish::Have(have) => self.have(kernel, have, now),
                Wish::ForgetRouters => {
                    kernel::forget_routers(&self.name);
                    self.resolvers.clear();
                    Ok(())
                }
            };
            if let Err(error) = done {
                notes.push(format!("{}: {said}: {error}", self.name));
            }
        }
        if !self.port.listens() {
            self.dhcp = None;
            self.to_server = None;
        }
    }

    fn dhcp_tap(&mut self) -> std::io::Result<&Tap> {
        match &mut self.dhcp {
            Some(tap) => Ok(tap),
            empty => Ok(empty.insert(Tap::dhcp(self.index)?)),
        }
    }

    fn server_socket(&mut self) -> std::io::Result<&ToServer> {
        match &mut self.to_server {
            Some(socket) => Ok(socket),
            empty => Ok(empty.insert(ToServer::open(&self.name)?)),
        }
    }

    /// The new address first and then the old one away, so that there is no moment without.
    fn have(
        &mut self,
        kernel: &mut Kernel,
        have: Option<Address>,
        now: Instant,
    ) -> std::io::Result<()> {
        let mut old = self.v4(kernel)?;
        if let Some(Address {
            address,
            prefix,
            gateway,
            ends,
        }) = have
        {
            // A second more: it is the box that takes it away, the kernel only if the box does not.
            let seconds = ends.map(|ends| {
                let left = ends.saturating_duration_since(now).as_secs() + 1;
                u32::try_from(left).unwrap_or(u32::MAX)
            });
            kernel.order(&Order::Add(self.index, address, prefix, seconds))?;
            old.retain(|(known, length)| (*known, *length) != (address, prefix));
            if let Some(gateway) = gateway {
                // The interface that was there first is the better way.
                let metric = 100_u32.saturating_add(self.index);
                kernel.order(&Order::Route {
                    index: self.index,
                    gateway,
                    from: address,
                    metric,
                })?;
            }
        }
        for (address, prefix) in old {
            kernel.order(&Order::Remove(self.index, address, prefix))?;
        }
        Ok(())
    }

    /// The IPv4 addresses that the interface really has.
    fn v4(&self, kernel: &mut Kernel) -> std::io::Result<Vec<(Ipv4Addr, u8)>> {
        let mine = |told| match told {
            Told::Address(HasAddress {
                index,
                address: IpAddr::V4(address),
                prefix,
                ..
            }) if index == self.index => Some((address, prefix)),
            _ => None,
        };
        Ok(kernel
            .order(&Order::Addresses)?
            .into_iter()
            .filter_map(mine)
            .collect())
    }
}
