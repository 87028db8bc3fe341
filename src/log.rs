//! The log: one line an event on standard error.
//!
//! `2026-11-22T02:40:40.123Z info  session=17 imaps 192.0.2.7 logged in`
//!
//! Promises: a line is written in one call, so that lines never mix; control characters are escaped, so that a client cannot
//! forge a line; a line below the level costs one load and no formatting. It cannot know a secret when it sees one: passwords
//! travel in types that print as dots ([`sasl::Secret`]), and mail text is never given to it.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The longest line, in octets; the rest is cut, so that a client's long name cannot fill a disk.
const LINE_MAX: usize = 2048;

/// How much is told. A level shows itself and everything above it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Level {
    /// Nothing at all.
    Off,
    /// Something broke that the owner has to mend.
    Error,
    /// Something is odd and the box goes on.
    Warn,
    /// What happened to mail and people: one line a delivery, log-in, start, stop.
    Info,
    /// Each connection and what became of it.
    Debug,
}

impl Level {
    /// All levels, quiet first.
    pub const ALL: [Level; 5] = [
        Level::Off,
        Level::Error,
        Level::Warn,
        Level::Info,
        Level::Debug,
    ];

    /// The name in the settings and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }

    /// The level of this name, in any case.
    pub fn parse(name: &str) -> Option<Level> {
        Level::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(name))
    }
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// Sets the level for the whole process.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Whether a line of this level is written.
pub fn enabled(level: Level) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

/// Something broke that the owner has to mend. `session` is the session's number, 0 for the box itself, here and below.
pub fn error(session: u64, text: impl fmt::Display) {
    write(Level::Error, session, &text);
}

/// Something is odd and the box goes on.
pub fn warn(session: u64, text: impl fmt::Display) {
    write(Level::Warn, session, &text);
}

/// What happened to mail and people.
pub fn info(session: u64, text: impl fmt::Display) {
    write(Level::Info, session, &text);
}

/// Each connection and what became of it. Give it `format_args!`, which costs nothing when the level is not shown.
pub fn debug(session: u64, text: impl fmt::Display) {
    write(Level::Debug, session, &text);
}

fn write(level: Level, session: u64, text: &dyn fmt::Display) {
    if enabled(level) {
        let line = line(SystemTime::now(), level, session, format_args!("{text}"));
        // A standard error that is gone is no reason to stop.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

fn line(now: SystemTime, level: Level, session: u64, text: fmt::Arguments<'_>) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut line = Escaped(String::with_capacity(128));
    let (date, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = mail::date::civil_from_days(date.cast_signed());
    let _ = write!(
        line,
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z {:<5} ",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_millis(),
        level.name()
    );
    if session != 0 {
        let _ = write!(line, "session={session} ");
    }
    let _ = line.write_fmt(text);
    line.0.push('\n');
    line.0
}

/// Text without control characters (those of C1, line separators and bidirectional overrides too), cut at [`LINE_MAX`].
struct Escaped(String);

impl fmt::Write for Escaped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.0.len() >= LINE_MAX {
                return Err(fmt::Error);
            }
            let hidden = matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if c.is_control() || hidden {
                self.0.extend(c.escape_default());
            } else {
                self.0.push(c);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64, text: &str) -> String {
        let now = UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 7);
        line(now, Level::Info, 3, format_args!("{text}"))
    }

    #[test]
    fn a_line_has_time_level_session_and_text() {
        assert_eq!(
            at(1_795_315_434, "hello"),
            "2026-11-22T02:43:54.007Z info  session=3 hello\n"
        );
        assert!(at(951_782_400, "x").starts_with("2000-02-29T00:00:00.007Z"));
        assert!(at(4_102_444_799, "x").starts_with("2099-12-31T23:59:59.007Z"));
    }

    #[test]
    fn nothing_forges_a_line_or_fills_the_disk() {
        let line = at(0, "a\r\nb\u{1b}[31m\u{85}\u{202e}\0");
        assert!(
            line.ends_with("a\\r\\nb\\u{1b}[31m\\u{85}\\u{202e}\\u{0}\n"),
            "{line}"
        );
        assert!(at(0, &"x".repeat(100_000)).len() <= LINE_MAX + 16);
    }

    #[test]
    fn levels_are_read_in_any_case_and_are_ordered() {
        assert_eq!(Level::parse("WARN"), Some(Level::Warn));
        assert_eq!(Level::parse("loud"), None);
        assert!(Level::Error < Level::Debug);
    }
}
