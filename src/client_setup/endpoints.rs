//! Which path gives which document. Every path is for everyone, whether the setup window is open or not.
//!
//! | path | document | over HTTP |
//! |---|---|---|
//! | `/.well-known/autoconfig/mail/config-v1.1.xml`, `/mail/config-v1.1.xml` | [`autoconfig`] | yes |
//! | `/autodiscover/autodiscover.xml`, in any case | [`autodiscover`] | no |
//! | `/autodiscover/autodiscover.json` and below | where the XML is | no |
//! | `/.well-known/mta-sts.txt` at `mta-sts.DOMAIN` | the MTA-STS policy (RFC 8461 §3.2) | no |
//! | `/*.mobileconfig` | [`apple`], without a password | no |
//!
//! Autoconfig is given over plain HTTP, too: programs ask there when the certificate is not from an authority, show what they found, and talk TLS to the servers that it names. The
//! others would be worse than nothing without TLS: a profile brings a certificate along.

use mail::Address;
use zeroize::Zeroizing;

use super::autodiscover::{self, Trouble};
use super::house::House;
use super::{apple, autoconfig};
use crate::web::{Form, Method, Reply, Request};

/// The longest path that is looked at, in octets.
const PATH_MAX: usize = 400;
/// The longest address in a question, in octets.
const ADDRESS_MAX: usize = 1024;
/// How programs write the name of the address.
const ADDRESS: [&str; 3] = ["emailaddress", "EmailAddress", "email"];
/// The schema of ActiveSync's settings: phones ask for it, the box has none.
const MOBILE: &str = "mobilesync";

/// A question as it came over HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// POST; else GET or HEAD.
    pub post: bool,
    /// The host that was asked, without a port.
    pub host: &'a str,
    /// The path, percent-decoded or not: none of these needs it.
    pub path: &'a str,
    /// What stands behind the `?`, decoded.
    pub query: &'a Form,
    /// The content of a POST.
    pub body: &'a [u8],
    /// Whether it came over TLS.
    pub secure: bool,
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The status: 200, 400, 404 or 405.
    pub status: u16,
    /// `text/xml; charset=utf-8`
    pub media_type: &'static str,
    /// It is the same for everyone at a domain, and may be kept for some minutes.
    pub may_be_kept: bool,
    /// Under which name a browser saves it.
    pub file_name: Option<&'static str>,
    /// The content.
    pub body: Zeroizing<Vec<u8>>,
}

/// The document that was asked for; `None` if the path is none of these. A domain that is not the house's is [`Document::nothing`], and so is what must not go over HTTP.
pub fn answer(house: &House, asked: &Asked<'_>) -> Option<Document> {
    if asked.path.len() > PATH_MAX {
        return None;
    }
    let lower = asked.path.to_ascii_lowercase();
    let document = match lower.as_str() {
        "/.well-known/autoconfig/mail/config-v1.1.xml" | "/mail/config-v1.1.xml" => {
            config(house, asked)
        }
        "/autodiscover/autodiscover.xml" => outlook(house, asked),
        "/autodiscover/autodiscover.json" => outlook_json(house, asked),
        "/.well-known/mta-sts.txt" => policy(house, asked),
        other if other.starts_with("/autodiscover/autodiscover.json/") => {
            outlook_json(house, asked)
        }
        other if other.ends_with(".mobileconfig") && other.rfind('/') == Some(0) => {
            profile(house, asked)
        }
        _ => return None,
    };
    Some(document.unwrap_or_else(Document::nothing))
}

/// [`answer`] for the web server.
pub fn reply(house: &House, request: &Request) -> Reply {
    let asked = Asked {
        post: request.method == Method::Post,
        host: &request.host,
        path: &request.path,
        query: &request.query,
        body: &request.body,
        secure: request.secure,
    };
    let document = answer(house, &asked).unwrap_or_else(Document::nothing);
    let octets = document.body.to_vec();
    match document.status {
        404 => Reply::not_found(),
        status => Reply::document(
            document.media_type,
            octets,
            document.may_be_kept,
            document.file_name,
        )
        .with_status(status),
    }
}

impl Document {
    /// There is no such document here.
    pub fn nothing() -> Document {
        Document {
            may_be_kept: false,
            ..Document::new(404, "text/plain; charset=utf-8", "not found\n".to_owned())
        }
    }

