//! What the targets share: a store with a person and some letters in it, and a world that answers sessions.

use std::path::PathBuf;
use std::sync::OnceLock;

use mail::Address;
use store::{AccountId, Delivery, Flags, Head, Options, Read, Store};

pub const PASSWORD: &str = "pass";

/// A store that lives as long as the process, with one person; INBOX is refilled when a target has emptied it.
pub fn house() -> (&'static Store, AccountId) {
    static HOUSE: OnceLock<(Store, AccountId)> = OnceLock::new();
    let (store, account) = HOUSE.get_or_init(|| {
        let folder: PathBuf = std::env::temp_dir().join(format!("pillarbox-fuzz-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let options = Options { map_size: 256 << 20, ..Options::default() };
        let store = Store::open(&folder, options).unwrap();
        let address = Address::parse("ann@house.test").unwrap();
        let account = store.write(move |w| w.create_account(&address, &store::Credentials::default(), 1)).wait().unwrap();
        (store, account)
    });
    refill(store, *account);
    (store, *account)
}

fn refill(store: &Store, account: AccountId) {
    let (inbox, messages) = {
        let tx = store.read().unwrap();
        let inbox = tx.mailbox_by_name(account, "INBOX").unwrap().unwrap().id;
        (inbox, tx.counters(inbox).unwrap().messages)
    };
    if messages >= 3 {
        return;
    }
    for text in MESSAGES {
        let mut spool = store.spool();
        spool.write(text).unwrap();
        let mut parser = mail::Parser::new();
        parser.feed(text);
        let record = imap::record::render(&parser.finish());
        let body = store.stage(spool).wait().unwrap();
        let head = Head { received: 1_000_000_000, zone: 0, sent: 1_000_000_000, size: text.len() as u32 };
        let delivery = Delivery { body, head, record, into: vec![(inbox, Flags::default())] };
        store.write(move |w| w.deliver(&delivery)).wait().unwrap();
    }
}

const MESSAGES: [&[u8]; 3] = [
    b"Subject: one\r\n\r\nbody\r\n",
    b"From: \"A B\" <a@b.test>\r\nTo: g: c@d.test, e@f.test;\r\nSubject: =?utf-8?q?zwei?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\n.inner\r\n--x--\r\n",
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+\r\n",
];

/// Cuts `input` where its own octets say, so that every split of a stream is tried: pieces of 1 to 64 octets.
pub fn pieces(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = input;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let (piece, after) = rest.split_at(rest.len().min(usize::from(first % 64) + 1));
        rest = after;
        Some(piece)
    })
}
