//! `pillarbox light --watch`: the light of the running box, in a terminal, in its rhythm.
//!
//! The box is asked what it shows and tells when that changes; the rhythm between two changes is played here, by the machine's clock, which both look
//! at. Where the output is no terminal, each change is a line.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use board::Beats;
use serde_json::Value;

use super::Failure;
use crate::control::{Answer, Asked, Exit, Request, ask};
use crate::panel;

/// A light that never changes is drawn again after this time all the same, for a terminal that was resized.
const REDRAW: Duration = Duration::from_secs(5);
/// What a light is in a terminal: told apart without colours.
const LIT: &str = "●●●●";
const DARK: &str = "○○○○";

/// What is played.
#[derive(Debug)]
struct Shown {
    text: String,
    data: String,
    beats: Beats,
    began: u64,
    number: u64,
}

/// Plays until the box ends or the reader has gone.
pub(super) fn watch(data: &Path, json: bool) -> Result<(), Failure> {
    let mut shown = asked(data, 0)?;
    let (send, changes) = mpsc::channel();
    let (folder, mut number) = (data.to_owned(), shown.number);
    let asks = move || {
        loop {
            let next = asked(&folder, number);
            let over = next.is_err();
            number = next.as_ref().map_or(number, |next| next.number);
            if send.send(next).is_err() || over {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("light".into())
        .spawn(asks)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let plays = std::io::stdout().is_terminal() && !json;
    let mut fresh = true;
    loop {
        let (lit, change) = at(&shown, panel::now());
        let written = match (plays, fresh, json) {
            (true, ..) => write(&format!(
                "\r\x1b[K{} {}",
                if lit { LIT } else { DARK },
                shown.text
            )),
            (false, true, true) => write(&format!("{}\n", shown.data)),
            (false, true, false) => write(&format!("{}\n", shown.text)),
            (false, false, _) => true,
        };
        if !written {
            return Ok(());
        }
        let wait = change
            .filter(|_| plays)
            .map_or(REDRAW, Duration::from_millis);
        fresh = false;
        match changes.recv_timeout(wait) {
            Ok(Ok(next)) => {
                fresh = next.number != shown.number;
                shown = next;
            }
            Ok(Err(failure)) => {
                write(if plays { "\n" } else { "" });
                return Err(failure);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Lit or not at this moment, and after how many milliseconds it changes.
fn at(shown: &Shown, now: u64) -> (bool, Option<u64>) {
    match now.checked_sub(shown.began) {
        Some(elapsed) => shown.beats.at(elapsed),
        None => (false, Some(shown.began - now)),
    }
}

/// What follows the face of this number; 0 for the present one.
fn asked(data: &Path, number: u64) -> Result<Shown, Failure> {
    let ended = match number {
        0 => "no box runs on this data folder; `pillarbox run` starts one",
        _ => "the box has ended",
    };
    match ask(data, &Request::LightAfter { number }) {
        Ok(Asked::Answered(answer)) if answer.exit == Exit::Done => read(&answer).ok_or_else(|| {
            let text = "the running box answers in another way; is it of another version than this program?";
            Failure::new(Exit::Failed, text)
        }),
        Ok(Asked::Answered(answer)) => Err(Failure::new(answer.exit, answer.text)),
        Ok(Asked::NotRunning) => Err(Failure::new(Exit::NotRunning, ended)),
        // It went down while it was asked.
        Err(error)
            if number != 0
                && matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
                ) =>
        {
            Err(Failure::new(Exit::NotRunning, ended))
        }
        Err(error) => Err(Failure::new(
            Exit::Failed,
            format!("the box cannot be asked: {error}; only its owner and root are answered"),
        )),
    }
}

fn read(answer: &Answer) -> Option<Shown> {
    let data = &answer.data;
    let length = |value: Option<&Value>| u32::try_from(value?.as_u64()?).ok();
    let beat = |beat: &Value| Some((length(beat.get(0))?, length(beat.get(1))?));
    let beats: Option<Vec<board::Beat>> = data.get("beats")?.as_array()?.iter().map(beat).collect();
    Some(Shown {
        text: answer.text.clone(),
        data: data.to_string(),
        beats: Beats::new(&beats?),
        began: data.get("began")?.as_u64()?,
        number: data.get("number")?.as_u64()?,
    })
}

/// `false`: nobody reads any more.
fn write(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_box_tells_is_played_in_its_time() {
        let data =
            serde_json::json!({"beats": [[100, 200], [300, 400]], "began": 1000, "number": 7});
        let answer = Answer {
            exit: Exit::Done,
            text: "a rhythm".to_owned(),
            data,
        };
        let shown = read(&answer).unwrap();
        assert_eq!(shown.number, 7);
        for (now, expected) in [
            (900, (false, Some(100))),
            (1000, (true, Some(100))),
            (1350, (true, Some(250))),
            (2100, (false, Some(200))),
        ] {
            assert_eq!(at(&shown, now), expected, "at {now}");
        }
        let odd = Answer {
            data: serde_json::json!({"beats": [[100]], "began": 1000, "number": 7}),
            ..answer
        };
        assert!(read(&odd).is_none());
    }
}
