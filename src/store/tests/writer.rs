//! The writer: one commit for many, wakes after the commit, a bounded queue, a full store.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use common::*;
use event_listener::Listener;
use store::*;

/// Blocks the writer until the sender is dropped, so that what is written meanwhile waits in the queue.
fn hold(store: &Store) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    let (begun, running) = mpsc::channel();
    drop(store.write(move |_| {
        begun.send(()).unwrap();
        let _ = receiver.recv();
        Ok(())
    }));
    running.recv().unwrap();
    sender
}

#[test]
fn what_waits_together_is_committed_together() {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = steps.clone();
    let observer = Observer(Arc::new(move |step| seen.lock().unwrap().push(step)));
    let store = Checked::with(Options {
        map_size: 1 << 30,
        steps: Some(observer),
        ..Options::default()
    });
    let ann = person(&store, "ann@example.org");
    let event = store.wake(ann);
    let listener = event.listen();
    settle(&store);
    steps.lock().unwrap().clear();
    let held = hold(&store);
    let answers: Vec<_> = (0..50)
        .map(|n| store.write(move |tx| tx.create_mailbox(ann, &format!("m{n}"), None)))
        .collect();
    drop(held);
    for answer in answers {
        answer.wait().unwrap();
    }
    listener.wait();
    settle(&store);
    let steps = steps.lock().unwrap().clone();
    let count = |step| steps.iter().filter(|seen| **seen == step).count();
    assert_eq!(count(Step::Ran), 51);
    assert!(count(Step::Committed) <= 2, "{steps:?}");
    let at = |step| steps.iter().position(|seen| *seen == step).unwrap();
    assert!(at(Step::Committed) < at(Step::Answered) && at(Step::Answered) < at(Step::Woken));
}

#[test]
fn a_full_queue_and_a_closed_store_answer_busy() {
    let store = Checked::with(Options {
        map_size: 1 << 30,
        write_queue: 3,
        ..Options::default()
    });
    let held = hold(&store);
    let answers: Vec<_> = (0..5).map(|_| store.write(|_| Ok(()))).collect();
    drop(held);
    let busy = answers
        .into_iter()
        .map(Answer::wait)
        .filter(|answer| matches!(answer, Err(Error::Busy)))
        .count();
    assert_eq!(busy, 2);
}

#[test]
fn closing_finishes_what_is_queued() {
    let store = Checked::new();
    let done = Arc::new(AtomicUsize::new(0));
    let held = hold(&store);
    for _ in 0..20 {
        let done = done.clone();
        drop(store.write(move |_| {
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }));
    }
    drop(held);
    let mut store = store;
    store.reopen();
    assert_eq!(done.load(Ordering::SeqCst), 20);
}

#[test]
fn the_last_handle_may_go_on_the_writer_itself() {
    let folder = checked::Folder::new();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let inner = store.clone();
    let answer = store.write(move |_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        drop(inner);
        Ok(())
    });
    drop(store);
    answer.wait().unwrap();
}

#[test]
fn a_deed_wakes_only_whom_it_touched() {
    let store = Checked::new();
    let (ann, bob) = (
        person(&store, "ann@example.org"),
        person(&store, "bob@example.org"),
    );
    let inbox = mailbox(&store, ann, "INBOX");
    // The wake of the deeds above comes after their answers: one more commit, and it is over.
    store.write(|_| Ok(())).wait().unwrap();
    let (ann, bob) = (store.wake(ann), store.wake(bob));
    let (told, not_told) = (ann.listen(), bob.listen());
    deliver(&store, b"x", &[(inbox, Flags::default())]).unwrap();
    told.wait();
    assert!(
        not_told
            .wait_timeout(std::time::Duration::from_millis(20))
            .is_none()
    );
}

