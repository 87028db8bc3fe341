//! Reports that a sender asked for, by the rules of RFC 3461, and DELIVERBY.

use store::{DeliverBy, Delivery, Error, Flags, Head, Notify, QueueTime, Read as _, Ret};

use crate::post::{HOUR, LETTER, MINUTE, Post, SIMPLE};
use crate::remote::{Act, Manners, at, rules};

fn asks_for_all(letter: &mut store::NewLetter) {
    letter.envid = Some("QQ314159".to_owned());
    letter.ret = Some(Ret::Full);
    for row in &mut letter.rows {
        row.notify = Notify::success().union(Notify::failure());
        row.orcpt = Some(format!("rfc822;{}", row.recipient));
    }
}

#[test]
fn a_remote_that_knows_dsn_is_told_what_the_sender_wants_and_reports_itself() {
    let mut manners = Manners::default();
    manners.announce.push("DSN");
    let (post, remote) = Post::simple(manners);
    let letter = post.send_with(&["bob@far.test"], LETTER, asks_for_all);
    post.gone(letter);
    let taken = remote.taken().remove(0);
    assert!(
        taken.mail.contains("RET=FULL") && taken.mail.contains("ENVID=QQ314159"),
        "{}",
        taken.mail
    );
    assert!(
        taken.rcpt[0].contains("NOTIFY=SUCCESS,FAILURE"),
        "{:?}",
        taken.rcpt
    );
    assert!(
        taken.rcpt[0].contains("ORCPT=rfc822;bob@far.test"),
        "{:?}",
        taken.rcpt
    );
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(post.inbox().is_empty());
}

#[test]
fn for_one_that_does_not_the_box_reports_that_it_was_passed_on() {
    let (post, remote) = Post::simple(Manners::default());
    let letter = post.send_with(&["bob@far.test"], LETTER, asks_for_all);
    post.gone(letter);
    let taken = remote.taken().remove(0);
    assert!(
        !taken.mail.contains("RET=") && !taken.rcpt[0].contains("NOTIFY"),
        "{taken:?}"
    );
    let report = post.mail(1);
    assert!(report.contains("Action: relayed"), "{report}");
    assert!(
        report.contains("Original-Envelope-Id: QQ314159"),
        "{report}"
    );
}

#[test]
fn a_return_holds_the_whole_letter_if_that_was_asked_for_and_none_comes_if_none_is_wanted() {
    let refusing = || rules([at("RCPT", Act::Say("550 5.1.1 Nobody"))]);
    let (post, _remote) = Post::simple(refusing());
    let letter = post.send_with(&["bob@far.test"], LETTER, asks_for_all);
    post.gone(letter);
    let report = post.mail(1);
    assert!(report.contains("How are you?"), "{report}");
    assert!(
        report.contains("Original-Recipient: rfc822;bob@far.test")
            || report.contains("Original-Recipient: rfc822; bob@far.test"),
        "{report}"
    );
    let letter = post.send_with(&["bob@far.test"], LETTER, |letter| {
        letter.rows[0].notify = Notify::never();
    });
    post.gone(letter);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(post.inbox().len(), 1);
}

#[test]
fn a_stranger_whose_letter_an_alias_passed_on_never_gets_a_return_but_the_household_hears() {
    let (post, remote) = Post::simple(rules([at("RCPT", Act::Say("550 5.1.1 Nobody"))]));
    let letter = post.send_with(&["bob@far.test"], LETTER, |letter| {
        letter.sender = None;
        letter.reverse_path = mail::Address::parse("SRS0=x=y=stranger.test=eve@house.test").ok();
        letter.origin = store::Origin::Forward {
            alias: mail::Address::parse("club@house.test").unwrap(),
        };
    });
    post.gone(letter);
    assert!(post.mail(1).contains("550 5.1.1 Nobody"));
    assert_eq!(remote.taken().len(), 0);
}

#[test]
fn a_letter_that_is_to_be_returned_by_a_time_comes_back_then() {
    let (post, _remote) = Post::simple(rules([at("GREETING", Act::Say("421 4.3.2 Busy"))]));
    let by = QueueTime(post.now().0 + HOUR);
    let letter = post.send_with(&["bob@far.test"], LETTER, |letter| {
        letter.deliver_by = Some(DeliverBy {
            at: by,
            notify: false,
            trace: false,
        });
    });
    post.waits(letter, 1);
    post.pass(2 * HOUR);
    post.gone(letter);
    let report = post.mail(1);
    assert!(
        report.contains("Action: failed") && report.contains("5.4.7"),
        "{report}"
    );
}

/// Fills the store with other mail of Ann's.
fn fill(post: &Post) {
    loop {
        let mut spool = post.store.spool();
        spool.write(&vec![b'a'; 50_000]).unwrap();
        let Ok(body) = post.store.stage(spool).wait() else {
            return;
        };
        let person = post.ann;
        let delivered = post.store.write(move |tx| {
            let inbox = tx
                .mailbox_by_name(person, "INBOX")?
                .ok_or(Error::NoSuchMailbox)?;
            tx.deliver(&Delivery {
                body,
                head: Head {
                    received: 1,
                    zone: 0,
                    sent: 1,
                    size: 50_000,
                },
                record: vec![7; 300],
                into: vec![(inbox.id, Flags::default())],
                letters: Vec::new(),
            })
        });
        match delivered.wait() {
            Ok(_) => {}
            Err(Error::Full) => return,
            Err(other) => panic!("{other}"),
        }
    }
}

/// Deletes it again.
fn empty(post: &Post) {
    let person = post.ann;
    let emptied = post.store.write(move |tx| {
        let inbox = tx
            .mailbox_by_name(person, "INBOX")?
            .ok_or(Error::NoSuchMailbox)?;
        tx.expunge(inbox.id, &(1..=1000).collect::<Vec<u32>>())
    });
    emptied.wait().unwrap();
}

#[test]
fn a_full_disk_that_has_no_room_for_a_report_does_not_make_mail_go_twice() {
    let manners = rules([at(
        "RCPT TO:<never@",
        Act::Say("550 5.1.1 No such person here"),
    )]);
    let small = "[limits.store]\nmap_size = 16777216\n";
    let (mut post, remote) = Post::open(SIMPLE, small, manners);
    let asks = post.send_with(&["bob@far.test"], LETTER, asks_for_all);
    let halves = post.send(&["carol@far.test", "never@far.test"]);
    fill(&post);
    assert!(post.store.facts().unwrap().scarce);
    post.start();
    // Delivered is delivered, though its sender does not hear of it.
    post.gone(asks);
    post.until("the other letter", || post.rows(halves).len() == 1);
    let words = post.waits(halves, 1).remove(0);
    assert!(words.contains("No such person here"), "{words}");
    assert!(words.contains("found no room"), "{words}");
    assert!(!post.health.facts().is_empty());
    post.pass(20 * MINUTE);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(remote.taken().len(), 2, "{:#?}", remote.lines());
    // The sender hears of the other one as soon as there is room.
    empty(&post);
    post.until("room", || {
        post.store.write(|_| Ok(())).wait().unwrap();
        !post.store.facts().unwrap().scarce
    });
    post.pass(5 * HOUR);
    post.gone(halves);
    let report = post.mail(1);
    assert!(report.contains("Action: failed"), "{report}");
    assert!(report.contains("never@far.test"), "{report}");
    assert_eq!(remote.taken().len(), 2);
}
