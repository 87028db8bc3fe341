//! Port 5353: on every link a socket bound to the group, so that it hears nothing else; and, if nobody else on this machine has the port, one a family that
//! hears what is sent to this host alone.
//!
//! The port is shared with other responders (RFC 6762 §15.1): what goes to the group reaches all of them. What goes to the host reaches one: where another
//! program was first we leave it to that one.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::task::{Context, Poll};

use async_io::Async;
use mdns::limits::{PACKET_READ, PORT};
use mdns::{Family, LinkId, Network, To};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};

const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
/// RFC 6762 §11.
const HOPS: u32 = 255;
/// What waits in the kernel while we are busy; a flood fills this and no more.
const WAITING: usize = 64 * 1024;

/// A socket.
pub(super) struct Ear {
    socket: Async<UdpSocket>,
}

impl Ear {
    /// Hears the group on one link, and speaks there.
    pub(super) fn on_link(link: LinkId, networks: &[Network]) -> io::Result<Ear> {
        let socket = shared_socket(link.family)?;
        match link.family {
            Family::V4 => {
                socket.set_multicast_all_v4(false)?;
                socket.bind(&SocketAddr::from((GROUP_V4, PORT)).into())?;
                let interface = InterfaceIndexOrAddress::Index(link.interface);
                socket.join_multicast_v4_n(&GROUP_V4, &interface)?;
                socket.set_multicast_ttl_v4(HOPS)?;
                socket.set_ttl_v4(HOPS)?;
                // That what is sent here is heard here, too, by other programs.
                socket.set_multicast_loop_v4(true)?;
            }
            Family::V6 => {
                // The scope binds the socket to the interface.
                socket.bind(&group_v6(link.interface).into())?;
                socket.join_multicast_v6(&GROUP_V6, link.interface)?;
                socket.set_multicast_if_v6(link.interface)?;
                socket.set_multicast_hops_v6(HOPS)?;
                socket.set_unicast_hops_v6(HOPS)?;
                socket.set_multicast_loop_v6(true)?;
            }
        }
        let ear = Ear {
            socket: Async::new(socket.into())?,
        };
        ear.steer(link, networks)?;
        Ok(ear)
    }

    /// Sends to the group through the interface that has these addresses now.
    pub(super) fn steer(&self, link: LinkId, networks: &[Network]) -> io::Result<()> {
        let four = networks.iter().find_map(|network| match network.address {
            IpAddr::V4(four) => Some(four),
            IpAddr::V6(_) => None,
        });
        match four.filter(|_| link.family == Family::V4) {
            Some(four) => SockRef::from(self.socket.get_ref()).set_multicast_if_v4(&four),
            None => Ok(()),
        }
    }

    /// Hears what is sent to this host alone, in one family, on all interfaces.
    pub(super) fn for_host(family: Family) -> io::Result<Ear> {
        let socket = shared_socket(family)?;
        match family {
            Family::V4 => socket.set_multicast_all_v4(false)?,
            Family::V6 => socket.set_multicast_all_v6(false)?,
        }
        socket.bind(&any(family).into())?;
        Ok(Ear {
            socket: Async::new(socket.into())?,
        })
    }

    /// A packet that waits; `None`: there is none now. One that is too long is read as too long.
    pub(super) fn hear<'a>(
        &self,
        buffer: &'a mut [u8; PACKET_READ + 1],
    ) -> Option<(SocketAddr, &'a [u8])> {
        // An error is about an earlier packet of ours, or means that the interface goes: word of that comes otherwise.
        let (length, from) = self.socket.get_ref().recv_from(buffer).ok()?;
        Some((from, buffer.get(..length)?))
    }

    /// Sends, if it can be sent now: the network may lose it, too.
    pub(super) fn say(&self, link: LinkId, to: To, octets: &[u8]) -> io::Result<()> {
        let to = match (to, link.family) {
            (To::Host(host), _) => host,
            (To::Group, Family::V4) => SocketAddr::from((GROUP_V4, PORT)),
            (To::Group, Family::V6) => group_v6(link.interface),
        };
        self.socket.get_ref().send_to(octets, to).map(|_| ())
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_readable(context).map(|_| ())
    }
}

/// Whether no other program of this machine has the port (RFC 6762 §15.1). A family that this machine has not is nobody's.
pub(super) fn is_ours_alone() -> bool {
    [Family::V4, Family::V6].into_iter().all(|family| {
        let taken = |error: io::Error| error.kind() == io::ErrorKind::AddrInUse;
        let Ok(socket) = bare_socket(family) else {
            return true;
        };
        !socket.bind(&any(family).into()).is_err_and(taken)
    })
}

fn shared_socket(family: Family) -> io::Result<Socket> {
    let socket = bare_socket(family)?;
    socket.set_reuse_address(true)?;
    socket.set_recv_buffer_size(WAITING)?;
    Ok(socket)
}

fn bare_socket(family: Family) -> io::Result<Socket> {
    let domain = match family {
        Family::V4 => Domain::IPV4,
        Family::V6 => Domain::IPV6,
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    if family == Family::V6 {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

fn any(family: Family) -> SocketAddr {
    match family {
        Family::V4 => (Ipv4Addr::UNSPECIFIED, PORT).into(),
        Family::V6 => (Ipv6Addr::UNSPECIFIED, PORT).into(),
    }
}

fn group_v6(interface: u32) -> SocketAddr {
    SocketAddrV6::new(GROUP_V6, PORT, 0, interface).into()
}
