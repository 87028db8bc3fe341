//! A store brought forward by invented steps, and every way back.

use heed::RwTxn;

use super::*;
use crate::checked::Folder;
use crate::env::Tree;
use crate::{Options, Store};

const MAP: u64 = 64 << 20;

fn marks(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
    Ok(tree.put(txn, b"marked", b"by a newer program")?)
}

fn fails(tree: Tree, txn: &mut RwTxn<'_>) -> Result<()> {
    tree.put(txn, b"half", b"done")?;
    Err(Error::Full)
}

/// The steps that there are, and one more.
fn newer(run: fn(Tree, &mut RwTxn<'_>) -> Result<()>, back: WayBack) -> Vec<Step> {
    let mut steps = STEPS.to_vec();
    steps.push(Step { run, back });
    steps
}

fn store(folder: &Folder) {
    let options = Options {
        map_size: MAP,
        ..Options::default()
    };
    let store = Store::open(folder.path(), options).unwrap();
    let ann = mail::Address::parse("ann@house.test").unwrap();
    store
        .write(move |tx| tx.create_account(&ann, &crate::Credentials::default(), 5))
        .wait()
        .unwrap();
}

fn people(folder: &Folder) -> usize {
    let opened = env::open(folder.path(), MAP).unwrap();
    let tx = ReadTx::new(opened.tree, opened.env.read_txn().unwrap());
    tx.accounts().unwrap().len()
}

fn is_marked(folder: &Folder) -> bool {
    let opened = env::open(folder.path(), MAP).unwrap();
    let txn = opened.env.read_txn().unwrap();
    opened.tree.get(&txn, b"marked").unwrap().is_some()
}

fn has(folder: &Folder, name: &str) -> bool {
    folder.path().join(name).exists()
}

#[test]
fn a_trial_that_is_given_up_leaves_the_store_as_it_was() {
    let folder = Folder::new();
    store(&folder);
    let steps = newer(marks, WayBack::Copy);
    let Forward::Brought {
        from: 3,
        copied: Some(octets),
    } = bring_forward_by(folder.path(), MAP, true, &steps).unwrap()
    else {
        panic!("it was not brought forward");
    };
    assert!(octets > 0 && is_marked(&folder));
    // The program that brought it forward would go on with it, at whatever start.
    assert!(matches!(
        glance(folder.path(), MAP, Duration::from_secs(5)),
        Err(Error::Newer { found: 4, known: 3 })
    ));
    assert_eq!(put_back(folder.path(), MAP).unwrap(), Back::PutBack);
    assert!(!is_marked(&folder) && !has(&folder, COPY));
    assert_eq!(put_back(folder.path(), MAP).unwrap(), Back::Nothing);
    assert_eq!(people(&folder), 1);
    let none: Vec<String> = Vec::new();
    assert_eq!(
        glance(folder.path(), MAP, Duration::from_secs(5)).unwrap(),
        none
    );
}

#[test]
fn a_trial_that_is_passed_drops_the_copy_and_never_puts_it_back() {
    let folder = Folder::new();
    store(&folder);
    let steps = newer(marks, WayBack::Copy);
    bring_forward_by(folder.path(), MAP, true, &steps).unwrap();
    assert!(has(&folder, COPY));
    assert_eq!(
        put_back_by(folder.path(), MAP, &steps).unwrap(),
        Back::Dropped
    );
    assert!(is_marked(&folder) && !has(&folder, COPY));
    assert_eq!(
        bring_forward_by(folder.path(), MAP, true, &steps).unwrap(),
        Forward::Nothing
    );
}

#[test]
fn no_copy_is_made_of_what_the_program_before_can_read() {
    let folder = Folder::new();
    store(&folder);
    let steps = newer(marks, WayBack::Readable);
    let brought = bring_forward_by(folder.path(), MAP, true, &steps).unwrap();
    assert_eq!(
        brought,
        Forward::Brought {
            from: 3,
            copied: None
        }
    );
    assert!(is_marked(&folder) && !has(&folder, COPY));
    assert_eq!(
        glance(folder.path(), MAP, Duration::from_secs(5))
            .unwrap()
            .len(),
        0
    );
    assert_eq!(people(&folder), 1);
}

#[test]
fn a_step_that_fails_and_a_copy_that_was_cut_off_are_no_harm() {
    let folder = Folder::new();
    store(&folder);
    let steps = newer(fails, WayBack::Copy);
    assert!(matches!(
        bring_forward_by(folder.path(), MAP, true, &steps),
        Err(Error::Full)
    ));
    assert!(has(&folder, COPY));
    // The step did not begin as far as the store shows: there is nothing to go back from.
    assert_eq!(put_back(folder.path(), MAP).unwrap(), Back::Dropped);
    std::fs::write(folder.path().join(HALF_COPY), b"half").unwrap();
    assert_eq!(put_back(folder.path(), MAP).unwrap(), Back::Nothing);
    assert!(!has(&folder, HALF_COPY));
    assert_eq!(people(&folder), 1);
}

#[test]
fn a_store_that_is_not_there_is_no_fault_and_a_broken_one_is() {
    let folder = Folder::new();
    let time = Duration::from_secs(5);
    assert_eq!(glance(folder.path(), MAP, time).unwrap().len(), 0);
    assert_eq!(
        bring_forward(folder.path(), MAP, true).unwrap(),
        Forward::Nothing
    );
    assert_eq!(put_back(folder.path(), MAP).unwrap(), Back::Nothing);
    assert!(!has(&folder, DATA_FILE));
    std::fs::write(folder.path().join(DATA_FILE), vec![7; 20_000]).unwrap();
    assert!(glance(folder.path(), MAP, time).is_err());
    std::fs::write(folder.path().join(COPY), b"whole").unwrap();
    assert!(put_back(folder.path(), MAP).is_err());
    assert!(has(&folder, COPY));
}

#[test]
fn an_older_store_is_looked_at_and_not_changed() {
    let folder = Folder::new();
    let old = include_bytes!("tests/schema1.mdb");
    if cfg!(not(all(
        target_pointer_width = "64",
        target_endian = "little"
    ))) {
        return;
    }
    std::fs::write(folder.path().join(DATA_FILE), old).unwrap();
    assert_eq!(
        glance(folder.path(), MAP, Duration::from_secs(5))
            .unwrap()
            .len(),
        0
    );
    let opened = env::open(folder.path(), MAP).unwrap();
    let form = migrate::judged(&opened.env, opened.tree, STEPS)
        .unwrap()
        .unwrap();
    assert_eq!(form.schema, 1);
}
