//! What a client that has logged in, or has stolen a password, can do with IMAP's extensions: bombs in a packed line, commands without end, kept
//! things by the thousand, threads that bite their tails, and reading slowly. `HOSTILE_MESSAGES=100000` asks with more messages.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use house::{House, Wire};
use miniz_oxide::DataFormat;
use miniz_oxide::deflate::CompressionLevel;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress_to_output};

use crate::{Attacked, CEILING_KB, log_in};

/// Messages of the large mailboxes, if nothing else is said: what a debug build takes in within seconds.
const MESSAGES: usize = 4_000;
/// Messages of one MULTIAPPEND.
const AT_ONCE: usize = 500;
/// What the writer and the indexer may have in their hands besides, while much mail passes: a batch of each, in KB.
const AT_WORK_KB: u64 = 2048;
/// A second that a debug build on a busy machine stretches.
const SOON: Duration = Duration::from_secs(20);
/// What the search index and mail take while they are written, and what the reader's pages are: the file may grow by this, in octets.
const GROWTH: u64 = 8 << 20;

fn messages() -> usize {
    let said = std::env::var("HOSTILE_MESSAGES").ok();
    said.map_or(MESSAGES, |number| number.parse().unwrap())
}

fn grown(attacked: &Attacked) -> u64 {
    let now = attacked.house.filled_kb().unwrap();
    now.saturating_sub(attacked.before)
}

/// Sends a command and gives what was said to it.
fn ask(wire: &mut Wire, command: &str) -> String {
    wire.send(format!("q {command}\r\n").as_bytes()).unwrap();
    wire.until("q ").unwrap()
}

/// Messages into INBOX, many in one command; `message` says the n-th.
fn append_many(house: &House, count: usize, message: impl Fn(usize) -> String) {
    let mut wire = log_in(house).unwrap();
    wire.patience(Duration::from_secs(60)).unwrap();
    for first in (0..count).step_by(AT_ONCE) {
        let mut command = b"m APPEND INBOX".to_vec();
        for number in first..count.min(first + AT_ONCE) {
            let message = message(number);
            command.extend_from_slice(format!(" {{{}+}}\r\n{message}", message.len()).as_bytes());
        }
        command.extend_from_slice(b"\r\n");
        wire.send(&command).unwrap();
        let said = wire.until("m ").unwrap();
        assert!(said.starts_with("m OK"), "{said}");
    }
}

/// A house under attack that has taken in and indexed mail before, so that the writer's and the indexer's own memory is known.
fn warmed() -> Attacked {
    let mut attacked = Attacked::new();
    append_many(&attacked.house, AT_ONCE, |n| {
        format!("Subject: warm {n}\r\n\r\n{}\r\n", "warm words ".repeat(200))
    });
    let mut wire = log_in(&attacked.house).unwrap();
    for command in ["STORE 2:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE"] {
        ask(&mut wire, command);
    }
    std::thread::sleep(Duration::from_secs(1));
    attacked.before = attacked.house.filled_kb().unwrap();
    attacked
}

/// Packed octets that unpack to `octets`, a thousand times as many, again and again: the second of two equal blocks is all references to the one before.
fn bomb(octets: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut packer =
        CompressorOxide::with_format_and_level(DataFormat::Raw, CompressionLevel::BestCompression);
    let mut pack = || {
        let mut out = Vec::new();
        compress_to_output(&mut packer, octets, TDEFLFlush::Sync, |piece| {
            out.extend_from_slice(piece);
            true
        });
        out
    };
    (pack(), pack())
}

