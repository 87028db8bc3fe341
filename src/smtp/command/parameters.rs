//! Parameters of MAIL and RCPT (RFC 5321 §4.1.2 `esmtp-param`), and what MAIL's mean.

use super::delivery::{By, ByMode, Hold, Notify, Ret};
use super::{CommandError, Dialect, moment};
use mail::xtext;

/// The longest ENVID, in octets as it travels (RFC 3461 §5.4).
const ENVID: usize = 100;

/// MAIL's parameters, as far as they matter beyond the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE: how large the client said the message is, in octets (RFC 1870 §4).
    pub size: Option<u64>,
    /// BODY (RFC 6152 §3, RFC 3030 §3); 7BIT if nothing was said.
    pub body: BodyType,
    /// SMTPUTF8: addresses or header fields may hold UTF-8 (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// REQUIRETLS: never relay it over a connection without TLS (RFC 8689 §2).
    pub require_tls: bool,
    /// RET: how much of it comes back if it fails (RFC 3461 §4.3).
    pub ret: Option<Ret>,
    /// ENVID: the sender's own name for this envelope, decoded, printable ASCII (RFC 3461 §4.4).
    pub envid: Option<String>,
    /// HOLDFOR or HOLDUNTIL (RFC 4865 §4); only on the submission ports.
    pub hold: Option<Hold>,
    /// BY (RFC 2852 §4).
    pub by: Option<By>,
    /// MT-PRIORITY, -9 to 9 (RFC 6710 §3); only on the submission ports.
    pub priority: Option<i8>,
}

/// RCPT's parameters (RFC 3461 §4.1, §4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// NOTIFY: which reports are wanted.
    pub notify: Option<Notify>,
    /// ORCPT: whom the sender wrote to first, with its type and decoded: `rfc822;name@example.org`, `utf-8;...` (RFC 6533 §3).
    pub orcpt: Option<String>,
}

