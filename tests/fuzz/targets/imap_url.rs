//! IMAP URLs: any octets, no panic; a URL that was read is printed and read again as the same; its rump is what is left without the token.
#![no_main]

#[path = "imap_grammar/items.rs"]
#[allow(dead_code, reason = "commands use the rest")]
mod items;
#[path = "imap_grammar/print.rs"]
#[allow(dead_code, reason = "commands use the rest")]
mod print;
#[path = "imap_grammar/search.rs"]
#[allow(dead_code, reason = "commands use the rest")]
mod search;
#[path = "imap_grammar/shared.rs"]
#[allow(dead_code, reason = "the grammar's target prints all commands")]
mod shared;

use std::fmt::Write as _;

use imap::url::{self, Access, URL_MAX, Url};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some(found) = url::parse(input) else {
        return;
    };
    let text = printed(&found);
    if text.len() > URL_MAX {
        return;
    }
    let again = url::parse(text.as_bytes())
        .unwrap_or_else(|| panic!("{text} is refused, and {found:?} was read"));
    let mut same = found.clone();
    if let (Some(same), Some(again)) = (&mut same.auth, &again.auth) {
        same.rump = again.rump;
    }
    assert_eq!(again, same, "{text}");
    let Some(auth) = &found.auth else { return };
    let rump = url::parse(&input[..auth.rump]).unwrap();
    let rump_auth = rump.auth.as_ref().unwrap();
    assert_eq!((rump_auth.rump, &rump_auth.verifier), (auth.rump, &None));
    assert_eq!(
        (&rump.mailbox, rump.uid, rump.expire, &rump_auth.access),
        (&found.mailbox, found.uid, found.expire, &auth.access)
    );
    if let Some((_, token)) = &auth.verifier {
        let _ = url::token_fits(&[7; 32], &input[..auth.rump], token);
    }
});

fn printed(url: &Url) -> String {
    let mut text = String::new();
    if let Some(server) = &url.server {
        let at = if server.user.is_empty() { "" } else { "@" };
        let _ = write!(
            text,
            "imap://{}{at}{}",
            escaped(server.user.as_bytes()),
            escaped(server.host.as_bytes())
        );
        if let Some(port) = server.port {
            let _ = write!(text, ":{port}");
        }
    }
    if let Some(mailbox) = &url.mailbox {
        let _ = write!(text, "/{}", escaped(mailbox.as_bytes()));
        if let Some(validity) = url.uid_validity {
            let _ = write!(text, ";UIDVALIDITY={validity}");
        }
        text.push('/');
    }
    let _ = write!(text, ";UID={}", url.uid);
    if let Some(section) = &url.section {
        let mut line = print::Line {
            out: Vec::new(),
            utf8: true,
        };
        items::section(&mut line, section);
        let _ = write!(text, "/;SECTION={}", escaped(&line.out));
    }
    if let Some((offset, length)) = url.partial {
        let _ = write!(text, "/;PARTIAL={offset}");
        if let Some(length) = length {
            let _ = write!(text, ".{length}");
        }
    }
    if let Some(expire) = url.expire {
        let _ = write!(text, ";EXPIRE={}", moment(expire));
    }
    if let Some(auth) = &url.auth {
        text += ";URLAUTH=";
        match &auth.access {
            Access::Submit(user) => text += &format!("submit+{}", escaped(user.as_bytes())),
            Access::User(user) => text += &format!("user+{}", escaped(user.as_bytes())),
            Access::AuthUser => text += "authuser",
            Access::Anonymous => text += "anonymous",
        }
        if let Some((mechanism, token)) = &auth.verifier {
            let _ = write!(text, ":{mechanism}:{token}");
        }
    }
    text
}

fn escaped(text: &[u8]) -> String {
    let mut out = String::new();
    for octet in text {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(*octet)),
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}

/// RFC 3339 in UTC; out of its years by an offset, the offset is given back.
fn moment(seconds: i64) -> String {
    const DAY: i64 = 86_400;
    const FIRST: i64 = -62_167_219_200;
    const LAST: i64 = 253_402_300_799;
    let (seconds, zone) = match seconds {
        before if before < FIRST => (before + DAY - 60, "+23:59"),
        behind if behind > LAST => (behind - DAY + 60, "-23:59"),
        within => (within, "Z"),
    };
    let mut line = print::Line {
        out: Vec::new(),
        utf8: true,
    };
    search::date(&mut line, "", seconds.div_euclid(DAY));
    let day = String::from_utf8(line.out).unwrap();
    let mut pieces = day.trim().split('-');
    let (day, month, year) = (
        pieces.next().unwrap(),
        pieces.next().unwrap(),
        pieces.next().unwrap(),
    );
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months.iter().position(|name| *name == month).unwrap() + 1;
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:0>2}T{hour:02}:{minute:02}:{second:02}{zone}")
}
