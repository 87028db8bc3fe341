//! 100,000 recipients whose hosts cannot be reached, half refusing and half swallowing connections: start, memory, and how soon a fresh letter leaves. Beside Postfix.

use std::time::{Duration, Instant};

use crate::world::post::Post;
use crate::world::postfix::{self, Postfix};
use crate::world::{DESTINATIONS, World, world};
use crate::{Outcome, Row, median};

/// Letters, and recipients of each: as many as a letter may have.
const LETTERS: usize = 1000;
const RECIPIENTS: usize = 100;
/// Destinations that they are spread over, a recipient of a letter each.
const DEAD: usize = 10_000;
const CLIENTS: usize = 10;
const RESTARTS: usize = 5;
/// The queue is left alone for so long after it was filled: most recipients have been tried once then, and wait for the next time.
const TRIED: Duration = Duration::from_secs(90);
/// The queue has churned for so long when memory is looked at.
const CHURN: Duration = Duration::from_secs(20);
/// Fresh letters, of each kind.
const FRESH: usize = 15;
/// One that has not left after this long is counted as that long.
const PATIENCE: Duration = Duration::from_secs(30);
/// A subject gets no more time than this for its fresh letters.
const ALL_FRESH: Duration = Duration::from_secs(25);

pub fn measure() -> Outcome<Vec<Row>> {
    let world = world()?;
    let mut rows = one(world, "pillarbox", Post::pillarbox(world)?)?;
    match postfix::version() {
        Ok(version) => {
            let name = format!("Postfix {version}");
            let measured = Postfix::start(world, false)
                .and_then(|postfix| one(world, &name, Post::Postfix(postfix)));
            // Minutes of measuring the box are not thrown away because the peer stumbles.
            rows.extend(measured.unwrap_or_else(|error| {
                vec![Row {
                    what: format!("queue, {name}"),
                    measured: format!("failed: {error}"),
                    limit: String::new(),
                    aim: "",
                }]
            }));
        }
        Err(missing) => rows
            .iter_mut()
            .for_each(|row| row.limit.clone_from(&missing)),
    }
    Ok(rows)
}

fn one(world: &World, name: &str, mut post: Post) -> Outcome<Vec<Row>> {
    let row = |what: String, measured: String| Row {
        what: format!(
            "queue of {} recipients, **{name}**: {what}",
            LETTERS * RECIPIENTS
        ),
        measured,
        limit: String::new(),
        aim: "",
    };
    let mb = |kb: u64| kb as f64 / 1024.0;
    let empty = post.memory_kb()?;
    let begun = Instant::now();
    fill(&post)?;
    let filled = begun.elapsed().as_secs_f64();
    let early = fresh(world, &post, "")?;
    std::thread::sleep(TRIED.saturating_sub(begun.elapsed()));
    let tried = fresh(world, &post, "")?;
    let mut starts = Vec::new();
    for _ in 0..RESTARTS {
        starts.push(post.restart()?.as_secs_f64() * 1e3);
    }
    let (cpu, begun) = (post.cpu()?, Instant::now());
    let at_first = post.memory_kb()?;
    let mut most = at_first;
    while begun.elapsed() < CHURN {
        std::thread::sleep(Duration::from_millis(500));
        most = most.max(post.memory_kb()?);
    }
    let busy = (post.cpu()?.saturating_sub(cpu)).as_secs_f64() / begun.elapsed().as_secs_f64();
    let later = fresh(world, &post, "")?;
    let mut rows = vec![
        row("submitted in".into(), format!("{filled:.1} s")),
        row(
            "start of the process to the banner, p50".into(),
            format!("**{:.1} ms**", median(starts)),
        ),
        row(
            format!(
                "memory: empty; after the start; most in {} s; processor used meanwhile",
                CHURN.as_secs()
            ),
            format!(
                "{:.1}; {:.1}; **{:.1} MB**; {:.0} %",
                mb(empty),
                mb(at_first),
                mb(most),
                busy * 100.0
            ),
        ),
        row(
            "a fresh letter's 250 to delivered, right after the queue was filled, p50; worst"
                .into(),
            early,
        ),
        row(
            format!("… {} s after that, p50; worst", TRIED.as_secs()),
            tried,
        ),
        row("… after restart and 20 s, p50; worst".into(), later),
    ];
    if matches!(post, Post::Box(_)) {
        let urgent = fresh(world, &post, " MT-PRIORITY=4")?;
        rows.push(row("… with MT-PRIORITY=4".into(), urgent));
    }
    Ok(rows)
}

fn fill(post: &Post) -> Outcome<()> {
    let mut clients = (0..CLIENTS)
        .map(|_| post.client())
        .collect::<Outcome<Vec<_>>>()?;
    std::thread::scope(|scope| {
        let senders: Vec<_> = clients
            .iter_mut()
            .enumerate()
            .map(|(first, client)| {
                scope.spawn(move || -> Result<(), String> {
                    for letter in (first..LETTERS).step_by(CLIENTS) {
                        let to: Vec<String> = (0..RECIPIENTS)
                            .map(|n| dead(letter * RECIPIENTS + n))
                            .collect();
                        client.submit(&to, "").map_err(|e| e.to_string())?;
                    }
                    Ok(())
                })
            })
            .collect();
        senders
            .into_iter()
            .try_for_each(|s| s.join().map_err(|_| "a sender panicked".to_owned())?)
    })?;
    Ok(())
}

/// An address that cannot be reached: even ones are refused, odd ones swallowed.
fn dead(number: usize) -> String {
    let kind = if number.is_multiple_of(2) { 'r' } else { 'h' };
    format!("friend{number}@{kind}{}.dead.test", number % DEAD)
}

/// Fresh letters one after the other, each to another destination: from the 250 to the remote's final dot.
fn fresh(world: &World, post: &Post, parameters: &str) -> Outcome<String> {
    let mut client = post.client()?;
    let mut times = Vec::new();
    let begun = Instant::now();
    for n in 0..FRESH {
        if begun.elapsed() > ALL_FRESH {
            break;
        }
        let to = format!("friend@t{}.dest.test", 1 + n % usize::from(DESTINATIONS));
        let (number, taken) = client.submit(&[to], parameters)?;
        let came = world.sink.wait_for(number, PATIENCE);
        times.push(
            came.map_or(PATIENCE, |came| came.saturating_duration_since(taken))
                .as_secs_f64()
                * 1e3,
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    let worst = times.iter().copied().fold(0.0, f64::max);
    let letters = times.len();
    Ok(format!(
        "**{:.1} ms**; {worst:.0} ms ({letters} letters)",
        median(times)
    ))
}
