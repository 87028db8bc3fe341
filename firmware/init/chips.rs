//! The chips of lines that the server may open: the one that has the header, where the light and the button are.
//!
//! A Pi has others: the firmware's expander switches the card's power, the lights of the Ethernet port, the reset of the USB hub. A server that was taken over must not reach these; they
//! stay root's. On a board that none of these chips belongs to (an emulated one) nothing is known about any, and the server gets them all.
//!
//! What it cannot do: give a chip of the owner's own (`[light] chip`, an expander on a bus) on a Pi; there the header's lines are to be used.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::data::{self, BOX};
use crate::sys;

/// Labels of the chips with a header's lines (`board/boards.rs` has them by board).
const HEADERS: [&str; 3] = ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"];

/// Gives the server what is its.
pub(super) fn give() {
    let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
    let chips = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("gpiochip"));
    let chips = chips.map(|entry| (entry.path(), label_of(&entry.path()).unwrap_or_default()));
    for chip in theirs(chips.collect()) {
        let _ = data::give(&chip, BOX);
    }
}

fn label_of(chip: &Path) -> Option<String> {
    sys::chip_label(File::open(chip).ok()?).ok()
}

fn theirs(chips: Vec<(PathBuf, String)>) -> Vec<PathBuf> {
    let is_header = |label: &str| HEADERS.contains(&label);
    let known = chips.iter().any(|(_, label)| is_header(label));
    chips
        .into_iter()
        .filter(|(_, label)| !known || is_header(label))
        .map(|(path, _)| path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firmware_s_expander_stays_root_s() {
        let chips = |labels: &[&str]| {
            let chips = labels.iter().enumerate();
            let chips = chips.map(|(at, label)| (PathBuf::from(at.to_string()), (*label).into()));
            let theirs = theirs(chips.collect());
            let numbers = theirs.iter().map(|path| path.display().to_string());
            numbers.collect::<Vec<String>>().concat()
        };
        assert_eq!(chips(&["pinctrl-bcm2711", "raspberrypi-exp-gpio"]), "0");
        assert_eq!(chips(&["gpio-brcmstb@107d508500", "pinctrl-rp1"]), "1");
        assert_eq!(chips(&["raspberrypi-exp-gpio", "pinctrl-bcm2835", ""]), "1");
        assert_eq!(chips(&["9030000.pl061"]), "0");
        assert_eq!(chips(&[]), "");
    }
}
