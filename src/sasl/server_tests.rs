//! Whole log-ins at the server's end, and everything that must not get through.

use super::*;
use crate::{Client, ClientStep, decode, scram};

const CLIENT_NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

fn pencil() -> ScramKeys {
    ScramKeys::derive(
        "pencil",
        decode(b"W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().as_bytes(),
        4096,
    )
}

fn binding() -> ChannelBinding {
    ChannelBinding {
        tls_exporter: Some([0x5a; 32]),
        tls_server_end_point: Some(vec![0xa5; 48]),
    }
}

fn scram_server(mechanism: Mechanism, binding: Option<&ChannelBinding>) -> Server {
    Server::with_nonce_text(mechanism, binding, SERVER_NONCE.to_owned())
}

#[track_caller]
fn challenge(progress: Progress) -> String {
    match progress {
        Progress::Challenge(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("a challenge was expected, not {other:?}"),
    }
}

#[track_caller]
fn failed(progress: Progress) -> Reason {
    match progress {
        Progress::Failed(reason) => reason,
        other => panic!("a failure was expected, not {other:?}"),
    }
}

#[track_caller]
fn done(progress: Progress) -> Success {
    match progress {
        Progress::Done(success) => success,
        other => panic!("success was expected, not {other:?}"),
    }
}

#[track_caller]
fn asked_password(progress: Progress) -> (String, String, String) {
    match progress {
        Progress::Ask(Question::Password {
            authzid,
            user,
            password,
        }) => (authzid, user, password.as_str().unwrap().to_owned()),
        other => panic!("a question was expected, not {other:?}"),
    }
}

#[track_caller]
fn asked_keys(progress: Progress) -> (String, String) {
    match progress {
        Progress::Ask(Question::ScramKeys { authzid, user }) => (authzid, user),
        other => panic!("a question was expected, not {other:?}"),
    }
}

/// Brings a server of the RFC's example to the point where the proof is due.
fn awaiting_proof() -> Server {
    let mut server = scram_server(Mechanism::ScramSha256, None);
    asked_keys(server.step(format!("n,,n=user,r={CLIENT_NONCE}").as_bytes()));
    challenge(server.scram_keys(Some(pencil())));
    server
}

#[test]
fn the_example_of_rfc_7677() {
    let mut server = scram_server(Mechanism::ScramSha256, None);
    assert_eq!(challenge(server.start(None)), "");
    let question = asked_keys(server.step(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
    assert_eq!(question, (String::new(), "user".to_owned()));
    let server_first = challenge(server.scram_keys(Some(pencil())));
    assert_eq!(
        server_first,
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    );
    let server_final = challenge(server.step(FINAL.as_bytes()));
    assert_eq!(
        server_final,
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    );
    assert_eq!(
        done(server.step(b"")),
        Success {
            user: "user".to_owned(),
            authzid: String::new()
        }
    );
    assert_eq!(failed(server.step(b"")), Reason::OutOfTurn);
}

#[test]
fn a_tampered_proof_fails_at_every_octet() {
    for at in 0..FINAL.len() {
        let mut message = FINAL.as_bytes().to_vec();
        message[at] ^= 1;
        let reason = failed(awaiting_proof().step(&message));
        assert!(
            matches!(
                reason,
                Reason::Malformed | Reason::Credentials | Reason::ChannelBinding
            ),
            "octet {at}: {reason:?}"
        );
    }
    for cut in 0..FINAL.len() {
        failed(awaiting_proof().step(&FINAL.as_bytes()[..cut]));
    }
    let proof_of_another = FINAL.replace("dHzb", "dHzc");
    assert_eq!(
        failed(awaiting_proof().step(proof_of_another.as_bytes())),
        Reason::Credentials
    );
}

#[test]
fn a_proof_over_another_nonce_fails() {
    let without_proof = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%replayed";
    let server_first = format!("r={CLIENT_NONCE}{SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    let bare = format!("n=user,r={CLIENT_NONCE}");
    let salt = decode(b"W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    let client_key = scram::client_key(&scram::salted_password(b"pencil", salt.as_bytes(), 4096));
    let auth_message = auth_message(bare.as_bytes(), server_first.as_bytes(), without_proof);
    let proof = scram::xor(
        &client_key,
        &scram::hmac_sha256(&scram::hash(&*client_key), &auth_message),
    );
    let message = [&without_proof[..], b",p=", encode(&proof).as_bytes()].concat();
    assert_eq!(failed(awaiting_proof().step(&message)), Reason::Malformed);
}

#[test]
fn wrong_keys_fail_as_an_unknown_name_does() {
    let (mut wrong, mut unknown) = (
        scram_server(Mechanism::ScramSha256, None),
        scram_server(Mechanism::ScramSha256, None),
    );
    let first = format!("n,,n=user,r={CLIENT_NONCE}");
    asked_keys(wrong.step(first.as_bytes()));
    asked_keys(unknown.step(first.as_bytes()));
    let real = ScramKeys::derive(
        "pen",
        &[3; ScramKeys::SALT_LEN],
        ScramKeys::DEFAULT_ITERATIONS,
    );
    let (real, decoy) = (
        challenge(wrong.scram_keys(Some(real))),
        challenge(unknown.scram_keys(None)),
    );
    assert_eq!(real.len(), decoy.len(), "the two look alike");
    assert_eq!(failed(wrong.step(FINAL.as_bytes())), Reason::Credentials);
    assert_eq!(failed(unknown.step(FINAL.as_bytes())), Reason::Credentials);
}

#[test]
fn a_binding_has_to_match() {
    let keys = || Some(ScramKeys::derive("pencil", b"saltsalt", 4096));
    let log_in = |client_sees: ChannelBinding, server_sees: ChannelBinding| {
        let mut client = Client::new(
            Mechanism::ScramSha256Plus,
            "user",
            "pencil".into(),
            Some(&client_sees),
            [1; 18],
        );
        let mut server = Server::new(Mechanism::ScramSha256Plus, Some(&server_sees), [2; 18]);
        let mut message = client.initial().unwrap();
        let mut progress = server.start(Some(message.as_bytes()));
        loop {
            match progress {
                Progress::Ask(_) => progress = server.scram_keys(keys()),
                Progress::Challenge(challenge) => match client.step(&challenge) {
                    ClientStep::Respond(response) => {
                        message = response;
                        progress = server.step(message.as_bytes());
                    }
                    ClientStep::Failed(error) => panic!("{error}"),
                },
                Progress::Done(_) => return client.finish().map_err(|_| Reason::OutOfTurn),
                Progress::Failed(reason) => return Err(reason),
            }
        }
    };
    let end_point = |octet| ChannelBinding {
        tls_exporter: None,
        tls_server_end_point: Some(vec![octet; 32]),
    };
    let exporter = |octet| ChannelBinding {
        tls_exporter: Some([octet; 32]),
        tls_server_end_point: None,
    };
    assert_eq!(log_in(exporter(1), exporter(1)), Ok(()));
    assert_eq!(log_in(end_point(1), end_point(1)), Ok(()));
    assert_eq!(
        log_in(
            end_point(0xa5),
            ChannelBinding {
                tls_server_end_point: Some(vec![0xa5; 32]),
                ..binding()
            }
        ),
        Ok(())
    );
    assert_eq!(
        log_in(exporter(1), exporter(2)),
        Err(Reason::ChannelBinding)
    );
    assert_eq!(
        log_in(end_point(1), end_point(2)),
        Err(Reason::ChannelBinding)
    );
    assert_eq!(
        log_in(exporter(1), end_point(1)),
        Err(Reason::ChannelBinding)
    );
}

#[test]
fn flags_that_do_not_fit_the_offer_fail() {
    let binding = binding();
    let plus = || scram_server(Mechanism::ScramSha256Plus, Some(&binding));
    let plain = |binding| scram_server(Mechanism::ScramSha256, binding);
    // The downgrade: "you do not bind", to a server that offered it.
    assert_eq!(
        failed(plain(Some(&binding)).step(b"y,,n=user,r=abc")),
        Reason::ChannelBinding
    );
    // The same words are honest where nothing was offered, and "I cannot bind" is honest anywhere.
    asked_keys(plain(None).step(b"y,,n=user,r=abc"));
    asked_keys(plain(Some(&binding)).step(b"n,,n=user,r=abc"));
    asked_keys(
        scram_server(Mechanism::ScramSha256, Some(&ChannelBinding::default()))
            .step(b"y,,n=user,r=abc"),
    );
    assert_eq!(
        failed(plain(Some(&binding)).step(b"p=tls-exporter,,n=user,r=abc")),
        Reason::ChannelBinding
    );
    asked_keys(plus().step(b"p=tls-exporter,,n=user,r=abc"));
    asked_keys(plus().step(b"p=tls-server-end-point,,n=user,r=abc"));
    for wrong in [
        &b"n,,n=user,r=abc"[..],
        b"y,,n=user,r=abc",
        b"p=tls-unique,,n=user,r=abc",
        b"p=TLS-EXPORTER,,n=user,r=abc",
    ] {
        assert_eq!(
            failed(plus().step(wrong)),
            Reason::ChannelBinding,
            "{}",
            String::from_utf8_lossy(wrong)
        );
    }
    assert_eq!(
        failed(
            scram_server(Mechanism::ScramSha256Plus, None).step(b"p=tls-exporter,,n=user,r=abc")
        ),
        Reason::ChannelBinding
    );
}

#[test]
fn a_stripped_binding_fails_in_the_final_message() {
    // The client's flag was changed on its way from "y" to "n"; its proof repeats "y" and shows the change.
    let mut server = awaiting_proof();
    let with_y = FINAL.replace("c=biws", "c=eSws");
    assert_eq!(
        failed(server.step(with_y.as_bytes())),
        Reason::ChannelBinding
    );
}

#[test]
fn authzid_and_escaped_names_arrive() {
    let mut server = scram_server(Mechanism::ScramSha256, None);
    let question = asked_keys(server.step(b"n,a=other=2Cone,n=us=3Der,r=abc"));
    assert_eq!(question, ("other,one".to_owned(), "us=er".to_owned()));
    assert_eq!(
        asked_keys(scram_server(Mechanism::ScramSha256, None).step("n,,n=Ⅸ,r=abc".as_bytes())).1,
        "IX"
    );
    assert_eq!(
        failed(scram_server(Mechanism::ScramSha256, None).step("n,,n=\u{ad},r=abc".as_bytes())),
        Reason::Malformed
    );
}

#[test]
fn plain_reads_its_three_fields() {
    let plain = |message: &[u8]| Server::new(Mechanism::Plain, None, [0; 18]).start(Some(message));
    // RFC 4616 §4.
    assert_eq!(
        asked_password(plain(b"\0tim\0tanstaaftanstaaf")),
        (String::new(), "tim".into(), "tanstaaftanstaaf".into())
    );
    assert_eq!(
        asked_password(plain(b"Ursel\0Kurt\0xipj3plmq")),
        ("Ursel".into(), "Kurt".into(), "xipj3plmq".into())
    );
    for wrong in [
        &b""[..],
        b"tim",
        b"tim\0pass",
        b"\0\0pass",
        b"\0tim\0pass\0more",
        b"\0t\xff\0pass",
        b"\0t\x07\0pass",
    ] {
        assert_eq!(
            failed(plain(wrong)),
            Reason::Malformed,
            "{}",
            String::from_utf8_lossy(wrong)
        );
    }
    assert_eq!(failed(plain(b"\0tim\0")), Reason::Credentials);
    let of = |name: usize, password: usize| {
        [&b"\0"[..], &vec![b'n'; name], b"\0", &vec![b'p'; password]].concat()
    };
    asked_password(plain(&of(255, 1024)));
    assert_eq!(failed(plain(&of(256, 1))), Reason::TooLong);
    assert_eq!(failed(plain(&of(1, 1025))), Reason::TooLong);
    assert_eq!(failed(plain(&vec![b'x'; MAX_MESSAGE + 1])), Reason::TooLong);
    assert_eq!(failed(plain(&vec![0; 1 << 20])), Reason::TooLong);
}

#[test]
fn plain_waits_for_the_verdict() {
    let mut server = Server::new(Mechanism::Plain, None, [0; 18]);
    assert_eq!(challenge(server.start(None)), "");
    asked_password(server.step(b"\0tim\0x"));
    assert_eq!(
        done(server.password_verified(true)),
        Success {
            user: "tim".into(),
            authzid: String::new()
        }
    );
    assert_eq!(failed(server.password_verified(true)), Reason::OutOfTurn);
    let mut server = Server::new(Mechanism::Plain, None, [0; 18]);
    asked_password(server.step(b"\0tim\0x"));
    assert_eq!(failed(server.password_verified(false)), Reason::Credentials);
    let mut server = Server::new(Mechanism::Plain, None, [0; 18]);
    asked_password(server.step(b"\0tim\0x"));
    assert_eq!(failed(server.step(b"\0tim\0x")), Reason::OutOfTurn);
    assert_eq!(
        failed(server.password_verified(true)),
        Reason::OutOfTurn,
        "a step in between spoils it"
    );
}

#[test]
fn login_asks_in_exactly_these_words() {
    let mut server = Server::new(Mechanism::Login, None, [0; 18]);
    // A1: Outlook compares the base64.
    assert_eq!(
        crate::encode(challenge(server.start(None)).as_bytes()),
        "VXNlcm5hbWU6"
    );
    assert_eq!(
        crate::encode(challenge(server.step(b"tim")).as_bytes()),
        "UGFzc3dvcmQ6"
    );
    assert_eq!(
        asked_password(server.step(b"secret")),
        (String::new(), "tim".into(), "secret".into())
    );
    assert_eq!(done(server.password_verified(true)).user, "tim");
    // A2: the user name as initial response.
    let mut server = Server::new(Mechanism::Login, None, [0; 18]);
    assert_eq!(challenge(server.start(Some(b"tim"))), "Password:");
    assert_eq!(failed(server.step(b"")), Reason::Credentials);
    let mut server = Server::new(Mechanism::Login, None, [0; 18]);
    assert_eq!(challenge(server.start(Some(b""))), "Username:");
    assert_eq!(failed(server.step(b"")), Reason::Malformed);
    let mut server = Server::new(Mechanism::Login, None, [0; 18]);
    challenge(server.start(Some(b"tim")));
    assert_eq!(failed(server.step(b"se\0cret")), Reason::Malformed);
}

#[test]
fn answers_that_nobody_asked_for_fail() {
    for mechanism in Mechanism::ALL {
        let mut server = Server::new(mechanism, Some(&binding()), [0; 18]);
        assert_eq!(failed(server.password_verified(true)), Reason::OutOfTurn);
        let mut server = Server::new(mechanism, Some(&binding()), [0; 18]);
        assert_eq!(failed(server.scram_keys(Some(pencil()))), Reason::OutOfTurn);
    }
    assert_eq!(
        failed(awaiting_proof().scram_keys(Some(pencil()))),
        Reason::OutOfTurn
    );
    let mut server = awaiting_proof();
    assert_eq!(failed(server.password_verified(true)), Reason::OutOfTurn);
    assert_eq!(failed(server.step(FINAL.as_bytes())), Reason::OutOfTurn);
    let mut server = awaiting_proof();
    challenge(server.step(FINAL.as_bytes()));
    assert_eq!(
        failed(server.step(b"x")),
        Reason::Malformed,
        "the signature is answered with nothing"
    );
}

#[test]
fn scram_messages_are_bounded() {
    let mut server = scram_server(Mechanism::ScramSha256, None);
    let long = format!("n,,n=user,r={}", "x".repeat(MAX_MESSAGE));
    assert_eq!(failed(server.step(long.as_bytes())), Reason::TooLong);
    let long_name = format!("n,,n={},r=abc", "x".repeat(256));
    assert_eq!(
        failed(scram_server(Mechanism::ScramSha256, None).step(long_name.as_bytes())),
        Reason::TooLong
    );
    assert_eq!(
        failed(awaiting_proof().step(&vec![b','; MAX_MESSAGE])),
        Reason::Malformed
    );
}

#[test]
fn debug_shows_no_secret() {
    let mut server = Server::new(Mechanism::Plain, None, [0; 18]);
    let progress = server.step(b"\0tim\0tanstaaf");
    assert!(!format!("{progress:?} {server:?}").contains("tanstaaf"));
}
