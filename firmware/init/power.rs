//! The last thing that process 1 does.

use std::time::Duration;

use rustix::system::{RebootCommand, reboot};

use super::course::Down;

/// Off or on again; never returns. What cannot be switched off halts, for then the plug may be pulled: everything is on the card.
pub(super) fn go(down: Down) -> ! {
    rustix::fs::sync();
    let first = match down {
        Down::PowerOff => RebootCommand::PowerOff,
        Down::Restart => RebootCommand::Restart,
    };
    let _ = reboot(first);
    let _ = reboot(RebootCommand::Halt);
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// From now on a panic of process 1 is a restart, and Ctrl-Alt-Del is a signal. Without the hook a panic would end process 1, and the kernel would panic and restart, too, if its
/// command line says so; this does not depend on it. Nothing of the mail is in process 1, and what the server has acknowledged is synced.
pub(super) fn prepare() {
    std::panic::set_hook(Box::new(|panic| {
        let text = last_line(panic.location());
        let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
        std::thread::sleep(Duration::from_secs(5));
        go(Down::Restart);
    }));
    let _ = reboot(RebootCommand::CadOff);
}

/// Where the fault is, and for whoever has the build's symbols the way there.
fn last_line(place: Option<&std::panic::Location<'_>>) -> String {
    let place = place.map(ToString::to_string).unwrap_or_default();
    let report = crate::fault::report();
    format!("init: a fault in the program at {place}; {report}; the board starts anew\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_where_and_in_which_build() {
        crate::fault::learn_build();
        let line = last_line(Some(std::panic::Location::caller()));
        assert!(line.contains("power.rs:"), "{line}");
        let report = line.split("; ").nth(1).unwrap();
        assert!(
            report.starts_with("build ") && report.contains(" at 0x"),
            "{line}"
        );
        assert!(!report.contains("unknown"), "{line}");
        assert!(
            line.lines().count() == 1 && line.ends_with("anew\r\n"),
            "{line}"
        );
    }
}
