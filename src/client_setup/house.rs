//! What mail programs are told of the house.

use mail::idna;

use crate::net::Service;

/// The house, as far as a mail program needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct House {
    /// The box's host name, in A-labels.
    pub hostname: String,
    /// The mail domains of the house, in A-labels.
    pub domains: Vec<String>,
    /// The doors that are really open, the best of each protocol first.
    pub servers: Vec<Server>,
    /// The port of HTTPS; `None`: closed.
    pub https_port: Option<u16>,
    /// The certificate (DER) that the box made for itself; `None` when its certificate comes from elsewhere and needs no help to be trusted.
    pub self_made: Option<Vec<u8>>,
    /// The MTA-STS policy ([`crate::publish::policy_text`]).
    pub sts_policy: String,
}

/// A door as mail programs know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server {
    /// What is spoken there.
    pub protocol: Protocol,
    /// Its port.
    pub port: u16,
    /// How TLS begins.
    pub security: Security,
}

/// What a mail program speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Protocol {
    /// Reading; the mail stays in the box.
    Imap,
    /// Reading; the mail is fetched.
    Pop3,
    /// Sending.
    Smtp,
}

/// How TLS begins. There is no third way: no password goes over a plain line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Security {
    /// With the first octet (RFC 8314 §3).
    Tls,
    /// By a command.
    StartTls,
}

impl House {
    /// The first server that speaks `protocol`: TLS from the first octet if that door is open.
    pub fn best(&self, protocol: Protocol) -> Option<Server> {
        let mut servers = self.servers.iter().copied();
        servers.find(|server| server.protocol == protocol)
    }

    /// The domain of ours that `name` (any spelling) is, in A-labels.
    pub fn own_domain(&self, name: &str) -> Option<&str> {
        let name = idna::to_ascii(name)?;
        let mut domains = self.domains.iter().map(String::as_str);
        domains.find(|domain| *domain == name)
    }

    /// Where the box's own web server answers: `https://mail.house.test`, with the port if it is not the usual one.
    pub fn web(&self) -> Option<String> {
        self.https_port.map(|port| match port {
            443 => format!("https://{}", self.hostname),
            port => format!("https://{}:{port}", self.hostname),
        })
    }
}

impl Server {
    /// The doors among these, the best first: TLS from the first octet, then by a command; of several ports of one service the first. Port 25 is for servers.
    pub fn among(doors: impl IntoIterator<Item = (Service, u16)>) -> Vec<Server> {
        let mut servers: Vec<Server> = Vec::new();
        for (service, port) in doors {
            let (protocol, security) = match service {
                Service::Imaps => (Protocol::Imap, Security::Tls),
                Service::Imap => (Protocol::Imap, Security::StartTls),
                Service::Pop3s => (Protocol::Pop3, Security::Tls),
                Service::Pop3 => (Protocol::Pop3, Security::StartTls),
                Service::Submissions => (Protocol::Smtp, Security::Tls),
                Service::Submission => (Protocol::Smtp, Security::StartTls),
                _ => continue,
            };
            let known =
                |server: &Server| (server.protocol, server.security) == (protocol, security);
            if !servers.iter().any(known) {
                servers.push(Server {
                    protocol,
                    port,
                    security,
                });
            }
        }
        servers.sort_by_key(|server| (server.protocol, server.security));
        servers
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A house with every door open at its well-known port.
    pub(in crate::client_setup) fn house() -> House {
        let server = |protocol, port, security| Server {
            protocol,
            port,
            security,
        };
        House {
            hostname: "mail.house.test".into(),
            domains: vec!["house.test".into(), "xn--spti-wpa.test".into()],
            servers: vec![
                server(Protocol::Imap, 993, Security::Tls),
                server(Protocol::Imap, 143, Security::StartTls),
                server(Protocol::Pop3, 995, Security::Tls),
                server(Protocol::Pop3, 110, Security::StartTls),
                server(Protocol::Smtp, 465, Security::Tls),
                server(Protocol::Smtp, 587, Security::StartTls),
            ],
            https_port: Some(443),
            self_made: Some(b"\x30\x03abc".to_vec()),
            sts_policy: "version: STSv1\r\n".into(),
        }
    }

    #[test]
    fn doors_are_sorted_with_tls_first_and_counted_once() {
        let doors = [
            (Service::Smtp, 25),
            (Service::Submission, 587),
            (Service::Imap, 143),
            (Service::Imaps, 2993),
            (Service::Imaps, 993),
            (Service::Submissions, 465),
            (Service::Pop3s, 995),
            (Service::Pop3, 110),
        ];
        let servers = Server::among(doors);
        let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
        assert_eq!(ports, [2993, 143, 995, 110, 465, 587]);
        assert_eq!(house().best(Protocol::Smtp).unwrap().port, 465);
        let nothing = House {
            servers: Server::among([(Service::Smtp, 25)]),
            ..house()
        };
        assert_eq!(nothing.best(Protocol::Imap), None);
    }

    #[test]
    fn a_domain_is_ours_in_every_spelling() {
        for (name, ours) in [
            ("house.test", Some("house.test")),
            ("HOUSE.test.", Some("house.test")),
            ("Spíti.test", Some("xn--spti-wpa.test")),
            ("mail.house.test", None),
            ("other.test", None),
            ("", None),
            ("..", None),
        ] {
            assert_eq!(house().own_domain(name), ours, "{name}");
        }
        let ports = [
            (Some(443), "https://mail.house.test"),
            (Some(8443), "https://mail.house.test:8443"),
        ];
        for (https_port, web) in ports {
            let house = House {
                https_port,
                ..house()
            };
            assert_eq!(house.web().as_deref(), Some(web));
        }
    }
}
