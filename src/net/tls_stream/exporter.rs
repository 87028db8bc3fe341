//! The channel binding `tls-exporter` (RFC 9266).
//!
//! rustls's unbuffered connection has no `export_keying_material`; the secret that exporters start from is only told to the configuration's `KeyLog`, on the
//! thread that runs the handshake, in the middle of it. So the configurations of the client ports, and of relays, get a [`KeyLog`] that puts this one secret aside for the
//! handshake that is being processed ([`Caught`]), which derives the 32 octets from it and wipes it. It is never written anywhere.
//! The resolver of certificates leaves the binding `tls-server-end-point` in the same place.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use rustls::crypto::tls13::OkmBlock;
use rustls::{KeyLog, SupportedCipherSuite};
use sasl::ChannelBinding;
use zeroize::Zeroizing;

/// Octets of the binding (RFC 9266 §2).
const LENGTH: usize = 32;

/// Lets handshakes under the configuration with this `key_log` offer `tls-exporter`.
pub fn catch_exporter_secrets(key_log: &mut Arc<dyn KeyLog>) {
    *key_log = Arc::new(Catcher);
}

/// For the resolver of certificates: the handshake being processed uses the certificate with this `tls-server-end-point`.
pub fn offer_end_point(end_point: Option<&[u8]>) {
    CAUGHT.with_borrow_mut(|caught| caught.end_point = end_point.map(<[u8]>::to_vec));
}

/// What one handshake left behind while it was processed.
#[derive(Default)]
pub(super) struct Caught {
    secret: Option<Zeroizing<Vec<u8>>>,
    client_random: Vec<u8>,
    end_point: Option<Vec<u8>>,
}

thread_local! {
    static CAUGHT: RefCell<Caught> = RefCell::default();
}

/// Empties the thread's place, before a handshake is processed.
pub(super) fn clear() {
    CAUGHT.take();
}

impl Caught {
    /// Adds what was left since [`clear`].
    pub(super) fn collect(&mut self) {
        let new = CAUGHT.take();
        if new.secret.is_some() {
            self.secret = new.secret;
            self.client_random = new.client_random;
        }
        if new.end_point.is_some() {
            self.end_point = new.end_point;
        }
    }

    /// The server showed this certificate.
    pub(super) fn seen(&mut self, certificate: &[u8]) {
        self.end_point = ChannelBinding::server_end_point(certificate);
    }

    /// The bindings of the finished handshake. `server_hello` is TLS 1.2's, which tells the server's random and whether the master secret is the extended one.
    pub(super) fn binding(
        self,
        suite: Option<SupportedCipherSuite>,
        server_hello: Option<ServerHello>,
    ) -> ChannelBinding {
        let tls_exporter = self.secret.as_ref().and_then(|secret| match suite? {
            SupportedCipherSuite::Tls13(suite) => tls13_exporter(suite, secret),
            SupportedCipherSuite::Tls12(suite) => {
                let hello = server_hello.filter(|hello| hello.extended_master_secret)?;
                // RFC 5705 §4: both randoms, then the context (empty, but there) behind its length.
                let seed = [self.client_random.as_slice(), &hello.random, &[0, 0]].concat();
                let mut binding = [0; LENGTH];
                suite.prf_provider.for_secret(
                    &mut binding,
                    secret,
                    ChannelBinding::EXPORTER_LABEL,
                    &seed,
                );
                Some(binding)
            }
        });
        ChannelBinding {
            tls_exporter,
            tls_server_end_point: self.end_point,
        }
    }
}

