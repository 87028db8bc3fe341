//! Enhanced mail system status codes (RFC 3463).

use std::fmt;

/// `class.subject.detail`, for example `5.1.1` (bad destination mailbox address).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnhancedStatus {
    /// 2 success, 4 persistent transient failure, 5 permanent failure (RFC 3463 §2).
    pub class: u8,
    /// What the status is about (RFC 3463 §3), 0 to 999.
    pub subject: u16,
    /// The detail within the subject, 0 to 999.
    pub detail: u16,
}

impl EnhancedStatus {
    /// The code from its three numbers.
    pub const fn new(class: u8, subject: u16, detail: u16) -> EnhancedStatus {
        EnhancedStatus {
            class,
            subject,
            detail,
        }
    }

    /// Reads a code such as `4.7.0`, alone in `text`.
    ///
    /// `status-code = class "." subject "." detail`, class 2, 4 or 5, the others one to three digits (RFC 3463 §2).
    pub fn parse(text: &str) -> Option<EnhancedStatus> {
        let mut numbers = text.split('.');
        let class = match numbers.next()? {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        let (subject, detail) = (number(numbers.next()?)?, number(numbers.next()?)?);
        numbers.next().is_none().then_some(EnhancedStatus {
            class,
            subject,
            detail,
        })
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

fn number(digits: &str) -> Option<u16> {
    let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_print_and_parse() {
        assert_eq!(EnhancedStatus::new(5, 1, 1).to_string(), "5.1.1");
        assert_eq!(
            EnhancedStatus::parse("4.7.28"),
            Some(EnhancedStatus::new(4, 7, 28))
        );
        for bad in [
            "", "5", "5.1", "5.1.", "3.1.1", "5.1.1.1", "5.1.1000", "5.+1.1", "5. 1.1", "55.1.1",
        ] {
            assert_eq!(EnhancedStatus::parse(bad), None, "{bad}");
        }
    }
}
