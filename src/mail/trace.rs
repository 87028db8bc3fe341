//! Trace fields: what a server writes on top of a message it takes (RFC 5321 §4.4).
//!
//! It promises fields that are well formed whatever the peer called itself: no control character, no unpaired
//! parenthesis and no second field gets in.

use std::fmt::Write;
use std::net::IpAddr;

use crate::address::Address;
use crate::date::DateTime;
use crate::domain::{address_literal, valid_domain, valid_literal};

/// Most characters of a peer's own words in a comment.
const COMMENT_MAX: usize = 128;

/// How a message came: the `with` keyword (RFC 3848 §1, RFC 6531 §4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    /// The client said EHLO.
    pub extended: bool,
    /// The session was encrypted.
    pub tls: bool,
    /// The client was authenticated.
    pub authenticated: bool,
    /// The message was sent with SMTPUTF8.
    pub utf8: bool,
}

impl Protocol {
    /// `SMTP`, `ESMTP`, `ESMTPSA`, `UTF8SMTPS`, ...
    pub fn keyword(&self) -> &'static str {
        match (self.extended, self.utf8, self.tls, self.authenticated) {
            (false, ..) => "SMTP",
            (true, false, false, false) => "ESMTP",
            (true, false, false, true) => "ESMTPA",
            (true, false, true, false) => "ESMTPS",
            (true, false, true, true) => "ESMTPSA",
            (true, true, false, false) => "UTF8SMTP",
            (true, true, false, true) => "UTF8SMTPA",
            (true, true, true, false) => "UTF8SMTPS",
            (true, true, true, true) => "UTF8SMTPSA",
        }
    }
}

/// The pieces of a `Received` field.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// What the client called itself in EHLO or HELO.
    pub helo: &'a str,
    /// Where the connection came from.
    pub peer: IpAddr,
    /// The verified name of `peer`, if one is known.
    pub peer_name: Option<&'a str>,
    /// This server.
    pub by: &'a str,
    /// How the message came.
    pub protocol: Protocol,
    /// The TLS version and cipher suite, for the comment.
    pub tls: Option<&'a str>,
    /// The name of this transaction in the log.
    pub id: &'a str,
    /// The recipient, to be given only if there is exactly one: others must not learn of each other.
    pub recipient: Option<&'a Address>,
    /// When the message was taken.
    pub time: DateTime,
}

/// The `Received` field with its final CRLF, folded.
///
/// ```abnf
/// Stamp = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
/// ```
pub fn received(of: &Received<'_>) -> String {
    let literal = address_literal(of.peer);
    let mut text = String::from("Received: from ");
    let said = is_host(of.helo, of.protocol.utf8);
    text.push_str(if said { of.helo } else { &literal });
    match of
        .peer_name
        .filter(|name| valid_domain(name) && name.is_ascii())
    {
        Some(name) => push(&mut text, format_args!(" ({name} {literal})")),
        None => push(&mut text, format_args!(" ({literal})")),
    }
    if !said && !of.helo.is_empty() {
        push(&mut text, format_args!("\r\n\t(helo {})", comment(of.helo)));
    }
    let by = if is_host(of.by, of.protocol.utf8) {
        of.by
    } else {
        "localhost"
    };
    push(
        &mut text,
        format_args!("\r\n\tby {by} with {}", of.protocol.keyword()),
    );
    if let Some(tls) = of.tls {
        push(&mut text, format_args!(" ({})", comment(tls)));
    }
    let id: String = of
        .id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    if !id.is_empty() {
        push(&mut text, format_args!("\r\n\tid {id}"));
    }
    if let Some(recipient) = of
        .recipient
        .filter(|address| address.is_ascii() || of.protocol.utf8)
    {
        push(&mut text, format_args!("\r\n\tfor <{recipient}>"));
    }
    push(&mut text, format_args!(";\r\n\t{}\r\n", of.time.rfc5322()));
    text
}

/// The `Return-Path` field with its final CRLF; `None` is the empty reverse path `<>`.
///
/// ```abnf
/// Return-path-line = "Return-Path:" FWS Reverse-path <CRLF>
/// ```
pub fn return_path(reverse_path: Option<&Address>) -> String {
    match reverse_path {
        Some(address) => format!("Return-Path: <{address}>\r\n"),
        None => "Return-Path: <>\r\n".to_owned(),
    }
}

