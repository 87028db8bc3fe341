//! What sessions cost: heap octets, counted by an allocator of the test's own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use imap::{Limits, Now, Profile, Session, Step, Tls, Verified};
use store::{AccountId, Credentials, Options, Store};

/// Counts what this thread holds; the store's writer has a thread of its own.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(octets: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + octets);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: `at` came from `alloc` above with this layout.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn held() -> isize {
    HELD.get()
}

fn open(name: &str) -> (Store, AccountId, std::path::PathBuf) {
    let folder = std::env::temp_dir().join(format!("imap-memory-{name}-{}", std::process::id()));
    let store = Store::open(
        &folder,
        Options {
            map_size: 1 << 28,
            ..Options::default()
        },
    )
    .unwrap();
    let address = mail::Address::parse("ann@house.test").unwrap();
    let ann = store
        .write(move |tx| tx.create_account(&address, &Credentials::default(), 0))
        .wait()
        .unwrap();
    (store, ann, folder)
}

/// Feeds and steps until the session waits; hands what is said to `sink`.
fn drive(
    session: &mut Session,
    ann: AccountId,
    octets: &[u8],
    sink: &mut dyn FnMut(&[u8]),
) -> bool {
    session.feed(octets);
    let mut out = Vec::new();
    loop {
        let now = Now {
            instant: Instant::now(),
            unix: 1_700_000_000,
        };
        let step = session.step(now, &mut out);
        sink(&out);
        out.clear();
        match step {
            Step::Read => return true,
            Step::More => {}
            Step::Verify(_) => session.verified(Verified::Password(Some(ann))),
            Step::Commit(pending) => session.committed(pending.wait()),
            Step::Close | Step::StartTls | Step::Compress | Step::Uncompress | Step::Wait => {
                return false;
            }
        }
    }
}

fn session(store: &Store, limits: &Arc<Limits>, hostname: &Arc<str>) -> Session {
    let profile = Profile {
        hostname: hostname.clone(),
        tls: Tls::Active(None),
        nonce_seed: [1; 32],
    };
    Session::new(store.clone(), profile, limits.clone(), Instant::now())
}

const LOG_IN: &[u8] = b"a LOGIN ann@house.test x\r\nb SELECT INBOX\r\n";

/// Idle clients are the many: 1,000 of them with a mailbox open, in IDLE.
#[test]
fn an_idle_client_costs_less_than_a_kilobyte() {
    let (store, ann, folder) = open("idle");
    let (limits, hostname) = (Arc::new(Limits::default()), Arc::from("mail.house.test"));
    let one = || {
        let mut session = session(&store, &limits, &hostname);
        drive(&mut session, ann, LOG_IN, &mut |_| {});
        drive(&mut session, ann, b"c IDLE\r\n", &mut |_| {});
        assert!(!session.wants_wakes().is_empty());
        session
    };
    let mut sessions = Vec::with_capacity(1_001);
    sessions.push(one());
    let before = held();
    for _ in 0..1_000 {
        sessions.push(one());
    }
    let each = (held() - before) / 1_000 + size_of::<Session>().cast_signed();
    println!("{each} octets an idle client");
    assert!(each < 1_024, "{each}");
    drop((sessions, store));
    let _ = std::fs::remove_dir_all(folder);
}

/// Strangers are the hostile: each holds its limit of octets and no more.
#[test]
fn a_stranger_costs_its_command_and_no_more() {
    let (store, ann, folder) = open("stranger");
    let (limits, hostname) = (Arc::new(Limits::default()), Arc::from("mail.house.test"));
    let before = held();
    let mut sessions = Vec::with_capacity(100);
    for _ in 0..100 {
        let mut session = session(&store, &limits, &hostname);
        drive(&mut session, ann, b"a NOOP ", &mut |_| {});
        for _ in 0..8 {
            drive(&mut session, ann, &[b'('; 1_000], &mut |_| {});
        }
        sessions.push(session);
    }
    let each = (held() - before) / 100;
    assert!(each < 20_000, "{each}");
    drop((sessions, store));
    let _ = std::fs::remove_dir_all(folder);
}

/// 20 MB in by APPEND and out by FETCH, slowly: what is held never grows with it.
#[test]
fn a_large_message_is_never_held() {
    const LINES: usize = 20 * 1024 * 1024 / 64;
    let (store, ann, folder) = open("large");
    let (limits, hostname) = (Arc::new(Limits::default()), Arc::from("mail.house.test"));
    let mut session = session(&store, &limits, &hostname);
    drive(&mut session, ann, LOG_IN, &mut |_| {});
    let line = [&[b'x'; 62][..], b"\r\n"].concat();
    let chunk = line.repeat(256);
    let before = held();
    MOST.set(before);
    drive(
        &mut session,
        ann,
        format!("c APPEND INBOX {{{}+}}\r\n\r\n", LINES * 64 + 2).as_bytes(),
        &mut |_| {},
    );
    for _ in 0..LINES / 256 {
        drive(&mut session, ann, &chunk, &mut |_| {});
    }
    let mut said = Vec::new();
    drive(&mut session, ann, b"\r\n", &mut |out| {
        said.extend_from_slice(out)
    });
    assert!(
        String::from_utf8_lossy(&said).contains("c OK [APPENDUID"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    let appending = MOST.get() - before;
    println!("{appending} octets at most while appending");
    assert!(appending < 1_000_000, "{appending}");

    MOST.set(held());
    let before = held();
    let mut octets = 0;
    drive(
        &mut session,
        ann,
        b"d FETCH 1 BODY.PEEK[]\r\n",
        &mut |out| octets += out.len(),
    );
    assert!(octets > LINES * 64);
    let fetching = MOST.get() - before;
    println!("{fetching} octets at most while fetching");
    assert!(fetching < 512 * 1024, "{fetching}");
    drop((session, store));
    let _ = std::fs::remove_dir_all(folder);
}
