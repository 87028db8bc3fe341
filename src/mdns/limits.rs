//! Every figure of the protocol and every limit of ours, with its reason.

use std::time::Duration;

/// The port (RFC 6762 §3).
pub const PORT: u16 = 5353;
/// The longest packet that is read: RFC 6762 §17 allows 9000 octets with the headers of IP and UDP.
pub const PACKET_READ: usize = 9_000;
/// The longest packet that is sent: an Ethernet frame less the headers of IPv6 and UDP (1452), with room for a tunnel's.
pub const PACKET_SENT: usize = 1_440;
/// The longest answer to a plain DNS client that names no size of its own (RFC 1035 §2.3.4).
pub const PLAIN_ANSWER: usize = 512;
/// Questions in one packet beyond which it is not looked at: a busy querier's first packet has some dozens.
pub const QUESTIONS: u16 = 256;
/// Questions that are repeated to a plain DNS client; such a client asks one.
pub const PLAIN_QUESTIONS: usize = 4;
/// Addresses of an interface that are told; a host at home has two to six.
pub const ADDRESSES: usize = 16;
/// Services that are offered; this box has four.
pub const SERVICES: usize = 8;
/// Unicast answers that wait at a time on a link. More are not given: the querier asks again.
pub const REPLIES: usize = 16;
/// Unicast answers a second on a link: what a flood of queries, or forged ones, can draw.
pub const UNICASTS: u32 = 40;
/// Records of another's probe that are compared; a host's own are a dozen.
pub const PROPOSED: usize = 64;
/// Our own packets that are remembered, so that they are known when they come back.
pub const ECHOES: usize = 64;

/// How long after its first random delay a probe is followed by the next (RFC 6762 §8.1).
pub const PROBE_GAP: Duration = Duration::from_millis(250);
/// Probes before a name is ours.
pub const PROBES: u8 = 3;
/// How long one waits who lost a tie-break (RFC 6762 §8.2).
pub const LOST_TIE: Duration = Duration::from_secs(1);
/// So many conflicts ...
pub const CONFLICTS: usize = 15;
/// ... in so long a time ...
pub const CONFLICTS_IN: Duration = Duration::from_secs(10);
/// ... and every attempt waits so long (RFC 6762 §8.1).
pub const CONFLICTS_WAIT: Duration = Duration::from_secs(5);
/// After so long without a name somebody is told (RFC 6762 §9, point 5).
pub const NAMELESS: Duration = Duration::from_secs(60);
/// Announcements, the second a second after the first, every further one twice as long after that (RFC 6762 §8.3).
pub const ANNOUNCEMENTS: u8 = 3;
/// The least time between two multicasts of a record on a link (RFC 6762 §6).
pub const RECORD_GAP: Duration = Duration::from_secs(1);
/// The same where a name is defended against a probe.
pub const DEFENCE_GAP: Duration = Duration::from_millis(250);
/// The random delay of an answer that others may give as well (RFC 6762 §6): from, to.
pub const SHARED_DELAY: (Duration, Duration) =
    (Duration::from_millis(20), Duration::from_millis(120));
/// The delay where more known answers are to come (RFC 6762 §7.2): from, to.
pub const TRUNCATED_DELAY: (Duration, Duration) =
    (Duration::from_millis(400), Duration::from_millis(500));
/// Answers due within this time of one that goes out travel with it (RFC 6762 §6.4).
pub const AGGREGATE: Duration = Duration::from_millis(100);
/// A unicast response is believed this long after a probe that asked for it (RFC 6762 §6).
pub const ASKED_LATELY: Duration = Duration::from_secs(2);

/// Seconds that records with a host name in them hold (RFC 6762 §10).
pub const HOST_TTL: u32 = 120;
/// Seconds that other records hold: 75 minutes.
pub const OTHER_TTL: u32 = 4_500;
/// The most seconds told to a plain DNS client (RFC 6762 §6.7).
pub const PLAIN_TTL: u32 = 10;
