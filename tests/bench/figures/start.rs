//! Start to banners, idle memory, size of the binary.

use std::process::Command;
use std::time::{Duration, Instant};

use house::program_beside;

use crate::talk::house;
use crate::{Outcome, Row, median};

const RUNS: usize = 15;

pub fn measure() -> Outcome<Vec<Row>> {
    let mut server = house(1)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        server.stop()?;
        server.start_again()?;
        times.push(server.started.as_secs_f64() * 1e3);
    }
    std::thread::sleep(Duration::from_millis(500));
    let size = std::fs::metadata(program_beside())?.len();
    Ok(vec![
        Row {
            what: "start of the process to the last port's answer, p50".into(),
            measured: format!("**{:.1} ms**", median(times)),
            limit: format!("`pillarbox --version` {:.1} ms", shortest_life()?),
            aim: "20 ms",
        },
        Row {
            what: "idle: PSS less the mapped store".into(),
            measured: format!("**{:.2} MB**", server.memory_kb()? as f64 / 1024.0),
            limit: String::new(),
            aim: "4 MB",
        },
        Row {
            what: "release binary, stripped".into(),
            measured: format!("**{:.2} MB**", size as f64 / 1e6),
            limit: String::new(),
            aim: "5 MB",
        },
    ])
}

/// From start to end of the same binary when it only says its name.
fn shortest_life() -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        Command::new(program_beside()).arg("--version").output()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(times))
}
