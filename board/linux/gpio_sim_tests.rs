//! Lines of the kernel's gpio-sim: real ioctls, real edges, by both interfaces.
//!
//! They need root, configfs and the module, so they are not run with the others: `tests/run` runs them where that is.

use std::fs;
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::vec::Vec;

use embedded_hal::digital::{InputPin, OutputPin};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::time::{ClockId, clock_gettime};

use super::*;
use crate::{Active, Button, Gesture, Pull};

const CONFIG: &str = "/sys/kernel/config/gpio-sim";
const LINES: u32 = 8;

/// A chip of its own; it goes when this is dropped.
struct Chip {
    config: PathBuf,
    label: String,
    /// Where the world pulls at its lines.
    world: PathBuf,
}

impl Chip {
    fn new(name: &str) -> Chip {
        let config = Path::new(CONFIG).join(std::format!("board-{name}"));
        let label = std::format!("board-{name}");
        let bank = config.join("bank0");
        fs::create_dir_all(&bank).expect("gpio-sim is loaded and configfs mounted");
        fs::write(bank.join("num_lines"), LINES.to_string()).unwrap();
        fs::write(bank.join("label"), &label).unwrap();
        fs::write(config.join("live"), "1").unwrap();
        let read = |path: PathBuf| fs::read_to_string(path).unwrap().trim().to_string();
        let (device, chip) = (read(config.join("dev_name")), read(bank.join("chip_name")));
        let world = Path::new("/sys/devices/platform").join(device).join(&chip);
        let node = Path::new("/dev").join(&chip);
        let begun = Instant::now();
        while !node.exists() && begun.elapsed() < Duration::from_secs(5) {
            sleep(Duration::from_millis(10));
        }
        Chip {
            config,
            label,
            world,
        }
    }

    fn pull(&self, line: u32, high: bool) {
        let pull = if high { "pull-up" } else { "pull-down" };
        let path = self.world.join(std::format!("sim_gpio{line}/pull"));
        fs::write(path, pull).unwrap();
    }

    fn value(&self, line: u32) -> bool {
        let path = self.world.join(std::format!("sim_gpio{line}/value"));
        fs::read_to_string(path).unwrap().trim() == "1"
    }
}

impl Drop for Chip {
    fn drop(&mut self) {
        let _ = fs::write(self.config.join("live"), "0");
        let _ = fs::remove_dir(self.config.join("bank0"));
        let _ = fs::remove_dir(&self.config);
    }
}

fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
}

/// Waits for an edge as the program does.
fn edge_comes(contact: &Contact, patience: Duration) -> bool {
    let descriptor = contact.descriptor().expect("gpio-sim has edges");
    let mut fds = [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec::try_from(patience).unwrap())).unwrap() > 0
}

#[test]
#[ignore = "needs root, configfs and the kernel's gpio-sim; `tests/run` runs it where they are"]
fn a_light_on_a_line_shines() {
    let (chip, places) = (Chip::new("light"), Places::default());
    let mut lamp = Lamp::open(&places, &chip.label, 5, false).unwrap();
    assert!(!chip.value(5));
    lamp.set_high().unwrap();
    assert!(chip.value(5));
    lamp.set_low().unwrap();
    assert!(!chip.value(5));
    // Whoever has a line has it alone, and is named.
    match Lamp::open(&places, &chip.label, 5, false) {
        Err(Trouble::Busy { holder, .. }) => assert_eq!(holder, CONSUMER),
        other => panic!("{:?}", other.err()),
    }
    drop(lamp);
    let low_is_on = Lamp::open(&places, &chip.label, 5, true).unwrap();
    assert!(chip.value(5));
    let mut lamp = Active {
        pin: low_is_on,
        low: true,
    };
    lamp.set_high().unwrap();
    assert!(!chip.value(5));
    assert!(matches!(
        Lamp::open(&places, &chip.label, LINES + 1, false),
        Err(Trouble::Failed { .. })
    ));
}

#[test]
#[ignore = "needs root, configfs and the kernel's gpio-sim; `tests/run` runs it where they are"]
fn a_contact_tells_of_its_edges_with_their_times() {
    let (chip, places) = (Chip::new("button"), Places::default());
    chip.pull(3, true);
    let mut contact = Contact::open(&places, &chip.label, 3, Pull::Up).unwrap();
    assert!(contact.is_high().unwrap());
    assert!(!edge_comes(&contact, Duration::from_millis(50)));
    let mut expected = Vec::new();
    for high in [false, true, false, true] {
        let before = now();
        chip.pull(3, high);
        expected.push((high, before..=now() + 20));
        sleep(Duration::from_millis(30));
    }
    assert!(edge_comes(&contact, Duration::from_secs(1)));
    let (edges, count) = contact.edges().unwrap();
    assert_eq!(count, 4);
    for (edge, (high, time)) in edges.iter().zip(expected) {
        assert_eq!(edge.high, high);
        assert!(time.contains(&edge.at), "{} is not in {time:?}", edge.at);
    }
    assert!(!edge_comes(&contact, Duration::from_millis(50)));
}

#[test]
#[ignore = "needs root, configfs and the kernel's gpio-sim; `tests/run` runs it where they are"]
fn a_finger_on_a_line_makes_a_gesture() {
    let (chip, places) = (Chip::new("finger"), Places::default());
    chip.pull(3, true);
    let pin = Contact::open(&places, &chip.label, 3, Pull::Up).unwrap();
    let mut button = Button::new(Active { pin, low: true });
    let mut gestures = Vec::new();
    for (pressed, length) in [(true, 100), (false, 150), (true, 100), (false, 100)] {
        chip.pull(3, !pressed);
        let until = now() + length;
        while now() < until {
            gestures.extend(button.sample(now()).unwrap());
            sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(gestures, [Gesture::Double]);
}

#[test]
#[ignore = "needs root, configfs and the kernel's gpio-sim; `tests/run` runs it where they are"]
fn the_first_interface_works_where_the_kernel_has_it() {
    let chip = Chip::new("first");
    let path = chip::find(&Places::default(), &chip.label).unwrap();
    let mut lamp = match v1::output(&path, 5, true) {
        Ok(lamp) => lamp,
        // CONFIG_GPIO_CDEV_V1 is not set.
        Err(error) => {
            std::println!("this kernel has no first interface ({error}); nothing to test");
            return;
        }
    };
    assert!(chip.value(5));
    lamp.set_low().unwrap();
    assert!(!chip.value(5));
    chip.pull(3, true);
    let mut level = v1::level(&path, 3, Pull::Up).unwrap();
    assert!(level.is_high().unwrap());
    chip.pull(3, false);
    assert!(level.is_low().unwrap());
    drop(level);
    let mut edges = v1::edges(&path, 3, Pull::None).unwrap();
    chip.pull(3, true);
    edges.get_event().unwrap();
    assert_eq!(edges.get_value().unwrap(), 1);
}
