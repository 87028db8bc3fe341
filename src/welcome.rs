//! What a start says to the person in front of it: who was made, what is listened on, the two lines that try it out, and where the setup page is while it is open.
//!
//! It goes to standard output and not to the log: the first person's password stands in it, once.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use mail::Address;

use crate::announce;
use crate::life::Ground;
use crate::net::{Door, Service};
use crate::web::Presented;

/// Addresses of the page that are told: more confuse.
const LINKS: usize = 4;

/// The person whose mail the example sends and reads.
pub(crate) struct Person {
    pub(crate) address: Address,
    /// Known only at the start that made the person.
    pub(crate) password: Option<zeroize::Zeroizing<String>>,
}

/// The setup page, while it is open.
pub(crate) struct SetupPage {
    /// Its sockets.
    pub(crate) listening: Vec<SocketAddr>,
    /// What the box is called on the local network, if it is announced.
    pub(crate) local_name: Option<String>,
    /// Addresses of this machine in the house.
    pub(crate) addresses: Vec<IpAddr>,
    /// How long it is open.
    pub(crate) left: Duration,
    /// What browsers are shown there.
    pub(crate) presented: Vec<Presented>,
}

impl SetupPage {
    /// The page of this box as it is now; `None`: the window is closed.
    pub(crate) fn of(ground: &Ground, listening: Vec<SocketAddr>) -> Option<SetupPage> {
        let left = ground.window.left()?;
        let household = ground.household.now();
        let running = household.as_ref().and_then(|now| now.running.as_ref());
        Some(SetupPage {
            listening,
            local_name: ground.announcer.name(),
            addresses: announce::house_addresses(),
            left,
            presented: running.map_or_else(Vec::new, |running| (running.presented)()),
        })
    }

    /// Where to go, the easiest first: by name, by the machine's addresses in the house; where only this machine reaches it, by its own.
    fn links(&self) -> Vec<String> {
        let link = |host: String, port: u16| match port {
            443 => format!("https://{host}/"),
            port => format!("https://{host}:{port}/"),
        };
        let others = |door: &&SocketAddr| !door.ip().to_canonical().is_loopback();
        let mut links = Vec::new();
        if let (Some(name), Some(door)) = (&self.local_name, self.listening.iter().find(others)) {
            links.push(link(name.clone(), door.port()));
        }
        for address in &self.addresses {
            let here = |door: &&SocketAddr| {
                let at = door.ip();
                at == *address || at.is_unspecified() && at.is_ipv4() == address.is_ipv4()
            };
            if let Some(door) = self.listening.iter().find(here) {
                links.push(link(host_of(*address), door.port()));
            }
        }
        if links.is_empty() {
            let here = self.listening.iter().map(|door| reachable(*door));
            links.extend(
                here.take(1)
                    .map(|door| link(host_of(door.ip()), door.port())),
            );
        }
        links.truncate(LINKS);
        links
    }

    /// Where the page is and how one knows it; empty if it cannot be reached.
    fn text(&self) -> String {
        let links = self.links();
        if links.is_empty() {
            return String::new();
        }
        let minutes = self.left.as_secs().div_ceil(60);
        let mut text = format!(
            "\nThe setup page is open for {minutes} minutes, to browsers in this house:\n\n  {}\n",
            links.join("\n  ")
        );
        if !self.presented.is_empty() {
            text.push_str("\nThe page shows words; if they are these, it is this box's:\n\n");
        }
        for (name, said) in self.presented.iter().flat_map(Presented::lines) {
            let _ = writeln!(text, "  {name:<12} {said}");
        }
        text
    }
}

/// An address in a link (RFC 3986 §3.2.2).
fn host_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => format!("[{six}]"),
    }
}

