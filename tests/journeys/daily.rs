//! A day's mail becomes reports to those who ask, read here by another implementation (Python's gzip and xml); those that others send about the house are read by the box.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use async_io::block_on;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use msgauth::report::{
    Aggregate, Published, Record, TlsReport, gzip, read_aggregate, unpack, write_aggregate,
};
use pillarbox::net::{Closing, Service};
use pillarbox::reports::{Reports, Tally, summary, summary_text};
use pillarbox::resolver::{Resolver, ResolverSettings};

use crate::clock::{connect, talk};
use crate::moved::BEGINNING;
use crate::post::Post;
use crate::remote::{Manners, Taken};

const DAY: i64 = 24 * 3600;

/// origin.test asks for reports at its collector, which agrees; silent.test's collector does not; strict.test is forged, and asks itself.
const ZONES: &str = "far.test MX 10 mx.far.test\nmx.far.test A 127.0.0.2\n_smtp._tls.far.test TXT v=TLSRPTv1; rua=mailto:tls@far.test\n\
origin.test TXT v=spf1 ip4:127.0.0.1 -all\n_dmarc.origin.test TXT v=DMARC1; p=none; rua=mailto:collect@far.test!10m\norigin.test._report._dmarc.far.test TXT v=DMARC1\n\
silent.test TXT v=spf1 ip4:127.0.0.1 -all\n_dmarc.silent.test TXT v=DMARC1; p=none; rua=mailto:victim@far.test\n\
strict.test TXT v=spf1 -all\n_dmarc.strict.test TXT v=DMARC1; p=reject; rua=mailto:own@strict.test\nstrict.test MX 10 mx.far.test\n\
slow.test SILENT\n";

fn resolver(post: &Post) -> Resolver {
    Resolver::new(ResolverSettings {
        servers: vec![post.zones.address],
        timeout: Duration::from_millis(300),
        whole: Duration::from_secs(1),
        ..ResolverSettings::default()
    })
}

/// A stranger's letter; `said`: the answer to its content.
fn arrives(post: &Post, tally: &Tally, to: &str, from: &str, letter: &str, said: &str) {
    let desk = post.front_desk().asking(resolver(post));
    let desk = desk.counting(tally.clone());
    let mut world = connect(&desk, 1, Service::Smtp, false);
    let lines = [
        ("", "220 "),
        ("EHLO mx.origin.test", "250 "),
        (&format!("MAIL FROM:<{from}>"), "250 "),
        (&format!("RCPT TO:<{to}>"), "250 "),
        ("DATA", "354 "),
        (&format!("{letter}."), said),
    ];
    talk(&mut world, &lines);
}

fn letter(from: &str) -> String {
    format!("From: {from}\r\nSubject: Hello\r\n\r\nHow are you?\r\n")
}

fn reports(post: &Post, tally: &Tally) -> Reports {
    Reports {
        tally: tally.clone(),
        store: post.store.clone(),
        accounts: post.accounts.clone(),
        resolver: resolver(post),
        clock: post.queue.clone(),
        settings: post.settings.clone(),
        closing: Closing::default(),
    }
}

/// What is packed in a letter.
fn packed(letter: &str) -> Vec<u8> {
    let (_, part) = letter.split_once("filename=").unwrap();
    let (_, encoded) = part.split_once("\r\n\r\n").unwrap();
    let (encoded, _) = encoded.split_once("\r\n--").unwrap();
    STANDARD.decode(encoded.replace("\r\n", "")).unwrap()
}