#[test]
fn a_packed_line_that_unpacks_to_gigabytes() {
    let attacked = Attacked::new();
    let mega = 1 << 20;
    let literal = [b"b APPEND INBOX {50000000+}\r\n".to_vec(), vec![b'A'; mega]].concat();
    for (name, first, again) in [
        ("a line", vec![b'A'; mega], true),
        ("a literal", literal, true),
        ("commands", b"b NOOP\r\n".repeat(mega / 8), true),
        ("blank lines", b"\r\n".repeat(mega / 2), true),
        ("blocks of nothing", Vec::new(), false),
    ] {
        let mut wire = log_in(&attacked.house).unwrap();
        wire.send(b"c COMPRESS DEFLATE\r\n").unwrap();
        wire.expect("c OK").unwrap();
        let (first, block) = match again {
            true => (bomb(&first).0, bomb(&first).1),
            false => (Vec::new(), [0, 0, 0, 0xFF, 0xFF].repeat(400)),
        };
        assert!(
            block.len() < 16_384,
            "{name}: no bomb, {} octets",
            block.len()
        );
        // Two thousand times a megabyte; nobody reads the answers.
        wire.patience(Duration::from_secs(2)).unwrap();
        let _ = wire.send(&first);
        let sent = (0..20)
            .take_while(|_| {
                let grown = grown(&attacked);
                assert!(grown <= CEILING_KB, "{name}: memory grew by {grown} KB");
                wire.send(&block.repeat(100)).is_ok()
            })
            .count();
        // Others are served meanwhile.
        log_in(&attacked.house).unwrap();
        let grown = grown(&attacked);
        assert!(grown <= CEILING_KB, "{name}: memory grew by {grown} KB");
        println!("{name}: {sent}00 blocks of {} octets", block.len());
        wire.hang_up();
    }
    attacked.survived();
}

#[test]
fn packed_rubbish_ends_the_connection_alone() {
    let attacked = Attacked::new();
    for rubbish in [
        &[0xFF; 100][..],
        &[6, 0, 0, 0],
        &[1, 0, 0, 0xFF, 0xFF],
        &[0x05, 0xC0, 0x81],
    ] {
        let mut wire = log_in(&attacked.house).unwrap();
        wire.send(b"c COMPRESS DEFLATE\r\n").unwrap();
        wire.expect("c OK").unwrap();
        let _ = wire.send(rubbish);
        wire.hang_up();
    }
    attacked.survived();
}

#[test]
fn messages_and_pieces_without_end_are_never_kept() {
    let attacked = warmed();
    let mut wire = log_in(&attacked.house).unwrap();
    let _ = wire.patience(SOON);
    // One APPEND of messages without end; the client vanishes.
    let _ = wire.send(b"c APPEND INBOX");
    let piece = " {12+}\r\nSubject: x\r\n".repeat(1_000);
    let begun = Instant::now();
    while begun.elapsed() < SOON / 4 && wire.send(piece.as_bytes()).is_ok() {
        let grown = grown(&attacked);
        assert!(
            grown <= CEILING_KB + AT_WORK_KB,
            "MULTIAPPEND: memory grew by {grown} KB"
        );
    }
    wire.hang_up();
    println!("MULTIAPPEND: {} KB", grown(&attacked));
    for piece in [
        "TEXT {1+}\r\nx ",
        "URL \"/INBOX/;UID=1\" ",
        "TEXT {900000000000+}\r\n",
        "TEXT {99999999999999999999999+}\r\n",
        "(",
    ] {
        let mut wire = log_in(&attacked.house).unwrap();
        let _ = wire.patience(SOON);
        let _ = wire.send(b"c APPEND INBOX CATENATE (");
        let (many, begun) = (piece.repeat(500), Instant::now());
        while begun.elapsed() < SOON / 8 && wire.send(many.as_bytes()).is_ok() {
            let grown = grown(&attacked);
            assert!(
                grown <= CEILING_KB + AT_WORK_KB,
                "{piece}: memory grew by {grown} KB"
            );
        }
        wire.hang_up();
        println!("{piece:?}: {} KB", grown(&attacked));
    }
    // The warm letter is all there is; what was staged is swept.
    let mut wire = log_in(&attacked.house).unwrap();
    wire.send(b"s STATUS INBOX (MESSAGES)\r\n").unwrap();
    assert_eq!(
        wire.until("* STATUS").unwrap(),
        "* STATUS INBOX (MESSAGES 1)"
    );
    assert!(attacked.house.command(&["check"], "").is_ok());
    attacked.survived();
}