/// The whole text. `web`: the web server's doors by name.
pub(crate) fn text(
    hostname: &str,
    doors: &[Door],
    web: &[(&str, SocketAddr)],
    person: Option<&Person>,
    page: Option<&SetupPage>,
) -> String {
    let mut text = services(hostname, doors, web);
    if let Some(person) = person {
        text.push_str(&whose(doors, person));
    }
    if let Some(page) = page {
        text.push_str(&page.text());
    }
    text
}

/// What is listened on.
fn services(hostname: &str, doors: &[Door], web: &[(&str, SocketAddr)]) -> String {
    let mut text = format!("pillarbox {} is {hostname}\n\n", env!("CARGO_PKG_VERSION"));
    let mail: Vec<(&str, SocketAddr)> = doors
        .iter()
        .map(|door| (door.service.name(), door.address))
        .collect();
    let names = Service::ALL.map(|service| service.name());
    for name in names.into_iter().chain(["http", "https"]) {
        let addresses: Vec<String> = (mail.iter().chain(web))
            .filter(|(of, _)| *of == name)
            .map(|(_, address)| address.to_string())
            .collect();
        if !addresses.is_empty() {
            let _ = writeln!(text, "  {name:<12} {}", addresses.join("  "));
        }
    }
    text
}

/// Who the first person is, and how mail is tried out.
fn whose(doors: &[Door], person: &Person) -> String {
    let mut text = String::new();
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
    use crate::web::{Fingerprint, Language};

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
        let text = text("box", &doors, &[], Some(&person), None);
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

    /// Sockets, name, addresses, and the links that come of them.
    type Row<'r> = (&'r [&'r str], Option<&'r str>, &'r [&'r str], &'r [&'r str]);

    fn page(listening: &[&str], name: Option<&str>, addresses: &[&str]) -> SetupPage {
        SetupPage {
            listening: listening.iter().map(|at| at.parse().unwrap()).collect(),
            local_name: name.map(str::to_owned),
            addresses: addresses.iter().map(|at| at.parse().unwrap()).collect(),
            left: Duration::from_secs(899),
            presented: vec![Presented {
                name: "pillarbox.local".to_owned(),
                fingerprint: Fingerprint::of(b"one"),
            }],
        }
    }

    #[test]
    fn the_page_is_told_by_name_and_address_as_long_as_it_is_open() {
        let both = ["0.0.0.0:8443", "[::]:8443"];
        let house = ["192.168.1.7", "fd00::7"];
        let local = Some("pillarbox.local");
        let table: [Row; 5] = [
            (
                &both,
                local,
                &house,
                &[
                    "https://pillarbox.local:8443/",
                    "https://192.168.1.7:8443/",
                    "https://[fd00::7]:8443/",
                ],
            ),
            (
                &["192.168.1.7:443"],
                None,
                &house,
                &["https://192.168.1.7/"],
            ),
            (
                &["127.0.0.1:8443"],
                local,
                &house,
                &["https://127.0.0.1:8443/"],
            ),
            (&both, None, &[], &["https://127.0.0.1:8443/"]),
            (&[], local, &house, &[]),
        ];
        for (listening, name, addresses, links) in table {
            assert_eq!(page(listening, name, addresses).links(), links);
        }
        let open = page(&both, local, &house);
        let text = text("box", &[], &[], None, Some(&open));
        let one = Fingerprint::of(b"one");
        for said in [
            "open for 15 minutes",
            "  https://pillarbox.local:8443/\n",
            &one.hex(),
            &one.words(Language::English).join(" · "),
            &one.words(Language::Greek).join(" · "),
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert_eq!(page(&[], local, &house).text(), "");
    }

    #[test]
    fn the_doors_of_the_web_stand_with_the_others() {
        let doors = [door(Service::Imaps, "127.0.0.1:993")];
        let web = [("https", "127.0.0.1:443".parse().unwrap())];
        let told = text("box", &doors, &web, None, None);
        assert!(
            told.ends_with("  imaps        127.0.0.1:993\n  https        127.0.0.1:443\n"),
            "{told}"
        );
    }
}
