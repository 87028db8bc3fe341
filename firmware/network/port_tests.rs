use super::*;
use crate::network::dhcp::Said;
use crate::network::lease::tests::answer;
use crate::network::packet::{Kind, Reply};

const MAC: Mac = [2, 0, 0, 0, 0, 7];
const OTHER: Mac = [2, 0, 0, 0, 0, 8];

struct Cable {
    port: Port,
    begun: Instant,
    now: Instant,
    wishes: Vec<(u64, Wish)>,
    xid: u32,
}

impl Cable {
    fn new(fixed: Option<&str>) -> Cable {
        let begun = Instant::now();
        let fixed = fixed.map(|text| text.parse().unwrap());
        let port = Port::new(MAC, fixed, Dice::new(5));
        Cable {
            port,
            begun,
            now: begun,
            wishes: vec![],
            xid: 0,
        }
    }

    fn plug(&mut self, cable: bool) {
        self.port.plug(cable, self.now);
        self.port.turn(self.now);
        self.collect();
    }

    fn collect(&mut self) {
        let at = (self.now - self.begun).as_secs();
        for wish in self.port.wishes() {
            if let Wish::Broadcast(message) | Wish::Unicast(_, message) = &wish {
                self.xid = message.xid;
            }
            self.wishes.push((at, wish));
        }
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        let mut turns = 0;
        while let Some(due) = self.port.deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.port.turn(self.now);
            self.collect();
            turns += 1;
            assert!(turns < 10_000, "it spins: {:?}", self.port);
        }
        self.now = until;
    }

    fn hear(&mut self, reply: Reply) {
        let mut answer = answer(reply, "192.168.1.9");
        answer.xid = self.xid;
        self.port.hear(&answer, self.now);
        self.collect();
    }

    fn lease(&mut self) {
        self.hear(Reply::Offer);
        self.hear(Reply::Ack);
        self.pass(1);
        assert_eq!(self.address().as_deref(), Some("192.168.1.9"));
    }

    fn arp(&mut self, sender: Ipv4Addr) {
        self.port.hear_arp(
            &Arp {
                mac: OTHER,
                sender,
                target: sender,
            },
            self.now,
        );
        self.collect();
    }

    fn address(&self) -> Option<String> {
        self.port.have().map(|have| have.address.to_string())
    }

    /// Addresses that the kernel was told to have, in order; a renewed one once.
    fn told(&self) -> Vec<String> {
        let mut told: Vec<String> = self
            .wishes
            .iter()
            .filter_map(|(_, wish)| match wish {
                Wish::Have(have) => Some(
                    have.as_ref()
                        .map_or("none".to_owned(), |have| have.address.to_string()),
                ),
                _ => None,
            })
            .collect();
        told.dedup();
        told
    }
}

#[test]
fn a_lease_is_probed_announced_and_has_an_end() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.lease();
    let arps = |cable: &Cable| -> Vec<bool> {
        let sender = |(_, wish): &(u64, Wish)| match wish {
            Wish::Arp(arp) => Some(arp.sender.is_unspecified()),
            _ => None,
        };
        cable.wishes.iter().filter_map(sender).collect()
    };
    cable.pass(5);
    assert_eq!(
        arps(&cable),
        [true, true, false, false],
        "two probes, two announcements"
    );
    let have = cable.port.have().unwrap();
    assert_eq!(
        (have.prefix, have.gateway),
        (24, Some(Ipv4Addr::new(192, 168, 1, 1)))
    );
    assert!(have.ends.unwrap() <= cable.begun + Duration::from_secs(3600));
    assert_eq!(cable.port.concerns(), Some(have.address));
    assert!(!cable.port.made_its_own());
}

#[test]
fn an_own_address_comes_after_ten_seconds_and_goes_when_a_lease_comes() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.pass(10);
    assert_eq!(cable.address(), None);
    cable.pass(8);
    assert!(cable.port.made_its_own(), "{:?}", cable.port);
    let own = cable.address().unwrap();
    assert!(own.starts_with("169.254."));
    // It goes on asking.
    cable.pass(40);
    cable.lease();
    assert_eq!(
        cable.told(),
        [own, "192.168.1.9".to_owned()],
        "the kernel takes the one for the other"
    );
    assert_eq!(cable.port.concerns(), Some(Ipv4Addr::new(192, 168, 1, 9)));
}

