//! What goes over the cable as bytes: DHCP messages (RFC 2131 §2, RFC 2132) in UDP in IPv4, and ARP (RFC 826).
//!
//! The header fields and checksums are smoltcp's wire module, the part of that stack which only reads and writes packets. Of what there is:
//! smoltcp (0BSD; eight small crates, no build script, no macros; DHCP, UDP, IPv4 and ARP in one) against edge-dhcp (six crates and
//! proc-macros, no ARP, an option it cannot read fails the whole message) against dhcproto (over sixty crates: a DNS library, URLs, Unicode
//! tables). busybox's client, the usual answer, was refused: a second binary of GPL code on the card, a shell script that it calls for each
//! event, a process to watch, no IPv6, and address conflicts and link-local addresses in yet another program.
//!
//! Reading is total and bounded: what is too short, of another kind, or nonsense is `None`; of lists, the first few entries are taken. Options
//! that continue in the `file` and `sname` fields (option 52) are read; those in several pieces (RFC 3396) are not put together.
//! A UDP checksum is not verified: between hosts of one machine, and from some network drivers, the tap sees packets before the sum is
//! filled in, and on the one Ethernet hop that a household's DHCP takes the frame has a sum of its own.

use std::net::Ipv4Addr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr,
    EthernetAddress, IpProtocol, Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr,
};

/// An Ethernet address.
pub type Mac = [u8; 6];

/// The longest IP packet that is read: an Ethernet frame's, without fragments.
pub const PACKET_MAX: usize = 1500;
/// The server's and the client's port (RFC 2131 §4.1).
pub const SERVER_PORT: u16 = 67;
/// The client's port.
pub const CLIENT_PORT: u16 = 68;
/// Of a list of routers, resolvers or time servers this many are kept: who needs a fifth resolver has another problem.
const LIST_MAX: usize = 4;
/// The longest domain name (RFC 1035 §2.3.4).
const DOMAIN_MAX: usize = 253;
/// RFC 2131 §2: messages are padded to the 300 bytes of BOOTP, shorter ones are dropped by some relays.
const MESSAGE_MIN: usize = 300;
/// Where the fields lie that may hold more options (RFC 2131 §2), and where the options begin.
const SNAME: std::ops::Range<usize> = 44..108;
const FILE: std::ops::Range<usize> = 108..236;
const OPTIONS: usize = 240;
/// What is asked for: subnet, router, resolvers, domain, broadcast, time servers, lease time, T1, T2.
const ASKED: &[u8] = &[1, 3, 6, 15, 28, 42, 51, 58, 59];

/// What the client says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Who has an address for me?
    Discover,
    /// That one, please.
    Request,
    /// Somebody else has it.
    Decline,
    /// I no longer need it.
    Release,
}

/// A message of the client (RFC 2131 table 5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Which one.
    pub kind: Kind,
    /// Transaction id.
    pub xid: u32,
    /// Seconds since it began to ask.
    pub secs: u16,
    /// Its address, where it has one that it may use (`ciaddr`), else 0.0.0.0.
    pub from: Ipv4Addr,
    /// The address that it wants (option 50).
    pub requested: Option<Ipv4Addr>,
    /// The server that is meant (option 54).
    pub server: Option<Ipv4Addr>,
}

/// What a server says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// You could have this.
    Offer,
    /// It is yours.
    Ack,
    /// Not that address.
    Nak,
}

/// A message of a server, as it came: nothing in it is believed yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Which one.
    pub reply: Reply,
    /// Transaction id.
    pub xid: u32,
    /// Whom it is for.
    pub mac: Mac,
    /// The address that is given (`yiaddr`).
    pub address: Ipv4Addr,
    /// Who says so (option 54).
    pub server: Option<Ipv4Addr>,
    /// Option 1.
    pub mask: Option<Ipv4Addr>,
    /// Option 3.
    pub routers: Vec<Ipv4Addr>,
    /// Option 6.
    pub dns: Vec<Ipv4Addr>,
    /// Option 42.
    pub ntp: Vec<Ipv4Addr>,
    /// Option 15, if it is a name.
    pub domain: Option<String>,
    /// Option 51, seconds.
    pub lease: Option<u32>,
    /// Option 58, seconds.
    pub renew: Option<u32>,
    /// Option 59, seconds.
    pub rebind: Option<u32>,
}

