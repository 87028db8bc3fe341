//! Debian's archive, asked through apt in a root of its own: foreign architectures and further suites without a trace on the machine that builds.
//!
//! apt checks the index's signature against Debian's keyring and each package against the index. Where the archive is, the machine's own apt knows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Result, Tried, make_empty, make_folder, write};
use crate::packages::{Pin, native};
use crate::tools;

/// Debian's own keys, of the package `debian-archive-keyring`.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A root with fresh indexes.
pub(crate) struct Apt {
    root: PathBuf,
}

/// A package that the archive has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) name: String,
    pub(crate) version: String,
    /// As the signed index says.
    pub(crate) sha256: String,
}

impl Apt {
    /// Makes the root and fetches the indexes.
    pub(crate) fn open(root: &Path, pins: &[Pin], archive: Option<&str>) -> Result<Self> {
        if !Path::new(KEYRING).exists() {
            return Err(Failure::new(format!(
                "{KEYRING} is needed to check what Debian signed. On Debian or Ubuntu: sudo apt-get install debian-archive-keyring"
            )));
        }
        let archive = match archive {
            Some(archive) => archive.to_owned(),
            None => known_archive()?,
        };
        let architecture = native(pins);
        let suites: BTreeSet<&str> = pins.iter().map(|pin| pin.suite.as_str()).collect();
        let sources: String = suites
            .iter()
            .map(|suite| {
                format!("deb [arch={architecture} signed-by={KEYRING}] {archive} {suite}\n")
            })
            .collect();
        for folder in [
            "etc/apt/apt.conf.d",
            "etc/apt/preferences.d",
            "lists/partial",
            "cache/archives/partial",
        ] {
            make_folder(&root.join(folder))?;
        }
        write(&root.join("status"), b"")?;
        write(&root.join("etc/apt/sources.list"), sources.as_bytes())?;
        write(
            &root.join("apt.conf"),
            configuration(root, architecture)?.as_bytes(),
        )?;
        let apt = Self {
            root: root.to_owned(),
        };
        eprintln!("asking Debian's archive for its index");
        tools::output(apt.command("apt-get").args(["update", "--quiet", "--error-on=any"])).map_err(|failure| {
            Failure::new(format!("Debian's archive could not be asked ({failure}). It is needed once; what was fetched stays under target/"))
        })?;
        Ok(apt)
    }

    /// All versions of a package.
    pub(crate) fn offers(&self, name: &str) -> Result<Vec<Offer>> {
        // apt-cache ends with an error where it knows no such package.
        let Ok(text) = tools::output(self.command("apt-cache").args(["show", "--", name])) else {
            return Ok(Vec::new());
        };
        Ok(stanzas(&String::from_utf8_lossy(&text)))
    }

    /// The newest package whose name fits `line`.
    pub(crate) fn newest(&self, line: &str) -> Result<Option<Offer>> {
        let stem = line.split('*').next().unwrap_or_default();
        let names = tools::output(self.command("apt-cache").args(["pkgnames", "--", stem]))?;
        let mut newest: Option<Offer> = None;
        for name in String::from_utf8_lossy(&names)
            .lines()
            .filter(|name| fits(line, name))
        {
            for offer in self.offers(name)? {
                if newest
                    .as_ref()
                    .is_none_or(|so_far| is_newer(&offer.version, &so_far.version))
                {
                    newest = Some(offer);
                }
            }
        }
        Ok(newest)
    }

