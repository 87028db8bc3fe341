//! TLS log-ins a second of a client that returns: TLS resumption and the short-lived proof of its password.

use std::time::{Duration, Instant};

use house::{House, Wire};

use crate::limits::handshakes;
use crate::talk::{PASSWORD, address, house, phone};
use crate::{Outcome, Row};

const CLIENTS: usize = 4;
const RUN: Duration = Duration::from_secs(3);

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(1)?;
    log_in(&server, &phone())?;
    let cpu = server.cpu()?;
    let counts: Result<Vec<u32>, String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| -> Result<u32, String> {
                    let (config, begun, mut count) = (phone(), Instant::now(), 0);
                    while begun.elapsed() < RUN {
                        match log_in(&server, &config) {
                            Ok(()) => count += 1,
                            Err(error) => return Err(error.to_string()),
                        }
                    }
                    Ok(count)
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|c| c.join().map_err(|_| "a client panicked".to_owned())?)
            .collect()
    });
    let total = f64::from(counts?.iter().sum::<u32>());
    let cpu = (server.cpu()? - cpu).as_secs_f64() * 1e3 / total;
    Ok(vec![Row {
        what: format!("TLS log-ins/s of a returning client ({CLIENTS} at once); server CPU each"),
        measured: format!("**{:.0}**; {cpu:.2} ms", total / RUN.as_secs_f64()),
        limit: format!(
            "{:.0} resumed handshakes/s in one thread, both ends",
            handshakes()?
        ),
        aim: "800",
    }])
}

fn log_in(server: &House, config: &std::sync::Arc<rustls::ClientConfig>) -> Outcome<()> {
    let mut line = Wire::connect_tls(server.port("imaps")?, config)?;
    line.send(format!("a LOGIN {} \"{PASSWORD}\"\r\n", address(0)).as_bytes())?;
    line.until("a OK")?;
    line.send(b"b LOGOUT\r\n")?;
    line.until("b OK")?;
    Ok(())
}
