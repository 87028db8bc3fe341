//! The filter: from the table of calls to a BPF program, and into the kernel.
//!
//! The architecture is looked at first, for a number means another call on another one: there the process ends, since nothing of ours calls so. On
//! x86_64 the numbers of x32 are refused. Then the calls, in the table's order; the kernel remembers which numbers are always allowed and asks the
//! filter only about the others (Linux 5.11), so that a search by halves would gain nothing.
//!
//! A call that is not in the table fails with EPERM, and does not end the process: a path that no test went should cost its errand, not everybody's mail.
//! It is told in the kernel's log (`audit: type=1326 ... syscall=N`), which the kernel keeps from overflowing. ENOSYS is for what a C library tries
//! before something older: clone3, whose flags lie in memory where no filter sees them, and the numbers that no kernel had when this was written.

use std::io;

use super::bpf::{
    ARCHITECTURE, Instruction, NUMBER, and, argument, at_least_skip, below_skip, if_equal_skip,
    load, unless_equal_skip, verdict,
};
use super::calls::{Call, Condition, calls};

#[cfg(target_arch = "x86_64")]
const OURS: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const OURS: u32 = 0xc000_00b7;
#[cfg(target_arch = "arm")]
const OURS: u32 = 0x4000_0028;

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const END: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned();
const UNKNOWN: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();

/// The first number that no call had when this was written (Linux 6.18 ends with 470), on all architectures.
const FUTURE: u32 = 471;
/// ARM's own calls (cacheflush, set_tls), x32's, and nothing else.
const BEYOND: u32 = 0x000f_0000;

/// Puts the process under the filter for ever; how many calls are left. `serves`: sockets and the board's lines are among them. `no_new_privs` must be set.
pub(super) fn install(serves: bool) -> io::Result<usize> {
    let calls = calls(serves);
    // The quiet one first: what both refuse is told by the last of them, and clone3 is no news.
    put(&without_clone3()?, 0)?;
    put(&program(&calls)?, libc::SECCOMP_FILTER_FLAG_LOG)?;
    Ok(calls.len())
}

/// C libraries fall back to clone, whose flags can be seen.
fn without_clone3() -> io::Result<Vec<Instruction>> {
    Ok(vec![
        load(NUMBER),
        unless_equal_skip(number(libc::SYS_clone3), 1)?,
        verdict(UNKNOWN),
        verdict(ALLOW),
    ])
}

fn program(calls: &[Call]) -> io::Result<Vec<Instruction>> {
    let mut program = vec![
        load(ARCHITECTURE),
        if_equal_skip(OURS, 1)?,
        verdict(END),
        load(NUMBER),
    ];
    for call in calls {
        let block = block(call)?;
        program.push(unless_equal_skip(number(call.number), block.len())?);
        program.extend(block);
    }
    // clone3 was answered by the other filter and is not told again.
    program.extend([
        unless_equal_skip(number(libc::SYS_clone3), 1)?,
        verdict(ALLOW),
        below_skip(FUTURE, 2)?,
        at_least_skip(BEYOND, 1)?,
        verdict(UNKNOWN),
        verdict(REFUSE),
    ]);
    Ok(program)
}

/// What is asked about one call: any of its ways, each of which is all of its conditions.
fn block(call: &Call) -> io::Result<Vec<Instruction>> {
    let mut block = Vec::new();
    if call.ways.is_empty() {
        return Ok(vec![verdict(ALLOW)]);
    }
    for way in &call.ways {
        let mut checks: Vec<Instruction> = vec![verdict(ALLOW)];
        // From the last to the first, as each must know how far it is to the next way.
        for condition in way.iter().rev() {
            let mut check = check(condition, checks.len())?;
            check.append(&mut checks);
            checks = check;
        }
        block.append(&mut checks);
    }
    block.push(verdict(REFUSE));
    Ok(block)
}

/// Goes on behind itself if one of the values is there, else over the `rest` of this way.
fn check(condition: &Condition, rest: usize) -> io::Result<Vec<Instruction>> {
    let mut check = vec![load(argument(condition.argument)), and(condition.mask)];
    let count = condition.values.len();
    for (at, value) in condition.values.iter().enumerate() {
        let left = count - at - 1;
        check.push(match left {
            0 => unless_equal_skip(*value, rest)?,
            _ => if_equal_skip(*value, left)?,
        });
    }
    Ok(check)
}

fn number(call: libc::c_long) -> u32 {
    // Numbers of calls are small and positive everywhere.
    u32::try_from(call).unwrap_or(u32::MAX)
}

fn put(program: &[Instruction], flags: libc::c_ulong) -> io::Result<()> {
    /// `struct sock_fprog`.
    #[repr(C)]
    struct Program {
        length: u16,
        first: *const Instruction,
    }
    let length = u16::try_from(program.len()).map_err(io::Error::other)?;
    let told = Program {
        length,
        first: program.as_ptr(),
    };
    // SAFETY: the kernel copies `length` instructions, which outlive the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const told,
        )
    };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
#[path = "seccomp_tests.rs"]
mod tests;
