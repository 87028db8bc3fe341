//! What the process asks of the system before it starts: enough descriptors, and memory given back.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Takes as many file descriptors as the system allows: each connection is one, and the usual soft limit of 1024 is for programs
/// that use select(2).
pub(crate) fn take_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused: then the limit on connections that the kernel sets is met earlier, and clients wait.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// A panic is reported by its place and the way there alone: what it says can quote the mail or the password that it worked on.
pub(crate) fn keep_panics_discreet() {
    firmware::fault::learn_build();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or("an unknown place".to_owned(), ToString::to_string);
        crate::log::error(
            0,
            format_args!(
                "a fault in the program at {place}; please report it with this: {}",
                firmware::fault::report()
            ),
        );
    }));
}

/// Makes the allocator return what was freed. glibc would keep the 19 MiB of a password hash for the next one: after the first such
/// block it raises its own threshold for blocks that go straight back to the system.
#[cfg(target_env = "gnu")]
pub(crate) fn give_memory_back() {
    /// Blocks of at least this size come from mmap(2) and return at once.
    const LARGE: libc::c_int = 256 * 1024;
    // SAFETY: mallopt only stores the numbers; it is called before any other thread exists.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE);
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}

/// Other allocators (musl's) return large blocks by themselves.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn give_memory_back() {}

/// Returns what was freed to the system now, for when something large and rare is over.
#[cfg(target_env = "gnu")]
pub(crate) fn trim() {
    // SAFETY: malloc_trim only gives back pages that nobody uses; it takes the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators return large blocks by themselves.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn trim() {}
