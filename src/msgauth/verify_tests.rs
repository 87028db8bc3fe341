use super::*;
use crate::results;
use crate::testing::{Zone, judged};

const LETTER: &str = "From: Ann <ann@house.test>\r\nSubject: x\r\n\r\nHello.\r\n";

fn client() -> Client {
    Client {
        address: "2001:db8::1".parse().unwrap(),
        helo: "mail.house.test".into(),
        mail_from: "ann@house.test".into(),
    }
}

#[test]
fn everything_at_once_and_what_is_written_of_it() {
    let mut zone = Zone::of(
        "house.test TXT v=spf1 ip6:2001:db8::/32 -all
         mail.house.test TXT v=spf1 -all
         _dmarc.house.test TXT v=DMARC1; p=reject",
    );
    let verdicts = judged(&mut zone, LETTER.as_bytes(), Some(&client()), 5, None);
    let field = results::field("mail.house.test", &verdicts);
    assert_eq!(
        field,
        "Authentication-Results: mail.house.test;\r\n\
         \tiprev=permerror\r\n\t policy.iprev=\"2001:db8::1\";\r\n\
         \tspf=pass\r\n\t reason=\"\\\"ip6:2001:db8::/32\\\" in the record of house.test applies to 2001:db8::1\"\r\n\t smtp.mailfrom=house.test;\r\n\
         \tspf=fail\r\n\t reason=\"\\\"-all\\\" in the record of mail.house.test applies to 2001:db8::1\"\r\n\t smtp.helo=mail.house.test;\r\n\
         \tdkim=none;\r\n\
         \tarc=none\r\n\t reason=\"nobody sealed the message\";\r\n\
         \tdmarc=pass\r\n\t reason=\"the author is of house.test, and the client may send for house.test\"\r\n\t header.from=house.test\r\n\t policy.dmarc=reject\r\n"
    );
    assert!(results::claims(
        field.split_once(':').unwrap().1.as_bytes(),
        "mail.house.test"
    ));
    assert_eq!(
        results::field("mail.house.test", &Verdicts::default()),
        "Authentication-Results: mail.house.test; none\r\n"
    );
}

#[test]
fn what_comes_from_outside_cannot_break_out_of_the_field() {
    let evil = Client {
        address: "192.0.2.1".parse().unwrap(),
        helo: "x\r\nSubject: y".into(),
        mail_from: "\"a\r\nb\"@x\"\r\n y; dmarc=pass".into(),
    };
    let message = "DKIM-Signature: v=1; a=rsa-sha256; d=a\"b.test; s=x;dmarc=pass\r\n (\r\n\tq\"\\; h=from; i=\"(\"@a.test; bh=AA==; b=\"(\";\r\nFrom: \"x\" <a@b\";dmarc=pass>\r\n\r\n";
    let verdicts = judged(
        &mut Zone::default(),
        message.as_bytes(),
        Some(&evil),
        5,
        None,
    );
    let field = results::field("mail.house.test", &verdicts);
    assert!(field.is_ascii() && field.ends_with("\r\n"));
    for line in field.trim_end().split("\r\n").skip(1) {
        assert!(line.starts_with('\t') && line.len() < 998, "{field}");
    }
    // Behind quotes and nowhere else.
    let mut quoted = false;
    let mut outside = String::new();
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => drop(chars.next()),
            '"' => quoted = !quoted,
            c if !quoted => outside.push(c),
            _ => {}
        }
    }
    assert!(!quoted && !outside.contains("dmarc=pass"), "{field}");
}

#[test]
fn questions_are_named_as_soon_as_they_are_known() {
    let circumstances = Circumstances {
        receiver: "r.test".into(),
        now: None,
        sample: 0,
    };
    let mut verifier = Verifier::new(circumstances, Some(&client()));
    let names = |verifier: &Verifier| -> Vec<String> {
        verifier
            .needs()
            .into_iter()
            .map(|question| question.name)
            .collect()
    };
    assert_eq!(names(&verifier).len(), 3);
    verifier.feed(b"From: a@deep.house.test\r\nDKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=s; h=from; bh=AA==; b=AA==\r\n");
    assert_eq!(names(&verifier).len(), 3);
    verifier.feed(b"\r\n");
    assert!(names(&verifier).contains(&"s._domainkey.a.test".to_owned()));
    assert!(names(&verifier).contains(&"_dmarc.deep.house.test".to_owned()));
    assert_eq!(verifier.verdicts(), None);
}

/// Whatever comes, it ends, asks a bounded number of questions and says something.
#[test]
fn odd_messages_have_verdicts_too() {
    for message in [
        "",
        "\r\n",
        "From",
        "From:\r\n",
        "\r\r\n",
        "ARC-Seal:\r\n\r\n",
        "DKIM-Signature:\r\n\r\nx",
        "DKIM-Signature: ;;;\r\nFrom: \r\n",
    ] {
        for step in [1, 100] {
            let verdicts = judged(&mut Zone::default(), message.as_bytes(), None, step, None);
            assert!(
                verdicts.dmarc.is_some() && verdicts.spf.is_none(),
                "{message}"
            );
        }
    }
}
