//! Verdicts: who gets which, with pipelining and without.

use super::super::*;
use super::player::*;

const ONE_BY_ONE: &str = "S: 220 x
    C: EHLO box.example
    S: 250 x
    C: MAIL FROM:<ann@house.test>
";

const IN_ONE_GO: &str = "S: 220 x
    C: EHLO box.example
    S: 250-x
    S: 250 PIPELINING
    C: MAIL FROM:<ann@house.test>
    C: RCPT TO:<bob@x.test>
    C: RCPT TO:<eve@x.test>
    C: DATA
";

fn one_by_one(script: &str) -> Vec<String> {
    hi(
        &["bob@x.test", "eve@x.test"],
        &format!("{ONE_BY_ONE}{script}"),
    )
    .verdicts
}

fn in_one_go(script: &str) -> Vec<String> {
    hi(
        &["bob@x.test", "eve@x.test"],
        &format!("{IN_ONE_GO}{script}"),
    )
    .verdicts
}

const SENT: &str = "C: Hi\nC: .\n";
const BYE: &str = "C: QUIT\nS: 221 Bye\nCLOSED";

#[test]
fn each_recipient_its_own() {
    let verdicts = [
        "Delivered Message End | 250 2.0.0 Kept",
        "Never Recipient Rcpt | 550 5.1.1 Nobody",
    ];
    let one = one_by_one(&format!(
        "S: 250 OK
         C: RCPT TO:<bob@x.test>
         S: 250 OK
         C: RCPT TO:<eve@x.test>
         S: 550 5.1.1 Nobody
         C: DATA
         S: 354 Go
         {SENT}S: 250 2.0.0 Kept
         {BYE}"
    ));
    assert_eq!(one, verdicts);
    let all = in_one_go(&format!(
        "S: 250 OK
         S: 251 OK
         S: 550-5.1.1 Nobody
         S: 550 5.1.1
         S: 354 Go
         {SENT}S: 250 2.0.0 Kept
         {BYE}"
    ));
    assert_eq!(all, verdicts);
}

/// RFC 2920 §3.1: 354 although nobody was taken; and all the ways in which a refused group is answered.
#[test]
fn nobody_is_taken() {
    let refused = "S: 250 OK\nS: 450 4.2.1 Grey\nS: 550 Nobody\n";
    let verdicts = [
        "Later Recipient Rcpt | 450 4.2.1 Grey",
        "Never Recipient Rcpt | 550 Nobody",
    ];
    for end in [
        "S: 354 Go\nC: .\nS: 554 None",
        "S: 354 Go\nC: .\nS: 250 OK",
        "S: 554 None",
        "S: 503 None",
        "S: 451 None",
    ] {
        assert_eq!(in_one_go(&format!("{refused}{end}\n{BYE}")), verdicts);
    }
    let one = one_by_one(&format!(
        "S: 250 OK\nC: RCPT TO:<bob@x.test>\nS: 450 4.2.1 Grey\nC: RCPT TO:<eve@x.test>\nS: 550 Nobody\n{BYE}"
    ));
    assert_eq!(one, verdicts);
}

/// The sender is refused: that text, whatever follows.
#[test]
fn mail_is_refused() {
    let refused = ["Never Message Mail | 550 5.7.1 Go away"; 2];
    for rest in [
        "S: 503 No\nS: 503 No\nS: 503 No\nC: QUIT\nS: 221 Bye\nCLOSED",
        "S: 250 OK\nS: 250 OK\nS: 354 Go\nC: .\nS: 250 OK\nC: QUIT\nS: 221 Bye\nCLOSED",
        "S: 503 No\nS: 421 Bye\nCLOSED",
        "S: 503 No\nCLOSE\nCLOSED",
        "CLOSE connection reset by peer\nCLOSED",
        "R: 50\nCLOSE\nCLOSED",
    ] {
        let verdicts = in_one_go(&format!("S: 550 5.7.1 Go away\n{rest}"));
        assert_eq!(verdicts, refused, "{rest}");
    }
    assert_eq!(
        one_by_one("S: 550 5.7.1 Go away\nC: QUIT\nCLOSE\nCLOSED"),
        refused
    );
    assert_eq!(
        one_by_one(&format!("S: 451 4.3.0 Busy\n{BYE}")),
        ["Later Host Mail | 451 4.3.0 Busy"; 2]
    );
    assert_eq!(
        one_by_one(&format!("S: 452 Full\n{BYE}")),
        ["Later Host Mail | 452 Full"; 2]
    );
    assert_eq!(
        one_by_one(&format!("S: 450 4.7.1 Grey\n{BYE}")),
        ["Later Message Mail | 450 4.7.1 Grey"; 2]
    );
    assert_eq!(
        one_by_one("S: 421 Bye\nCLOSED"),
        ["Later Session Mail | 421 Bye"; 2]
    );
}

