//! When and where a password was last used, in the words of a page.

use mail::date::DateTime;
use store::{LastUse, UsedAt};

use super::texts::{Texts, fill};
use crate::accounts::network_text;

/// One way in which a password was used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Used {
    /// In the box's time zone: `2026-11-22 21:04`.
    pub when: String,
    /// Where.
    pub at: UsedAt,
    /// From which address or network.
    pub from: String,
}

/// The rows as a page knows them; `local`: the box's own time.
pub fn known(rows: &[LastUse], local: &dyn Fn(i64) -> DateTime) -> Vec<Used> {
    rows.iter()
        .map(|row| Used {
            when: time(local(row.when)),
            at: row.at,
            from: network_text(row),
        })
        .collect()
}

/// A time that reads the same in every language.
fn time(at: DateTime) -> String {
    let minutes = at
        .unix
        .saturating_add(i64::from(at.zone_minutes) * 60)
        .div_euclid(60);
    format!(
        "{} {:02}:{:02}",
        date(at),
        minutes.div_euclid(60).rem_euclid(24),
        minutes.rem_euclid(60)
    )
}

/// The same without the time of day.
pub fn date(at: DateTime) -> String {
    let (year, month, day) = at.local_date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// One sentence about it.
pub fn sentence(texts: &Texts, used: Option<&Used>) -> String {
    let Some(used) = used else {
        return texts.steps.never_used.to_owned();
    };
    fill(
        texts.steps.last_used,
        &[
            ("time", &used.when),
            ("by", name(texts, used.at)),
            ("from", &used.from),
        ],
    )
}

/// What a protocol is called.
fn name(texts: &Texts, at: UsedAt) -> &'static str {
    match at {
        UsedAt::Imap => "IMAP",
        UsedAt::Pop3 => "POP3",
        UsedAt::Smtp => "SMTP",
        UsedAt::Page => texts.steps.by_page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::texts::Language;

    #[test]
    fn a_use_is_told_in_the_boxs_own_time() {
        let row = LastUse {
            id: 0,
            created: 0,
            at: UsedAt::Imap,
            network: std::net::Ipv4Addr::new(198, 51, 100, 0)
                .to_ipv6_mapped()
                .octets(),
            bits: 120,
            when: 1_795_390_000,
        };
        let local = |unix| DateTime {
            unix,
            zone_minutes: 120,
        };
        let known = known(&[row], &local);
        let said = sentence(Language::English.texts(), known.first());
        assert_eq!(
            said,
            "Last used 2026-11-23 01:26, IMAP, from 198.51.100.0/24."
        );
        let said = sentence(Language::Greek.texts(), None);
        assert_eq!(said, "Δεν έχει χρησιμοποιηθεί ακόμη.");
    }
}
