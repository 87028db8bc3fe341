//! An address that the owner wrote down: `ADDRESS/PREFIX[,ROUTER[,RESOLVER]]`, as `pillarbox.address=` on the kernel's command line has it.

use std::net::Ipv4Addr;
use std::str::FromStr;

use super::port::Address;

/// The address and what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fixed {
    address: Ipv4Addr,
    prefix: u8,
    router: Option<Ipv4Addr>,
    /// The resolver; without one, the router is asked, as in most homes.
    pub dns: Option<Ipv4Addr>,
}

impl Fixed {
    pub(super) fn address(&self) -> Address {
        Address {
            address: self.address,
            prefix: self.prefix,
            gateway: self.router,
            ends: None,
        }
    }
}

impl FromStr for Fixed {
    type Err = String;

    fn from_str(text: &str) -> Result<Fixed, String> {
        let expected = || {
            format!(
                "a fixed address is written like 192.168.1.5/24,192.168.1.1,192.168.1.1 (address, router, resolver), not {text:?}"
            )
        };
        let mut parts = text.split(',');
        let net = parts.next().unwrap_or_default();
        let (address, prefix) = net.split_once('/').ok_or_else(expected)?;
        let mut further = || match parts.next() {
            None => Ok(None),
            Some(part) => part.parse().map(Some).map_err(|_| expected()),
        };
        let (router, dns) = (further()?, further()?);
        let fixed = Fixed {
            address: address.parse().map_err(|_| expected())?,
            prefix: prefix.parse().map_err(|_| expected())?,
            router,
            dns: dns.or(router),
        };
        let sane = (1..=32).contains(&fixed.prefix) && parts.next().is_none();
        sane.then_some(fixed).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_prefix_and_may_have_a_router_and_a_resolver() {
        let read = |text: &str| text.parse::<Fixed>().ok();
        let all = read("10.0.2.15/24,10.0.2.2,10.0.2.3").unwrap();
        assert_eq!(all.address().gateway, Some(Ipv4Addr::new(10, 0, 2, 2)));
        assert_eq!(all.dns, Some(Ipv4Addr::new(10, 0, 2, 3)));
        assert_eq!(
            read("10.0.2.15/24,10.0.2.2").unwrap().dns,
            all.address().gateway
        );
        assert_eq!(read("10.0.2.15/24").unwrap().address().gateway, None);
        for wrong in [
            "",
            "10.0.2.15",
            "10.0.2/24",
            "10.0.2.15/0",
            "10.0.2.15/33",
            "10.0.2.15/24,",
            "10.0.2.15/24,x",
            "10.0.2.15/24,10.0.2.2,10.0.2.3,10.0.2.4",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
