//! Where the box listens: what the settings say, or else the well-known ports where they may be bound and high ones where not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::net::Service;

/// The addresses of one service.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Ports {
    /// Not set: decided when the box starts ([`Listen::doors`]).
    #[default]
    Default,
    /// As set; empty closes the service.
    Set(Vec<SocketAddr>),
}

/// The addresses of all services, and of the web.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Listen {
    /// Mail from the world.
    pub smtp: Ports,
    /// Mail from the household, STARTTLS.
    pub submission: Ports,
    /// Mail from the household, TLS.
    pub submissions: Ports,
    /// IMAP with STARTTLS.
    pub imap: Ports,
    /// IMAP over TLS.
    pub imaps: Ports,
    /// POP3 with STLS.
    pub pop3: Ports,
    /// POP3 over TLS.
    pub pop3s: Ports,
    /// The web in clear.
    pub http: Ports,
    /// The web over TLS.
    pub https: Ports,
}

/// The web's well-known port, and the one that anyone may bind.
pub(super) const HTTP_PORTS: (u16, u16) = (80, 8080);
/// The same over TLS.
pub(super) const HTTPS_PORTS: (u16, u16) = (443, 8443);

impl Listen {
    /// What to bind. A service without a setting gets its well-known port on all addresses if this process may bind it now, or else the high one: on a
    /// laptop, in a second box beside a running one, beside another mail server.
    pub fn doors(&self) -> Vec<(Service, SocketAddr)> {
        let addresses = |service| {
            self.addresses(service)
                .into_iter()
                .map(move |address| (service, address))
        };
        Service::ALL.into_iter().flat_map(addresses).collect()
    }

    /// The same for one service.
    pub fn addresses(&self, service: Service) -> Vec<SocketAddr> {
        match self.of(service) {
            Ports::Set(addresses) => addresses.clone(),
            Ports::Default => default_addresses(default_ports(service)),
        }
    }

    /// Where the web is served in clear, by the rule of [`Listen::doors`].
    pub fn http_addresses(&self) -> Vec<SocketAddr> {
        web(&self.http, HTTP_PORTS)
    }

    /// Where the web is served over TLS, by the same rule.
    pub fn https_addresses(&self) -> Vec<SocketAddr> {
        web(&self.https, HTTPS_PORTS)
    }

    /// Every door, those of the web too, at its port of this machine's own address and nowhere else.
    pub(crate) fn stay_inside(&mut self) {
        let mail = Service::ALL.map(default_ports);
        let [smtp, submission, submissions, imap, imaps, pop3, pop3s] = mail;
        for (ports, default) in [
            (&mut self.smtp, smtp),
            (&mut self.submission, submission),
            (&mut self.submissions, submissions),
            (&mut self.imap, imap),
            (&mut self.imaps, imaps),
            (&mut self.pop3, pop3),
            (&mut self.pop3s, pop3s),
            (&mut self.http, HTTP_PORTS),
            (&mut self.https, HTTPS_PORTS),
        ] {
            let mut inside: Vec<SocketAddr> = Vec::new();
            for address in web(ports, default) {
                let address = match address {
                    SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
                    SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
                };
                // Port 0 is another one each time.
                if address.port() == 0 || !inside.contains(&address) {
                    inside.push(address);
                }
            }
            *ports = Ports::Set(inside);
        }
    }

    /// The setting of one service.
    pub fn of(&self, service: Service) -> &Ports {
        match service {
            Service::Smtp => &self.smtp,
            Service::Submission => &self.submission,
            Service::Submissions => &self.submissions,
            Service::Imap => &self.imap,
            Service::Imaps => &self.imaps,
            Service::Pop3 => &self.pop3,
            Service::Pop3s => &self.pop3s,
        }
    }
}

/// The well-known port, and the one that anyone may bind.
pub(super) fn default_ports(service: Service) -> (u16, u16) {
    match service {
        Service::Smtp => (25, 2525),
        Service::Submission => (587, 2587),
        Service::Submissions => (465, 2465),
        Service::Imap => (143, 2143),
        Service::Imaps => (993, 2993),
        Service::Pop3 => (110, 2110),
        Service::Pop3s => (995, 2995),
    }
}

fn web(ports: &Ports, default: (u16, u16)) -> Vec<SocketAddr> {
    match ports {
        Ports::Set(addresses) => addresses.clone(),
        Ports::Default => default_addresses(default),
    }
}

fn default_addresses((low, high): (u16, u16)) -> Vec<SocketAddr> {
    let four = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let port = if may_bind((four, low).into()) {
        low
    } else {
        high
    };
    let six = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let mut addresses = vec![SocketAddr::from((four, port))];
    if has_ipv6() {
        addresses.push(six);
    }
    addresses
}

/// Asks the kernel by trying, because capabilities, sysctls and other programs all have a say.
fn may_bind(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_ok()
}

fn has_ipv6() -> bool {
    TcpListener::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_there_is_no_other_address() {
        let at = |text: &str| -> Vec<SocketAddr> {
            text.split(' ').map(|one| one.parse().unwrap()).collect()
        };
        let mut listen = Listen {
            smtp: Ports::Set(at("192.0.2.1:25 0.0.0.0:25 [::]:25 0.0.0.0:2525")),
            pop3: Ports::Set(Vec::new()),
            ..Listen::default()
        };
        listen.stay_inside();
        assert_eq!(
            listen.addresses(Service::Smtp),
            at("127.0.0.1:25 [::1]:25 127.0.0.1:2525")
        );
        assert_eq!(listen.addresses(Service::Pop3), []);
        let all = listen.doors().into_iter().map(|(_, address)| address);
        let web = listen.http_addresses().into_iter();
        assert!(
            all.chain(web)
                .chain(listen.https_addresses())
                .all(|address| address.ip().is_loopback())
        );
        assert!(!listen.https_addresses().is_empty());
    }
}
