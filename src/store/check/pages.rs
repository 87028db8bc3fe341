//! LMDB's pages, read from its file: every page belongs to exactly one tree, to the free list, or to nothing, which is a finding.
//!
//! The layout is LMDB 0.9's (`mdb.c`: `MDB_page`, `MDB_node`, `MDB_db`, `MDB_meta`), in the words of this machine.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::Findings;
use crate::error::{Error, Result};

/// Octets of a page number.
const WORD: usize = size_of::<usize>();
/// Octets of a page's header: its number, padding, flags, bounds.
const HEADER: usize = WORD + 8;
/// Octets of a tree's record in the meta page.
const TREE: usize = 8 + 5 * WORD;
const MAGIC: u32 = 0xBEEF_C0DE;
const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
const OVERFLOW: u16 = 0x04;
const BIG_DATA: u16 = 0x01;
/// No page: the root of an empty tree.
const NO_PAGE: u64 = usize::MAX as u64;
/// Deeper than any tree in a file that can exist.
const DEPTH_MAX: u16 = 32;

/// One commit, as its meta page describes it.
pub(super) struct Snapshot {
    page_size: usize,
    free: Tree,
    main: Tree,
    last_page: u64,
}

/// A tree's root and the figures that it must come to.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Tree {
    depth: u16,
    branches: u64,
    leaves: u64,
    overflow: u64,
    entries: u64,
    root: u64,
}

impl Snapshot {
    /// The commit with this number; `None` when it is no longer one of the two that the file describes.
    pub(super) fn read(file: &File, txn: u64) -> Result<Option<Snapshot>> {
        let mut first = [0; 4096];
        file.read_exact_at(&mut first, 0)?;
        let page_size = u32_at(&first, HEADER + 8 + 2 * WORD).unwrap_or(0) as usize;
        if !(512..=65_536).contains(&page_size) {
            return Err(Error::Damaged(format!(
                "the file names a page size of {page_size} octets"
            )));
        }
        for number in [0, page_size as u64] {
            let mut page = vec![0; HEADER + 8 + 4 * WORD + 2 * TREE];
            file.read_exact_at(&mut page, number)?;
            if let Some(meta) = meta(&page, page_size, txn) {
                return Ok(Some(meta));
            }
        }
        Ok(None)
    }

    pub(super) fn check(&self, file: &File, findings: &mut Findings) -> Result<()> {
        let pages = usize::try_from(self.last_page)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let mut walk = Walk {
            file,
            page_size: self.page_size,
            last_page: self.last_page,
            seen: vec![0; pages.div_ceil(8)],
            findings,
        };
        walk.claim(0, "the first meta page");
        walk.claim(1, "the second meta page");
        walk.tree(&self.main, "the tree", false)?;
        walk.tree(&self.free, "the free list", true)?;
        let lost = (0..=self.last_page)
            .filter(|page| !walk.is_seen(*page))
            .count();
        if lost > 0 {
            findings.add(format!(
                "{lost} pages of the file are neither used nor free"
            ));
        }
        Ok(())
    }
}

