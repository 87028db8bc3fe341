//! The box shuts itself in (`run --sandbox`) before it looks at anything that comes from outside: what it may still reach is named here.
//!
//! Its own are the data folder, the folder of its settings file, which the pages replace, and the folder that `--boot` names, which a headless start empties of
//! secrets. It reads what the settings name: certificates, keys, roots, by their folders, since renewing replaces files. Settings that name another
//! folder later need a new start.

use std::path::{Path, PathBuf};

use firmware::sandbox::{self, Entered, Sandbox};

use crate::settings::Settings;
use crate::start::{RunError, Start};

/// What init lays there for the server: on the card nobody else lives in these, and the list of resolvers is replaced by renaming.
const ON_THE_CARD: [&str; 2] = ["/etc", "/run/pillarbox"];

/// Enters the sandbox, if that is wanted. Only while the process has one thread.
pub(crate) fn enter(start: &Start) -> Result<Option<Entered>, RunError> {
    if !start.sandbox {
        return Ok(None);
    }
    sandbox::enter(&start.data, || places(start))
        .map(Some)
        .map_err(RunError::failed)
}

fn places(start: &Start) -> Sandbox {
    let mut places = Sandbox::usual();
    places.write.push(start.data.clone());
    places.write.extend(start.boot.clone());
    if start.card.is_some() {
        places.read.extend(ON_THE_CARD.map(PathBuf::from));
    }
    if start.config.is_some() {
        places.write.extend(folder_of(&start.settings_file()));
    }
    // What is wrong with the settings is said by whoever reads them next.
    if let Ok(settings) = Settings::load(start.config.as_deref(), &start.data) {
        for file in named(&settings) {
            places.read.extend(folder_of(file));
            places.read.extend(folder_of_target(file));
        }
    }
    places
}

/// The files that the settings name.
fn named(settings: &Settings) -> Vec<&Path> {
    let tls = &settings.tls;
    let mut named: Vec<&Path> = [&tls.certificate, &tls.key, &settings.send.roots]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    for pair in &tls.more {
        named.extend([pair.certificate.as_path(), pair.key.as_path()]);
    }
    named
}

fn folder_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    // A bare name lies where the program was started.
    Some(if folder.as_os_str().is_empty() {
        ".".into()
    } else {
        folder.to_owned()
    })
}

/// ACME clients keep links to where the files really lie.
fn folder_of_target(file: &Path) -> Option<PathBuf> {
    folder_of(&std::fs::canonicalize(file).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::test_support::Folder;

    #[test]
    fn what_the_settings_name_is_read_and_what_is_the_boxs_own_is_written() {
        let folder = Folder::new();
        let (live, archive) = (folder.0.join("live"), folder.0.join("archive"));
        for made in [&live, &archive] {
            std::fs::create_dir_all(made).unwrap();
        }
        std::fs::write(archive.join("cert1.pem"), "").unwrap();
        std::os::unix::fs::symlink("../archive/cert1.pem", live.join("cert.pem")).unwrap();
        let text = format!(
            "[tls]\ncertificate = \"{0}/cert.pem\"\nkey = \"{0}/key.pem\"\n",
            live.display()
        );
        let config = folder.0.join("etc/pillarbox.toml");
        std::fs::create_dir_all(config.parent().unwrap()).unwrap();
        std::fs::write(&config, text).unwrap();
        let start = Start {
            data: folder.0.join("data"),
            config: Some(config.clone()),
            ..Start::default()
        };
        let places = places(&start);
        let archive = std::fs::canonicalize(archive).unwrap();
        assert!(places.read.contains(&live), "{places:?}");
        assert!(places.read.contains(&archive), "{places:?}");
        assert!(places.write.contains(&start.data));
        assert!(places.write.contains(&folder.0.join("etc")));
        assert!(!places.write.contains(&live));
        assert!(
            !places
                .read
                .iter()
                .chain(&places.write)
                .any(|path| path == Path::new("/etc"))
        );
        assert_eq!(folder_of(Path::new("box.toml")), Some(".".into()));
    }

    #[test]
    fn who_does_not_want_it_is_not_shut_in() {
        assert!(enter(&Start::default()).unwrap().is_none());
    }
}
