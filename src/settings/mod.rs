//! The settings: one small TOML file, all of it optional.
//!
//! `keys` is the table of everything that can be set: its name, what it means, what it takes, its default. Reading (`read`), refusing with
//! line and advice (`fault`) and printing the documented default file ([`example`]) all walk that table, so that file, documentation
//! and code cannot drift apart.
//!
//! What it promises: nothing is half taken over; the first fault ends the reading with the line, what was expected and what to do. What it cannot
//! do: it does not watch the file; a change takes hold at the next start, the next SIGHUP, or when the box makes the change itself (`life`).

mod change;
mod edit;
mod example;
mod fault;
mod file;
mod house;
mod house_keys;
mod keys;
mod limit_keys;
mod limits;
mod listen;
mod nearest;
mod read;
mod scan;
mod sending;
mod sending_keys;
mod value;

use std::path::{Path, PathBuf};

pub use change::{Change, Value};
pub use edit::change;
pub use example::print as example;
pub use fault::SettingsError;
pub use file::{read_text, write_text};
pub use house::{
    ButtonSettings, ClockSettings, HouseSettings, JunkSettings, LANGUAGES, LightSettings,
    ReportsSettings, SetupSettings, UpdateSettings, VerifySettings,
};
pub use limits::{BanLimits, Limits, LoginLimits};
pub use listen::{Listen, Ports};
pub(crate) use scan::headers;
pub use sending::{DnsSettings, Ipv6, SendSettings, SendingLimits};

use crate::log::Level;

/// The name of the settings file in the data folder.
pub const FILE_NAME: &str = "pillarbox.toml";
/// The host name, and with it the mail domain, of a box that has been told none and runs on a machine without a full name.
pub const DEFAULT_HOSTNAME: &str = "pillarbox.local";

/// Everything that can be set. `Settings::default()` is a box with no file.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// The name that the box calls itself in greetings and certificates.
    pub hostname: String,
    /// The mail domains of the house, folded; empty when none are set: then it is `hostname`, and those of the people's addresses.
    pub domains: Vec<String>,
    /// Where it listens.
    pub listen: Listen,
    /// Certificates from files.
    pub tls: TlsFiles,
    /// Who answers questions about names.
    pub dns: DnsSettings,
    /// How mail goes to other hosts.
    pub send: SendSettings,
    /// How the household lives.
    pub house: HouseSettings,
    /// The setup page.
    pub setup: SetupSettings,
    /// The status light.
    pub light: LightSettings,
    /// The button.
    pub button: ButtonSettings,
    /// The clock.
    pub clock: ClockSettings,
    /// Updates of the box itself.
    pub update: UpdateSettings,
    /// Who sent what strangers bring.
    pub verify: VerifySettings,
    /// What other domains are told.
    pub reports: ReportsSettings,
    /// What is unwanted.
    pub junk: JunkSettings,
    /// Every limit.
    pub limits: Limits,
    /// What is logged.
    pub log: Level,
}

/// PEM files of the certificate chains and their keys. Without any, the box makes its own certificate.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The chain that a client gets whose SNI matches none of the others.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// Further pairs, chosen by the names in the certificates.
    pub more: Vec<TlsPair>,
}

/// One certificate chain and its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsPair {
    /// PEM file of the chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// PEM file of the private key.
    pub key: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            file: None,
            hostname: system_hostname().unwrap_or_else(|| DEFAULT_HOSTNAME.to_owned()),
            domains: Vec::new(),
            listen: Listen::default(),
            tls: TlsFiles::default(),
            dns: DnsSettings::default(),
            send: SendSettings::default(),
            house: HouseSettings::default(),
            setup: SetupSettings::default(),
            light: LightSettings::default(),
            button: ButtonSettings::default(),
            clock: ClockSettings::default(),
            update: UpdateSettings::default(),
            verify: VerifySettings::default(),
            reports: ReportsSettings::default(),
            junk: JunkSettings::default(),
            limits: Limits::default(),
            log: Level::Info,
        }
    }
}

impl Settings {
    /// Reads `config`, or else `pillarbox.toml` in the data folder if there is one, or else takes the defaults.
    ///
    /// # Errors
    /// A named file that cannot be read, and anything in it that is not understood.
    pub fn load(config: Option<&Path>, data: &Path) -> Result<Settings, SettingsError> {
        let beside = data.join(FILE_NAME);
        let path = config.unwrap_or(&beside);
        let text = match file::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && config.is_none() => {
                return Ok(Settings::default());
            }
            Err(error) => return Err(SettingsError::unreadable(path, &error)),
        };
        Settings::parse(&text, path)
    }

    /// Reads the text of a settings file; `path` is for the messages and is where relative paths start.
    ///
    /// # Errors
    /// The first thing that is not understood.
    pub fn parse(text: &str, path: &Path) -> Result<Settings, SettingsError> {
        let mut settings = Settings {
            file: Some(path.to_owned()),
            ..Settings::default()
        };
        read::read(&mut settings, text).map_err(|fault| fault.at(path, text))?;
        Ok(settings)
    }

    /// The domain of people made without one: the first of `domains`, or else the host name.
    pub fn main_domain(&self) -> &str {
        self.domains.first().unwrap_or(&self.hostname)
    }
}

/// A size in octets as the settings write it: `2 GiB`, `500 MB`, or a bare number; `None` if it is no such thing or more than a `u64` holds.
pub fn octets(text: &str) -> Option<u64> {
    value::octets(text)
}

/// The machine's own name, if it is a full one. A bare `raspberrypi` or `localhost` is no name that mail can be sent to.
fn system_hostname() -> Option<String> {
    let name = rustix::system::uname()
        .nodename()
        .to_str()
        .ok()?
        .to_ascii_lowercase();
    (name.contains('.') && mail::valid_domain(&name) && !name.starts_with("localhost."))
        .then_some(name)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
