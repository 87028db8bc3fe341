//! Where strangers' mail goes for each person, over real sockets; the DNS is a name server of the test's own.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use junk::Kind;
use junk::reputation::{self, Sender};
use store::{Flags, MailboxId, Said, Taught as _};

use super::stranger::resolver;
use super::zones::Zones;
use super::*;
use crate::wanted::{DANGEROUS, FIRST_TIME, Mailbox, Note, memory, sweep_rejects};

/// Proven from the test's clients.
const FAR: &str = "far.example TXT v=spf1 ip4:127.0.0.0/8 -all\nnear.example TXT v=spf1 ip4:127.0.0.0/8 -all\n\
    bank.example TXT v=spf1 ip4:192.0.2.1 -all\n_dmarc.bank.example TXT v=DMARC1; p=reject\n\
    2.0.0.127.l.test A 127.0.0.4\n2.0.0.127.m.test A 127.0.0.9\n2.0.0.127.no.test A 127.255.255.254\n";

struct Judging {
    house: House,
    _zones: Zones,
}

fn judging() -> Judging {
    judging_with(|_| ())
}

fn judging_with(set: impl FnOnce(&mut Settings)) -> Judging {
    let zones = Zones::start(FAR);
    let house = House::asking(set, Some(resolver(&zones)));
    Judging {
        house,
        _zones: zones,
    }
}

fn letter(from: &str, id: &str, rest: &str) -> String {
    format!("From: <{from}>\r\nTo: you\r\nMessage-ID: <{id}@far.example>\r\n{rest}")
}

impl Judging {
    fn take(&self, from: &str, to: &[&str], letter: &str) -> String {
        let to: Vec<String> = to.iter().map(|name| format!("{name}@{HOST}")).collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        send(&mut self.house.world(), from, &to, letter).1
    }

    fn mailbox(&self, person: AccountId, name: &str) -> Option<MailboxId> {
        let read = self.house.store.read().unwrap();
        let mailbox = read.mailbox_by_name(person, name).unwrap();
        mailbox.map(|mailbox| mailbox.id)
    }

    fn count(&self, person: AccountId, name: &str) -> u32 {
        let read = self.house.store.read().unwrap();
        let mailbox = self.mailbox(person, name);
        mailbox.map_or(0, |id| read.counters(id).unwrap().messages)
    }

    /// Keywords of the newest message.
    fn keywords(&self, person: AccountId, name: &str) -> Vec<String> {
        let read = self.house.store.read().unwrap();
        let id = self.mailbox(person, name).unwrap();
        let (_, entry) = read.newest_entry(id).unwrap().unwrap();
        let names = read.keywords(person).unwrap();
        let has = |at: &usize| {
            let flag = Flags::keyword(u8::try_from(*at).unwrap()).unwrap();
            entry.flags.contains(flag)
        };
        (0..names.len())
            .filter(has)
            .map(|at| names[at].clone())
            .collect()
    }

    /// Notes, newest first.
    fn notes(&self, person: AccountId) -> Vec<Note> {
        let mut notes = Vec::new();
        let read = self.house.store.read().unwrap();
        read.judgements(person, &mut |octets| {
            notes.push(Note::read(octets).unwrap());
            true
        })
        .unwrap();
        notes
    }

    /// The person has marked so many of this address's proven messages, and of its domain, as unwanted.
    fn abhors(&self, person: AccountId, address: &'static str, times: u32) {
        let deed = self.house.store.write(move |tx| {
            let seed = tx.make_taught_seed(person)?;
            let sender = Sender {
                address: Some(address),
                domain: address.split_once('@').map(|(_, domain)| domain),
                proven: true,
                peer: None,
            };
            for (_, key) in reputation::keys(seed, &sender) {
                for _ in 0..times {
                    memory::count(tx, person, &key, Kind::Unwanted, Some(1))?;
                }
            }
            Ok(())
        });
        deed.wait().unwrap();
    }
}

fn words(note: &Note) -> String {
    let words: Vec<&str> = note.facts.iter().map(|(_, words)| words.as_str()).collect();
    words.join(" | ")
}

