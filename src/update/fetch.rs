//! An update from an address: `https://`, or `http://` as well.
//!
//! What makes an update good is its signature, not the way it came: with `http` somebody on the way can hold it back or see that this house runs such a box, and that is all; a machine in
//! the house that has the file can serve it with any small program. So both are taken; but what began with `https` does not go on without it. Redirects, size and time are
//! bounded. It is the owner who gives the address, so hosts in the house are asked as well.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_io::Timer;
use firmware::update::file::HEAD_MAX;
use futures_lite::FutureExt as _;
use hyper::header;

use super::{Refused, SYSTEM_MAX, Updates, Waiting};
use crate::fetching::{self, Answer, Get};
use crate::net::Closing;
use crate::resolver::Resolver;
use crate::settings::Settings;
use crate::tls::outgoing::Outgoing;

/// The longest address, in octets.
const MAX_URL: usize = 2000;
/// Redirects that are followed: release pages need two.
const REDIRECTS: usize = 5;
/// The other side may be silent for so long.
const SILENCE: Duration = Duration::from_secs(60);
/// For all of it: 15 MB over a line of a tenth of a megabit.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Who asks.
const AGENT: &str = concat!("pillarbox/", env!("CARGO_PKG_VERSION"));

/// An address, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Url {
    tls: bool,
    host: String,
    port: u16,
    /// Path and query.
    rest: String,
}

/// Fetches what is at this address into the spool.
pub(super) async fn fetch(
    updates: &Updates,
    settings: &Settings,
    resolver: &Resolver,
    url: &str,
    wall: Option<i64>,
) -> Result<Waiting, Refused> {
    let late = async {
        Timer::after(LIMIT).await;
        Err(failed(format!(
            "{url:.200} took longer than {} minutes",
            LIMIT.as_secs() / 60
        )))
    };
    let get = async {
        let (length, mut answer) = ask(settings, resolver, url, wall).await?;
        let mut incoming = updates.incoming(settings, length)?;
        loop {
            let piece = match next(&mut answer).await {
                Ok(Some(piece)) => piece,
                Ok(None) => return incoming.finish().await,
                Err(words) => {
                    let refused = failed(words);
                    incoming.refuse(&refused);
                    return Err(refused);
                }
            };
            if let Err(refused) = incoming.take(piece).await {
                incoming.refuse(&refused);
                return Err(refused);
            }
        }
    };
    let fetched = get.or(late).await;
    if let Err(refused) = &fetched {
        updates.state().refused = Some(refused.clone());
    }
    fetched
}

/// The next piece; `None`: that was all.
async fn next(answer: &mut Answer) -> Result<Option<Vec<u8>>, String> {
    let piece = async {
        let piece = answer.next().await;
        piece.map_err(|error| format!("the update broke off: {error}"))
    };
    let late = async {
        Timer::after(SILENCE).await;
        Err(format!(
            "the other side was silent for {} seconds",
            SILENCE.as_secs()
        ))
    };
    let piece = piece.or(late).await?;
    Ok(piece.map(|octets| octets.to_vec()))
}

/// Asks for the file, and goes where it is said to be.
async fn ask(
    settings: &Settings,
    resolver: &Resolver,
    url: &str,
    wall: Option<i64>,
) -> Result<(Option<u64>, Answer), Refused> {
    let mut at = Url::parse(url).ok_or_else(|| {
        failed(format!(
            "\"{url:.200}\" is no address; write it like https://example.org/pillarbox-1.2.3-pi64.update"
        ))
    })?;
    for _ in 0..=REDIRECTS {
        let answer = get(settings, resolver, &at, wall).await?;
        let response = &answer.response;
        let status = response.status();
        if status.is_success() {
            let said = response.headers().get(header::CONTENT_LENGTH);
            let length = said.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
            if length.is_some_and(|length| length > SYSTEM_MAX + HEAD_MAX as u64) {
                let most = SYSTEM_MAX;
                return Err(firmware::update::UpdateError::TooLarge { most }.into());
            }
            return Ok((length, answer));
        }
        let to = response.headers().get(header::LOCATION);
        let to = to
            .filter(|_| status.is_redirection())
            .and_then(|value| value.to_str().ok());
        let Some(to) = to else {
            let words = format!(
                "{} answers {} when asked for the update",
                at.host,
                status.as_u16()
            );
            return Err(failed(words));
        };
        let next = at.join(to).ok_or_else(|| {
            failed(format!(
                "{} sends on to \"{to:.200}\", which is no address",
                at.host
            ))
        })?;
        if at.tls && !next.tls {
            return Err(failed(format!(
                "{} sends on to an address without TLS",
                at.host
            )));
        }
        at = next;
    }
    Err(failed(format!(
        "{url:.200} sends on more than {REDIRECTS} times"
    )))
}

