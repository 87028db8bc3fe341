//! A light on a line.

use std::format;
use std::io;

use embedded_hal::digital::{ErrorKind, ErrorType, OutputPin, PinState};
use gpiocdev::Request;
use gpiocdev::line::Value;
use linux_embedded_hal::CdevPin;

use super::{CONSUMER, Places, Trouble, chip, v1};

/// An output line with its real levels.
pub struct Lamp {
    line: Line,
}

enum Line {
    V2(Request),
    V1(CdevPin),
}

/// A line that refused; in words.
#[derive(Debug)]
pub struct LineError(pub(super) io::Error);

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl embedded_hal::digital::Error for LineError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl From<io::Error> for LineError {
    fn from(error: io::Error) -> LineError {
        LineError(error)
    }
}

impl Lamp {
    /// The line of this number on the chip of this label, low or high at first.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn open(places: &Places, label: &str, line: u32, high: bool) -> Result<Lamp, Trouble> {
        let path = chip::find(places, label)?;
        if let Some(holder) = holder(&path, line) {
            return Err(Trouble::Busy {
                what: format!("line {line} of {label}"),
                holder,
            });
        }
        let second = Request::builder()
            .on_chip(&path)
            .with_consumer(CONSUMER)
            .with_line(line)
            .as_output(if high { Value::Active } else { Value::Inactive })
            .request();
        let line = match second {
            Ok(request) => Line::V2(request),
            Err(second) => v1::output(&path, line, high)
                .map(Line::V1)
                .map_err(|_| Trouble::failed(label, line, second))?,
        };
        Ok(Lamp { line })
    }
}

impl Trouble {
    pub(super) fn failed(label: &str, line: u32, error: impl std::fmt::Display) -> Trouble {
        Trouble::Failed {
            what: format!("line {line} of {label}"),
            reason: format!("{error}"),
        }
    }
}

/// Who has the line; `None`: nobody, or this kernel does not say.
pub(super) fn holder(path: &std::path::Path, line: u32) -> Option<std::string::String> {
    let chip = gpiocdev::Chip::from_path(path).ok()?;
    let info = chip.line_info(line).ok()?;
    info.used.then_some(info.consumer)
}

impl ErrorType for Lamp {
    type Error = LineError;
}

impl OutputPin for Lamp {
    fn set_low(&mut self) -> Result<(), LineError> {
        self.set_state(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), LineError> {
        self.set_state(PinState::High)
    }

    fn set_state(&mut self, state: PinState) -> Result<(), LineError> {
        match &mut self.line {
            Line::V2(request) => request
                .set_lone_value(match state {
                    PinState::High => Value::Active,
                    PinState::Low => Value::Inactive,
                })
                .map_err(|error| LineError(io::Error::other(error))),
            Line::V1(pin) => pin
                .set_state(state)
                .map_err(|error| LineError(io::Error::other(error))),
        }
    }
}
