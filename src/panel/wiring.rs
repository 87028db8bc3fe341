//! Which lights and which line: what the settings name, else what is usual on this board.

use board::linux::{Contact, Lamp, OnBoard, Places, Trouble};
use board::{Active, Board, Pull};

use super::pins::{Light, Wire};
use crate::log;
use crate::settings::{ButtonSettings, LightSettings};

/// What was found.
#[derive(Default)]
pub(super) struct Wiring {
    pub(super) lights: Vec<Box<dyn Light>>,
    pub(super) contact: Option<Box<dyn Wire>>,
    /// The chip may not tell of edges.
    pub(super) looks: bool,
}

/// A line on a chip.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    chip: String,
    line: u32,
}

/// What to ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Plan {
    lamp: Option<Place>,
    /// Names of on-board lights, the first that is there.
    leds: Vec<String>,
    button: Option<Place>,
    pull: Pull,
}

/// Whether these settings name the same lines; the others of these sections are not the panel's.
pub(super) fn same(
    (light, button): &(LightSettings, ButtonSettings),
    (other, others): &(LightSettings, ButtonSettings),
) -> bool {
    let lines = |light: &LightSettings| LightSettings {
        unread: false,
        ..light.clone()
    };
    lines(light) == lines(other) && button == others
}

impl Wiring {
    /// Asks for the lines. What cannot be had and was named is a warning; a machine that simply has no GPIO is told of once.
    pub(super) fn find(places: &Places, light: &LightSettings, button: &ButtonSettings) -> Wiring {
        let board = places.model().as_deref().and_then(Board::of);
        let plan = Plan::of(board, light, button);
        let lights = plan.lights(places, light);
        let contact = plan.contact(places, button);
        // No firmware of a board started this kernel: it is an emulated board, and those have levels and, some of them, no edges.
        let looks = board.is_some() && !places.started_by_firmware();
        match (lights.is_empty(), contact.is_none()) {
            (true, true) => log::info(
                0,
                "there is no light and no button here: `pillarbox light` and `pillarbox press` stand in",
            ),
            (true, false) => log::info(0, "there is no light here: `pillarbox light` stands in"),
            (false, true) => log::info(0, "there is no button here: `pillarbox press` stands in"),
            (false, false) => {}
        }
        if looks && contact.is_some() {
            log::info(
                0,
                "button: this board seems to be an emulated one; its level is looked at until its chip tells of an edge",
            );
        }
        Wiring {
            lights,
            contact,
            looks,
        }
    }
}

impl Plan {
    fn of(board: Option<&Board>, light: &LightSettings, button: &ButtonSettings) -> Plan {
        let place = |chip: &Option<String>, line: Option<u32>, usual: fn(&Board) -> u32| {
            let chip = chip.clone().or(board.map(|board| board.chip.to_owned()))?;
            let line = line.or(board.map(usual))?;
            Some(Place { chip, line })
        };
        let wired = light.wired || light.line.is_some();
        Plan {
            lamp: wired
                .then(|| place(&light.chip, light.line, |board| board.light_line))
                .flatten(),
            leds: match (&light.led, board) {
                (Some(led), _) => vec![led.clone()],
                (None, Some(board)) => board.leds.iter().map(|&led| led.to_owned()).collect(),
                (None, None) => Vec::new(),
            },
            button: place(&button.chip, button.line, |board| board.button_line),
            // The resistor that holds the level while nobody presses.
            pull: if button.active_low {
                Pull::Up
            } else {
                Pull::Down
            },
        }
    }

