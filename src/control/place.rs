//! Where the socket is, also when the data folder's path is longer than a socket's address may be.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use super::SOCKET_NAME;

/// `sun_path` holds 108 octets with its NUL (unix(7)).
const PATH_MAX: usize = 107;

/// A path that reaches the socket, as long as this value lives.
pub(super) struct Place {
    pub(super) path: PathBuf,
    _folder: Option<File>,
}

impl Place {
    pub(super) fn of(data: &Path) -> io::Result<Place> {
        let path = data.join(SOCKET_NAME);
        if path.as_os_str().len() <= PATH_MAX {
            return Ok(Place {
                path,
                _folder: None,
            });
        }
        let folder = File::open(data)?;
        let path = PathBuf::from(format!(
            "/proc/self/fd/{}/{SOCKET_NAME}",
            folder.as_raw_fd()
        ));
        Ok(Place {
            path,
            _folder: Some(folder),
        })
    }
}
