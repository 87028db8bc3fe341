//! What process 1 makes of the box's addresses: whether there is one to be reached at, and when the card is told of them.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::talk;

/// The card is not told more often: whoever answers for the router decides how often an address comes and goes, and every change would be a sync of a card that wears out.
/// What is lost by a cut is a wish of the next start (`network/before.rs`).
const SELDOM: Duration = Duration::from_secs(600);

/// What the card says of them.
#[derive(Debug)]
pub(super) struct Remembered {
    text: String,
    written: Option<Instant>,
}

impl Remembered {
    pub(super) fn new(text: String) -> Remembered {
        Remembered {
            text,
            written: None,
        }
    }

    /// Whether this is to be written now; asked at every turn, so that what is too early is written later. From here on it counts as written.
    pub(super) fn is_due(&mut self, text: &str, now: Instant) -> bool {
        let early = (self.written).is_some_and(|written| now < written + SELDOM);
        if early || self.text == text {
            return false;
        }
        text.clone_into(&mut self.text);
        self.written = Some(now);
        true
    }
}

/// Whether the box can be reached by more than its own cable: an address that it gave to itself says nothing of the network.
pub(super) fn has_address(network: &talk::Network) -> bool {
    network.addresses.iter().any(|(address, _)| match address {
        IpAddr::V4(address) => !address.is_link_local(),
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_the_box_gave_to_itself_is_none() {
        for (address, there) in [
            ("169.254.7.9", false),
            ("fe80::1", false),
            ("192.168.1.9", true),
            ("2001:db8::9", true),
        ] {
            let network = talk::Network {
                addresses: vec![(address.parse().unwrap(), 16)],
                ..talk::Network::default()
            };
            assert_eq!(has_address(&network), there, "{address}");
        }
    }

    #[test]
    fn addresses_that_come_and_go_are_written_once_in_ten_minutes() {
        let begun = Instant::now();
        let mut remembered = Remembered::new(String::new());
        assert!(!remembered.is_due("", begun));
        let mut written = 0;
        for second in 0..1800 {
            let text = if second % 3 == 0 { "" } else { "an address" };
            let due = remembered.is_due(text, begun + Duration::from_secs(second));
            written += u32::from(due);
        }
        assert_eq!(written, 3);
        // The one that stays is written in the end.
        assert!(remembered.is_due("another", begun + Duration::from_secs(3600)));
    }
}
