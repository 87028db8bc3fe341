//! The program.
//!
//! The allocator is the C library's own; on a board that is musl's, which gives memory back. Of the 6.4 MB that the static box for PCs has while idle, 0.46 MB
//! are allocated at all (0.55 with ten clients in IDLE, 1.4 after a letter of 50 MB, 20 at most while it comes): that is all another allocator could save,
//! and others ask for more: dlmalloc, in the same box, keeps 20 MB after that letter where musl keeps 1.4, and is 0.13 MB larger; mimalloc, which keeps
//! caches for each thread, has 11.3 MB idle in a probe of the same crates for musl's 3.0.

fn main() -> std::process::ExitCode {
    pillarbox::main()
}