#[test]
fn the_first_letter_of_a_stranger_comes_at_once_and_is_marked_as_such() {
    let judging = judging();
    let ann = judging.house.ann;
    let code = letter(
        "no-reply@far.example",
        "code",
        "Subject: 493021 is your code\r\nX-Pillarbox-Junk: no; trust me\r\n\r\n493021\r\n",
    );
    let said = judging.take("no-reply@far.example", &["ann"], &code);
    assert!(said.starts_with("250 2.0.0"), "{said}");
    // What "250" says is in the INBOX: nobody had to come back later.
    let [message] = judging.house.inbox(ann).try_into().unwrap();
    assert!(!message.contains("trust me"), "{message}");
    let (ours, rest) = message
        .split_once("X-Pillarbox-Junk: no; 0.0 points")
        .unwrap();
    assert!(
        ours.starts_with("Return-Path: ") && ours.contains("\r\nReceived: "),
        "{message}"
    );
    assert!(
        rest.contains("this sender has not written before (0)"),
        "{message}"
    );
    assert!(
        rest.contains("it is proven to be from far.example (0)"),
        "{message}"
    );
    assert_eq!(judging.keywords(ann, "INBOX"), [FIRST_TIME]);
    let [note] = judging.notes(ann).try_into().unwrap();
    assert!(note.is_called("<code@far.example>") && note.is_called("code@far.example"));
    assert!(message.contains(&format!("id {}", note.id)) && note.is_called(&note.id));
    assert_eq!(note.mailbox(), Some(Mailbox::Inbox));

    let again = letter("no-reply@far.example", "b", "\r\n771200\r\n");
    judging.take("no-reply@far.example", &["ann"], &again);
    assert!(judging.keywords(ann, "INBOX").is_empty());
    // To bob it is a stranger, and one who cannot prove it is another.
    judging.take("no-reply@far.example", &["bob"], &again);
    assert_eq!(judging.keywords(judging.house.bob, "INBOX"), [FIRST_TIME]);
    judging.take(
        "x@far.example",
        &["ann"],
        &letter("no-reply@elsewhere.example", "c", "\r\n1\r\n"),
    );
    assert_eq!(judging.keywords(ann, "INBOX"), [FIRST_TIME]);
    // Nobody is no newcomer.
    let said = judging.take("", &["bob"], "Subject: one\r\n\r\nx\r\n");
    assert!(said.starts_with("250 "), "{said}");
    assert!(judging.keywords(judging.house.bob, "Junk").is_empty());
}

#[test]
fn what_would_run_goes_to_junk_with_a_label() {
    let judging = judging();
    let ann = judging.house.ann;
    let attached = "Content-Type: application/octet-stream; name=\"invoice.pdf.exe\"\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n";
    let said = judging.take(
        "a@far.example",
        &["ann"],
        &letter("a@far.example", "exe", attached),
    );
    assert!(said.starts_with("250 "), "{said}");
    assert!(judging.house.inbox(ann).is_empty());
    let [message] = judging.house.messages(ann, "Junk").try_into().unwrap();
    assert!(
        message.contains("X-Pillarbox-Junk: yes; 100.0 points"),
        "{message}"
    );
    assert!(
        message.contains("the attachment invoice.pdf.exe is a program (+100.0)"),
        "{message}"
    );
    assert!(
        judging
            .keywords(ann, "Junk")
            .contains(&DANGEROUS.to_owned())
    );
    let note = judging.notes(ann).remove(0);
    assert!(note.mailbox() == Some(Mailbox::Junk) && words(&note).contains("is a program"));
    // Who has come to Junk only is a stranger still.
    judging.take(
        "a@far.example",
        &["ann"],
        &letter("a@far.example", "x", "\r\nhello\r\n"),
    );
    assert_eq!(judging.keywords(ann, "INBOX"), [FIRST_TIME]);
}

/// A client at 127.0.0.2, which every list lists to be tried with (RFC 5782 §5).
fn listed(house: &House) -> Client<std::net::TcpStream> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(
        &socket,
        &SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 2), 0)),
    )
    .unwrap();
    connect(&socket, &house.net.address(Service::Smtp)).unwrap();
    let mut client = Client(std::io::BufReader::new(socket.into()));
    assert!(client.line().starts_with("220 "));
    ehlo(&mut client);
    client
}

