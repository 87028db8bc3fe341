//! The system calls that a box needs, and what is asked about their arguments. Everything else is refused.
//!
//! Found by strace over the tests, the bench and the clients (glibc and musl, x86_64; `qemu-user -strace` for ARM), and by reading what the C libraries and
//! Rust's library fall back to. No call here starts a program, makes memory executable, traces, mounts, changes who the process is, or loads anything into
//! the kernel; threads are made, processes are not.

use libc::{c_int, c_long};

/// One call and in which ways it may be made; no ways: in any.
pub(super) struct Call {
    pub(super) number: c_long,
    pub(super) ways: Vec<Vec<Condition>>,
}

/// Of an argument (0 to 5) the bits of the mask are one of these values.
#[derive(Clone)]
pub(super) struct Condition {
    pub(super) argument: u8,
    pub(super) mask: u32,
    pub(super) values: Vec<u32>,
}

/// All bits of an `int`.
const WHOLE: u32 = u32::MAX;

/// Everything that is left, the calls that are asked about first. `serves`: sockets and the board's lines are among them.
pub(super) fn calls(serves: bool) -> Vec<Call> {
    let mut calls = asked();
    calls.push(descriptors(serves));
    let plain = [FILES, MEMORY, THREADS, TIME, ITSELF, OF_ITS_OWN];
    calls.extend(plain.into_iter().flatten().map(|number| any(*number)));
    if serves {
        calls.extend(sockets());
        calls.extend(SOCKETS.iter().map(|number| any(*number)));
    }
    calls
}

fn any(number: c_long) -> Call {
    Call {
        number,
        ways: Vec::new(),
    }
}

#[rustfmt::skip]
const FILES: &[c_long] = &[
    libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_pread64, libc::SYS_pwrite64, libc::SYS_preadv, libc::SYS_pwritev,
    libc::SYS_close, libc::SYS_lseek, libc::SYS_dup, libc::SYS_dup3, libc::SYS_pipe2, libc::SYS_flock,
    libc::SYS_openat, libc::SYS_statx, libc::SYS_fstat, libc::SYS_getdents64, libc::SYS_readlinkat, libc::SYS_faccessat, libc::SYS_faccessat2,
    libc::SYS_mkdirat, libc::SYS_unlinkat, libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_fchown,
    libc::SYS_ftruncate, libc::SYS_fallocate, libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_statfs, libc::SYS_fstatfs, libc::SYS_getcwd, libc::SYS_umask,
    // Copies within the process's own descriptors: what std::io::copy tries first.
    libc::SYS_copy_file_range, libc::SYS_sendfile,
];

#[rustfmt::skip]
const MEMORY: &[c_long] = &[libc::SYS_munmap, libc::SYS_mremap, libc::SYS_madvise, libc::SYS_brk, libc::SYS_msync];

#[rustfmt::skip]
const THREADS: &[c_long] = &[
    libc::SYS_futex, libc::SYS_set_robust_list, libc::SYS_set_tid_address, libc::SYS_membarrier, libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity, libc::SYS_getpriority, libc::SYS_exit, libc::SYS_exit_group,
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_sigaltstack, libc::SYS_restart_syscall,
];

/// adjtimex and clock_adjtime tell the state of the clock; to set it takes a capability that is gone.
#[rustfmt::skip]
const TIME: &[c_long] = &[
    libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_clock_nanosleep, libc::SYS_nanosleep, libc::SYS_gettimeofday,
    libc::SYS_adjtimex, libc::SYS_clock_adjtime, libc::SYS_timerfd_create, libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime,
    libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2, libc::SYS_eventfd2, libc::SYS_ppoll,
];

#[rustfmt::skip]
pub(super) const SOCKETS: &[c_long] = &[
    libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4, libc::SYS_connect, libc::SYS_getsockname, libc::SYS_getpeername, libc::SYS_shutdown,
    libc::SYS_sendto, libc::SYS_recvfrom, libc::SYS_sendmsg, libc::SYS_recvmsg, libc::SYS_getsockopt,
    #[cfg(target_arch = "arm")]
    libc::SYS_send,
    #[cfg(target_arch = "arm")]
    libc::SYS_recv,
];

#[rustfmt::skip]
const ITSELF: &[c_long] = &[
    libc::SYS_getpid, libc::SYS_gettid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid, libc::SYS_getegid, libc::SYS_getrandom, libc::SYS_uname,
    libc::SYS_sysinfo,
];

