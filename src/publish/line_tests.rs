use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

use dns::{Answer, Failure};
use futures_lite::future::block_on;

use super::*;

/// A DNS that knows the well-known domains, or nothing.
fn dns(online: bool) -> Box<Ask> {
    Box::new(move |name, kind| {
        let data = match kind {
            Kind::Mx => Data::Mx {
                preference: 5,
                exchange: format!("mx1.{name}"),
            },
            _ => Data::A(Ipv4Addr::new(192, 0, 2, 25)),
        };
        let answer = if online {
            Ok(Answer {
                data: vec![data],
                name,
                validated: false,
            })
        } else {
            Err(Failure::NoSuchName { validated: false })
        };
        Box::pin(async move { answer })
    })
}

fn report(online: bool, greeting: Option<&'static str>, relay: &RelayUse) -> LineReport {
    let dial = move |_: IpAddr| -> Boxed<io::Result<String>> {
        Box::pin(async move {
            greeting
                .map(str::to_owned)
                .ok_or_else(|| io::Error::other("no answer"))
        })
    };
    block_on(can_mail_leave_by(&dns(online), &dial, relay))
}

#[test]
fn what_a_line_does() {
    let direct = RelayUse::Direct;
    let relay = RelayUse::Everything("relay.test".into());
    for (online, greeting, relay, leaves, says, tried) in [
        (
            true,
            Some("220 mx.gmail.com ESMTP"),
            &direct,
            Leaves::Yes,
            "answers on port 25",
            1,
        ),
        (
            true,
            Some("220 smtp.provider.test ESMTP"),
            &direct,
            Leaves::Yes,
            "in the place of",
            1,
        ),
        (
            true,
            Some("554 5.7.1 no"),
            &direct,
            Leaves::No,
            "554 5.7.1 no",
            3,
        ),
        (true, None, &direct, Leaves::No, "does not let mail out", 3),
        (true, None, &relay, Leaves::Yes, "relay.test sends it", 3),
        (false, None, &direct, Leaves::Unknown, "online?", 3),
    ] {
        let report = report(online, greeting, relay);
        assert_eq!(report.leaves, leaves, "{report:?}");
        assert!(report.said.english().contains(says), "{report:?}");
        assert_eq!(report.tried.len(), tried, "{report:?}");
    }
}

#[test]
fn a_greeting_is_read_to_its_first_line_end_and_kept_printable() {
    for (says, read) in [
        (
            "220 mx.test\x1b[31m hi\r\n220 more",
            Some("220 mx.test?[31m hi"),
        ),
        ("554", Some("554")),
        ("", None),
    ] {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let host = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            stream.write_all(says.as_bytes()).unwrap();
            // The client may have gone by now: it waits for no second line.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut heard = String::new();
            let _ = stream.read_to_string(&mut heard);
            heard
        });
        let got = block_on(greeting(Ipv4Addr::LOCALHOST.into(), port)).ok();
        assert_eq!(got.as_deref(), read);
        assert_eq!(host.join().unwrap(), "QUIT\r\n");
    }
}
