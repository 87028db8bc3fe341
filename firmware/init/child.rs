//! A child of process 1: this same program with other arguments, its standard outputs in one pipe, and, if it is a server, one end of a socket pair.
//!
//! The server starts as root and takes its own rights away before it does anything (`--sandbox`), for only the kernel's rules that a process lays on itself can be laid from
//! inside. Children that only work on the store are started as the server's user and do the same: what wrote the store may have been taken over.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, Signal};

use super::course::Role;
use super::ring::Lines;
use crate::data::BOX;
use crate::sys;
use crate::talk::{LONGEST, News, Order};

/// So much of a child's words is read before the loop looks at something else.
const MOST_READ: usize = 64 * 1024;
/// So many datagrams are read before the loop looks at something else.
const MOST_ORDERS: usize = 64;

/// What a child is made of.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// This program.
    pub(crate) path: PathBuf,
    /// The box's folder.
    pub(crate) data: PathBuf,
    /// The folder of a rescue.
    pub(crate) rescue: PathBuf,
    /// Where a `pillarbox.toml` may lie.
    pub(crate) boot: PathBuf,
    /// Whether rights are taken away; only root can give and take.
    pub(crate) privileged: bool,
}

/// A child that runs, or ran and is not forgotten yet.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) pid: Pid,
    pub(crate) role: Role,
    pub(crate) since: Instant,
    /// `None`: it has closed them, which is not its end.
    words: Option<OwnedFd>,
    lines: Lines,
    channel: Option<OwnedFd>,
}

impl Program {
    /// What a role's child is told.
    fn arguments(&self, role: Role) -> Vec<&OsStr> {
        let data = self.data.as_os_str();
        let boot = ["--boot".as_ref(), self.boot.as_os_str()];
        let word = OsStr::new;
        let mut arguments = match role {
            Role::Check => vec![word("check"), word("--brief"), word("--data"), data],
            Role::Migrate => vec![word("migrate"), word("--keep-copy"), word("--data"), data],
            Role::PutBack => vec![word("migrate"), word("--put-back"), word("--data"), data],
            // A whole box of its own, with nothing that anybody else wrote.
            Role::SelfTest => return vec![word("self-test")],
            Role::Server => vec![word("run"), word("--data"), data],
            Role::Trial => vec![word("run"), word("--loopback"), word("--data"), data],
            Role::Rescue(reason) => vec![
                word("run"),
                word("--rescue"),
                word(reason.word()),
                word("--data"),
                self.rescue.as_os_str(),
            ],
        };
        if role.serves() {
            arguments.extend(boot);
        }
        if self.privileged {
            arguments.push(word("--sandbox"));
        }
        arguments
    }

    /// Starts it.
    ///
    /// # Errors
    /// No memory, no descriptors, no program.
    pub(crate) fn start(&self, role: Role, now: Instant) -> io::Result<Child> {
        let (words, child_words) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&words, rustix::fs::OFlags::NONBLOCK)?;
        let mut command = Command::new(&self.path);
        command
            .arg0("pillarbox")
            .args(self.arguments(role))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::from(child_words.try_clone()?))
            .stderr(Stdio::from(child_words))
            .process_group(0);
        sys::hear_all_signals(&mut command);
        let mut channel = None;
        let mut other_end = None;
        if role.serves() {
            let (own, theirs) = rustix::net::socketpair(
                AddressFamily::UNIX,
                SocketType::SEQPACKET,
                SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
                None,
            )?;
            // Only this child inherits it: nobody else is started while it is open here.
            fcntl_setfd(&theirs, FdFlags::empty())?;
            command.arg("--card").arg(theirs.as_raw_fd().to_string());
            channel = Some(own);
            other_end = Some(theirs);
        } else if self.privileged {
            command.uid(BOX).gid(BOX);
        }
        let started = command.spawn()?;
        drop(other_end);
        let pid = i32::try_from(started.id()).ok().and_then(Pid::from_raw);
        Ok(Child {
            pid: pid.ok_or(io::ErrorKind::InvalidData)?,
            role,
            since: now,
            words: Some(words),
            lines: Lines::default(),
            channel,
        })
    }
}

impl Child {
    /// What to wait for: its words and its orders.
    pub(crate) fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [&self.words, &self.channel]
            .into_iter()
            .flatten()
            .map(AsFd::as_fd)
    }

    /// Hands its new lines to `take`; whether more may come.
    pub(crate) fn hear(&mut self, mut take: impl FnMut(&[u8])) -> bool {
        let mut buffer = [0; 4096];
        for _ in 0..MOST_READ / buffer.len() {
            let Some(words) = &self.words else {
                return false;
            };
            match rustix::io::read(words, &mut buffer) {
                Ok(length) if length > 0 => {
                    self.lines
                        .feed(buffer.get(..length).unwrap_or_default(), &mut take);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return true,
                Ok(_) | Err(_) => self.words = None,
            }
        }
        true
    }

    /// The rest of what it said, once it is gone.
    pub(crate) fn hear_out(&mut self, mut take: impl FnMut(&[u8])) {
        self.hear(&mut take);
        self.lines.finish(take);
    }

    /// Its orders; those that are none are left out.
    pub(crate) fn orders(&mut self) -> Vec<Order> {
        let mut orders = Vec::new();
        let mut buffer = [0; LONGEST + 1];
        // Those that are none count, too: who sends them without end must not keep the loop here.
        for _ in 0..MOST_ORDERS {
            let Some(channel) = &self.channel else { break };
            match rustix::net::recv(channel, &mut buffer, RecvFlags::DONTWAIT) {
                Ok((_, 0)) => self.channel = None,
                Ok((_, length)) => {
                    orders.extend(buffer.get(..length).and_then(Order::parse));
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.channel = None,
            }
        }
        orders
    }

    /// Tells it; a server that does not read its news misses them.
    pub(crate) fn tell(&self, news: &News) {
        if let Some(channel) = &self.channel {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            let _ = rustix::net::send(channel, news.print().as_bytes(), flags);
        }
    }

    /// Sends a signal to it and to whatever it started.
    pub(crate) fn signal(&self, signal: Signal) {
        let _ = rustix::process::kill_process_group(self.pid, signal);
    }
}

/// This program, whatever its name is.
pub(crate) fn own_program() -> PathBuf {
    Path::new("/proc/self/exe").to_owned()
}

#[cfg(test)]
#[path = "child_tests.rs"]
mod tests;
