//! What the server gives up before it looks at anything that comes from outside.
//!
//! [`enter`] in its order: become the user to whom the data folder belongs, keep one capability (binding low ports), no new privileges by any exec, not
//! to be dumped or traced, bounded resources, files by landlock, system calls by seccomp. The order is forced: changing the user and dropping the
//! bounding set need capabilities, landlock and seccomp need `no_new_privs`, and seccomp refuses landlock's own calls afterwards.
//!
//! Promises: after `Ok` nothing of this can be taken back, by this process or by any thread it makes; a process that has more than one thread already, a
//! kernel without seccomp, or any step that fails gives `Err`, and the caller must not go on. What is weaker on an older kernel is said by
//! [`Entered`]: landlock came in steps (1: files, Linux 5.13; 2: moving between folders; 3: truncating, 6.2; 5: calls to devices, 6.10; 6: signals
//! and abstract sockets, 6.12), and a kernel without it leaves files to ownership alone.
//!
//! What it cannot do: keep a process that was taken over from using what it holds already (the mail, the open doors), from connecting to anybody, or from
//! sockets in the file system that its user may connect to (landlock does not know them). Therefore the user should be one of its own.

mod bpf;
mod calls;
mod landlock;
mod privileges;
mod seccomp;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What stays open to the process. What is not there when it enters is left out; a file that is replaced by another of the same name later is not the
/// one that was meant here, its folder is.
#[derive(Clone, Default, Debug)]
pub struct Sandbox {
    /// Folders and files that are read, written, made and removed.
    pub write: Vec<PathBuf>,
    /// Folders and files that are read.
    pub read: Vec<PathBuf>,
    /// It serves: sockets, and the lines of a board. Without it there is nothing but files.
    pub serves: bool,
}

impl Sandbox {
    /// What every box needs besides its own folders: randomness and nothingness, the lines and lights of a board, the list of resolvers.
    ///
    /// Nothing of /proc: its entries are made anew whenever the kernel forgot them, so a rule for one of them stops being true some day, and
    /// a rule for all of them shows the other processes of the machine.
    #[must_use]
    pub fn usual() -> Sandbox {
        let mut usual = Sandbox {
            write: vec!["/dev/null".into()],
            read: vec!["/dev/urandom".into(), "/proc/device-tree".into()],
            serves: true,
        };
        usual
            .read
            .extend(resolv_conf(Path::new("/etc/resolv.conf")));
        usual.read.push("/sys/class/leds".into());
        usual.read.push("/sys/bus/gpio/devices".into());
        usual.write.extend(entries("/sys/class/leds", ""));
        usual.read.extend(entries("/sys/bus/gpio/devices", ""));
        usual
    }

    /// What a program needs that works on the files of one folder and talks to nobody.
    #[must_use]
    pub fn files(folder: &Path) -> Sandbox {
        Sandbox {
            write: vec!["/dev/null".into(), folder.to_owned()],
            read: vec!["/dev/urandom".into()],
            serves: false,
        }
    }
}

/// How far the kernel went along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entered {
    /// The user and the group that it runs as now.
    pub user: (u32, u32),
    /// Which landlock is in force; 0: none, the kernel has it not or was started without.
    pub landlock: u32,
    /// How many system calls are left.
    pub calls: usize,
}

impl fmt::Display for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, group) = self.user;
        write!(
            f,
            "in the sandbox: user {user}:{group}, {} system calls, ",
            self.calls
        )?;
        match self.landlock {
            0 => f.write_str(
                "files by their owners alone (this kernel has no landlock: Linux 5.13 or newer, with `landlock` among its `lsm=`)",
            ),
            abi @ 1..landlock::NEWEST => write!(
                f,
                "files by landlock {abi} (newer kernels keep more: {})",
                landlock::missing(abi)
            ),
            abi => write!(f, "files, devices and signals by landlock {abi}"),
        }
    }
}

/// Why the process is not in the sandbox; it may be half in it, and must end.
#[derive(Debug)]
pub enum Refusal {
    /// Somebody started threads, which would stay outside.
    Threads(usize),
    /// A step and what the system said to it.
    Step(&'static str, io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Threads(count) => write!(
                f,
                "cannot enter the sandbox with {count} threads; this is a fault in the program, please report it"
            ),
            Refusal::Step(step, error) => write!(
                f,
                "cannot enter the sandbox ({step}: {error}); it needs a kernel with seccomp and no emulator in between, else start without --sandbox"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    fn at(step: &'static str) -> impl FnOnce(io::Error) -> Refusal {
        move |error| Refusal::Step(step, error)
    }
}

/// Gives everything up that `places` does not name. The data folder's owner is whom the process becomes, if it is root; another user stays who they are.
/// `places` is asked after that, so that what it reads is read with no more rights than the folder's owner has.
///
/// # Errors
/// [`Refusal`].
pub fn enter(data: &Path, places: impl FnOnce() -> Sandbox) -> Result<Entered, Refusal> {
    match threads() {
        1 => {}
        more => return Err(Refusal::Threads(more)),
    }
    let user = privileges::give_up(data)?;
    let places = places();
    privileges::lock()?;
    let landlock = landlock::restrict(&places).map_err(Refusal::at("landlock"))?;
    let calls = seccomp::install(places.serves).map_err(Refusal::at("seccomp"))?;
    Ok(Entered {
        user,
        landlock,
        calls,
    })
}

/// How many threads there are; 1 also where /proc is not there to tell.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// The file of resolvers. A link's target is replaced by whoever keeps it (a DHCP client, systemd-resolved), so its folder is named, unless that is
/// /etc, which holds what is nobody's business.
fn resolv_conf(file: &Path) -> Vec<PathBuf> {
    let mut named = vec![file.to_owned()];
    let target = std::fs::canonicalize(file).ok();
    let folder = target.as_deref().and_then(Path::parent);
    named.extend(
        folder
            .filter(|folder| folder.starts_with("/run") && *folder != Path::new("/run"))
            .map(Path::to_owned),
    );
    named
}

/// Where the entries of a folder lead.
fn entries(folder: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_lacks_is_said() {
        let said = |landlock| {
            let entered = Entered {
                user: (1000, 1000),
                landlock,
                calls: 9,
            };
            entered.to_string()
        };
        assert!(said(0).contains("no landlock"), "{}", said(0));
        assert!(said(3).contains("calls to devices"), "{}", said(3));
        assert!(said(5).contains("signals"), "{}", said(5));
        assert!(!said(5).contains("calls to devices"), "{}", said(5));
        assert!(said(6).ends_with("by landlock 6"), "{}", said(6));
        assert!(said(9).ends_with("by landlock 9"), "{}", said(9));
    }

    #[test]
    fn a_process_with_threads_is_refused_before_anything_is_given_up() {
        // The test's own thread is not the only one.
        let entered = enter(Path::new("/nowhere"), Sandbox::default);
        assert!(matches!(entered, Err(Refusal::Threads(2..))), "{entered:?}");
    }

    #[test]
    fn the_folder_of_a_list_of_resolvers_is_named_only_below_run() {
        let folder = std::env::temp_dir().join(format!("pillarbox-resolv-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("resolv.conf");
        std::fs::write(&file, "").unwrap();
        assert_eq!(resolv_conf(&file), std::slice::from_ref(&file));
        assert_eq!(resolv_conf(Path::new("/nowhere")), [Path::new("/nowhere")]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
