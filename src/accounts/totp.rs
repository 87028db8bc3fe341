//! One-time codes: HOTP (RFC 4226) over time (RFC 6238), as every authenticator app makes them: HMAC-SHA-1, six digits, steps of thirty seconds.
//!
//! Promises: a code is taken of the present step and of one to either side, for clocks that differ by half a minute and people who type for as long (RFC 6238 §5.2 advises
//! one step); each step once, and none before one that was taken; all candidates are made and compared whatever is guessed. What it cannot do: know the time. Who asks
//! says what time it is, or that nobody knows.

use ring::hmac;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::random::fill;

/// Octets of a secret (RFC 4226 §4, R6: 160 bits are recommended).
pub(super) const SECRET: usize = 20;
/// X, seconds of a step (RFC 6238 §5.2: 30 is recommended).
const STEP: u64 = 30;
/// Digits of a code.
pub(crate) const DIGITS: usize = 6;
/// Steps to either side of the present one that are taken.
const WINDOW: u64 = 1;
/// RFC 4648 §6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret; wiped when it goes.
pub(super) fn secret() -> std::io::Result<Zeroizing<[u8; SECRET]>> {
    let mut secret = Zeroizing::new([0; SECRET]);
    fill(&mut *secret)?;
    Ok(secret)
}

/// The step at this time, unix seconds (RFC 6238 §4.2, T0 = 0).
pub(super) fn step_at(unix: i64) -> u64 {
    u64::try_from(unix).unwrap_or(0) / STEP
}

/// The step of which `code` is, if it is within the window around `unix` and later than `last`; of two that have the same code, the later.
pub(super) fn matching(secret: &[u8], code: &[u8; DIGITS], unix: i64, last: u64) -> Option<u64> {
    let now = step_at(unix);
    let mut found = 0_u64;
    let mut any = Choice::from(0);
    for step in now.saturating_sub(WINDOW)..=now.saturating_add(WINDOW) {
        let right = code_at(secret, step).ct_eq(code);
        found.conditional_assign(&step, right);
        any |= right;
    }
    (bool::from(any) && found > last).then_some(found)
}

/// The code of a step (RFC 4226 §5.3).
pub(super) fn code_at(secret: &[u8], step: u64) -> [u8; DIGITS] {
    digits(truncated(secret, step))
}

/// DT (RFC 4226 §5.3): 31 bits.
fn truncated(secret: &[u8], counter: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0xf);
    // A tag is twenty octets, and the offset fifteen at most.
    let chosen = tag.get(offset..).and_then(|rest| rest.first_chunk());
    u32::from_be_bytes(*chosen.unwrap_or(&[0; 4])) & 0x7fff_ffff
}

fn digits(mut number: u32) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.saturating_add(u8::try_from(number % 10).unwrap_or(0));
        number /= 10;
    }
    digits
}

/// A secret as apps take it from a keyboard: RFC 4648 base32, twenty octets without padding, in groups of four.
pub(crate) fn readable(secret: &[u8; SECRET]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(48));
    for (at, letter) in letters(secret).enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

/// What the code on the screen says ("Key URI Format", which all apps read): issuer, whose it is, the secret. Algorithm, digits and step are what is taken without a word.
pub(crate) fn uri(secret: &[u8; SECRET], account: &str) -> Zeroizing<String> {
    let account = crate::web::percent::encode(account);
    let mut uri = Zeroizing::new(String::with_capacity(96 + account.len()));
    uri.push_str("otpauth://totp/pillarbox:");
    uri.push_str(&account);
    uri.push_str("?secret=");
    uri.extend(letters(secret));
    uri.push_str("&issuer=pillarbox");
    uri
}

/// Thirty-two letters of five bits each.
fn letters(secret: &[u8; SECRET]) -> impl Iterator<Item = char> {
    let (fives, _) = secret.as_chunks::<5>();
    fives.iter().flat_map(|five| {
        let bits = five
            .iter()
            .fold(0_u64, |bits, octet| bits << 8 | u64::from(*octet));
        (0..8_u32).rev().filter_map(move |at| {
            let index = usize::try_from(bits >> (5 * at) & 31).ok()?;
            BASE32.get(index).map(|letter| char::from(*letter))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC_SECRET: &[u8; SECRET] = b"12345678901234567890";

    #[test]
    fn rfc_4226_appendix_d() {
        let truncations = [
            0x4c93_cf18,
            0x4139_7eea,
            0x082f_ef30,
            0x66ef_7655,
            0x61c5_938a,
            0x33c0_83d4,
            0x7256_c032,
            0x04e5_b397,
            0x2823_443f,
            0x2679_dc69,
        ];
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, (dt, code)) in (0..).zip(truncations.into_iter().zip(codes)) {
            assert_eq!(truncated(RFC_SECRET, counter), dt, "{counter}");
            assert_eq!(code_at(RFC_SECRET, counter), code.as_bytes(), "{counter}");
        }
    }

    #[test]
    fn rfc_6238_appendix_b() {
        // Its codes have eight digits; ours are the last six of the same number.
        for (unix, t, eight) in [
            (59, 0x1, "94287082"),
            (1_111_111_109, 0x023_523ec, "07081804"),
            (1_111_111_111, 0x023_523ed, "14050471"),
            (1_234_567_890, 0x027_3ef07, "89005924"),
            (2_000_000_000, 0x03f_940aa, "69279037"),
            (20_000_000_000, 0x27b_c86aa, "65353130"),
        ] {
            assert_eq!(step_at(unix), t, "{unix}");
            let number = truncated(RFC_SECRET, t) % 100_000_000;
            assert_eq!(format!("{number:08}"), eight, "{unix}");
            assert_eq!(code_at(RFC_SECRET, t), eight.as_bytes()[2..], "{unix}");
        }
    }

    #[test]
    fn one_step_to_either_side_and_each_once() {
        let (now, t) = (2_000_000_010, step_at(2_000_000_010));
        let judge = |step, last| matching(RFC_SECRET, &code_at(RFC_SECRET, step), now, last);
        for step in [t - 1, t, t + 1] {
            assert_eq!(judge(step, 0), Some(step));
            assert_eq!(judge(step, step), None, "a second time");
        }
        assert_eq!(judge(t - 2, 0), None);
        assert_eq!(judge(t + 2, 0), None);
        assert_eq!(judge(t, t + 1), None, "one before the last that was taken");
        assert_eq!(judge(t + 1, t), Some(t + 1));
        assert_eq!(matching(RFC_SECRET, b"000000", now, 0), None);
        assert_eq!(step_at(-5), 0);
    }

    #[test]
    fn the_secret_is_told_in_base32() {
        assert_eq!(
            readable(RFC_SECRET).as_str(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        assert_eq!(
            uri(RFC_SECRET, "ann@house.test").as_str(),
            "otpauth://totp/pillarbox:ann@house.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=pillarbox"
        );
        assert_ne!(*secret().unwrap(), *secret().unwrap());
    }
}