    /// The package's file, in the root's own cache.
    pub(crate) fn download(&self, offer: &Offer) -> Result<PathBuf> {
        let place = self.root.join("download");
        make_empty(&place)?;
        tools::output(
            self.command("apt-get")
                .args([
                    "download",
                    "--quiet",
                    &format!("{}={}", offer.name, offer.version),
                ])
                .current_dir(&place),
        )?;
        let mut files = fs::read_dir(&place)
            .tried("looking what apt downloaded")?
            .filter_map(|entry| Some(entry.ok()?.path()));
        files.next().ok_or_else(|| {
            Failure::new(format!(
                "apt downloaded nothing for {} {}",
                offer.name, offer.version
            ))
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = tools::command(program);
        command.env("APT_CONFIG", self.root.join("apt.conf"));
        command
    }
}

/// Everything of apt below the root, nothing of the machine's own configuration but the way to the network.
fn configuration(root: &Path, architecture: &str) -> Result<String> {
    let root = root.canonicalize().tried("finding apt's root")?;
    let root = root.display();
    let proxies: String =
        String::from_utf8_lossy(&tools::output(tools::command("apt-config").arg("dump"))?)
            .lines()
            .filter(|line| line.starts_with("Acquire::") && line.contains("::Proxy"))
            .map(|line| format!("{line}\n"))
            .collect();
    Ok(format!(
        "Dir::Etc \"{root}/etc/apt\";\nDir::State::Lists \"{root}/lists\";\nDir::State::status \"{root}/status\";\nDir::Cache \"{root}/cache\";\n\
         APT::Architecture \"{architecture}\";\nAPT::Architectures {{ \"{architecture}\"; }};\nAPT::Sandbox::User \"\";\nAcquire::Languages \"none\";\n\
         Acquire::Retries \"3\";\n{proxies}"
    ))
}

/// Where this machine's apt finds Debian.
fn known_archive() -> Result<String> {
    let rows = tools::output(tools::command("apt-get").args([
        "indextargets",
        "--format",
        "$(CREATED_BY) $(REPO_URI) $(ORIGIN) $(LABEL)",
    ]))?;
    archive_of(&String::from_utf8_lossy(&rows)).ok_or_else(|| {
        Failure::new("this machine's apt knows no archive of Debian, from which the kernel and the boot files come; name one: --archive URI")
    })
}

/// What calls itself Debian; before the first `apt-get update` only addresses are known.
fn archive_of(rows: &str) -> Option<String> {
    let rows: Vec<Vec<&str>> = rows.lines().map(|line| line.split(' ').collect()).collect();
    let packages = || rows.iter().filter(|row| row.first() == Some(&"Packages"));
    let address = |row: &Vec<&str>| row.get(1).map(|uri| uri.trim_end_matches('/').to_owned());
    packages()
        .find(|row| row.get(2) == Some(&"Debian") && row.get(3) == Some(&"Debian"))
        .or_else(|| {
            packages().find(|row| {
                row.get(1)
                    .is_some_and(|uri| uri.trim_end_matches('/').ends_with("/debian"))
            })
        })
        .and_then(address)
}

/// What `apt-cache show` prints.
fn stanzas(text: &str) -> Vec<Offer> {
    let field = |stanza: &str, name: &str| {
        stanza
            .lines()
            .find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
    };
    text.split("\n\n")
        .filter_map(|stanza| {
            Some(Offer {
                name: field(stanza, "Package:")?,
                version: field(stanza, "Version:")?,
                sha256: field(stanza, "SHA256:")?,
            })
        })
        .collect()
}

/// Whether a name is of a line: equal, but for what the star stands for, which begins with a digit.
pub(crate) fn fits(line: &str, name: &str) -> bool {
    let Some((before, after)) = line.split_once('*') else {
        return line == name;
    };
    name.strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
        .is_some_and(|star| star.starts_with(|c: char| c.is_ascii_digit()) && !star.contains('-'))
}

fn is_newer(version: &str, than: &str) -> bool {
    tools::output(tools::command("dpkg").args(["--compare-versions", version, "gt", than])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_the_one_that_calls_itself_debian() {
        let rows = "Release http://one.example/debian/ Debian Debian\n\
                    Packages http://two.example/debian-security/ Debian Debian-Security\nPackages http://three.example/d/ Debian Debian\n";
        assert_eq!(archive_of(rows).unwrap(), "http://three.example/d");
        let fresh = "Packages http://four.example/tools/ $(ORIGIN) $(LABEL)\nPackages http://five.example/debian/ $(ORIGIN) $(LABEL)\n";
        assert_eq!(archive_of(fresh).unwrap(), "http://five.example/debian");
        assert_eq!(
            archive_of("Packages http://six.example/ubuntu/ Ubuntu Ubuntu\n"),
            None
        );
    }

    #[test]
    fn lines_of_names() {
        assert!(fits(
            "linux-binary-*+deb13-arm64",
            "linux-binary-7.3.5+deb13-arm64"
        ));
        assert!(!fits(
            "linux-binary-*+deb13-arm64",
            "linux-binary-7.3.5+deb13-cloud-arm64"
        ));
        assert!(!fits("linux-image-*+deb13-rpi", "linux-image-rt+deb13-rpi"));
        assert!(fits("u-boot-rpi", "u-boot-rpi") && !fits("u-boot-rpi", "u-boot-rpi2"));
    }

    #[test]
    fn what_the_index_says_of_a_package() {
        let text = "Package: a\nVersion: 1\nSHA256: 00ff\n\nPackage: a\nVersion: 2~rc\nDescription: x\nSHA256: 11ff\n\n";
        assert_eq!(
            stanzas(text)
                .iter()
                .map(|o| o.version.as_str())
                .collect::<Vec<_>>(),
            ["1", "2~rc"]
        );
        assert!(is_newer("2", "2~rc") && !is_newer("1", "2~rc"));
    }
}
