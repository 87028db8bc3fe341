//! Users, capabilities, limits: what root can give away, and what everybody can promise.
//!
//! One capability is kept, in the permitted and the effective set: CAP_NET_BIND_SERVICE, for the doors below 1024, also those that new settings
//! open later. Not in the inheritable and ambient sets, since they matter at an exec only, and there is none behind this; the bounding set is emptied for the
//! same reason twice.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Refusal;

/// Binding ports below 1024 (capabilities(7)).
const NET_BIND_SERVICE: u32 = 10;
/// Changing the groups and the user, and dropping from the bounding set.
const SETPCAP: u32 = 8;
/// `_LINUX_CAPABILITY_VERSION_3`: two words of 32 for each set.
const CAPABILITIES: u32 = 0x2008_0522;
/// No kernel has more capabilities than these.
const CAPABILITIES_MAX: u32 = 64;

/// Descriptors at most: a connection is one, and with its buffers it costs more than its descriptor. A kernel starts its first process with 4096.
const FILES: u64 = 65_536;
/// Threads at most, where the user is this program's alone: the executor's, the writer's, one for each hash and each errand (at most some tens).
const THREADS: u64 = 256;

#[repr(C)]
struct Header {
    version: u32,
    pid: libc::c_int,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Sets {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Becomes the owner of the data folder, if it is root now, and keeps the one capability, if it has it. The user and the group that it is then.
pub(super) fn give_up(data: &Path) -> Result<(u32, u32), Refusal> {
    limit(libc::RLIMIT_CORE, 0).map_err(Refusal::at("no core files"))?;
    limit(libc::RLIMIT_NOFILE, FILES).map_err(Refusal::at("a limit on descriptors"))?;
    let held = capabilities().map_err(Refusal::at("reading capabilities"))?;
    if held.effective & (1 << SETPCAP) != 0 {
        empty_bounding_set().map_err(Refusal::at("the bounding set"))?;
    }
    // SAFETY: asks for a number.
    if unsafe { libc::geteuid() } == 0 {
        let owner = std::fs::metadata(data)
            .map_err(Refusal::at("looking to whom the data folder belongs"))?;
        become_user(owner.uid(), owner.gid())?;
        if owner.uid() != 0 {
            limit(libc::RLIMIT_NPROC, THREADS).map_err(Refusal::at("a limit on threads"))?;
        }
    }
    let kept = held.permitted & (1 << NET_BIND_SERVICE);
    set_capabilities(Sets {
        effective: kept,
        permitted: kept,
        inheritable: 0,
    })
    .map_err(Refusal::at("dropping capabilities"))?;
    // SAFETY: asks for numbers.
    Ok(unsafe { (libc::getuid(), libc::getgid()) })
}

/// No exec gives anything back, and nobody of the same user may trace it or read its memory.
pub(super) fn lock() -> Result<(), Refusal> {
    control(libc::PR_SET_NO_NEW_PRIVS, 1).map_err(Refusal::at("no new privileges"))?;
    control(libc::PR_SET_DUMPABLE, 0).map_err(Refusal::at("not to be dumped"))
}

fn become_user(user: u32, group: u32) -> Result<(), Refusal> {
    // Else the permitted set would go with the user. The kernel forgets this wish at an exec.
    control(libc::PR_SET_KEEPCAPS, 1).map_err(Refusal::at("keeping capabilities"))?;
    // SAFETY: an empty list of groups needs no memory.
    match told(unsafe { libc::setgroups(0, std::ptr::null()) }) {
        // Who is root in a namespace of an ordinary user's (a container without root) may not drop that user's groups, and stays that user.
        Err(error) if user == 0 && error.raw_os_error() == Some(libc::EPERM) => {}
        done => done.map_err(Refusal::at("dropping groups"))?,
    }
    // SAFETY: two calls that take numbers only; no other thread is there whose user would have to be changed too.
    told(unsafe { libc::setresgid(group, group, group) }).map_err(Refusal::at("its group"))?;
    // SAFETY: as above.
    told(unsafe { libc::setresuid(user, user, user) }).map_err(Refusal::at("its user"))
}

fn empty_bounding_set() -> io::Result<()> {
    for capability in 0..CAPABILITIES_MAX {
        match control(libc::PR_CAPBSET_DROP, capability.into()) {
            Ok(()) => {}
            // The kernel has no more than these.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Both limits; never above what the hard one is.
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let mut now = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure is ours and lives longer than the call.
    told(unsafe { libc::getrlimit(resource, &raw mut now) })?;
    // Another type on 32 bits.
    let most = libc::rlim_t::try_from(most).unwrap_or(libc::rlim_t::MAX);
    now.rlim_max = now.rlim_max.min(most);
    now.rlim_cur = now.rlim_cur.min(now.rlim_max);
    // SAFETY: as above; it is only read.
    told(unsafe { libc::setrlimit(resource, &raw const now) })
}

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = libc::c_int;

/// The lower 32 of them, among which are all that are asked for here.
fn capabilities() -> io::Result<Sets> {
    let mut header = Header {
        version: CAPABILITIES,
        pid: 0,
    };
    let mut sets = [Sets::default(); 2];
    // SAFETY: the kernel writes two sets in this version, and there is room for two.
    told(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr()) })?;
    let [low, _] = sets;
    Ok(low)
}

/// The upper 32 become empty.
fn set_capabilities(low: Sets) -> io::Result<()> {
    let mut header = Header {
        version: CAPABILITIES,
        pid: 0,
    };
    let sets = [low, Sets::default()];
    // SAFETY: the kernel reads two sets in this version.
    told(unsafe { libc::syscall(libc::SYS_capset, &raw mut header, sets.as_ptr()) })
}

fn control(option: libc::c_int, value: libc::c_ulong) -> io::Result<()> {
    const NONE: libc::c_ulong = 0;
    // SAFETY: the options used here take numbers only.
    told(unsafe { libc::prctl(option, value, NONE, NONE, NONE) })
}

/// What a call of the C library says: -1 is an error.
fn told(answer: impl Into<i64>) -> io::Result<()> {
    match answer.into() {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
