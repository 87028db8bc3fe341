//! `cargo image`.

use std::process::ExitCode;

fn main() -> ExitCode {
    image::main()
}