/// Python's word on a packed DMARC report: reporter, domain, source, count, disposition, dkim, spf.
fn python_reads(packed: &[u8]) -> String {
    const SCRIPT: &str = "import sys,gzip,xml.etree.ElementTree as e\nr=e.fromstring(gzip.decompress(sys.stdin.buffer.read()))\nx=r.findtext\nprint(x('report_metadata/org_name'),x('policy_published/domain'),*[x('record/row/'+n) for n in ('source_ip','count','policy_evaluated/disposition','policy_evaluated/dkim','policy_evaluated/spf')],x('record/identifiers/header_from'),x('record/auth_results/spf/result'))";
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(packed).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn to<'t>(taken: &'t [Taken], recipient: &str) -> Option<&'t Taken> {
    taken
        .iter()
        .find(|one| one.text().contains(&format!("To: <{recipient}>")))
}

#[test]
fn a_day_is_told_once_to_those_who_ask() {
    let (mut post, remote) = Post::open(ZONES, "", Manners::default());
    post.trust_wall();
    let tally = Tally::default();
    tally.set(true, true);
    for domain in ["origin.test", "origin.test", "silent.test"] {
        let from = format!("eve@{domain}");
        arrives(
            &post,
            &tally,
            "ann@house.test",
            &from,
            &letter(&from),
            "250 ",
        );
    }
    // A forger, refused at the end of its content.
    let forged = letter("boss@strict.test");
    arrives(
        &post,
        &tally,
        "ann@house.test",
        "x@origin.test",
        &forged,
        "550 ",
    );
    post.start_counting(&tally);
    let own = post.send(&["bob@far.test"]);
    post.gone(own);

    let daily = reports(&post, &tally);
    let today = post.time().unix();
    assert_eq!(
        block_on(daily.send(today)).unwrap(),
        0,
        "the day is not over"
    );
    let sent = block_on(daily.send(today + DAY)).unwrap();
    assert_eq!(sent, 3, "one of mail, one of TLS, one of the forged domain");
    assert_eq!(block_on(daily.send(today + DAY)).unwrap(), 0, "once");
    post.until("the reports to arrive", || remote.taken().len() == 4);
    let taken = remote.taken();

    let mail = to(&taken, "collect@far.test").unwrap().text();
    assert!(mail.contains(
        "Subject: Report Domain: origin.test\r\n Submitter: house.test\r\n Report-ID: <"
    ));
    assert!(
        mail.contains("filename=\"house.test!origin.test!"),
        "{mail}"
    );
    assert!(mail.contains("DKIM-Signature:"), "{mail}");
    let xml = packed(&mail);
    assert_eq!(
        python_reads(&xml),
        "house.test origin.test 127.0.0.1 2 none fail pass origin.test pass"
    );
    let read = read_aggregate(&unpack(&xml).unwrap()).unwrap();
    assert_eq!(read.end - read.begin, DAY - 1);
    assert!(read.begin <= today && today <= read.end);

    let forged = to(&taken, "own@strict.test").unwrap().text();
    assert_eq!(
        python_reads(&packed(&forged)),
        "house.test strict.test 127.0.0.1 1 reject fail fail strict.test pass"
    );

    let tls = to(&taken, "tls@far.test").unwrap().text();
    assert!(tls.contains("TLS-Report-Domain: far.test\r\n"), "{tls}");
    assert!(
        tls.contains("multipart/report; report-type=\"tlsrpt\""),
        "{tls}"
    );
    let tls = TlsReport::read(&unpack(&packed(&tls)).unwrap()).unwrap();
    assert_eq!(tls.policies[0].domain, "far.test");
    assert_eq!(tls.policies[0].failures, 1);
    assert_eq!(tls.policies[0].details[0].result, "starttls-not-supported");

    // Whoever did not agree gets nothing.
    assert!(to(&taken, "victim@far.test").is_none());
    // The reports themselves are not told of.
    post.stop();
    assert_eq!(block_on(daily.send(today + 2 * DAY)).unwrap(), 0);
}

