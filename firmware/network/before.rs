//! What each interface had before a restart, by its hardware address: so that it asks for the same address again, and takes an offer of the same server at once.
//!
//! One line each, kept on the data partition by process 1 and written only when it changes:
//!
//! ```text
//! 52:54:00:70:62:01 10.0.2.15 10.0.2.2        hardware address, ours, the server's
//! ```
//!
//! It is a wish and no right: the server is asked as for a first time (DISCOVER with the address in option 50, RFC 2131 §4.4.1), and what it gives is checked as ever. INIT-REBOOT
//! would save one packet, but a server that knows nothing of us must be silent then (§4.3.2), and a box in another house would wait half a minute.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::packet::Mac;

/// Of so many interfaces; a board has one or two.
const MOST: usize = 8;

/// An address and who gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Before {
    /// Ours.
    pub address: Ipv4Addr,
    /// Who gave it.
    pub server: Ipv4Addr,
}

/// Of every interface.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Memory(BTreeMap<Mac, Before>);

impl Memory {
    /// Lines that make no sense are left out.
    pub fn parse(text: &str) -> Memory {
        Memory(text.lines().filter_map(line).take(MOST).collect())
    }

    /// As `parse` reads it.
    pub fn print(&self) -> String {
        let line = |(mac, before): (&Mac, &Before)| {
            let mac = mac.map(|octet| format!("{octet:02x}")).join(":");
            format!("{mac} {} {}\n", before.address, before.server)
        };
        self.0.iter().map(line).collect()
    }

    /// What this interface had.
    pub fn of(&self, mac: Mac) -> Option<Before> {
        self.0.get(&mac).copied()
    }

    /// What it has now, or that its address was refused.
    pub fn note(&mut self, mac: Mac, before: Option<Before>) {
        match before {
            Some(before) if self.0.len() < MOST || self.0.contains_key(&mac) => {
                self.0.insert(mac, before);
            }
            Some(_) => {}
            None => {
                self.0.remove(&mac);
            }
        }
    }
}

fn line(line: &str) -> Option<(Mac, Before)> {
    let mut words = line.split(' ');
    let mut octets = words.next()?.split(':');
    let mut mac = Mac::default();
    for octet in &mut mac {
        *octet = u8::from_str_radix(octets.next()?, 16).ok()?;
    }
    let (address, server) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let whole = octets.next().is_none() && words.next().is_none();
    whole.then_some((mac, Before { address, server }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "52:54:00:70:62:01 10.0.2.15 10.0.2.2\n";

    #[test]
    fn what_is_printed_is_read() {
        let memory = Memory::parse(LINE);
        let before = memory.of([0x52, 0x54, 0, 0x70, 0x62, 1]).unwrap();
        assert_eq!(before.address, Ipv4Addr::new(10, 0, 2, 15));
        assert_eq!(before.server, Ipv4Addr::new(10, 0, 2, 2));
        assert_eq!(memory.print(), LINE);
    }

    #[test]
    fn nonsense_is_nothing_and_there_is_an_end() {
        for text in [
            "",
            "x",
            "52:54:00:70:62 10.0.2.15 10.0.2.2",
            "52:54:00:70:62:01:02 10.0.2.15 10.0.2.2",
            "52:54:00:70:62:01 10.0.2.15",
            "52:54:00:70:62:01 10.0.2.15 10.0.2.2 1",
            "\0\n\n ",
        ] {
            assert_eq!(Memory::parse(text), Memory::default(), "{text}");
        }
        let many: String = (0..200)
            .map(|n| format!("00:00:00:00:00:{n:02x} 10.0.0.1 10.0.0.2\n"))
            .collect();
        let mut memory = Memory::parse(&many);
        assert_eq!(memory.0.len(), MOST);
        memory.note([9; 6], memory.of([0; 6]));
        assert_eq!(memory.0.len(), MOST, "another one has no room");
        memory.note([0; 6], None);
        assert_eq!((memory.0.len(), memory.of([0; 6])), (MOST - 1, None));
    }
}
