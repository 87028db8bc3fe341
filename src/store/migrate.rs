//! The schema record: written into a new store, brought forward in an old one, refused in one from the future.
//!
//! Each step is one transaction that ends with the new version in the schema record, so that a crash leaves a store of the one or of the other.

use heed::RwTxn;
use mail::Address;
use serde::Deserialize;

use crate::env::{Env, Tree};
use crate::error::{Error, Result};
use crate::ids::Gid;
use crate::schema::{
    AS_BORN, AccountRecord, IndexHead, MAGIC, SCHEMA, Schema, group_of, key, place_of, write_shares,
};

/// Rewrites what changed between one schema and the next.
pub(crate) type Step = fn(Tree, &mut RwTxn<'_>) -> Result<()>;

/// The step at index `n` leads from schema `n + 1` to `n + 2`.
pub(crate) const STEPS: [Step; SCHEMA as usize - 1] = [letters, sharing];

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

/// Brings the store to schema `steps.len() + 1`.
pub(crate) fn migrate(env: &Env, tree: Tree, steps: &[Step]) -> Result<()> {
    let known = u32::try_from(steps.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let found = version(env, tree)?;
    match found {
        None => {
            let mut txn = env.write_txn()?;
            put(tree, &mut txn, known)?;
            Ok(txn.commit()?)
        }
        Some(found) if found > known => Err(Error::Newer { found, known }),
        Some(found) => {
            for (version, step) in (1_u32..).zip(steps).skip(found.saturating_sub(1) as usize) {
                let mut txn = env.write_txn()?;
                step(tree, &mut txn)?;
                put(tree, &mut txn, version.saturating_add(1))?;
                txn.commit()?;
            }
            Ok(())
        }
    }
}

/// `None` for a store in which nothing was ever written.
fn version(env: &Env, tree: Tree) -> Result<Option<u32>> {
    let txn = env.read_txn()?;
    let Some(octets) = tree.get(&txn, &key::SCHEMA)? else {
        if tree.is_empty(&txn)? {
            return Ok(None);
        }
        return Err(foreign());
    };
    match postcard::from_bytes::<Schema>(octets) {
        Ok(schema) if schema.magic == MAGIC && schema.version > 0 => Ok(Some(schema.version)),
        _ => Err(foreign()),
    }
}

fn foreign() -> Error {
    Error::Damaged("its file is an LMDB file, but not one of ours".into())
}

fn put(tree: Tree, txn: &mut RwTxn<'_>, version: u32) -> Result<()> {
    let record = postcard::to_stdvec(&Schema {
        magic: MAGIC,
        version,
    })?;
    Ok(tree.put(txn, &key::SCHEMA, &record)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::Folder;
    use crate::env;

    fn first(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
        Ok(tree.put(txn, b"x1", b"made by the first step")?)
    }

    fn second(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
        assert!(tree.get(txn, b"x1")?.is_some());
        Ok(tree.put(txn, b"x2", b"made by the second step")?)
    }

    fn fails(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
        tree.delete(txn, b"x2")?;
        Err(Error::Full)
    }

    #[test]
    fn an_old_store_is_brought_forward_step_by_step() {
        let folder = Folder::new();
        let opened = env::open(folder.path(), 1 << 30).unwrap();
        let (env, tree) = (opened.env.clone(), opened.tree);
        migrate(&env, tree, &[]).unwrap();
        assert_eq!(version(&env, tree).unwrap(), Some(1));
        migrate(&env, tree, &[first, second]).unwrap();
        assert_eq!(version(&env, tree).unwrap(), Some(3));
        // Steps done are not done again, and one that fails changes nothing.
        assert!(migrate(&env, tree, &[fails, fails, fails]).is_err());
        assert_eq!(version(&env, tree).unwrap(), Some(3));
        assert!(tree.get(&env.read_txn().unwrap(), b"x2").unwrap().is_some());
    }

    #[test]
    fn names_get_one_spelling() {
        let folder = Folder::new();
        let opened = env::open(folder.path(), 1 << 30).unwrap();
        let (env, tree) = (opened.env.clone(), opened.tree);
        migrate(&env, tree, &[]).unwrap();
        let mut txn = env.write_txn().unwrap();
        let rows = [
            (key::ADDRESSES, "ann@exämple.org"),
            (key::ADDRESSES, "bob@example.org"),
            (key::ALIASES, "änn@example.org"),
            (key::CATCH_ALLS, "exämple.org"),
        ];
        for (table, name) in rows {
            tree.put(&mut txn, &key::named(table, name), name.as_bytes())
                .unwrap();
        }
        txn.commit().unwrap();
        migrate(&env, tree, &STEPS).unwrap();
        let txn = env.read_txn().unwrap();
        let at = |table, name: &str| tree.get(&txn, &key::named(table, name)).unwrap();
        assert!(at(key::ADDRESSES, "ann@xn--exmple-cua.org").is_some());
        assert!(at(key::ADDRESSES, "ann@exämple.org").is_none());
        assert!(at(key::ADDRESSES, "bob@example.org").is_some());
        assert!(at(key::ALIASES, "änn@example.org").is_some());
        assert!(at(key::CATCH_ALLS, "xn--exmple-cua.org").is_some());
    }

    #[test]
    fn a_newer_store_and_a_foreign_file_are_refused() {
        let folder = Folder::new();
        let opened = env::open(folder.path(), 1 << 30).unwrap();
        let (env, tree) = (opened.env.clone(), opened.tree);
        migrate(&env, tree, &[first]).unwrap();
        assert!(matches!(
            migrate(&env, tree, &[]),
            Err(Error::Newer { found: 2, known: 1 })
        ));
        let mut txn = env.write_txn().unwrap();
        tree.delete(&mut txn, &key::SCHEMA).unwrap();
        tree.put(&mut txn, b"somebody", b"else's").unwrap();
        txn.commit().unwrap();
        assert!(matches!(migrate(&env, tree, &[]), Err(Error::Damaged(_))));
    }
}
