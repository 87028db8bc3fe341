//! Start to banners, idle memory, size of the binary.

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
    let size = std::fs::metadata(program_beside())?.len();
    Ok(vec![
        Row {
            what: "start to banners".into(),
            measured: format!("{:.1} ms", median(times)),
            aim: "20 ms",
        },
        Row {
            what: "idle, private memory".into(),
            measured: format!("{:.2} MB", server.memory_kb()? as f64 / 1024.0),
            aim: "4 MB",
        },
        Row {
            what: "release binary, stripped".into(),
            measured: format!("{:.2} MB", size as f64 / 1e6),
            aim: "5 MB",
        },
    ])
}
