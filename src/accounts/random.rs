//! Random octets, and passwords that people can read off a screen and type.

use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// Letters that no one mistakes for another: without i, l and o.
pub(super) const LETTERS: &[u8; 23] = b"abcdefghjkmnpqrstuvwxyz";
/// Letters in a group.
const GROUP: usize = 4;

/// Fills with random octets from the system.
///
/// # Errors
/// The system has no source of randomness.
pub(super) fn fill(octets: &mut [u8]) -> std::io::Result<()> {
    SystemRandom::new()
        .fill(octets)
        .map_err(|_| std::io::Error::other("the system gives no random numbers"))
}

/// `groups` groups of four letters with hyphens between them: 18 bits a group.
///
/// # Errors
/// The system has no source of randomness.
pub fn readable_password(groups: usize) -> std::io::Result<Zeroizing<String>> {
    let wanted = groups * GROUP;
    // Room for all from the start: a string that grows leaves copies behind.
    let mut password = Zeroizing::new(String::with_capacity(groups * (GROUP + 1)));
    let mut letters = 0;
    let mut octet = Zeroizing::new([0_u8; 1]);
    while letters < wanted {
        fill(&mut *octet)?;
        // 253 = 11 * 23: what lies above would make some letters likelier.
        let Some(letter) = octet
            .first()
            .filter(|octet| **octet < 253)
            .and_then(|octet| LETTERS.get(usize::from(*octet) % LETTERS.len()))
        else {
            continue;
        };
        if letters > 0 && letters % GROUP == 0 {
            password.push('-');
        }
        password.push(char::from(*letter));
        letters += 1;
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_groups_of_plain_letters_and_differ() {
        let password = readable_password(5).unwrap();
        let groups: Vec<&str> = password.split('-').collect();
        assert_eq!(groups.len(), 5);
        assert!(
            groups
                .iter()
                .all(|group| group.len() == 4 && group.bytes().all(|b| LETTERS.contains(&b)))
        );
        assert_ne!(*password, *readable_password(5).unwrap());
    }
}
