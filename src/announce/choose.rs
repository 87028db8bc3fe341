//! What is announced, and on which interfaces.

use std::net::{IpAddr, SocketAddr};

use mdns::Service;

use super::Offer;
use super::interfaces::Interface;
use crate::net::Door;
use crate::settings::Settings;
use crate::web::is_house_address;

/// The host's label where the settings' hostname is no `.local` one.
const USUAL_LABEL: &str = "pillarbox";
/// The name in lists of services.
const USUAL_NAME: &str = "Pillarbox";

/// The label under which a box with this hostname is announced: of `post.local` it is `post`; a hostname in the world's DNS has its own place, and the box is
/// `pillarbox` at home.
#[must_use]
pub fn host_label(hostname: &str) -> String {
    let plain = hostname.trim_end_matches('.').to_ascii_lowercase();
    match plain.strip_suffix(".local") {
        Some(label) if !label.is_empty() => label.to_owned(),
        _ => USUAL_LABEL.to_owned(),
    }
}

/// What a box with these settings and listening sockets says of itself; `None`: nothing, by the settings' will.
#[must_use]
pub fn offer_of(settings: &Settings, doors: &[Door]) -> Option<Offer> {
    settings.setup.mdns.then(|| Offer {
        host: host_label(&settings.hostname),
        instance: USUAL_NAME.to_owned(),
        services: services(doors.iter().map(|door| (door.service, door.address))),
    })
}

/// The services (RFC 6186, RFC 8314: over TLS only) of listening sockets; one of a kind, the first that others can reach.
fn services(
    listening: impl IntoIterator<Item = (crate::net::Service, SocketAddr)>,
) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for (service, address) in listening {
        let kind = match service {
            crate::net::Service::Imaps => "_imaps",
            crate::net::Service::Submissions => "_submissions",
            crate::net::Service::Pop3s => "_pop3s",
            _ => continue,
        };
        let known = services.iter().any(|service| service.kind == kind);
        if !known && is_reachable(&address) {
            services.push(Service {
                kind,
                port: address.port(),
                text: Vec::new(),
            });
        }
    }
    services
}

/// The setup page among listening sockets. Its TXT record says where it begins (RFC 6763 §6) and not whether the window is open: the light says that, to
/// whoever stands next to it.
pub(super) fn page(listening: &[SocketAddr]) -> Option<Service> {
    let address = listening.iter().find(|address| is_reachable(address))?;
    Some(Service {
        kind: "_https",
        port: address.port(),
        text: vec!["path=/".to_owned()],
    })
}

/// Whether others can come there.
fn is_reachable(address: &SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

/// Whether an interface is the house's: up, for more than two, and with a private address. One with public addresses only is the provider's network (a rented
/// server's), where nobody is to be told of this box. With IPv6 alone, its link-local address is enough if there is no global one.
pub(super) fn is_of_the_house(interface: &Interface) -> bool {
    let four: Vec<IpAddr> = addresses(interface).filter(IpAddr::is_ipv4).collect();
    let six = || addresses(interface).filter(IpAddr::is_ipv6);
    let private = |address: &IpAddr| match address {
        IpAddr::V4(_) => is_house_address(*address),
        IpAddr::V6(six) => six.is_unique_local(),
    };
    let global = |address: &IpAddr| !is_house_address(*address);
    interface.is_usable()
        && (four.iter().any(private)
            || six().any(|address| private(&address))
            || (four.is_empty() && six().next().is_some() && !six().any(|six| global(&six))))
}

fn addresses(interface: &Interface) -> impl Iterator<Item = IpAddr> {
    interface.networks.iter().map(|network| network.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firmware::network::netlink::{IFF_MULTICAST, IFF_POINTOPOINT, IFF_RUNNING, IFF_UP};
    use mdns::Network;

    #[test]
    fn the_label_is_the_hostnames_if_it_is_local() {
        for (hostname, label) in [
            ("post.local", "post"),
            ("Post.LOCAL.", "post"),
            ("mail.example.org", "pillarbox"),
            ("localhost", "pillarbox"),
            (".local", "pillarbox"),
            ("", "pillarbox"),
        ] {
            assert_eq!(host_label(hostname), label, "{hostname}");
        }
    }

    #[test]
    fn only_services_over_tls_are_offered_with_their_real_ports() {
        use crate::net::Service as S;
        let at = |ip: &str, port: u16| SocketAddr::new(ip.parse().unwrap(), port);
        let all = S::ALL
            .into_iter()
            .zip((1000..).map(|port| at("0.0.0.0", port)));
        let more = [(S::Imaps, at("192.168.1.5", 7))];
        let offered = services(all.chain(more));
        let offered: Vec<(&str, u16)> = offered.iter().map(|s| (s.kind, s.port)).collect();
        let expected = [("_submissions", 1002), ("_imaps", 1004), ("_pop3s", 1006)];
        assert_eq!(offered, expected);
        let page = page(&[at("127.0.0.1", 1), at("::", 8443)]).unwrap();
        assert_eq!((page.kind, page.port), ("_https", 8443));
    }

    #[test]
    fn what_this_machine_alone_can_reach_is_not_announced() {
        let all = crate::net::Service::ALL.into_iter();
        let here = all.map(|service| (service, SocketAddr::from(([127, 0, 0, 1], 1))));
        assert!(services(here).is_empty());
        assert_eq!(page(&["[::1]:443".parse().unwrap()]), None);
    }

    #[test]
    fn interfaces_of_the_house() {
        let usable = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
        for (flags, addresses, of_the_house) in [
            (usable, vec!["192.168.1.5"], true),
            (usable, vec!["192.168.1.5", "2001:db8::5", "fe80::5"], true),
            (usable, vec!["169.254.7.7"], true),
            (usable, vec!["fe80::5"], true),
            (usable, vec!["fd00::5", "fe80::5", "2001:db8::5"], true),
            (usable, vec!["203.0.113.5"], false),
            (usable, vec!["203.0.113.5", "fe80::5"], false),
            (usable, vec!["2001:db8::5", "fe80::5"], false),
            (usable, vec!["100.64.1.1"], false),
            (usable, vec![], false),
            (IFF_UP | IFF_MULTICAST, vec!["192.168.1.5"], false),
            (IFF_UP | IFF_RUNNING, vec!["192.168.1.5"], false),
            (usable | IFF_POINTOPOINT, vec!["10.8.0.1"], false),
        ] {
            let interface = Interface {
                index: 2,
                name: "eth0".to_owned(),
                flags,
                networks: addresses
                    .iter()
                    .map(|address| Network {
                        address: address.parse().unwrap(),
                        prefix: 24,
                    })
                    .collect(),
            };
            assert_eq!(
                is_of_the_house(&interface),
                of_the_house,
                "{flags:x} {addresses:?}"
            );
        }
    }
}
