//! Changes in the text of a settings file: what a person wrote stays as they wrote it, but for the values that change.
//!
//! A value is replaced where it stands (its span). A key that is not there is put beside another key of its section, written as that one is written
//! (`setup.minutes = 5` gets a `setup.always` below it, an inline table a further entry), or below the section's header, or into the section at the end of the file.
//! Each step is proved before it is taken: the text is read again, and every other value must stand there as before, to the octet. A way of
//! writing for which no step can be proved is told to the person, who can still change it by hand. Comments are never lost: one inside a list that is
//! replaced moves above it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::change::{Change, Value};
use super::fault::SettingsError;
use super::{Settings, scan};
use crate::reason::Reason;

/// The text with these changes; one that says the same already stays as it is. The result is read whole, as a settings file at `path`.
///
/// # Errors
/// The text is no settings file, a value cannot be, or the file is written in a way that is not understood well enough to change it.
pub fn change(text: &str, path: &Path, changes: &[Change]) -> Result<String, SettingsError> {
    Settings::parse(text, path)?;
    let mut text = text.to_owned();
    for change in changes {
        text = one(&text, change).ok_or_else(|| {
            let place = match change.section {
                "" => "at the top of the file".to_owned(),
                section => format!("in [{section}]"),
            };
            let key = change.key.to_owned();
            SettingsError::because(path, Reason::SettingByHand { key, place })
        })?;
    }
    Settings::parse(&text, path)?;
    Ok(text)
}

/// A value and where it stands.
#[derive(Clone, Debug)]
struct Leaf {
    /// Of the last part of its key.
    key: Range<usize>,
    value: Range<usize>,
    /// It stands in an inline table.
    inline: bool,
}

/// Values by their path.
type Leaves = BTreeMap<Vec<String>, Leaf>;

fn one(text: &str, change: &Change) -> Option<String> {
    let leaves = leaves(text)?;
    let section = section_of(change);
    let mut path = section.clone();
    path.push(change.key.to_owned());
    // `log = "debug"` says the same as `[log] level`.
    let short = change.section == "log" && change.key == "level";
    if short && leaves.contains_key(&vec!["log".to_owned()]) {
        path = vec!["log".to_owned()];
    }
    let rendered = change.value.as_ref().map(render);
    let mut wanted = sources(text, &leaves)?;
    match &rendered {
        Some(value) => wanted.insert(path.clone(), value.clone()),
        None => wanted.remove(&path),
    };
    let steps: Vec<String> = match (leaves.get(&path), &rendered) {
        (None, None) => return Some(text.to_owned()),
        (Some(leaf), Some(value)) => {
            if text.get(leaf.value.clone()) == Some(value) {
                return Some(text.to_owned());
            }
            replaced(text, leaf, value).into_iter().collect()
        }
        (Some(leaf), None) => removed(text, leaf),
        (None, Some(value)) => added(text, &leaves, &section, change.key, value),
    };
    steps.into_iter().find(|step| {
        let found = self::leaves(step).and_then(|leaves| sources(step, &leaves));
        found.as_ref() == Some(&wanted) && scan::comments(step) == scan::comments(text)
    })
}

