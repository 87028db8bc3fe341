//! Mail taken over real sockets, looked at in the store and read by IMAP and POP3.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use async_io::block_on;
use mail::{Address, Parser};
use sasl::Secret;
use store::{AccountId, Read as _, Store};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::health::{Health, Part};
use crate::net::test_support::{Client, Folder, TestHouse, eventually};
use crate::net::{ConnectionLimits, Service, Times};
use crate::receive::Noted;
use crate::reception::FrontDesk;
use crate::resolver::Resolver;
use crate::send::QueueClock;
use crate::settings::Settings;
use crate::tls::{Certificates, Configs};

#[path = "out_tests.rs"]
mod out;
#[path = "stranger_tests.rs"]
mod stranger;
#[path = "wanted_tests.rs"]
mod wanted;
#[path = "../../tests/journeys/zones.rs"]
mod zones;

const HOST: &str = crate::net::test_support::HOST;

/// A house with ann and bob.
struct House {
    net: TestHouse,
    store: Store,
    accounts: Accounts,
    ann: AccountId,
    bob: AccountId,
    health: Health,
    _folder: Folder,
}

impl House {
    fn new() -> House {
        House::with_room(64 << 20)
    }

    /// A house whose store holds so many octets.
    fn with_room(octets: u64) -> House {
        House::with(|settings| settings.limits.store.map_size = octets)
    }

    fn with(set: impl FnOnce(&mut Settings)) -> House {
        House::asking(set, None)
    }

    /// A house that asks this resolver who sent what strangers bring.
    fn asking(set: impl FnOnce(&mut Settings), resolver: Option<Resolver>) -> House {
        let folder = Folder::new();
        let mut settings = Settings {
            hostname: HOST.to_owned(),
            ..Settings::default()
        };
        settings.limits.store.map_size = 64 << 20;
        set(&mut settings);
        let store = Store::open(&folder.0.join("mail"), settings.limits.store.clone()).unwrap();
        let accounts = Accounts::new(store.clone(), &settings).unwrap();
        let add = |name: &str| {
            let address = Address::parse(&format!("{name}@{HOST}")).unwrap();
            let password = Secret::from("correct horse");
            block_on(accounts.add(&address, &password)).unwrap()
        };
        let (ann, bob) = (add("ann"), add("bob"));
        let certificates = Certificates::open(&folder.0, HOST, Vec::new()).unwrap();
        let configs = Configs::new(&certificates).unwrap();
        let clock = QueueClock::resume(&store, Clock::ordinary()).unwrap();
        let health = Health::default();
        let desk = FrontDesk::new(&settings, accounts.clone(), configs, health.clone(), clock);
        let desk = Arc::new(match resolver {
            Some(resolver) => desk.asking(resolver),
            None => desk,
        });
        let limits = ConnectionLimits::default();
        House {
            net: TestHouse::serving(certificates, limits, Times::default(), desk),
            store,
            accounts,
            ann,
            bob,
            health,
            _folder: folder,
        }
    }

    /// Every message in the person's INBOX, oldest first. Each stored record must be what the stored octets parse to.
    fn inbox(&self, person: AccountId) -> Vec<String> {
        self.messages(person, "INBOX")
    }

    /// The same of any mailbox.
    fn messages(&self, person: AccountId, mailbox: &str) -> Vec<String> {
        let read = self.store.read().unwrap();
        let inbox = read.mailbox_by_name(person, mailbox).unwrap().unwrap();
        let mut gids = Vec::new();
        read.entries(inbox.id, 1..=u32::MAX, &mut |_, entry| {
            gids.push((entry.gid, entry.size));
            true
        })
        .unwrap();
        let message = |(gid, size)| {
            let mut octets = Vec::new();
            while let Ok(more) = read.body(gid, octets.len() as u64)
                && !more.is_empty()
            {
                octets.extend_from_slice(more);
            }
            assert_eq!(octets.len(), size as usize);
            let mut parser = Parser::new();
            parser.feed(&octets);
            let parsed = parser.finish();
            let (head, record) = read.record(gid).unwrap();
            // What was noted of who sent it stands behind.
            assert!(
                record.starts_with(&imap::record::render(&parsed)),
                "{:?}",
                String::from_utf8_lossy(&octets)
            );
            assert_eq!(u64::from(head.size), parsed.size);
            String::from_utf8(octets).unwrap()
        };
        gids.into_iter().map(message).collect()
    }

