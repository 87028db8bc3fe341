//! Every body: its chunks and their sizes, its index record, its references counted.

use super::Findings;
use super::mailboxes::each_reference;
use super::queue;
use crate::error::Result;
use crate::ids::Gid;
use crate::look::Look;
use crate::schema::{CHUNK_MAX, ENTRY, GID_MAX, IndexHead, SHARES, key, read_shares, unpack};

/// Bodies whose references are counted in one walk over the mailboxes: 2 MiB of counts.
pub(super) const WINDOW: usize = 64 * 1024;

/// A body and the references found to it.
struct Counted {
    gid: Gid,
    size: u32,
    kept: i64,
    found: i64,
}

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let mut from = Gid(0);
    loop {
        let mut window = Vec::new();
        let next = walk(look, from, &mut window, findings)?;
        let last = next.map_or(Gid(GID_MAX), |next| Gid(next.0 - 1));
        let mut count = |gid: Gid, size: u32| {
            if gid < from || gid > last {
                return;
            }
            match window
                .binary_search_by_key(&gid, |body| body.gid)
                .ok()
                .and_then(|at| window.get_mut(at))
            {
                Some(body) => {
                    body.found += 1;
                    if body.size != size {
                        findings.add(format!(
                            "message {} has {} octets, but an entry or letter says {size}",
                            gid.0, body.size
                        ));
                    }
                }
                None => findings.add(format!(
                    "an entry or letter refers to message {}, which does not exist",
                    gid.0
                )),
            }
        };
        each_reference(look, &mut |gid, entry| count(gid, entry.size))?;
        queue::each_reference(look, &mut count)?;
        for row in look.prefixed(&key::BATCHES)? {
            for entry in row?.1.as_chunks::<ENTRY>().0.iter().filter_map(unpack) {
                count(entry.gid, entry.size);
            }
        }
        for body in window.iter().filter(|body| body.kept != body.found) {
            findings.add(format!(
                "message {} counts {} references, but has {}",
                body.gid.0, body.kept, body.found
            ));
        }
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    for row in look.prefixed(&[key::SHARES])? {
        let (at, octets) = row?;
        let whole = at.len() == 6 && octets.len().is_multiple_of(4) && octets.len() <= 4 * SHARES;
        let Some(Gid(group)) = key::gid_of(at).filter(|_| whole && !octets.is_empty()) else {
            findings.add("references are counted in a row of no known shape".into());
            continue;
        };
        for (place, more) in (0_u64..).zip(read_shares(octets)) {
            let gid = Gid(group.saturating_mul(SHARES as u64).saturating_add(place));
            if more != 0 && look.index(gid).is_err() {
                findings.add(format!(
                    "references are counted to message {gid:?}, which does not exist"
                ));
            }
        }
    }
    Ok(())
}

/// Walks bodies from `from` on, [`WINDOW`] of them; the gid to go on from.
fn walk(
    look: Look<'_>,
    from: Gid,
    window: &mut Vec<Counted>,
    findings: &mut Findings,
) -> Result<Option<Gid>> {
    let mut body: Option<Body> = None;
    for row in look.between(&key::index(from), &key::chunk(Gid(GID_MAX), CHUNK_MAX))? {
        let (at, octets) = row?;
        let Some((gid, number)) = key::body_of(at) else {
            findings.add("a body has a key of no known shape".into());
            continue;
        };
        if body.as_ref().is_none_or(|body| body.gid != gid) {
            if let Some(done) = body.take() {
                done.end(findings);
            }
            if window.len() >= WINDOW {
                return Ok(Some(gid));
            }
            let index = if number == 0 {
                Some(IndexHead::read(octets)?.0)
            } else {
                None
            };
            let orphan = look.get(&key::orphan(gid))?.is_some();
            if index.is_some() == orphan {
                findings.add(format!(
                    "body {} has {} index record",
                    gid.0,
                    if orphan {
                        "a row that says otherwise, and an"
                    } else {
                        "no"
                    }
                ));
            }
            if let Some(index) = &index {
                let kept = i64::from(index.births).saturating_add(look.more_shares(gid)?.into());
                window.push(Counted {
                    gid,
                    size: index.head.size,
                    kept,
                    found: 0,
                });
            }
            body = Some(Body {
                gid,
                index,
                chunks: 0,
                sound: true,
            });
            if number == 0 {
                continue;
            }
        }
        if let Some(body) = &mut body {
            body.chunk(number, octets.len());
        }
    }
    if let Some(done) = body {
        done.end(findings);
    }
    Ok(None)
}

/// A body being walked.
struct Body {
    gid: Gid,
    /// None: staged or being freed, so that any part of it may be there.
    index: Option<IndexHead>,
    chunks: u32,
    sound: bool,
}

impl Body {
    fn chunk(&mut self, number: u32, size: usize) {
        self.chunks += 1;
        if let Some(index) = &self.index {
            self.sound &=
                number == self.chunks && size == index.chunk_size(number) as usize && size > 0;
        }
    }

    fn end(&self, findings: &mut Findings) {
        let Some(index) = &self.index else { return };
        if !self.sound || self.chunks != index.chunks() {
            findings.add(format!(
                "the body of message {} should have {} octets in {} pieces, and has {} pieces{}",
                self.gid.0,
                index.head.size,
                index.chunks(),
                self.chunks,
                if self.sound {
                    ""
                } else {
                    " of which one has the wrong place or size"
                }
            ));
        }
    }
}