impl RcptParameters {
    /// `"NOTIFY=" notify-esmtp-value`, `"ORCPT=" original-recipient-address`: each at most once, in any order.
    pub(super) fn parse(parameters: Parameters<'_>) -> Result<RcptParameters, CommandError> {
        let mut read = RcptParameters::default();
        for parameter in parameters {
            let (keyword, value) = parameter?;
            let again = match (keyword.to_ascii_uppercase().as_str(), value) {
                ("NOTIFY", Some(value)) => read.notify.replace(notify(value)?).is_some(),
                ("ORCPT", Some(value)) => read.orcpt.replace(orcpt(value)?).is_some(),
                ("NOTIFY" | "ORCPT", None) => return Err(CommandError::BadParameter),
                _ => return Err(CommandError::UnknownParameter),
            };
            if again {
                return Err(CommandError::BadParameter);
            }
        }
        Ok(read)
    }
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
    /// `"AUTH=" ( xtext / "<>" )` (RFC 4954 §5), `"RET="`, `"ENVID="` (RFC 3461), `"BY="` (RFC 2852), `"HOLDFOR="` or `"HOLDUNTIL="`
    /// (RFC 4865), `"MT-PRIORITY="` (RFC 6710): each at most once, in any order.
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
                ("RET", Some(value)) => read.ret.replace(ret(value)?).is_some(),
                ("ENVID", Some(value)) => read.envid.replace(envid(value)?).is_some(),
                ("BY", Some(value)) => read.by.replace(by(value)?).is_some(),
                ("HOLDFOR", Some(value)) if dialect.submission => {
                    read.hold.replace(hold_for(value)?).is_some()
                }
                ("HOLDUNTIL", Some(value)) if dialect.submission => {
                    read.hold.replace(hold_until(value)?).is_some()
                }
                ("MT-PRIORITY", Some(value)) if dialect.submission => {
                    read.priority.replace(priority(value)?).is_some()
                }
                ("HOLDFOR" | "HOLDUNTIL" | "MT-PRIORITY", None) if dialect.submission => {
                    return Err(CommandError::BadParameter);
                }
                ("AUTH", _) if dialect.auth => return Err(CommandError::BadParameter),
                ("REQUIRETLS", Some(_)) if dialect.require_tls => {
                    return Err(CommandError::BadParameter);
                }
                ("SIZE" | "BODY" | "RET" | "ENVID" | "BY", None) | ("SMTPUTF8", Some(_)) => {
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

/// `notify-esmtp-value = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )` (RFC 3461 §4.1): NEVER only by itself, none twice.
fn notify(value: &str) -> Result<Notify, CommandError> {
    if value.eq_ignore_ascii_case("NEVER") {
        return Ok(Notify::NEVER);
    }
    let mut notify = Notify::NEVER;
    for element in value.split(',') {
        let wanted = match element.to_ascii_uppercase().as_str() {
            "SUCCESS" => &mut notify.success,
            "FAILURE" => &mut notify.failure,
            "DELAY" => &mut notify.delay,
            _ => return Err(CommandError::BadParameter),
        };
        if std::mem::replace(wanted, true) {
            return Err(CommandError::BadParameter);
        }
    }
    Ok(notify)
}

/// `original-recipient-address = addr-type ";" xtext`, `addr-type = atom` (RFC 3461 §4.2), at most 500 octets (§5.4); `utf-8-type-addr` of RFC 6533 §3.
///
/// Stricter than [`xtext`]: outside `utf-8` only ASCII, since the address stands in a report later that can hold nothing else.
fn orcpt(value: &str) -> Result<String, CommandError> {
    xtext::decode_orcpt(value)
        .filter(|decoded| {
            decoded.is_ascii()
                || decoded
                    .split_once(';')
                    .is_some_and(|(kind, _)| kind.eq_ignore_ascii_case("utf-8"))
        })
        .ok_or(CommandError::BadParameter)
}

/// `ret-value = "FULL" / "HDRS"` (RFC 3461 §4.3).
fn ret(value: &str) -> Result<Ret, CommandError> {
    match value.to_ascii_uppercase().as_str() {
        "FULL" => Ok(Ret::Full),
        "HDRS" => Ok(Ret::Headers),
        _ => Err(CommandError::BadParameter),
    }
}

/// `envid-parameter = "ENVID=" xtext`, at most 100 octets (RFC 3461 §4.4).
fn envid(value: &str) -> Result<String, CommandError> {
    let decoded = (value.len() <= ENVID).then(|| xtext::decode(value));
    decoded
        .flatten()
        .filter(|decoded| decoded.is_ascii())
        .ok_or(CommandError::BadParameter)
}

/// `by-value = by-time ";" by-mode [by-trace]`, `by-time = ["-" / "+"] 1*9DIGIT`, more than zero in mode R (RFC 2852 §4).
fn by(value: &str) -> Result<By, CommandError> {
    let parsed = || {
        let (time, mode) = value.split_once(';')?;
        let digits = time.strip_prefix(['-', '+']).unwrap_or(time);
        let seconds = number(digits)?;
        let seconds = if time.starts_with('-') {
            -seconds
        } else {
            seconds
        };
        let (mode, trace) = match mode.to_ascii_uppercase().as_str() {
            "N" => (ByMode::Notify, false),
            "NT" => (ByMode::Notify, true),
            "R" => (ByMode::Return, false),
            "RT" => (ByMode::Return, true),
            _ => return None,
        };
        (mode == ByMode::Notify || seconds > 0).then_some(By {
            seconds,
            mode,
            trace,
        })
    };
    parsed().ok_or(CommandError::BadParameter)
}

/// `future-release-integer = %x31-39 *8DIGIT` (RFC 4865 §3).
fn hold_for(value: &str) -> Result<Hold, CommandError> {
    let seconds = number(value).and_then(|seconds| u64::try_from(seconds).ok());
    match seconds {
        Some(seconds) if !value.starts_with('0') => Ok(Hold::For(seconds)),
        _ => Err(CommandError::BadParameter),
    }
}

/// `future-release-date-time = date-time` of RFC 3339 (RFC 4865 §3).
fn hold_until(value: &str) -> Result<Hold, CommandError> {
    let moment = moment::parse(value).ok_or(CommandError::BadParameter)?;
    Ok(Hold::Until(moment))
}

/// `priority-value = ["-"] NZDIGIT / "0"` (RFC 6710 §7).
fn priority(value: &str) -> Result<i8, CommandError> {
    let (sign, digit) = match value.strip_prefix('-') {
        Some(digit) => (-1, digit),
        None => (1, value),
    };
    match digit.as_bytes() {
        [b'0'] if sign > 0 => Ok(0),
        [digit @ b'1'..=b'9'] => i8::try_from(digit - b'0')
            .map(|digit| sign * digit)
            .map_err(|_| CommandError::BadParameter),
        _ => Err(CommandError::BadParameter),
    }
}

/// `1*9DIGIT`
fn number(digits: &str) -> Option<i64> {
    let fits =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
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

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
