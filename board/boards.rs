//! Which line is where on which board: one table.
//!
//! Chips are named by their *label*: their numbers change with the kernel and the model (raspberrypi/linux#6144: the Pi 5's header moved from
//! gpiochip4 to gpiochip0 in an update). Lines are the SoC's GPIO numbers, which are the offsets on these chips. The button lies between header pins 5
//! and 6 (GPIO 3 and ground): that line has a pull-up of its own on every Pi, and pulling it low wakes a halted one. The wired light lies between
//! pins 12 and 14 (GPIO 18 and ground).

/// The resistor that a line needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pull {
    /// None.
    None,
    /// To the supply: the contact pulls it low.
    Up,
    /// To ground.
    Down,
}

/// A row: what the device tree calls the board, and where its light and its button are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Board {
    /// How the model's name begins, as /proc/device-tree/model has it.
    pub model: &'static str,
    /// The label of the chip that has the header's lines.
    pub chip: &'static str,
    /// The wired light: its line.
    pub light_line: u32,
    /// The wired light is on while its line is low.
    pub light_active_low: bool,
    /// The button's line.
    pub button_line: u32,
    /// The button's resistor.
    pub button_pull: Pull,
    /// The button is pressed while its line is low.
    pub button_active_low: bool,
    /// Names of the on-board light in /sys/class/leds, the kernels' newer one first.
    pub leds: &'static [&'static str],
    /// The button starts a halted board, too.
    pub button_wakes: bool,
}

/// The header that all of them share.
const HEADER: Board = Board {
    model: "",
    chip: "pinctrl-bcm2835",
    light_line: 18,
    light_active_low: false,
    button_line: 3,
    button_pull: Pull::Up,
    button_active_low: true,
    leds: &["ACT", "led0"],
    button_wakes: true,
};

/// The rows. The longest prefix that fits is the board's.
pub const BOARDS: [Board; 14] = [
    Board {
        model: "Raspberry Pi Zero 2 W",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi Zero W",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi Zero",
        ..HEADER
    },
    // The very first board: its pin 5 is GPIO 1.
    Board {
        model: "Raspberry Pi Model B Rev 1",
        button_line: 1,
        ..HEADER
    },
    Board {
        model: "Raspberry Pi Model A",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi Model B",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi 2",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi 3",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi 4",
        chip: "pinctrl-bcm2711",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi 400",
        chip: "pinctrl-bcm2711",
        ..HEADER
    },
    Board {
        model: "Raspberry Pi Compute Module 4",
        chip: "pinctrl-bcm2711",
        ..HEADER
    },
    // It has a power button of its own to wake it.
    Board {
        model: "Raspberry Pi 5",
        chip: "pinctrl-rp1",
        button_wakes: false,
        ..HEADER
    },
    Board {
        model: "Raspberry Pi 500",
        chip: "pinctrl-rp1",
        button_wakes: false,
        ..HEADER
    },
    Board {
        model: "Raspberry Pi Compute Module 5",
        chip: "pinctrl-rp1",
        button_wakes: false,
        ..HEADER
    },
];

impl Board {
    /// The board that calls itself so; `None`: it is none of these, and nothing may be guessed about its lines.
    pub fn of(model: &str) -> Option<&'static Board> {
        let rows = BOARDS
            .iter()
            .filter(|board| starts_with(model, board.model));
        rows.max_by_key(|board| board.model.len())
    }
}

/// Kernels write "Rev 2" and "rev2".
fn starts_with(model: &str, prefix: &str) -> bool {
    let head = model.as_bytes().get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_find_their_rows() {
        // Model, chip, the button's line.
        let table = [
            ("Raspberry Pi Zero Rev 1.3", "pinctrl-bcm2835", 3),
            ("Raspberry Pi Zero W Rev 1.1", "pinctrl-bcm2835", 3),
            ("Raspberry Pi Zero 2 W Rev 1.0", "pinctrl-bcm2835", 3),
            ("Raspberry Pi Model B Rev 1", "pinctrl-bcm2835", 1),
            ("Raspberry Pi Model B Rev 2", "pinctrl-bcm2835", 3),
            ("Raspberry Pi Model B Plus Rev 1.2", "pinctrl-bcm2835", 3),
            ("Raspberry Pi 2 Model B Rev 1.1", "pinctrl-bcm2835", 3),
            ("Raspberry Pi 3 Model B Plus Rev 1.3", "pinctrl-bcm2835", 3),
            ("Raspberry Pi 3 Model B", "pinctrl-bcm2835", 3),
            ("Raspberry Pi 4 Model B Rev 1.4", "pinctrl-bcm2711", 3),
            ("Raspberry Pi 400 Rev 1.0", "pinctrl-bcm2711", 3),
            ("Raspberry Pi 5 Model B Rev 1.0", "pinctrl-rp1", 3),
            ("Raspberry Pi 500 Rev 1.0", "pinctrl-rp1", 3),
            ("raspberry pi 5", "pinctrl-rp1", 3),
        ];
        for (model, chip, line) in table {
            let board = Board::of(model).unwrap_or_else(|| panic!("{model}"));
            assert_eq!((board.chip, board.button_line), (chip, line), "{model}");
            assert_eq!(board.light_line, 18);
            assert!(
                model
                    .to_lowercase()
                    .starts_with(&board.model.to_lowercase())
            );
        }
        assert_eq!(
            Board::of("Raspberry Pi Zero 2 W Rev 1.0").map(|board| board.model),
            Some("Raspberry Pi Zero 2 W")
        );
    }

    #[test]
    fn nothing_is_guessed_about_others() {
        for model in [
            "",
            "Raspberry Pi",
            "Radxa ROCK 5B",
            "linux,dummy-virt",
            "Räspberry",
        ] {
            assert_eq!(Board::of(model), None, "{model}");
        }
    }
}
