//! What the box is called on the link and what it offers: a host label, the name of its services, and how both change when they are taken.

use crate::limits;
use crate::name::LABEL_MAX;

/// A service that is offered (RFC 6763 §4, §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// With the underscore, without the protocol, which is TCP: `_imaps`.
    pub kind: &'static str,
    /// The port on which it really listens.
    pub port: u16,
    /// Strings of its TXT record, `key=value`; none is an empty record.
    pub text: Vec<String>,
}

/// Which of the names is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// `pillarbox.local`.
    Host,
    /// `Pillarbox._imaps._tcp.local` and the like: one name with every type.
    Instance,
}

/// How often each name was taken: 1 is the name as it was wished for, 2 the first that was found instead. Kept by the caller, so that a name stays
/// the same through restarts (RFC 6762 §9, point 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Of the host: 2 is `pillarbox-2`.
    pub host: u32,
    /// Of the services' name: 2 is `Pillarbox (2)`.
    pub instance: u32,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers {
            host: 1,
            instance: 1,
        }
    }
}

/// The names and services of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    host: String,
    instance: String,
    /// Which of the names it came to.
    pub numbers: Numbers,
    /// At most [`limits::SERVICES`]; others are not offered.
    pub services: Vec<Service>,
    /// Whether the addresses' reverse names are answered (RFC 6762 §4). Not beside another responder on the same machine: both would
    /// claim the same reverse name for different hosts.
    pub reverse: bool,
}

impl Identity {
    /// `host` is a single label without `.local`, `instance` what people read in a list of services. What is too long for a label is cut; what is
    /// empty becomes `pillarbox`; dots in `host` become dashes.
    #[must_use]
    pub fn new(host: &str, instance: &str, services: Vec<Service>) -> Identity {
        let named = |text: &str, otherwise: &str| {
            let plain = if text.is_empty() { otherwise } else { text };
            cut(plain, LABEL_MAX).to_owned()
        };
        Identity {
            host: named(&host.replace('.', "-"), "pillarbox"),
            instance: named(instance, "Pillarbox"),
            numbers: Numbers::default(),
            services,
            reverse: true,
        }
    }

    /// The host's label as it is now: `pillarbox`, `pillarbox-2`.
    #[must_use]
    pub fn host(&self) -> String {
        numbered(&self.host, self.numbers.host, "-", "")
    }

    /// The services' name as it is now: `Pillarbox`, `Pillarbox (2)` (RFC 6763 appendix D).
    #[must_use]
    pub fn instance(&self) -> String {
        numbered(&self.instance, self.numbers.instance, " (", ")")
    }

    pub(crate) fn rename(&mut self, claim: Claim) {
        let number = match claim {
            Claim::Host => &mut self.numbers.host,
            Claim::Instance => &mut self.numbers.instance,
        };
        *number = number.saturating_add(1);
    }

    pub(crate) fn offered(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().take(limits::SERVICES)
    }
}

fn numbered(base: &str, number: u32, before: &str, after: &str) -> String {
    if number <= 1 {
        return base.to_owned();
    }
    let tail = format!("{before}{number}{after}");
    format!("{}{tail}", cut(base, LABEL_MAX - tail.len().min(LABEL_MAX)))
}

/// The longest beginning of at most `octets`, at the edge of a character.
fn cut(text: &str, octets: usize) -> &str {
    let end = (0..=octets.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut identity = Identity::new("pillarbox", "Pillarbox", Vec::new());
        identity.rename(Claim::Host);
        assert_eq!(
            (identity.host(), identity.instance()),
            ("pillarbox-2".into(), "Pillarbox".into())
        );
        identity.rename(Claim::Host);
        identity.rename(Claim::Instance);
        assert_eq!(
            (identity.host(), identity.instance()),
            ("pillarbox-3".into(), "Pillarbox (2)".into())
        );
        identity.numbers.host = u32::MAX;
        identity.rename(Claim::Host);
        assert_eq!(identity.host(), "pillarbox-4294967295");
    }

    #[test]
    fn labels_fit() {
        let mut long = Identity::new(&"ö".repeat(60), &"x".repeat(80), Vec::new());
        assert_eq!(long.host().len(), 62);
        long.rename(Claim::Host);
        long.rename(Claim::Instance);
        assert!(long.host().ends_with("ö-2") && long.host().len() <= 63);
        assert_eq!(long.instance().len(), 63);
        assert_eq!(Identity::new("", "", Vec::new()).host(), "pillarbox");
        assert_eq!(Identity::new("a.b", "", Vec::new()).host(), "a-b");
    }
}
