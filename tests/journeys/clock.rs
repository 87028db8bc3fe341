//! A board that does not know the time (users.md F10): "boot with clock = 1970 and no network for one hour".

use std::net::Ipv4Addr;

use house::time_server::{Manner, TimeServer};
use pillarbox::health::Fact;
use pillarbox::net::{Arrival, Service};
use pillarbox::reception::FrontDesk;
use store::QueueTime;

use crate::player::Peer;
use crate::player::client::Client;
use crate::post::{DAY, HOUR, MINUTE, Post, SIMPLE};
use crate::remote::Manners;

pub(crate) fn connect(desk: &FrontDesk, number: u64, service: Service, tls: bool) -> Client {
    let arrival = Arrival {
        number,
        service,
        peer: ([127, 0, 0, 1], 40_000).into(),
    };
    Client::connect(desk, &arrival, tls, 4096).unwrap()
}

/// Says the lines, each with the beginning of the reply that it must get; all that was said.
pub(crate) fn talk(client: &mut Client, lines: &[(&str, &str)]) -> String {
    let mut all = String::new();
    for (line, wanted) in lines {
        if !line.is_empty() {
            client.send(format!("{line}\r\n").as_bytes()).unwrap();
        }
        loop {
            let said = client.line().unwrap().expect("a reply");
            all += &format!("{said}\n");
            if said.starts_with(wanted) {
                break;
            }
            assert!(!said.starts_with(['4', '5']), "{line}: {said}");
        }
    }
    all
}

fn servers(post: &Post, manner: &Manner) -> Vec<TimeServer> {
    let mut all: Vec<TimeServer> = Vec::new();
    for last in 31..34 {
        let port = all.first().map_or(0, |first| first.address.port());
        let ip = Ipv4Addr::new(127, 0, 0, last);
        all.push(TimeServer::start(ip, port, manner.clone(), post.right()));
    }
    all
}

#[test]
fn a_board_in_1970_keeps_mail_lets_none_leave_and_goes_on_when_it_is_told_the_time() {
    let (mut post, remote) = Post::open(SIMPLE, "", Manners::default());
    post.person("carol@house.test", "correct horse");
    let clocks = servers(&post, &Manner::Silent);
    let ips: Vec<_> = clocks.iter().map(|clock| clock.address.ip()).collect();
    post.boot_in_1970(&ips);
    post.start();
    let _keeps = post.keep_time(clocks[0].address.port());
    let desk = post.front_desk();

    // A letter to the world; another one that has to be delivered within the half hour.
    let own = crate::post::LETTER.replace("elsewhere.test", "house.test");
    let letter = post.send_with(&["bob@far.test"], &own, |_| ());
    let hasty = post.send_with(&["bob@far.test"], crate::post::LETTER, |letter| {
        letter.expires = QueueTime(letter.enqueued.0 + 30 * MINUTE);
    });
    // Mail from the world comes in.
    let mut world = connect(&desk, 1, Service::Smtp, false);
    let text = "From: x@far.test\r\nSubject: Early\r\n\r\nHello\r\n.";
    talk(
        &mut world,
        &[
            ("", "220 "),
            ("EHLO mx.far.test", "250 "),
            ("MAIL FROM:<x@far.test>", "250 "),
            ("RCPT TO:<carol@house.test>", "250 "),
            ("RCPT TO:<ann@house.test>", "250 "),
            ("DATA", "354 "),
            (text, "250 "),
        ],
    );
    // An hour without a network.
    for _ in 0..12 {
        post.pass(5 * MINUTE);
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    post.until("the light", || post.health.facts() == [Fact::ClockNotSet]);
    assert!(!post.time().trusted());
    assert_eq!(remote.connections(), 0, "nothing leaves");
    assert_eq!(post.rows(letter)[0].attempts, 0);
    assert_eq!(post.rows(hasty)[0].attempts, 0, "nor is it given up");
    // What came is there, under a date that is not absurd.
    let early = post.mail(1);
    assert!(early.contains("Subject: Early"), "{early}");
    assert!(early.contains(", 1 Jan 2026 00:0"), "{early}");
    let mut reader = connect(&desk, 2, Service::Imaps, true);
    let read = talk(
        &mut reader,
        &[
            ("", "* OK"),
            ("1 LOGIN carol@house.test \"correct horse\"", "1 OK"),
            ("2 SELECT INBOX", "2 OK"),
            ("3 FETCH 1 (INTERNALDATE BODY[TEXT])", "3 OK"),
        ],
    );
    assert!(read.contains("\" 1-Jan-2026 00:0"), "{read}");
    assert!(read.contains("Hello"), "{read}");

    // The line is there: everything goes on.
    for clock in &clocks {
        clock.behave(Manner::Tells(0));
    }
    // The servers are asked every 17 minutes; a question that went out in the dark is waited for first.
    for _ in 0..8 {
        if post.time().trusted() {
            break;
        }
        post.pass(5 * MINUTE);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    post.until("the time", || post.time().trusted());
    post.gone(hasty);
    post.gone(letter);
    let taken = remote.taken();
    assert_eq!(taken.len(), 2);
    let signed = taken
        .iter()
        .find(|one| one.text().contains("DKIM-Signature:"))
        .expect("a signed letter");
    assert!(signed.text().contains(" t=18000"), "{}", signed.text());
    assert_eq!(post.inbox().len(), 1, "nothing came back");
    post.until("the light", || post.health.facts().is_empty());
    assert!((post.time().unix() - (post.right())() / 1_000_000).abs() <= 1);
}

#[test]
fn what_grew_too_old_while_the_clock_was_not_set_is_tried_for_a_while_longer() {
    let later = crate::remote::rules([crate::remote::at(
        "RCPT",
        crate::remote::Act::Say("451 4.2.0 Later"),
    )]);
    let (mut post, remote) = Post::open(SIMPLE, "", later);
    let clocks = servers(&post, &Manner::Silent);
    let ips: Vec<_> = clocks.iter().map(|clock| clock.address.ip()).collect();
    post.boot_in_1970(&ips);
    post.start();
    let _keeps = post.keep_time(clocks[0].address.port());
    let letter = post.send(&["bob@far.test"]);
    // Six days without a network, and letters live for five.
    for _ in 0..6 {
        post.pass(DAY);
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    assert_eq!(remote.connections(), 0);
    for clock in &clocks {
        clock.behave(Manner::Tells(0));
    }
    post.pass(HOUR);
    post.waits(letter, 1);
    assert!(remote.connections() > 0);
    assert!(
        !post
            .inbox()
            .iter()
            .any(|one| one.contains("Action: failed")),
        "it is not given up at the first no"
    );
}