async fn get(
    settings: &Settings,
    resolver: &Resolver,
    at: &Url,
    wall: Option<i64>,
) -> Result<Answer, Refused> {
    let mut failure = format!("{} has no address", at.host);
    let outgoing = at.tls.then(|| Outgoing::new(settings.send.roots.clone()));
    for address in addresses(resolver, at).await.map_err(failed)? {
        let get = Get {
            host: &at.host,
            authority: &at.authority(),
            path: &at.rest,
            accept: "*/*",
            agent: Some(AGENT),
            tls: outgoing.as_ref(),
            wall,
            closing: Closing::default(),
        };
        let late = async {
            Timer::after(SILENCE).await;
            Err(format!("{} does not answer", at.host))
        };
        match get.send(address).or(late).await {
            Ok(answer) => return Ok(answer),
            Err(words) => failure = words,
        }
    }
    Err(failed(failure))
}

async fn addresses(resolver: &Resolver, at: &Url) -> Result<Vec<SocketAddr>, String> {
    let bare = at.host.trim_start_matches('[').trim_end_matches(']');
    let ips = match bare.parse::<IpAddr>() {
        Ok(ip) => vec![ip],
        Err(_) => fetching::addresses(resolver, &at.host, |_| true).await?,
    };
    Ok(ips
        .into_iter()
        .map(|ip| SocketAddr::new(ip, at.port))
        .collect())
}

impl Url {
    fn parse(text: &str) -> Option<Url> {
        if text.len() > MAX_URL || !text.bytes().all(|octet| octet.is_ascii_graphic()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, if tls { 443 } else { 80 }),
        };
        // Nobody's password belongs into an address.
        if host.is_empty() || host.contains('@') {
            return None;
        }
        let rest = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        };
        Some(Url {
            tls,
            host: host.to_ascii_lowercase(),
            port,
            rest,
        })
    }

    /// Where `to` leads from here.
    fn join(&self, to: &str) -> Option<Url> {
        if to.contains("://") {
            return Url::parse(to);
        }
        let scheme = if self.tls { "https" } else { "http" };
        if let Some(elsewhere) = to.strip_prefix("//") {
            return Url::parse(&format!("{scheme}://{elsewhere}"));
        }
        let path = match to.starts_with('/') {
            true => to.to_owned(),
            false => {
                let here = self.rest.split('?').next().unwrap_or_default();
                let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
                format!("{folder}/{to}")
            }
        };
        Url::parse(&format!("{scheme}://{}{path}", self.authority()))
    }

    fn authority(&self) -> String {
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }
}

fn failed(words: String) -> Refused {
    Refused::new("fetch", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(bool, String, u16, String)> {
        let url = Url::parse(text)?;
        Some((url.tls, url.host, url.port, url.rest))
    }

    #[test]
    fn addresses_are_taken_apart() {
        let own =
            |tls, host: &str, port, rest: &str| Some((tls, host.to_owned(), port, rest.to_owned()));
        assert_eq!(
            at("https://Example.org/a/b?c#d"),
            own(true, "example.org", 443, "/a/b?c")
        );
        assert_eq!(
            at("http://10.0.0.1:8000"),
            own(false, "10.0.0.1", 8000, "/")
        );
        assert_eq!(at("http://[::1]/x"), own(false, "[::1]", 80, "/x"));
        assert_eq!(at("http://[::1]:81?x"), own(false, "[::1]", 81, "/?x"));
        for wrong in [
            "",
            "ftp://a/",
            "https://",
            "https:///x",
            "http://a:b/",
            "http://u:p@a/",
            "http://a/ b",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_redirect_leads_from_where_it_was_said() {
        let from = Url::parse("https://a.test:8443/x/y?z").unwrap();
        let to = |text: &str| {
            let url = from.join(text)?;
            Some(format!("{} {}{}", url.tls, url.authority(), url.rest))
        };
        assert_eq!(to("/q").unwrap(), "true a.test:8443/q");
        assert_eq!(to("q").unwrap(), "true a.test:8443/x/q");
        assert_eq!(to("//b.test/q").unwrap(), "true b.test/q");
        assert_eq!(to("http://b.test/q").unwrap(), "false b.test/q");
        assert_eq!(to("gopher://b"), None);
    }
}