/// The connection ends in a pipelined group: who was judged is judged.
#[test]
fn hung_up_in_a_group() {
    assert_eq!(
        in_one_go("S: 250 OK\nS: 550 Nobody\nCLOSE\nCLOSED"),
        [
            "Never Recipient Rcpt | 550 Nobody",
            "Later Session Rcpt | The connection ended before the answer to a recipient's address; the other server had said: 550 Nobody"
        ]
    );
    assert_eq!(
        in_one_go("S: 250 OK\nS: 250 OK\nS: 421 Bye\nCLOSED"),
        ["Later Session Rcpt | 421 Bye"; 2]
    );
    assert_eq!(
        in_one_go("S: 250 OK\nS: 250 OK\nS: 552 5.2.2 Full\nS: 421 Bye\nCLOSED"),
        [
            "Later Session Data | 421 Bye",
            "Never Recipient Rcpt | 552 5.2.2 Full"
        ]
    );
    assert_eq!(
        in_one_go("S: 250 OK\nS: 250 OK\nS: 250 OK\nS: 354 Go\nC: Hi\nC: .\nCLOSE\nCLOSED"),
        ["Later Session End lost | The connection ended before the answer to the whole message; the message may have been delivered";
            2]
    );
    assert_eq!(
        in_one_go(
            "S: 250 OK\nS: 250 OK\nS: 250 OK\nS: 354 Go\nC: Hi\nC: .\nWAIT 599\nWAIT 1\nCLOSED"
        ),
        ["Later Session End lost | The other server was silent for 600 seconds; awaited: the answer to the whole message; the message may have been delivered";
            2]
    );
}

#[test]
fn the_message_is_refused() {
    let taken = "S: 250 OK\nS: 250 OK\nS: 550 Nobody\n";
    for (script, verdict) in [
        (
            format!("S: 554 5.7.1 Spam\n{BYE}"),
            "Never Message Data | 554 5.7.1 Spam",
        ),
        (
            format!("S: 451 Busy\n{BYE}"),
            "Later Message Data | 451 Busy",
        ),
        (
            format!("S: 354 Go\n{SENT}S: 554 5.6.0 Spam\n{BYE}"),
            "Never Message End | 554 5.6.0 Spam",
        ),
        (
            format!("S: 354 Go\n{SENT}S: 452 4.3.1 Disk full\n{BYE}"),
            "Later Host End | 452 4.3.1 Disk full",
        ),
        (
            format!("S: 354 Go\n{SENT}S: 421 4.3.2 Bye\nCLOSED"),
            "Later Session End | 421 4.3.2 Bye",
        ),
        (
            format!("S: 354 Go\n{SENT}S: 354 Go on\nCLOSED"),
            "Later Session End lost | The other server's answer makes no sense as the answer to the whole message: 354 Go on",
        ),
        (
            format!("S: 354 Go\n{SENT}S: hm\nCLOSED"),
            "Later Session End lost | The other server's answer cannot be understood: expected a code from 200 to 599 and text, but it said \"hm\"",
        ),
        (
            "S: 250 Go\nCLOSED".to_owned(),
            "Later Session Data | The other server's answer makes no sense as the leave to send the message: 250 Go",
        ),
    ] {
        let verdicts = in_one_go(&format!("{taken}{script}"));
        assert_eq!(
            verdicts,
            [verdict, "Never Recipient Rcpt | 550 Nobody"],
            "{script}"
        );
    }
}

/// A group that is refused leaves the transaction open; the next one begins with RSET, in the same go.
#[test]
fn the_next_transaction() {
    let mail = [
        (to(&["bob@x.test"]), b"Hi\r\n".to_vec()),
        (to(&["eve@x.test"]), b"Hi\r\n".to_vec()),
        (to(&["dan@x.test"]), b"Hi\r\n".to_vec()),
    ];
    let end = play(
        &profile(TlsUse::Wanted),
        &mail,
        "S: 220 x
         C: EHLO box.example
         S: 250-x
         S: 250 PIPELINING
         C: MAIL FROM:<ann@house.test>
         C: RCPT TO:<bob@x.test>
         C: DATA
         S: 250 OK
         S: 550 No
         S: 503 No
         C: RSET
         C: MAIL FROM:<ann@house.test>
         C: RCPT TO:<eve@x.test>
         C: DATA
         S: 250 OK
         S: 250 OK
         S: 250 OK
         S: 354 Go
         C: Hi
         C: .
         S: 250 Kept
         C: MAIL FROM:<ann@house.test>
         C: RCPT TO:<dan@x.test>
         C: DATA
         CLOSE
         CLOSED",
    );
    assert_eq!(
        end.verdicts,
        [
            "Never Recipient Rcpt | 550 No",
            "Delivered Message End | 250 Kept",
            "Later Session Mail | The connection ended before the answer to the sender's address"
        ]
    );
}

