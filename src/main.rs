//! The program.

fn main() -> std::process::ExitCode {
    pillarbox::main()
}