    /// What was noted of who sent the first message in a mailbox.
    fn noted(&self, person: AccountId, mailbox: &str) -> Noted {
        let read = self.store.read().unwrap();
        let mailbox = read.mailbox_by_name(person, mailbox).unwrap().unwrap();
        let mut first = None;
        read.entries(mailbox.id, 1..=u32::MAX, &mut |_, entry| {
            first.get_or_insert(entry.gid);
            true
        })
        .unwrap();
        let (_, record) = read.record(first.unwrap()).unwrap();
        let record = imap::record::Record::new(record).unwrap();
        Noted::read(record.note().unwrap_or_default())
    }

    fn world(&self) -> Client<std::net::TcpStream> {
        let mut client = self.net.plain(Service::Smtp);
        assert!(client.line().starts_with(&format!("220 {HOST} ")));
        ehlo(&mut client);
        client
    }

    /// A client on the submission port that has logged in as ann.
    fn household(&self) -> Client<impl std::io::Read + std::io::Write + use<>> {
        self.logged_in("ann")
    }

    fn logged_in(&self, name: &str) -> Client<impl std::io::Read + std::io::Write + use<>> {
        let mut client = self.net.tls(Service::Submissions);
        assert!(client.line().starts_with("220 "));
        ehlo(&mut client);
        let text = format!("\0{name}@{HOST}\0correct horse");
        let login = sasl::encode(text.as_bytes());
        let login = String::from_utf8_lossy(login.as_ref()).into_owned();
        let reply = client.ask(&format!("AUTH PLAIN {login}"));
        assert!(reply.starts_with("235 2.7.0"), "{reply}");
        client
    }
}

fn ehlo<S: std::io::Read + std::io::Write>(client: &mut Client<S>) {
    let mut line = client.ask("EHLO client.example");
    while line.starts_with("250-") {
        line = client.line();
    }
    assert!(line.starts_with("250 "), "{line}");
}

/// Sends a message; returns the reply to each recipient and the one to the content.
fn send<S: std::io::Read + std::io::Write>(
    client: &mut Client<S>,
    from: &str,
    to: &[&str],
    content: &str,
) -> (Vec<String>, String) {
    let reply = client.ask(&format!("MAIL FROM:<{from}>"));
    assert!(reply.starts_with("250 "), "{reply}");
    let replies = to
        .iter()
        .map(|to| client.ask(&format!("RCPT TO:<{to}>")))
        .collect();
    let reply = client.ask("DATA");
    if !reply.starts_with("354") {
        client.ask("RSET");
        return (replies, reply);
    }
    client.send(content);
    (replies, client.ask("."))
}

#[test]
fn mail_of_the_world_is_kept_for_everyone_it_names_and_read() {
    let house = House::new();
    let (ann, bob) = (format!("ann@{HOST}"), format!("bob+shop@{HOST}"));
    let mut world = house.world();
    let (rcpt, data) = send(
        &mut world,
        "x@far.example",
        &[&ann, &bob],
        "Subject: both\r\n\r\n..dot\r\n",
    );
    assert!(
        rcpt.iter().all(|reply| reply.starts_with("250 2.1.5")),
        "{rcpt:?}"
    );
    assert!(data.starts_with("250 2.0.0"), "{data}");
    let (_, data) = send(&mut world, "", &[&ann], "no header at all\r\n");
    assert!(data.starts_with("250 2.0.0"), "{data}");
    let (_, data) = send(&mut world, "", &[&ann], "");
    assert!(data.starts_with("250 2.0.0"), "{data}");

    let [first, second, third] = house.inbox(house.ann).try_into().unwrap();
    assert_eq!(house.inbox(house.bob), std::slice::from_ref(&first));
    assert!(
        first.starts_with("Return-Path: <x@far.example>\r\nReceived: from client.example ("),
        "{first}"
    );
    assert!(
        first.contains("with ESMTP\r\n") && !first.contains("for <"),
        "{first}"
    );
    assert!(first.ends_with("\r\nSubject: both\r\n\r\n.dot\r\n"));
    assert!(second.starts_with("Return-Path: <>\r\n") && second.contains(&format!("for <{ann}>")));
    assert!(second.ends_with("\r\n\r\nno header at all\r\n"), "{second}");
    assert!(third.starts_with("Return-Path: <>\r\n"));

    let mut imap = house.net.tls(Service::Imaps);
    assert!(imap.line().starts_with("* OK"));
    imap.send(&format!("1 LOGIN bob@{HOST} \"correct horse\"\r\n2 SELECT INBOX\r\n3 UID FETCH 1 BODY[TEXT]\r\n4 LOGOUT\r\n"));
    let mut told = String::new();
    imap.0.read_to_string(&mut told).unwrap();
    assert!(
        told.contains("* 1 EXISTS") && told.contains("BODY[TEXT] {6}\r\n.dot\r\n"),
        "{told}"
    );
    let mut pop = house.net.tls(Service::Pop3s);
    assert!(pop.line().starts_with("+OK"));
    pop.send(&format!(
        "USER bob@{HOST}\r\nPASS correct horse\r\nRETR 1\r\nQUIT\r\n"
    ));
    let mut told = String::new();
    pop.0.read_to_string(&mut told).unwrap();
    assert!(
        told.contains("\r\nSubject: both\r\n\r\n..dot\r\n.\r\n+OK"),
        "{told}"
    );
}