#[test]
fn a_contested_own_address_is_another_one_and_a_contested_lease_stays() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.pass(18);
    let own = cable.port.have().unwrap().address;
    cable.arp(own);
    assert_eq!(cable.port.have().unwrap().address, own, "defended");
    cable.arp(own);
    assert_eq!(cable.port.have(), None);
    cable.pass(10);
    assert!(cable.port.made_its_own() && cable.port.have().unwrap().address != own);
    cable.pass(30);
    cable.lease();
    let ours = cable.port.have().unwrap().address;
    for _ in 0..3 {
        cable.arp(ours);
        assert_eq!(cable.port.have().unwrap().address, ours);
    }
}

#[test]
fn a_taken_lease_is_declined() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.hear(Reply::Offer);
    cable.hear(Reply::Ack);
    assert_eq!(cable.port.concerns(), Some(Ipv4Addr::new(192, 168, 1, 9)));
    cable.arp(Ipv4Addr::new(192, 168, 1, 9));
    assert!(
        cable
            .wishes
            .iter()
            .any(|(_, wish)| matches!(wish, Wish::Broadcast(m) if m.kind == Kind::Decline))
    );
    cable.pass(1);
    assert_eq!(cable.address(), None);
}

#[test]
fn a_short_break_keeps_the_address_and_a_long_one_does_not() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.lease();
    cable.plug(false);
    assert_eq!(cable.port.concerns(), None);
    cable.pass(3);
    cable.plug(true);
    cable.hear(Reply::Ack);
    assert_eq!(cable.told(), ["192.168.1.9"]);
    cable.plug(false);
    cable.pass(6);
    assert_eq!(cable.address(), None);
    assert!(
        cable
            .wishes
            .iter()
            .any(|(_, wish)| *wish == Wish::ForgetRouters)
    );
    cable.pass(20);
    cable.plug(true);
    assert!(
        matches!(&cable.wishes.last().unwrap().1, Wish::Broadcast(m) if m.requested.is_some() && m.kind == Kind::Request)
    );
    cable.hear(Reply::Ack);
    assert_eq!(cable.told(), ["192.168.1.9", "none", "192.168.1.9"]);
}

#[test]
fn after_a_nak_without_another_server_it_helps_itself() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.lease();
    cable.plug(false);
    cable.pass(1);
    cable.plug(true);
    cable.hear(Reply::Nak);
    assert_eq!(cable.address(), None);
    cable.pass(18);
    assert!(cable.port.made_its_own());
}

#[test]
fn an_own_address_is_asked_about_anew_when_the_cable_was_out() {
    let mut cable = Cable::new(None);
    cable.plug(true);
    cable.pass(18);
    let own = cable.address();
    cable.plug(false);
    cable.pass(1);
    cable.plug(true);
    assert_eq!(cable.address(), None);
    cable.pass(18);
    assert_eq!(cable.address(), own);
}

#[test]
fn a_released_interface_is_quiet() {
    for wait in [0, 1, 18] {
        let mut cable = Cable::new(None);
        cable.plug(true);
        cable.pass(wait);
        if wait == 1 {
            cable.lease();
        }
        cable.port.release(cable.now);
        cable.collect();
        let said = cable.wishes.len();
        cable.pass(10_000);
        assert_eq!((cable.wishes.len(), cable.address()), (said, None));
    }
}

#[test]
fn a_fixed_address_asks_nobody() {
    let mut cable = Cable::new(Some("10.0.2.15/24,10.0.2.2"));
    cable.plug(true);
    cable.pass(100);
    assert_eq!(cable.told(), ["10.0.2.15"]);
    assert!(
        !cable
            .wishes
            .iter()
            .any(|(_, wish)| matches!(wish, Wish::Broadcast(_)))
    );
    cable.plug(false);
    cable.pass(10);
    cable.plug(true);
    assert_eq!(cable.told(), ["10.0.2.15", "none", "10.0.2.15"]);
}

#[test]
fn a_cable_with_a_loose_contact_costs_a_message_each_time_at_most() {
    let mut cable = Cable::new(None);
    for round in 0..100 {
        cable.plug(round % 2 == 0);
    }
    let sent = cable
        .wishes
        .iter()
        .filter(|(_, wish)| matches!(wish, Wish::Broadcast(_)))
        .count();
    assert_eq!(sent, 50);
    // Said is what the client wants, a wish what the port does: none is lost between them.
    assert_eq!(cable.port.client.said(), Vec::<Said>::new());
}
