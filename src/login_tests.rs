//! Sessions over real sockets whose person's secrets change under way.

use std::io::Read as _;
use std::sync::Arc;

use async_io::block_on;
use mail::Address;
use sasl::Secret;
use store::Store;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::health::Health;
use crate::net::test_support::{Client, Folder, HOST, TestHouse};
use crate::net::{ConnectionLimits, Service, Times};
use crate::reception::FrontDesk;
use crate::send::QueueClock;
use crate::settings::Settings;
use crate::tls::{Certificates, Configs};

const PASSWORD: &str = "correct horse";

struct House {
    net: TestHouse,
    accounts: Accounts,
    _folder: Folder,
}

impl House {
    fn new() -> House {
        let folder = Folder::new();
        let settings = Settings {
            hostname: HOST.to_owned(),
            ..Settings::default()
        };
        let store = Store::open(&folder.0.join("mail"), store::Options::default()).unwrap();
        let accounts = Accounts::new(store, &settings).unwrap();
        for name in ["ann", "bob"] {
            block_on(accounts.add(&address(name), &Secret::from(PASSWORD))).unwrap();
        }
        let certificates = Certificates::open(&folder.0, HOST, Vec::new()).unwrap();
        let configs = Configs::new(&certificates).unwrap();
        let health = Health::default();
        let clock = QueueClock::resume(accounts.store(), Clock::ordinary()).unwrap();
        let desk = Arc::new(FrontDesk::new(
            &settings,
            accounts.clone(),
            configs,
            health,
            clock,
        ));
        let limits = ConnectionLimits::default();
        House {
            net: TestHouse::serving(certificates, limits, Times::default(), desk),
            accounts,
            _folder: folder,
        }
    }

    /// Logged in, with the greeting and all replies read.
    fn client(&self, service: Service, name: &str, password: &str) -> Client<impl Stream + use<>> {
        let mut client = self.net.tls(service);
        client.line();
        let plain = sasl::encode(format!("\0{name}@{HOST}\0{password}").as_bytes());
        let plain = String::from_utf8_lossy(plain.as_ref()).into_owned();
        let reply = match service {
            Service::Imaps => client.ask(&format!("1 AUTHENTICATE PLAIN {plain}")),
            Service::Pop3s => client.ask(&format!("AUTH PLAIN {plain}")),
            _ => {
                client.send("EHLO client.example\r\n");
                while client.line().starts_with("250-") {}
                client.ask(&format!("AUTH PLAIN {plain}"))
            }
        };
        let good = ["1 OK", "+OK", "235 "];
        assert!(good.iter().any(|good| reply.starts_with(good)), "{reply}");
        client
    }
}

trait Stream: std::io::Read + std::io::Write {}
impl<T: std::io::Read + std::io::Write> Stream for T {}

fn address(name: &str) -> Address {
    Address::parse(&format!("{name}@{HOST}")).unwrap()
}

/// Everything until the box closes.
fn rest<S: Stream>(client: &mut Client<S>) -> String {
    let mut rest = String::new();
    client.0.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn sessions_with_the_old_password_end_and_others_stay() {
    let house = House::new();
    let mut idle = house.client(Service::Imaps, "ann", PASSWORD);
    assert!(idle.ask("2 SELECT INBOX").starts_with('*'));
    while !idle.line().starts_with("2 OK") {}
    assert!(idle.ask("3 IDLE").starts_with('+'));
    let mut imap = house.client(Service::Imaps, "ann", PASSWORD);
    let mut pop3 = house.client(Service::Pop3s, "ann", PASSWORD);
    let mut smtp = house.client(Service::Submissions, "ann", PASSWORD);
    let mut bob = house.client(Service::Imaps, "bob", PASSWORD);

    let (ann, another) = (address("ann"), Secret::from("another password"));
    block_on(house.accounts.set_password(&ann, &another)).unwrap();
    let told = rest(&mut idle);
    assert!(told.starts_with("* BYE"), "without a word from it: {told}");
    imap.send("2 SELECT INBOX\r\n");
    let told = rest(&mut imap);
    assert!(told.starts_with("* BYE"), "{told}");
    pop3.send("STAT\r\n");
    assert_eq!(rest(&mut pop3), "");
    smtp.send(&format!("MAIL FROM:<ann@{HOST}>\r\n"));
    let told = rest(&mut smtp);
    assert!(told.starts_with("421 "), "{told}");

    assert!(bob.ask("2 NOOP").starts_with("2 OK"));
    let mut again = house.client(Service::Imaps, "ann", "another password");
    assert!(again.ask("2 NOOP").starts_with("2 OK"));
}

#[test]
fn a_removed_app_password_and_a_removed_person_end_their_sessions() {
    let house = House::new();
    let ann = address("ann");
    let made = block_on(house.accounts.add_app_password(&ann, "phone")).unwrap();
    let mut phone = house.client(Service::Imaps, "ann", &made.password);
    block_on(house.accounts.add_app_password(&ann, "tablet")).unwrap();
    assert!(
        phone.ask("2 NOOP").starts_with("2 OK"),
        "a new secret makes no old one void"
    );
    block_on(house.accounts.remove_app_password(&ann, made.id)).unwrap();
    phone.send("3 NOOP\r\n");
    assert!(rest(&mut phone).starts_with("* BYE"));

    let mut bob = house.client(Service::Imaps, "bob", PASSWORD);
    block_on(house.accounts.remove(&address("bob"))).unwrap();
    bob.send("2 NOOP\r\n");
    assert!(rest(&mut bob).starts_with("* BYE"));
}
