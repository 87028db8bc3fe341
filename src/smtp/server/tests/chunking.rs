//! CHUNKING and BINARYMIME: the dialogues of RFC 3030 §4, and every way to get BDAT wrong.

use super::super::*;
use super::player::*;
use std::time::Duration;

const START: &str = "
    S: 220 ...
    C: HELO ymir.claremont.edu
    S: 250 ...
    C: MAIL FROM:<Sam@Random.com>
    S: 250 ...
    C: RCPT TO:<Susan@Random.com>
    S: 250 ...
";

fn started(script: &str) -> World {
    world(&format!("{START}{script}"))
}

#[test]
fn rfc3030_simple() {
    let world = started(
        r"C: BDAT 86 LAST
          R: To: Susan@random.com\r\nFrom: Sam@random.com\r\nSubject: This is a bodyless test message\r\n
          S: 250 2.0.0 Message kept
          C: QUIT
          S: 221 ...
          CLOSED",
    );
    assert_eq!(world.kept[0].1.len(), 86);
}

/// §4.2, with the chunks of the RFC shortened.
#[test]
fn rfc3030_binary() {
    let world = world(
        r"S: 220 ...
          C: HELO ymir.claremont.edu
          S: 250 ...
          C: MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME
          S: 250 ...
          C: RCPT TO:<Susan@Random.com>
          S: 250 ...
          C: BDAT 9
          R: To: Sus\r\n
          S: 250 2.0.0 Chunk received
          C: BDAT 8
          R: \r\n\0\n\rab\n
          S: 250 2.0.0 Chunk received
          C: BDAT 0 LAST
          S: 250 2.0.0 Message kept",
    );
    let (envelope, content) = &world.kept[0];
    assert_eq!(content, b"To: Sus\r\n\r\n\0\n\rab\n");
    assert_eq!(envelope.parameters.body, BodyType::BinaryMime);
}

/// BINARYMIME frees the body, not the header.
#[test]
fn binary_header() {
    let world = world(
        r"S: 220 ...
          C: HELO a
          S: 250 ...
          C: MAIL FROM:<> BODY=BINARYMIME
          S: 250 ...
          C: RCPT TO:<Susan@Random.com>
          S: 250 ...
          C: BDAT 8 LAST
          R: To: a\nb:
          S: 550 5.6.0 ...
          C: NOOP
          S: 250 ...",
    );
    assert!(world.kept.is_empty());
}

#[test]
fn text_is_judged_as_in_data() {
    for (octets, count) in [
        (r"a\nb\r\n", 5),
        (r"a\rb\r\n", 5),
        (r"a\0b\r\n", 5),
        (r"ab\r\n\r", 5),
    ] {
        let world = started(&format!(
            r"C: BDAT {count} LAST
              R: {octets}
              S: 550 5.6.0 ...
              C: MAIL FROM:<>
              S: 250 ..."
        ));
        assert!(world.kept.is_empty());
    }
    // A CRLF may be cut in two.
    let world = started(
        r"C: BDAT 2
          R: a\r
          S: 250 ...
          C: BDAT 1 LAST
          R: \n
          S: 250 2.0.0 Message kept",
    );
    assert_eq!(world.kept[0].1, b"a\r\n");
}

/// The last line gets its CRLF; the end of DATA means nothing here.
#[test]
fn lines_are_made_whole() {
    let world = started(
        r"C: BDAT 7 LAST
          R: a\r\n.\r\nb
          S: 250 2.0.0 Message kept",
    );
    assert_eq!(world.kept[0].1, b"a\r\n.\r\nb\r\n");
}

/// A chunk is passed over before it is refused (RFC 3030 §2), and its content is no command.
#[test]
fn out_of_turn() {
    let world = world(
        r"S: 220 ...
          C: BDAT 6 LAST
          R: QUIT\r\n
          S: 503 5.5.1 Say MAIL and RCPT first
          C: HELO a
          S: 250 ...
          C: MAIL FROM:<>
          S: 250 ...
          C: BDAT 6
          R: QUIT\r\n
          S: 554 5.5.1 No valid recipients
          C: RCPT TO:<nobody@example.org>
          S: 550 ...
          C: RCPT TO:<alice@example.org>
          S: 250 ...
          C: BDAT 3 LAST
          R: a\r\n
          S: 250 2.0.0 Message kept
          C: BDAT 3 LAST
          R: a\r\n
          S: 503 5.5.1 Say MAIL and RCPT first",
    );
    assert_eq!(world.kept.len(), 1);
}

