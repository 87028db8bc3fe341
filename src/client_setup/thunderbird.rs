//! The code that Thunderbird for Android scans under "Import accounts": Thunderbird's "Export for Mobile" QR code format, version 1 (2025-02-06).
//!
//! One account is one piece of JSON with nothing but arrays; the phone does not ask anybody, so this works before the name server knows the house. With an app password in it there
//! is nothing left to type. The format takes ASCII in host names and addresses only.

use mail::Address;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::house::{House, Protocol, Security, Server};

/// `AuthenticationType`: the password as it is, inside TLS.
const PASSWORD: u8 = 1;

/// The text of the code. `None`: the format has no room for this address, or a door that it needs is closed.
pub fn code(
    house: &House,
    address: &Address,
    name: &str,
    password: Option<&str>,
) -> Option<Zeroizing<String>> {
    let user = address.to_string();
    if !user.is_ascii() {
        return None;
    }
    let (protocol, incoming) = match (house.best(Protocol::Imap), house.best(Protocol::Pop3)) {
        (Some(imap), _) => (0, imap),
        (None, Some(pop3)) => (1, pop3),
        (None, None) => return None,
    };
    let outgoing = house.best(Protocol::Smtp)?;
    let server = |protocol: u8, server: Server, account_name: Option<&str>| {
        let security = match server.security {
            Security::StartTls => 2,
            Security::Tls => 3,
        };
        let mut array = vec![
            json!(protocol),
            json!(house.hostname),
            json!(server.port),
            json!(security),
            json!(PASSWORD),
            json!(user),
        ];
        if let Some(password) = password {
            array.extend(account_name.map(Value::from));
            array.push(json!(password));
        }
        Value::Array(array)
    };
    // An empty account name: the address.
    let incoming = server(protocol, incoming, Some(""));
    let outgoing = server(0, outgoing, None);
    let identity = json!([user, name]);
    let whole = json!([1, [1, 1], incoming, [[outgoing, identity]]]);
    Some(Zeroizing::new(whole.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::house::tests::house;
    use super::*;

    #[test]
    fn the_specifications_example_comes_out() {
        let house = House {
            hostname: "imap.domain.example".into(),
            ..house()
        };
        let user = Address::parse("user@domain.example").unwrap();
        let text = code(&house, &user, "Jane Doe", None).unwrap();
        let expected = r#"[1,[1,1],[0,"imap.domain.example",993,3,1,"user@domain.example"],[[[0,"imap.domain.example",465,3,1,"user@domain.example"],["user@domain.example","Jane Doe"]]]]"#;
        assert_eq!(*text, expected);
        let text = code(&house, &user, "Jane \"J\" Doe", Some("abcd-efgh")).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[2][6], "");
        assert_eq!(value[2][7], "abcd-efgh");
        assert_eq!(value[3][0][0][6], "abcd-efgh");
        assert_eq!(value[3][0][1][1], "Jane \"J\" Doe");
    }

    #[test]
    fn what_the_format_cannot_say_is_not_said() {
        let greek = Address::parse("άννα@house.test").unwrap();
        assert!(code(&house(), &greek, "Άννα", None).is_none());
        let ann = Address::parse("ann@house.test").unwrap();
        assert!(code(&house(), &ann, "Άννα", None).is_some());
        let mut mute = house();
        mute.servers
            .retain(|server| server.protocol != Protocol::Smtp);
        assert!(code(&mute, &ann, "Ann", None).is_none());
        let mut fetching = house();
        fetching
            .servers
            .retain(|server| server.protocol != Protocol::Imap);
        assert!(
            code(&fetching, &ann, "Ann", None)
                .unwrap()
                .contains("[1,\"mail.house.test\",995,3")
        );
    }
}