    fn new(status: u16, media_type: &'static str, body: String) -> Document {
        Document {
            status,
            media_type,
            may_be_kept: true,
            file_name: None,
            body: Zeroizing::new(body.into_bytes()),
        }
    }

    fn xml(body: String) -> Document {
        Document::new(200, "text/xml; charset=utf-8", body)
    }
}

fn config(house: &House, asked: &Asked<'_>) -> Option<Document> {
    let domain = asked_domain(house, asked, "autoconfig.")?;
    reading(asked)?;
    Some(Document::xml(autoconfig::document(house, domain)))
}

fn outlook(house: &House, asked: &Asked<'_>) -> Option<Document> {
    over_tls(asked)?;
    let refused = |trouble| Document {
        may_be_kept: false,
        ..Document::xml(autodiscover::refusal(trouble))
    };
    let wish = match autodiscover::read(asked.body) {
        Ok(wish) if asked.post => wish,
        _ => return Some(refused(Trouble::Request)),
    };
    let (_, domain) = wish.address.rsplit_once('@')?;
    house.own_domain(domain)?;
    if wish.schema.is_some_and(|schema| schema.contains(MOBILE)) {
        return Some(refused(Trouble::Schema));
    }
    Some(Document {
        may_be_kept: false,
        ..Document::xml(autodiscover::settings(house, &wish.address))
    })
}

fn outlook_json(house: &House, asked: &Asked<'_>) -> Option<Document> {
    over_tls(asked)?;
    reading(asked)?;
    let json = "application/json; charset=utf-8";
    let answer = autodiscover::where_to_ask(
        house,
        asked.value(&["Protocol", "protocol"]).unwrap_or_default(),
    );
    Some(match answer {
        Some(body) => Document::new(200, json, body),
        None => Document::new(400, json, autodiscover::no_such_protocol()),
    })
}

fn policy(house: &House, asked: &Asked<'_>) -> Option<Document> {
    over_tls(asked)?;
    reading(asked)?;
    // Only at its own host: a policy under another name would be nobody's.
    let host = asked.host.to_ascii_lowercase();
    house.own_domain(host.strip_prefix("mta-sts.")?)?;
    Some(Document::new(
        200,
        "text/plain; charset=utf-8",
        house.sts_policy.clone(),
    ))
}

fn profile(house: &House, asked: &Asked<'_>) -> Option<Document> {
    over_tls(asked)?;
    reading(asked)?;
    let address = match asked.value(&ADDRESS) {
        Some(text) => {
            let address = Address::parse(text).ok()?;
            house.own_domain(address.domain())?;
            Some(address)
        }
        None => None,
    };
    let holder = apple::Holder {
        address: address.as_ref(),
        name: "",
        password: None,
    };
    let body = apple::profile(house, &holder)?;
    Some(Document {
        file_name: Some("mail.mobileconfig"),
        may_be_kept: false,
        ..Document::new(200, apple::MEDIA_TYPE, body.as_str().to_owned())
    })
}

/// The domain of ours of the address in the query, or else of the host that was asked.
fn asked_domain<'a>(house: &'a House, asked: &Asked<'_>, label: &str) -> Option<&'a str> {
    match asked
        .value(&ADDRESS)
        .and_then(|address| address.rsplit_once('@'))
    {
        Some((_, domain)) => house.own_domain(domain),
        None => host_domain(house, asked.host, label),
    }
}

/// The domain of ours that this host serves: itself, or what follows the label. The box's own name stands for the main domain.
fn host_domain<'a>(house: &'a House, host: &str, label: &str) -> Option<&'a str> {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let below = host
        .strip_prefix(label)
        .and_then(|domain| house.own_domain(domain));
    let own = || house.own_domain(host);
    let main = || house.domains.first().filter(|_| host == house.hostname);
    below.or_else(own).or_else(|| main().map(String::as_str))
}

fn over_tls(asked: &Asked<'_>) -> Option<()> {
    asked.secure.then_some(())
}

fn reading(asked: &Asked<'_>) -> Option<()> {
    (!asked.post).then_some(())
}

impl Asked<'_> {
    /// A value of the query, whose name programs write in one of these ways.
    fn value(&self, spellings: &[&str]) -> Option<&str> {
        let mut values = spellings.iter().filter_map(|name| self.query.get(name));
        values.next().filter(|value| value.len() <= ADDRESS_MAX)
    }
}

#[cfg(test)]
#[path = "endpoints_tests.rs"]
mod tests;
