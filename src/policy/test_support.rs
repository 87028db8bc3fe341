//! A zone, a web server and a store for the tests of policies.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;

use super::*;
use crate::net::test_support::Folder;
use crate::resolver::ResolverSettings;
use crate::tls::outgoing::test_pki::{Authority, Leaf, TODAY};

pub(super) const DOMAIN: &str = "example.org";
pub(super) const POLICY_HOST: &str = "mta-sts.example.org";
pub(super) const POLICY: &str =
    "version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmax_age: 604800\r\n";

/// What a name has: records (type, data) and whether they are signed; no records: signed or unsigned absence; `None`: SERVFAIL.
pub(super) type Zone = HashMap<(&'static str, u16), Option<(Vec<Vec<u8>>, bool)>>;

pub(super) const A: u16 = 1;
pub(super) const TXT: u16 = 16;
pub(super) const TLSA: u16 = 52;

pub(super) fn text(text: &str) -> Vec<u8> {
    [&[text.len() as u8], text.as_bytes()].concat()
}

/// A DNS server over UDP for one zone; what is not in it does not exist. Ends with the test program.
pub(super) fn serve_zone(zone: Zone) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut room = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut room) {
            let query = &room[..length];
            let (mut at, mut labels) = (12, Vec::new());
            while query[at] > 0 {
                let end = at + 1 + usize::from(query[at]);
                labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
                at = end;
            }
            let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
            let name = labels.join(".");
            let found = zone
                .iter()
                .find(|((owner, of), _)| *owner == name && *of == kind);
            let (flags, records) = match found {
                Some((_, Some((records, signed)))) => {
                    (0x8180 | u16::from(*signed) << 5, records.clone())
                }
                Some((_, None)) => (0x8182, vec![]),
                None => (0x8183, vec![]),
            };
            let mut reply = query[..2].to_vec();
            for word in [flags, 1, records.len() as u16, 0, 0] {
                reply.extend(word.to_be_bytes());
            }
            reply.extend(&query[12..at + 5]);
            for data in records {
                reply.extend([0xc0, 12]);
                reply.extend(kind.to_be_bytes());
                reply.extend([0, 1, 0, 0, 1, 0]);
                reply.extend((data.len() as u16).to_be_bytes());
                reply.extend(data);
            }
            socket.send_to(&reply, peer).ok();
        }
    });
    address
}

/// How a web server behaves once it has read the request.
#[derive(Clone)]
pub(super) enum Web {
    /// Says this, then close_notify.
    Says(String),
    /// Says this, then only FIN.
    Cut(String),
    /// Says the first, then the second for ever.
    Endless(String, String),
    Silent,
}

pub(super) fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}")
}

pub(super) fn plain(body: &str) -> Web {
    Web::Says(ok(
        &format!(
            "Content-Type: text/plain\r\nContent-Length: {}\r\n",
            body.len()
        ),
        body,
    ))
}

/// A web server; returns its port, how often it was asked, and what it was asked last.
pub(super) struct WebServer {
    pub(super) port: u16,
    pub(super) asked: Arc<AtomicUsize>,
    pub(super) request: Arc<Mutex<String>>,
}

pub(super) fn serve_web(leaf: Leaf, web: Web) -> WebServer {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate], leaf.key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = WebServer {
        port: listener.local_addr().unwrap().port(),
        asked: Arc::default(),
        request: Arc::default(),
    };
    let (asked, request) = (server.asked.clone(), server.request.clone());
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            asked.fetch_add(1, Ordering::SeqCst);
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, socket);
            let mut heard = Vec::new();
            let mut octet = [0];
            while !heard.ends_with(b"\r\n\r\n") && tls.read(&mut octet).is_ok_and(|read| read > 0) {
                heard.push(octet[0]);
            }
            if heard.is_empty() {
                continue;
            }
            *request.lock().unwrap() = String::from_utf8(heard).unwrap();
            match &web {
                Web::Says(words) => {
                    tls.write_all(words.as_bytes()).ok();
                    tls.conn.send_close_notify();
                    tls.flush().ok();
                    tls.read_exact(&mut octet).ok();
                }
                Web::Cut(words) => {
                    tls.write_all(words.as_bytes()).ok();
                    tls.flush().ok();
                }
                Web::Endless(first, rest) => {
                    tls.write_all(first.as_bytes()).ok();
                    while tls.write_all(rest.as_bytes()).is_ok() {}
                }
                Web::Silent => _ = tls.read_exact(&mut octet),
            }
        }
    });
    server
}

pub(super) struct House {
    pub(super) store: Store,
    pub(super) outgoing: Outgoing,
    pub(super) root: Authority,
    pub(super) wall: Arc<AtomicI64>,
    _folder: Folder,
}

impl House {
    pub(super) fn new() -> House {
        let folder = Folder::new();
        let root = Authority::new("root");
        let file = folder.0.join("roots.pem");
        std::fs::write(&file, root.pem()).unwrap();
        House {
            store: Store::open(&folder.0.join("store"), store::Options::default()).unwrap(),
            outgoing: Outgoing::new(Some(file)),
            root,
            wall: Arc::new(AtomicI64::new(TODAY)),
            _folder: folder,
        }
    }

    pub(super) fn leaf(&self) -> Leaf {
        self.root.leaf(&[POLICY_HOST], (2026, 2030))
    }

    /// A new resolver and a new memory of failures, over the same store. A wall of 0 is not trusted.
    pub(super) fn policies(&self, zone: Zone, port: u16) -> Policies {
        let wall = self.wall.clone();
        let mut policies = Policies::new(PolicyParts {
            store: self.store.clone(),
            resolver: Resolver::new(ResolverSettings {
                servers: vec![serve_zone(zone)],
                trusted: true,
                timeout: Duration::from_millis(200),
                whole: Duration::from_secs(1),
                ..ResolverSettings::default()
            }),
            outgoing: self.outgoing.clone(),
            closing: Closing::default(),
            wall: Arc::new(move || Some(wall.load(Ordering::SeqCst)).filter(|wall| *wall != 0)),
            https_port: port,
            local_networks: true,
        });
        Arc::get_mut(&mut policies.inner).unwrap().fetcher.patience = Duration::from_secs(2);
        policies
    }
}

/// The policy host's address, and the policy's id.
pub(super) fn announcing(id: &str) -> Zone {
    let mut zone = Zone::from([((POLICY_HOST, A), Some((vec![vec![127, 0, 0, 1]], false)))]);
    if !id.is_empty() {
        let record = text(&format!("v=STSv1; id={id};"));
        zone.insert(("_mta-sts.example.org", TXT), Some((vec![record], false)));
    }
    zone
}

pub(super) const MX: MxFacts<'static> = MxFacts {
    canonical: DOMAIN,
    validated: false,
    implicit: false,
};

pub(super) fn destination(policies: &Policies) -> Destination {
    async_io::block_on(policies.destination(DOMAIN, MX)).unwrap()
}
