//! What goes over the wire: large letters, eight bits, international addresses, tricks, signatures.

use store::BodyKind;

use crate::post::{LETTER, Post};
use crate::remote::{Manners, announcing};

const EIGHT_BIT: &str = "From: Ann <ann@elsewhere.test>\r\nSubject: Gr\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSch\u{f6}ne Gr\u{fc}\u{df}e\r\n";

#[test]
fn eight_bits_go_as_they_are_or_are_rewritten_for_a_remote_that_takes_seven() {
    let (post, remote) = Post::simple(Manners::default());
    let eight = |letter: &mut store::NewLetter| letter.body = BodyKind::EightBit;
    let letter = post.send_with(&["bob@far.test"], EIGHT_BIT, eight);
    post.gone(letter);
    let taken = remote.taken().remove(0);
    assert!(taken.mail.contains("BODY=8BITMIME"), "{}", taken.mail);
    assert!(taken.text().ends_with(EIGHT_BIT), "{}", taken.text());

    let (post, remote) = Post::simple(announcing(&["PIPELINING"]));
    let letter = post.send_with(&["bob@far.test"], EIGHT_BIT, eight);
    post.gone(letter);
    let taken = remote.taken().remove(0);
    assert!(!taken.mail.contains("BODY="), "{}", taken.mail);
    assert!(taken.data.is_ascii());
    assert!(
        taken.text().contains("Sch=C3=B6ne Gr=C3=BC=C3=9Fe"),
        "{}",
        taken.text()
    );
}

#[test]
fn a_letter_larger_than_the_remote_takes_comes_back() {
    let (post, remote) = Post::simple(announcing(&["SIZE 1000"]));
    let message = format!("{LETTER}{}", "0123456789\r\n".repeat(200));
    let letter = post.send_with(&["bob@far.test"], &message, |_| ());
    post.gone(letter);
    let report = post.mail(1);
    assert!(report.contains("Status: 5.3.4"), "{report}");
    assert_eq!(remote.taken().len(), 0);
}

#[test]
fn a_large_letter_arrives_whole_by_data_and_by_bdat() {
    for chunking in [false, true] {
        let mut manners = Manners::default();
        if chunking {
            manners.announce.push("CHUNKING");
        }
        let (post, remote) = Post::simple(manners);
        let message = format!(
            "{LETTER}{}",
            ".a line that begins with a dot\r\n".repeat(80_000)
        );
        let letter = post.send_with(&["bob@far.test"], &message, |_| ());
        post.gone(letter);
        let taken = remote.taken().remove(0);
        assert_eq!(taken.chunks, chunking);
        assert!(
            taken.text().ends_with(&message),
            "{} octets",
            taken.data.len()
        );
    }
}

#[test]
fn smuggled_ends_of_data_stay_inside_one_letter() {
    let tricks = "\n.\nMAIL FROM:<evil@x.test>\r\n.\r\r\n.\r\nRCPT TO:<you@far.test>\n.\r\nDATA\r\n\r.\r\nend\0.\r\n";
    let (post, remote) = Post::simple(Manners::default());
    let letter = post.send_with(&["bob@far.test"], &format!("{LETTER}{tricks}"), |_| ());
    post.gone(letter);
    let next = post.send(&["carl@far.test"]);
    post.gone(next);
    let taken = remote.taken();
    assert_eq!(taken.len(), 2, "{:#?}", remote.lines());
    assert!(
        taken
            .iter()
            .all(|one| one.mail.starts_with("MAIL FROM:<ann@house.test>"))
    );
    let data = &taken[0].data;
    assert!(!data.contains(&0));
    for (at, octet) in data.iter().enumerate() {
        match octet {
            b'\r' => assert_eq!(data.get(at + 1), Some(&b'\n'), "a bare CR left"),
            b'\n' => assert_eq!(data.get(at.wrapping_sub(1)), Some(&b'\r'), "a bare LF left"),
            _ => {}
        }
    }
}

#[test]
fn international_addresses_need_smtputf8_or_come_back() {
    let utf8 = |letter: &mut store::NewLetter| letter.smtputf8 = true;
    let (post, _remote) = Post::simple(Manners::default());
    let letter = post.send_with(&["b\u{f6}b@far.test"], LETTER, utf8);
    post.gone(letter);
    let report = post.mail(1);
    assert!(report.contains("5.6.7"), "{report}");

    let (post, remote) = Post::simple(announcing(&["8BITMIME", "SMTPUTF8"]));
    let letter = post.send_with(&["b\u{f6}b@far.test"], LETTER, utf8);
    post.gone(letter);
    let taken = remote.taken().remove(0);
    assert!(taken.mail.contains("SMTPUTF8"), "{}", taken.mail);
    assert_eq!(taken.rcpt, ["RCPT TO:<b\u{f6}b@far.test>"]);
}

#[test]
fn letters_of_the_house_are_signed_once_for_all_destinations_and_strangers_letters_are_not() {
    let zones = "far.test A 127.0.0.2\nwide.test A 127.0.0.2";
    let (mut post, remote) = Post::open(zones, "", Manners::default());
    post.start();
    let message = LETTER.replace("ann@elsewhere.test", "ann@house.test");
    let letter = post.send_with(&["bob@far.test", "carl@wide.test"], &message, |_| ());
    post.gone(letter);
    let taken = remote.taken();
    assert_eq!(taken.len(), 2);
    for one in &taken {
        let text = one.text();
        assert!(text.starts_with("DKIM-Signature: "), "{text}");
        assert_eq!(text.matches("DKIM-Signature: ").count(), 2, "{text}");
        assert!(text.contains("d=house.test"), "{text}");
    }
    assert_eq!(taken[0].text(), taken[1].text());
    let forwarded = post.send_with(&["bob@far.test"], &message, |letter| {
        letter.sender = None;
        letter.origin = store::Origin::Forward {
            alias: mail::Address::parse("club@house.test").unwrap(),
        };
    });
    post.gone(forwarded);
    assert!(!remote.taken()[2].text().contains("DKIM-Signature"));
}
