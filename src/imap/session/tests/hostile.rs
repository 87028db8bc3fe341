//! What attackers send (users.md B3 to B8, B12).
#![allow(clippy::string_slice, reason = "a test knows its text")]

use super::*;

fn stranger(house: &House) -> Client<'_> {
    let mut client = Client::new(house, Tls::Active(None));
    client.play("S: * OK …");
    client
}

#[test]
fn literals_before_log_in() {
    let house = House::new();
    for (line, reply) in [
        ("a1 LOGIN {400000000}\r\n", "a1 BAD [LIMIT]"),
        ("a1 LOGIN {257}\r\n", "a1 BAD [LIMIT]"),
        ("a1 LOGIN {99999999999999999999999}\r\n", "a1 BAD [LIMIT]"),
        ("a1 LOGIN {256}\r\n", "+ "),
        ("a1 LOGIN {}\r\n", "a1 BAD"),
        ("a1 LOGIN {-1}\r\n", "a1 BAD"),
        ("a1 LOGIN {-100} x\r\n", "a1 BAD"),
        ("a1 APPEND INBOX {10}\r\n", "a1 BAD"),
        ("a1 NOOP {10}\r\n", "+ "),
        ("a1 FOO {10}\r\n", "a1 BAD"),
        ("{10}\r\n", "* BAD"),
        ("a1 LOGIN {400000000+}\r\n", "a1 BAD [LIMIT]"),
    ] {
        let mut client = stranger(&house);
        let said = client.say(line);
        assert!(said.starts_with(reply), "{line}: {said}");
        assert!(client.session.input.memory() < 16 * 1024);
    }
}

#[test]
fn a_refused_literal_is_never_a_command() {
    let house = House::new();
    for piece in [1, 5, usize::MAX] {
        let mut client = stranger(&house);
        client.piece = piece;
        // B7: what looks like a log-out is the literal's; a second literal in the same refused command is, too.
        let evil = "x LOGOUT\r\n".repeat(60);
        let again = "y LOGOUT\r\nz NOOP\r\n";
        let command = format!(
            "a LOGIN {{{}+}}\r\n{evil} {{{}+}}\r\n{again} {{5}}\r\nb NOOP\r\n",
            evil.len(),
            again.len()
        );
        client.play(&format!(
            "C~: {}",
            command.replace('\r', "\\r").replace('\n', "\\n")
        ));
        client.play("S: a BAD [LIMIT] …\nS: b OK …\nS: <nothing>");
    }
    let mut client = stranger(&house);
    client.play("C: a LOGIN {65537+}\nS: a BAD [LIMIT] …\nS: * BYE …\nS: <close>");
    let mut known = Client::known(&house);
    let flood = vec![b'z'; 1_000_000];
    known.say("a SELECT {1000000+}\r\n");
    for piece in flood.chunks(16 * 1024) {
        assert_eq!(known.send(piece), b"");
        assert!(known.session.input.memory() < 64 * 1024);
    }
    known.play("C:\nS: a BAD [LIMIT] …\nC: b NOOP\nS: b OK …");
}

#[test]
fn ten_thousand_literals() {
    let house = House::new();
    let mut client = Client::known(&house);
    let said = client.say(&format!("a LOGIN {}\r\n", "{1+}\r\nx ".repeat(10_000)));
    assert!(said.starts_with("a BAD"), "{said}");
    let mut client = Client::open(&house);
    let said = client.say(&format!(
        "a SEARCH {}\r\nb NOOP\r\n",
        "TEXT {1+}\r\nx ".repeat(10_000)
    ));
    assert!(
        said.starts_with("a BAD [LIMIT]") && said.contains("b OK"),
        "{said}"
    );
}

#[test]
fn lines_without_end() {
    let house = House::new();
    for (mut client, most) in [
        (stranger(&house), 8 * 1024),
        (Client::known(&house), 64 * 1024),
    ] {
        let mut fed = 0;
        while !client.closed && fed < 10_000_000 {
            client.send(&[b'('; 4096]);
            fed += 4096;
            assert!(
                client.session.input.memory() <= 2 * (most + 4096),
                "{}",
                client.session.input.memory()
            );
        }
        assert!(fed <= most + 8192, "{fed}");
    }
    let mut whole = stranger(&house);
    assert!(
        whole
            .say(&format!("a NOOP {}\r\n", " ".repeat(8 * 1024)))
            .starts_with("* BYE")
    );
    for verb in ["NOOP", "SEARCH", "FETCH 1"] {
        let mut client = Client::open(&house);
        let said = client.say(&format!("a {verb} {}\r\nb NOOP\r\n", "(".repeat(50_000)));
        assert!(said.starts_with("a BAD") && said.contains("b OK"), "{said}");
    }
    let mut sasl = stranger(&house);
    sasl.play("C: a AUTHENTICATE PLAIN\nS: + …");
    assert!(sasl.say(&"A".repeat(1_000_000)).starts_with("* BYE"));
}

