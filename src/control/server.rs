//! The box's end of the socket.

use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_executor::Executor;
use async_io::{Async, Timer};
use futures_lite::io::BufReader;
use futures_lite::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _};
use zeroize::Zeroizing;

use super::light;
use super::place::Place;
use super::{Answer, Exit, Household, LINE_MAX, Request};
use crate::life::Current;
use crate::log;
use crate::panel::Panel;

/// How long a subcommand may take to say what it wants.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// The bound socket; its file is removed when this is dropped.
pub struct Door {
    listener: Async<UnixListener>,
    path: PathBuf,
}

impl Door {
    /// Binds the socket in the data folder. The caller holds the store's lock: a file that is there belongs to a box that has crashed.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn bind(data: &Path) -> io::Result<Door> {
        let place = Place::of(data)?;
        match std::fs::remove_file(&place.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(&place.path)?;
        std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Door {
            listener: Async::new(listener)?,
            path: data.join(super::SOCKET_NAME),
        })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Hears wishes until it is dropped.
pub async fn serve(
    door: Door,
    household: Current<Household>,
    panel: Panel,
    executor: Arc<Executor<'static>>,
) {
    loop {
        match door.listener.accept().await {
            Ok((stream, _)) => {
                let (household, panel) = (household.clone(), panel.clone());
                let talk = async move {
                    if let Err(error) = converse(stream, &household, &panel).await {
                        log::debug(0, format_args!("control: {error}"));
                    }
                };
                executor.spawn(talk).detach();
            }
            Err(error) => {
                log::warn(0, format_args!("control: {error}"));
                // Most likely no descriptor is free; connections end all the time.
                Timer::after(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn converse(
    stream: Async<UnixStream>,
    household: &Current<Household>,
    panel: &Panel,
) -> io::Result<()> {
    if !is_owner(&stream)? {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "a wish from another user was not heard",
        ));
    }
    let mut line = Zeroizing::new(Vec::new());
    {
        let mut reader = BufReader::new(&stream).take(LINE_MAX);
        in_time(reader.read_until(b'\n', &mut line)).await?;
    }
    let answer = match serde_json::from_slice::<Request>(&line) {
        Ok(request) => match light::perform(panel, household, &request).await {
            Some(answer) => answer,
            // Between two lives it waits for the next.
            None => {
                let household = household.get().await;
                household.perform(request).await
            }
        },
        Err(_) => Answer::not_done(
            Exit::Usage,
            "the running box does not know this command; is it of another version than this program?",
        ),
    };
    let mut text = serde_json::to_vec(&answer).map_err(io::Error::other)?;
    text.push(b'\n');
    let mut writer = &stream;
    in_time(writer.write_all(&text)).await
}

/// Root, and the user that the box runs as.
fn is_owner(stream: &Async<UnixStream>) -> io::Result<bool> {
    let peer = rustix::net::sockopt::socket_peercred(stream)?;
    Ok(peer.uid.is_root() || peer.uid == rustix::process::geteuid())
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = async {
        Timer::after(REQUEST_TIME).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    work.or(late).await
}
