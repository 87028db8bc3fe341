//! APPEND, COPY, MOVE, EXPUNGE: what comes back and what the mailboxes hold.

use crate::cmd::house::House;

#[test]
fn copies_and_moves() {
    let house = House::new();
    house.fill("INBOX", 5);
    house.fill("Archive", 2);
    let mut client = house.selected("INBOX");
    let validity = house
        .store
        .read()
        .map(|tx| {
            ::store::Read::counters(&tx, house.mailbox("Archive"))
                .unwrap()
                .uid_validity
        })
        .unwrap();
    assert_eq!(
        client.say("c COPY 2,4:5 Archive"),
        format!("c OK [COPYUID {validity} 2,4:5 3:5] COPY completed\n")
    );
    assert_eq!(
        client.say("c COPY 1 Nowhere"),
        "c NO [TRYCREATE] There is no mailbox of this name: CREATE it first\n"
    );
    assert_eq!(
        client.say("c UID COPY 77:99 Archive"),
        "c OK COPY completed: there was nothing to copy\n"
    );
    assert_eq!(
        client.say("m UID MOVE 2,4,99 Archive"),
        format!(
            "* OK [COPYUID {validity} 2,4 6:7] Moved\n* 2 EXPUNGE\n* 3 EXPUNGE\nm OK MOVE completed\n"
        )
    );
    // Into the mailbox that is open: it is told (A36).
    assert!(
        client
            .say("c COPY 1 INBOX")
            .starts_with("* 4 EXISTS\n* 4 RECENT\nc OK [COPYUID")
    );
    assert_eq!(
        client.say("u UID SEARCH ALL"),
        "* SEARCH 1 3 5 6\nu OK SEARCH completed\n"
    );
    let mut other = house.selected("Archive");
    assert_eq!(
        other.say("f FETCH 6 BODY.PEEK[TEXT]"),
        "* 6 FETCH (BODY[TEXT] {12}\nThis is 2.\n)\nf OK FETCH completed\n"
    );
    other.say("e EXAMINE Archive");
    assert!(other.say("m MOVE 1 Trash").starts_with("m NO [READ-ONLY]"));
}

#[test]
fn expunge_and_close() {
    let house = House::new();
    house.fill("INBOX", 6);
    let mut client = house.selected("INBOX");
    client.say("s STORE 1,3,5 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(
        client.say("e UID EXPUNGE 2:4"),
        "* 3 EXPUNGE\ne OK EXPUNGE completed\n"
    );
    assert_eq!(
        client.say("e EXPUNGE"),
        "* 1 EXPUNGE\n* 3 EXPUNGE\ne OK EXPUNGE completed\n"
    );
    assert_eq!(client.say("e EXPUNGE"), "e OK EXPUNGE completed\n");
    assert_eq!(client.writes, 0, "nothing was \\Deleted");
    client.say("s STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.say("x UNSELECT");
    assert!(
        client
            .say("s STATUS INBOX (MESSAGES DELETED)")
            .contains("(MESSAGES 3 DELETED 1)")
    );
    client.say("e EXAMINE INBOX");
    assert_eq!(client.say("x CLOSE"), "x OK CLOSE completed\n");
    client.say("e SELECT INBOX");
    assert_eq!(client.say("x CLOSE"), "x OK CLOSE completed\n");
    assert!(
        client
            .say("s STATUS INBOX (MESSAGES DELETED)")
            .contains("(MESSAGES 2 DELETED 0)")
    );
}

#[test]
fn append_gets_its_uid() {
    let house = House::new();
    let mut client = house.selected("INBOX");
    let said = client.say(
        "a APPEND inbox (\\Seen $Mine) \"17-Jul-1996 02:44:25 -0700\" {19+}\nSubject: mine\n\nhi",
    );
    let (news, tagged) = said
        .split_once("a OK [APPENDUID ")
        .unwrap_or_else(|| panic!("{said}"));
    assert!(tagged.ends_with(" 1] APPEND completed\n"), "{said}");
    assert!(
        news.starts_with("* 1 EXISTS\n* 1 RECENT\n* FLAGS (") && news.contains("$Mine"),
        "{news}"
    );
    assert_eq!(
        client.say("f FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)"),
        "* 1 FETCH (FLAGS (\\Seen $Mine \\Recent) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 19)\nf OK FETCH completed\n"
    );
    assert_eq!(
        client.say("a APPEND Nowhere {3}"),
        "a NO [TRYCREATE] There is no mailbox of this name: CREATE it first\n"
    );
    assert!(
        client
            .say("a APPEND INBOX {99999999}")
            .starts_with("a NO [TOOBIG]")
    );
}

#[test]
fn selecting() {
    let house = House::new();
    house.fill("INBOX", 3);
    let mut client = house.client();
    let flags = "(\\Answered \\Flagged \\Deleted \\Seen \\Draft)";
    let said = client.say("s SELECT inbox");
    let validity = said
        .split("UIDVALIDITY ")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .unwrap();
    assert_eq!(
        said,
        format!(
            "* FLAGS {flags}\n* 3 EXISTS\n* 3 RECENT\n* OK [UNSEEN 1] First unseen\n* OK [UIDVALIDITY {validity}] UIDs valid\n\
             * OK [UIDNEXT 4] Next UID\n* OK [MAILBOXID (F1-1)] The same after a RENAME\n* OK [URLMECH INTERNAL] How URLs are authorized\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags that are kept\n\
             s OK [READ-WRITE] SELECT completed\n"
        )
    );
    client.say("e ENABLE IMAP4rev2");
    assert_eq!(
        client.say("s EXAMINE inbox"),
        format!(
            "* OK [CLOSED] The mailbox before is closed\n* FLAGS {flags}\n* 3 EXISTS\n* OK [UIDVALIDITY {validity}] UIDs valid\n\
             * OK [UIDNEXT 4] Next UID\n* OK [MAILBOXID (F1-1)] The same after a RENAME\n* OK [URLMECH INTERNAL] How URLs are authorized\n* OK [PERMANENTFLAGS ()] Nothing may be changed\n* LIST () \"/\" INBOX\n\
             s OK [READ-ONLY] EXAMINE completed\n"
        )
    );
    assert!(
        client
            .say("s SELECT Nowhere")
            .ends_with("s NO [NONEXISTENT] There is no mailbox of this name\n")
    );
    assert_eq!(
        client.say("f FETCH 1 UID"),
        "f BAD Select a mailbox first\n"
    );
}

/// RFC 6851 §3.3: allowed where copying into the selected mailbox is.
#[test]
fn moving_within_a_mailbox() {
    let house = House::new();
    house.fill("INBOX", 3);
    let mut client = house.selected("INBOX");
    let said = client.say("m MOVE 1:2 INBOX");
    let (code, news) = said.split_once('\n').unwrap();
    assert!(code.starts_with("* OK [COPYUID ") && code.ends_with(" 1:2 4:5] Moved"));
    assert_eq!(
        news,
        "* 1 EXPUNGE\n* 1 EXPUNGE\n* 3 EXISTS\n* 3 RECENT\nm OK MOVE completed\n"
    );
    assert_eq!(
        client.say("u UID SEARCH ALL"),
        "* SEARCH 3 4 5\nu OK SEARCH completed\n"
    );
    assert_eq!(client.say("n NOOP"), "n OK NOOP completed\n");
    assert_eq!(
        client.say("f FETCH 3 BODY.PEEK[TEXT]"),
        "* 3 FETCH (BODY[TEXT] {12}\nThis is 2.\n)\nf OK FETCH completed\n"
    );
}
