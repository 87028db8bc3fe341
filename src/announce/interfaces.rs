//! Which interfaces and addresses there are, and word of every change, from the kernel (rtnetlink(7)).

use std::collections::BTreeMap;
use std::io;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::Async;
use firmware::network::netlink::{
    HasAddress, IFF_LOOPBACK, IFF_MULTICAST, IFF_POINTOPOINT, IFF_RUNNING, IFF_UP, Link, Order,
    Told, read,
};
use mdns::Network;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

/// Groups `RTMGRP_LINK`, `RTMGRP_IPV4_IFADDR`, `RTMGRP_IPV6_IFADDR`.
const CHANGES: u32 = 0x1 | 0x10 | 0x100;
/// The kernel's pieces of a list are at most 32 KiB.
const DATAGRAM: usize = 32 * 1024;
/// The kernel answers at once; that it does not is an error and no reason to wait.
const PATIENCE: Duration = Duration::from_secs(1);
/// Datagrams of a list: thousands of addresses.
const DATAGRAMS: usize = 256;

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) index: u32,
    pub(super) name: String,
    /// `IFF_*`.
    pub(super) flags: u32,
    pub(super) networks: Vec<Network>,
}

impl Interface {
    /// Up, connected, for more than two, and not this machine's own.
    pub(super) fn is_usable(&self) -> bool {
        let needed = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
        self.flags & needed == needed && self.flags & (IFF_LOOPBACK | IFF_POINTOPOINT) == 0
    }
}

impl From<Link> for Interface {
    fn from(link: Link) -> Interface {
        Interface {
            index: link.index,
            name: link.name,
            flags: link.flags,
            networks: Vec::new(),
        }
    }
}

/// All interfaces with their addresses, but for those that cannot be used yet or change for privacy.
pub(super) fn all() -> io::Result<Vec<Interface>> {
    let socket = open(0, SocketFlags::CLOEXEC)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut found: BTreeMap<u32, Interface> = BTreeMap::new();
    let mut buffer = vec![0; DATAGRAM];
    for list in [Order::Links, Order::Addresses] {
        socket.send(&list.write(0))?;
        let mut complete = false;
        for _ in 0..DATAGRAMS {
            let length = socket.recv(&mut buffer)?;
            for told in read(buffer.get(..length).unwrap_or_default()) {
                match told {
                    Told::Link(link) => drop(found.insert(link.index, link.into())),
                    Told::Address(has) if has.usable && !has.temporary => {
                        if let Some(interface) = found.get_mut(&has.index) {
                            let HasAddress {
                                address, prefix, ..
                            } = has;
                            interface.networks.push(Network { address, prefix });
                        }
                    }
                    // A list that is refused has ended, too.
                    Told::Done | Told::Result(_) => complete = true,
                    _ => {}
                }
            }
            if complete {
                break;
            }
        }
    }
    // In an order of its own, so that the same addresses are no change.
    for interface in found.values_mut() {
        interface.networks.sort_unstable();
    }
    Ok(found.into_values().collect())
}

/// Word of changes.
pub(super) struct Changes {
    socket: Async<UdpSocket>,
}

impl Changes {
    pub(super) fn open() -> io::Result<Changes> {
        let socket = open(CHANGES, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
        Ok(Changes {
            socket: Async::new_nonblocking(socket)?,
        })
    }

    /// Whether something has changed since it was asked last. What it was is not kept: the lists say it.
    pub(super) fn heard(&self) -> bool {
        let mut buffer = [0; 512]; // the rest of a message is cut off
        let mut heard = false;
        for _ in 0..DATAGRAMS {
            match self.socket.get_ref().recv(&mut buffer) {
                Ok(_) => heard = true,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // So much changed that some was lost (ENOBUFS): all the more reason to look.
                Err(_) => {
                    heard = true;
                    break;
                }
            }
        }
        heard
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_readable(context).map(|_| ())
    }
}

/// A socket to the kernel. It is no UDP; the type only lends its `send` and `recv`.
fn open(groups: u32, flags: SocketFlags) -> io::Result<UdpSocket> {
    // Protocol 0 is NETLINK_ROUTE.
    let socket: OwnedFd = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(UdpSocket::from(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loop() {
        let all = all().unwrap();
        let own = all
            .iter()
            .find(|interface| interface.flags & IFF_LOOPBACK != 0)
            .unwrap();
        assert_eq!(own.name, "lo");
        assert!(!own.is_usable());
        let home = Network {
            address: [127, 0, 0, 1].into(),
            prefix: 8,
        };
        assert!(
            own.flags & IFF_UP == 0 || own.networks.contains(&home),
            "{own:?}"
        );
        assert!(!Changes::open().unwrap().heard());
    }
}
