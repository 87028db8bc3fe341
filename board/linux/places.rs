//! Which board this is.

use std::fs;
use std::path::PathBuf;
use std::string::{String, ToString as _};

/// Where the system keeps what is read and written here; tests have folders of their own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Places {
    /// The device tree.
    pub device_tree: PathBuf,
    /// The on-board lights.
    pub leds: PathBuf,
    /// The character devices of the GPIO chips.
    pub devices: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Places {
            device_tree: "/proc/device-tree".into(),
            leds: "/sys/class/leds".into(),
            devices: "/dev".into(),
        }
    }
}

impl Places {
    /// What the device tree calls the board; `None`: there is no device tree.
    pub fn model(&self) -> Option<String> {
        let model = fs::read(self.device_tree.join("model")).ok()?;
        let model = String::from_utf8_lossy(&model);
        Some(model.trim_end_matches('\0').trim().to_string())
    }

    /// Whether the boards' own firmware has started the kernel: it leaves its revision number in the device tree. An emulator does not, and its
    /// lines may show levels and no edges.
    pub fn started_by_firmware(&self) -> bool {
        self.device_tree.join("system/linux,revision").exists()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::folder;

    #[test]
    fn the_model_is_read_without_its_end() {
        let tree = folder("tree");
        let places = Places {
            device_tree: tree.clone(),
            ..Places::default()
        };
        assert_eq!(places.model(), None);
        fs::write(tree.join("model"), b"Raspberry Pi 4 Model B Rev 1.4\0").unwrap();
        assert_eq!(
            places.model().as_deref(),
            Some("Raspberry Pi 4 Model B Rev 1.4")
        );
        assert!(!places.started_by_firmware());
        fs::create_dir(tree.join("system")).unwrap();
        fs::write(tree.join("system/linux,revision"), [0, 0xa0, 0x20, 0x82]).unwrap();
        assert!(places.started_by_firmware());
        fs::remove_dir_all(tree).unwrap();
    }
}
