//! `pillarbox update`: a file or an address, judged and, on a card, installed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use firmware::talk::Phase;
use firmware::update::{Key, KeySource, verify};
use serde_json::json;

use super::{Refused, Updates, fetch, spool};
use crate::control::{Answer, Exit, Household};
use crate::settings::Settings;

/// Octets that are read at once.
const PIECE: usize = 64 * 1024;

/// Does what `pillarbox update` wants of a box that runs, or of nobody. `key`: as it stands in a `.pub` file; without it the one in force.
pub(crate) async fn update(household: &Household, source: &str, key: Option<&str>) -> Answer {
    let settings = match key {
        None => household.settings.clone(),
        Some(key) if Key::parse(key, KeySource::Person).is_some() => {
            let mut settings = household.settings.clone();
            settings.update.key = Some(key.to_owned());
            settings
        }
        Some(_) => {
            let text = "--key takes a public key of minisign: the line of 56 characters in its .pub file that begins with RW";
            return Answer::not_done(Exit::NotAllowed, text);
        }
    };
    let updates = &household.updates;
    if !updates.has_card() && !source.contains("://") {
        return match judged(updates, &settings, Path::new(source)) {
            Ok(what) => no_card(&what),
            Err(refused) => not_taken(&refused),
        };
    }
    let taken = match source.contains("://") {
        true => fetched(household, &settings, source).await,
        false => copied(updates, &settings, Path::new(source)).await,
    };
    let waiting = match taken {
        Ok(waiting) => waiting,
        Err(refused) => return not_taken(&refused),
    };
    if !updates.has_card() {
        updates.discard();
        return no_card(&waiting.release.to_string());
    }
    installed(updates, &waiting.release.to_string()).await
}

async fn fetched(
    household: &Household,
    settings: &Settings,
    url: &str,
) -> Result<super::Waiting, Refused> {
    let clock = household.running.as_ref().map(|running| &running.clock);
    let wall = clock.and_then(|clock| clock.trusted().then(|| clock.unix()));
    fetch::fetch(&household.updates, settings, &household.resolver, url, wall).await
}

impl Updates {
    /// Fetches what is at this address, behind whoever asked: what comes of it is seen on the page.
    ///
    /// # Errors
    /// No thread can be had.
    pub(crate) fn fetch_behind(&self, household: Arc<Household>, url: String) -> io::Result<()> {
        {
            let mut state = self.state();
            if state.asking || state.coming.is_some() {
                return Ok(());
            }
            (state.asking, state.refused) = (true, None);
        }
        let updates = self.clone();
        let work = move || {
            let fetched = fetched(&household, &household.settings, &url);
            // Noted where it was refused.
            async_io::block_on(fetched).ok();
            updates.state().asking = false;
        };
        let thread = std::thread::Builder::new().name("fetch".into());
        let begun = thread.spawn(work).map(|_| ());
        if begun.is_err() {
            self.state().asking = false;
        }
        begun
    }
}

async fn copied(
    updates: &Updates,
    settings: &Settings,
    path: &Path,
) -> Result<super::Waiting, Refused> {
    let mut file = File::open(path)?;
    let mut incoming = updates.incoming(settings, Some(file.metadata()?.len()))?;
    loop {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece)?;
        if count == 0 {
            return incoming.finish().await;
        }
        piece.truncate(count);
        incoming.take(piece).await?;
    }
}

/// What a file is, where it is.
fn judged(updates: &Updates, settings: &Settings, path: &Path) -> Result<String, Refused> {
    let mut file = File::open(path)?;
    let rules = spool::anywhere(&mut file)?;
    file.rewind()?;
    let verified = verify(&mut file, &updates.key(settings)?, &rules)?;
    Ok(verified.release.to_string())
}

/// Waits until init has written it, or will not.
async fn installed(updates: &Updates, what: &str) -> Answer {
    let Some(card) = updates.inner.card.clone() else {
        return no_card(what);
    };
    // What is told of an update before this one is none of ours.
    let before = card.progress();
    updates.install();
    loop {
        let changed = card.changed();
        let now = card.progress();
        match &now {
            Some(progress) if now != before => match progress.phase {
                Phase::Written => {
                    let text = format!(
                        "{what} is written and will be tried now: the box starts anew; `pillarbox status` says afterwards what runs"
                    );
                    return Answer::done(text).with(json!({"update": what}));
                }
                Phase::Refused => {
                    let (_, words) = progress.why.split_once(' ').unwrap_or(("", &progress.why));
                    return Answer::not_done(Exit::NotAllowed, words);
                }
                _ => {}
            },
            _ => {}
        }
        changed.await;
    }
}

fn not_taken(refused: &Refused) -> Answer {
    let exit = match refused.word {
        "unreadable" | "room" | "busy" | "fetch" | "broken-off" => Exit::Failed,
        _ => Exit::NotAllowed,
    };
    Answer::not_done(exit, refused.text.clone()).with(json!({"refused": refused.word}))
}

fn no_card(what: &str) -> Answer {
    let text = format!(
        "this is {what}, and its signature is right; but only a card has two systems, of which one can be replaced while the other runs. Here pillarbox is a program: install the new one in the way this one was installed, and start it again. For a card, use the page of the box there"
    );
    Answer::not_done(Exit::NoCard, text).with(json!({"update": what, "card": false}))
}
