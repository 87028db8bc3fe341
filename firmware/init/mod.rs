//! Process 1: what a card needs between its kernel and its mail box, and no more.
//!
//! [`main`] tells the story; every part has its own room:
//!
//! ```text
//! log      ring, console, file           kernel_line  what the kernel was told      mounts   proc, sys, dev, run, the boot partition
//! modules  drivers                       disk         the card among the disks      entropy  random numbers and their seed
//! watchdog resets a board that hangs     course       which child runs next         child    a child, its words, its orders
//! work     the one loop                  last_words   how a server ended            power    the last thing that it does
//! orders   what the server wants         trial        a new system's steps          beside    the server's copy of what lies on the boot partition
//! chips    whose lines are the server's
//! ```
//!
//! Promises: one thread, one poll(2), memory that does not grow; it never ends and never waits for anything without a bound but the kernel's disks and random
//! numbers, and then with a watchdog that resets what hangs; it touches no mail; what is missing is said and worked around, never a reason to stop.
//!
//! What it cannot do: repair a file system, serve a second program, be told by anybody but its child, its signals and the kernel's command line.

mod addresses;
mod beside;
mod child;
mod chips;
mod course;
mod disk;
mod entropy;
mod kernel_line;
mod last_words;
mod log;
mod modules;
mod mounts;
mod orders;
mod power;
mod ring;
mod trial;
mod watchdog;
mod work;

use std::path::Path;
use std::time::Instant;

use crate::data::{self, BOX, Opened, Place};
use crate::network::{Config, Network};
use crate::talk::RescueReason;
use disk::Disk;
use kernel_line::KernelLine;
use log::Log;
use mounts::BootPartition;
use watchdog::Watchdog;
use work::{Card, Work};

const CONSOLE: &str = "/dev/console";
const WATCHDOG: &str = "/dev/watchdog";
const DATA: &str = "/data";

/// Whether this process is a card's process 1. In a container it is process 1, too, and an ordinary program: there `/proc` is mounted before anything starts.
pub fn is_process_1() -> bool {
    rustix::process::getpid().is_init() && !Path::new("/proc/self").exists()
}

/// The story of the card, from a kernel that has just started to a board that is off.
pub fn main() -> ! {
    power::prepare();
    mounts::system();
    // It is read from /proc, which has just come.
    crate::fault::learn_build();
    let line = KernelLine::read();
    let mut log = Log::new(Some(Path::new(CONSOLE)));
    log.say(format_args!("pillarbox {}", env!("CARGO_PKG_VERSION")));
    modules::load(&mut log);
    let mut watchdog = Watchdog::arm(Path::new(WATCHDOG), line.watchdog);
    let mut network = network(&line, &mut log);
    let disk = Disk::find(&mut || watchdog.feed(Instant::now()));
    match &disk {
        Some(disk) => log.say(format_args!("the card is {}", disk.name)),
        None => log.say("there is no card"),
    }
    let boot = BootPartition::mount(
        disk.as_ref().map(|disk| disk.partition(1)).as_deref(),
        &mut log,
    );
    watchdog.feed_now(Instant::now());
    let place = disk.as_ref().map(place_on);
    let mut opened = open(place.as_ref(), &mut log);
    watchdog.feed_now(Instant::now());
    entropy::await_ready(&mut log);
    let record = settle(&mut opened, place.as_ref(), &line, &mut log);
    if let (Some(network), Some(place), Ok(_)) = (&mut network, &place, &opened) {
        network.recall(&addresses(&place.own()));
    }
    give_devices();
    let card = Card {
        line,
        place,
        boot,
        opened,
        record,
    };
    Work::new(card, log, watchdog, network).go_on()
}

fn place_on(disk: &Disk) -> Place {
    Place {
        disk: disk.node(),
        partition: disk.partition(data::NUMBER),
        sectors: disk.sectors,
        folder: DATA.into(),
    }
}

/// The network begins: its cables find their link while the card is mounted.
fn network(line: &KernelLine, log: &mut Log) -> Option<Network> {
    let config = Config {
        fixed: line.address.clone(),
        ..Config::default()
    };
    Network::new(config)
        .map_err(|error| log.say(format_args!("there is no network: {error}")))
        .ok()
}

/// The addresses of before a restart.
fn addresses(own: &Path) -> String {
    let path = own.join(work::ADDRESSES);
    let small = std::fs::metadata(&path).is_ok_and(|file| file.len() < 4096);
    small
        .then(|| std::fs::read_to_string(path).ok())
        .flatten()
        .unwrap_or_default()
}

/// The data partition, or why there is none.
fn open(place: Option<&Place>, log: &mut Log) -> Result<Opened, RescueReason> {
    let Some(place) = place else {
        return Err(RescueReason::NoCard);
    };
    match place.open() {
        Ok(opened) => {
            for sentence in &opened.said {
                log.say(sentence);
            }
            Ok(opened)
        }
        Err((reason, words)) => {
            log.say(words);
            Err(reason)
        }
    }
}

/// The record of an update, the seed, the log on the card: what process 1 itself keeps there.
fn settle(
    opened: &mut Result<Opened, RescueReason>,
    place: Option<&Place>,
    line: &KernelLine,
    log: &mut Log,
) -> Option<data::Record> {
    let (Ok(_), Some(place)) = (&opened, place) else {
        return None;
    };
    entropy::use_seed(&entropy::seed(&place.own()));
    if line.log_on_data && log.keep_in(&place.own().join("log")).is_err() {
        log.say("the log cannot be kept on the card");
    }
    match data::settle(&place.own(), &place.mail(), line.slot, line.trial) {
        Ok(settled) => {
            if settled.went_back {
                log.say("the update was given up: the store of before it is back");
            }
            if let Some(error) = settled.unwritten {
                log.say(format_args!(
                    "the record of the update cannot be written: {error}"
                ));
            }
            settled.record
        }
        Err(error) => {
            log.say(format_args!(
                "the store of before the update cannot be put back: {error}"
            ));
            let _ = place.close();
            *opened = Err(data::reason_of(&error));
            None
        }
    }
}

/// What the server, who has no rights, needs of the board: its lines and its lights.
fn give_devices() {
    mounts::give_places(BOX);
    chips::give();
    let named = |folder: &str, start: &str| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let start = start.to_owned();
        entries.filter(move |entry| entry.file_name().to_string_lossy().starts_with(&start))
    };
    for light in named("/sys/class/leds", "") {
        for file in ["brightness", "trigger"] {
            let _ = data::give(&light.path().join(file), BOX);
        }
    }
}