/// The message as the payload of UDP. `host_name` goes as option 12, the hardware address as client id (option 61, type 1).
pub fn write(message: &Message, mac: Mac, host_name: &str) -> Vec<u8> {
    let host_name = [DhcpOption {
        kind: 12,
        data: host_name.as_bytes(),
    }];
    let talks = matches!(message.kind, Kind::Discover | Kind::Request);
    let repr = DhcpRepr {
        message_type: match message.kind {
            Kind::Discover => DhcpMessageType::Discover,
            Kind::Request => DhcpMessageType::Request,
            Kind::Decline => DhcpMessageType::Decline,
            Kind::Release => DhcpMessageType::Release,
        },
        transaction_id: message.xid,
        secs: message.secs,
        client_hardware_address: EthernetAddress(mac),
        client_ip: message.from,
        your_ip: Ipv4Addr::UNSPECIFIED,
        server_ip: Ipv4Addr::UNSPECIFIED,
        router: None,
        subnet_mask: None,
        relay_agent_ip: Ipv4Addr::UNSPECIFIED,
        // A tap hears an answer to the hardware address too, before there is an IP address.
        broadcast: false,
        requested_ip: message.requested,
        client_identifier: Some(EthernetAddress(mac)),
        server_identifier: message.server,
        parameter_request_list: talks.then_some(ASKED),
        dns_servers: None,
        // RFC 2132 §9.10: the whole IP packet.
        max_size: talks.then_some(PACKET_MAX as u16),
        lease_duration: None,
        renew_duration: None,
        rebind_duration: None,
        additional_options: if talks { &host_name } else { &[] },
    };
    let mut bytes = vec![0; repr.buffer_len().max(MESSAGE_MIN)];
    // The buffer is as long as the message says it is: there is nothing that could fail.
    let _ = repr.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..]));
    bytes
}

/// `payload` in UDP in IPv4 from nobody to everybody: what a client without an address sends (RFC 2131 §4.1).
pub fn wrap(payload: &[u8]) -> Vec<u8> {
    let (from, to) = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST);
    let udp = UdpRepr {
        src_port: CLIENT_PORT,
        dst_port: SERVER_PORT,
    };
    let ip = Ipv4Repr {
        src_addr: from,
        dst_addr: to,
        next_header: IpProtocol::Udp,
        payload_len: udp.header_len() + payload.len(),
        hop_limit: 64,
    };
    let sums = ChecksumCapabilities::default();
    let mut bytes = vec![0; ip.buffer_len() + ip.payload_len];
    ip.emit(&mut Ipv4Packet::new_unchecked(&mut bytes[..]), &sums);
    if let Some(rest) = bytes.get_mut(ip.buffer_len()..) {
        udp.emit(
            &mut UdpPacket::new_unchecked(rest),
            &from.into(),
            &to.into(),
            payload.len(),
            |place| place.copy_from_slice(payload),
            &sums,
        );
    }
    bytes
}

/// The DHCP payload of an IP packet from a server's port to a client's.
pub fn unwrap(packet: &[u8]) -> Option<&[u8]> {
    let ip = Ipv4Packet::new_checked(packet).ok()?;
    if ip.version() != 4
        || !ip.verify_checksum()
        || ip.next_header() != IpProtocol::Udp
        || ip.more_frags()
        || ip.frag_offset() != 0
    {
        return None;
    }
    let udp = UdpPacket::new_checked(ip.payload()).ok()?;
    let ports = (udp.src_port(), udp.dst_port());
    (ports == (SERVER_PORT, CLIENT_PORT)).then_some(udp.payload())
}

