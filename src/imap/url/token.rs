//! The authorization token of mechanism INTERNAL (RFC 4467 §2.4.1, §2.5): HMAC-SHA-256 over the rump URL, keyed with the person's key
//! for the mailbox. Two digits before it name this algorithm, so that another can come one day without a flag day.

use ring::hmac;

/// Names HMAC-SHA-256.
const ALGORITHM: &str = "01";
/// Hexadecimal digits of a token.
pub const TOKEN_DIGITS: usize = 2 + 64;

/// The token that authorizes the rump.
pub fn token(key: &[u8; 32], rump: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut token = String::with_capacity(TOKEN_DIGITS);
    token.push_str(ALGORITHM);
    for octet in hmac::sign(&key, rump).as_ref() {
        for digit in [octet >> 4, octet & 15] {
            token.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
    token
}

/// Whether a client's token authorizes the rump. Takes as long whatever the token is.
pub fn token_fits(key: &[u8; 32], rump: &[u8], claimed: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let (digits, _) = claimed
        .strip_prefix(ALGORITHM)
        .unwrap_or_default()
        .as_bytes()
        .as_chunks::<2>();
    let octets: Vec<u8> = digits
        .iter()
        .map(|pair| {
            let [high, low] =
                pair.map(|digit| char::from(digit).to_digit(16).unwrap_or_default() as u8);
            high << 4 | low
        })
        .collect();
    // ring compares in constant time, and a tag of another length fits nothing.
    hmac::verify(&key, rump, &octets).is_ok() && claimed.len() == TOKEN_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_rump_and_key_alone() {
        let rump = b"imap://ann@house.test/INBOX/;uid=20;urlauth=anonymous";
        let made = token(&[7; 32], rump);
        assert_eq!(made.len(), TOKEN_DIGITS);
        assert!(token_fits(&[7; 32], rump, &made));
        assert!(token_fits(&[7; 32], rump, &made.to_ascii_uppercase()));
        assert!(!token_fits(&[8; 32], rump, &made));
        assert!(!token_fits(&[7; 32], b"imap://x", &made));
        assert!(!token_fits(&[7; 32], rump, &made.replacen("01", "02", 1)));
        let short = made.strip_suffix(|_: char| true).unwrap();
        assert!(!token_fits(&[7; 32], rump, short));
        assert!(!token_fits(&[7; 32], rump, &format!("{made}0")));
        assert!(!token_fits(&[7; 32], rump, ""));
        let mut other = made.into_bytes();
        other[30] = if other[30] == b'0' { b'1' } else { b'0' };
        assert!(!token_fits(
            &[7; 32],
            rump,
            &String::from_utf8(other).unwrap()
        ));
    }
}
