//! Log-ins at relays.

use super::super::*;
use super::player::*;

const SECURE: &str = "S: 220 x
    C: EHLO box.example
    S: 250-x
";

fn log_in(script: &str) -> End {
    play(&relay(active()), &[], &format!("{SECURE}{script}"))
}

#[test]
fn never_without_tls() {
    let open = "S: 220 x
        C: EHLO box.example
        S: 250-x
        S: 250 AUTH PLAIN
        C: QUIT
        CLOSED";
    for tls in [TlsUse::Wanted, TlsUse::Required] {
        let trouble = play(&relay(tls), &[], open).trouble.unwrap();
        assert!(trouble.starts_with("Later Host StartTls | "), "{trouble}");
    }
    let trouble = play(&relay(TlsUse::Never), &[], open).trouble.unwrap();
    assert!(
        trouble.starts_with("Never Host Login | The password is never sent"),
        "{trouble}"
    );
}

#[test]
fn plain_and_login() {
    let end = log_in(
        "S: 250 AUTH PLAIN LOGIN
         C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcg==
         S: 235 2.7.0 Welcome
         C: QUIT
         S: 221 Bye
         CLOSED",
    );
    assert_eq!(end.trouble, None);
    // A10; and challenges that are no base64.
    for (first, second) in [("VXNlcm5hbWU6", "UGFzc3dvcmQ6"), ("Username:", "")] {
        let end = log_in(&format!(
            "S: 250 AUTH=LOGIN
             C: AUTH LOGIN
             S: 334 {first}
             C: YWxpY2VAZXhhbXBsZS5vcmc=
             S: 334 {second}
             C: d29uZGVy
             S: 235 Welcome
             C: QUIT
             S: 221 Bye
             CLOSED"
        ));
        assert_eq!(end.trouble, None);
    }
}

#[test]
fn refusals() {
    let plain = "S: 250 AUTH PLAIN\nC: AUTH PLAIN ...\n";
    for (script, trouble) in [
        (format!("{plain}S: 535 5.7.8 Wrong\nC: QUIT\nCLOSED"), "Never Host Login | 535 5.7.8 Wrong"),
        (format!("{plain}S: 454 4.7.0 Later\nC: QUIT\nCLOSED"), "Later Host Login | 454 4.7.0 Later"),
        (format!("{plain}S: 421 Bye\nCLOSED"), "Later Session Login | 421 Bye"),
        (format!("{plain}CLOSE\nCLOSED"), "Later Session Login | The connection ended before the answer to the log-in"),
        (format!("{plain}S: 334\nC: *\nC: QUIT\nCLOSED"), "Never Host Login | The log-in by PLAIN failed: the server's challenge cannot be used: "),
        ("S: 250 AUTH CRAM-MD5 GSSAPI\nC: QUIT\nCLOSED".to_owned(), "Never Host Login | The other server offers no way to log in that this box knows (SCRAM-SHA-256, PLAIN, LOGIN); it offers: CRAM-MD5 GSSAPI"),
        ("S: 250 PIPELINING\nC: QUIT\nCLOSED".to_owned(), "Never Host Login | The other server offers no way to log in that this box knows (SCRAM-SHA-256, PLAIN, LOGIN); it offers: none"),
        // The name alone proves nothing, so LOGIN is told no before the password is out; nothing is left to try.
        ("S: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ...\nS: 535 No\nC: QUIT\nCLOSED".to_owned(), "Never Host Login | 535 No"),
        // A server that calls it a success before it proved that it knows the password is another one.
        ("S: 250 AUTH SCRAM-SHA-256\nC: AUTH SCRAM-SHA-256 ...\nS: 235 Welcome\nC: QUIT\nCLOSED".to_owned(), "Never Host Login | The log-in by SCRAM-SHA-256 cannot be trusted, "),
        ("S: 250 AUTH SCRAM-SHA-256\nC: AUTH SCRAM-SHA-256 ...\nS: 334 !\nC: *\nC: QUIT\nCLOSED".to_owned(), "Later Session Login | The other server's challenge in the log-in is not base64: 334 !"),
    ] {
        let end = log_in(&script).trouble.unwrap();
        assert!(end.starts_with(trouble), "{end}");
    }
}

/// A relay that announces SCRAM without keys for it is asked in another way; a wrong password is asked about once.
#[test]
fn the_next_mechanism() {
    let end = log_in(
        "S: 250 AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS
         C: AUTH SCRAM-SHA-256-PLUS ...
         S: 535 5.7.8 No keys
         C: AUTH SCRAM-SHA-256 ...
         S: 504 5.5.4 What?
         C: AUTH PLAIN ...
         S: 504 5.5.4 What?
         C: AUTH LOGIN
         S: 334 VXNlcm5hbWU6
         C: ...
         S: 334 UGFzc3dvcmQ6
         C: ...
         S: 235 Welcome
         C: QUIT
         S: 221 Bye
         CLOSED",
    );
    assert_eq!(end.trouble, None);
    let end = log_in(
        "S: 250 AUTH PLAIN LOGIN
         C: AUTH PLAIN ...
         S: 535 5.7.8 Wrong
         C: QUIT
         CLOSED",
    );
    assert_eq!(
        end.trouble.as_deref(),
        Some("Never Host Login | 535 5.7.8 Wrong")
    );
}

#[test]
fn nothing_secret_is_printed() {
    let stage = Play::new(relay(active()), Limits::default(), &[]);
    let printed = format!("{:?}", stage.session);
    assert!(
        !printed.contains("wonder") && !printed.contains("alice"),
        "{printed}"
    );
}