/// RFC 9422 and 452: who is one too many goes in the next transaction, if this one got anywhere.
#[test]
fn too_many_recipients() {
    let hello = "S: 220 x
         C: EHLO box.example
         S: 250-x
         S: 250-DSN
         S: 250-LIMITS RCPTMAX=2 MAILMAX=1
         S: 250 PIPELINING
         C: MAIL FROM:<ann@house.test>
         C: RCPT TO:<bob@x.test>
         C: RCPT TO:<eve@x.test>
         C: DATA
         S: 250 OK
         S: 250 OK\n";
    let three = ["bob@x.test", "eve@x.test", "dan@x.test"];
    let crowd = "Later Recipient Rcpt again | There were too many recipients for one transaction with the other server; this one goes in the next";
    for refusal in [
        "452 4.5.3 Too many",
        "452 Too many",
        "552 Too many",
        "552 5.5.3 Too many",
    ] {
        let end = hi(
            &three,
            &format!("{hello}S: {refusal}\nS: 354 Go\n{SENT}S: 250 Kept\n{BYE}"),
        );
        let again = format!("Later Recipient Rcpt again | {refusal}");
        assert_eq!(
            end.verdicts,
            ["Delivered Message End dsn | 250 Kept", &again, crowd]
        );
    }
    let end = hi(
        &three,
        &format!("{hello}S: 452 4.2.2 Full\nS: 354 Go\n{SENT}S: 250 Kept\n{BYE}"),
    );
    assert_eq!(end.verdicts[1], "Later Recipient Rcpt | 452 4.2.2 Full");
    let end = hi(
        &["bob@x.test"],
        "S: 220 x\nC: EHLO box.example\nS: 250 x\nC: MAIL FROM:<ann@house.test>\nS: 250 x\nC: RCPT TO:<bob@x.test>\nS: 452 Too many\nC: QUIT\nS: 221 x\nCLOSED",
    );
    assert_eq!(
        end.verdicts,
        ["Later Recipient Rcpt | 452 Too many"],
        "nobody got through: not at once"
    );
}

/// However many recipients, so many commands are unanswered at most.
#[test]
fn the_window() {
    let people: Vec<String> = (0..100).map(|at| format!("p{at}@x.test")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let limits = Limits {
        pipeline: 7,
        ..Limits::default()
    };
    let mut stage = Play::new(
        profile(TlsUse::Wanted),
        limits,
        &[(to(&people), b"Hi\r\n".to_vec())],
    );
    stage.feed(b"220 x\r\n");
    stage.out.clear();
    stage.feed(b"250-x\r\n250 PIPELINING\r\n");
    let (mut said, mut answered) = (0, 0);
    while answered < 102 {
        said += stage.out.iter().filter(|octet| **octet == b'\n').count();
        assert!(said - answered <= 7 && said > answered);
        stage.out.clear();
        stage.feed(if answered == 101 {
            b"354 Go\r\n"
        } else {
            b"250 OK\r\n"
        });
        answered += 1;
    }
    stage.feed(b"250 Kept\r\n");
    assert_eq!(stage.outcomes[0].recipients.len(), 100);
    assert!(
        stage.outcomes[0]
            .recipients
            .iter()
            .all(|verdict| verdict.fate == Fate::Delivered)
    );
}

const CHUNKS: &str = "S: 220 x
    C: EHLO box.example
    S: 250-x
    S: 250-8BITMIME
    S: 250-BINARYMIME
    S: 250 CHUNKING
    C: MAIL FROM:<ann@house.test> BODY=BINARYMIME
    S: 250 OK
    C: RCPT TO:<bob@x.test>
    S: 250 OK
";

fn binary(content: &[u8], script: &str) -> Vec<String> {
    let mut transaction = to(&["bob@x.test"]);
    transaction.body = BodyType::BinaryMime;
    let limits = Limits {
        chunk: 4,
        ..Limits::default()
    };
    let mail = [(transaction, content.to_vec())];
    play_with(
        &profile(TlsUse::Wanted),
        &limits,
        &mail,
        &format!("{CHUNKS}{script}"),
    )
    .verdicts
}

/// RFC 3030: without PIPELINING each chunk waits for its answer; a refusal ends the transfer, not the session.
#[test]
fn chunks() {
    let verdicts = binary(
        b"a\0\r\n",
        "C: BDAT 4\nC: a\0\nS: 250 OK\nC: BDAT 0 LAST\nS: 250 Kept\nC: QUIT\nS: 221 x\nCLOSED",
    );
    assert_eq!(verdicts, ["Delivered Message End | 250 Kept"]);
    let verdicts = binary(
        b"ab\r\n",
        "C: BDAT 4\nC: ab\nS: 552 5.2.3 Too large\nC: QUIT\nS: 221 x\nCLOSED",
    );
    assert_eq!(verdicts, ["Never Message Content | 552 5.2.3 Too large"]);
    let verdicts = binary(b"ab\r\n", "C: BDAT 4\nC: ab\nCLOSE\nCLOSED");
    assert_eq!(
        verdicts,
        ["Later Session Content | The connection ended before the end of the message"]
    );
    let verdicts = binary(
        b"ab\r\n",
        "C: BDAT 4\nC: ab\nS: 250 OK\nC: BDAT 0 LAST\nCLOSE\nCLOSED",
    );
    assert!(
        verdicts[0].starts_with("Later Session End lost"),
        "{verdicts:?}"
    );
}