#[test]
fn a_restart_tells_what_was_counted_before() {
    let (post, _remote) = Post::open(ZONES, "", Manners::default());
    post.trust_wall();
    let tally = Tally::default();
    tally.set(true, true);
    let from = "eve@origin.test";
    arrives(&post, &tally, "ann@house.test", from, &letter(from), "250 ");
    block_on(tally.keep(&post.store)).unwrap();
    let later = Tally::default();
    later.resume(&post.store).unwrap();
    let daily = reports(&post, &later);
    let tomorrow = post.time().unix() + DAY;
    assert_eq!(block_on(daily.send(tomorrow)).unwrap(), 1);
    // Started once more, it is told no more.
    let again = Tally::default();
    again.resume(&post.store).unwrap();
    assert_eq!(block_on(reports(&post, &again).send(tomorrow)).unwrap(), 0);
}

/// A report of origin.test about house.test.
fn report_about(domain: &str, source: &str, count: u64) -> String {
    let report = Aggregate {
        organization: "origin.test".into(),
        email: "dmarc@origin.test".into(),
        id: "17".into(),
        begin: BEGINNING,
        end: BEGINNING + DAY - 1,
        policy: Published {
            domain: domain.into(),
            ..Published::default()
        },
        records: vec![Record {
            source: source.parse().unwrap(),
            count,
            disposition: msgauth::dmarc::Policy::Reject,
            dkim: false,
            spf: false,
            reasons: Vec::new(),
            header_from: domain.into(),
            envelope_from: String::new(),
            signatures: Vec::new(),
            senders: Vec::new(),
        }],
        left_out: 0,
    };
    let encoded = STANDARD.encode(gzip(write_aggregate(&report).as_bytes()));
    format!(
        "From: DMARC <dmarc@origin.test>\r\nSubject: Report Domain: {domain}\r\nMIME-Version: 1.0\r\nContent-Type: application/gzip\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"origin.test!{domain}!1!2.xml.gz\"\r\n\r\n{encoded}\r\n"
    )
}

#[test]
fn what_others_report_is_said_in_a_sentence() {
    let (post, _remote) = Post::open(ZONES, "", Manners::default());
    post.trust_wall();
    let tally = Tally::default();
    tally.set(true, true);
    let ours = "mail-reports@house.test";
    let from = "dmarc@origin.test";
    let about_us = report_about("house.test", "192.0.2.7", 14);
    // Twice: it counts once.
    for _ in 0..2 {
        arrives(&post, &tally, ours, from, &about_us, "250 ");
    }
    let told = summary_text(&summary(&post.store.read().unwrap()).unwrap());
    assert!(
        told.contains(
            "Somebody at 192.0.2.7 sends as house.test; letters: 14; refused by origin.test."
        ),
        "{told}"
    );
    // No person sees it, and no report is made of a report.
    assert!(post.inbox().is_empty());
    let daily = reports(&post, &tally);
    assert_eq!(block_on(daily.send(post.time().unix() + DAY)).unwrap(), 0);

    // Nothing proves this one's author; that one is about somebody else; this is no report; a bomb.
    let forged = about_us.replace("dmarc@origin.test", "dmarc@strict.test");
    arrives(&post, &tally, ours, "x@strict.test", &forged, "550 ");
    // The DNS is silent about this one: it may come again.
    let unclear = about_us.replace("dmarc@origin.test", "dmarc@slow.test");
    arrives(&post, &tally, ours, "x@slow.test", &unclear, "451 ");
    let other = report_about("else.test", "192.0.2.7", 1);
    arrives(&post, &tally, ours, from, &other, "550 ");
    arrives(&post, &tally, ours, from, &letter(from), "550 ");
    let bomb = STANDARD.encode(gzip(&vec![b' '; 100 << 20]));
    let lines: Vec<&str> = bomb
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let bomb = format!(
        "From: {from}\r\nMIME-Version: 1.0\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        lines.join("\r\n")
    );
    arrives(&post, &tally, ours, from, &bomb, "550 ");
    let after = summary_text(&summary(&post.store.read().unwrap()).unwrap());
    assert_eq!(after, told);
}