/// What the C libraries of this architecture use beside the above.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const OF_ITS_OWN: &[c_long] = &[
    libc::SYS_newfstatat, libc::SYS_fadvise64, libc::SYS_rseq, libc::SYS_epoll_wait, libc::SYS_poll, libc::SYS_time, libc::SYS_getrlimit,
    // musl calls these by their old names where the architecture has them.
    libc::SYS_open, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_mkdir, libc::SYS_rmdir, libc::SYS_unlink, libc::SYS_rename,
    libc::SYS_chmod, libc::SYS_dup2, libc::SYS_pipe,
];
#[cfg(target_arch = "aarch64")]
#[rustfmt::skip]
const OF_ITS_OWN: &[c_long] = &[libc::SYS_newfstatat, libc::SYS_fadvise64, libc::SYS_rseq];
#[cfg(target_arch = "arm")]
#[rustfmt::skip]
const OF_ITS_OWN: &[c_long] = &[
    libc::SYS__llseek, libc::SYS_stat64, libc::SYS_lstat64, libc::SYS_fstat64, libc::SYS_fstatat64, libc::SYS_ftruncate64, libc::SYS_statfs64, libc::SYS_fstatfs64,
    libc::SYS_sendfile64, libc::SYS_ugetrlimit, libc::SYS_epoll_wait, libc::SYS_poll, libc::SYS_sigreturn,
    libc::SYS_getuid32, libc::SYS_geteuid32, libc::SYS_getgid32, libc::SYS_getegid32, libc::SYS_fchown32,
    libc::SYS_open, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_mkdir, libc::SYS_rmdir, libc::SYS_unlink, libc::SYS_rename,
    libc::SYS_chmod, libc::SYS_dup2, libc::SYS_pipe,
    // Which the libc crate has no names for: arm_fadvise64_64, rseq, and with 64 bits of seconds (Linux 5.1) clock_gettime, clock_adjtime, clock_getres,
    // clock_nanosleep, timerfd_gettime, timerfd_settime, ppoll, futex.
    270, 398, 403, 405, 406, 407, 410, 411, 414, 422,
];

#[cfg(not(target_arch = "arm"))]
pub(super) const MMAP: c_long = libc::SYS_mmap;
#[cfg(target_arch = "arm")]
pub(super) const MMAP: c_long = libc::SYS_mmap2;

const CLONE_THREAD: u32 = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM)
    .cast_unsigned();
/// Everything that may stand beside: where the thread's number and its own memory are told. Above all no namespaces, no tracing, no other parent.
const CLONE_DETAILS: u32 = (libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID
    | libc::CLONE_CHILD_SETTID
    | libc::CLONE_DETACHED)
    .cast_unsigned();

/// Lines of GPIO: all ioctls of their type, which no other driver has (Documentation/userspace-api/ioctl/ioctl-number.rst).
const GPIO: u32 = 0xb4;
/// FIONBIO: how Rust's library makes a socket not wait.
const FIONBIO: u32 = 0x5421;
/// FIOCLEX, of the same.
const FIOCLEX: u32 = 0x5451;
/// TCGETS: whether standard error is a terminal.
const TCGETS: u32 = 0x5401;
/// SIOCGIFINDEX: the number of a network interface.
const SIOCGIFINDEX: u32 = 0x8933;

/// PR_SET_VMA: the C library names its memory.
const PR_SET_VMA: u32 = 0x5356_4d41;
/// PR_GET_AUXV: what the kernel told the program at its start.
const PR_GET_AUXV: u32 = 0x4155_5856;

const STREAM: u32 = libc::SOCK_STREAM.cast_unsigned();
const DATAGRAM: u32 = libc::SOCK_DGRAM.cast_unsigned();
/// A socket's kind without SOCK_CLOEXEC and SOCK_NONBLOCK.
const KIND: u32 = 0xf;

fn asked() -> Vec<Call> {
    let executable = libc::PROT_EXEC.cast_unsigned();
    // SAFETY: asks for a number.
    let own = unsafe { libc::getpid() };
    let mut calls = vec![
        call(MMAP, &[&[bits(2, executable, &[0])]]),
        call(libc::SYS_mprotect, &[&[bits(2, executable, &[0])]]),
        call(
            libc::SYS_clone,
            &[&[bits(0, !CLONE_DETAILS, &[CLONE_THREAD])]],
        ),
        call(
            libc::SYS_prctl,
            &[&[bits(
                0,
                WHOLE,
                &[libc::PR_SET_NAME.cast_unsigned(), PR_SET_VMA, PR_GET_AUXV],
            )]],
        ),
        // Its own limits, which may only shrink below the hard ones.
        call(libc::SYS_prlimit64, &[&[one_of(0, &[0, own])]]),
        // Of its own threads: musl asks so whether there are robust mutexes, which LMDB wants.
        call(libc::SYS_get_robust_list, &[&[one_of(0, &[0])]]),
        call(
            libc::SYS_setpriority,
            &[&[one_of(0, &[libc::PRIO_PROCESS.try_into().unwrap_or(0)])]],
        ),
        // abort(3).
        call(libc::SYS_tgkill, &[&[one_of(0, &[own])]]),
        call(libc::SYS_tkill, &[&[one_of(1, &[libc::SIGABRT])]]),
    ];
    for fcntl in FCNTL {
        calls.push(call(*fcntl, &[&[bits(1, WHOLE, DESCRIPTOR)]]));
    }
    calls
}

