//! Autodiscover (MS-OXDSCLI): what Outlook and its kin are told, as XML, and where to ask, as JSON.
//!
//! Microsoft's later programs ask Microsoft's own servers first and often only those; what is here helps Outlook for Windows and Mac up to 2019, Thunderbird and many smaller ones.

mod read;

use super::house::{House, Protocol, Security, Server};
use super::xml::escaped;

pub use read::{BODY_MAX, Unread, Wish, read};

/// Of the answer as a whole.
const ANSWER: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
/// Of settings of a mail account.
const OUTLOOK: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// Why there are no settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The question is not understood (600).
    Request,
    /// It asks for another kind of settings than IMAP, POP3 and SMTP, such as ActiveSync's (601).
    Schema,
}

/// The settings for the mail account `address`, which is told back as it was asked for.
pub fn settings(house: &House, address: &str) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
        <Autodiscover xmlns=\"{ANSWER}\">\n\
        \x20 <Response xmlns=\"{OUTLOOK}\">\n\
        \x20   <Account>\n\
        \x20     <AccountType>email</AccountType>\n\
        \x20     <Action>settings</Action>\n"
    );
    for protocol in [Protocol::Imap, Protocol::Pop3, Protocol::Smtp] {
        if let Some(server) = house.best(protocol) {
            one(&mut out, &house.hostname, address, server);
        }
    }
    out.push_str("    </Account>\n  </Response>\n</Autodiscover>\n");
    out
}

/// SPA, Microsoft's own way to log in, is on unless it is said to be off. `Encryption` says more than `SSL`, and those that know it go by it: SSL means TLS from the first octet, TLS by a
/// command.
fn one(out: &mut String, hostname: &str, address: &str, server: Server) {
    let kind = match server.protocol {
        Protocol::Imap => "IMAP",
        Protocol::Pop3 => "POP3",
        Protocol::Smtp => "SMTP",
    };
    let encryption = match server.security {
        Security::Tls => "SSL",
        Security::StartTls => "TLS",
    };
    let (hostname, address, port) = (escaped(hostname), escaped(address), server.port);
    out.push_str(&format!(
        "      <Protocol>\n\
        \x20       <Type>{kind}</Type>\n\
        \x20       <Server>{hostname}</Server>\n\
        \x20       <Port>{port}</Port>\n\
        \x20       <DomainRequired>off</DomainRequired>\n\
        \x20       <LoginName>{address}</LoginName>\n\
        \x20       <SPA>off</SPA>\n\
        \x20       <SSL>on</SSL>\n\
        \x20       <Encryption>{encryption}</Encryption>\n\
        \x20       <AuthRequired>on</AuthRequired>\n\
        \x20     </Protocol>\n"
    ));
}

/// No settings, and why.
pub fn refusal(trouble: Trouble) -> String {
    let (code, message) = match trouble {
        Trouble::Request => (600, "Invalid Request"),
        Trouble::Schema => (601, "Requested schema version not supported"),
    };
    // The time and the id are of the answer, and nobody reads them; a time that stands still tells nothing of the box's clock.
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
        <Autodiscover xmlns=\"{ANSWER}\">\n\
        \x20 <Response>\n\
        \x20   <Error Time=\"00:00:00.0000000\" Id=\"0\">\n\
        \x20     <ErrorCode>{code}</ErrorCode>\n\
        \x20     <Message>{message}</Message>\n\
        \x20     <DebugData />\n\
        \x20   </Error>\n\
        \x20 </Response>\n\
        </Autodiscover>\n"
    )
}

/// The newer question (`autodiscover.json?Protocol=...`): where the older is answered. `None`: another protocol than that was asked for, or HTTPS is closed.
pub fn where_to_ask(house: &House, protocol: &str) -> Option<String> {
    let web = house
        .web()
        .filter(|_| protocol.eq_ignore_ascii_case("AutodiscoverV1"))?;
    let answer = serde_json::json!({"Protocol": "AutodiscoverV1", "Url": format!("{web}/autodiscover/autodiscover.xml")});
    Some(answer.to_string())
}

/// That another protocol was asked for.
pub fn no_such_protocol() -> String {
    let answer = serde_json::json!({"ErrorCode": "ProtocolNotSupported", "ErrorMessage": "Only AutodiscoverV1 is spoken here."});
    answer.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::house::tests::house;
    use super::*;

    #[test]
    fn one_door_of_each_protocol_and_the_address_told_back() {
        let text = settings(&house(), "ann&co@house.test");
        for (expected, times) in [
            ("<Protocol>", 3),
            (
                "<Type>IMAP</Type>\n        <Server>mail.house.test</Server>\n        <Port>993</Port>",
                1,
            ),
            (
                "<Type>POP3</Type>\n        <Server>mail.house.test</Server>\n        <Port>995</Port>",
                1,
            ),
            (
                "<Type>SMTP</Type>\n        <Server>mail.house.test</Server>\n        <Port>465</Port>",
                1,
            ),
            ("<LoginName>ann&amp;co@house.test</LoginName>", 3),
            ("<SPA>off</SPA>", 3),
            ("<Encryption>SSL</Encryption>", 3),
        ] {
            assert_eq!(text.matches(expected).count(), times, "{expected}");
        }
        let mut house = house();
        house
            .servers
            .retain(|server| server.security == Security::StartTls);
        let text = settings(&house, "ann@house.test");
        assert_eq!(text.matches("<Encryption>TLS</Encryption>").count(), 3);
    }

    #[test]
    fn json_only_says_where_the_xml_is() {
        let answer = where_to_ask(&house(), "autodiscoverv1").unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            answer["Url"],
            "https://mail.house.test/autodiscover/autodiscover.xml"
        );
        assert_eq!(where_to_ask(&house(), "ActiveSync"), None);
        assert!(refusal(Trouble::Schema).contains("<ErrorCode>601</ErrorCode>"));
    }
}
