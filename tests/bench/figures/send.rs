//! Letters from a person's program to hosts outside: how many a second, from the first MAIL to the last final dot at the remote; what each costs. Beside Postfix.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::limits::{device_octets, synced_appends};
use crate::talk::status;
use crate::world::post::Post;
use crate::world::postfix::{self, Postfix};
use crate::world::{DESTINATIONS, SmtpSink, World, world};
use crate::{Outcome, Row, median};

/// Letters of one run.
const LETTERS: u64 = 1000;
/// Letters while syncs are traced, which is slow.
const TRACED: u64 = 200;
/// Programs that submit at one time, a connection each.
const CLIENTS: u64 = 10;
/// Runs of each load, in turns.
const RUNS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(180);
/// How often memory is looked at under load.
const LOOK: Duration = Duration::from_millis(150);

/// One run.
struct Run {
    /// A second.
    rate: f64,
    cpu_ms: f64,
    /// Octets that reached the device, a letter.
    device: f64,
    /// The most that was seen, KB.
    memory_kb: u64,
    connections: u64,
}

struct Subject {
    name: String,
    post: Post,
    idle_kb: u64,
    syncs: String,
    /// By load.
    runs: Vec<Vec<Run>>,
}

/// Where all of them send.
struct Stage {
    world: &'static World,
    /// It comes with Postfix.
    plain: Option<SmtpSink>,
}

/// Where the letters go.
#[derive(Clone, Copy)]
enum Load {
    /// So many destinations whose hosts offer TLS.
    Tls(u8),
    /// One, smtp-sink, in the clear.
    Plain,
}

const LOADS: [(Load, &str); 3] = [
    (Load::Tls(1), "one destination, TLS"),
    (Load::Tls(DESTINATIONS), "20 destinations, TLS"),
    (Load::Plain, "one destination, smtp-sink, no TLS there"),
];

pub fn measure() -> Outcome<Vec<Row>> {
    let world = world()?;
    let mut posts = vec![(String::new(), Post::pillarbox(world)?)];
    let peer = postfix::version();
    let stage = &Stage {
        world,
        plain: peer
            .is_ok()
            .then(|| SmtpSink::start(world.port))
            .transpose()?,
    };
    if let Ok(version) = &peer {
        for (name, reuse) in [("", false), (" with smtp_tls_connection_reuse", true)] {
            let post = Post::Postfix(Postfix::start(world, reuse)?);
            posts.push((format!("Postfix {version}{name}: "), post));
        }
    }
    let mut subjects = Vec::new();
    for (name, post) in posts {
        // Keys are made on first need, processes forked, caches filled.
        run(stage, &post, Load::Tls(DESTINATIONS), 100)?;
        std::thread::sleep(Duration::from_secs(6));
        subjects.push(Subject {
            name,
            idle_kb: post.memory_kb()?,
            syncs: String::new(),
            post,
            runs: LOADS.iter().map(|_| Vec::new()).collect(),
        });
    }
    let appends = synced_appends(&std::env::temp_dir())?;
    for _ in 0..RUNS {
        for (at, (load, _)) in LOADS.iter().enumerate() {
            if matches!(load, Load::Plain) && peer.is_err() {
                continue;
            }
            for subject in &mut subjects {
                subject.runs[at].push(run(stage, &subject.post, *load, LETTERS)?);
            }
        }
    }
    for subject in &mut subjects {
        subject.syncs = syncs(stage, &subject.post)?;
    }
    let limit = format!(
        "{:.0} synced appends/s",
        (appends.rate + synced_appends(&std::env::temp_dir())?.rate) / 2.0
    );
    let mut rows = rows(&subjects, &limit);
    if let Err(missing) = peer {
        rows.iter_mut()
            .for_each(|row| row.limit.clone_from(&missing));
    }
    Ok(rows)
}

/// A row a load: the box, and the others beside it.
fn rows(subjects: &[Subject], limit: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, (_, name)) in LOADS.iter().enumerate() {
        let told: Vec<String> = subjects.iter().map(|subject| subject.told(at)).collect();
        rows.push(Row {
            what: format!("4 KiB submitted to delivered, {name}: a second; CPU each; octets to the device each, all processes; connections to remotes"),
            measured: told.first().cloned().unwrap_or_default(),
            limit: format!("{}{limit}", told.iter().skip(1).map(|peer| format!("{peer}; ")).collect::<String>()),
            aim: "",
        });
    }
    let told: Vec<String> = subjects.iter().map(Subject::memory).collect();
    rows.push(Row {
        what: "… memory of all processes: idle, most under load; syncs each (20 destinations)"
            .into(),
        measured: told.first().cloned().unwrap_or_default(),
        limit: told.iter().skip(1).cloned().collect::<Vec<_>>().join("; "),
        aim: "",
    });
    rows
}

