//! rustls configurations: one for the world's port, one for each protocol of the household, one for browsers.
//!
//! * TLS 1.2 and 1.3 with ring; the client's order of ciphers is followed, since a phone without AES instructions knows best.
//! * The household's ports give stateless tickets, so that a program that returns saves a round trip; nothing is stored here for them.
//! * **Port 25 gives none** (users.md F3: Microsoft's servers break off when a NewSessionTicket comes at the wrong moment, and fall silent).
//! * ALPN (RFC 7301): a client that offers names none of which is the protocol's is refused with `no_application_protocol`, so that a browser
//!   cannot be made to talk to a mail port (B5). A client that offers none is served.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};

use super::certificates::ForBrowsers;
use super::{Certificates, TlsError};
use crate::net::{Service, catch_exporter_secrets};

/// The configurations of all doors.
#[derive(Clone, Debug)]
pub struct Configs {
    world: Arc<ServerConfig>,
    submission: Arc<ServerConfig>,
    imap: Arc<ServerConfig>,
    pop3: Arc<ServerConfig>,
    web: Arc<ServerConfig>,
}

impl Configs {
    /// Configurations that take their certificates from `certificates` at each handshake.
    pub fn new(certificates: &Arc<Certificates>) -> Result<Configs, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = certificates.clone();
        let config_over = |resolver, alpn: &str, household: bool| {
            config(resolver, alpn, household)
                .map(Arc::new)
                .map_err(|error| TlsError::new(format!("cannot set up TLS: {error}")))
        };
        let config = |alpn, household| config_over(resolver.clone(), alpn, household);
        let browsers = Arc::new(ForBrowsers(certificates.clone()));
        Ok(Configs {
            web: config_over(browsers, "http/1.1", true)?,
            world: config("smtp", false)?,
            submission: config("smtp", true)?,
            imap: config("imap", true)?,
            pop3: config("pop3", true)?,
        })
    }

    /// The configuration of the web door's handshakes: HTTP/1.1 only.
    pub fn web(&self) -> Arc<ServerConfig> {
        self.web.clone()
    }

    /// The configuration of this service's handshakes.
    pub fn of(&self, service: Service) -> Arc<ServerConfig> {
        match service {
            Service::Smtp => &self.world,
            Service::Submission | Service::Submissions => &self.submission,
            Service::Imap | Service::Imaps => &self.imap,
            Service::Pop3 | Service::Pop3s => &self.pop3,
        }
        .clone()
    }
}

fn config(
    resolver: Arc<dyn ResolvesServerCert>,
    alpn: &str,
    household: bool,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    if household {
        config.ticketer = Ticketer::new()?;
        catch_exporter_secrets(&mut config.key_log);
    } else {
        config.send_tls13_tickets = 0;
    }
    Ok(config)
}
