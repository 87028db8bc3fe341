//! The sockets of one interface: packet(7) taps for DHCP and ARP, a UDP socket for what goes to one server.
//!
//! DHCP by AF_PACKET and not by UDP with SO_BINDTODEVICE: before there is an address the kernel would drop an offer sent to the
//! address that is offered (many routers ignore the broadcast flag), and beside a link-local address it would put that into the packet where
//! 0.0.0.0 must stand. A filter in the kernel lets nothing through but UDP to port 68 with a server's message, and the tap exists only while an
//! answer is waited for. Renewals go out by UDP, so that the kernel finds the way (ARP, routers); their answers are heard by the tap, and the UDP socket's own
//! filter drops everything, which also keeps the kernel from answering "port unreachable".
//!
//! The ARP tap hears only packets about one address: a busy house does not wake process 1.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, SockAddr, SockFilter, Socket, Type};

use super::packet::{self, CLIENT_PORT, PACKET_MAX, SERVER_PORT};

const BROADCAST: [u8; 6] = [0xff; 6];

/// A socket that sees and sends packets below IP, on one interface.
#[derive(Debug)]
pub(super) struct Tap {
    socket: Socket,
    everybody: SockAddr,
}

impl Tap {
    /// DHCP servers' messages.
    pub(super) fn dhcp(index: u32) -> io::Result<Tap> {
        Tap::open(index, libc::ETH_P_IP as u16, &dhcp_filter())
    }

    /// ARP packets from `address`, and probes for it.
    pub(super) fn arp(index: u32, address: Ipv4Addr) -> io::Result<Tap> {
        Tap::open(index, libc::ETH_P_ARP as u16, &arp_filter(address))
    }

    fn open(index: u32, protocol: u16, filter: &[SockFilter]) -> io::Result<Tap> {
        // Protocol 0: nothing comes in before the filter is there.
        let kind = Type::DGRAM.cloexec().nonblocking();
        let socket = Socket::new(Domain::PACKET, kind, Some(Protocol::from(0)))?;
        socket.attach_filter(filter)?;
        socket.bind(&link_address(index, protocol)?)?;
        Ok(Tap {
            socket,
            everybody: link_address(index, protocol)?,
        })
    }

    /// Sends to everybody on the cable.
    pub(super) fn send(&self, packet: &[u8]) -> io::Result<()> {
        self.socket.send_to(packet, &self.everybody).map(drop)
    }

    /// The next packet; `None`: there is none now.
    pub(super) fn receive<'a>(&self, buffer: &'a mut [u8; PACKET_MAX]) -> Option<&'a [u8]> {
        let length = (&self.socket).read(buffer).ok()?;
        buffer.get(..length)
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A socket for DHCP messages to one server.
#[derive(Debug)]
pub(super) struct ToServer(Socket);

impl ToServer {
    /// On this interface.
    pub(super) fn open(interface: &str) -> io::Result<ToServer> {
        let kind = Type::DGRAM.cloexec().nonblocking();
        let socket = Socket::new(Domain::IPV4, kind, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        socket.bind_device(Some(interface.as_bytes()))?;
        socket.attach_filter(&[statement(libc::BPF_RET, 0)])?;
        socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, CLIENT_PORT).into())?;
        Ok(ToServer(socket))
    }

    /// Sends a DHCP message.
    pub(super) fn send(&self, server: Ipv4Addr, message: &[u8]) -> io::Result<()> {
        let to = SocketAddrV4::new(server, SERVER_PORT);
        self.0.send_to(message, &to.into()).map(drop)
    }
}

/// `struct sockaddr_ll` of everybody on an interface.
#[expect(
    unsafe_code,
    reason = "neither socket2 nor rustix knows packet(7)'s addresses"
)]
fn link_address(index: u32, protocol: u16) -> io::Result<SockAddr> {
    // SAFETY: sockaddr_storage is zeroed, larger than sockaddr_ll and aligned for it, and the length that is set is sockaddr_ll's.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let link = storage.cast::<libc::sockaddr_ll>();
            (*link).sll_family = libc::AF_PACKET as u16;
            (*link).sll_protocol = protocol.to_be();
            (*link).sll_ifindex = index.cast_signed();
            (*link).sll_halen = BROADCAST.len() as u8;
            if let Some(place) = (*link).sll_addr.get_mut(..BROADCAST.len()) {
                place.copy_from_slice(&BROADCAST);
            }
            *length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            Ok(())
        })?
    };
    Ok(address)
}

fn statement(code: u32, k: u32) -> SockFilter {
    SockFilter::new(code as u16, 0, 0, k)
}

fn jump(code: u32, k: u32, yes: u8, no: u8) -> SockFilter {
    SockFilter::new((libc::BPF_JMP | code | libc::BPF_K) as u16, yes, no, k)
}

/// Over an IP packet: UDP, no fragment, to the client's port, from the server's, a BOOTREPLY.
fn dhcp_filter() -> Vec<SockFilter> {
    use libc::{
        BPF_ABS, BPF_B, BPF_H, BPF_IND, BPF_JEQ, BPF_JSET, BPF_LD, BPF_LDX, BPF_MSH, BPF_RET,
    };
    const UDP: u32 = 17;
    const FRAGMENT: u32 = 0x3fff;
    let ports = u32::from(SERVER_PORT) << 16 | u32::from(CLIENT_PORT);
    vec![
        statement(BPF_LD | BPF_B | BPF_ABS, 9),
        jump(BPF_JEQ, UDP, 0, 8),
        statement(BPF_LD | BPF_H | BPF_ABS, 6),
        jump(BPF_JSET, FRAGMENT, 6, 0),
        statement(BPF_LDX | BPF_B | BPF_MSH, 0),
        statement(BPF_LD | libc::BPF_W | BPF_IND, 0),
        jump(BPF_JEQ, ports, 0, 3),
        statement(BPF_LD | BPF_B | BPF_IND, 8),
        jump(BPF_JEQ, 2, 0, 1),
        statement(BPF_RET, packet::PACKET_MAX as u32),
        statement(BPF_RET, 0),
    ]
}

/// Over an ARP packet: the sender has the address, or has none and asks for it.
fn arp_filter(address: Ipv4Addr) -> Vec<SockFilter> {
    use libc::{BPF_ABS, BPF_JEQ, BPF_LD, BPF_RET, BPF_W};
    vec![
        statement(BPF_LD | BPF_W | BPF_ABS, 14),
        jump(BPF_JEQ, address.into(), 3, 0),
        jump(BPF_JEQ, 0, 0, 3),
        statement(BPF_LD | BPF_W | BPF_ABS, 24),
        jump(BPF_JEQ, address.into(), 0, 1),
        statement(BPF_RET, packet::PACKET_MAX as u32),
        statement(BPF_RET, 0),
    ]
}
