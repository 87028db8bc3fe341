//! A message in pieces becomes two DKIM-Signature fields: Ed25519-SHA256 (RFC 8463) and, for those who do not know that yet, RSA-SHA256.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Context, SHA256};

use super::field::{self, Tags};
use super::{
    BodyCanonicalizer, Canonicalization, FIELDS_MAX, FieldCanonicalizer, HEADER_MAX, HeaderList,
    Piece, SigningKeys, Splitter, select,
};

/// Longest name of a field that is looked up in the list; no listed one is as long.
const NAME_MAX: usize = 64;

/// Where the public keys are published: `selector._domainkey.domain`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selectors {
    /// The Ed25519 key's.
    pub ed25519: String,
    /// The RSA key's.
    pub rsa: String,
}

/// Signs one message, relaxed/relaxed, over the whole body.
///
/// Feed it the whole message as it will be sent: after every re-encoding, with CRLF line ends, before dot-stuffing, without the fields that are
/// put on top for this hop. The result goes on top of what was fed.
pub struct Signer<'k> {
    keys: &'k SigningKeys,
    domain: String,
    selectors: Selectors,
    splitter: Splitter,
    header: Header,
    body: BodyCanonicalizer,
    hash: Context,
}

/// Why a message gets no signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignError {
    /// There is no From field, which must be signed (RFC 6376 §5.4).
    NoAuthor,
    /// The fields to sign are longer than [`HEADER_MAX`] or more than [`FIELDS_MAX`].
    HeaderTooLarge,
    /// Domain or selector is no ASCII name; an internationalized domain is given as A-labels (RFC 8616 §4 takes both).
    BadName,
    /// The RSA key did not sign.
    Key,
}

impl<'k> Signer<'k> {
    /// For one message. `domain`: the `d=`, in A-labels.
    pub fn new(
        keys: &'k SigningKeys,
        domain: &str,
        selectors: Selectors,
        list: HeaderList,
    ) -> Signer<'k> {
        Signer {
            keys,
            domain: domain.to_ascii_lowercase(),
            selectors,
            splitter: Splitter::new(),
            header: Header::new(list),
            body: BodyCanonicalizer::new(Canonicalization::Relaxed),
            hash: Context::new(&SHA256),
        }
    }

    /// The next octets of the message.
    pub fn feed(&mut self, octets: &[u8]) {
        let (header, body, hash) = (&mut self.header, &mut self.body, &mut self.hash);
        self.splitter.feed(octets, &mut |piece| match piece {
            Piece::Field(octets) => header.feed(octets),
            Piece::FieldEnd => header.end_field(),
            Piece::Body(octets) => body.feed(octets, &mut |canonical| hash.update(canonical)),
        });
    }

    /// Both fields, each with its CRLF. `time`: the wall clock's unix seconds for `t=`, only if it is trusted: a wrong `t=` in the future
    /// makes some receivers refuse the signature, and none misses it.
    ///
    /// # Errors
    /// See [`SignError`]; the message goes out without a signature or not at all, as the caller sees fit.
    pub fn finish(self, time: Option<i64>) -> Result<String, SignError> {
        let Signer {
            keys,
            domain,
            selectors,
            splitter,
            mut header,
            body,
            mut hash,
        } = self;
        splitter.finish(&mut |piece| match piece {
            Piece::FieldEnd => header.end_field(),
            Piece::Field(octets) => header.feed(octets),
            Piece::Body(_) => {}
        });
        body.finish(&mut |canonical| hash.update(canonical));
        let body_hash = STANDARD.encode(hash.finish());
        if ![&domain, &selectors.ed25519, &selectors.rsa]
            .iter()
            .all(|name| name.is_ascii() && mail::valid_domain(name))
        {
            return Err(SignError::BadName);
        }
        let (names, selected) = header.finish()?;

        let mut fields = String::new();
        for (algorithm, selector) in [
            ("ed25519-sha256", &selectors.ed25519),
            ("rsa-sha256", &selectors.rsa),
        ] {
            let unsigned = field::unsigned(&Tags {
                algorithm,
                domain: &domain,
                selector,
                time,
                names: &names,
                body_hash: &body_hash,
            });
            let data = hash_input(&selected, unsigned.text.as_bytes());
            let signature = if algorithm == "rsa-sha256" {
                keys.sign_rsa(&data).ok_or(SignError::Key)?
            } else {
                keys.sign_ed25519(&data)
            };
            fields.push_str(&unsigned.signed(&STANDARD.encode(signature)));
        }
        Ok(fields)
    }
}

