//! The schema record: written into a new store, brought forward in an old one, refused in one from the future.
//!
//! # The rule of the steps
//!
//! The store's format only moves forward, and a box that goes back to its previous program must find a store that this one can serve. So each step says
//! which way back there is ([`WayBack`]), and there are two:
//! * The previous program still reads and writes what the step leaves ([`WayBack::Readable`]): new rows that it passes over, new fields behind those that it
//!   reads. Such a step does not raise the number that programs judge by; whoever writes one argues in its comment what the previous program does to what it does not know.
//! * It does not ([`WayBack::Copy`]): the number rises, the previous program refuses the store, and on a card, where a system is tried before it is trusted, a copy of the whole file
//!   is kept until it is ([`crate::bring_forward`], [`crate::put_back`]).
//!
//! The compiler asks each step which one it is, and a test looks whether the previous program really opens what the step leaves, or really refuses it.
//!
//! Each step is one transaction that ends with the new number in the schema record, so that a crash leaves a store of the one or of the other.

use heed::RwTxn;
use mail::Address;
use serde::Deserialize;

use crate::env::{Env, Tree};
use crate::error::{Error, Result};
use crate::ids::Gid;
use crate::schema::{
    AS_BORN, AccountRecord, IndexHead, MAGIC, SCHEMA, Schema, group_of, key, place_of, write_shares,
};

/// How the program before a step gets along with what the step leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WayBack {
    /// It serves the store as it did before.
    #[cfg_attr(not(test), expect(dead_code, reason = "no step so far left it so"))]
    Readable,
    /// It refuses the store; the way back is a copy from before.
    Copy,
}

/// Rewrites what changed between one form of the store and the next.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// Does it.
    pub(crate) run: fn(Tree, &mut RwTxn<'_>) -> Result<()>,
    /// What it means for the program before it.
    pub(crate) back: WayBack,
}

/// In their order; never changed once released, only added to.
pub(crate) const STEPS: &[Step] = &[
    // Schema 2: letters refer to bodies, which a program of schema 1 would free.
    Step {
        run: letters,
        back: WayBack::Copy,
    },
    // Schema 3: shared mailboxes, whose rows a program of schema 2 would leave behind; packed counts, which it would not find.
    Step {
        run: sharing,
        back: WayBack::Copy,
    },
];

/// The number of what these steps lead to: 1, and one more for each that the program before it cannot read.
const fn schema_after(steps: &[Step]) -> u32 {
    let (mut schema, mut at) = (1, 0);
    while at < steps.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "`at` is less than the length, and iterators are not const"
        )]
        if matches!(steps[at].back, WayBack::Copy) {
            schema += 1;
        }
        at += 1;
    }
    schema
}

const _: () = assert!(
    schema_after(STEPS) == SCHEMA,
    "SCHEMA is what the steps lead to"
);

/// How far a store has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Form {
    /// The oldest schema whose programs can serve it.
    pub(crate) schema: u32,
    /// Steps that were run on it, or would have been had it been older.
    pub(crate) steps: u32,
}

impl Form {
    /// What a program with these steps leaves.
    pub(crate) fn of(steps: &[Step]) -> Form {
        Form {
            schema: schema_after(steps),
            steps: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        }
    }

    /// The steps that this store is still to go.
    pub(crate) fn ahead<'s>(&self, steps: &'s [Step]) -> &'s [Step] {
        steps.get(self.steps as usize..).unwrap_or_default()
    }
}

/// Schema 2 has letters, which refer to bodies: a program of schema 1 would free them. The next gid moved to where letters are, so that mail
/// that only passes through does not touch another page for it.
fn letters(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
    if let Some(next) = tree.get(txn, &key::NEXT_GID_1)?.map(<[u8]>::to_vec) {
        tree.put(txn, &key::NEXT_GID, &next)?;
        tree.delete(txn, &key::NEXT_GID_1)?;
    }
    for table in [key::ADDRESSES, key::ALIASES, key::CATCH_ALLS] {
        respell(tree, txn, table)?;
    }
    Ok(())
}

/// Schema 3 shares mailboxes, whose rows a program of schema 2 would leave behind, and counts messages against a quota.
fn sharing(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
    #[derive(Deserialize)]
    struct Account2 {
        address: String,
        quota: Option<u64>,
        created: i64,
    }
    let mut rows = Vec::new();
    for row in tree.prefix_iter(txn, &key::ACCOUNTS)? {
        let (at, octets) = row?;
        rows.push((at.to_vec(), postcard::from_bytes::<Account2>(octets)?));
    }
    for (at, old) in rows {
        let record = AccountRecord {
            address: old.address,
            quota: old.quota,
            created: old.created,
            quota_messages: None,
        };
        tree.put(txn, &at, &postcard::to_stdvec(&record)?)?;
    }
    pack_shares(tree, txn)
}

