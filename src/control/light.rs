//! The light and the button, as the owner sees and presses them from afar. They are there whatever the mail services do, so nothing else is asked for.

use std::time::Duration;

use async_io::Timer;
use board::Gesture;
use futures_lite::FutureExt as _;
use serde_json::json;

use super::{Answer, Exit, Household, Request, status};
use crate::life::Current;
use crate::panel::{Busy, Face, Panel};
use crate::web::Presented;

/// How long an answer waits for the light to show something else: who has gone away is not waited for longer.
const WATCH_TIME: Duration = Duration::from_secs(20);

/// Does what is wanted of the panel; `None`: the wish is about something else.
pub(super) async fn perform(
    panel: &Panel,
    household: &Current<Household>,
    request: &Request,
) -> Option<Answer> {
    Some(match request {
        Request::Light => {
            let running = household.now();
            let running = running.as_ref().and_then(|now| now.running.as_ref());
            let presented = running.map(|running| (running.presented)());
            with_certificates(shown(panel, panel.face()), &presented.unwrap_or_default())
        }
        Request::LightAfter { number } => {
            let same = async {
                Timer::after(WATCH_TIME).await;
                panel.face()
            };
            shown(panel, panel.face_after(*number).or(same).await)
        }
        Request::Press { gesture } => match Gesture::named(gesture) {
            Some(gesture) => press(panel, gesture).await,
            None => {
                let names = Gesture::NAMED.map(|(name, _)| name).join(", ");
                let text = format!("there is no gesture \"{gesture}\"; there are {names}");
                Answer::not_done(Exit::Usage, text)
            }
        },
        _ => return None,
    })
}

fn shown(panel: &Panel, face: Face) -> Answer {
    let (name, meaning) = (face.shown.name(), face.shown.meaning());
    let facts = panel.health().facts();
    Answer::done(format!("{name}: {meaning}")).with(json!({
        "light": name,
        "meaning": meaning,
        "troubles": status::troubles(&facts),
        // What `light --watch` plays: milliseconds on and off, since when on the monotonic clock, and what it has seen.
        "beats": face.shown.beats().to_vec(),
        "began": face.began,
        "number": face.number,
    }))
}

/// What tells this box from others is told with its light: whoever has no light to look at compares it with the page.
fn with_certificates(mut answer: Answer, presented: &[Presented]) -> Answer {
    for (name, said) in presented.iter().flat_map(Presented::lines) {
        answer.text.push_str(&format!("\n{name:<12} {said}"));
    }
    if let Some(data) = answer.data.as_object_mut() {
        let list = presented.iter().map(Presented::json).collect();
        data.insert("certificates".to_owned(), list);
    }
    answer
}

async fn press(panel: &Panel, gesture: Gesture) -> Answer {
    if panel.press(gesture).await == Err(Busy) {
        let text = "somebody presses it in this way already; try again when they have let go";
        return Answer::not_done(Exit::Failed, text);
    }
    Answer::done(match gesture {
        Gesture::Short => format!("pressed; the light says {}", panel.health().shown().meaning()),
        Gesture::Double => "pressed twice: the box powers off".to_owned(),
        Gesture::Hold3 => "held for 3 seconds: the setup page opens".to_owned(),
        Gesture::Hold10 => {
            "held for 10 seconds: the box is nobody's, and the setup page opens so that it can be claimed"
                .to_owned()
        }
        Gesture::Stuck => "held for very long: the button counts as stuck".to_owned(),
    })
}