/// What is hashed and signed: the selected fields, then the signature's own field with an empty `b=` and without its CRLF (RFC 6376 §3.7).
fn hash_input(selected: &[u8], unsigned: &[u8]) -> Vec<u8> {
    let mut data = selected.to_vec();
    let mut own = FieldCanonicalizer::new(Canonicalization::Relaxed);
    own.feed(unsigned, &mut data);
    own.finish(&mut data);
    data.truncate(data.len().saturating_sub(2));
    data
}

/// The canonical fields whose names are in the list.
struct Header {
    list: HeaderList,
    octets: Vec<u8>,
    /// Name, and where the field ends in `octets`; it begins where the one before ends.
    fields: Vec<(&'static str, usize)>,
    /// The machine of the field under way, and what is known of its name.
    current: (FieldCanonicalizer, Name),
    too_large: bool,
}

#[derive(Clone, Copy)]
enum Name {
    /// Still being read.
    Reading,
    Listed(&'static str),
    Other,
}

impl Header {
    fn new(list: HeaderList) -> Header {
        Header {
            list,
            octets: Vec::new(),
            fields: Vec::new(),
            current: new_field(),
            too_large: false,
        }
    }

    fn feed(&mut self, octets: &[u8]) {
        for octet in octets {
            if matches!(self.current.1, Name::Other) {
                return;
            }
            let before = self.octets.len();
            self.current
                .0
                .feed(std::slice::from_ref(octet), &mut self.octets);
            if matches!(self.current.1, Name::Reading) {
                self.read_name();
            }
            if self.octets.len() > HEADER_MAX {
                self.too_large = true;
                self.octets.truncate(before);
                self.drop_field();
            }
        }
    }

    fn read_name(&mut self) {
        let so_far = self.octets.get(self.start()..).unwrap_or_default();
        match so_far {
            [name @ .., b':'] => match self.list.find(name) {
                Some(listed) if self.fields.len() < FIELDS_MAX => {
                    self.current.1 = Name::Listed(listed);
                }
                Some(_) => {
                    self.too_large = true;
                    self.drop_field();
                }
                None => self.drop_field(),
            },
            name if name.len() > NAME_MAX => self.drop_field(),
            _ => {}
        }
    }

    fn end_field(&mut self) {
        let (machine, name) = std::mem::replace(&mut self.current, new_field());
        match name {
            Name::Listed(name) => {
                machine.finish(&mut self.octets);
                self.fields.push((name, self.octets.len()));
            }
            Name::Reading => self.octets.truncate(self.start()),
            Name::Other => {}
        }
    }

    /// The names of `h=`, and the fields that they mean.
    fn finish(self) -> Result<(Vec<&'static str>, Vec<u8>), SignError> {
        if self.too_large {
            return Err(SignError::HeaderTooLarge);
        }
        let present: Vec<&'static str> = self.fields.iter().map(|(name, _)| *name).collect();
        if !present.contains(&"from") {
            return Err(SignError::NoAuthor);
        }
        let names = self.list.names(&present);
        let mut start = 0;
        let mut fields = Vec::with_capacity(self.fields.len());
        for (name, end) in &self.fields {
            let octets = self.octets.get(start..*end).unwrap_or_default();
            fields.push((*name, octets));
            start = *end;
        }
        let mut selected = Vec::with_capacity(self.octets.len());
        select(&fields, names.iter().copied(), &mut selected);
        Ok((names, selected))
    }

    /// Where the field under way begins in `octets`.
    fn start(&self) -> usize {
        self.fields.last().map_or(0, |(_, end)| *end)
    }

    fn drop_field(&mut self) {
        self.octets.truncate(self.start());
        self.current.1 = Name::Other;
    }
}

fn new_field() -> (FieldCanonicalizer, Name) {
    (
        FieldCanonicalizer::new(Canonicalization::Relaxed),
        Name::Reading,
    )
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignError::NoAuthor => {
                "the message has no From field, and without it nothing is signed"
            }
            SignError::HeaderTooLarge => "its header is too long to be signed",
            SignError::BadName => "the domain or selector is no ASCII domain name",
            SignError::Key => "the RSA key did not sign",
        })
    }
}

impl std::error::Error for SignError {}

#[cfg(test)]
#[path = "signer_tests.rs"]
mod tests;