struct Walk<'a> {
    file: &'a File,
    page_size: usize,
    last_page: u64,
    seen: Vec<u8>,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    fn is_seen(&self, page: u64) -> bool {
        let byte = usize::try_from(page / 8)
            .ok()
            .and_then(|at| self.seen.get(at));
        byte.is_some_and(|byte| byte & (1 << (page % 8)) != 0)
    }

    /// False: the page is not there, or belongs to something else already.
    fn claim(&mut self, page: u64, owner: &str) -> bool {
        if page > self.last_page {
            self.findings.add(format!(
                "{owner} names page {page}, but the last one is {}",
                self.last_page
            ));
            return false;
        }
        if self.is_seen(page) {
            self.findings.add(format!(
                "page {page} belongs to {owner} and to something else"
            ));
            return false;
        }
        if let Some(byte) = usize::try_from(page / 8)
            .ok()
            .and_then(|at| self.seen.get_mut(at))
        {
            *byte |= 1 << (page % 8);
        }
        true
    }

    fn load(&self, page: u64) -> Result<Vec<u8>> {
        let mut octets = vec![0; self.page_size];
        self.file
            .read_exact_at(&mut octets, page.saturating_mul(self.page_size as u64))?;
        Ok(octets)
    }

    /// Walks a tree in key order.
    fn tree(&mut self, tree: &Tree, name: &str, is_free_list: bool) -> Result<()> {
        if tree.root == NO_PAGE {
            return Ok(());
        }
        let mut found = Tree {
            root: tree.root,
            depth: tree.depth,
            ..Tree::default()
        };
        let mut last_key: Option<Vec<u8>> = None;
        // Pages still to visit with their level, the next one last.
        let mut waiting = vec![(tree.root, 1_u16)];
        while let Some((page, level)) = waiting.pop() {
            if !self.claim(page, name) {
                continue;
            }
            let octets = self.load(page)?;
            let flags = u16_at(&octets, WORD + 2).unwrap_or(0);
            let Some(nodes) =
                nodes(&octets).filter(|_| level <= DEPTH_MAX && word_at(&octets, 0) == Some(page))
            else {
                self.findings
                    .add(format!("page {page} of {name} is not a page of a tree"));
                continue;
            };
            // No flag besides: LMDB would read a leaf that has another one (`P_LEAF2`) as pages of another shape, beyond their end.
            if flags == BRANCH {
                found.branches += 1;
                waiting.extend(nodes.iter().rev().map(|node| (node.child(), level + 1)));
            } else if flags == LEAF {
                found.leaves += 1;
                if level != tree.depth {
                    self.findings.add(format!(
                        "leaf {page} of {name} lies at level {level} of {}",
                        tree.depth
                    ));
                }
                for node in &nodes {
                    found.entries += 1;
                    let key = key(node.key, is_free_list);
                    if last_key.as_ref().is_some_and(|last| *last >= key) {
                        self.findings
                            .add(format!("keys on page {page} of {name} are out of order"));
                    }
                    last_key = Some(key);
                    let data = self.data(node, &mut found, name)?;
                    if is_free_list {
                        self.free_pages(data.as_deref().unwrap_or_default());
                    }
                }
            } else {
                self.findings.add(format!(
                    "page {page} of {name} is neither a branch nor a leaf"
                ));
            }
        }
        if found != *tree {
            self.findings
                .add(format!("{name} was recorded as {tree:?} but is {found:?}"));
        }
        Ok(())
    }

    /// A leaf node's data: claimed if on overflow pages, and read where it is the free list's.
    fn data(&mut self, node: &Node<'_>, found: &mut Tree, name: &str) -> Result<Option<Vec<u8>>> {
        let size = node.low as usize;
        if node.flags & BIG_DATA == 0 {
            return Ok(node.rest.get(..size).map(<[u8]>::to_vec));
        }
        let Some(first) = word_at(node.rest, 0) else {
            return Ok(None);
        };
        let pages = (HEADER + size).div_ceil(self.page_size) as u64;
        found.overflow += pages;
        for page in first..first.saturating_add(pages) {
            if !self.claim(page, name) {
                return Ok(None);
            }
        }
        let mut octets = vec![0; HEADER + if name == "the free list" { size } else { 0 }];
        self.file
            .read_exact_at(&mut octets, first.saturating_mul(self.page_size as u64))?;
        let sound = u16_at(&octets, WORD + 2) == Some(OVERFLOW)
            && u32_at(&octets, WORD + 4) == Some(pages as u32);
        if !sound || word_at(&octets, 0) != Some(first) {
            self.findings.add(format!(
                "page {first} of {name} should begin {pages} overflow pages, and does not"
            ));
        }
        Ok(octets.get(HEADER..).map(<[u8]>::to_vec))
    }

    /// A record of the free list: how many pages, then their numbers.
    fn free_pages(&mut self, data: &[u8]) {
        let count = word_at(data, 0).unwrap_or(0);
        for index in 1..=usize::try_from(count).unwrap_or(usize::MAX) {
            match word_at(data, index.saturating_mul(WORD)) {
                Some(page) => self.claim(page, "the free list"),
                None => {
                    self.findings
                        .add("a record of the free list is too short".into());
                    return;
                }
            };
        }
    }
}

struct Node<'a> {
    /// A leaf's data size, or the low half of a branch's page number.
    low: u32,
    flags: u16,
    key: &'a [u8],
    rest: &'a [u8],
}

impl Node<'_> {
    fn child(&self) -> u64 {
        let high = if WORD > 4 {
            u64::from(self.flags) << 32
        } else {
            0
        };
        u64::from(self.low) | high
    }
}

/// The nodes of a branch or leaf page; `None` when they do not lie inside it.
fn nodes(page: &[u8]) -> Option<Vec<Node<'_>>> {
    let lower = usize::from(u16_at(page, WORD + 4)?);
    let pointers = page.get(HEADER..lower)?;
    let node = |pointer: &[u8; 2]| {
        let at = usize::from(u16::from_ne_bytes(*pointer));
        let low = u32::from(u16_at(page, at)?) | u32::from(u16_at(page, at + 2)?) << 16;
        let (flags, key_size) = (u16_at(page, at + 4)?, usize::from(u16_at(page, at + 6)?));
        let (key, rest) = page.get(at + 8..)?.split_at_checked(key_size)?;
        let inside = flags & BIG_DATA != 0
            || u16_at(page, WORD + 2)? & LEAF == 0
            || low as usize <= rest.len();
        inside.then_some(Node {
            low,
            flags,
            key,
            rest,
        })
    };
    pointers.as_chunks::<2>().0.iter().map(node).collect()
}

/// Keys in the order LMDB compares them: the free list's are numbers of commits.
fn key(key: &[u8], is_free_list: bool) -> Vec<u8> {
    if is_free_list {
        word_at(key, 0).unwrap_or(0).to_be_bytes().to_vec()
    } else {
        key.to_vec()
    }
}

fn meta(page: &[u8], page_size: usize, txn: u64) -> Option<Snapshot> {
    let fields = page.get(HEADER..)?;
    let trees = 8 + 2 * WORD;
    let found = word_at(fields, trees + 2 * TREE + WORD)?;
    if u32_at(fields, 0)? != MAGIC || found != txn {
        return None;
    }
    Some(Snapshot {
        page_size,
        free: tree(fields.get(trees..)?)?,
        main: tree(fields.get(trees + TREE..)?)?,
        last_page: word_at(fields, trees + 2 * TREE)?,
    })
}

fn tree(fields: &[u8]) -> Option<Tree> {
    Some(Tree {
        depth: u16_at(fields, 6)?,
        branches: word_at(fields, 8)?,
        leaves: word_at(fields, 8 + WORD)?,
        overflow: word_at(fields, 8 + 2 * WORD)?,
        entries: word_at(fields, 8 + 3 * WORD)?,
        root: word_at(fields, 8 + 4 * WORD)?,
    })
}

fn word_at(octets: &[u8], at: usize) -> Option<u64> {
    Some(usize::from_ne_bytes(*octets.get(at..)?.first_chunk()?) as u64)
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*octets.get(at..)?.first_chunk()?))
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*octets.get(at..)?.first_chunk()?))
}
