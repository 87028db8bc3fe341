//! Where the data folder is.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Failure;
use crate::control::Exit;

/// The folder of a box that root runs.
const SYSTEM_FOLDER: &str = "/var/lib/pillarbox";

/// `--data`, or else what systemd made for the service (`StateDirectory=`), or else root's or the user's usual place.
///
/// It never depends on where the program is started: two commands typed in two folders speak of the same box.
pub(super) fn data_folder(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let usual = || {
        // With several folders systemd puts colons between them.
        let made =
            variable("STATE_DIRECTORY").filter(|folder| !folder.to_string_lossy().contains(':'));
        if let Some(folder) = made {
            return Some(PathBuf::from(folder));
        }
        if rustix::process::geteuid().is_root() {
            return Some(PathBuf::from(SYSTEM_FOLDER));
        }
        let home = || Some(PathBuf::from(variable("HOME")?).join(".local/share"));
        let base = variable("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|base| base.is_absolute());
        Some(base.or_else(home)?.join("pillarbox"))
    };
    let folder = named.or_else(usual).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "there is no home folder to keep mail in; name one with --data DIR",
        )
    })?;
    std::path::absolute(&folder)
        .map_err(|error| Failure::new(Exit::Usage, format!("--data {}: {error}", folder.display())))
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
