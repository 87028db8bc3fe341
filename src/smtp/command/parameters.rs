//! Parameters of MAIL and RCPT (RFC 5321 §4.1.2 `esmtp-param`), and what MAIL's mean.

use super::{CommandError, Dialect};

/// MAIL's parameters, as far as they matter beyond the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE: how large the client said the message is, in octets (RFC 1870 §4).
    pub size: Option<u64>,
    /// BODY (RFC 6152 §3, RFC 3030 §3); 7BIT if nothing was said.
    pub body: BodyType,
    /// SMTPUTF8: addresses or header fields may hold UTF-8 (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// REQUIRETLS: never relay it over a connection without TLS (RFC 8689 §2).
    pub require_tls: bool,
}

/// `body-value = "7BIT" / "8BITMIME" / "BINARYMIME"` (RFC 3030 §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyType {
    /// Lines of ASCII; real mail says nothing and sends eight bits all the same.
    #[default]
    SevenBit,
    /// Lines of any octets but CR, LF and NUL (RFC 6152).
    EightBitMime,
    /// Any octets; only by BDAT (RFC 3030 §3).
    BinaryMime,
}

impl MailParameters {
    /// `size-param = "SIZE=" 1*20DIGIT` (RFC 1870 §4), `"BODY=" body-value`, `"SMTPUTF8"`, `"REQUIRETLS"`,
    /// `"AUTH=" ( xtext / "<>" )` (RFC 4954 §5): each at most once, in any order.
    pub(super) fn parse(
        parameters: Parameters<'_>,
        dialect: Dialect,
    ) -> Result<MailParameters, CommandError> {
        let mut read = MailParameters::default();
        let (mut body, mut auth) = (false, false);
        for parameter in parameters {
            let (keyword, value) = parameter?;
            let again = match (keyword.to_ascii_uppercase().as_str(), value) {
                ("SIZE", Some(value)) => read.size.replace(size(value)?).is_some(),
                ("BODY", Some(value)) => {
                    read.body = body_type(value)?;
                    std::mem::replace(&mut body, true)
                }
                ("SMTPUTF8", None) => std::mem::replace(&mut read.smtputf8, true),
                ("REQUIRETLS", None) if dialect.require_tls => {
                    std::mem::replace(&mut read.require_tls, true)
                }
                // Who submitted it first, as the client says. We trust nobody to say it, so it means `<>` (RFC 4954 §5).
                ("AUTH", Some(value)) if dialect.auth && is_auth_value(value) => {
                    std::mem::replace(&mut auth, true)
                }
                ("AUTH", _) if dialect.auth => return Err(CommandError::BadParameter),
                ("REQUIRETLS", Some(_)) if dialect.require_tls => {
                    return Err(CommandError::BadParameter);
                }
                ("SIZE" | "BODY", None) | ("SMTPUTF8", Some(_)) => {
                    return Err(CommandError::BadParameter);
                }
                _ => return Err(CommandError::UnknownParameter),
            };
            if again {
                return Err(CommandError::BadParameter);
            }
        }
        Ok(read)
    }
}

/// Walks over `*( SP esmtp-param )`; several spaces count as one.
pub(super) struct Parameters<'a>(std::str::Split<'a, char>);

impl<'a> Parameters<'a> {
    pub(super) fn new(text: &'a str) -> Parameters<'a> {
        Parameters(text.split(' '))
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<(&'a str, Option<&'a str>), CommandError>;

    /// `esmtp-param = esmtp-keyword ["=" esmtp-value]`, `esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")`,
    /// `esmtp-value = 1*(%d33-60 / %d62-126 / UTF8-non-ascii)` (RFC 6531 §3.3)
    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.find(|text| !text.is_empty())?;
        let (keyword, value) = match text.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (text, None),
        };
        let named = keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
            && keyword
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        let valued = value.is_none_or(|value| !value.is_empty() && !value.contains('='));
        Some(if named && valued {
            Ok((keyword, value))
        } else {
            Err(CommandError::BadParameter)
        })
    }
}

/// A number that does not fit is still a size: too large for anyone.
fn size(value: &str) -> Result<u64, CommandError> {
    match value.len() {
        1..=20 if value.bytes().all(|octet| octet.is_ascii_digit()) => {
            Ok(value.parse().unwrap_or(u64::MAX))
        }
        _ => Err(CommandError::BadParameter),
    }
}

fn body_type(value: &str) -> Result<BodyType, CommandError> {
    match value.to_ascii_uppercase().as_str() {
        "7BIT" => Ok(BodyType::SevenBit),
        "8BITMIME" => Ok(BodyType::EightBitMime),
        "BINARYMIME" => Ok(BodyType::BinaryMime),
        _ => Err(CommandError::BadParameter),
    }
}

/// `xtext = *( xchar / hexchar )`, `hexchar = "+" 2(HEXDIG in upper case)` (RFC 3461 §4), or `<>`.
fn is_auth_value(value: &str) -> bool {
    let mut octets = value.bytes();
    while let Some(octet) = octets.next() {
        let hex = |octet: Option<u8>| {
            octet.is_some_and(|octet| matches!(octet, b'0'..=b'9' | b'A'..=b'F'))
        };
        let fits = match octet {
            b'+' => hex(octets.next()) && hex(octets.next()),
            octet => matches!(octet, b'!'..=b'~'),
        };
        if !fits {
            return false;
        }
    }
    true
}
