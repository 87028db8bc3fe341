//! A stranger's letter that an alias passes on: sealed with what was found out when it came, so that who trusts us need not find its author unproven.

use std::time::Duration;

use async_io::block_on;
use msgauth::dkim::{Records, SigningKeys};
use msgauth::{Circumstances, Verdicts, Verifier};
use pillarbox::judging;
use pillarbox::net::Service;
use pillarbox::resolver::{Resolver, ResolverSettings};
use store::Read as _;

use crate::clock::{connect, talk};
use crate::post::Post;
use crate::remote::Manners;

const ZONES: &str = "far.test MX 10 mx.far.test\nmx.far.test A 127.0.0.2\norigin.test TXT v=spf1 ip4:127.0.0.1 -all\n_dmarc.origin.test TXT v=DMARC1; p=reject\n";

fn resolver(post: &Post) -> Resolver {
    Resolver::new(ResolverSettings {
        servers: vec![post.zones.address],
        timeout: Duration::from_millis(300),
        whole: Duration::from_secs(1),
        ..ResolverSettings::default()
    })
}

fn arrives(post: &Post, from: &str, letter: &str, said: &str) {
    let desk = post.front_desk().asking(resolver(post));
    let mut world = connect(&desk, 1, Service::Smtp, false);
    let lines = [
        ("", "220 "),
        ("EHLO mx.origin.test", "250 "),
        (&format!("MAIL FROM:<{from}>"), "250 "),
        ("RCPT TO:<pal@house.test>", "250 "),
        ("DATA", "354 "),
        (&format!("{letter}."), said),
    ];
    talk(&mut world, &lines);
}

/// The verdicts of somebody who finds the house's keys published.
fn judged(post: &Post, message: &str) -> Verdicts {
    let stored = post.store.read().unwrap().dkim_keys("house.test").unwrap();
    let stored = stored.unwrap();
    let keys = SigningKeys::load(&stored.ed25519, &stored.rsa).unwrap();
    let record = Records::of(&keys).rsa;
    let selector = &stored.selector_rsa;
    post.zones.set(&format!(
        "{ZONES}{selector}._domainkey.house.test TXT {record}"
    ));
    let circumstances = Circumstances {
        receiver: "mx.far.test".into(),
        now: None,
        sample: 0,
    };
    let mut verifier = Verifier::new(circumstances, None);
    verifier.feed(message.as_bytes());
    verifier.end();
    block_on(judging::answer(&mut verifier, &resolver(post)));
    verifier.verdicts().unwrap()
}

#[test]
fn what_an_alias_passes_on_is_sealed_with_what_we_saw() {
    let (mut post, remote) = Post::open(ZONES, "", Manners::default());
    post.alias("pal@house.test", &["bob@far.test"]);
    post.start();
    let letter = "From: Eve <eve@origin.test>\r\nSubject: Hello\r\n\r\nHow are you?\r\n";
    arrives(&post, "eve@origin.test", letter, "250 ");
    post.until("the letter to arrive", || remote.taken().len() == 1);
    let first = remote.taken()[0].text();
    assert!(
        first.starts_with("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=house.test;"),
        "{first}"
    );
    assert!(!first.contains("DKIM-Signature"), "it is not ours: {first}");
    let arc = judged(&post, &first).arc.unwrap();
    assert_eq!(arc.result.word(), "pass", "{}", arc.reason);
    assert!(
        arc.sets[0].results.starts_with("mail.house.test; iprev="),
        "{arc:?}"
    );
    assert!(arc.sets[0].results.contains("spf=pass"), "{arc:?}");
    assert!(arc.sets[0].results.contains("dmarc=pass"), "{arc:?}");

    // It comes round once more, from a host that may not send for its author: our own seal is no stranger's word, and still nobody has said that it is trusted.
    let again = first.replace("\r\n.", "\r\n..");
    arrives(&post, "x@far.test", &again, "550 5.7.1");
    // An unproven one goes on with a chain that says so.
    let quiet = first.replace("origin.test", "quiet.test");
    arrives(&post, "x@far.test", &quiet, "250 ");
    post.until("the second letter to arrive", || remote.taken().len() == 2);
    let second = remote.taken()[1].text();
    assert!(
        second.starts_with("ARC-Seal: i=2; a=rsa-sha256; cv=fail; d=house.test;"),
        "{second}"
    );
}

#[test]
fn a_chain_that_holds_is_continued() {
    let zones = ZONES.replace("p=reject", "p=none");
    let (mut post, remote) = Post::open(&zones, "", Manners::default());
    post.alias("pal@house.test", &["bob@far.test"]);
    post.start();
    let letter = "From: Eve <eve@origin.test>\r\nSubject: Hello\r\n\r\nHow are you?\r\n";
    arrives(&post, "eve@origin.test", letter, "250 ");
    post.until("the letter to arrive", || remote.taken().len() == 1);
    let first = remote.taken()[0].text();
    // With the keys published from here on.
    judged(&post, &first);
    arrives(&post, "eve@origin.test", &first, "250 ");
    post.until("the second letter to arrive", || remote.taken().len() == 2);
    let second = remote.taken()[1].text();
    assert!(
        second.starts_with("ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=house.test;"),
        "{second}"
    );
    let arc = judged(&post, &second).arc.unwrap();
    assert_eq!(
        (arc.result.word(), arc.sets.len()),
        ("pass", 2),
        "{}",
        arc.reason
    );
}

#[test]
fn a_stranger_hears_of_success_only_where_the_domain_vouches_for_its_host() {
    let zones = format!(
        "{ZONES}claim.test TXT v=spf1 ?all\norigin.test MX 10 mx.far.test\nclaim.test MX 10 mx.far.test"
    );
    let (mut post, remote) = Post::open(&zones, "", Manners::default());
    post.start();
    let desk = post.front_desk().asking(resolver(&post));
    let mut world = connect(&desk, 1, Service::Smtp, false);
    talk(&mut world, &[("", "220 "), ("EHLO mx.origin.test", "250 ")]);
    for from in ["x@claim.test", "eve@origin.test"] {
        let letter = format!("From: {from}\r\nSubject: Hello\r\n\r\nHow are you?\r\n.");
        let lines = [
            (&*format!("MAIL FROM:<{from}> ENVID=one"), "250 "),
            ("RCPT TO:<ann@house.test> NOTIFY=SUCCESS", "250 "),
            ("DATA", "354 "),
            (&letter, "250 "),
        ];
        talk(&mut world, &lines);
    }
    post.until("the report to arrive", || !remote.taken().is_empty());
    post.until("the queue to be empty", || post.queue().is_empty());
    let taken = remote.taken();
    assert_eq!(taken.len(), 1, "nobody else is told");
    let report = taken[0].text();
    assert!(
        taken[0].mail.starts_with("MAIL FROM:<>"),
        "{}",
        taken[0].mail
    );
    assert!(
        report.contains("To: eve@origin.test") || report.contains("To: <eve@origin.test>"),
        "{report}"
    );
    assert!(
        report.contains("Action: delivered") && report.contains("Original-Envelope-Id: one"),
        "{report}"
    );
}
