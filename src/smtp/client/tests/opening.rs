//! Greetings of all kinds, and STARTTLS.

use super::super::*;
use super::player::*;

/// How a session without mail ends, by what the server says first.
#[test]
fn greetings() {
    for (script, trouble) in [
        (
            "S: 554 5.7.1 No SMTP service here\nC: QUIT",
            "Never Host Greeting | 554 5.7.1 No SMTP service here",
        ),
        (
            "S: 550 Blocked\nC: QUIT",
            "Never Host Greeting | 550 Blocked",
        ),
        ("S: 450 Busy\nC: QUIT", "Later Host Greeting | 450 Busy"),
        (
            "S: 421 Too many connections",
            "Later Session Greeting | 421 Too many connections",
        ),
        (
            "S: 354 Go",
            "Later Session Greeting | The other server's answer makes no sense as its greeting: 354 Go",
        ),
        (
            "S: +OK POP3 ready",
            "Later Session Greeting | The other server's answer cannot be understood: expected a code from 200 to 599 and text, but it said \"+OK POP3 ready\"",
        ),
        (
            "CLOSE",
            "Later Session Greeting | The connection ended before its greeting",
        ),
        (
            "CLOSE connection reset by peer",
            "Later Session Greeting | The connection ended before its greeting (connection reset by peer)",
        ),
        (
            "R: 220 half\nCLOSE",
            "Later Session Greeting | The connection ended before its greeting",
        ),
        (
            "WAIT 299\nWAIT 1",
            "Later Session Greeting | The other server was silent for 300 seconds; awaited: its greeting",
        ),
        (
            "S: 220 x\nC: EHLO box.example\nS: 421 Bye",
            "Later Session Hello | 421 Bye",
        ),
        (
            "S: 220 x\nC: EHLO box.example\nS: 450 Not now\nC: QUIT",
            "Later Host Hello | 450 Not now",
        ),
        (
            "S: 220 x\nC: EHLO box.example\nS: 500 What?\nC: HELO box.example\nS: 554 Go away\nC: QUIT",
            "Never Host Hello | 554 Go away",
        ),
        (
            "S: 220 x\nC: EHLO box.example\nS: 550 You are listed\nC: HELO box.example\nCLOSE",
            "Later Session Hello | The connection ended before the answer to our greeting; the other server had said: 550 You are listed",
        ),
        (
            "S: 220 x\nC: EHLO box.example\nS: 250-x\nS: 550 y",
            "Later Session Hello | The other server's answer contradicts itself: it has the codes 250 and 550",
        ),
    ] {
        let end = hi(&["bob@x.test"], &format!("{script}\nCLOSED"));
        assert_eq!(end.trouble.as_deref(), Some(trouble), "{script}");
        assert_eq!(end.verdicts, [""; 0], "{script}");
    }
}

/// A host that answers everything in the last minute is not waited for all day.
#[test]
fn slow_is_not_for_ever() {
    let script = "WAIT 290
        S: 220 x
        C: EHLO box.example
        WAIT 290
        S: 500 x
        C: HELO box.example
        WAIT 290
        R: 2
        WAIT 31
        CLOSED";
    let end = hi(&["bob@x.test"], script);
    assert!(
        end.trouble
            .unwrap()
            .starts_with("Later Session Hello | The other server was silent")
    );
}

#[test]
fn helo_fall_back_and_a_long_greeting() {
    let end = hi(
        &["bob@x.test"],
        "S: 220-Welcome
         S: 220-
         S: 220 to us
         C: EHLO box.example
         S: 502 Command not implemented
         C: HELO box.example
         S: 250 x
         C: MAIL FROM:<ann@house.test>
         S: 250 OK
         C: RCPT TO:<bob@x.test>
         S: 250 OK
         C: DATA
         S: 354 Go
         C: Hi
         C: .
         S: 250 Kept
         C: QUIT
         S: 221 Bye
         CLOSED",
    );
    assert_eq!(end.verdicts, ["Delivered Message End | 250 Kept"]);
    assert_eq!(end.trouble, None);
}

const STARTTLS: &str = "S: 220 x
    C: EHLO box.example
    S: 250-x
    S: 250-PIPELINING
    S: 250 STARTTLS
    C: STARTTLS
