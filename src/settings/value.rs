//! Reading one TOML value as what a key takes, and printing it back.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::fault::Fault;

/// Where a resolver listens (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

/// A value with its place in the text.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Wrong type: says what was expected and shows how it looks.
fn wrong(value: &Value<'_>, key: &str, expected: &str, example: &str) -> Fault {
    let got = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Fault::new(
        value.span(),
        format!("`{key}` takes {expected}, and this is {got}; write it like `{key} = {example}`"),
    )
}

pub(super) fn text<'a>(value: &'a Value<'_>, key: &str, example: &str) -> Result<&'a str, Fault> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text),
        _ => Err(wrong(value, key, "a string", example)),
    }
}

/// A list of strings, each with its place.
pub(super) fn texts<'a>(
    value: &'a Value<'_>,
    key: &str,
    example: &str,
) -> Result<Vec<(&'a str, &'a Value<'a>)>, Fault> {
    let expected = "a list of strings";
    let DeValue::Array(list) = value.get_ref() else {
        return Err(wrong(value, key, expected, example));
    };
    list.iter()
        .map(|item| match item.get_ref() {
            DeValue::String(text) => Ok((text.as_ref(), item)),
            _ => Err(wrong(item, key, expected, example)),
        })
        .collect()
}

/// Addresses with ports. A bare port means every address of the machine.
pub(super) fn addresses(value: &Value<'_>, key: &str) -> Result<Vec<SocketAddr>, Fault> {
    let example = r#"["0.0.0.0:2525", "[::]:2525"]"#;
    texts(value, key, example)?
        .into_iter()
        .map(|(text, item)| {
            text.parse().map_err(|_| {
                Fault::new(
                    item.span(),
                    format!("`{key}` takes IP addresses with ports, and \"{text}\" is none; write it like `{key} = {example}`, or `[]` to close it"),
                )
            })
        })
        .collect()
}

/// Resolvers: IP addresses, with or without a port.
pub(super) fn servers(value: &Value<'_>, key: &str) -> Result<Vec<SocketAddr>, Fault> {
    let example = r#"["192.0.2.1", "[2001:db8::1]:5353"]"#;
    texts(value, key, example)?
        .into_iter()
        .map(|(text, item)| {
            let bare = || Some(SocketAddr::new(text.parse().ok()?, DNS_PORT));
            text.parse().ok().or_else(bare).ok_or_else(|| {
                Fault::new(
                    item.span(),
                    format!("`{key}` takes IP addresses, and \"{text}\" is none; write it like `{key} = {example}`"),
                )
            })
        })
        .collect()
}

/// True or false.
pub(super) fn truth(value: &Value<'_>, key: &str) -> Result<bool, Fault> {
    match value.get_ref() {
        DeValue::Boolean(truth) => Ok(*truth),
        _ => Err(wrong(value, key, "true or false", "true")),
    }
}

/// A path; a relative one starts at the settings file's folder.
pub(super) fn path(
    value: &Value<'_>,
    key: &str,
    folder: Option<&std::path::Path>,
) -> Result<PathBuf, Fault> {
    let text = text(value, key, "\"/etc/pillarbox/mail.pem\"")?;
    if text.is_empty() {
        return Err(Fault::new(
            value.span(),
            format!("`{key}` is empty; name a PEM file, or leave the line out"),
        ));
    }
    Ok(folder.map_or_else(|| PathBuf::from(text), |folder| folder.join(text)))
}

/// What kind of number a limit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// A plain number.
    Count,
    /// Octets: a number, or a string with KB, MB, GB (1000) or KiB, MiB, GiB (1024).
    Octets,
    /// Seconds: a number, or a string with ms, s, min, h or day.
    Time,
}

