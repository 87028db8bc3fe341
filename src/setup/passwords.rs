//! Whether a new password is good enough, said kindly.
//!
//! The length decides (NIST SP 800-63B §3.1.1.2: no rules about kinds of characters), and what strangers try first is refused. What it cannot do: it has no list of
//! millions of leaked passwords; guesses are slowed down where they arrive.

use super::texts::{Texts, fill};

/// The least characters: at the pace at which the box lets strangers guess, nobody gets through ten that are not on a list.
pub const LEAST: usize = 10;
/// The most octets: what mail programs can send, and what [`crate::accounts`] takes.
const MOST: usize = 512;
/// Characters of a name that count when they stand in a password.
const NAME_PIECE: usize = 4;

/// What people choose when ten characters are wanted; compared without digits and signs at either end.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "passw0rd",
    "kodikos",
    "letmein",
    "welcome",
    "qwertyuiop",
    "qwertzuiop",
    "qwerty",
    "asdfghjkl",
    "iloveyou",
    "pillarbox",
    "mailbox",
    "administrator",
    "admin",
    "changeme",
    "football",
    "baseball",
    "princess",
    "sunshine",
    "superman",
    "olympiakos",
    "panathinaikos",
    "athens",
    "greece",
    "hellas",
    "thessaloniki",
    "κωδικός",
    "κωδικος",
    "ολυμπιακός",
    "παναθηναϊκός",
];

/// What is wrong with it, if anything; `own` are the person's name and address.
pub fn wrong(texts: &Texts, password: &str, own: &[&str]) -> Option<String> {
    let problems = &texts.problems;
    let characters = password.chars().count();
    if password.is_empty() {
        return Some(problems.password_missing.to_owned());
    }
    if characters < LEAST {
        return Some(fill(
            problems.password_short,
            &[("least", &LEAST.to_string())],
        ));
    }
    if password.len() > MOST {
        return Some(fill(problems.password_long, &[("most", &MOST.to_string())]));
    }
    let folded = password.to_lowercase();
    let bare = folded.trim_matches(|c: char| !c.is_alphabetic());
    if bare.is_empty() && is_dull(&folded) || COMMON.contains(&bare) || is_dull(&folded) {
        return Some(problems.password_common.to_owned());
    }
    // A long password may have a name in it: the rest is enough.
    let rest = |piece: &str| characters.saturating_sub(piece.chars().count()) < LEAST;
    let pieces = own
        .iter()
        .flat_map(|own| own.split(|c: char| !c.is_alphanumeric()));
    for piece in pieces.filter(|piece| piece.chars().count() >= NAME_PIECE) {
        let piece = piece.to_lowercase();
        if folded.contains(&piece) && rest(&piece) {
            return Some(problems.password_like_name.to_owned());
        }
    }
    None
}

/// One or two characters over and over, or a row of digits or letters.
fn is_dull(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    let mut kinds = characters.clone();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() <= 2 {
        return true;
    }
    let step = |a: char, b: char| i64::from(u32::from(b)) - i64::from(u32::from(a));
    let steps: Vec<i64> = characters
        .iter()
        .zip(characters.iter().skip(1))
        .map(|(a, b)| step(*a, *b))
        .collect();
    // 1234567890 turns over once.
    let along =
        |wanted: i64| steps.iter().filter(|step| **step == wanted).count() + 2 > steps.len();
    along(1) || along(-1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::texts::Language;

    #[test]
    fn long_ones_pass_and_guessable_ones_do_not() {
        let texts = Language::English.texts();
        let own = ["Maria Papadopoulou", "maria"];
        let judge = |password: &str| wrong(texts, password, &own);
        let problems = &texts.problems;
        assert_eq!(judge("").as_deref(), Some(problems.password_missing));
        assert!(judge("Tr0ub4dor").unwrap().contains("10 characters"));
        for common in [
            "password12",
            "PASSWORD!!",
            "1234567890",
            "0123456789",
            "9876543210",
            "aaaaaaaaaa",
            "ababababab",
            "abcdefghijkl",
            "qwertyuiop1",
            "κωδικός123",
            "pillarbox2026",
        ] {
            assert_eq!(
                judge(common).as_deref(),
                Some(problems.password_common),
                "{common}"
            );
        }
        for mine in ["maria12345", "Papadopoulou!", "1980-MARIA"] {
            assert_eq!(
                judge(mine).as_deref(),
                Some(problems.password_like_name),
                "{mine}"
            );
        }
        for good in [
            "lemon tractor",
            "correct horse",
            "maria likes lemon tractors",
            "τέσσερα μήλα",
            "x7!kQ2#mZp",
            "the password is long",
        ] {
            assert_eq!(judge(good), None, "{good}");
        }
        assert!(judge(&"long enough ".repeat(60)).is_some());
    }
}