#[test]
fn a_full_store_refuses_deliveries_and_still_deletes() {
    let store = Checked::with(Options {
        map_size: 16 << 20,
        ..Options::default()
    });
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let mut delivered = 0;
    let refused = loop {
        match deliver(&store, &octets(50_000, 1), &[(inbox, Flags::default())]) {
            Ok(_) => delivered += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, Error::Full), "{refused}");
    assert!(
        (200..320).contains(&delivered),
        "{delivered} messages of 50 KB in 16 MiB"
    );
    assert!(store.facts().unwrap().scarce);
    let mut large = store.spool();
    large.write(&octets(200_000, 1)).unwrap();
    assert!(matches!(store.stage(large).wait(), Err(Error::Full)));

    // People can still be changed, and mail deleted; then there is room again.
    store
        .write(move |tx| tx.set_quota(ann, Some(1 << 40), None))
        .wait()
        .unwrap();
    for round in 0..5_u32 {
        let all: Vec<Uid> = (1..=10_000).collect();
        store
            .write(move |tx| {
                tx.mark(
                    inbox.account,
                    inbox,
                    &all,
                    FlagChange::Add(Flags(1 << round)),
                    None,
                )
            })
            .wait()
            .unwrap();
    }
    store
        .write(move |tx| tx.expunge(inbox, &(1..=100).collect::<Vec<Uid>>()))
        .wait()
        .unwrap();
    settle(&store);
    store.write(|_| Ok(())).wait().unwrap();
    let again = (0..200)
        .take_while(|_| deliver(&store, &octets(50_000, 1), &[(inbox, Flags::default())]).is_ok())
        .count();
    assert!(
        again > 80,
        "{again} of 100 expunged messages' room came back"
    );
}

#[test]
fn answers_are_futures() {
    struct Flag(AtomicBool);
    impl std::task::Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let store = Checked::new();
    let held = hold(&store);
    let mut answer = store.write(|_| Ok(7));
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    let waker = std::task::Waker::from(flag.clone());
    let mut context = std::task::Context::from_waker(&waker);
    assert!(std::future::Future::poll(std::pin::Pin::new(&mut answer), &mut context).is_pending());
    drop(held);
    while !flag.0.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    assert!(matches!(
        std::future::Future::poll(std::pin::Pin::new(&mut answer), &mut context),
        std::task::Poll::Ready(Ok(7))
    ));
}

/// On a small file system of its own, as in `mount -o loop` of 40 MB ext4: the disk is filled to the last block by somebody else, and still
/// people log in and delete.
#[test]
#[ignore = "needs SMALL_DISK, a folder on a file system of some 40 MB that may be filled"]
fn a_full_disk_refuses_deliveries_and_still_deletes() {
    let disk = std::path::PathBuf::from(std::env::var_os("SMALL_DISK").unwrap());
    let folder = disk.join("store");
    let _ = std::fs::remove_dir_all(&folder);
    let store = Store::open(&folder, Options::default()).unwrap();
    let ann = person(&store, "ann@example.org");
    let inbox = mailbox(&store, ann, "INBOX");
    let deliver_50 = || deliver(&store, &octets(50_000, 1), &[(inbox, Flags::default())]);
    for _ in 0..100 {
        deliver_50().unwrap();
    }
    let junk = disk.join("junk");
    let mut file = std::fs::File::create(&junk).unwrap();
    for size in [65_536, 4096, 512, 1] {
        while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
    }
    let _ = file.sync_all();
    let more = (0..1000).take_while(|_| deliver_50().is_ok()).count();
    assert!(more < 300, "{more} messages went to a full disk");
    assert!(matches!(deliver_50(), Err(Error::Full)));
    assert!(store.facts().unwrap().scarce);
    let mut spool = store.spool();
    assert!(spool.write(&octets(200_000, 1)).is_err());
    for round in 0..30_u32 {
        let all: Vec<Uid> = (1..=10_000).collect();
        store
            .write(move |tx| {
                tx.mark(
                    inbox.account,
                    inbox,
                    &all,
                    FlagChange::Replace(Flags(u64::from(round % 7))),
                    None,
                )
            })
            .wait()
            .unwrap();
        store
            .write(move |tx| tx.expunge(inbox, &[round * 3 + 1, round * 3 + 2]))
            .wait()
            .unwrap();
    }
    settle(&store);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    store.write(|_| Ok(())).wait().unwrap();
    let again = (0..60).take_while(|_| deliver_50().is_ok()).count();
    drop(file);
    std::fs::remove_file(junk).unwrap();
    assert!(again > 30, "{again} of 60 messages' room came back");
    deliver_50().unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}
