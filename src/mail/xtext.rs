//! Words in ESMTP parameters: `xtext` (RFC 3461 §4) and the address forms of RFC 6533 §3.
//!
//! It promises that what it writes is one token of an SMTP command and decodes to the same text, that what it decodes holds no
//! control character, and that nothing longer than [`XTEXT_MAX`] is read.

/// Longest encoded text that is read, in octets: the `ORCPT` parameter's 500 (RFC 3461 §4.2). `ENVID` allows 100 (§4.4).
pub const XTEXT_MAX: usize = 500;

/// `text` as xtext: what is no graphic ASCII, `+` and `=` become `+` and two digits. Octets of UTF-8 are encoded one by one.
///
/// ```abnf
/// xtext   = *( xchar / hexchar )
/// xchar   = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
/// hexchar = "+" 2(%x30-39 / %x41-46)
/// ```
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'+' | b'=') {
            out.push(char::from(byte));
        } else {
            out.push('+');
            push_hex(byte, &mut out);
        }
    }
    out
}

/// The text of an xtext; `None` if it is none, is too long, or stands for a control character or broken UTF-8.
///
/// Deviation: digits may be in lower case.
pub fn decode(xtext: &str) -> Option<String> {
    if xtext.len() > XTEXT_MAX {
        return None;
    }
    let mut out = Vec::with_capacity(xtext.len());
    let mut rest = xtext.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => {
                let (pair, after) = rest.split_at_checked(2)?;
                let digits = pair
                    .iter()
                    .try_fold(0, |value, &d| Some(value << 4 | crate::header::hex(d)?))?;
                out.push(digits);
                rest = after;
            }
            b'=' => return None,
            _ if byte.is_ascii_graphic() => out.push(byte),
            _ => return None,
        }
    }
    String::from_utf8(out)
        .ok()
        .filter(|text| !text.chars().any(char::is_control))
}

/// An address in the ASCII form `utf-8-addr-xtext` (RFC 6533 §3): fit for every server and for `message/delivery-status`.
pub fn utf8_addr_xtext(address: &str) -> String {
    embed(address, true)
}

/// An address in the form `utf-8-addr-unitext` (RFC 6533 §3): UTF-8 stays; fit where SMTPUTF8 is.
pub fn utf8_addr_unitext(address: &str) -> String {
    embed(address, false)
}

/// The address behind `utf-8-addr-xtext`, `utf-8-addr-unitext` or `utf-8-address`; `None` if it is too long, broken, or holds
/// control characters.
pub fn decode_utf8_addr(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > XTEXT_MAX {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split('\\');
    out.push_str(pieces.next()?);
    for piece in pieces {
        let (point, rest) = piece.strip_prefix("x{")?.split_once('}')?;
        if !(2..=6).contains(&point.len()) || !point.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        out.push(char::from_u32(u32::from_str_radix(point, 16).ok()?)?);
        out.push_str(rest);
    }
    (!out.chars().any(char::is_control)).then_some(out)
}

/// The value of an `ORCPT` parameter, decoded: `rfc822;x@example.org`, `utf-8;jörg@example.org` (RFC 3461 §4.2, RFC 6533 §3).
///
/// `None` if it is no `original-recipient-address = addr-type ";" xtext`.
pub fn decode_orcpt(value: &str) -> Option<String> {
    if value.len() > XTEXT_MAX {
        return None;
    }
    let (kind, address) = value.split_once(';')?;
    if !is_addr_type(kind) || address.is_empty() {
        return None;
    }
    let address = if !kind.eq_ignore_ascii_case("utf-8") {
        decode(address)?
    } else if address.bytes().any(|b| matches!(b, b' ' | b'=')) {
        return None;
    } else {
        // "+" belongs to the other encoding, which some use here too.
        decode_utf8_addr(address)
            .filter(|_| !address.contains('+'))
            .or_else(|| decode(address))?
    };
    Some(format!("{kind};{address}"))
}

/// The `ORCPT` parameter for a decoded value; `smtputf8` says whether the server takes UTF-8 in it. `None` if the value is
/// no `type;address`, its type cannot carry the address, or the parameter would be longer than [`XTEXT_MAX`].
pub fn encode_orcpt(value: &str, smtputf8: bool) -> Option<String> {
    let (kind, address) = value.split_once(';')?;
    if !is_addr_type(kind) || address.is_empty() || address.chars().any(char::is_control) {
        return None;
    }
    let address = if kind.eq_ignore_ascii_case("utf-8") {
        embed(address, !smtputf8)
    } else if address.is_ascii() {
        encode(address)
    } else {
        return None;
    };
    let value = format!("{kind};{address}");
    (value.len() <= XTEXT_MAX).then_some(value)
}

/// `addr-type = atom` (RFC 3464 §2.1.2): a registered name such as `rfc822`.
fn is_addr_type(kind: &str) -> bool {
    (1..=32).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// ASCII that is no `QCHAR` is embedded as `\x{HEXPOINT}`, and with `ascii` everything else that is not ASCII.
fn embed(address: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        let plain = if c.is_ascii() {
            c.is_ascii_graphic() && !matches!(c, '\\' | '+' | '=')
        } else {
            !ascii && !c.is_control()
        };
        if plain {
            out.push(c);
        } else {
            out.push_str(&format!("\\x{{{:02X}}}", u32::from(c)));
        }
    }
    out
}

fn push_hex(byte: u8, out: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        out.push(
            char::from_digit(u32::from(digit), 16)
                .unwrap_or('0')
                .to_ascii_uppercase(),
        );
    }
}

#[cfg(test)]
#[path = "xtext_tests.rs"]
mod tests;
