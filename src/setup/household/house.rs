//! What mail programs and the DNS are told of the box, as its present life is.

use crate::client_setup::{House, Server};
use crate::control::Household;
use crate::life::Ground;
use crate::publish::{Facts, policy_text};

/// The house in this life. Nothing is looked up, so it is quick and cannot fail; domains that the store cannot read are left out.
pub fn house(household: &Household, certificate: Option<Vec<u8>>) -> House {
    let settings = &household.settings;
    let ascii =
        |name: &str| mail::idna::to_ascii(name).unwrap_or_else(|| name.to_ascii_lowercase());
    let mut domains: Vec<String> = Vec::new();
    for domain in household.accounts.own_domains().unwrap_or_default() {
        let domain = ascii(&domain);
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    let doors = household
        .running
        .as_ref()
        .map(|running| running.doors.as_slice());
    let doors = doors.unwrap_or_default().iter();
    let facts = Facts::new(&settings.hostname, &[], None);
    let local = household
        .running
        .as_ref()
        .and_then(|running| running.announcer.name());
    House {
        sts_policy: policy_text(&facts),
        hostname: found_as(facts.hostname, local),
        domains,
        servers: Server::among(doors.map(|door| (door.service, door.address.port()))),
        https_port: settings
            .listen
            .https_addresses()
            .first()
            .map(|address| address.port()),
        self_made: certificate.filter(|_| settings.tls.certificate.is_none()),
    }
}

/// A host name in `.local` is as mDNS has it at this moment: another box in the house may have been the first of the name.
fn found_as(hostname: String, local: Option<String>) -> String {
    match local {
        Some(local) if hostname.ends_with(".local") => local,
        _ => hostname,
    }
}

/// The certificate (DER) that mail programs get in the present life; `None` between two lives.
pub fn certificate(ground: &Ground) -> Option<Vec<u8>> {
    ground.certificates.now()?.default_certificate()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_the_name_that_leads_here() {
        for (hostname, local, told) in [
            (
                "pillarbox.local",
                Some("pillarbox-2.local"),
                "pillarbox-2.local",
            ),
            ("pillarbox.local", None, "pillarbox.local"),
            (
                "mail.house.test",
                Some("pillarbox.local"),
                "mail.house.test",
            ),
        ] {
            let found = found_as(hostname.to_owned(), local.map(str::to_owned));
            assert_eq!(found, told);
        }
    }
}
