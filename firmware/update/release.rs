//! What a system is called: its version and the boards it is for.
//!
//! A version is three numbers, as in the manifest; the trusted comment of an update says `pillarbox VERSION TARGET` and nothing else. An update is never
//! older than what runs: whoever could offer yesterday's system, signed and all, could offer yesterday's holes. The same version is allowed: a card that
//! was damaged is mended with it, and a build of one's own seldom has another number.

use std::fmt;

/// The boards that this program's image is for: the word in an update's name and trusted comment.
pub const TARGET: &str = if cfg!(target_arch = "aarch64") {
    "pi64"
} else if cfg!(target_arch = "arm") {
    "pi32"
} else {
    "pc"
};

/// The longest target's name, in octets.
const TARGET_MAX: usize = 16;

/// Three numbers, compared from the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    /// Incompatible changes.
    pub major: u32,
    /// New things.
    pub minor: u32,
    /// Repairs.
    pub patch: u32,
}

/// What an update says it is; believed only once its signature is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// The boards it is for: lower-case letters and digits.
    pub target: String,
}

/// The version of this program: of the system that really runs, as the program is all there is of it but the kernel.
pub fn running_version() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version {
        major: 0,
        minor: 0,
        patch: 0,
    })
}

impl Version {
    /// Reads `1.20.3`; `None`: it is no version, or written in an unusual way (`01.2.3`, `1.2`).
    pub fn parse(text: &str) -> Option<Version> {
        let mut numbers = text.split('.').map(|digits| {
            let plain = !digits.is_empty()
                && digits.bytes().all(|octet| octet.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'));
            plain.then(|| digits.parse::<u32>().ok()).flatten()
        });
        let version = Version {
            major: numbers.next()??,
            minor: numbers.next()??,
            patch: numbers.next()??,
        };
        numbers.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Release {
    /// Reads a trusted comment: `pillarbox VERSION TARGET`; `None`: it is none of ours.
    pub fn parse(comment: &str) -> Option<Release> {
        let mut words = comment.split(' ');
        if words.next()? != "pillarbox" {
            return None;
        }
        let version = Version::parse(words.next()?)?;
        let target = words.next()?;
        let plain = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
        let sound = !target.is_empty() && target.len() <= TARGET_MAX && target.bytes().all(plain);
        (sound && words.next().is_none()).then(|| Release {
            version,
            target: target.to_owned(),
        })
    }

    /// The name of its file, `pillarbox-1.2.3-pi64.update`.
    pub fn file_name(&self) -> String {
        format!("pillarbox-{}-{}.update", self.version, self.target)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pillarbox {} {}", self.version, self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_plain_numbers() {
        let version = Version::parse("1.20.3").unwrap();
        assert_eq!((version.major, version.minor, version.patch), (1, 20, 3));
        assert_eq!(version.to_string(), "1.20.3");
        for wrong in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.x",
            "1.2.+3",
            "1..3",
            "4294967296.0.0",
        ] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let of = |text| Version::parse(text).unwrap();
        assert!(of("0.10.0") > of("0.9.9"));
        assert!(of("1.0.0") > of("0.99.99"));
        assert!(of("0.1.0") >= of("0.1.0"));
    }

    #[test]
    fn this_program_has_a_version() {
        assert_eq!(running_version().to_string(), env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn a_comment_of_ours_has_three_words() {
        let release = Release::parse("pillarbox 0.2.0 pi64").unwrap();
        assert_eq!(release.file_name(), "pillarbox-0.2.0-pi64.update");
        assert_eq!(Release::parse(&release.to_string()), Some(release));
        for wrong in [
            "",
            "pillarbox",
            "pillarbox 0.2.0",
            "pillarbox 0.2.0 ",
            "pillarbox 0.2.0 pi64 more",
            "pillarbox  0.2.0 pi64",
            "pillarbox 0.2.0 ../etc",
            "timestamp:1 file:x",
            "pillarbox 0.2.0 aaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(Release::parse(wrong), None, "{wrong}");
        }
    }
}
