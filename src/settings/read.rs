//! Walks the parsed file beside the table of keys.

use toml::de::{DeTable, DeValue};

use super::Settings;
use super::fault::Fault;
use super::keys::{Key, SECTIONS, SHORT_LOG, keys};
use super::nearest::nearest;

/// Reads the whole text into `settings`.
pub(super) fn read(settings: &mut Settings, text: &str) -> Result<(), Fault> {
    let root = DeTable::parse(text).map_err(|error| {
        let advice = "is not TOML; write `name = value` lines, strings in double quotes, and `pillarbox run --print-settings` shows an example";
        Fault::new(error.span().unwrap_or(0..0), format!("{} {advice}", error.message().replace('\n', ", ")))
    })?;
    read_table(settings, root.get_ref(), "")?;
    check_together(settings, root.get_ref())
}

/// The depth is that of [`SECTIONS`]: a table that is no section is refused and never entered.
fn read_table(settings: &mut Settings, table: &DeTable<'_>, section: &str) -> Result<(), Fault> {
    for (name, value) in table {
        let key: &str = name.get_ref();
        let path = join(section, key);
        let inner = SECTIONS.iter().any(|(known, _)| *known == path);
        match (value.get_ref(), find(section, key)) {
            (DeValue::Table(table), _) if inner => read_table(settings, table, &path)?,
            (_, Some(row)) => (row.read)(settings, value, key)?,
            (_, None) if inner => {
                return Err(Fault::new(
                    value.span(),
                    format!(
                        "`{path}` is a table; write `[{path}]` on a line of its own and its keys below"
                    ),
                ));
            }
            (_, None) => return Err(unknown(section, key, name.span())),
        }
    }
    Ok(())
}

fn find(section: &str, name: &str) -> Option<&'static Key> {
    if section.is_empty() && name == SHORT_LOG.name {
        return Some(&SHORT_LOG);
    }
    keys().find(|key| key.section == section && key.name == name)
}

fn join(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}

/// Says where an unknown key would belong, or what is most like it, or what there is.
fn unknown(section: &str, name: &str, span: std::ops::Range<usize>) -> Fault {
    let place = if section.is_empty() {
        "at the top of the file".to_owned()
    } else {
        format!("in [{section}]")
    };
    let here = || {
        let inner = SECTIONS
            .iter()
            .filter_map(|(path, _)| match path.rsplit_once('.') {
                Some((outer, last)) => (outer == section).then_some(last),
                None => section.is_empty().then_some(*path),
            });
        keys()
            .filter(|key| key.section == section)
            .map(|key| key.name)
            .chain(inner)
    };
    let advice = if let Some(key) = keys().find(|key| key.name == name) {
        let target = if key.section.is_empty() {
            "the top of the file, above the first [table]".to_owned()
        } else {
            format!("[{}]", key.section)
        };
        format!("it belongs to {target}")
    } else if let Some(like) = nearest(name, here()) {
        format!("did you mean `{like}`?")
    } else {
        format!("known there: {}", here().collect::<Vec<_>>().join(", "))
    };
    Fault::new(span, format!("unknown key `{name}` {place}; {advice}"))
}

/// What only makes sense together.
fn check_together(settings: &Settings, root: &DeTable<'_>) -> Result<(), Fault> {
    let (there, missing) = match (&settings.tls.certificate, &settings.tls.key) {
        (Some(_), None) => ("certificate", "key"),
        (None, Some(_)) => ("key", "certificate"),
        _ => return Ok(()),
    };
    let span = root
        .get("tls")
        .and_then(|tls| tls.get_ref().get(there))
        .map_or(0..0, |value| value.span());
    Err(Fault::new(
        span,
        format!(
            "`{there}` needs `{missing}` beside it in [tls]; name both PEM files, or none for a certificate of the box's own"
        ),
    ))
}
