//! App passwords: long random ones, one for each program, that can be taken back one by one.
//!
//! Twenty letters of 23 are 90 bits. No one guesses that, however fast the hash, so a salted HMAC is enough, and a wrong password costs one argon2id
//! however many app passwords a person has. The hyphens between the groups are for the eye: a log-in may leave them out, or put spaces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::hmac;
use sasl::Secret;
use zeroize::Zeroizing;

use super::random::{LETTERS, fill};

/// Groups of four letters.
pub(super) const GROUPS: usize = 5;
const LETTER_COUNT: usize = GROUPS * 4;
const PREFIX: &str = "$hmac-sha256$";

/// What is stored of an app password: `$hmac-sha256$SALT$TAG`.
pub(super) fn make(password: &Secret) -> std::io::Result<String> {
    let letters = letters(password)
        .ok_or_else(|| std::io::Error::other("an app password is twenty letters"))?;
    let mut salt = [0; 16];
    fill(&mut salt)?;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &salt), &letters);
    Ok(format!(
        "{PREFIX}{}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(tag.as_ref())
    ))
}

/// Whether this is the app password that was stored so.
pub(super) fn matches(password: &Secret, stored: &str) -> bool {
    let parse = || {
        let (salt, tag) = stored.strip_prefix(PREFIX)?.split_once('$')?;
        let decode = |text| STANDARD_NO_PAD.decode(text).ok();
        Some((decode(salt)?, decode(tag)?))
    };
    let (Some(letters), Some((salt, tag))) = (letters(password), parse()) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, &salt);
    hmac::verify(&key, &letters, &tag).is_ok()
}

/// The twenty letters alone, if it has the form of an app password at all.
fn letters(password: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    if password.as_bytes().len() > 2 * LETTER_COUNT {
        return None;
    }
    let mut letters = Zeroizing::new(Vec::with_capacity(2 * LETTER_COUNT));
    letters.extend(
        password
            .as_bytes()
            .iter()
            .filter(|octet| !matches!(octet, b'-' | b' '))
            .map(u8::to_ascii_lowercase),
    );
    let fits = letters.len() == LETTER_COUNT && letters.iter().all(|octet| LETTERS.contains(octet));
    fits.then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_spaces_and_case_do_not_matter_and_all_else_does() {
        let stored = make(&Secret::from("abcd-efgh-jkmn-pqrs-tuvw")).unwrap();
        let right = |text: &str| matches(&Secret::from(text), &stored);
        assert!(right("abcd-efgh-jkmn-pqrs-tuvw"));
        assert!(right("Abcd efgh jkmn pqrs tuvw"));
        assert!(right("abcdefghjkmnpqrstuvw"));
        assert!(!right("abcdefghjkmnpqrstuvx"));
        assert!(!right("abcdefghjkmnpqrstuv"));
        assert!(!right(""));
        assert!(!matches(
            &Secret::from("abcdefghjkmnpqrstuvw"),
            "$hmac-sha256$x"
        ));
        assert!(make(&Secret::from("short")).is_err());
    }
}
