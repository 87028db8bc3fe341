//! Recovery codes: ten that open in place of a one-time code when its device is lost, each once.
//!
//! Twelve letters of 23 are 54 bits: at the pace at which the box takes guesses nobody finds one, and whoever holds the card to try them faster holds the mail beside them; so
//! a salted HMAC is enough, and they are short enough to be written on paper. What it cannot do: show them again.

use ring::hmac;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::random::{LETTERS, fill, readable_password};

/// How many are made at a time.
pub(crate) const CODES: usize = 10;
/// Groups of four letters.
const GROUPS: usize = 3;
const LETTER_COUNT: usize = GROUPS * 4;

/// New ones, and what is stored of them.
pub(super) struct Made {
    pub(super) codes: Vec<Zeroizing<String>>,
    pub(super) salt: [u8; 16],
    pub(super) tags: Vec<[u8; 32]>,
}

/// Makes a set.
pub(super) fn make() -> std::io::Result<Made> {
    let mut salt = [0; 16];
    fill(&mut salt)?;
    let codes = (0..CODES)
        .map(|_| readable_password(GROUPS))
        .collect::<std::io::Result<Vec<_>>>()?;
    let tags = codes
        .iter()
        .filter_map(|code| Some(tag(&salt, &letters(code)?)))
        .collect();
    Ok(Made { codes, salt, tags })
}

/// Which of the stored ones this is; all are looked at, whatever is guessed.
pub(super) fn matching(salt: &[u8; 16], tags: &[[u8; 32]], code: &str) -> Option<usize> {
    let tag = tag(salt, &letters(code)?);
    let mut found = None;
    for (at, stored) in tags.iter().enumerate() {
        let right: Choice = stored.ct_eq(&tag);
        if bool::from(right) {
            found = Some(at);
        }
    }
    found
}

fn tag(salt: &[u8; 16], letters: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), letters);
    tag.as_ref().first_chunk().copied().unwrap_or_default()
}

/// The letters alone, if it has the form of one: hyphens, blanks and capitals are as people type.
fn letters(code: &str) -> Option<Zeroizing<Vec<u8>>> {
    if code.len() > 3 * LETTER_COUNT {
        return None;
    }
    let mut letters = Zeroizing::new(Vec::with_capacity(3 * LETTER_COUNT));
    letters.extend(
        code.bytes()
            .filter(|octet| !matches!(octet, b'-' | b' '))
            .map(|octet| octet.to_ascii_lowercase()),
    );
    let fits = letters.len() == LETTER_COUNT && letters.iter().all(|octet| LETTERS.contains(octet));
    fits.then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_its_own_however_it_is_typed() {
        let made = make().unwrap();
        assert_eq!((made.codes.len(), made.tags.len()), (CODES, CODES));
        for (at, code) in made.codes.iter().enumerate() {
            let typed = code.to_uppercase().replace('-', " ");
            assert_eq!(
                matching(&made.salt, &made.tags, &typed),
                Some(at),
                "{typed}"
            );
        }
        for wrong in [
            "",
            "123456",
            "abcd-efgh-jkm",
            "abcd-efgh-jkmn",
            "äbcd-efgh-jkmn",
        ] {
            assert_eq!(matching(&made.salt, &made.tags, wrong), None, "{wrong}");
        }
        let long = "a".repeat(4000);
        assert_eq!(matching(&made.salt, &made.tags, &long), None);
        let other = make().unwrap();
        assert_eq!(matching(&other.salt, &other.tags, &made.codes[0]), None);
    }
}