    /// The wired light, and where there is none, or it cannot be had, the board's own.
    fn lights(&self, places: &Places, light: &LightSettings) -> Vec<Box<dyn Light>> {
        if let Some(place) = &self.lamp {
            let low = light.active_low;
            match Lamp::open(places, &place.chip, place.line, low) {
                Ok(pin) => {
                    log::info(
                        0,
                        format_args!("light: line {} of {}", place.line, place.chip),
                    );
                    return vec![Box::new(Active { pin, low })];
                }
                Err(trouble) => log::warn(0, format_args!("light: {trouble}")),
            }
        } else if light.wired {
            log::warn(
                0,
                "light: this board is not known; name chip and line in [light]",
            );
        }
        if self.leds.is_empty() {
            return Vec::new();
        }
        let names: Vec<&str> = self.leds.iter().map(String::as_str).collect();
        match OnBoard::take(places, &names) {
            Ok(own) => {
                log::info(0, format_args!("light: the board's own, {}", own.name()));
                vec![Box::new(own)]
            }
            Err(trouble) => {
                tell("light", &trouble, light.led.is_some());
                Vec::new()
            }
        }
    }

    fn contact(&self, places: &Places, button: &ButtonSettings) -> Option<Box<dyn Wire>> {
        let named = button.chip.is_some() || button.line.is_some();
        let Some(place) = &self.button else {
            if named {
                log::warn(
                    0,
                    "button: this board is not known; name both chip and line in [button]",
                );
            }
            return None;
        };
        match Contact::open(places, &place.chip, place.line, self.pull) {
            Ok(pin) => {
                log::info(
                    0,
                    format_args!("button: line {} of {}", place.line, place.chip),
                );
                let low = button.active_low;
                Some(Box::new(Active { pin, low }))
            }
            Err(trouble) => {
                tell("button", &trouble, named);
                None
            }
        }
    }
}

/// What the owner named and cannot be had is a mistake; what is only usual may be missing.
fn tell(what: &str, trouble: &Trouble, named: bool) {
    if named {
        log::warn(0, format_args!("{what}: {trouble}"));
    } else {
        log::info(0, format_args!("{what}: {trouble}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(chip: &str, line: u32) -> Option<Place> {
        let chip = chip.to_owned();
        Some(Place { chip, line })
    }

    #[test]
    fn without_settings_a_board_is_wired_as_usual() {
        let (light, button) = (LightSettings::default(), ButtonSettings::default());
        let plan = Plan::of(Board::of("Raspberry Pi 5 Model B"), &light, &button);
        assert_eq!(plan.lamp, None);
        assert_eq!(plan.leds, ["ACT", "led0"]);
        assert_eq!(plan.button, place("pinctrl-rp1", 3));
        assert_eq!(plan.pull, Pull::Up);
        // On anything else nothing is guessed.
        let plan = Plan::of(None, &light, &button);
        assert_eq!((plan.lamp, plan.button), (None, None));
        assert!(plan.leds.is_empty());
    }

    #[test]
    fn settings_name_other_lines() {
        let light = LightSettings {
            line: Some(23),
            led: Some("green:status".to_owned()),
            ..LightSettings::default()
        };
        let button = ButtonSettings {
            chip: Some("gpio-mockup".to_owned()),
            line: Some(7),
            active_low: false,
        };
        let plan = Plan::of(Board::of("Raspberry Pi 4 Model B"), &light, &button);
        assert_eq!(plan.lamp, place("pinctrl-bcm2711", 23));
        assert_eq!(plan.leds, ["green:status"]);
        assert_eq!(plan.button, place("gpio-mockup", 7));
        assert_eq!(plan.pull, Pull::Down);
        let wired = LightSettings {
            wired: true,
            ..LightSettings::default()
        };
        let plan = Plan::of(Board::of("Raspberry Pi 4 Model B"), &wired, &button);
        assert_eq!(plan.lamp, place("pinctrl-bcm2711", 18));
        assert_eq!(Plan::of(None, &wired, &button).lamp, None);
    }

    #[test]
    fn only_lines_make_another_wiring() {
        let (light, button) = (LightSettings::default(), ButtonSettings::default());
        let other = |light: LightSettings| {
            !same(
                &(light, button.clone()),
                &(LightSettings::default(), button.clone()),
            )
        };
        assert!(!other(LightSettings {
            unread: !light.unread,
            ..light.clone()
        }));
        assert!(other(LightSettings {
            line: Some(4),
            ..light
        }));
    }
}
