//! A mail address: the `Mailbox` of RFC 5321 §4.1.2 with the UTF-8 of RFC 6531 §3.3.
//!
//! It promises that every value is well formed, holds no control character, fits the RFC's limits and prints to
//! a text that parses back to the same value. It cannot read header field addresses with names, comments and
//! folding; [`crate::EnvelopeAddress`] is for those.

use std::fmt;

use crate::domain::{DOMAIN_MAX, fold_domain, valid_domain, valid_literal};

/// Longest local part, in octets without its quotes. RFC 5321 §4.5.3.1.1 asks for 64 at least; mailing lists write longer ones (the
/// recipient's address inside their own, "VERP"), and their mail is wanted.
pub const LOCAL_MAX: usize = 128;
/// Longest address as printed, in octets: the path of RFC 5321 §4.5.3.1.3 (256) without its angle brackets.
pub const ADDRESS_MAX: usize = 254;

/// One mailbox: local part and domain, or local part and address literal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    local: Box<str>,
    domain: Box<str>,
}

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// There is no `@` that ends a local part.
    NoDomain,
    /// The local part is neither a dot-string nor a quoted string.
    LocalPart,
    /// What follows the `@` is neither a domain nor an address literal.
    Domain,
    /// The local part is longer than [`LOCAL_MAX`] octets.
    LocalTooLong,
    /// The address is longer than [`ADDRESS_MAX`] octets, or its domain than 255.
    TooLong,
}

impl Address {
    /// Reads `local@domain` (no angle brackets, no route). Linear in the length of `text`.
    ///
    /// `Mailbox = Local-part "@" ( Domain / address-literal )`, `Local-part = Dot-string / Quoted-string`.
    /// A quoted local part that needs no quotes is the same address as the bare one. `""@example.org` is
    /// well formed by the grammar and is accepted.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        if text.len() > 2 * ADDRESS_MAX {
            return Err(AddressError::TooLong);
        }
        let (local, domain) = match text.strip_prefix('"') {
            Some(rest) => {
                let (local, rest) = unquote(rest).ok_or(AddressError::LocalPart)?;
                (local, rest.strip_prefix('@').ok_or(AddressError::NoDomain)?)
            }
            None => {
                let (local, domain) = text.split_once('@').ok_or(AddressError::NoDomain)?;
                if !is_dot_string(local) {
                    return Err(AddressError::LocalPart);
                }
                (local.to_owned(), domain)
            }
        };
        Address::new(&local, domain)
    }

    /// An address from its local part *without* quotes and its domain or address literal.
    pub fn new(local: &str, domain: &str) -> Result<Address, AddressError> {
        if local.chars().any(char::is_control) {
            return Err(AddressError::LocalPart);
        }
        if local.len() > LOCAL_MAX {
            return Err(AddressError::LocalTooLong);
        }
        if domain.len() > DOMAIN_MAX {
            return Err(AddressError::TooLong);
        }
        if !valid_domain(domain) && !valid_literal(domain) {
            return Err(AddressError::Domain);
        }
        if quoted_len(local) + 1 + domain.len() > ADDRESS_MAX {
            return Err(AddressError::TooLong);
        }
        Ok(Address {
            local: local.into(),
            domain: domain.into(),
        })
    }

    /// The local part without quotes and backslashes.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain or address literal as given.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the address can travel without SMTPUTF8 (RFC 6531).
    pub fn is_ascii(&self) -> bool {
        self.local.is_ascii() && self.domain.is_ascii()
    }

    /// The form to look up: local part in ASCII lower case, domain in lower case with A-labels, so that `exämple.org` and
    /// `xn--exmple-cua.org` are one. An address in ASCII folds to ASCII lower case, nothing else.
    ///
    /// The RFC lets a local part be case sensitive; no household's is, and none should be (RFC 5321 §2.4).
    #[must_use]
    pub fn fold(&self) -> Address {
        let local = self.local.to_ascii_lowercase();
        // With A-labels an address can be too long for one; then there is none with A-labels to be equal to.
        Address::new(&local, &fold_domain(&self.domain)).unwrap_or_else(|_| Address {
            domain: self.domain.to_ascii_lowercase().into_boxed_str(),
            local: local.into_boxed_str(),
        })
    }
}

/// As on the wire, quoted when needed, without angle brackets.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_string(&self.local) {
            f.write_str(&self.local)?;
        } else {
            f.write_str("\"")?;
            for c in self.local.chars() {
                if matches!(c, '"' | '\\') {
                    f.write_str("\\")?;
                }
                fmt::Write::write_char(f, c)?;
            }
            f.write_str("\"")?;
        }
        write!(f, "@{}", self.domain)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self}>")
    }
}

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        Address::parse(text)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::NoDomain => "expected name@domain: the @ is missing",
            AddressError::LocalPart => {
                "expected letters, digits and .!#$%&'*+-/=?^_`{|}~ before the @, or that part in double quotes"
            }
            AddressError::Domain => "expected a domain such as example.org or an address such as [192.0.2.1] after the @",
            AddressError::LocalTooLong => "the part before the @ is longer than 128 octets",
            AddressError::TooLong => "the address is longer than 254 octets",
        })
    }
}

impl std::error::Error for AddressError {}

/// `Dot-string = Atom *("." Atom)`
fn is_dot_string(local: &str) -> bool {
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// `atext` of RFC 5322 §3.2.3 and `UTF8-non-ascii` of RFC 6531 §3.3, without control characters.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && !c.is_control())
}

/// `Quoted-string = DQUOTE *QcontentSMTP DQUOTE`, from behind the first quote: the text and what follows.
fn unquote(rest: &str) -> Option<(String, &str)> {
    let mut local = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some((local, chars.as_str())),
            '\\' => match chars.next()? {
                c @ ' '..='~' => local.push(c),
                _ => return None,
            },
            c if c.is_control() => return None,
            c => local.push(c),
        }
    }
}

fn quoted_len(local: &str) -> usize {
    if is_dot_string(local) {
        return local.len();
    }
    2 + local.len() + local.bytes().filter(|b| matches!(b, b'"' | b'\\')).count()
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
