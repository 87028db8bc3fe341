//! Sessions over real sockets whose person's secrets change under way.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_io::block_on;
use mail::Address;
use sasl::{ClientStep, Mechanism, Secret};
use store::{Doors, Store, UsedAt};

use crate::accounts::{Accounts, Enrolment};
use crate::clock::Clock;
use crate::health::Health;
use crate::net::test_support::{Client, Folder, HOST, TestHouse};
use crate::net::{ConnectionLimits, Service, Times};
use crate::reception::FrontDesk;
use crate::send::QueueClock;
use crate::settings::Settings;
use crate::tls::{Certificates, Configs};

const PASSWORD: &str = "correct horse";
const NOW: i64 = 2_000_000_000;
const DOORS: [Service; 3] = [Service::Imaps, Service::Pop3s, Service::Submissions];

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
        let (client, reply) = self.tries(service, name, password);
        let good = ["1 OK", "+OK", "235 "];
        assert!(good.iter().any(|good| reply.starts_with(good)), "{reply}");
        client
    }

    /// What a log-in is answered, by PLAIN.
    fn tries(
        &self,
        service: Service,
        name: &str,
        password: &str,
    ) -> (Client<impl Stream + use<>>, String) {
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
        (client, reply)
    }

    /// What a log-in is answered, by SCRAM-SHA-256.
    fn scrams(&self, service: Service, name: &str, password: &str) -> String {
        let mut client = self.net.tls(service);
        client.line();
        let user = format!("{name}@{HOST}");
        let mut scram = sasl::Client::new(
            Mechanism::ScramSha256,
            &user,
            Secret::from(password),
            None,
            [7; sasl::NONCE_LEN],
        );
        let first = sasl::encode(scram.initial().unwrap().as_bytes());
        let mut reply = match service {
            Service::Imaps => client.ask(&format!("1 AUTHENTICATE SCRAM-SHA-256 {first}")),
            Service::Pop3s => client.ask(&format!("AUTH SCRAM-SHA-256 {first}")),
            _ => {
                client.send("EHLO client.example\r\n");
                while client.line().starts_with("250-") {}
                client.ask(&format!("AUTH SCRAM-SHA-256 {first}"))
            }
        };
        while let Some(challenge) = reply.strip_prefix("+ ").or(reply.strip_prefix("334 ")) {
            let challenge = sasl::decode(challenge.as_bytes()).unwrap();
            let answer = match scram.step(challenge.as_bytes()) {
                ClientStep::Respond(answer) => sasl::encode(answer.as_bytes()),
                other => panic!("{other:?}"),
            };
            reply = client.ask(&answer);
        }
        reply
    }

    /// Two-step sign-in is on for them.
    fn two_steps(&self, name: &str) -> Enrolment {
        let enrolment = Enrolment::new().unwrap();
        let code = enrolment.code(NOW);
        let who = address(name);
        let on = (self.accounts).switch_on(&who, &enrolment, &code, Some(NOW));
        assert_eq!(block_on(on).unwrap().len(), 10);
        enrolment
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
    let made = block_on(house.accounts.add_app_password(&ann, "phone", Doors::ALL)).unwrap();
    let mut phone = house.client(Service::Imaps, "ann", &made.password);
    block_on(house.accounts.add_app_password(&ann, "tablet", Doors::ALL)).unwrap();
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

#[test]
fn with_two_steps_the_own_password_opens_no_mail_by_no_mechanism() {
    let house = House::new();
    let mut before = house.client(Service::Imaps, "ann", PASSWORD);
    for door in DOORS {
        let reply = house.scrams(door, "ann", PASSWORD);
        let good = ["1 OK", "+OK", "235 "];
        assert!(good.iter().any(|good| reply.starts_with(good)), "{reply}");
    }
    let phone = block_on(
        house
            .accounts
            .add_app_password(&address("ann"), "", Doors::ALL),
    )
    .unwrap();
    let mut phone = (house.client(Service::Imaps, "ann", &phone.password), phone);
    house.two_steps("ann");
    before.send("2 NOOP\r\n");
    assert!(
        rest(&mut before).starts_with("* BYE"),
        "who came in with it"
    );
    assert!(phone.0.ask("2 NOOP").starts_with("2 OK"));
    for door in DOORS {
        let starts = match door {
            Service::Imaps => "1 NO [ALERT] An app password is required",
            Service::Pop3s => "-ERR [AUTH] An app password is required",
            _ => "534 5.7.9 An app password is required",
        };
        // More often than guesses would be let through: nothing of this is one.
        for _ in 0..3 {
            let (_, reply) = house.tries(door, "ann", PASSWORD);
            assert!(reply.starts_with(starts), "{reply}");
            let reply = house.scrams(door, "ann", PASSWORD);
            assert!(reply.starts_with(starts), "SCRAM: {reply}");
        }
        house.client(door, "ann", &phone.1.password);
        house.client(door, "bob", PASSWORD);
    }
    let mut imap = house.net.tls(Service::Imaps);
    imap.line();
    let reply = imap.ask(&format!("1 LOGIN ann@{HOST} \"{PASSWORD}\""));
    assert!(reply.starts_with("1 NO [ALERT] An app"), "{reply}");
    let mut pop3 = house.net.tls(Service::Pop3s);
    pop3.line();
    pop3.ask(&format!("USER ann@{HOST}"));
    let reply = pop3.ask(&format!("PASS {PASSWORD}"));
    assert!(reply.starts_with("-ERR [AUTH] An app"), "{reply}");
    let ann = house.accounts.members().unwrap()[0].account.id;
    let (here, now) = (std::net::Ipv4Addr::LOCALHOST.into(), Instant::now());
    let delay = (house.accounts.bans()).delay(here, crate::bans::Whom::Person(ann), now);
    assert_eq!(delay, Some(Duration::ZERO), "a right password is no guess");
    // Whoever does not know it is told nothing of this.
    let (_, reply) = house.tries(Service::Imaps, "ann", "wrong");
    assert!(reply.starts_with("1 NO [AUTHENTICATIONFAILED]"), "{reply}");
    let reply = house.scrams(Service::Submissions, "ann", "wrong");
    assert!(reply.starts_with("535 5.7.8 Wrong name"), "{reply}");

    block_on(house.accounts.switch_off(&address("ann"))).unwrap();
    for door in DOORS {
        house.client(door, "ann", PASSWORD);
    }
}

#[test]
fn an_app_password_opens_what_it_was_made_for() {
    let house = House::new();
    let make = |doors| {
        let who = address("ann");
        let made = house.accounts.add_app_password(&who, "", doors);
        block_on(made).unwrap().password
    };
    let (sends, fetches, reads) = (make(Doors::SMTP), make(Doors::POP3), make(Doors::IMAP));
    for (password, opens) in [
        (&sends, Service::Submissions),
        (&fetches, Service::Pop3s),
        (&reads, Service::Imaps),
    ] {
        for door in DOORS {
            let starts = match door {
                _ if door == opens => ["1 OK", "+OK", "235 "].as_slice(),
                Service::Imaps => &["1 NO [ALERT] This app password is not for this service"],
                Service::Pop3s => &["-ERR [AUTH] This app password is not for this service"],
                _ => &["535 5.7.8 This app password is not for this service"],
            };
            for _ in 0..4 {
                let (_, reply) = house.tries(door, "ann", password);
                assert!(
                    starts.iter().any(|start| reply.starts_with(start)),
                    "{reply}"
                );
            }
        }
    }
}

#[test]
fn a_log_in_is_remembered_by_password_door_and_network_without_a_write() {
    let house = House::new();
    let ann = block_on(
        house
            .accounts
            .add_app_password(&address("ann"), "", Doors::ALL),
    )
    .unwrap();
    let commit = || house.accounts.store().facts().unwrap().last_commit;
    // The first log-in from a network is noted as known, and that is all.
    house.client(Service::Imaps, "ann", &ann.password);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let before = commit();
    house.client(Service::Imaps, "ann", &ann.password);
    house.client(Service::Submissions, "ann", &ann.password);
    house.client(Service::Pop3s, "ann", PASSWORD);
    house.scrams(Service::Imaps, "ann", PASSWORD);
    assert_eq!(commit(), before, "a log-in writes");
    let known = || {
        let members = house.accounts.members().unwrap();
        let of = |uses: &[store::LastUse]| -> Vec<(UsedAt, String)> {
            let told = |row: &store::LastUse| (row.at, crate::accounts::network_text(row));
            uses.iter().map(told).collect()
        };
        (
            of(&members[0].app_passwords[0].uses),
            of(&members[0].own_uses),
        )
    };
    let here = |at| (at, "127.0.0.1".to_owned());
    let expected = (
        vec![here(UsedAt::Smtp), here(UsedAt::Imap)],
        vec![here(UsedAt::Imap), here(UsedAt::Pop3)],
    );
    assert_eq!(known(), expected);
    block_on(house.accounts.write_uses());
    assert_eq!(commit(), before + 1, "one deed for all");
    block_on(house.accounts.write_uses());
    assert_eq!(commit(), before + 1, "nothing is new");
    assert_eq!(known(), expected);
    assert_eq!(house.accounts.store().check().unwrap(), [""; 0]);
}
