//! The network machine by itself, as process 1 drives it: for tests/network, which runs it as root in a network namespace.
//!
//! `cable RESOLV_CONF [HOST_NAME [FIXED]]` prints an event a line; a line on its input: `name NAME` renames the box, `release` gives the leases back
//! and ends, anything else ends.

use std::io::{self, BufRead as _};
use std::time::{Duration, Instant};

use firmware::network::{Config, Event, Network};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let resolv_conf = arguments.next().ok_or("RESOLV_CONF is missing")?.into();
    let config = Config {
        resolv_conf,
        resolv_link: None,
        host_name: arguments.next().unwrap_or_default(),
        fixed: arguments.next().map(|text| text.parse()).transpose()?,
    };
    let mut network = Network::new(config)?;
    let input = io::stdin();
    let begun = Instant::now();
    loop {
        for event in network.turn(Instant::now()) {
            let at = begun.elapsed().as_secs_f32();
            match event {
                Event::Note(text) => println!("{at:.1} note {text}"),
                Event::Changed(state) => {
                    let addresses: Vec<String> = state
                        .addresses
                        .iter()
                        .map(|(a, prefix)| format!("{a}/{prefix}"))
                        .collect();
                    println!(
                        "{at:.1} state {} cable={} addresses={} dns={:?} ntp={:?}",
                        state.reach,
                        state.cable,
                        addresses.join(","),
                        state.dns,
                        state.ntp
                    );
                }
            }
        }
        let wait = network
            .deadline()
            .map(|due| due.saturating_duration_since(Instant::now()));
        // Rounded up: a turn a moment too early would find nothing to do.
        let wait = wait
            .map(|wait| Timespec::try_from(wait + Duration::from_millis(1)))
            .transpose()?;
        let mut fds: Vec<PollFd<'_>> = network
            .fds()
            .iter()
            .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
            .collect();
        fds.push(PollFd::new(&input, PollFlags::IN));
        poll(&mut fds, wait.as_ref())?;
        let order = fds.last().is_some_and(|fd| !fd.revents().is_empty());
        drop(fds);
        if order {
            let mut line = String::new();
            input.lock().read_line(&mut line)?;
            if let Some(name) = line.trim().strip_prefix("name ") {
                network.rename(name, Instant::now());
                continue;
            }
            if line.trim() == "release" {
                network.release(Instant::now());
            }
            return Ok(());
        }
    }
}