";

/// What was learned before TLS is forgotten: PIPELINING too.
#[test]
fn tls_begins_anew() {
    let script = format!(
        "{STARTTLS}S: 220 Go
         TLS
         C: EHLO box.example
         S: 250 x
         C: MAIL FROM:<ann@house.test>
         S: 250 OK
         C: RCPT TO:<bob@x.test>
         S: 550 No
         C: QUIT
         CLOSE
         CLOSED"
    );
    for tls in [TlsUse::Wanted, TlsUse::Required] {
        let mail = [(to(&["bob@x.test"]), Vec::new())];
        let end = play(&profile(tls), &mail, &script);
        assert_eq!(end.verdicts, ["Never Recipient Rcpt | 550 No"]);
    }
}

#[test]
fn tls_is_not_to_be_had() {
    let required = |script: &str| {
        play(&profile(TlsUse::Required), &[], script)
            .trouble
            .unwrap()
    };
    assert_eq!(
        required("S: 220 x\nC: EHLO box.example\nS: 250 x\nC: QUIT\nCLOSED"),
        "Later Host StartTls | The other server does not offer TLS, and this mail must not go without it"
    );
    assert_eq!(
        required(&format!(
            "{STARTTLS}S: 454 4.7.0 No certificate\nC: QUIT\nCLOSED"
        )),
        "Later Host StartTls | 454 4.7.0 No certificate"
    );
    assert_eq!(
        required(&format!("{STARTTLS}S: 502 What?\nC: QUIT\nCLOSED")),
        "Later Host StartTls | 502 What?"
    );
    assert_eq!(
        required(&format!(
            "{STARTTLS}S: 220 Go\nNOTLS the certificate is for another name\nCLOSED"
        )),
        "Later Host StartTls | The TLS handshake with the other server failed: the certificate is for another name"
    );
    assert_eq!(
        required(&format!("{STARTTLS}S: 220 Go\nWAIT 300\nCLOSED")),
        "Later Host StartTls | The TLS handshake with the other server took too long"
    );
    let optional = |script: &str| play(&profile(TlsUse::Wanted), &[], script).trouble;
    for refusal in ["454 4.7.0 No certificate", "502 What?"] {
        let script = format!("{STARTTLS}S: {refusal}\nC: QUIT\nS: 221 Bye\nCLOSED");
        assert_eq!(optional(&script), None);
    }
    let never =
        "S: 220 x\nC: EHLO box.example\nS: 250-x\nS: 250 STARTTLS\nC: QUIT\nS: 221 x\nCLOSED";
    assert_eq!(play(&profile(TlsUse::Never), &[], never).trouble, None);
}

/// CVE-2011-0411 and its kin: what stands behind the 220 would be believed under TLS. In any split.
#[test]
fn injected_octets() {
    let words = "Later Host StartTls | Something was said in the clear behind the other server's answer to STARTTLS; somebody on the way may have put it there";
    for injected in [
        "R: 220 Go\\r\\n250 x\\r\\n",
        "R: 220 Go\\r\\nx",
        "R: 220 Go\\n\\n",
    ] {
        let end = play(
            &profile(TlsUse::Wanted),
            &[],
            &format!("{STARTTLS}{injected}\nCLOSED"),
        );
        assert_eq!(end.trouble.as_deref(), Some(words));
    }
    let late = format!("{STARTTLS}S: 220 Go\nR: 2\nTLS\nCLOSED");
    let mut stage_end = None;
    for _ in 0..2 {
        stage_end = std::panic::catch_unwind(|| play(&profile(TlsUse::Wanted), &[], &late)).ok();
    }
    assert_eq!(stage_end.unwrap().trouble.as_deref(), Some(words));
}

#[test]
fn helo_at_once() {
    let profile = Profile {
        hello: Hello::Helo,
        hostname: "böx\r\n".to_owned(),
        ..profile(TlsUse::Wanted)
    };
    let script = "S: 220 x\nC: HELO bx\nS: 250 x\nC: QUIT\nS: 221 x\nCLOSED";
    assert_eq!(play(&profile, &[], script).trouble, None);
}