#[test]
fn other_protocols_and_nonsense() {
    let house = House::new();
    for first in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /a HTTP/1.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01",
    ] {
        let mut client = stranger(&house);
        assert_eq!(client.say(first), "", "{first}");
        assert!(client.closed);
    }
    let mut client = stranger(&house);
    client.play("C: EHLO me\nS: EHLO BAD …\nC: \u{1}\u{2}\nS: * BAD …\nC: a DELETE x\nS: a BAD …\nS: * BYE …\nS: <close>");
    let mut client = stranger(&house);
    let said = client.say(&"a NOOP\r\n".repeat(100));
    assert!(
        said.contains("* BYE") && said.matches("a OK").count() <= 51,
        "{said}"
    );
    let mut client = Client::known(&house);
    for _ in 0..19 {
        client.play("C: a FOO\nS: a BAD …");
    }
    client.play("C: a NOOP\nS: a OK …");
    for _ in 0..19 {
        client.play("C: a FOO\nS: a BAD …");
    }
    client.play("C: a FOO\nS: a BAD …\nS: * BYE …\nS: <close>");
    let mut client = stranger(&house);
    assert!(client.say(&"\r\n".repeat(1000)).contains("* BYE"));
}

/// B12: a log-in given up at each place, and an octet wrong at each place, leaves the session sound.
#[test]
fn log_ins_given_up_anywhere() {
    let house = House::new();
    let plain = sasl::encode(format!("\0{ADDRESS}\0{PASSWORD}").as_bytes());
    for cut in 0..plain.len() {
        let mut client = stranger(&house);
        client.say("a AUTHENTICATE PLAIN\r\n");
        let said = client.say(&format!("{}\r\n", &plain[..cut]));
        assert!(
            said.starts_with("a BAD") || said.starts_with("a NO"),
            "{cut}: {said}"
        );
        assert!(client.say("b NOOP\r\n").starts_with("b OK"));
        let mut client = stranger(&house);
        let said = client.say(&format!(
            "a AUTHENTICATE PLAIN {}\u{e9}{}\r\nb NOOP\r\n",
            &plain[..cut],
            &plain[cut..]
        ));
        assert!(
            said.starts_with("a BAD") && said.contains("b OK"),
            "{cut}: {said}"
        );
    }
}

/// Any octets in any state: no panic, and no memory.
#[test]
fn noise() {
    let house = House::new();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let words: [&[u8]; 32] = [
        b"a ",
        b"\r\n",
        b"LOGIN ",
        b"{3}\r\n",
        b"{3+}\r\n",
        b"~{2+}\r\n",
        b"FETCH 1 ",
        b"(",
        b")",
        b"BODY[",
        b"]",
        b"<0.1>",
        b"SEARCH ",
        b"NOT ",
        b"\"",
        b"\\",
        b"1:*",
        b"\0",
        b"\xff",
        b"UID ",
        b"IDLE\r\n",
        b"DONE\r\n",
        b"APPEND INBOX ",
        b"STORE 1 FLAGS (x)\r\n",
        b"b EXPUNGE\r\n",
        b"c SELECT INBOX\r\n",
        b"AUTHENTICATE PLAIN\r\n",
        b"*\r\n",
        b"NOOP\r\n",
        b"LIST \"\" *\r\n",
        b"d CLOSE\r\n",
        b"STATUS INBOX (MESSAGES)\r\n",
    ];
    for round in 0..300 {
        let mut client = match round % 3 {
            0 => stranger(&house),
            1 => Client::known(&house),
            _ => Client::open(&house),
        };
        let mut noise = Vec::new();
        for _ in 0..200 {
            noise.extend_from_slice(words[usize::try_from(random() % 32).unwrap()]);
        }
        client.piece = usize::try_from(random() % 50 + 1).unwrap();
        client.send(&noise);
        assert!(client.session.input.memory() < 64 * 1024);
    }
}