#[test]
fn the_households_mail_is_completed_and_may_not_lie_about_its_sender() {
    let house = House::new();
    let (ann, bob) = (format!("ann@{HOST}"), format!("bob@{HOST}"));
    let mut client = house.household();
    let (_, data) = send(
        &mut client,
        &ann,
        &[&bob],
        "Bcc: hidden@far.example\r\nTo: you\r\n\r\nhello\r\n",
    );
    assert!(data.starts_with("250 2.0.0"), "{data}");
    let [message] = house.inbox(house.bob).try_into().unwrap();
    assert!(
        !message.contains("hidden") && message.contains(" with ESMTPSA (TLSv1.3 "),
        "{message}"
    );
    assert!(
        message.contains("To: you\r\nDate: ") && message.contains("\r\nMessage-ID: <"),
        "{message}"
    );
    assert!(
        client
            .ask(&format!("MAIL FROM:<{bob}>"))
            .starts_with("550 5.7.1")
    );
}

#[test]
fn the_household_writes_under_its_own_names_only() {
    let house = House::new();
    let (ann, bob) = (format!("ann@{HOST}"), format!("bob@{HOST}"));
    let mut client = house.household();
    let mut say = |header: &str| {
        send(
            &mut client,
            &ann,
            &[&bob],
            &format!("{header}\r\n\r\nhello\r\n"),
        )
        .1
    };
    let own = format!("From: Ann <ann@{HOST}>, \"tagged\" <ann+x@{HOST}>\r\nSender: ANN@{HOST}");
    assert!(say(&own).starts_with("250 "));
    assert!(say("Subject: from nobody").starts_with("250 "));
    for lie in [
        format!("From: {bob}"),
        "From: president@whitehouse.example".to_owned(),
        format!("From: {ann}\r\nFrom: {bob}"),
        format!("From: {ann}, {bob}"),
        format!("From: friends: {ann}, {bob};"),
        format!("From: {ann}\r\nSender: {bob}"),
        format!("from : (comment) {bob}"),
        format!("From: {ann}\r\nSubject: x\r\nFROM:\r\n {bob}"),
    ] {
        let said = say(&lie);
        assert!(said.starts_with("550 5.7.1"), "{lie}: {said}");
    }
    assert_eq!(house.inbox(house.bob).len(), 2);
}

#[test]
fn strangers_relay_nothing_and_names_that_nobody_has_are_refused() {
    let house = House::new();
    let mut world = house.world();
    let nobody = format!("nobody@{HOST}");
    let (rcpt, data) = send(
        &mut world,
        "x@far.example",
        &["you@far.example", &nobody],
        "",
    );
    assert!(rcpt[0].starts_with("550 5.7.1 Relaying denied"), "{rcpt:?}");
    assert!(rcpt[1].starts_with("550 5.1.1"), "{rcpt:?}");
    assert!(data.starts_with('5'), "{data}");
    let (rcpt, data) = send(&mut world, "", &["postmaster"], "To the owner\r\n");
    assert!(
        rcpt[0].starts_with("250") && data.starts_with("250"),
        "{rcpt:?} {data}"
    );
    assert_eq!(
        house.inbox(house.ann).len(),
        1,
        "the first person is the postmaster"
    );
}

#[test]
fn a_full_mailbox_is_refused_alone_when_the_size_is_known() {
    let house = House::new();
    let (ann, bob) = (format!("ann@{HOST}"), format!("bob@{HOST}"));
    let person = house.bob;
    house
        .store
        .write(move |tx| tx.set_quota(person, Some(2000), None))
        .wait()
        .unwrap();
    let mut world = house.world();
    let body = format!("Subject: long\r\n\r\n{}\r\n", "x".repeat(3000));
    assert!(
        world
            .ask("MAIL FROM:<x@far.example> SIZE=3100")
            .starts_with("250")
    );
    assert!(world.ask(&format!("RCPT TO:<{ann}>")).starts_with("250"));
    assert!(
        world
            .ask(&format!("RCPT TO:<{bob}>"))
            .starts_with("452 4.2.2")
    );
    assert!(world.ask("DATA").starts_with("354"));
    world.send(&body);
    assert!(world.ask(".").starts_with("250 2.0.0"));
    let (rcpt, data) = send(&mut world, "x@far.example", &[&ann, &bob], &body);
    assert!(rcpt.iter().all(|reply| reply.starts_with("250")));
    assert!(data.starts_with("452 4.2.2"), "for all or none: {data}");
    assert_eq!(
        (house.inbox(house.ann).len(), house.inbox(house.bob).len()),
        (1, 0)
    );
}

