//! The spool: the folder `update` in the data folder, with at most one file on its way in and one that waits.
//!
//! A file comes in pieces to a thread of its own, so that a slow card keeps nobody else waiting, and a sender waits when the card does. The thread writes it under a name that
//! nobody takes for an update, syncs it, verifies it as it stands on the disk, gives it its name, and syncs the folder. So a name that ends in `.update` is a whole and
//! verified file, whatever is cut off; everything else in the folder is rubbish and goes at the next start.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_channel::{Receiver, Sender, bounded};
use firmware::update::file::HEAD_MAX;
use firmware::update::{Head, Key, Rules, UpdateError, Version, verify};

use super::{Refused, SYSTEM_MAX, Updates, Waiting};
use crate::log;

/// The folder in the data folder; init knows it.
pub(super) const FOLDER: &str = "update";
/// What the name of a file that is still coming begins with; a number follows, so that the end of one is not the end of the next.
const COMING: &str = "coming-";
/// Octets that stay free for mail.
const ROOM_FOR_MAIL: u64 = 64 << 20;
/// Pieces that wait for the disk.
const PIECES: usize = 8;

/// A file on its way in. Dropped without [`Incoming::finish`] it is thrown away.
pub struct Incoming {
    updates: Updates,
    pieces: Sender<Option<Vec<u8>>>,
    done: Receiver<Result<Waiting, Refused>>,
    length: u64,
}

impl Incoming {
    pub(super) fn begin(
        updates: &Updates,
        key: Key,
        rules: Option<Rules>,
        length: Option<u64>,
    ) -> Result<Incoming, Refused> {
        {
            let mut state = updates.state();
            if state.coming.is_some() {
                let text = "another update is on its way to the box; wait until it is there";
                return Err(Refused::new("busy", text));
            }
            state.coming = Some((0, length));
        }
        // From here on its end is noted, however it ends.
        let (pieces, coming) = bounded(PIECES);
        let (tells, done) = bounded(1);
        let incoming = Incoming {
            updates: updates.clone(),
            pieces,
            done,
            length: 0,
        };
        updates.discard();
        let folder = updates.inner.folder.clone();
        make(&folder)?;
        has_room(&folder, length)?;
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{COMING}{number}"));
        std::thread::Builder::new()
            .name("update".into())
            .spawn(move || {
                let kept = receive(&path, &folder, &coming, &key, rules);
                if kept.is_err() {
                    remove(&path);
                }
                tells.try_send(kept).ok();
            })?;
        Ok(incoming)
    }

    /// More of it. Waits for the disk.
    ///
    /// # Errors
    /// It is larger than an update may be; the disk refuses.
    pub async fn take(&mut self, octets: Vec<u8>) -> Result<(), Refused> {
        self.length = self.length.saturating_add(octets.len() as u64);
        if self.length > SYSTEM_MAX + HEAD_MAX as u64 {
            return Err(UpdateError::TooLarge { most: SYSTEM_MAX }.into());
        }
        if let Some((come, _)) = &mut self.updates.state().coming {
            *come = self.length;
        }
        if self.pieces.send(Some(octets)).await.is_err() {
            return self
                .done
                .recv()
                .await
                .unwrap_or_else(|_| Err(Refused::broken_off()))
                .map(|_| ());
        }
        Ok(())
    }

    /// That was all of it: what it is, once it is verified and will be there after a power cut.
    ///
    /// # Errors
    /// Why it is no update for here. It is thrown away.
    pub async fn finish(self) -> Result<Waiting, Refused> {
        self.pieces.send(None).await.ok();
        let kept = self
            .done
            .recv()
            .await
            .unwrap_or_else(|_| Err(Refused::broken_off()));
        match &kept {
            Ok(waiting) => {
                log::info(
                    0,
                    format_args!("update: {} waits to be installed", waiting.release),
                );
                let mut state = self.updates.state();
                state.waiting = Some(waiting.clone());
                state.from_before = false;
                state.refused = None;
            }
            Err(refused) => self.refuse(refused),
        }
        kept
    }

    /// Notes for the page why it does not come.
    pub fn refuse(&self, refused: &Refused) {
        log::info(0, format_args!("update: not taken: {refused}"));
        self.updates.state().refused = Some(refused.clone());
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.updates.state().coming = None;
    }
}

/// The thread's part.
fn receive(
    path: &Path,
    folder: &Path,
    pieces: &Receiver<Option<Vec<u8>>>,
    key: &Key,
    rules: Option<Rules>,
) -> Result<Waiting, Refused> {
    remove(path);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    loop {
        match pieces.recv_blocking() {
            Ok(Some(octets)) => file.write_all(&octets)?,
            Ok(None) => break,
            Err(_) => return Err(Refused::broken_off()),
        }
    }
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let rules = match rules {
        Some(rules) => rules,
        None => anywhere(&mut file)?,
    };
    let verified = verify(&mut file, key, &rules)?;
    let release = verified.release;
    fs::rename(path, folder.join(release.file_name()))?;
    File::open(folder)?.sync_all()?;
    let length = file.metadata()?.len();
    Ok(Waiting { release, length })
}

/// Rules that any board's update of any version meets: for where nothing is installed.
pub(super) fn anywhere(file: &mut File) -> Result<Rules, UpdateError> {
    let head = Head::read(file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Rules {
        target: head.release.target,
        running: Version {
            major: 0,
            minor: 0,
            patch: 0,
        },
        most: SYSTEM_MAX,
    })
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Whether the disk holds it and mail as well.
fn has_room(folder: &Path, length: Option<u64>) -> Result<(), Refused> {
    let disk = rustix::fs::statvfs(folder).map_err(io::Error::from)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = length.unwrap_or(SYSTEM_MAX).min(SYSTEM_MAX) + ROOM_FOR_MAIL;
    if free >= needed {
        return Ok(());
    }
    let mib = |octets: u64| octets >> 20;
    let text = format!(
        "the disk has {} MiB free, and an update needs {} MiB with what stays free for mail; delete mail first",
        mib(free),
        mib(needed)
    );
    Err(Refused::new("room", text))
}

/// Throws away all but the newest whole file, which is what waits.
pub(super) fn sweep(folder: &Path) -> Option<Waiting> {
    let mut newest: Option<(Waiting, PathBuf)> = None;
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        match waits(&path) {
            Some(waiting) => {
                let before = newest.as_ref().map(|(before, _)| before.release.version);
                let older = before.is_some_and(|before| before > waiting.release.version);
                let rubbish = match older {
                    true => Some(path),
                    false => newest.replace((waiting, path)).map(|(_, path)| path),
                };
                rubbish.iter().for_each(|path| remove(path));
            }
            None => remove(&path),
        }
    }
    newest.map(|(waiting, _)| waiting)
}

fn waits(path: &Path) -> Option<Waiting> {
    let mut file = File::open(path).ok()?;
    let release = Head::read(&mut file).ok()?.release;
    let named = path.file_name()? == release.file_name().as_str();
    let length = file.metadata().ok()?.len();
    named.then_some(Waiting { release, length })
}

pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        log::warn(
            0,
            format_args!("{} cannot be removed: {error}", path.display()),
        );
    }
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
