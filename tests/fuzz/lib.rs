//! What the targets share: a store with a person and some letters in it, and inputs cut into pieces.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use mail::Address;
use store::{
    About, AccountId, Credentials, Delivery, Flags, Head, Options, Read, Rights, Staged, Store,
    Who, WriteTx,
};

pub const PASSWORD: &str = "pass";

/// Inputs that changed something, after which the store begins anew: it must not grow over millions of them.
const LIVES: u32 = 5_000;

static HOUSE: Mutex<Option<House>> = Mutex::new(None);

struct House {
    store: Store,
    account: AccountId,
    /// Who shares an INBOX with that person.
    friend: AccountId,
    /// How everything looked when the account was new.
    new: String,
    lives: u32,
}

/// Runs one input over a store with a person, and another one who shares an INBOX with the first. What it changed is undone before the next one: both go
/// and others come.
pub fn house(input: impl FnOnce(&Store, AccountId)) {
    let mut house = HOUSE.lock().unwrap_or_else(PoisonError::into_inner);
    if house.as_ref().is_some_and(|house| house.lives > LIVES) {
        *house = None;
    }
    let house = house.get_or_insert_with(|| {
        let store = Store::open(&folder("house"), options()).unwrap();
        let [account, friend] = furnish(&store, &[]);
        let new = look(&store, account, friend);
        House {
            store,
            account,
            friend,
            new,
            lives: 0,
        }
    });
    input(&house.store, house.account);
    if look(&house.store, house.account, house.friend) != house.new {
        [house.account, house.friend] = furnish(&house.store, &[house.account, house.friend]);
        house.new = look(&house.store, house.account, house.friend);
        house.lives += 1;
    }
}

/// A new, empty folder of this process where `run` wants it: in memory if there is such a place.
pub fn folder(name: &str) -> PathBuf {
    let base = std::env::var_os("FUZZ_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = base
        .join(format!("pillarbox-fuzz-{}", std::process::id()))
        .join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// How the stores of all targets are opened.
pub fn options() -> Options {
    Options {
        map_size: 256 << 20,
        default_quota: Some(8 << 20),
        ..Options::default()
    }
}

fn furnish(store: &Store, old: &[AccountId]) -> [AccountId; 2] {
    let old = old.to_vec();
    let letters = MESSAGES.map(|text| (stage(store, text), text.len() as u32, render(text)));
    let deed = move |w: &mut WriteTx<'_>| {
        for old in old {
            w.remove_account(old)?;
        }
        let mut person = |address: &str| -> store::Result<_> {
            let account = w.create_account(
                &Address::parse(address).unwrap(),
                &Credentials::default(),
                1,
            )?;
            Ok((account, w.mailbox_by_name(account, "INBOX")?.unwrap().id))
        };
        let (account, inbox) = person("ann@house.test")?;
        let (friend, theirs) = person("bob@house.test")?;
        for (body, size, record) in letters {
            let head = Head {
                received: 1_000_000_000,
                zone: 0,
                sent: 1_000_000_000,
                size,
            };
            let into = vec![(inbox, Flags::default()), (theirs, Flags::default())];
            w.deliver(&Delivery {
                body,
                head,
                record,
                into,
                letters: Vec::new(),
            })?;
        }
        w.set_acl(theirs, Who::Account(account), false, Rights::ALL)?;
        Ok([account, friend])
    };
    store.write(deed).wait().unwrap()
}

fn render(text: &[u8]) -> Vec<u8> {
    let mut parser = mail::Parser::new();
    parser.feed(text);
    imap::record::render(&parser.finish())
}

pub fn stage(store: &Store, text: &[u8]) -> Staged {
    let mut spool = store.spool();
    spool.write(text).unwrap();
    store.stage(spool).wait().unwrap()
}

fn look(store: &Store, account: AccountId, friend: AccountId) -> String {
    let tx = store.read().unwrap();
    let mut seen = String::new();
    for of in [account, friend] {
        let mailboxes = tx.mailboxes(of).unwrap();
        let all: Vec<_> = mailboxes
            .iter()
            .map(|mailbox| {
                let about = About::Mailbox(mailbox.id);
                let notes = [None, Some(account), Some(friend)]
                    .map(|whose| tx.metadata_all(about, whose).ok());
                (
                    tx.counters(mailbox.id).ok(),
                    tx.counters_for(account, mailbox.id).ok(),
                    tx.acl(mailbox.id).ok(),
                    notes,
                    tx.mailbox_key(account, mailbox.id)
                        .is_ok_and(|key| key.is_some()),
                )
            })
            .collect();
        let server = tx.metadata_all(About::Server, Some(of)).ok();
        seen += &format!(
            "{mailboxes:?} {all:?} {:?} {:?} {server:?} {:?}",
            tx.subscriptions(of),
            tx.keywords(of),
            tx.usage(of).ok()
        );
    }
    seen
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
