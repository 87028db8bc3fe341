//! The search index: its directory, and every row of the segments that the directory lists. Rows that it does not list wait to be swept.

use super::Findings;
use crate::error::{Error, Result};
use crate::index::{Directory, check_segment, newest};
use crate::look::Look;

/// What helps against all of it.
const ADVICE: &str = "run `pillarbox check --reindex`";

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let directory = match Directory::read(look) {
        Ok(Some(directory)) => directory,
        // Not built yet, or of another form: built anew.
        Ok(None) => return Ok(()),
        Err(Error::Damaged(what)) => {
            findings.add(format!(
                "the search index's directory cannot be read ({what}): {ADVICE}"
            ));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if !directory.is_sound() {
        findings.add(format!(
            "the search index's directory contradicts itself: {ADVICE}"
        ));
        return Ok(());
    }
    if directory.watermark > newest(look)?.max(kept(look)?) {
        findings.add(format!(
            "the search index says that it has messages up to {}, which have not come yet: {ADVICE}",
            directory.watermark
        ));
    }
    for record in &directory.segments {
        match check_segment(look, record) {
            Ok(None) => {}
            Ok(Some(sentence)) => findings.add(format!("{sentence}: {ADVICE}")),
            Err(Error::Damaged(what)) => findings.add(format!(
                "segment {} of the search index: {what}: {ADVICE}",
                record.id
            )),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The next gid, where the newest body is no more.
fn kept(look: Look<'_>) -> Result<u64> {
    use crate::schema::key;
    let kept = look
        .get(&key::NEXT_GID)?
        .and_then(|octets| octets.first_chunk())
        .map_or(0, |next| u64::from_be_bytes(*next));
    Ok(kept)
}