#[test]
fn what_is_kept_for_a_client_is_counted() {
    let attacked = warmed();
    let mut wire = log_in(&attacked.house).unwrap();
    for number in 0..1_500 {
        wire.send(
            format!("u{number} UID SEARCH RETURN (ALL CONTEXT UPDATE) NOT SUBJECT {number}\r\n")
                .as_bytes(),
        )
        .unwrap();
        wire.until(&format!("u{number} ")).unwrap();
    }
    let filters: String = (0..600).map(|n| format!(" Folder{n}")).collect();
    for events in [
        "(MessageNew MessageExpunge FlagChange)",
        "(MailboxMetadataChange)",
    ] {
        ask(
            &mut wire,
            &format!(
                "NOTIFY SET STATUS (mailboxes ({}) {events})",
                filters.trim()
            ),
        );
        ask(
            &mut wire,
            &format!(
                "NOTIFY SET{}",
                format!(" (subtree INBOX {events})").repeat(800)
            ),
        );
    }
    let value = "v".repeat(60);
    let mut refused = 0;
    for number in 0..1_500 {
        let said = ask(
            &mut wire,
            &format!(
                "SETMETADATA INBOX (/private/x{number} \"{value}\" /shared/x{number} \"{value}\")"
            ),
        );
        refused += usize::from(said.starts_with("q NO"));
    }
    assert!(refused > 500, "only {refused} of 1500 were refused");
    let said = ask(
        &mut wire,
        "GETMETADATA (DEPTH infinity) INBOX (/private /shared)",
    );
    assert!(said.starts_with("q OK"), "{said}");
    for number in 0..300 {
        ask(
            &mut wire,
            &format!("SETACL INBOX nobody{number}@house.test lrs"),
        );
        ask(&mut wire, &format!("SETACL INBOX -anyone{number} lrs"));
    }
    ask(&mut wire, "GETACL INBOX");
    let grown = grown(&attacked);
    assert!(grown <= CEILING_KB, "memory grew by {grown} KB");
    assert!(attacked.house.command(&["check"], "").is_ok());
    wire.hang_up();
    attacked.survived();
}

#[test]
fn filters_that_name_each_other_and_themselves() {
    let attacked = Attacked::new();
    let mut wire = log_in(&attacked.house).unwrap();
    let mut set = |name: &str, value: &str| {
        let entry = format!("/private/filters/values/{name}");
        ask(
            &mut wire,
            &format!("SETMETADATA \"\" ({entry} \"{value}\")"),
        )
    };
    set("self", "FILTER self");
    set("one", "OR SEEN FILTER other");
    set("other", "NOT FILTER one");
    // Each has the next one twice: 2^40 keys, if anyone counted them out.
    for n in 0..40 {
        set(
            &format!("twice{n}"),
            &format!("OR FILTER twice{} FILTER twice{}", n + 1, n + 1),
        );
    }
    set("twice40", "ALL");
    for name in ["self", "one", "other", "twice0", "twice30"] {
        let begun = Instant::now();
        let said = ask(&mut wire, &format!("SEARCH FILTER {name}"));
        assert!(
            begun.elapsed() < SOON,
            "{name} took {:?}: {said}",
            begun.elapsed()
        );
    }
    wire.hang_up();
    attacked.survived();
}

