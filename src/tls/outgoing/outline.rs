//! The few fields of an X.509 certificate (RFC 5280 §4.1) that webpki does not tell, or tells only of certificates that it likes: the public key of any, which DANE
//! matches, and the two ends of its validity. Total: what is not a certificate is `None`.

use mail::date::days_from_civil;
use rustls_pki_types::SubjectPublicKeyInfoDer;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::tls) struct Outline<'a> {
    /// Unix seconds.
    pub(super) not_before: i64,
    /// Unix seconds.
    pub(in crate::tls) not_after: i64,
    /// `SubjectPublicKeyInfo`, tag and length included.
    pub(super) public_key: &'a [u8],
}

impl<'a> Outline<'a> {
    /// Reads a certificate in DER.
    pub(in crate::tls) fn read(certificate: &'a [u8]) -> Option<Outline<'a>> {
        let fields = Element::first(certificate, SEQUENCE)?.contents;
        let mut rest = Element::first(fields, SEQUENCE)?.contents;
        if rest.first() == Some(&VERSION) {
            rest = Element::first(rest, VERSION)?.rest;
        }
        rest = Element::first(rest, INTEGER)?.rest; // serial number
        rest = Element::first(rest, SEQUENCE)?.rest; // signature algorithm
        rest = Element::first(rest, SEQUENCE)?.rest; // issuer
        let validity = Element::first(rest, SEQUENCE)?;
        let subject = Element::first(validity.rest, SEQUENCE)?;
        let public_key = Element::first(subject.rest, SEQUENCE)?;
        let (not_before, rest) = time(validity.contents)?;
        let (not_after, _) = time(rest)?;
        Some(Outline {
            not_before,
            not_after,
            public_key: public_key.whole,
        })
    }

    /// The public key as rustls takes it.
    pub(super) fn key(&self) -> SubjectPublicKeyInfoDer<'a> {
        SubjectPublicKeyInfoDer::from(self.public_key)
    }
}

/// One DER element.
struct Element<'a> {
    whole: &'a [u8],
    contents: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element with this tag at the front of `der`.
    fn first(der: &'a [u8], tag: u8) -> Option<Element<'a>> {
        let (&[found, first], after) = der.split_first_chunk::<2>()?;
        if found != tag {
            return None;
        }
        let (length, after) = match first {
            0..=0x7f => (usize::from(first), after),
            // At most three octets of length: 16 MB is far beyond any certificate.
            0x81..=0x83 => {
                let (octets, after) = after.split_at_checked(usize::from(first & 0x7f))?;
                let length = octets
                    .iter()
                    .fold(0, |length, octet| length << 8 | usize::from(*octet));
                (length, after)
            }
            _ => return None,
        };
        let (contents, rest) = after.split_at_checked(length)?;
        let whole = der.get(..der.len() - rest.len())?;
        Some(Element {
            whole,
            contents,
            rest,
        })
    }
}

/// The Time at the front (RFC 5280 §4.1.2.5): `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`; and what is behind it.
fn time(der: &[u8]) -> Option<(i64, &[u8])> {
    let (text, century, behind) = match Element::first(der, UTC_TIME) {
        Some(short) => (short.contents, None, short.rest),
        None => {
            let long = Element::first(der, GENERALIZED_TIME)?;
            let (century, rest) = long.contents.split_at_checked(2)?;
            (rest, Some(number(century)?), long.rest)
        }
    };
    let &[y0, y1, m0, m1, d0, d1, h0, h1, i0, i1, s0, s1, b'Z'] = text else {
        return None;
    };
    let two = |a, b| number(&[a, b]);
    let year = two(y0, y1)?;
    // A two-digit year from 50 on is of the last century.
    let century = century.unwrap_or(if year >= 50 { 19 } else { 20 });
    let day = days_from_civil(
        century * 100 + year,
        u8::try_from(two(m0, m1)?).ok()?,
        u8::try_from(two(d0, d1)?).ok()?,
    )?;
    let unix = ((day * 24 + two(h0, h1)?) * 60 + two(i0, i1)?) * 60 + two(s0, s1)?;
    Some((unix, behind))
}

/// Two digits.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_forms() {
        let of = |tag: u8, text: &str| {
            let mut der = vec![tag, text.len() as u8];
            der.extend(text.bytes());
            time(&der).map(|(unix, _)| unix)
        };
        assert_eq!(of(UTC_TIME, "700101000001Z"), Some(1));
        assert_eq!(of(UTC_TIME, "261122064500Z"), Some(1_795_329_900));
        assert_eq!(of(GENERALIZED_TIME, "20500101000000Z"), Some(2_524_608_000));
        assert_eq!(of(UTC_TIME, "2611220645Z"), None);
        assert_eq!(of(UTC_TIME, "26112206450xZ"), None);
        assert_eq!(of(UTC_TIME, "261322064500Z"), None);
        assert_eq!(of(GENERALIZED_TIME, "2"), None);
    }

    #[test]
    fn a_certificate_cut_anywhere_is_none_or_whole() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 2, 29);
        params.not_after = rcgen::date_time_ymd(2050, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let der = certificate.der();
        let outline = Outline::read(der).unwrap();
        assert_eq!(outline.not_before, 1_582_934_400);
        assert_eq!(outline.not_after, 2_524_608_000);
        assert_eq!(
            outline.public_key,
            rcgen::PublicKeyData::subject_public_key_info(&key)
        );
        for cut in 0..der.len() {
            assert!(Outline::read(&der[..cut]).is_none(), "{cut}");
        }
    }
}