#[test]
fn a_listing_weighs_and_alone_sends_nothing_to_junk() {
    let lists = ["no.test", "m.test", "l.test"].map(str::to_owned).to_vec();
    let judging = judging_with(|settings| settings.junk.blocklists = lists);
    let (ann, to) = (judging.house.ann, format!("ann@{HOST}"));
    let mut client = listed(&judging.house);
    let said = send(
        &mut client,
        "a@far.example",
        &[&to],
        &letter("a@far.example", "l", "\r\nx\r\n"),
    )
    .1;
    assert!(said.starts_with("250 "), "{said}");
    let [message] = judging.house.inbox(ann).try_into().unwrap();
    assert!(
        message.contains("X-Pillarbox-Junk: no; 4.0 points"),
        "{message}"
    );
    for list in ["l.test", "m.test"] {
        assert!(message.contains(&format!(
            "the blocklist {list} lists its sender or a link (+2.0)"
        )));
    }
    assert!(!message.contains("no.test"), "{message}");
    // With what the person thinks of the sender it is too much.
    judging.abhors(ann, "a@far.example", 1);
    send(
        &mut client,
        "a@far.example",
        &[&to],
        &letter("a@far.example", "m", "\r\nx\r\n"),
    );
    assert_eq!(judging.count(ann, "Junk"), 1);
    // Nobody asks about 127.0.0.1.
    judging.take(
        "b@far.example",
        &["ann"],
        &letter("b@far.example", "n", "\r\nx\r\n"),
    );
    let asked = words(&judging.notes(ann)[0]);
    assert!(!asked.contains("blocklist"), "{asked}");
}

#[test]
fn what_is_certain_is_refused_once_with_one_copy_that_teaches_when_moved_out() {
    let judging = judging();
    let (house, ann) = (&judging.house, judging.house.ann);
    judging.abhors(ann, "spam@far.example", 8);
    let spam = letter("spam@far.example", "s", "Subject: win\r\n\r\nwin\r\n");
    for _ in 0..3 {
        let said = judging.take("spam@far.example", &["ann"], &spam);
        assert!(
            said.starts_with("550 5.7.1 Refused as unwanted mail"),
            "{said}"
        );
    }
    assert_eq!(judging.count(ann, "Rejects"), 1, "attempts pile up");
    assert_eq!(judging.count(ann, "INBOX") + judging.count(ann, "Junk"), 0);
    assert_eq!(judging.keywords(ann, "Rejects"), ["Refused"]);
    let [note] = judging.notes(ann).try_into().unwrap();
    assert_eq!(note.mailbox(), Some(Mailbox::Rejects));
    assert!(
        words(&note).contains("you marked 0 messages of this sender as wanted and 8 as unwanted")
    );
    let subscribed = house.store.read().unwrap().subscriptions(ann).unwrap();
    assert!(!subscribed.contains(&"Rejects".to_owned()));

    // Ann wants it after all.
    let (rejects, inbox) = (
        judging.mailbox(ann, "Rejects").unwrap(),
        judging.mailbox(ann, "INBOX").unwrap(),
    );
    house
        .store
        .write(move |tx| tx.move_messages(ann, rejects, &[1], inbox, 1))
        .wait()
        .unwrap();
    let read = house.store.read().unwrap();
    let (_, entry) = read.newest_entry(inbox).unwrap().unwrap();
    assert_eq!(
        read.due(ann, entry.gid).unwrap().map(|due| due.said),
        Some(Said::Wanted)
    );
}

#[test]
fn what_one_of_two_wants_is_not_refused_and_neither_sees_what_the_other_marked() {
    let judging = judging();
    let (ann, bob) = (judging.house.ann, judging.house.bob);
    judging.abhors(ann, "spam@far.example", 8);
    let said = judging.take(
        "spam@far.example",
        &["ann", "bob"],
        &letter("spam@far.example", "s", "\r\nwin\r\n"),
    );
    assert!(said.starts_with("250 "), "{said}");
    assert_eq!(
        (judging.count(ann, "Junk"), judging.count(ann, "Rejects")),
        (1, 0)
    );
    let [message] = judging.house.inbox(bob).try_into().unwrap();
    assert!(
        message.contains("X-Pillarbox-Junk: no;") && !message.contains("marked"),
        "{message}"
    );
    assert!(!message.contains("has not written before"), "{message}");
    assert!(words(&judging.notes(ann)[0]).contains("8 as unwanted"));
    assert!(!words(&judging.notes(bob)[0]).contains("8 as unwanted"));
    // Whoever does not want anything refused has it in Junk.
    let mild = judging_with(|settings| settings.junk.refuse = false);
    mild.abhors(mild.house.ann, "spam@far.example", 8);
    let said = mild.take(
        "spam@far.example",
        &["ann"],
        &letter("spam@far.example", "s", "\r\nwin\r\n"),
    );
    assert!(
        said.starts_with("250 ") && mild.count(mild.house.ann, "Junk") == 1,
        "{said}"
    );
}

