//! The little of BPF that a filter of system calls needs, and an assembler that counts its jumps.
//!
//! A program is looked at by the kernel before it is taken, and can neither loop nor reach memory; what is wrong in it is a wrong verdict, and the tests
//! run it in an interpreter of their own.

use std::io;

/// One instruction, as `struct sock_filter` of linux/filter.h.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(super) struct Instruction {
    pub(super) code: u16,
    pub(super) yes: u8,
    pub(super) no: u8,
    pub(super) value: u32,
}

/// Loads a 32-bit word of `struct seccomp_data` (BPF_LD | BPF_W | BPF_ABS).
pub(super) const LOAD: u16 = 0x20;
/// Keeps the bits of a mask (BPF_ALU | BPF_AND | BPF_K).
pub(super) const AND: u16 = 0x54;
/// Goes `yes` or `no` instructions further by whether it is the value (BPF_JMP | BPF_JEQ | BPF_K).
pub(super) const IF_EQUAL: u16 = 0x15;
/// The same by whether it is at least the value (BPF_JMP | BPF_JGE | BPF_K).
pub(super) const IF_AT_LEAST: u16 = 0x35;
/// Ends with a verdict (BPF_RET | BPF_K).
pub(super) const RETURN: u16 = 0x06;

/// Where the number of the call stands in `struct seccomp_data`.
pub(super) const NUMBER: u32 = 0;
/// Where the architecture stands.
pub(super) const ARCHITECTURE: u32 = 4;

/// Where the lower half of an argument stands. The kernel looks at no more of an `int`, and in `clone`'s and `mmap`'s words the upper half says nothing.
pub(super) const fn argument(number: u8) -> u32 {
    16 + 8 * number as u32
}

pub(super) const fn load(offset: u32) -> Instruction {
    plain(LOAD, offset)
}

pub(super) const fn and(mask: u32) -> Instruction {
    plain(AND, mask)
}

pub(super) const fn verdict(value: u32) -> Instruction {
    plain(RETURN, value)
}

/// # Errors
/// The block is longer than a jump reaches.
pub(super) fn unless_equal_skip(value: u32, block: usize) -> io::Result<Instruction> {
    Ok(Instruction {
        code: IF_EQUAL,
        yes: 0,
        no: reach(block)?,
        value,
    })
}

/// # Errors
/// The block is longer than a jump reaches.
pub(super) fn if_equal_skip(value: u32, block: usize) -> io::Result<Instruction> {
    Ok(Instruction {
        code: IF_EQUAL,
        yes: reach(block)?,
        no: 0,
        value,
    })
}

/// # Errors
/// The block is longer than a jump reaches.
pub(super) fn below_skip(value: u32, block: usize) -> io::Result<Instruction> {
    Ok(Instruction {
        code: IF_AT_LEAST,
        yes: 0,
        no: reach(block)?,
        value,
    })
}

/// # Errors
/// The block is longer than a jump reaches.
pub(super) fn at_least_skip(value: u32, block: usize) -> io::Result<Instruction> {
    Ok(Instruction {
        code: IF_AT_LEAST,
        yes: reach(block)?,
        no: 0,
        value,
    })
}

const fn plain(code: u16, value: u32) -> Instruction {
    Instruction {
        code,
        yes: 0,
        no: 0,
        value,
    }
}

fn reach(block: usize) -> io::Result<u8> {
    u8::try_from(block).map_err(|_| io::Error::other("a rule of the filter is too long"))
}