/// RFC 8446 §7.5: HKDF-Expand-Label(Derive-Secret(secret, label, ""), "exporter", Hash(""), 32).
fn tls13_exporter(suite: &rustls::Tls13CipherSuite, secret: &[u8]) -> Option<[u8; LENGTH]> {
    let hash = suite.common.hash_provider;
    let empty = hash.start().finish();
    if secret.len() > OkmBlock::MAX_LEN {
        return None;
    }
    let expander = suite.hkdf_provider.expander_for_okm(&OkmBlock::new(secret));
    let label = ChannelBinding::EXPORTER_LABEL;
    let derived = {
        let info = HkdfLabel::new(hash.output_len(), label, empty.as_ref())?;
        expander.expand_block(&info.parts())
    };
    let expander = suite.hkdf_provider.expander_for_okm(&derived);
    let mut binding = [0; LENGTH];
    let info = HkdfLabel::new(LENGTH, b"exporter", empty.as_ref())?;
    expander.expand_slice(&info.parts(), &mut binding).ok()?;
    Some(binding)
}

/// RFC 8446 §7.1's HkdfLabel.
struct HkdfLabel<'a> {
    length: [u8; 2],
    label_length: [u8; 1],
    label: &'a [u8],
    context_length: [u8; 1],
    context: &'a [u8],
}

impl<'a> HkdfLabel<'a> {
    const PREFIX: &'static [u8] = b"tls13 ";

    fn new(length: usize, label: &'a [u8], context: &'a [u8]) -> Option<HkdfLabel<'a>> {
        Some(HkdfLabel {
            length: u16::try_from(length).ok()?.to_be_bytes(),
            label_length: [u8::try_from(Self::PREFIX.len() + label.len()).ok()?],
            label,
            context_length: [u8::try_from(context.len()).ok()?],
            context,
        })
    }

    fn parts(&self) -> [&[u8]; 6] {
        [
            &self.length,
            &self.label_length,
            Self::PREFIX,
            self.label,
            &self.context_length,
            self.context,
        ]
    }
}

/// Catches the exporter's secret of TLS 1.3 and the master secret of TLS 1.2, and no other.
struct Catcher;

impl KeyLog for Catcher {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if self.will_log(label) {
            CAUGHT.with_borrow_mut(|caught| {
                caught.secret = Some(Zeroizing::new(secret.to_vec()));
                caught.client_random = client_random.to_vec();
            });
        }
    }

    fn will_log(&self, label: &str) -> bool {
        label == "EXPORTER_SECRET" || label == "CLIENT_RANDOM"
    }
}

impl fmt::Debug for Catcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Catcher")
    }
}

/// What an exporter needs of TLS 1.2's ServerHello.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerHello {
    random: [u8; 32],
    extended_master_secret: bool,
}

impl ServerHello {
    /// Reads the ServerHello at the front of an unencrypted record; `None` if it is something else, or in pieces.
    pub(super) fn read(record: &[u8]) -> Option<ServerHello> {
        const HANDSHAKE: u8 = 22;
        const SERVER_HELLO: u8 = 2;
        const EXTENDED_MASTER_SECRET: [u8; 2] = [0, 23];
        let (&[HANDSHAKE, _, _, r0, r1], fragment) = record.split_first_chunk::<5>()? else {
            return None;
        };
        let fragment = fragment.get(..usize::from(u16::from_be_bytes([r0, r1])))?;
        let (&[SERVER_HELLO, length @ ..], rest) = fragment.split_first_chunk::<4>()? else {
            return None;
        };
        let length = length
            .iter()
            .fold(0, |all, octet| all << 8 | usize::from(*octet));
        let body = rest.get(2..length)?; // after the version
        let (random, rest) = body.split_first_chunk::<32>()?;
        let (&session_id, rest) = rest.split_first()?;
        let rest = rest.get(usize::from(session_id) + 3..)?; // cipher suite, compression
        let (_, mut extensions) = rest.split_first_chunk::<2>().unwrap_or((&[0, 0], &[]));
        let mut extended_master_secret = false;
        while let Some((&[t0, t1, l0, l1], rest)) = extensions.split_first_chunk::<4>() {
            extended_master_secret |= [t0, t1] == EXTENDED_MASTER_SECRET;
            extensions = rest.get(usize::from(u16::from_be_bytes([l0, l1]))..)?;
        }
        Some(ServerHello {
            random: *random,
            extended_master_secret,
        })
    }
}