/// What a server says, if the bytes are a server's message to an Ethernet host.
pub fn read(bytes: &[u8]) -> Option<Answer> {
    const COOKIE: u32 = 0x6382_5363;
    let packet = DhcpPacket::new_checked(bytes).ok()?;
    if bytes.get(..3) != Some(&[2, 1, 6]) || packet.magic_number() != COOKIE {
        return None;
    }
    let mut found = Found::default();
    found.take(&packet);
    let overload = found.overload;
    for field in [(overload & 1, FILE), (overload & 2, SNAME)] {
        if let (true, Some(head), Some(more)) =
            (field.0 != 0, bytes.get(..OPTIONS), bytes.get(field.1))
        {
            found.take(&DhcpPacket::new_checked([head, more].concat()).ok()?);
        }
    }
    Some(Answer {
        reply: found.reply?,
        xid: packet.transaction_id(),
        mac: packet.client_hardware_address().0,
        address: packet.your_ip(),
        server: found.server,
        mask: found.mask,
        routers: found.routers,
        dns: found.dns,
        ntp: found.ntp,
        domain: found.domain,
        lease: found.lease,
        renew: found.renew,
        rebind: found.rebind,
    })
}

#[derive(Default)]
struct Found {
    reply: Option<Reply>,
    overload: u8,
    server: Option<Ipv4Addr>,
    mask: Option<Ipv4Addr>,
    routers: Vec<Ipv4Addr>,
    dns: Vec<Ipv4Addr>,
    ntp: Vec<Ipv4Addr>,
    domain: Option<String>,
    lease: Option<u32>,
    renew: Option<u32>,
    rebind: Option<u32>,
}

impl Found {
    fn take<T: AsRef<[u8]>>(&mut self, packet: &DhcpPacket<T>) {
        for DhcpOption { kind, data } in packet.options() {
            match kind {
                1 => self.mask = number(data).map(Ipv4Addr::from),
                3 => self.routers = list(data),
                6 => self.dns = list(data),
                15 => self.domain = domain(data),
                42 => self.ntp = list(data),
                51 => self.lease = number(data),
                52 => self.overload = data.first().copied().unwrap_or(0),
                53 => {
                    self.reply = match data {
                        [2] => Some(Reply::Offer),
                        [5] => Some(Reply::Ack),
                        [6] => Some(Reply::Nak),
                        _ => None,
                    }
                }
                54 => self.server = number(data).map(Ipv4Addr::from),
                58 => self.renew = number(data),
                59 => self.rebind = number(data),
                _ => {}
            }
        }
    }
}

fn number(data: &[u8]) -> Option<u32> {
    data.try_into().ok().map(u32::from_be_bytes)
}

fn list(data: &[u8]) -> Vec<Ipv4Addr> {
    data.chunks_exact(4)
        .filter_map(number)
        .map(Ipv4Addr::from)
        .take(LIST_MAX)
        .collect()
}

/// A name of letters, digits, hyphens and dots; some servers send a zero behind it.
fn domain(data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data).ok()?;
    let text = text.trim_end_matches(['\0', '.']);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let label = |label: &str| (1..=63).contains(&label.len());
    (text.len() <= DOMAIN_MAX && text.chars().all(plain) && text.split('.').all(label))
        .then(|| text.to_ascii_lowercase())
}

/// An ARP packet, as far as conflicts are concerned (RFC 5227 §1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arp {
    /// Who sends.
    pub mac: Mac,
    /// The sender's address; 0.0.0.0 in a probe.
    pub sender: Ipv4Addr,
    /// The address that is asked for.
    pub target: Ipv4Addr,
}

/// A request: a probe when `sender` is 0.0.0.0, an announcement when it is `target`.
pub fn write_arp(arp: &Arp) -> Vec<u8> {
    let repr = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: EthernetAddress(arp.mac),
        source_protocol_addr: arp.sender,
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: arp.target,
    };
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(&mut ArpPacket::new_unchecked(&mut bytes[..]));
    bytes
}

/// A request or a reply of IPv4 over Ethernet.
pub fn read_arp(bytes: &[u8]) -> Option<Arp> {
    let packet = ArpPacket::new_checked(bytes).ok()?;
    match ArpRepr::parse(&packet).ok()? {
        ArpRepr::EthernetIpv4 {
            source_hardware_addr,
            source_protocol_addr,
            target_protocol_addr,
            ..
        } => Some(Arp {
            mac: source_hardware_addr.0,
            sender: source_protocol_addr,
            target: target_protocol_addr,
        }),
        _ => None,
    }
}

#[cfg(test)]
#[path = "packet_tests.rs"]
mod tests;