#[test]
fn threads_that_bite_their_tails_and_chains_without_end() {
    let attacked = warmed();
    let count = messages();
    append_many(&attacked.house, count, |n| {
        let id = |n: usize| format!("<{}@x>", n % count);
        let header = match n % 4 {
            // A chain through all of them, and two circles.
            0 | 1 => format!("References: {}\r\n", id(n.wrapping_sub(1))),
            2 => format!("References: {} {} {}\r\n", id(n + 4), id(n), id(n + 4)),
            _ => format!("In-Reply-To: {}\r\n", id(n)),
        };
        format!(
            "Message-ID: {}\r\n{header}Subject: Re: [x] Re: same (fwd)\r\n\r\nx\r\n",
            id(n)
        )
    });
    let mut references = String::from("References:");
    for n in 0..100_000 {
        let _ = write!(references, " <{n}@y>\r\n");
    }
    let marks = "Re: [a] "
        .repeat(20_000)
        .replace("[a] Re: [a] ", "[a]\r\n Re: [a] ");
    append_many(&attacked.house, 1, |_| format!("{references}\r\nx\r\n"));
    append_many(&attacked.house, 1, |_| {
        format!("Subject: {marks}\r\n\r\nx\r\n")
    });
    let mut wire = log_in(&attacked.house).unwrap();
    wire.patience(SOON * 3).unwrap();
    for asked in [
        "THREAD REFERENCES UTF-8 ALL",
        "UID THREAD REFS UTF-8 ALL",
        "THREAD ORDEREDSUBJECT UTF-8 ALL",
        "SORT (SUBJECT REVERSE DATE FROM DISPLAYTO) UTF-8 ALL",
        "UID SORT RETURN (COUNT MIN MAX) (REVERSE SIZE SUBJECT) UTF-8 NOT TEXT nothing",
        "SEARCH TEXT \"same (fwd)\" HEADER References \"@x>\"",
    ] {
        let begun = Instant::now();
        wire.send(format!("t {asked}\r\n").as_bytes()).unwrap();
        wire.drain(|tail| tail.windows(6).any(|w| w == b"\r\nt OK"))
            .unwrap_or_else(|why| panic!("{asked}: {why}"));
        println!("{asked}: {:?} for {count}", begun.elapsed());
    }
    wire.hang_up();
    attacked.survived();
}

#[test]
fn who_reads_slowly_holds_neither_memory_nor_the_store() {
    let attacked = warmed();
    let count = messages();
    append_many(&attacked.house, count, |n| {
        format!(
            "From: a{n}@b.test\r\nTo: {}\r\nSubject: number {n}\r\n\r\n{}\r\n",
            "x@y.test, ".repeat(20),
            "text ".repeat(400)
        )
    });
    let file = attacked.house.folder().join("data/data.mdb");
    let used = || fs::metadata(&file).unwrap().len();
    let mut slow: Vec<Wire> = Vec::new();
    for asked in [
        "FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[])",
        "UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (TO)] PREVIEW)",
        "FETCH 1:* (ENVELOPE)",
    ] {
        let mut wire = log_in(&attacked.house).unwrap();
        wire.send(format!("f {asked}\r\n").as_bytes()).unwrap();
        wire.line().unwrap();
        slow.push(wire);
    }
    std::thread::sleep(Duration::from_millis(500));
    // Meanwhile another client writes: were a reader's pages held, each of these commits would need new ones.
    let mut wire = log_in(&attacked.house).unwrap();
    wire.patience(SOON * 3).unwrap();
    let before = used();
    for round in 0..40 {
        let sign = if round % 2 == 0 { "+" } else { "-" };
        let said = ask(
            &mut wire,
            &format!("STORE 1:* {sign}FLAGS.SILENT (\\Flagged)"),
        );
        assert!(said.starts_with("q OK"), "{said}");
    }
    let more = used().saturating_sub(before);
    assert!(
        more <= GROWTH,
        "the file grew by {more} octets while clients read slowly"
    );
    let grown = grown(&attacked);
    // Three that read nothing: a piece of an answer each, and their views.
    assert!(grown <= CEILING_KB, "memory grew by {grown} KB");
    // They get all of it in the end.
    for mut wire in slow {
        wire.patience(SOON * 3).unwrap();
        wire.drain(|tail| tail.windows(6).any(|w| w == b"\r\nf OK"))
            .unwrap();
    }
    wire.hang_up();
    attacked.survived();
}
