//! For tests, here and in the crates above (`#[cfg(test)] #[path = "../store/checked.rs"] mod checked;`): a folder that goes away, and a
//! store that is checked when it is dropped.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Options, Store};

/// A new folder for one test, removed when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it.
    #[allow(
        clippy::new_without_default,
        clippy::expect_used,
        reason = "it makes a folder, for a test"
    )]
    pub fn new() -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "pillarbox-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for a test");
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store in a folder of its own; `check` runs when it is dropped, and finds nothing or fails the test.
pub struct Checked {
    store: Option<Store>,
    options: Options,
    folder: Folder,
}

impl Checked {
    /// Opens an empty one.
    pub fn new() -> Checked {
        Checked::with(Options {
            map_size: 1 << 30,
            ..Options::default()
        })
    }

    /// The same, with the map size and limits given.
    #[allow(clippy::expect_used, reason = "a test without a store is over")]
    pub fn with(options: Options) -> Checked {
        let folder = Folder::new();
        let store = Store::open(folder.path(), options.clone()).expect("a store for a test");
        Checked {
            store: Some(store),
            options,
            folder,
        }
    }

    /// Closes the store and opens it again, as a restart does. All other handles must be gone.
    #[allow(clippy::expect_used, reason = "a test without a store is over")]
    pub fn reopen(&mut self) {
        self.store = None;
        self.store = Some(
            Store::open(self.folder.path(), self.options.clone()).expect("the store opens again"),
        );
    }

    /// Where the store lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Deref for Checked {
    type Target = Store;

    #[allow(clippy::expect_used, reason = "it is only None inside `reopen`")]
    fn deref(&self) -> &Store {
        self.store.as_ref().expect("open")
    }
}

impl Drop for Checked {
    fn drop(&mut self) {
        if let Some(store) = self.store.take().filter(|_| !std::thread::panicking()) {
            match store.check() {
                Ok(findings) => {
                    assert!(findings.is_empty(), "the store is not sound: {findings:#?}")
                }
                Err(error) => assert_eq!(error.to_string(), "", "the check could not run"),
            }
        }
    }
}