#[test]
fn between_chunks() {
    let world = started(
        r"C: BDAT 3
          R: a\r\n
          S: 250 ...
          C: MAIL FROM:<>
          S: 503 5.5.1 A message is under way; RSET gives it up
          C: RCPT TO:<alice@example.org>
          S: 503 5.5.1 Say MAIL first
          C: NOOP
          S: 250 ...
          C: RSET
          S: 250 ...
          C: MAIL FROM:<>
          S: 250 ...
          C: RCPT TO:<alice@example.org>
          S: 250 ...
          C: BDAT 3 LAST
          R: b\r\n
          S: 250 2.0.0 Message kept",
    );
    assert_eq!(
        (world.discards, world.kept[0].1.as_slice()),
        (1, &b"b\r\n"[..])
    );
}

/// EHLO drops a message as RSET does.
#[test]
fn a_new_name_between_chunks() {
    let world = started(
        r"C: BDAT 3
          R: a\r\n
          S: 250 ...
          C: HELO again
          S: 250 ...
          C: BDAT 0 LAST
          S: 503 5.5.1 Say MAIL and RCPT first",
    );
    assert_eq!((world.discards, world.kept.len()), (1, 0));
}

#[test]
fn data_does_not_mix() {
    let (plain, limits) = (profile(Kind::World, Tls::None), Limits::default());
    let world = play_cut(
        &plain,
        &limits,
        &format!(
            r"{START}
          C: BDAT 3
          R: a\r\n
          S: 250 ...
          C: DATA
          S: 503 5.5.1 BDAT was begun; DATA cannot follow"
        ),
        Cut::Lines,
    );
    assert_eq!(world.discards, 1);
    let binary = START.replace(
        "Random.com>\n    S: 250 ...\n    C: RCPT",
        "Random.com> BODY=BINARYMIME\n    S: 250 ...\n    C: RCPT",
    );
    assert!(binary.contains("BINARYMIME"));
    play_cut(
        &plain,
        &limits,
        &format!(
            "{binary}
          C: DATA
          S: 503 5.5.1 BINARYMIME needs BDAT"
        ),
        Cut::Lines,
    );
}

/// Chunks that were in the pipeline behind a refused one are passed over, without counting as bad.
#[test]
fn refused_with_more_in_the_pipeline() {
    let limits = Limits {
        size: 10,
        ..Limits::default()
    };
    let world = play(
        &profile(Kind::World, Tls::None),
        &limits,
        &format!(
            r"{START}
          C: BDAT 8
          R: abcdef\r\n
          S: 250 ...
          C: BDAT 3
          R: a\r\n
          S: 552 5.3.4 ...
          C: BDAT 3
          R: a\r\n
          S: 503 5.5.1 ...
          C: BDAT 3
          R: a\r\n
          S: 503 5.5.1 ...
          C: BDAT 3
          R: a\r\n
          S: 503 5.5.1 ...
          C: BDAT 3 LAST
          R: a\r\n
          S: 503 5.5.1 ...
          C: MAIL FROM:<>
          S: 250 ..."
        ),
    );
    assert_eq!((world.discards, world.kept.len()), (1, 0));
}

/// Every octet of BINARYMIME is kept as it came, even where text would get its CRLF.
#[test]
fn binary_gets_nothing_added() {
    let binary = START.replace("Sam@Random.com>", "Sam@Random.com> BODY=BINARYMIME");
    let world = world(&format!(
        r"{binary}
          C: BDAT 5 LAST
          R: To: a
          S: 250 2.0.0 Message kept"
    ));
    assert_eq!(world.kept[0].1, b"To: a");
}

/// Without a size nobody knows where the next command starts.
#[test]
fn a_chunk_without_a_size_ends_it() {
    for size in ["x", "-1", "18446744073709551616", "", "3 FIRST"] {
        let world = started(&format!(
            r"C: BDAT {size}
          S: 501 5.5.4 ...
          CLOSED
          R: a\r\n"
        ));
        assert!(world.kept.is_empty());
    }
    started(
        r"C: BDAT 18446744073709551615
          S: 552 5.3.4 ...
          CLOSED",
    );
    world(
        r"S: 220 ...
          C: BDAT 18446744073709551615
          S: 503 5.5.1 ...
          CLOSED",
    );
}

/// Nothing is kept of a message whose client went away (B15): the session just never says so.
#[test]
fn an_unfinished_chunk_is_nothing() {
    let mut stage = Stage::new(profile(Kind::World, Tls::None), Limits::default());
    stage.feed(
        b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<alice@example.org>\r\nBDAT 10 LAST\r\n123456789",
    );
    stage.said();
    stage.now += Duration::from_secs(300);
    stage.run();
    assert_eq!(
        (stage.said().as_str(), stage.closed),
        ("421 4.4.2 Nothing was heard for too long\r\n", true)
    );
    assert!(stage.world.kept.is_empty());
}