#[test]
fn what_others_hand_on_is_not_refused_but_put_into_junk() {
    let judging = judging();
    let ann = judging.house.ann;
    judging.abhors(ann, "spam@far.example", 8);
    let listed = letter(
        "spam@far.example",
        "l",
        "List-Id: <club.far.example>\r\n\r\nwin\r\n",
    );
    let plain = letter("spam@far.example", "p", "\r\nwin\r\n");
    for (number, (path, letter)) in [("spam@far.example", &listed), ("", &plain)]
        .into_iter()
        .enumerate()
    {
        judging.abhors(ann, "spam@far.example", 8);
        let said = judging.take(path, &["ann"], letter);
        assert!(said.starts_with("250 "), "{said}");
        let junk = u32::try_from(number).unwrap();
        assert_eq!(
            judging.count(ann, "Junk") + judging.count(ann, "INBOX"),
            junk + 1
        );
        assert_eq!(judging.count(ann, "Rejects"), 0);
    }
    assert!(
        judging
            .take("spam@far.example", &["ann"], &plain)
            .starts_with("550 ")
    );
}

#[test]
fn what_its_domain_has_refused_leaves_a_copy_too() {
    let judging = judging();
    let said = judging.take(
        "x@far.example",
        &["ann", "bob"],
        &letter("safe@bank.example", "b", "\r\nlog in\r\n"),
    );
    assert!(
        said.starts_with("550 5.7.1 Not taken: ") && said.contains("bank.example"),
        "{said}"
    );
    for person in [judging.house.ann, judging.house.bob] {
        assert_eq!(judging.count(person, "Rejects"), 1);
        assert_eq!(
            judging.count(person, "INBOX") + judging.count(person, "Junk"),
            0
        );
        assert_eq!(judging.notes(person)[0].mailbox(), Some(Mailbox::Rejects));
    }
    // What is large fills no card.
    let large = format!("\r\n{}", "long line\r\n".repeat(7000));
    let said = judging.take(
        "x@far.example",
        &["ann"],
        &letter("safe@bank.example", "c", &large),
    );
    assert!(said.starts_with("550 5.7.1 "), "{said}");
    assert_eq!(judging.count(judging.house.ann, "Rejects"), 1);
}

#[test]
fn copies_go_after_a_fortnight_and_what_is_somebodys_own_stays() {
    let judging = judging();
    let (store, ann) = (&judging.house.store, judging.house.ann);
    judging.take(
        "x@far.example",
        &["ann"],
        &letter("safe@bank.example", "b", "\r\nlog in\r\n"),
    );
    judging.take(
        "a@near.example",
        &["ann"],
        &letter("a@near.example", "own", "\r\nmine\r\n"),
    );
    let (rejects, inbox) = (
        judging.mailbox(ann, "Rejects").unwrap(),
        judging.mailbox(ann, "INBOX").unwrap(),
    );
    store
        .write(move |tx| tx.move_messages(ann, inbox, &[1], rejects, 1))
        .wait()
        .unwrap();
    assert_eq!(judging.count(ann, "Rejects"), 2);
    let now = Clock::ordinary().unix();
    block_on(sweep_rejects(store, now + 13 * 86_400)).unwrap();
    assert_eq!(judging.count(ann, "Rejects"), 2);
    block_on(sweep_rejects(store, now + 15 * 86_400)).unwrap();
    let [left] = judging.house.messages(ann, "Rejects").try_into().unwrap();
    assert!(left.contains("mine"), "{left}");
}
