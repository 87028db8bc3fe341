//! The kernel's first interface to lines, for kernels that have no second one (before 5.10).

use std::path::Path;

use linux_embedded_hal::CdevPin;
use linux_embedded_hal::gpio_cdev::{
    Chip, Error, EventRequestFlags, LineEventHandle, LineRequestFlags,
};

use super::CONSUMER;
use crate::Pull;

/// `GPIOHANDLE_REQUEST_BIAS_*` (linux/gpio.h, since 5.5), which gpio-cdev has no names for; earlier kernels refuse them.
const BIAS_PULL_UP: u32 = 1 << 5;
const BIAS_PULL_DOWN: u32 = 1 << 6;

pub(super) fn output(path: &Path, line: u32, high: bool) -> Result<CdevPin, Error> {
    let line = Chip::new(path)?.get_line(line)?;
    CdevPin::new(line.request(LineRequestFlags::OUTPUT, u8::from(high), CONSUMER)?)
}

pub(super) fn level(path: &Path, line: u32, pull: Pull) -> Result<CdevPin, Error> {
    let line = Chip::new(path)?.get_line(line)?;
    CdevPin::new(line.request(input(pull), 0, CONSUMER)?)
}

pub(super) fn edges(path: &Path, line: u32, pull: Pull) -> Result<LineEventHandle, Error> {
    let line = Chip::new(path)?.get_line(line)?;
    line.events(input(pull), EventRequestFlags::BOTH_EDGES, CONSUMER)
}

fn input(pull: Pull) -> LineRequestFlags {
    let bias = match pull {
        Pull::None => 0,
        Pull::Up => BIAS_PULL_UP,
        Pull::Down => BIAS_PULL_DOWN,
    };
    LineRequestFlags::INPUT | LineRequestFlags::from_bits_retain(bias)
}
