//! The subcommand's end of the socket.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::place::Place;
use super::{Answer, LINE_MAX, Request};

/// A check of a large store takes minutes; everything else is done in seconds.
const ANSWER_TIME: Duration = Duration::from_secs(30 * 60);

/// What became of asking.
pub enum Asked {
    /// The running box answered.
    Answered(Answer),
    /// No box runs on this data folder.
    NotRunning,
}

/// Asks the box that runs on `data`.
///
/// # Errors
/// A box runs and cannot be asked: it is another user's, or it broke off.
pub fn ask(data: &Path, request: &Request) -> io::Result<Asked> {
    let place = match Place::of(data) {
        Ok(place) => place,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Asked::NotRunning),
        Err(error) => return Err(error),
    };
    let mut stream = match UnixStream::connect(&place.path) {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(Asked::NotRunning);
        }
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(ANSWER_TIME))?;
    let mut line = Zeroizing::new(serde_json::to_vec(request).map_err(io::Error::other)?);
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = Zeroizing::new(Vec::new());
    BufReader::new(stream)
        .take(LINE_MAX)
        .read_until(b'\n', &mut answer)?;
    if answer.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the box ended without an answer; its log says why",
        ));
    }
    serde_json::from_slice(&answer)
        .map(Asked::Answered)
        .map_err(io::Error::other)
}
