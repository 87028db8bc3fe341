//! Two rtnetlink sockets, one that listens and one that orders, and the few switches below /proc/sys.
//!
//! An order waits for its answer: the kernel gives it before `send` comes back, so nothing is ever waited for. The listening socket may overflow
//! (a cable with a loose contact): then everything is asked anew.
//!
//! IPv6 is the kernel's own work (SLAAC, RFC 4862); what is set, before the interfaces come up and for each one:
//! - `accept_ra`, `autoconf` 1: a router's prefixes and itself as the way out are believed.
//! - `use_tempaddr` 0: a server has one address that stays; temporary ones (RFC 8981) would make its mail come from a new one each day.
//! - `addr_gen_mode` 0: the address follows from the hardware address, so that it is the same after a new card. It tells the world
//!   the maker of the board; RFC 7217's kind would need a secret that outlives the card.
//! - `router_solicitations` -1: routers are asked for without end, ever more seldom (RFC 7559): the box is up before the router.
//! - `ndisc_notify` 1: neighbours learn at once when the cable is in another socket.
//! - `accept_redirects` 0, IPv4 and IPv6: a home has one router, and whoever else claims a better way is not believed.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
    sockopt,
};

use super::netlink::{Order, Told, read};

/// The kernel's own largest datagram of a dump.
const BUFFER: usize = 32 * 1024;
/// Datagrams of one list: thousands of addresses.
const DATAGRAMS: usize = 64;
/// What is listened to: RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR, RTNLGRP_ND_USEROPT, as bits.
const GROUPS: u32 = 1 | 1 << 8 | 1 << 19;
/// The kernel answers at once; this only keeps process 1 from waiting for ever if it does not.
const ANSWER: Duration = Duration::from_secs(2);

const SWITCHES: &[(&str, &str, &str)] = &[
    ("ipv6", "accept_ra", "1"),
    ("ipv6", "autoconf", "1"),
    ("ipv6", "use_tempaddr", "0"),
    ("ipv6", "addr_gen_mode", "0"),
    ("ipv6", "router_solicitations", "-1"),
    ("ipv6", "ndisc_notify", "1"),
    ("ipv6", "accept_redirects", "0"),
    ("ipv4", "accept_redirects", "0"),
];

/// The kernel, as far as its network is concerned.
#[derive(Debug)]
pub(super) struct Kernel {
    news: OwnedFd,
    orders: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Kernel {
    /// Opens both sockets.
    pub(super) fn open() -> io::Result<Kernel> {
        let socket = |flags| {
            // No protocol is protocol 0, which is NETLINK_ROUTE.
            socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)
        };
        let news = socket(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
        bind(&news, &SocketAddrNetlink::new(0, GROUPS))?;
        let orders = socket(SocketFlags::CLOEXEC)?;
        sockopt::set_socket_timeout(&orders, sockopt::Timeout::Recv, Some(ANSWER))?;
        Ok(Kernel {
            news,
            orders,
            sequence: 0,
            buffer: vec![0; BUFFER],
        })
    }

    /// What has happened since the last call. An error: some of it is lost, ask for all.
    pub(super) fn news(&mut self) -> io::Result<Vec<Told>> {
        let mut told = Vec::new();
        for _ in 0..DATAGRAMS {
            match recv(&self.news, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((length, _)) => {
                    told.extend(self.buffer.get(..length).map(read).unwrap_or_default())
                }
                Err(Errno::AGAIN | Errno::INTR) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(told)
    }

    /// Gives an order; a list's entries.
    pub(super) fn order(&mut self, order: &Order) -> io::Result<Vec<Told>> {
        self.sequence = self.sequence.wrapping_add(1);
        send(
            &self.orders,
            &order.write(self.sequence),
            SendFlags::empty(),
        )?;
        let mut list = Vec::new();
        for _ in 0..DATAGRAMS {
            let (length, _) = recv(&self.orders, &mut self.buffer[..], RecvFlags::empty())?;
            for told in self.buffer.get(..length).map(read).unwrap_or_default() {
                match told {
                    Told::Done | Told::Result(0) => return Ok(list),
                    Told::Result(errno) => return Err(io::Error::from_raw_os_error(errno)),
                    told => list.push(told),
                }
            }
        }
        Ok(list)
    }
}

impl AsFd for Kernel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.news.as_fd()
    }
}

/// Sets the switches of an interface, or of `default`. A kernel without one of them does without.
pub(super) fn set_switches(interface: &str) {
    for (family, switch, value) in SWITCHES {
        let _ = fs::write(
            format!("/proc/sys/net/{family}/conf/{interface}/{switch}"),
            value,
        );
    }
}

/// Forgets addresses, routers and routes that an interface has by IPv6; it asks anew when the cable is back.
pub(super) fn forget_routers(interface: &str) {
    let switch = format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6");
    let _ = fs::write(&switch, "1");
    let _ = fs::write(&switch, "0");
}