impl Subject {
    fn told(&self, at: usize) -> String {
        let Some(runs) = self.runs.get(at).filter(|runs| !runs.is_empty()) else {
            return String::new();
        };
        let middle = |of: fn(&Run) -> f64| median(runs.iter().map(of).collect());
        let rates: Vec<String> = runs.iter().map(|run| format!("{:.0}", run.rate)).collect();
        format!(
            "{}**{:.0}** ({}); {:.2} ms; {:.0}; {:.0}",
            self.name,
            middle(|run| run.rate),
            rates.join(" "),
            middle(|run| run.cpu_ms),
            middle(|run| run.device),
            middle(|run| run.connections as f64),
        )
    }

    fn memory(&self) -> String {
        let most = self.runs.iter().flatten().map(|run| run.memory_kb).max();
        format!(
            "{}**{:.1}**, {:.1} MB; {}",
            self.name,
            self.idle_kb as f64 / 1024.0,
            most.unwrap_or(0) as f64 / 1024.0,
            self.syncs
        )
    }
}

fn run(stage: &Stage, post: &Post, load: Load, letters: u64) -> Outcome<Run> {
    stage.world.sink.forget();
    let sink = match load {
        Load::Plain => Some(stage.plain.as_ref().ok_or("no smtp-sink")?),
        Load::Tls(_) => None,
    };
    let there = sink.map_or(0, SmtpSink::count);
    let (next, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut clients = (0..CLIENTS)
        .map(|_| post.client())
        .collect::<Outcome<Vec<_>>>()?;
    let device = device_octets(post.folder());
    let (cpu, begun) = (post.cpu()?, Instant::now());
    let ((ended, connections), memory_kb) = std::thread::scope(|scope| -> Outcome<_> {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                most = most.max(post.memory_kb().unwrap_or(0));
                std::thread::sleep(LOOK);
            }
            most
        });
        let senders: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                let next = &next;
                scope.spawn(move || -> Result<(), String> {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= letters {
                            return Ok(());
                        }
                        let to = match load {
                            Load::Tls(many) => format!("t{}", 1 + number % u64::from(many)),
                            Load::Plain => "p1".to_owned(),
                        };
                        let to = format!("friend@{to}.dest.test");
                        client.submit(&[to], "").map_err(|e| e.to_string())?;
                    }
                })
            })
            .collect();
        let submitted = senders
            .into_iter()
            .try_for_each(|sender| sender.join().map_err(|_| "a sender panicked".to_owned())?);
        let ended = submitted.map_err(Into::into).and_then(|()| match sink {
            Some(sink) => sink
                .wait(there + letters, PATIENCE)
                .map(|()| (Instant::now(), 0)),
            None => stage.world.sink.wait(letters, PATIENCE),
        });
        over.store(true, Ordering::Relaxed);
        let most = watcher.join().map_err(|_| "the watcher panicked")?;
        Ok((ended?, most))
    })?;
    // What was delivered is still to be struck from the queue.
    std::thread::sleep(Duration::from_millis(300));
    let cpu = post.cpu()?.saturating_sub(cpu);
    let written = device_octets(post.folder())
        .zip(device)
        .map_or(0, |(after, before)| after - before);
    let each = |total: f64| total / letters as f64;
    Ok(Run {
        rate: letters as f64 / ended.duration_since(begun).as_secs_f64(),
        cpu_ms: each(cpu.as_secs_f64() * 1e3),
        device: each(written as f64),
        memory_kb,
        connections,
    })
}

/// Syncs of a letter to one of 20 destinations: the box's commits are two each; Postfix's are counted by strace while nothing is timed.
fn syncs(stage: &Stage, post: &Post) -> Outcome<String> {
    let load = Load::Tls(DESTINATIONS);
    let postfix = match post {
        Post::Box(house) => {
            let before = status(house, "commits")?;
            run(stage, post, load, LETTERS)?;
            std::thread::sleep(Duration::from_secs(1));
            let commits = status(house, "commits")?.saturating_sub(before);
            return Ok(format!("{:.2}", 2.0 * commits as f64 / LETTERS as f64));
        }
        Post::Postfix(postfix) => postfix,
    };
    let file = postfix.folder().join("strace");
    let tracer = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-e",
            "trace=fsync,fdatasync,sync_file_range,msync",
            "-o",
        ])
        .arg(&file)
        .args(
            postfix
                .pids()
                .iter()
                .flat_map(|pid| ["-p".to_owned(), pid.to_string()]),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut tracer) = tracer else {
        return Ok("not counted: no strace".to_owned());
    };
    std::thread::sleep(Duration::from_secs(1));
    let done = run(stage, post, load, TRACED);
    if let Some(pid) = rustix::process::Pid::from_raw(tracer.id().cast_signed()) {
        rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    }
    tracer.wait()?;
    done?;
    let told = fs::read_to_string(&file)?;
    let calls = told
        .lines()
        .filter(|line| line.contains("sync") && !line.contains("resumed"));
    // A line begins with the number of its process: how many kinds of them took part is of no interest.
    let count = calls.collect::<Vec<_>>().len();
    Ok(format!("{:.2}", count as f64 / TRACED as f64))
}
