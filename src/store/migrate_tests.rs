//! Steps forward, and what the program before each of them makes of it.

use super::*;
use crate::checked::Folder;
use crate::env::{self, Opened};

fn opened() -> (Folder, Opened) {
    let folder = Folder::new();
    let opened = env::open(folder.path(), 1 << 30).unwrap();
    (folder, opened)
}

fn copy(run: fn(Tree, &mut RwTxn<'_>) -> Result<()>) -> Step {
    Step {
        run,
        back: WayBack::Copy,
    }
}

fn readable(run: fn(Tree, &mut RwTxn<'_>) -> Result<()>) -> Step {
    Step {
        run,
        back: WayBack::Readable,
    }
}

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

fn at(opened: &Opened, steps: &[Step]) -> Option<(u32, u32)> {
    let form = form(&opened.env, opened.tree, steps).unwrap()?;
    Some((form.schema, form.steps))
}

#[test]
fn an_old_store_is_brought_forward_step_by_step() {
    let (_folder, opened) = opened();
    let (env, tree) = (opened.env.clone(), opened.tree);
    assert_eq!(at(&opened, &[]), None);
    migrate(&env, tree, &[]).unwrap();
    assert_eq!(at(&opened, &[]), Some((1, 0)));
    let two = [copy(first), copy(second)];
    migrate(&env, tree, &two).unwrap();
    assert_eq!(at(&opened, &two), Some((3, 2)));
    // Steps done are not done again, and one that fails changes nothing.
    assert!(migrate(&env, tree, &[copy(fails); 3]).is_err());
    assert_eq!(at(&opened, &two), Some((3, 2)));
    assert!(tree.get(&env.read_txn().unwrap(), b"x2").unwrap().is_some());
}

/// The rule at the head of the module: each of the steps that there are leaves what it says it leaves.
#[test]
fn the_program_before_each_step_opens_what_the_step_leaves_or_refuses_it_as_the_step_says() {
    let invented = [
        copy(first),
        readable(second),
        readable(|_, _| Ok(())),
        copy(|_, _| Ok(())),
    ];
    for steps in [STEPS, &invented] {
        for (number, step) in steps.iter().enumerate() {
            let (_folder, opened) = opened();
            let (env, tree) = (opened.env.clone(), opened.tree);
            migrate(&env, tree, &[]).unwrap();
            migrate(&env, tree, &steps[..=number]).unwrap();
            let before = judged(&env, tree, &steps[..number]);
            match step.back {
                WayBack::Readable => {
                    before.unwrap();
                    migrate(&env, tree, &steps[..number]).unwrap();
                }
                WayBack::Copy => assert!(matches!(before, Err(Error::Newer { .. })), "{number}"),
            }
            // And the program that went back, and forward again, does no step twice.
            assert_eq!(
                at(&opened, steps),
                Some((schema_after(&steps[..=number]), number as u32 + 1))
            );
        }
    }
}

#[test]
fn what_was_written_before_there_were_two_numbers_is_read() {
    let (_folder, opened) = opened();
    let (env, tree) = (opened.env.clone(), opened.tree);
    migrate(&env, tree, STEPS).unwrap();
    let octets = tree
        .get(&env.read_txn().unwrap(), &key::SCHEMA)
        .unwrap()
        .map(<[u8]>::to_vec);
    // As it always stood there: the magic and a number.
    let mut expected = MAGIC.to_vec();
    expected.push(3);
    assert_eq!(octets, Some(expected));
}

#[test]
fn names_get_one_spelling() {
    let (_folder, opened) = opened();
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
    migrate(&env, tree, STEPS).unwrap();
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
    let (_folder, opened) = opened();
    let (env, tree) = (opened.env.clone(), opened.tree);
    migrate(&env, tree, &[copy(first)]).unwrap();
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
