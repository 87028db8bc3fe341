//! The documented settings file, printed from the table: what `pillarbox run --print-settings` shows.

use super::Settings;
use super::keys::{SECTIONS, keys};

/// The whole file with every key, its meaning and its default, all commented out: a fresh copy changes nothing.
pub fn print() -> String {
    let defaults = Settings::default();
    let mut text = String::from(
        "# Settings of pillarbox. Every line is optional; what stands here are the defaults.\n\
         # Take the # away from a line (and from the [table] above it) to change it. A running box takes most of it over on SIGHUP;\n\
         # `http`, `https` and [limits.store] wait for its next start.\n",
    );
    let mut put = |section: &str| {
        for key in keys().filter(|key| key.section == section) {
            text.push('\n');
            for line in key.means.lines() {
                text.push_str(&format!("# {line}\n"));
            }
            text.push_str(&format!("#{} = {}\n", key.name, (key.show)(&defaults)));
        }
        if let Some(next) = following(section) {
            text.push('\n');
            let about = SECTIONS
                .iter()
                .find(|(name, _)| *name == next)
                .map_or("", |(_, about)| *about);
            for line in about.lines() {
                text.push_str(&format!("# {line}\n"));
            }
            text.push_str(&format!("[{next}]\n"));
        }
    };
    put("");
    for (section, _) in SECTIONS {
        put(section);
    }
    text
}

fn following(section: &str) -> Option<&'static str> {
    let at = SECTIONS.iter().position(|(name, _)| *name == section);
    let next = at.map_or(0, |at| at + 1);
    SECTIONS.get(next).map(|(name, _)| *name)
}
