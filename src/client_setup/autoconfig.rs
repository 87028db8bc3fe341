//! Autoconfig 1.1 (draft-ietf-mailmaint-autoconfig): what Thunderbird, K-9, Evolution, KMail, FairEmail and many others read.
//!
//! The user name is the placeholder `%EMAILADDRESS%`, which the program fills in: so the document is the same for everybody at a domain and can be kept.
//! `password-cleartext` is the one way to log in that is named: inside TLS it is safe, every program knows it, and app passwords work with it; what the format calls
//! `password-encrypted` is CRAM-MD5 to most programs, which the box does not speak.

use super::house::{House, Protocol, Security, Server};
use super::xml::escaped;

/// The document for people at `domain` (A-labels).
pub fn document(house: &House, domain: &str) -> String {
    let domain = escaped(domain);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <clientConfig version=\"1.1\">\n\
        \x20 <emailProvider id=\"{domain}\">\n\
        \x20   <domain>{domain}</domain>\n\
        \x20   <displayName>{domain}</displayName>\n\
        \x20   <displayShortName>{domain}</displayShortName>\n"
    );
    for server in &house.servers {
        one(&mut out, &house.hostname, server);
    }
    out.push_str("  </emailProvider>\n</clientConfig>\n");
    out
}

fn one(out: &mut String, hostname: &str, server: &Server) {
    let (element, kind) = match server.protocol {
        Protocol::Imap => ("incomingServer", "imap"),
        Protocol::Pop3 => ("incomingServer", "pop3"),
        Protocol::Smtp => ("outgoingServer", "smtp"),
    };
    let socket = match server.security {
        Security::Tls => "SSL",
        Security::StartTls => "STARTTLS",
    };
    let (hostname, port) = (escaped(hostname), server.port);
    out.push_str(&format!(
        "    <{element} type=\"{kind}\">\n\
        \x20     <hostname>{hostname}</hostname>\n\
        \x20     <port>{port}</port>\n\
        \x20     <socketType>{socket}</socketType>\n\
        \x20     <authentication>password-cleartext</authentication>\n\
        \x20     <username>%EMAILADDRESS%</username>\n"
    ));
    if server.protocol == Protocol::Pop3 {
        // A second device finds the mail, too.
        out.push_str("      <pop3>\n        <leaveMessagesOnServer>true</leaveMessagesOnServer>\n      </pop3>\n");
    }
    out.push_str(&format!("    </{element}>\n"));
}

#[cfg(test)]
mod tests {
    use super::super::house::tests::house;
    use super::*;

    #[test]
    fn every_open_door_is_named_with_tls_first() {
        let text = document(&house(), "house.test");
        let of = |tag: &str| -> Vec<String> {
            let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
            let pieces = text.split(&open).skip(1);
            pieces
                .map(|piece| piece.split(&close).next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(of("port"), ["993", "143", "995", "110", "465", "587"]);
        let sockets = ["SSL", "STARTTLS", "SSL", "STARTTLS", "SSL", "STARTTLS"];
        assert_eq!(of("socketType"), sockets);
        assert_eq!(of("hostname"), ["mail.house.test"; 6]);
        assert_eq!(of("authentication"), ["password-cleartext"; 6]);
        assert_eq!(of("username"), ["%EMAILADDRESS%"; 6]);
        assert_eq!(of("domain"), ["house.test"]);
        assert_eq!(text.matches("<incomingServer type=\"imap\">").count(), 2);
        assert_eq!(text.matches("<incomingServer type=\"pop3\">").count(), 2);
        assert_eq!(text.matches("<outgoingServer type=\"smtp\">").count(), 2);
        assert_eq!(text.matches("</outgoingServer>").count(), 2);
    }

    #[test]
    fn a_closed_door_is_not_named() {
        let mut house = house();
        house
            .servers
            .retain(|server| server.protocol != Protocol::Pop3);
        let text = document(&house, "house.test");
        assert!(!text.contains("pop3"), "{text}");
    }
}
