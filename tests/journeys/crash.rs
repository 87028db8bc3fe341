//! The queue's task is gone at each of its steps: nothing is lost, and nothing that a remote acknowledged goes out again unless the answer could not be noted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pillarbox::send::Step;

use crate::post::{MINUTE, Post, SIMPLE};
use crate::remote::Manners;

/// Crashes at `step` of the first letter; how often the remote has it in the end.
fn crashed_at(step: Step) -> usize {
    let (mut post, remote) = Post::open(SIMPLE, "", Manners::default());
    let reached = Arc::new(AtomicBool::new(false));
    let letter = post.send(&["bob@far.test"]);
    post.start_watched({
        let reached = reached.clone();
        move |now| {
            if now == step && !reached.swap(true, Ordering::SeqCst) {
                // Long enough for the killing below: the one thread of the task stands still here.
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
        }
    });
    post.until("the step", || reached.load(Ordering::SeqCst));
    post.crash();
    let left = post.rows(letter);
    if let [row] = left.as_slice() {
        assert_eq!(row.attempts, 1, "{step:?}");
        let wait = row.due.0 - post.now().0;
        assert!(wait >= MINUTE, "{step:?}: a crash hammers nobody: {wait} s");
    }
    post.start();
    std::thread::sleep(std::time::Duration::from_millis(200));
    post.pass(16 * MINUTE);
    post.gone(letter);
    assert!(post.inbox().is_empty());
    remote.taken().len()
}

#[test]
fn whatever_the_moment_the_letter_arrives() {
    assert_eq!(crashed_at(Step::Claimed), 1);
    assert_eq!(crashed_at(Step::Dialed), 1);
    // The remote has acknowledged it, and the disk does not know: the one case in which it goes twice.
    assert!((1..=2).contains(&crashed_at(Step::Sent)));
    assert_eq!(crashed_at(Step::Settled), 1);
}

#[test]
fn an_orderly_end_waits_for_what_is_under_way() {
    let (mut post, remote) = Post::open(SIMPLE, "", Manners::default());
    post.start();
    let letters: Vec<_> = (0..20).map(|_| post.send(&["bob@far.test"])).collect();
    remote.wait_for(3);
    post.stop();
    let taken = remote.taken().len();
    let left = letters
        .iter()
        .filter(|letter| !post.rows(**letter).is_empty())
        .count();
    assert_eq!(taken + left, 20, "each is either there or here");
    post.start();
    post.pass(16 * MINUTE);
    for letter in letters {
        post.gone(letter);
    }
    assert_eq!(remote.taken().len(), 20);
}
