//! Fetching over HTTP: the addresses of a host, and one GET of one of them. hyper speaks HTTP; its half of the wire is [`crate::net::WireIo`].
//!
//! Promises: with TLS not one octet of HTTP leaves before the certificate has proved to be the host's; heads are bounded, bodies come in pieces, and whoever takes them bounds
//! their sum and the time. No redirect is followed here, nothing is remembered.

use std::future::pending;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use dns::Kind;
use futures_lite::FutureExt as _;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response, header};

use crate::net::{Closing, Wire, WireIo, WireTimes};
use crate::resolver::Resolver;
use crate::tls::outgoing::{Outgoing, Purpose, Trust};

/// The longest head of an answer, in octets.
const MAX_HEAD: usize = 16 * 1024;
/// Addresses of a host that are tried, of each family.
const MOST_ADDRESSES: usize = 2;

/// Addresses of `host` that may be asked, IPv4 first.
///
/// # Errors
/// There is none, and the DNS gave no answer about one of the families.
pub(crate) async fn addresses(
    resolver: &Resolver,
    host: &str,
    may: impl Fn(IpAddr) -> bool,
) -> Result<Vec<IpAddr>, String> {
    let mut addresses = Vec::new();
    let mut failure = None;
    for kind in [Kind::A, Kind::Aaaa] {
        match resolver.lookup(host, kind).await {
            Ok(answer) => {
                let found = answer.data.iter().filter_map(dns::Data::ip);
                addresses.extend(found.filter(|ip| may(*ip)).take(MOST_ADDRESSES));
            }
            Err(error) => failure = Some(format!("{host}: {error}")),
        }
    }
    match failure {
        Some(failure) if addresses.is_empty() => Err(failure),
        _ => Ok(addresses),
    }
}

/// What is asked for, and of whom.
pub(crate) struct Get<'a> {
    /// The host, as its certificate names it.
    pub(crate) host: &'a str,
    /// The same with its port, if that is not the usual one.
    pub(crate) authority: &'a str,
    /// Path and query.
    pub(crate) path: &'a str,
    /// The media type that is wanted.
    pub(crate) accept: &'a str,
    /// Who asks; not everybody needs to know.
    pub(crate) agent: Option<&'a str>,
    /// Who judges the certificate; `None`: without TLS.
    pub(crate) tls: Option<&'a Outgoing>,
    /// Unix time in seconds, if it can be trusted.
    pub(crate) wall: Option<i64>,
    /// The end of the box ends the connection.
    pub(crate) closing: Closing,
}

impl Get<'_> {
    /// Asks at this address.
    ///
    /// # Errors
    /// A sentence: nobody is there, TLS, or no HTTP.
    pub(crate) async fn send(self, address: SocketAddr) -> Result<Answer, String> {
        let host = self.host;
        let dialed = Wire::dial(address, None, WireTimes::default(), self.closing).await;
        let mut wire = dialed.map_err(|error| format!("{host}: {error}"))?;
        if let Some(outgoing) = self.tls {
            let trust = Trust::WebPki {
                names: vec![host.to_owned()],
            };
            outgoing
                .secure(&mut wire, &trust, host, Purpose::Web, self.wall)
                .await
                .map_err(|failure| failure.words)?;
        }
        let told = |error: hyper::Error| format!("{host} does not speak HTTP as expected: {error}");
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(WireIo::new(wire))
            .await
            .map_err(told)?;
        let mut request = Request::get(self.path)
            .header(header::HOST, self.authority)
            .header(header::ACCEPT, self.accept)
            .header(header::CONNECTION, "close");
        if let Some(agent) = self.agent {
            request = request.header(header::USER_AGENT, agent);
        }
        let request = request
            .body(Empty::<Bytes>::new())
            .map_err(|error| format!("{host} cannot be asked: {error}"))?;
        let mut line = Line {
            connection: Box::pin(async move {
                connection.await.ok();
            }),
            over: false,
        };
        let answer = async { sender.send_request(request).await.map_err(told) };
        let response = answer.or(line.drive()).await?;
        Ok(Answer { response, line })
    }
}

/// An answer whose body is still to come.
pub(crate) struct Answer {
    /// Its head.
    pub(crate) response: Response<Incoming>,
    line: Line,
}

impl Answer {
    /// The next piece of the body; `None`: that was all.
    ///
    /// # Errors
    /// It broke off.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        loop {
            let body = self.response.body_mut();
            match body.frame().or(self.line.drive()).await.transpose()? {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(octets) = frame.into_data() {
                        return Ok(Some(octets));
                    }
                }
            }
        }
    }
}

/// The connection behind an answer: it must be polled for the answer to come, and not after its end.
struct Line {
    connection: Pin<Box<dyn Future<Output = ()> + Send>>,
    over: bool,
}

impl Line {
    /// Never gives anything: what a connection brought before it ended is in the answer, and without one the answer knows that it ended.
    async fn drive<T>(&mut self) -> T {
        if !self.over {
            (&mut self.connection).await;
            self.over = true;
        }
        pending().await
    }
}
