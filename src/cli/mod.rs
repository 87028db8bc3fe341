//! The command line: what was asked for, who does it, how it ends.
//!
//! Promises: every level has `--help`; the exit code is one of [`Exit::TABLE`]; what a subcommand wants is asked of the running box, or done on the
//! store itself when none runs. The program looks at its arguments only, never at its own name, and refuses to run with another user's rights
//! (set-user-ID), so that being one binary for everything widens nobody's rights.

mod help;
mod light;
mod locate;
mod parse;
mod trial;
mod verify;
mod wish;

use std::io::Write as _;
use std::process::ExitCode;

use crate::control::Exit;
use crate::settings;
use parse::Command;

/// Runs the program with the process's arguments.
///
/// As a card's process 1 it is everything that the card needs, and the program itself is its child.
pub fn main() -> ExitCode {
    if firmware::init::is_process_1() {
        firmware::init::main();
    }
    let exit = match obey() {
        Ok(()) => Exit::Done,
        Err(failure) => {
            if !failure.text.is_empty() {
                let _ = writeln!(std::io::stderr(), "pillarbox: {}", failure.text);
            }
            failure.exit
        }
    };
    ExitCode::from(exit as u8)
}

/// Whether these arguments are a command: what the box tells people to type must be one.
#[cfg(test)]
pub(crate) fn understands(arguments: Vec<std::ffi::OsString>) -> bool {
    parse::parse(arguments.into_iter()).is_ok()
}

/// Why the program ends with another code than 0.
struct Failure {
    exit: Exit,
    /// A sentence for standard error; empty if everything is said.
    text: String,
}

impl Failure {
    fn new(exit: Exit, text: impl Into<String>) -> Failure {
        Failure {
            exit,
            text: text.into(),
        }
    }
}

fn obey() -> Result<(), Failure> {
    refuse_borrowed_rights()?;
    let arguments = parse::parse(std::env::args_os().skip(1))?;
    match arguments.command {
        Command::Help(topic) => say(&help::of(&topic)),
        Command::Version => say(concat!("pillarbox ", env!("CARGO_PKG_VERSION"))),
        Command::PrintSettings => say(settings::example().trim_end()),
        Command::Run => {
            let data = locate::data_folder(arguments.data)?;
            let start = crate::Start {
                data,
                config: arguments.config,
                boot: arguments.boot,
                setup: arguments.setup,
                loopback: arguments.loopback,
                card: arguments.card,
                sandbox: arguments.sandbox,
                rescue: arguments.rescue,
            };
            crate::run(&start).map_err(|error| Failure::new(error.exit, error.text))?;
        }
        Command::Watch => {
            let data = locate::data_folder(arguments.data)?;
            light::watch(&data, arguments.json)?;
        }
        Command::Trial(trial) => {
            let data = match trial {
                // It has a folder of its own.
                trial::Trial::SelfTest => std::path::PathBuf::new(),
                _ => locate::data_folder(arguments.data)?,
            };
            if arguments.sandbox {
                trial::shut_in(&data, arguments.config.as_deref())?;
            }
            let (text, json) = trial::perform(&trial, &data, arguments.config)?;
            match arguments.json {
                true => say(&json.to_string()),
                false => say(&text),
            }
        }
        Command::Verify(subject, options) => {
            let data = locate::data_folder(arguments.data)?;
            let (text, json) = verify::perform(subject, &options, &data, arguments.config)?;
            match arguments.json {
                true => say(&json.to_string()),
                false => say(&text),
            }
        }
        Command::Wish(request) => {
            let data = locate::data_folder(arguments.data)?;
            let answer = wish::fulfil(&data, arguments.config.as_deref(), request)?;
            if arguments.json && !answer.data.is_null() {
                say(&answer.data.to_string());
                return finish(answer.exit, "");
            }
            if answer.exit != Exit::Done {
                return finish(answer.exit, &answer.text);
            }
            say(&answer.text);
        }
    }
    Ok(())
}

fn finish(exit: Exit, text: &str) -> Result<(), Failure> {
    if exit == Exit::Done {
        return Ok(());
    }
    Err(Failure::new(exit, text))
}

/// To standard output; a reader that has gone (`| head`) is no failure.
fn say(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

fn refuse_borrowed_rights() -> Result<(), Failure> {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    if getuid() == geteuid() && getgid() == getegid() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::NotAllowed,
        "this program must not be installed set-user-ID or set-group-ID: it would do its owner's work for anyone; take the bit away with chmod ug-s",
    ))
}