const OCTETS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("KB", 1_000),
    ("B", 1),
];
/// In milliseconds.
const TIMES: [(&str, u64); 5] = [
    ("day", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Unit {
    fn table(self) -> &'static [(&'static str, u64)] {
        match self {
            Unit::Count => &[],
            Unit::Octets => &OCTETS,
            Unit::Time => &TIMES,
        }
    }

    /// What one of a bare number is worth: times are kept in milliseconds and written in seconds.
    fn bare(self) -> u64 {
        if self == Unit::Time { 1000 } else { 1 }
    }

    fn expected(self) -> &'static str {
        match self {
            Unit::Count => "a whole number",
            Unit::Octets => {
                "a number of octets, or a string with a unit (kB, MB, GB, KiB, MiB, GiB)"
            }
            Unit::Time => "a number of seconds, or a string with a unit (ms, s, min, h, day)",
        }
    }

    /// As it stands in the file: with the largest unit that fits evenly.
    pub(super) fn show(self, amount: u64) -> String {
        let fitting = self
            .table()
            .iter()
            .find(|(_, worth)| *worth > 1 && amount > 0 && amount.is_multiple_of(*worth));
        match fitting {
            Some((unit, worth)) => format!("\"{} {unit}\"", amount / worth),
            None if self == Unit::Time => format!("\"{amount} ms\""),
            None => amount.to_string(),
        }
    }

    /// A number and what its unit is worth.
    fn parts(self, text: &str) -> Option<(u64, u64)> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = text.get(digits.len()..).unwrap_or_default().trim();
        let unit = if unit == "days" { "day" } else { unit };
        let (_, worth) = self.table().iter().find(|(name, _)| *name == unit)?;
        Some((digits.trim().parse().ok()?, *worth))
    }

    /// Reads the value (times in milliseconds) and refuses one outside `min..=max`.
    pub(super) fn read(
        self,
        value: &Value<'_>,
        key: &str,
        min: u64,
        max: u64,
    ) -> Result<u64, Fault> {
        let example = self.show(max.min(min.max(1).saturating_mul(100)));
        let refuse = || wrong(value, key, self.expected(), &example);
        let amount = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .and_then(|number| number.checked_mul(self.bare())),
            DeValue::String(text) if self != Unit::Count => {
                let Some((number, worth)) = self.parts(text) else {
                    return Err(Fault::new(
                        value.span(),
                        format!(
                            "`{key}` takes {}, and \"{text}\" is neither; write it like `{key} = {example}`",
                            self.expected()
                        ),
                    ));
                };
                number.checked_mul(worth)
            }
            _ => return Err(refuse()),
        };
        amount.filter(|amount| (min..=max).contains(amount)).ok_or_else(|| {
            Fault::new(
                value.span(),
                format!("`{key}` must lie between {} and {}; choose a value in between, or leave the line out for the default", self.show(min), self.show(max)),
            )
        })
    }
}

/// Octets as they are written in the settings, outside of them: `2 GiB`, or a bare number.
pub(super) fn octets(text: &str) -> Option<u64> {
    if let Ok(number) = text.trim().parse() {
        return Some(number);
    }
    let (number, worth) = Unit::Octets.parts(text.trim())?;
    number.checked_mul(worth)
}

/// A number as its field keeps it.
pub(super) trait Number: Sized {
    /// From an amount that lies in the key's range; too large for the field means the field's largest.
    fn of(amount: u64) -> Self;
    /// The amount back.
    fn amount(&self) -> u64;
}

impl Number for u64 {
    fn of(amount: u64) -> Self {
        amount
    }
    fn amount(&self) -> u64 {
        *self
    }
}
impl Number for u32 {
    fn of(amount: u64) -> Self {
        u32::try_from(amount).unwrap_or(u32::MAX)
    }
    fn amount(&self) -> u64 {
        u64::from(*self)
    }
}
impl Number for u16 {
    fn of(amount: u64) -> Self {
        u16::try_from(amount).unwrap_or(u16::MAX)
    }
    fn amount(&self) -> u64 {
        u64::from(*self)
    }
}
impl Number for usize {
    fn of(amount: u64) -> Self {
        usize::try_from(amount).unwrap_or(usize::MAX)
    }
    fn amount(&self) -> u64 {
        *self as u64
    }
}
impl Number for Duration {
    fn of(amount: u64) -> Self {
        Duration::from_millis(amount)
    }
    fn amount(&self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }
}
impl Number for Option<u64> {
    fn of(amount: u64) -> Self {
        (amount != 0).then_some(amount)
    }
    fn amount(&self) -> u64 {
        self.unwrap_or_default()
    }
}
