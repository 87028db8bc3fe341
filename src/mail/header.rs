//! Header fields: finding, unfolding, dropping, and making them readable (RFC 5322 §2.2, RFC 2047, RFC 2231).
//!
//! It promises linear time and that nothing decoded holds CR, LF, NUL or another control character.

mod encode;
mod fields;
mod params;
mod words;

pub(crate) use encode::encode_phrase;
pub use encode::{encode_parameter, encode_words};
pub use fields::{Field, Fields, fields, keep_fields, strip_fields, unfold};
pub use params::{Parameterized, parse_parameterized};
pub use words::decode_words;

/// The value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

/// A decoded text fit to be shown or sent on: each control character becomes a space.
pub(crate) fn without_controls(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
