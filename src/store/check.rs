//! Walks everything and says in plain sentences what is wrong.
//!
//! It reads one snapshot: LMDB's own pages and free list, people and names, every mailbox with its entries, log and counters, every body
//! with its chunks and references, the queue with its indexes, what people share. Memory is bounded: bodies are counted in windows of [`bodies::WINDOW`], pages take a bit each.

mod bans;
mod bodies;
mod index;
mod mailboxes;
mod pages;
mod people;
mod queue;
mod reports;
mod shared;
mod taught;

use std::fs::File;
use std::path::Path;

use crate::env::{DATA_FILE, Env, Tree};
use crate::error::{Error, Result};
use crate::look::Source;
use crate::read::ReadTx;

/// Findings after which the rest is only counted.
const FINDINGS_MAX: usize = 100;
/// How often a snapshot is taken anew when the writer was faster than we read its meta page.
const SNAPSHOTS: usize = 100;

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings {
    sentences: Vec<String>,
    more: u64,
}

impl Findings {
    fn add(&mut self, sentence: String) {
        if self.sentences.len() < FINDINGS_MAX {
            self.sentences.push(sentence);
        } else {
            self.more += 1;
        }
    }
}

pub(crate) fn check(env: &Env, tree: Tree, dir: &Path) -> Result<Vec<String>> {
    let file = File::open(dir.join(DATA_FILE))?;
    let mut findings = Findings::default();
    for _ in 0..SNAPSHOTS {
        let tx = ReadTx::new(tree, env.read_txn()?);
        let look = tx.look();
        let Some(snapshot) = pages::Snapshot::read(&file, look.id())? else {
            continue;
        };
        snapshot.check(&file, &mut findings)?;
        // Whoever cannot walk the pages must not walk what is on them.
        if findings.sentences.is_empty() {
            people::check(look, &mut findings)?;
            mailboxes::check(look, &mut findings)?;
            queue::check(look, &mut findings)?;
            bans::check(look, &mut findings)?;
            reports::check(look, &mut findings)?;
            shared::check(look, &mut findings)?;
            taught::check(look, &mut findings)?;
            bodies::check(look, &mut findings)?;
            crate::columns::check(look, &mut |sentence| findings.add(sentence))?;
            index::check(look, &mut findings)?;
        }
        if findings.more > 0 {
            findings
                .sentences
                .push(format!("and {} findings more", findings.more));
        }
        return Ok(findings.sentences);
    }
    Err(Error::Busy)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