/// Schema 2 counted the references of each body in a row of its own, `03 ggggg`. A new row's key, gid/64, is always less than those of the old rows
/// that are still to come, so that they can be taken one after the other.
fn pack_shares(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
    let (mut from, mut shares, mut group) = (Gid(0), AS_BORN, 0);
    loop {
        let at = key::shares(from.0);
        let row = tree.get_greater_than_or_equal_to(txn, &at)?;
        let old = row.filter(|(at, _)| at.first() == Some(&key::SHARES));
        let old = old.and_then(|(at, octets)| Some((key::gid_of(at)?, *octets.first_chunk()?)));
        if old.is_none_or(|(gid, _)| group_of(gid) != group) {
            let octets = write_shares(&shares);
            if !octets.is_empty() {
                tree.put(txn, &key::shares(group), &octets)?;
            }
            shares = AS_BORN;
        }
        let Some((gid, count)) = old else {
            return Ok(());
        };
        tree.delete(txn, &key::shares(gid.0))?;
        group = group_of(gid);
        let births = tree
            .get(txn, &key::index(gid))?
            .map(|octets| IndexHead::read(octets).map(|(index, _)| index.births))
            .transpose()?;
        if let (Some(births), Some(more)) = (births, shares.get_mut(place_of(gid))) {
            let more_now = i64::from(u32::from_be_bytes(count)) - i64::from(births);
            *more = i32::try_from(more_now).unwrap_or(i32::MAX);
        }
        from = Gid(gid.0.saturating_add(1));
    }
}

/// Schema 1 kept a name's domain as it was written; schema 2 knows one spelling, the A-label's. A name that is there in both spellings keeps what the
/// A-label had.
fn respell(tree: Tree, txn: &mut RwTxn<'_>, table: [u8; 2]) -> Result<()> {
    let mut old = Vec::new();
    for row in tree.prefix_iter(txn, &table)? {
        let (at, octets) = row?;
        if !at.is_ascii() {
            old.push((at.to_vec(), octets.to_vec()));
        }
    }
    for (at, octets) in old {
        let name = at.get(table.len()..).unwrap_or_default();
        let Some(new) = std::str::from_utf8(name).ok().and_then(spelling) else {
            continue;
        };
        let new = key::named(table, &new);
        if new == at {
            continue;
        }
        if tree.get(txn, &new)?.is_none() {
            tree.put(txn, &new, &octets)?;
        }
        tree.delete(txn, &at)?;
    }
    Ok(())
}

/// An address or a domain as schema 2 spells it.
fn spelling(name: &str) -> Option<String> {
    match Address::parse(name) {
        Ok(address) => Some(address.fold().to_string()),
        Err(_) => mail::idna::to_ascii(name),
    }
}

/// Brings the store to the form that these steps lead to.
pub(crate) fn migrate(env: &Env, tree: Tree, steps: &[Step]) -> Result<()> {
    let known = Form::of(steps);
    let Some(found) = judged(env, tree, steps)? else {
        let mut txn = env.write_txn()?;
        put(tree, &mut txn, known)?;
        return Ok(txn.commit()?);
    };
    let done = found.steps as usize;
    for (at, step) in steps.iter().enumerate().skip(done) {
        let mut txn = env.write_txn()?;
        (step.run)(tree, &mut txn)?;
        put(
            tree,
            &mut txn,
            Form::of(steps.get(..=at).unwrap_or_default()),
        )?;
        txn.commit()?;
    }
    Ok(())
}

/// The store's form, if a program with these steps can serve it; `None`: nothing was ever written.
pub(crate) fn judged(env: &Env, tree: Tree, steps: &[Step]) -> Result<Option<Form>> {
    let known = Form::of(steps).schema;
    match form(env, tree, steps)? {
        Some(form) if form.schema > known => Err(Error::Newer {
            found: form.schema,
            known,
        }),
        form => Ok(form),
    }
}

/// `None` for a store in which nothing was ever written.
fn form(env: &Env, tree: Tree, steps: &[Step]) -> Result<Option<Form>> {
    let txn = env.read_txn()?;
    let Some(octets) = tree.get(&txn, &key::SCHEMA)? else {
        if tree.is_empty(&txn)? {
            return Ok(None);
        }
        return Err(foreign());
    };
    let (schema, rest) = postcard::take_from_bytes::<Schema>(octets).map_err(|_| foreign())?;
    if schema.magic != MAGIC || schema.version == 0 {
        return Err(foreign());
    }
    // The number alone, from a program that knew no other steps than those that raise it, or whose last step was one.
    let counted = match rest {
        [] => (0..=steps.len())
            .map(|count| Form::of(steps.get(..count).unwrap_or_default()))
            .find(|form| form.schema == schema.version)
            .map_or(u32::MAX, |form| form.steps),
        rest => postcard::from_bytes(rest).map_err(|_| foreign())?,
    };
    Ok(Some(Form {
        schema: schema.version,
        steps: counted,
    }))
}

fn foreign() -> Error {
    Error::Damaged("its file is an LMDB file, but not one of ours".into())
}

/// A number alone, where it says how many steps there were, as it always stood there; else the steps behind it, which a program that reads the
/// number only passes over.
fn put(tree: Tree, txn: &mut RwTxn<'_>, form: Form) -> Result<()> {
    let mut record = postcard::to_stdvec(&Schema {
        magic: MAGIC,
        version: form.schema,
    })?;
    if form.steps.saturating_add(1) != form.schema {
        record.extend_from_slice(&postcard::to_stdvec(&form.steps)?);
    }
    Ok(tree.put(txn, &key::SCHEMA, &record)?)
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
