//! The two cards that are made, and where each finds its parts in the packages.

use crate::failure::{Failure, Result};

/// A family of boards that one image serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Zero 2 W, 3, 4, 5.
    Pi64,
    /// Zero and 1: ARMv6.
    Pi32,
}

impl Target {
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name {
            "pi64" => Ok(Self::Pi64),
            "pi32" => Ok(Self::Pi32),
            other => Err(Failure::new(format!(
                "there is no card called '{other}'; there are pi64 (Zero 2 W, 3, 4, 5) and pi32 (Zero and 1)"
            ))),
        }
    }

    /// As in file names, in `packages.toml`, in updates and as cargo's alias.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pi64 => "pi64",
            Self::Pi32 => "pi32",
        }
    }

    /// Rust's name of the binary's target.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Pi64 => "aarch64-unknown-linux-musl",
            Self::Pi32 => "arm-unknown-linux-musleabihf",
        }
    }

    /// `e_machine` of an ELF file for these boards (ELF, table "Machine"): a binary for another one would make a card that stops at once.
    pub(crate) fn elf_machine(self) -> u16 {
        match self {
            Self::Pi64 => 183,
            Self::Pi32 => 40,
        }
    }
}

impl Target {
    /// The kernel's place in its package.
    pub(crate) fn kernel(self, release: &str) -> String {
        match self {
            Self::Pi64 => format!("usr/lib/modules/{release}/vmlinuz"),
            Self::Pi32 => format!("boot/vmlinuz-{release}"),
        }
    }
}
