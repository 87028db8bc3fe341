//! The program run in an interpreter: every call of the table passes, in its ways only, and what stands nowhere is refused.

use super::super::bpf::{AND, IF_AT_LEAST, IF_EQUAL, LOAD, RETURN};
use super::super::calls::{MMAP, SOCKETS, sockets};
use super::*;

/// What the kernel hands to a filter.
#[derive(Clone, Copy)]
struct Asked {
    architecture: u32,
    number: u32,
    arguments: [u64; 6],
}

fn asked(call: libc::c_long, arguments: &[u64]) -> Asked {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    Asked {
        architecture: OURS,
        number: number(call),
        arguments: all,
    }
}

impl Asked {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            NUMBER => self.number,
            ARCHITECTURE => self.architecture,
            16.. => {
                assert_eq!(offset % 8, 0, "only lower halves");
                self.arguments[(offset as usize - 16) / 8] as u32
            }
            other => panic!("offset {other}"),
        }
    }
}

fn run(program: &[Instruction], asked: &Asked) -> u32 {
    let (mut at, mut held) = (0, 0);
    loop {
        let step = program[at];
        at += 1;
        let further = |holds| usize::from(if holds { step.yes } else { step.no });
        match step.code {
            LOAD => held = asked.word(step.value),
            AND => held &= step.value,
            IF_EQUAL => at += further(held == step.value),
            IF_AT_LEAST => at += further(held >= step.value),
            RETURN => return step.value,
            other => panic!("code {other:#x}"),
        }
    }
}

fn judged(call: libc::c_long, arguments: &[u64]) -> u32 {
    run(&program(&calls(true)).unwrap(), &asked(call, arguments))
}

#[test]
fn every_call_of_the_table_passes_in_each_of_its_ways() {
    let program = program(&calls(true)).unwrap();
    assert!(program.len() < libc::BPF_MAXINSNS as usize);
    for call in calls(true) {
        if call.ways.is_empty() {
            assert_eq!(
                run(&program, &asked(call.number, &[])),
                ALLOW,
                "{}",
                call.number
            );
        }
        for way in &call.ways {
            let most = way.iter().map(|condition| condition.values.len()).max();
            for nth in 0..most.unwrap() {
                let mut arguments = [0; 6];
                for condition in way {
                    let value = condition.values[nth % condition.values.len()];
                    // What the mask leaves out, and upper halves, change nothing.
                    arguments[usize::from(condition.argument)] =
                        u64::from(value | !condition.mask) | 0xffff_ffff_0000_0000;
                }
                let verdict = run(&program, &asked(call.number, &arguments));
                assert_eq!(verdict, ALLOW, "call {} with {arguments:x?}", call.number);
            }
        }
    }
}

#[test]
fn no_call_stands_twice() {
    let mut numbers: Vec<_> = calls(true).iter().map(|call| call.number).collect();
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), all);
}

#[test]
fn what_stands_nowhere_is_refused() {
    let refused = [
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_kill,
        libc::SYS_pidfd_send_signal,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_setuid,
        libc::SYS_setresuid,
        libc::SYS_setgroups,
        libc::SYS_capset,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_chroot,
        libc::SYS_bpf,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_io_uring_setup,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_personality,
        libc::SYS_memfd_create,
        libc::SYS_seccomp,
        libc::SYS_clock_settime,
        libc::SYS_settimeofday,
        libc::SYS_symlinkat,
        libc::SYS_mknodat,
        libc::SYS_pkey_mprotect,
        libc::SYS_open_by_handle_at,
        libc::SYS_sched_setaffinity,
        libc::SYS_shmget,
    ];
    for call in refused {
        assert_eq!(judged(call, &[]), REFUSE, "call {call}");
    }
}

