//! A chip by its label, never by its number.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::{Places, Trouble};

/// What the devices of chips are called.
const PREFIX: &str = "gpiochip";

/// The device of the chip that calls itself so.
pub(super) fn find(places: &Places, label: &str) -> Result<PathBuf, Trouble> {
    let mut denied = None;
    for path in devices(&places.devices) {
        match label_of(&path) {
            Ok(found) if found == label => return Ok(path),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => denied = Some(path),
            // A chip that goes away (a USB adapter) is not ours.
            Err(_) => {}
        }
    }
    Err(match denied {
        Some(path) => Trouble::Denied {
            what: path.display().to_string(),
        },
        None => Trouble::NoChip {
            label: label.to_string(),
        },
    })
}

/// All of them, in the order of their names, so that of two names for one chip it is always the same.
fn devices(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut devices: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        .collect();
    devices.sort();
    devices
}

fn label_of(path: &Path) -> io::Result<String> {
    // Its own error for a file that may not be opened says no more than a number.
    fs::File::open(path)?;
    let chip = gpiocdev::Chip::from_path(path).map_err(io::Error::other)?;
    chip.info().map(|info| info.label).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_chip_is_passed_over() {
        let folder = crate::linux::testing::folder("chips");
        fs::write(folder.join("gpiochip0"), "no device").unwrap();
        fs::write(folder.join("ttyS0"), "").unwrap();
        let places = Places {
            devices: folder.clone(),
            ..Places::default()
        };
        assert_eq!(devices(&folder), [folder.join("gpiochip0")]);
        let trouble = find(&places, "pinctrl-rp1").unwrap_err();
        assert_eq!(
            trouble.to_string(),
            "there is no GPIO chip \"pinctrl-rp1\"; `gpiodetect` shows which there are"
        );
        let places = Places {
            devices: folder.join("nowhere"),
            ..places
        };
        assert!(matches!(find(&places, "x"), Err(Trouble::NoChip { .. })));
        fs::remove_dir_all(folder).unwrap();
    }
}