#[test]
fn a_large_message_passes_whole() {
    let house = House::new();
    let ann = format!("ann@{HOST}");
    let mut world = house.world();
    let line = format!("{}\r\n", "0123456789".repeat(7));
    let content = format!("Subject: large\r\n\r\n{}", line.repeat(100_000));
    let (_, data) = send(&mut world, "", &[&ann], &content);
    assert!(data.starts_with("250 2.0.0"), "{data}");
    let [message] = house.inbox(house.ann).try_into().unwrap();
    assert!(message.ends_with(&content));
}

#[test]
fn a_client_that_leaves_before_the_end_leaves_nothing() {
    let house = House::new();
    let mut world = house.world();
    world.ask("MAIL FROM:<>");
    world.ask(&format!("RCPT TO:<ann@{HOST}>"));
    world.ask("DATA");
    world.send("Subject: broken off\r\n\r\nhalf\r\n.\r");
    world.0.get_mut().flush().unwrap();
    drop(world);
    let mut again = house.world();
    eventually(|| again.ask("NOOP").starts_with("250"));
    assert!(house.inbox(house.ann).is_empty());
}

#[test]
fn octets_behind_starttls_are_never_heard() {
    let house = House::new();
    for (service, start_tls, injected) in [
        (Service::Smtp, "EHLO x\r\nSTARTTLS", "MAIL FROM:<>\r\nRSET"),
        (Service::Submission, "EHLO x\r\nSTARTTLS", "NOOP\r\nNOOP"),
        (Service::Imap, "a STARTTLS", "b CAPABILITY"),
        (Service::Pop3, "STLS", "CAPA"),
    ] {
        let mut client = house.net.plain(service);
        client.line();
        client.send(&format!("{start_tls}\r\n{injected}\r\n"));
        let mut told = Vec::new();
        client.0.read_to_end(&mut told).ok();
        let told = String::from_utf8_lossy(&told).into_owned();
        // What comes after the consent to STARTTLS would be a ServerHello, or nothing.
        let after = ["220 2.0.0", "a OK", "+OK"]
            .iter()
            .find_map(|consent| told.split_once(consent));
        let after = after.map_or("", |(_, after)| after);
        assert!(after.lines().count() <= 1, "{service}: {told}");
    }
}

#[test]
fn a_line_without_an_end_ends_the_connection_at_every_door() {
    let house = House::new();
    for service in [
        Service::Smtp,
        Service::Submission,
        Service::Imap,
        Service::Pop3,
    ] {
        let mut client = house.net.plain(service);
        client.line();
        let mut sent = 0;
        while client.0.get_mut().write_all(&[b'x'; 4096]).is_ok() && sent < 64 << 20 {
            sent += 4096;
        }
        assert!(sent < 64 << 20, "{service} listens for ever");
    }
}

#[test]
fn a_full_store_asks_to_try_again_and_what_was_taken_stays() {
    let house = House::with_room(16 << 20);
    let ann = format!("ann@{HOST}");
    let mut world = house.world();
    let content = format!("Subject: large\r\n\r\n{}", "0123456789\r\n".repeat(100_000));
    let mut taken = 0;
    let refused = loop {
        let (rcpt, data) = send(&mut world, "", &[&ann], &content);
        match data.starts_with("250 2.0.0") {
            true => taken += 1,
            false => break (rcpt, data),
        }
        assert!(taken < 40, "a store of 16 MiB holds ever more");
    };
    assert!(refused.1.starts_with("452 4.3.1"), "{refused:?}");
    assert_eq!(house.inbox(house.ann).len(), taken);
    assert!(house.health.has(Part::Keeping), "the light shows it");
    let inbox = house.store.read().unwrap();
    let inbox = inbox
        .mailbox_by_name(house.ann, "INBOX")
        .unwrap()
        .unwrap()
        .id;
    let gone = house
        .store
        .write(move |tx| tx.expunge(inbox, &(1..=1000).collect::<Vec<u32>>()));
    gone.wait().unwrap();
    let begun = std::time::Instant::now();
    while house.health.has(Part::Keeping) {
        assert!(begun.elapsed().as_secs() < 20);
        send(&mut world, "", &[&ann], "Subject: small\r\n\r\n");
    }
}