#[test]
fn arguments_are_looked_at() {
    let socket = |family: i32, kind: i32, protocol: i32| {
        let arguments = [family, kind, protocol].map(|number| number as u64);
        judged(libc::SYS_socket, &arguments)
    };
    let closing = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    assert_eq!(socket(libc::AF_INET6, closing, 0), ALLOW);
    assert_eq!(
        socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE),
        ALLOW
    );
    assert_eq!(
        socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_AUDIT),
        REFUSE
    );
    assert_eq!(socket(libc::AF_INET, libc::SOCK_RAW, 0), REFUSE);
    assert_eq!(
        socket(libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_SCTP),
        REFUSE
    );
    assert_eq!(socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0), REFUSE);
    assert_eq!(socket(libc::AF_ALG, libc::SOCK_DGRAM, 0), REFUSE);
    assert_eq!(socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0), REFUSE);

    let clone = |flags: i32| judged(libc::SYS_clone, &[flags as u64]);
    // What glibc and musl make threads with.
    assert_eq!(clone(0x3d_0f00), ALLOW);
    assert_eq!(clone(0x7d_0f00), ALLOW);
    assert_eq!(clone(libc::SIGCHLD), REFUSE, "fork");
    assert_eq!(
        clone(libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD),
        REFUSE,
        "vfork"
    );
    assert_eq!(clone(0x3d_0f00 | libc::CLONE_NEWUSER), REFUSE);
    assert_eq!(clone(0x3d_0f00 & !libc::CLONE_THREAD), REFUSE);

    let maps = |call, protection: i32| judged(call, &[0, 4096, protection as u64]);
    let both = libc::PROT_READ | libc::PROT_WRITE;
    for call in [libc::SYS_mprotect, MMAP] {
        assert_eq!(maps(call, both), ALLOW);
        assert_eq!(maps(call, libc::PROT_READ | libc::PROT_EXEC), REFUSE);
    }
    let option =
        |level: i32, name: i32| judged(libc::SYS_setsockopt, &[3, level as u64, name as u64]);
    assert_eq!(option(libc::SOL_SOCKET, libc::SO_REUSEADDR), ALLOW);
    assert_eq!(option(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER), REFUSE);
    assert_eq!(option(libc::IPPROTO_TCP, libc::TCP_ULP), REFUSE);
    assert_eq!(option(libc::IPPROTO_TCP, libc::TCP_NODELAY), ALLOW);
    let ioctl = |number: u64| judged(libc::SYS_ioctl, &[3, number]);
    assert_eq!(ioctl(0x8044_b401), ALLOW, "GPIO_GET_CHIPINFO_IOCTL");
    assert_eq!(ioctl(0x5412), REFUSE, "TIOCSTI");
    assert_eq!(
        judged(libc::SYS_prctl, &[libc::PR_SET_DUMPABLE as u64, 1]),
        REFUSE
    );
    assert_eq!(judged(libc::SYS_prlimit64, &[1]), REFUSE);
    assert_eq!(judged(libc::SYS_get_robust_list, &[0]), ALLOW);
    assert_eq!(judged(libc::SYS_get_robust_list, &[1]), REFUSE);
    let own = u64::from(std::process::id());
    assert_eq!(judged(libc::SYS_tgkill, &[own]), ALLOW);
    assert_eq!(judged(libc::SYS_tgkill, &[own + 1]), REFUSE);
    assert_eq!(judged(libc::SYS_fcntl, &[3, libc::F_SETOWN as u64]), REFUSE);
}

/// What only works on files: LMDB's calls pass, and nothing that reaches anybody.
#[test]
fn without_serving_there_are_files_and_nobody_to_talk_to() {
    let files = program(&calls(false)).unwrap();
    let judged = |call, arguments: &[u64]| run(&files, &asked(call, arguments));
    let mut refused: Vec<_> = sockets().iter().map(|call| call.number).collect();
    refused.extend(SOCKETS);
    assert!(refused.len() > 12);
    for call in refused {
        assert_eq!(judged(call, &[1, 1]), REFUSE, "{call}");
    }
    assert_eq!(judged(libc::SYS_ioctl, &[3, 0x8044_b401]), REFUSE, "GPIO");
    assert_eq!(judged(libc::SYS_ioctl, &[3, 0x5401]), ALLOW, "TCGETS");
    let needed = [
        libc::SYS_openat,
        libc::SYS_flock,
        libc::SYS_pwrite64,
        libc::SYS_pwritev,
        libc::SYS_fdatasync,
        libc::SYS_msync,
        libc::SYS_munmap,
        libc::SYS_madvise,
        libc::SYS_unlinkat,
        libc::SYS_renameat2,
        libc::SYS_statfs,
        libc::SYS_exit_group,
    ];
    for call in needed {
        assert_eq!(judged(call, &[]), ALLOW, "{call}");
    }
    assert_eq!(judged(MMAP, &[0, 4096, 3]), ALLOW);
    assert_eq!(judged(libc::SYS_get_robust_list, &[0]), ALLOW);
    for lock in [5, 6, 7] {
        assert_eq!(judged(libc::SYS_fcntl, &[3, lock]), ALLOW);
    }
}

#[test]
fn another_architecture_ends_the_process_and_the_future_is_not_there() {
    let program = program(&calls(true)).unwrap();
    let mut foreign = asked(libc::SYS_read, &[]);
    foreign.architecture = 0x4000_0003;
    assert_eq!(run(&program, &foreign), END);
    let of = |number| Asked {
        number,
        ..asked(0, &[])
    };
    assert_eq!(run(&program, &of(FUTURE - 1)), REFUSE);
    assert_eq!(run(&program, &of(FUTURE)), UNKNOWN);
    assert_eq!(run(&program, &of(BEYOND - 1)), UNKNOWN);
    assert_eq!(run(&program, &of(BEYOND + 2)), REFUSE, "cacheflush of ARM");
    let x32 = 0x4000_0000;
    assert_eq!(run(&program, &of(x32 + number(libc::SYS_read))), REFUSE);
}

#[test]
fn clone3_is_not_there_and_everything_else_is_left_to_the_table() {
    let quiet = without_clone3().unwrap();
    let clone3 = asked(libc::SYS_clone3, &[]);
    assert_eq!(run(&quiet, &clone3), UNKNOWN);
    assert_eq!(run(&quiet, &asked(libc::SYS_execve, &[])), ALLOW);
    assert_eq!(
        judged(libc::SYS_clone3, &[]),
        ALLOW,
        "the other has answered"
    );
}
