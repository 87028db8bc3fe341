//! Our own packets, known again when they come back: by the system's loop, from the same network through another interface, from a switch or
//! an access point that repeats them (RFC 6762 §8.2, §14). They must not look like another host that claims our names.

use std::collections::VecDeque;

use crate::limits;

/// Marks of the last packets sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Echoes(VecDeque<u64>);

impl Echoes {
    /// Remembers a packet that goes out.
    pub(crate) fn sent(&mut self, packet: &[u8]) {
        if self.0.len() >= limits::ECHOES {
            self.0.pop_front();
        }
        self.0.push_back(mark(packet));
    }

    /// Whether it is one of ours. Who makes another packet with the mark of one of ours is not heard; nothing else comes of it.
    pub(crate) fn holds(&self, packet: &[u8]) -> bool {
        self.0.contains(&mark(packet))
    }
}

/// FNV-1a.
fn mark(packet: &[u8]) -> u64 {
    packet.iter().fold(0xcbf2_9ce4_8422_2325, |mark, octet| {
        (mark ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packets_are_known() {
        let mut echoes = Echoes::default();
        for n in 0..200_u8 {
            echoes.sent(&[n, 1]);
        }
        assert!(echoes.holds(&[199, 1]) && echoes.holds(&[136, 1]));
        assert!(!echoes.holds(&[135, 1]) && !echoes.holds(&[199, 2]));
    }
}
