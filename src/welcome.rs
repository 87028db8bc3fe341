//! What a start says to the person in front of it: who was made, what is listened on, and the two lines that try it out.
//!
//! It goes to standard output and not to the log: the first person's password stands in it, once.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mail::Address;

use crate::net::{Door, Service};

/// The person whose mail the example sends and reads.
pub(crate) struct Person {
    pub(crate) address: Address,
    /// Known only at the start that made the person.
    pub(crate) password: Option<zeroize::Zeroizing<String>>,
}

/// The whole text.
pub(crate) fn text(hostname: &str, doors: &[Door], person: Option<&Person>) -> String {
    let mut text = format!("pillarbox {} is {hostname}\n\n", env!("CARGO_PKG_VERSION"));
    for service in Service::ALL {
        let addresses: Vec<String> = doors
            .iter()
            .filter(|door| door.service == service)
            .map(|door| door.address.to_string())
            .collect();
        if !addresses.is_empty() {
            let _ = writeln!(text, "  {:<12} {}", service.name(), addresses.join("  "));
        }
    }
    let Some(person) = person else {
        return text;
    };
    if let Some(password) = &person.password {
        let _ = write!(
            text,
            "\nThe first person is {}, and this password is shown only now:\n\n  {}\n\n`pillarbox account add` adds more people, `pillarbox account password` changes a password.\n",
            person.address,
            password.as_str()
        );
    }
    if let Some(lines) = example(doors, person) {
        let _ = write!(text, "\nSend a message and read it back:\n\n{lines}");
    }
    text
}

/// Two lines for a shell: send over TLS, read over TLS; with STARTTLS where only that is open.
fn example(doors: &[Door], person: &Person) -> Option<String> {
    let (send, send_tls) = url(
        doors,
        [
            (Service::Submissions, "smtps", ""),
            (Service::Submission, "smtp", " --ssl-reqd"),
        ],
    )?;
    let (read, read_tls) = url(
        doors,
        [
            (Service::Imaps, "imaps", ""),
            (Service::Imap, "imap", " --ssl-reqd"),
        ],
    )?;
    let address = quote(&person.address.to_string());
    // Without a password curl asks for it.
    let user = match &person.password {
        Some(password) => quote(&format!("{}:{}", person.address, password.as_str())),
        None => address.clone(),
    };
    Some(format!(
        "  printf 'From: %s\\r\\nTo: %s\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n' {address} {address} | curl -sSk{send_tls} --user {user} --mail-from {address} --mail-rcpt {address} -T - {send}\n  \
         curl -sSk{read_tls} --user {user} '{read}/INBOX;MAILINDEX=*'\n"
    ))
}

fn url(
    doors: &[Door],
    choices: [(Service, &str, &'static str); 2],
) -> Option<(String, &'static str)> {
    choices.into_iter().find_map(|(service, scheme, options)| {
        let door = doors.iter().find(|door| door.service == service)?;
        Some((format!("{scheme}://{}", reachable(door.address)), options))
    })
}

/// The address as a client on this machine dials it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// In single quotes for a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(service: Service, address: &str) -> Door {
        Door {
            service,
            address: address.parse().unwrap(),
        }
    }

    #[test]
    fn the_lines_use_what_is_open() {
        let person = Person {
            address: Address::parse("o'neil@house.test").unwrap(),
            password: None,
        };
        let doors = [
            door(Service::Submission, "0.0.0.0:587"),
            door(Service::Imaps, "[::]:2993"),
        ];
        let text = text("box", &doors, Some(&person));
        assert!(
            text.contains("--ssl-reqd --user 'o'\\''neil@house.test'"),
            "{text}"
        );
        assert!(text.contains("smtp://127.0.0.1:587\n"), "{text}");
        assert!(
            text.contains("'imaps://[::1]:2993/INBOX;MAILINDEX=*'"),
            "{text}"
        );
        assert!(example(&doors[..1], &person).is_none());
    }
}
