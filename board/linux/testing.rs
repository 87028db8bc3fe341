//! A folder of its own for each test.

use std::path::PathBuf;

/// An empty folder; whoever asked for it removes it.
pub(crate) fn folder(name: &str) -> PathBuf {
    let name = std::format!("board-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
