//! Parameters: only what was announced, and what cannot go without.

use super::super::*;
use super::player::*;
use mail::Address;

/// The MAIL and RCPT lines for this transaction, or the verdict if there are none.
fn lines(announced: &str, tls: TlsUse, transaction: Transaction) -> Vec<String> {
    let mut stage = Play::new(
        profile(tls),
        Limits::default(),
        &[(transaction, Vec::new())],
    );
    stage.feed(b"220 x\r\n");
    stage.out.clear();
    let mut ehlo = String::from("250-x\r\n");
    for line in announced.split(';') {
        ehlo.push_str(&format!("250-{}\r\n", line.trim()));
    }
    ehlo.push_str("250 PIPELINING\r\n");
    stage.feed(ehlo.as_bytes());
    if let Some(outcome) = stage.outcomes.first() {
        return outcome.recipients.iter().map(brief).collect();
    }
    let said = String::from_utf8(stage.out).unwrap();
    said.lines()
        .filter(|line| *line != "DATA")
        .map(str::to_owned)
        .collect()
}

fn everything() -> Transaction {
    let mut transaction = to(&["bob@x.test"]);
    transaction.size = 1000;
    transaction.body = BodyType::EightBitMime;
    transaction.ret = Some(Ret::Headers);
    transaction.envid = Some("a b+c".to_owned());
    transaction.by = Some(By {
        seconds: 100,
        mode: ByMode::Notify,
        trace: true,
    });
    transaction.priority = Some(-4);
    transaction.recipients[0].orcpt = Some("rfc822;Bob+1@x.test".to_owned());
    transaction.recipients[0].notify = Some(Notify {
        success: true,
        ..Notify::NEVER
    });
    transaction
}

#[test]
fn only_what_was_announced() {
    assert_eq!(
        lines(
            "SIZE;8BITMIME;DSN;DELIVERBY;MT-PRIORITY",
            TlsUse::Wanted,
            everything()
        ),
        [
            "MAIL FROM:<ann@house.test> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=a+20b+2Bc BY=100;NT MT-PRIORITY=-4",
            "RCPT TO:<bob@x.test> NOTIFY=SUCCESS ORCPT=rfc822;Bob+2B1@x.test"
        ]
    );
    assert_eq!(
        lines("8BITMIME", TlsUse::Wanted, everything()),
        [
            "MAIL FROM:<ann@house.test> BODY=8BITMIME",
            "RCPT TO:<bob@x.test>"
        ]
    );
    // RFC 2852 §4.1.4.2: a host that knows reports and no deadlines is asked to report delays.
    assert_eq!(
        lines("8BITMIME;DSN", TlsUse::Wanted, everything())[1],
        "RCPT TO:<bob@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+2B1@x.test"
    );
    // RFC 3461 §5.2.1: nothing was asked, nothing is passed on.
    let plain = lines("DSN", TlsUse::Wanted, to(&["bob@x.test"]));
    assert_eq!(plain[1], "RCPT TO:<bob@x.test>");
    let mut null = to(&["bob@x.test"]);
    null.reverse_path = None;
    assert_eq!(lines("DSN", TlsUse::Wanted, null)[0], "MAIL FROM:<>");
}

/// What the other side lacks, so that the message cannot go there.
#[test]
fn what_cannot_go() {
    let mut utf8 = to(&["bob@x.test"]);
    utf8.smtputf8 = true;
    let mut binary = to(&["bob@x.test"]);
    binary.body = BodyType::BinaryMime;
    let mut eight = to(&["bob@x.test"]);
    eight.body = BodyType::EightBitMime;
    let mut large = to(&["bob@x.test"]);
    large.size = 1001;
    let mut tls = to(&["bob@x.test"]);
    tls.require_tls = true;
    let mut by = to(&["bob@x.test"]);
    by.by = Some(By {
        seconds: 100,
        mode: ByMode::Return,
        trace: false,
    });
    let cases = [
        ("SIZE", TlsUse::Wanted, &utf8, "(SMTPUTF8)"),
        (
            "BINARYMIME",
            TlsUse::Wanted,
            &binary,
            "BINARYMIME with CHUNKING",
        ),
        ("SIZE", TlsUse::Wanted, &eight, "does not announce 8BITMIME"),
        (
            "SIZE 1000",
            TlsUse::Wanted,
            &large,
            "1001 octets, and the other server takes at most 1000",
        ),
        (
            "REQUIRETLS",
            TlsUse::Wanted,
            &tls,
            "this connection has none",
        ),
        ("SIZE", active(), &tls, "does not promise that"),
        ("SIZE", TlsUse::Wanted, &by, "(DELIVERBY)"),
        ("DELIVERBY 101", TlsUse::Wanted, &by, "needs at least 101"),
    ];
    for (announced, tls, transaction, words) in cases {
        let said = lines(announced, tls, transaction.clone());
        assert!(
            said[0].starts_with("Never Host Mail | ") && said[0].contains(words),
            "{said:?}"
        );
    }
    for (announced, tls, transaction, parameter) in [
        ("SMTPUTF8", TlsUse::Wanted, &utf8, " SMTPUTF8"),
        (
            "BINARYMIME;CHUNKING",
            TlsUse::Wanted,
            &binary,
            " BODY=BINARYMIME",
        ),
        ("SIZE 0", TlsUse::Wanted, &large, " SIZE=1001"),
        ("REQUIRETLS", active(), &tls, " REQUIRETLS"),
        ("DELIVERBY 100", TlsUse::Wanted, &by, " BY=100;R"),
    ] {
        let said = lines(announced, tls, transaction.clone());
        assert!(
            said[0].starts_with("MAIL") && said[0].contains(parameter),
            "{said:?}"
        );
    }
}

/// A domain has a form in ASCII; a name has none, and only its own recipient suffers.
#[test]
fn addresses_outside_ascii() {
    let mail = || {
        let mut mail = to(&["bob@häus.test", "jörg@x.test", "eve@x.test"]);
        mail.reverse_path = Some(Address::parse("ann@häus.test").unwrap());
        mail.recipients[2].orcpt = Some("utf-8;ü@x.test".to_owned());
        mail
    };
    assert_eq!(
        lines("DSN", TlsUse::Wanted, mail()),
        [
            "MAIL FROM:<ann@xn--hus-qla.test>",
            "RCPT TO:<bob@xn--hus-qla.test>",
            "RCPT TO:<eve@x.test> ORCPT=utf-8;\\x{FC}@x.test"
        ]
    );
    assert_eq!(
        lines("SMTPUTF8;DSN", TlsUse::Wanted, mail()),
        [
            "MAIL FROM:<ann@häus.test> SMTPUTF8",
            "RCPT TO:<bob@häus.test>",
            "RCPT TO:<jörg@x.test>",
            "RCPT TO:<eve@x.test> ORCPT=utf-8;ü@x.test"
        ]
    );
    let end = play(
        &profile(TlsUse::Wanted),
        &[(to(&["jörg@x.test"]), Vec::new())],
        "S: 220 x\nC: EHLO box.example\nS: 250 x\nC: QUIT\nS: 221 x\nCLOSED",
    );
    assert_eq!(end.verdicts.len(), 1);
    assert!(
        end.verdicts[0].starts_with("Never Host Rcpt | The recipient's address is outside ASCII")
    );
}