fn section_of(change: &Change) -> Vec<String> {
    let parts = change.section.split('.').filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Every value that is no table.
fn leaves(text: &str) -> Option<Leaves> {
    let root = DeTable::parse(text).ok()?;
    let mut leaves = Leaves::new();
    let mut waiting = vec![(Vec::new(), root.get_ref(), false)];
    while let Some((path, table, inline)) = waiting.pop() {
        for (name, value) in table {
            let mut path = path.clone();
            path.push(name.get_ref().to_string());
            if let DeValue::Table(inner) = value.get_ref() {
                let braces = text.get(value.span()).is_some_and(|at| at.starts_with('{'));
                waiting.push((path, inner, inline || braces));
                continue;
            }
            let leaf = Leaf {
                key: name.span(),
                value: value.span(),
                inline,
            };
            leaves.insert(path, leaf);
        }
    }
    Some(leaves)
}

/// Each value as it is written.
fn sources(text: &str, leaves: &Leaves) -> Option<BTreeMap<Vec<String>, String>> {
    let source = |(path, leaf): (&Vec<String>, &Leaf)| {
        Some((path.clone(), text.get(leaf.value.clone())?.to_owned()))
    };
    leaves.iter().map(source).collect()
}

/// `value` in its place. Comments inside of the old one move above its line.
fn replaced(text: &str, leaf: &Leaf, value: &str) -> Option<String> {
    let old = text.get(leaf.value.clone())?;
    let line = line_start(text, leaf.key.start);
    let indent = indent(text, line);
    let moved: String = scan::comments(old)
        .iter()
        .map(|comment| format!("{indent}{comment}{}", line_end(text)))
        .collect();
    Some(
        [
            text.get(..line)?,
            &moved,
            text.get(line..leaf.value.start)?,
            value,
            text.get(leaf.value.end..)?,
        ]
        .concat(),
    )
}

/// Without the key and its value; what else stands in the line stays.
fn removed(text: &str, leaf: &Leaf) -> Vec<String> {
    let steps = if leaf.inline {
        [
            removed_inline(text, leaf, true),
            removed_inline(text, leaf, false),
        ]
    } else {
        [removed_line(text, leaf), None]
    };
    steps.into_iter().flatten().collect()
}

fn removed_line(text: &str, leaf: &Leaf) -> Option<String> {
    let start = line_start(text, leaf.key.start);
    let rest = text.get(leaf.value.end..)?;
    let end = rest
        .find('\n')
        .map_or(text.len(), |at| leaf.value.end + at + 1);
    let indent = indent(text, start);
    let inside = scan::comments(text.get(leaf.value.clone())?);
    let behind = scan::comments(text.get(leaf.value.end..end)?);
    let kept: String = inside
        .iter()
        .chain(&behind)
        .map(|comment| format!("{indent}{comment}{}", line_end(text)))
        .collect();
    Some([text.get(..start)?, &kept, text.get(end..)?].concat())
}

/// An entry of an inline table, with the comma behind it or before it.
fn removed_inline(text: &str, leaf: &Leaf, behind: bool) -> Option<String> {
    let start = key_start(text, leaf);
    let (before, after) = (text.get(..start)?, text.get(leaf.value.end..)?);
    if behind {
        let after = after.trim_start_matches([' ', '\t']);
        let after = after.strip_prefix(',')?;
        return Some([before, after.trim_start_matches([' ', '\t'])].concat());
    }
    let before = before.trim_end_matches([' ', '\t']);
    let before = before.strip_suffix(',').unwrap_or(before);
    let space = if after.starts_with('}') && !before.ends_with('{') {
        " "
    } else {
        ""
    };
    Some([before, space, after].concat())
}

/// Ways to add the key, the most natural first.
fn added(text: &str, leaves: &Leaves, section: &[String], key: &str, value: &str) -> Vec<String> {
    let mut ways = Vec::new();
    let here = leaves
        .iter()
        .filter(|(path, _)| path.split_last().is_some_and(|(_, last)| last == section))
        .map(|(_, leaf)| leaf);
    // Below the last one of the section, as that one is written.
    if let Some(leaf) = here.max_by_key(|leaf| leaf.value.end) {
        ways.push(beside(text, leaf, key, value));
    }
    let name = section.join(".");
    if section.is_empty() {
        ways.push(below(text, scan::opening(text), key, value));
        ways.push(below(text, 0, key, value));
    } else {
        ways.extend(
            scan::headers(text)
                .filter(|(_, path)| path == section)
                .map(|(end, _)| below(text, end, key, value)),
        );
        ways.push(into_braces(text, section, key, value));
        // A section at the end; one blank line before it.
        let end = line_end(text);
        let gap = match text {
            "" => String::new(),
            text if text.ends_with('\n') => end.to_owned(),
            _ => format!("{end}{end}"),
        };
        ways.push(Some(format!(
            "{text}{gap}[{name}]{end}{key} = {value}{end}"
        )));
        ways.push(below(
            text,
            scan::opening(text),
            &format!("{name}.{key}"),
            value,
        ));
        ways.push(below(text, 0, &format!("{name}.{key}"), value));
    }
    ways.into_iter().flatten().collect()
}

/// In a line of its own below the leaf's, or behind it in its inline table.
fn beside(text: &str, leaf: &Leaf, key: &str, value: &str) -> Option<String> {
    let prefix = text.get(key_start(text, leaf)..leaf.key.start)?;
    if leaf.inline {
        let (before, after) = (text.get(..leaf.value.end)?, text.get(leaf.value.end..)?);
        return Some(format!("{before}, {prefix}{key} = {value}{after}"));
    }
    let rest = text.get(leaf.value.end..)?;
    let at = rest
        .find('\n')
        .map_or(text.len(), |at| leaf.value.end + at + 1);
    let indent = indent(text, line_start(text, leaf.key.start));
    below(text, at, &format!("{indent}{prefix}{key}"), value)
}

/// A line at `at`, which begins a line or ends the text.
fn below(text: &str, at: usize, key: &str, value: &str) -> Option<String> {
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let end = line_end(text);
    let gap = if before.is_empty() || before.ends_with('\n') || before == "\u{feff}" {
        ""
    } else {
        end
    };
    Some(format!("{before}{gap}{key} = {value}{end}{after}"))
}

/// As the first entry of an inline table that has none.
fn into_braces(text: &str, section: &[String], key: &str, value: &str) -> Option<String> {
    let root = DeTable::parse(text).ok()?;
    let mut table = root.get_ref();
    let mut span = None;
    for name in section {
        let inner = table.get(name.as_str())?;
        span = Some(inner.span());
        let DeValue::Table(next) = inner.get_ref() else {
            return None;
        };
        table = next;
    }
    let span = span?;
    let inside = text.get(span.clone())?.strip_prefix('{')?;
    let comma = if inside.trim() == "}" { " " } else { ", " };
    let before = text.get(..span.start)?;
    Some(format!(
        "{before}{{ {key} = {value}{comma}{}",
        text.get(span.start + 1..)?.trim_start()
    ))
}

/// Where the key of a leaf begins, with the names before its dots.
fn key_start(text: &str, leaf: &Leaf) -> usize {
    let before = text.get(..leaf.key.start).unwrap_or_default();
    let mut start = before.len();
    // `a . b . ` backwards: a dot, then a name; anything else ends it.
    loop {
        let head = before.get(..start).unwrap_or_default();
        let head = head.trim_end_matches([' ', '\t']);
        let Some(head) = head.strip_suffix('.') else {
            return start;
        };
        let head = head.trim_end_matches([' ', '\t']);
        let name = match head.chars().next_back() {
            Some(quote @ ('"' | '\'')) => {
                let inner = head.get(..head.len() - 1).unwrap_or_default();
                inner.rfind(quote)
            }
            _ => Some(
                head.trim_end_matches(|c: char| {
                    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
                })
                .len(),
            ),
        };
        match name {
            Some(at) if at < head.len() => start = at,
            _ => return start,
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    before.rfind('\n').map_or(bom, |at| at + 1)
}

/// Spaces at the beginning of the line that begins at `line`.
fn indent(text: &str, line: usize) -> &str {
    let rest = text.get(line..).unwrap_or_default();
    let length = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest.get(..length).unwrap_or_default()
}

/// As the file ends its lines.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A value as TOML.
fn render(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Truth(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Texts(texts) => {
            let list: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("[{}]", list.join(", "))
        }
    }
}

/// A basic string (TOML 1.0, "String").
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
