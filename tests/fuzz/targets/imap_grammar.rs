//! IMAP's grammar: any line, no panic; mailbox names and patterns go out as they came in.
#![no_main]

use imap::mailbox_name;
use imap::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for utf8 in [false, true] {
        let _ = parse::command(input, utf8);
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
