//! What a new system is asked before it is trusted: a quick look at the store, bringing it forward with a way back, a box of its own.

use crate::folder::{Folder, text};

#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
const SCHEMA_1: &[u8] = include_bytes!("../../src/store/tests/schema1.mdb");

#[test]
fn a_brief_look_tells_a_sound_store_from_one_that_cannot_be_opened() {
    let folder = Folder::new("brief");
    assert_eq!(folder.code(&["check", "--brief"]), 0, "no store yet");
    folder.run_with(
        &["account", "add", "ann@house.test", "--password-stdin"],
        "ann's password\n",
    );
    assert_eq!(folder.code(&["check", "--brief"]), 0);
    std::fs::write(folder.data().join("data.mdb"), vec![7; 50_000]).unwrap();
    let said = folder.run(&["check", "--brief"]);
    assert_eq!(said.status.code(), Some(9), "{}", text(&said));
    assert!(text(&said).contains("cannot be opened"), "{}", text(&said));
    assert_eq!(folder.code(&["check", "--brief", "--reindex"]), 2);
    assert_eq!(folder.code(&["status", "--brief"]), 2);
}

#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
#[test]
fn an_old_store_is_copied_before_it_is_brought_forward() {
    let folder = Folder::new("forward");
    std::fs::create_dir_all(folder.data()).unwrap();
    std::fs::write(folder.data().join("data.mdb"), SCHEMA_1).unwrap();
    assert_eq!(folder.code(&["check", "--brief"]), 0);
    let said = folder.run(&["migrate", "--keep-copy"]);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said));
    assert!(text(&said).contains("a copy"), "{}", text(&said));
    let copy = folder.data().join("data.mdb.before-update");
    assert!(copy.exists());
    assert_eq!(folder.code(&["check"]), 0);
    // This program knows the store: the copy is of no use any more.
    let said = folder.run(&["migrate", "--put-back"]);
    assert!(text(&said).contains("deleted"), "{}", text(&said));
    assert!(!copy.exists());
    assert!(text(&folder.run(&["account", "list"])).contains("ann@example.org"));
    let said = folder.run(&["migrate", "--keep-copy"]);
    assert!(text(&said).contains("nothing to do"), "{}", text(&said));
    assert_eq!(folder.code(&["migrate", "--keep-copy", "--put-back"]), 2);
}

#[test]
fn a_box_of_its_own_takes_a_message_and_gives_it_back() {
    let folder = Folder::new("self-test");
    let said = folder.run(&["self-test"]);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said));
    assert!(text(&said).contains("came out"), "{}", text(&said));
    assert!(!folder.data().exists(), "nothing of the owner's is touched");
}