/// ioctl(2).
fn descriptors(serves: bool) -> Call {
    let files: &[Condition] = &[bits(1, WHOLE, &[FIONBIO, FIOCLEX, TCGETS])];
    let board = [bits(1, 0xff00, &[GPIO << 8])];
    let interfaces = [bits(1, WHOLE, &[SIOCGIFINDEX])];
    match serves {
        true => call(libc::SYS_ioctl, &[&board, files, &interfaces]),
        false => call(libc::SYS_ioctl, &[files]),
    }
}

pub(super) fn sockets() -> [Call; 3] {
    [
        call(
            libc::SYS_socket,
            &[
                &[
                    one_of(0, &[libc::AF_INET, libc::AF_INET6]),
                    bits(1, KIND, &[STREAM, DATAGRAM]),
                    one_of(2, &[0, libc::IPPROTO_TCP, libc::IPPROTO_UDP]),
                ],
                &[one_of(0, &[libc::AF_UNIX])],
                &[
                    one_of(0, &[libc::AF_NETLINK]),
                    one_of(2, &[libc::NETLINK_ROUTE]),
                ],
            ],
        ),
        call(libc::SYS_socketpair, &[&[one_of(0, &[libc::AF_UNIX])]]),
        Call {
            number: libc::SYS_setsockopt,
            ways: options(),
        },
    ]
}

#[cfg(not(target_arch = "arm"))]
const FCNTL: &[c_long] = &[libc::SYS_fcntl];
#[cfg(target_arch = "arm")]
const FCNTL: &[c_long] = &[libc::SYS_fcntl, libc::SYS_fcntl64];

/// Flags and locks; above all not F_SETOWN and F_SETSIG, which send signals. 5 to 7 and 12 to 14 are locks on 64 and 32 bits, 36 to 38 of open files.
#[rustfmt::skip]
const DESCRIPTOR: &[u32] = &[
    libc::F_DUPFD.cast_unsigned(), libc::F_GETFD.cast_unsigned(), libc::F_SETFD.cast_unsigned(), libc::F_GETFL.cast_unsigned(), libc::F_SETFL.cast_unsigned(),
    libc::F_DUPFD_CLOEXEC.cast_unsigned(), 5, 6, 7, 12, 13, 14, 36, 37, 38,
];

/// The options of sockets, by their level. Above all no filters (SO_ATTACH_*), no loadable protocols (TCP_ULP), no tables of netfilter.
fn options() -> Vec<Vec<Condition>> {
    let level = |level: c_int, options: &[c_int]| vec![one_of(1, &[level]), one_of(2, options)];
    vec![
        level(
            libc::SOL_SOCKET,
            &[
                libc::SO_REUSEADDR,
                libc::SO_REUSEPORT,
                libc::SO_KEEPALIVE,
                libc::SO_RCVBUF,
                libc::SO_SNDBUF,
                libc::SO_LINGER,
                libc::SO_RCVTIMEO,
                libc::SO_SNDTIMEO,
                libc::SO_BROADCAST,
            ],
        ),
        level(
            libc::IPPROTO_TCP,
            &[
                libc::TCP_NODELAY,
                libc::TCP_KEEPIDLE,
                libc::TCP_KEEPINTVL,
                libc::TCP_KEEPCNT,
                libc::TCP_USER_TIMEOUT,
                libc::TCP_NOTSENT_LOWAT,
            ],
        ),
        level(
            libc::IPPROTO_IP,
            &[
                libc::IP_TTL,
                libc::IP_PKTINFO,
                libc::IP_MULTICAST_IF,
                libc::IP_MULTICAST_TTL,
                libc::IP_MULTICAST_LOOP,
                libc::IP_MULTICAST_ALL,
                libc::IP_ADD_MEMBERSHIP,
                libc::IP_DROP_MEMBERSHIP,
            ],
        ),
        level(
            libc::IPPROTO_IPV6,
            &[
                libc::IPV6_V6ONLY,
                libc::IPV6_UNICAST_HOPS,
                libc::IPV6_RECVPKTINFO,
                libc::IPV6_MULTICAST_IF,
                libc::IPV6_MULTICAST_HOPS,
                libc::IPV6_MULTICAST_LOOP,
                libc::IPV6_MULTICAST_ALL,
                libc::IPV6_ADD_MEMBERSHIP,
                libc::IPV6_DROP_MEMBERSHIP,
            ],
        ),
        level(libc::SOL_NETLINK, &[libc::NETLINK_ADD_MEMBERSHIP]),
    ]
}

fn call(number: c_long, ways: &[&[Condition]]) -> Call {
    let ways = ways.iter().map(|way| way.to_vec()).collect();
    Call { number, ways }
}

fn one_of(argument: u8, values: &[c_int]) -> Condition {
    let values: Vec<u32> = values.iter().map(|value| value.cast_unsigned()).collect();
    bits(argument, WHOLE, &values)
}

fn bits(argument: u8, mask: u32, values: &[u32]) -> Condition {
    Condition {
        argument,
        mask,
        values: values.to_vec(),
    }
}
