//! Dangerous by name.

use super::{DangerKind, NAME_MAX};

/// Endings that a double click runs, on the systems people have.
const PROGRAMS: [&str; 41] = [
    "app",
    "appinstaller",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "desktop",
    "dll",
    "exe",
    "gadget",
    "hta",
    "inf",
    "ins",
    "jar",
    "js",
    "jse",
    "lnk",
    "mde",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "one",
    "pif",
    "ps1",
    "reg",
    "scf",
    "scr",
    "sct",
    "settingcontent-ms",
    "shb",
    "url",
    "vb",
    "vbe",
    "vbs",
    "wsc",
    "wsf",
    "xll",
];
/// Documents that may hold macros by their very ending.
const MACROS: [&str; 11] = [
    "docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppam", "ppsm", "sldm",
];
/// Images of disks.
const IMAGES: [&str; 6] = ["img", "iso", "udf", "vhd", "vhdx", "dmg"];

/// Blanks in a row that push an ending out of sight.
const MANY_BLANKS: &str = "          ";

/// What a name says; `None` if it is harmless.
pub(super) fn judge(name: &str) -> Option<DangerKind> {
    // Windows drops blanks and dots at the end before it looks at the ending.
    let name = name.trim_end_matches([' ', '.', '\t', '\0']);
    let ending = name
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .trim();
    let is = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(ending));
    if is(&PROGRAMS) {
        Some(DangerKind::Program)
    } else if is(&MACROS) {
        Some(DangerKind::Macros)
    } else if is(&IMAGES) {
        Some(DangerKind::DiskImage)
    } else if name.contains(['\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}'])
        || name.contains(MANY_BLANKS)
    {
        Some(DangerKind::Disguised)
    } else {
        None
    }
}

/// A name fit to be shown: one line, nothing that turns the text around, at most [`NAME_MAX`] characters with its ending.
pub(super) fn shown(name: &str) -> String {
    let clean: String = name
        .chars()
        .filter(|c| !matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'))
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = clean.split(' ').filter(|word| !word.is_empty()).collect();
    let clean = words.join(" ");
    let count = clean.chars().count();
    if count <= NAME_MAX {
        return clean;
    }
    // The ending is what matters.
    let start: String = clean.chars().take(NAME_MAX / 2).collect();
    let end: String = clean.chars().skip(count - NAME_MAX / 2 + 3).collect();
    format!("{start}...{end}")
}