fn is_host(name: &str, utf8: bool) -> bool {
    (valid_domain(name) || valid_literal(name)) && (utf8 || name.is_ascii())
}

/// Outside words, fit for a comment: what is not plain text becomes a question mark.
fn comment(words: &str) -> String {
    let plain = |c: char| {
        if matches!(c, ' '..='~') && !matches!(c, '(' | ')' | '\\') {
            c
        } else {
            '?'
        }
    };
    words.chars().take(COMMENT_MAX).map(plain).collect()
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _infallible = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Received<'static> {
        Received {
            helo: "client.example",
            peer: IpAddr::from([192, 0, 2, 1]),
            peer_name: None,
            by: "mx.example",
            protocol: Protocol {
                extended: true,
                ..Protocol::default()
            },
            tls: None,
            id: "a1-2",
            recipient: None,
            time: DateTime::utc(1_795_314_234),
        }
    }

    #[test]
    fn a_received_field_names_the_ways() {
        assert_eq!(
            received(&example()),
            "Received: from client.example ([192.0.2.1])\r\n\tby mx.example with ESMTP\r\n\tid a1-2;\r\n\
             \tSun, 22 Nov 2026 02:23:54 +0000\r\n"
        );
        let address = Address::parse("\"a b\"@example.org").unwrap();
        let full = Received {
            peer: "2001:db8::1".parse().unwrap(),
            peer_name: Some("host.example"),
            protocol: Protocol {
                extended: true,
                tls: true,
                authenticated: true,
                utf8: true,
            },
            tls: Some("TLSv1.3 TLS_AES_128_GCM_SHA256"),
            recipient: Some(&address),
            ..example()
        };
        assert_eq!(
            received(&full),
            "Received: from client.example (host.example [IPv6:2001:db8::1])\r\n\
             \tby mx.example with UTF8SMTPSA (TLSv1.3 TLS_AES_128_GCM_SHA256)\r\n\tid a1-2\r\n\
             \tfor <\"a b\"@example.org>;\r\n\tSun, 22 Nov 2026 02:23:54 +0000\r\n"
        );
    }

    #[test]
    fn nothing_of_the_peer_leaves_its_comment() {
        let hostile = "x\r\nX-Pwned: (yes)\\\0é";
        let text = received(&Received {
            helo: hostile,
            peer_name: Some(hostile),
            by: hostile,
            tls: Some(hostile),
            id: hostile,
            ..example()
        });
        assert_eq!(
            text,
            "Received: from [192.0.2.1] ([192.0.2.1])\r\n\t(helo x??X-Pwned: ?yes????)\r\n\
             \tby localhost with ESMTP (x??X-Pwned: ?yes????)\r\n\tid xX-Pwnedyes;\r\n\
             \tSun, 22 Nov 2026 02:23:54 +0000\r\n"
        );
        let long = "x ".repeat(100_000);
        assert!(
            received(&Received {
                helo: &long,
                ..example()
            })
            .len()
                < 400
        );
        // A name in UTF-8 needs SMTPUTF8.
        assert!(
            received(&Received {
                helo: "bücher.example",
                ..example()
            })
            .is_ascii()
        );
    }

    #[test]
    fn keywords_follow_the_registry() {
        let of = |extended, utf8, tls, authenticated| {
            Protocol {
                extended,
                tls,
                authenticated,
                utf8,
            }
            .keyword()
        };
        assert_eq!(of(false, false, true, false), "SMTP");
        assert_eq!(of(true, false, false, true), "ESMTPA");
        assert_eq!(of(true, false, true, false), "ESMTPS");
        assert_eq!(of(true, false, true, true), "ESMTPSA");
        assert_eq!(of(true, true, false, false), "UTF8SMTP");
        assert_eq!(of(true, true, true, true), "UTF8SMTPSA");
    }

    #[test]
    fn return_paths() {
        assert_eq!(return_path(None), "Return-Path: <>\r\n");
        assert_eq!(
            return_path(Some(&Address::parse("a@b").unwrap())),
            "Return-Path: <a@b>\r\n"
        );
    }
}
