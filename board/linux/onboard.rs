//! The light that a board has anyway (ACT), through /sys/class/leds.
//!
//! Something else drives it at first, as a rule the card's activity: its *trigger*. It is taken away as long as this value lives, and put back when it
//! is dropped. A box that is killed leaves the light without a trigger until the next boot.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};

use embedded_hal::digital::{ErrorType, OutputPin};

use super::lamp::LineError;
use super::{Places, Trouble};

/// What the kernel calls a light that nothing drives.
const NO_TRIGGER: &str = "none";
/// As bright as a light is that does not say how bright it can be.
const BRIGHT: &str = "1";
const DARK: &str = "0";

/// An on-board light, taken.
#[derive(Debug)]
pub struct OnBoard {
    folder: PathBuf,
    bright: String,
    /// What drove it before; `None`: this kernel has no triggers.
    former: Option<String>,
    /// How bright it was.
    before: String,
    stays: bool,
}

impl OnBoard {
    /// The first of these lights that there is.
    ///
    /// # Errors
    /// There is none, or the box may not write to it.
    pub fn take(places: &Places, names: &[&str]) -> Result<OnBoard, Trouble> {
        let there = names
            .iter()
            .filter(|name| is_name(name))
            .map(|name| places.leds.join(name))
            .find(|folder| folder.join("brightness").exists());
        let Some(folder) = there else {
            return Err(Trouble::NoLight {
                names: names.join(" or "),
            });
        };
        let read = |file: &str| fs::read_to_string(folder.join(file));
        let number = |file: &str| {
            let number: Option<u32> = read(file).ok()?.trim().parse().ok();
            number.map(|number| number.to_string())
        };
        let former = read("trigger").ok().and_then(|triggers| chosen(&triggers));
        let light = OnBoard {
            bright: number("max_brightness").unwrap_or_else(|| BRIGHT.to_string()),
            before: number("brightness").unwrap_or_else(|| DARK.to_string()),
            former,
            stays: false,
            folder,
        };
        if light.former.is_some() {
            light.write("trigger", NO_TRIGGER)?;
        }
        light.write("brightness", DARK)?;
        Ok(light)
    }

    /// Its name.
    pub fn name(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// It stays as it shines when this value is dropped: after a power-off it says that the plug may be pulled, and nothing may make it flicker.
    pub fn stay(&mut self) {
        self.stays = true;
    }

    fn write(&self, file: &str, text: &str) -> Result<(), Trouble> {
        let path = self.folder.join(file);
        fs::write(&path, text).map_err(|error| Trouble::of_file(&path, &error))
    }
}

/// A name of its own folder and nothing above it: it may come from the settings.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains('/')
        && name != "."
        && name != ".."
        && Path::new(name).is_relative()
}

/// The one in brackets, as in `none rc-feedback [mmc0] timer`.
fn chosen(triggers: &str) -> Option<String> {
    let (_, rest) = triggers.split_once('[')?;
    rest.split_once(']').map(|(name, _)| name.to_string())
}

impl Drop for OnBoard {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        // Nothing can be done about a light that cannot be given back.
        let given = match self.former.as_deref() {
            Some(NO_TRIGGER) | None => self.write("brightness", &self.before),
            Some(trigger) => self.write("trigger", trigger),
        };
        drop(given);
    }
}

impl ErrorType for OnBoard {
    type Error = LineError;
}

impl OutputPin for OnBoard {
    fn set_low(&mut self) -> Result<(), LineError> {
        let written = self.write("brightness", DARK);
        written.map_err(|trouble| LineError(io::Error::other(trouble)))
    }

    fn set_high(&mut self) -> Result<(), LineError> {
        let written = self.write("brightness", &self.bright);
        written.map_err(|trouble| LineError(io::Error::other(trouble)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::folder;

    fn lights(name: &str) -> Places {
        let places = Places {
            leds: folder(name),
            ..Places::default()
        };
        let act = places.leds.join("ACT");
        fs::create_dir(&act).unwrap();
        fs::write(act.join("brightness"), "0\n").unwrap();
        fs::write(act.join("max_brightness"), "255\n").unwrap();
        fs::write(act.join("trigger"), "none rc-feedback [mmc0] timer\n").unwrap();
        places
    }

    fn file(places: &Places, file: &str) -> String {
        fs::read_to_string(places.leds.join("ACT").join(file)).unwrap()
    }

    #[test]
    fn the_trigger_is_taken_and_given_back() {
        let places = lights("onboard");
        let mut light = OnBoard::take(&places, &["led0", "ACT"]).unwrap();
        assert_eq!(file(&places, "trigger"), "none");
        light.set_high().unwrap();
        assert_eq!(file(&places, "brightness"), "255");
        light.set_low().unwrap();
        assert_eq!(file(&places, "brightness"), "0");
        drop(light);
        assert_eq!(file(&places, "trigger"), "mmc0");
        fs::remove_dir_all(places.leds).unwrap();
    }

    #[test]
    fn a_light_that_nothing_drove_is_as_bright_as_before() {
        let places = lights("steady");
        let act = places.leds.join("ACT");
        fs::write(act.join("trigger"), "[none] timer").unwrap();
        fs::write(act.join("brightness"), "17").unwrap();
        let light = OnBoard::take(&places, &["ACT"]).unwrap();
        assert_eq!(file(&places, "brightness"), "0");
        drop(light);
        assert_eq!(file(&places, "brightness"), "17");
        fs::remove_dir_all(places.leds).unwrap();
    }

    #[test]
    fn after_a_power_off_it_stays_dark() {
        let places = lights("stays");
        let mut light = OnBoard::take(&places, &["ACT"]).unwrap();
        light.set_low().unwrap();
        light.stay();
        drop(light);
        assert_eq!(file(&places, "trigger"), "none");
        fs::remove_dir_all(places.leds).unwrap();
    }

    #[test]
    fn what_is_not_there_and_what_is_no_name_is_told() {
        let places = lights("missing");
        fs::write(places.leds.join("brightness"), "").unwrap();
        let trouble = OnBoard::take(&places, &["led0", "..", ".", "", "../ACT"]).unwrap_err();
        assert!(
            trouble.to_string().contains("has no light led0 or"),
            "{trouble}"
        );
        fs::remove_file(places.leds.join("ACT/brightness")).unwrap();
        fs::create_dir(places.leds.join("ACT/brightness")).unwrap();
        let trouble = OnBoard::take(&places, &["ACT"]).unwrap_err();
        assert!(matches!(trouble, Trouble::Failed { .. }), "{trouble}");
        fs::remove_dir_all(places.leds).unwrap();
    }
}
