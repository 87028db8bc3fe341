//! The client's end: against the RFC's words, against our own server, and against servers that cheat.

use super::*;
use crate::{Progress, ScramKeys, Server};

fn example() -> Client {
    let nonce = "rOprNGfwEbeRWgbNEkqO".to_owned();
    Client::with_nonce_text(Mechanism::ScramSha256, "user", "pencil".into(), None, nonce)
}

#[track_caller]
fn respond(step: ClientStep) -> String {
    match step {
        ClientStep::Respond(secret) => secret.as_str().unwrap().to_owned(),
        ClientStep::Failed(error) => panic!("{error}"),
    }
}

#[track_caller]
fn failed(step: ClientStep) -> ClientError {
    match step {
        ClientStep::Respond(_) => panic!("the client went on"),
        ClientStep::Failed(error) => error,
    }
}

const SERVER_FIRST: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

#[test]
fn the_example_of_rfc_7677() {
    let mut client = example();
    assert_eq!(
        client.initial().unwrap().as_str(),
        Some("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    );
    assert_eq!(
        respond(client.step(SERVER_FIRST.as_bytes())),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    assert_eq!(
        respond(client.step(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")),
        ""
    );
    assert_eq!(client.finish(), Ok(()));
}

#[test]
fn a_server_that_proves_nothing_is_not_believed() {
    let mut client = example();
    client.initial();
    assert_eq!(
        client.finish(),
        Err(ClientError::ServerNotProved),
        "OK right after the first message"
    );
    let after_proof = || {
        let mut client = example();
        client.initial();
        respond(client.step(SERVER_FIRST.as_bytes()));
        client
    };
    assert_eq!(
        after_proof().finish(),
        Err(ClientError::ServerNotProved),
        "OK without a signature"
    );
    for wrong in [
        &b""[..],
        b"v=",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=",
        b"x=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ] {
        let mut client = after_proof();
        assert_eq!(failed(client.step(wrong)), ClientError::ServerNotProved);
        assert_eq!(client.finish(), Err(ClientError::ServerNotProved));
    }
    assert_eq!(
        failed(after_proof().step(b"e=invalid-proof")),
        ClientError::Refused
    );
}

#[test]
fn challenges_that_cheat_are_refused() {
    let step = |challenge: &str| {
        let mut client = example();
        client.initial();
        failed(client.step(challenge.as_bytes()))
    };
    let malformed = ClientError::Challenge(Reason::Malformed);
    assert_eq!(
        step("r=rOprNGfwEbeRWgbNEkqO,s=QQ==,i=4096"),
        malformed,
        "our nonce alone"
    );
    assert_eq!(step("r=other,s=QQ==,i=4096"), malformed);
    assert_eq!(
        step("r=rOprNGfwEbeRWgbNEkqOxyz,s=QQ==,i=4095"),
        ClientError::Iterations(4095)
    );
    assert_eq!(
        step("r=rOprNGfwEbeRWgbNEkqOxyz,s=QQ==,i=4000000000"),
        ClientError::Iterations(4_000_000_000)
    );
    assert_eq!(
        step(&"x".repeat(MAX_MESSAGE + 1)),
        ClientError::Challenge(Reason::TooLong)
    );
}

#[test]
fn plain_and_login_end_at_our_server() {
    for (mechanism, messages) in [(Mechanism::Plain, 1), (Mechanism::Login, 2)] {
        let mut client = Client::new(mechanism, "tim", "tanstaaf".into(), None, [0; 18]);
        let mut server = Server::new(mechanism, None, [1; 18]);
        let initial = client.initial();
        let mut progress = server.start(initial.as_ref().map(Secret::as_bytes));
        let mut sent = usize::from(initial.is_some());
        while let Progress::Challenge(challenge) = progress {
            let response = match client.step(&challenge) {
                ClientStep::Respond(response) => response,
                ClientStep::Failed(error) => panic!("{error}"),
            };
            progress = server.step(response.as_bytes());
            sent += 1;
        }
        assert!(matches!(progress, Progress::Ask(_)));
        assert!(
            matches!(server.password_verified(true), Progress::Done(success) if success.user == "tim")
        );
        assert_eq!((sent, client.finish()), (messages, Ok(())));
    }
}

#[test]
fn scram_ends_at_our_server_with_names_that_need_escapes() {
    let keys = ScramKeys::derive("p,=ä\u{2168}", &[9; 16], 4096);
    let mut client = Client::new(
        Mechanism::ScramSha256,
        "a=b,c@x",
        "p,=äIX".into(),
        None,
        [3; 18],
    );
    let mut server = Server::new(Mechanism::ScramSha256, None, [4; 18]);
    let mut progress = server.start(client.initial().as_ref().map(Secret::as_bytes));
    let success = loop {
        progress = match progress {
            Progress::Challenge(challenge) => {
                server.step(respond(client.step(&challenge)).as_bytes())
            }
            Progress::Ask(_) => server.scram_keys(Some(keys.clone())),
            Progress::Done(success) => break success,
            Progress::Failed(reason) => panic!("{reason}"),
        };
    };
    assert_eq!(
        (success.user.as_str(), client.finish()),
        ("a=b,c@x", Ok(()))
    );
}

#[test]
fn a_client_that_could_bind_says_so() {
    let binding = ChannelBinding {
        tls_exporter: Some([1; 32]),
        tls_server_end_point: None,
    };
    let first = |mechanism, binding| {
        let mut client = Client::new(mechanism, "u", "p".into(), binding, [0; 18]);
        client.initial().unwrap().as_str().unwrap().to_owned()
    };
    assert!(first(Mechanism::ScramSha256, Some(&binding)).starts_with("y,,n=u,r="));
    assert!(
        first(Mechanism::ScramSha256Plus, Some(&binding)).starts_with("p=tls-exporter,,n=u,r=")
    );
    assert!(first(Mechanism::ScramSha256, None).starts_with("n,,n=u,r="));
}

#[test]
fn debug_shows_no_secret() {
    let mut client = Client::new(Mechanism::Plain, "tim", "tanstaaf".into(), None, [0; 18]);
    let step = client.step(b"");
    assert!(!format!("{client:?} {step:?}").contains("tanstaaf"));
}
