//! IMAP's grammar: any line, no panic; a command that was read is printed and read again as the same; mailbox names and patterns go out as they came in.
#![no_main]

#[path = "imap_grammar/items.rs"]
mod items;
#[path = "imap_grammar/print.rs"]
mod print;
#[path = "imap_grammar/search.rs"]
mod search;
#[path = "imap_grammar/shared.rs"]
mod shared;

use imap::command::{Charset, Command, OpenCommand};
use imap::mailbox_name;
use imap::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for utf8 in [false, true] {
        if let Some((_, Ok(command))) = parse::command(input, utf8) {
            there_and_back(command);
        }
        let mut printed = Vec::new();
        if let Ok(name) = std::str::from_utf8(input) {
            mailbox_name::print(name, utf8, &mut printed);
            assert!(utf8 || printed.is_ascii());
        }
    }
    if let Ok(name) = std::str::from_utf8(input) {
        let _ = mailbox_name::encode(name);
    }
});

/// Texts have been decoded: they are printed in UTF-8, whatever charset was named.
fn decoded(mut command: Command) -> Command {
    match &mut command {
        Command::Esearch(esearch) => esearch.program.charset = Charset::Utf8,
        Command::Open(OpenCommand::Search(search)) => search.program.charset = Charset::Utf8,
        Command::Open(OpenCommand::Sort(sort)) => sort.program.charset = Charset::Utf8,
        Command::Open(OpenCommand::Thread(thread)) => thread.program.charset = Charset::Utf8,
        _ => {}
    }
    command
}

fn there_and_back(command: Command) {
    let command = decoded(command);
    for utf8 in [false, true] {
        let line = print::command(&command, utf8);
        // A pattern of LIST may mean NUL in modified UTF-7; it then matches nothing, and cannot be printed in UTF-8.
        if line.contains(&0) {
            continue;
        }
        let again = parse::command(&line, utf8).map(|(tag, read)| (tag, read.map(decoded)));
        match again {
            Some(("a", Ok(again))) if again == command => {}
            other => panic!(
                "{} is read as {other:?} instead of {command:?}",
                line.escape_ascii()
            ),
        }
    }
}
