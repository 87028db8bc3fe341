//! The recorder's log.

use std::fs;
use std::path::Path;

pub(crate) enum Record {
    /// Into the store's file. `synced`: through a descriptor that syncs each write (LMDB's meta page).
    Write {
        offset: usize,
        octets: Vec<u8>,
        synced: bool,
    },
    Truncate {
        length: usize,
    },
    Sync,
    /// The store's file got its name.
    Named,
    /// Names in the folder were synced.
    FolderSync,
    /// Someone was told that a deed is done.
    Answered,
}

/// What was recorded in `folder`, in order. `data.mdb` is one file, whatever folder it is born in.
pub(crate) fn read(path: &Path, folder: &Path) -> Vec<Record> {
    let paths = fs::read_to_string(path.with_extension("paths")).unwrap();
    let paths: Vec<&Path> = paths.lines().map(Path::new).collect();
    let log = fs::read(path).unwrap();
    let mut rest = &log[..];
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_at(14);
        let offset = u64::from_ne_bytes(head[2..10].try_into().unwrap()) as usize;
        let length = u32::from_ne_bytes(head[10..14].try_into().unwrap()) as usize;
        let (octets, after) = after.split_at(length);
        rest = after;
        let (kind, file) = (head[0], paths[head[1] as usize]);
        let octets = octets.to_vec();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        records.push(match (kind, name.as_ref()) {
            (b'w' | b'd', "answered") => Record::Answered,
            (b'w' | b'd', "data.mdb") => Record::Write {
                offset,
                octets,
                synced: kind == b'd',
            },
            (b't', "data.mdb") => Record::Truncate { length: offset },
            (b's', "data.mdb") => Record::Sync,
            (b'r', "data.mdb") => {
                assert_eq!(
                    octets,
                    folder.join("data.mdb").as_os_str().as_encoded_bytes()
                );
                Record::Named
            }
            (b's', _) if file == folder => Record::FolderSync,
            _ => continue,
        });
    }
    records
}
