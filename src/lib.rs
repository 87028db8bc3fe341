//! A mail box for the home: the program.
//!
//! [`run`] tells the story; every part has its own room:
//!
//! ```text
//! settings  one TOML file            cli      subcommands         control  the running box hears its owner
//! accounts  people and passwords     net      sockets, TLS        tls      certificates
//! reception greets the clients       receive  mail that comes in  reading  IMAP and POP3
//! bans      attackers are worn down
//! log       one line an event        health   what is wrong  status_light  health -> light
//! clock     what time it is, and whether that is to be believed
//! resolver  asks the DNS             policy   what TLS a destination demands
//! judging   who sent a message, asked of the DNS     wanted    where a message goes for one person
//! signing   DKIM keys, signatures    publish  the records that a domain's owner should publish
//! reports   what others are told of their mail, and tell of ours
//! send      mail that goes out: the queue's task
//! indexing  the search index, built behind the mail     background  the threads that do such work
//! panel     the light plays, the button is heard
//! headless  a file on the card instead of a page
//! life      the mail services under one set of settings, and what lives on
//! self_test a box of its own takes a message and gives it back
//! setup     the page of whoever stands next to the box   presence  what the button does
//! update    another system for the box, judged and handed on
//! watch     certificates and the disk looked after
//! announce  found as pillarbox.local
//! web       the HTTP server and its guards
//! card      what init tells and is told, on a card of its own     rescue    the page when mail cannot be kept
//! client_setup  how mail programs find their settings
//! confine   the box shuts itself in  fetching HTTP, asked
//! atomic_file   files that are there whole or not at all    room  how much mail fits
//! ```
//!
//! Promises: what was acknowledged is on the disk before [`run`] returns; clients are told when the box goes down.

pub mod accounts;
pub mod announce;
mod atomic_file;
mod background;
pub mod bans;
pub mod card;
mod cli;
pub mod client_setup;
pub mod clock;
mod confine;
pub mod control;
mod fetching;
mod headless;
pub mod health;
mod indexing;
pub mod judging;
pub mod life;
pub mod log;
mod login;
pub mod net;
pub mod panel;
pub mod policy;
mod presence;
mod process;
pub mod publish;
mod reading;
pub mod reason;
mod receive;
pub mod reception;
pub mod reports;
mod rescue;
pub mod resolver;
mod room;
mod self_test;
pub mod send;
pub mod settings;
pub mod setup;
pub mod signing;
mod start;
pub mod status_light;
pub mod tls;
pub mod update;
mod wanted;
mod watch;
pub mod web;
mod welcome;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_signal::{Signal, Signals};
use board::linux::Places;
use futures_lite::{FutureExt as _, StreamExt as _};

use accounts::{Accounts, Owner};
use card::Card;
use clock::Clock;
use firmware::talk::Order;
use headless::Beside;
use health::Health;
use life::{Footing, Ground, Lives, Prepared};
use net::Closing;
use panel::Panel;
use presence::Ending;
use send::QueueClock;
use setup::Window;
use start::{first_person, make_folder, open_store, say};
use web::{Standing, Web, WebDoors, WebTimes};

pub use cli::main;
pub use start::{RunError, Start};

/// How long clients get to hear that the box goes down, and commits under way to be answered.
const FAREWELL: Duration = Duration::from_millis(1500);

/// Runs the box until SIGINT, SIGTERM or a double press of the button.
///
/// # Errors
/// Settings that are not understood, a folder that cannot be used, certificates that do not fit, ports that are taken.
pub fn run(start: &Start) -> Result<(), RunError> {
    let begun = Instant::now();
    process::keep_panics_discreet();
    if start.sandbox {
        make_folder(&start.data)?;
    }
    let entered = confine::enter(start)?;
    // Its socket is waited for by a thread, and whoever shuts itself in must have none.
    let card = start.card.map(Card::take).transpose();
    let card = card.map_err(|error| RunError::failed(format!("--card: {error}")))?;
    process::give_memory_back();
    process::take_descriptors();
    if let Some(reason) = &start.rescue {
        return rescue::run(start, reason, card);
    }
    let health = Health::default();
    let (panel, panel_task, pressed) = Panel::new(health.clone(), Places::default());
    let data = start.data.as_path();

    make_folder(data)?;
    let beside = Beside::find(start, &health);
    let (settings, text) = beside.settings(start)?;
    log::set_level(settings.log);
    if let Some(entered) = entered {
        log::info(0, entered);
    }
    // From here on the light tells what goes wrong; a card that is taken over may name other lines, which the first life wires.
    panel.wire(&settings.light, &settings.button);
    let machine: Arc<dyn clock::Machine> = match &card {
        Some(card) => Arc::new(card::OfTheCard(card.clone())),
        None => Arc::new(clock::System),
    };
    let clock = Clock::start(machine, data, (&settings).into());
    let store = open_store(data, &settings, &clock)?;
    if let Some(little) = room::sentence(store.facts().map_err(RunError::failed)?.map_size) {
        log::info(0, little);
    }
    let control = control::Door::bind(data).map_err(|error| {
        RunError::failed(format!(
            "cannot make the control socket in {}: {error}",
            data.display()
        ))
    })?;
    // Before the first door: whoever sees one open may send a signal, and an unheard SIGHUP would end the box.
    let signals =
        Signals::new([Signal::Int, Signal::Term, Signal::Hup]).map_err(RunError::failed)?;
    let accounts = Accounts::new(store, &settings).map_err(RunError::failed)?;
    let (mut settings, text, may_make) =
        beside.take_over(start, &accounts, &health, settings, text)?;
    if start.loopback {
        settings.listen.stay_inside();
        settings.setup.mdns = false;
    }
    let queue_clock = QueueClock::resume(accounts.store(), clock.clone())
        .map_err(|error| RunError::failed(format!("cannot read the queue's clock: {error}")))?;
    let (ground, orders) = Ground::new(
        Window::new(life::window_lasts(&settings)),
        health.clone(),
        clock.clone(),
        queue_clock,
        data.to_owned(),
        start.settings_file(),
        card.clone(),
    );
    if let Err(error) = ground.tally.resume(accounts.store()) {
        log::warn(
            0,
            format_args!("what was counted for reports cannot be read: {error}"),
        );
    }
    let executor = Arc::new(Executor::new());
    let footing = Footing {
        ground: ground.clone(),
        executor: executor.clone(),
        accounts: accounts.clone(),
        panel: panel.clone(),
        since: begun,
        holds_mail: start.loopback,
    };
    let prepared = Prepared::new(&footing, settings.clone(), None)?;
    let doors = prepared.doors();
    let web_doors = WebDoors::of(&settings).map_err(RunError::failed)?;
    let page_doors = web_doors.tls_addresses();
    ground.announcer.page(&page_doors);
    ground.web_doors.set(web_doors.named()).ok();
    let web = Web::new(
        Arc::new(Standing::new(ground.clone(), accounts.bans().clone())),
        Arc::new(setup::Site::new(
            Arc::new(ground.clone()),
            Some(setup::household::Desk::new(ground.clone()).annex()),
        )),
        Arc::new(client_setup::Public::new(ground.clone())),
        WebTimes::default(),
    )
    .map_err(RunError::failed)?;
    let web_closing = Closing::default();
    let reason = async_io::block_on(net::run(&executor, async {
        let ready_made = may_make && settings.setup.ready_made && !start.setup && card.is_none();
        let person = first_person(&accounts, settings.main_domain(), ready_made).await?;
        let unowned = !matches!(accounts.owner(), Ok(Owner::Person(..)));
        if unowned {
            ground.window.open();
            // Now and not by its watcher, or the light says for a moment that all is well.
            ground.health.setup_open(true);
        }
        let lives = Lives::new(footing.clone(), prepared.begin(&footing), text);
        drop(footing);
        let lives = executor.spawn(lives.serve(orders));
        let household = ground.household.clone();
        let panel_task = executor.spawn(panel_task.run());
        web.serve(web_doors, &executor, &web_closing);
        let ground_tasks = [
            executor.spawn(control::serve(
                control,
                household,
                panel.clone(),
                executor.clone(),
            )),
            executor.spawn(presence::keep_window(ground.clone())),
        ];
        let card_tasks = card.clone().map(|card| {
            card.say(&Order::Name {
                host: settings.hostname.clone(),
            });
            card.say(&Order::Ready);
            let store = accounts.store().clone();
            [
                executor.spawn(card.clone().hear(ground.clone())),
                executor.spawn(card::beat(card, ground.clone(), store)),
            ]
        });
        let announcing = executor.spawn(ground.announcer.clone().run());
        let indexing = indexing::start(accounts.store().clone()).map_err(RunError::failed)?;
        let learning = wanted::learn::start(accounts.store().clone()).map_err(RunError::failed)?;
        log::info(
            0,
            format_args!("started in {} ms", begun.elapsed().as_millis()),
        );
        let page = welcome::SetupPage::of(&ground, page_doors);
        say(&welcome::text(
            &settings.hostname,
            &doors,
            ground.web_doors.get().map_or(&[], Vec::as_slice),
            person.as_ref(),
            page.as_ref(),
        ));

        // A task of its own, so that the signals' socket is looked at only when it has something, not at every turn of the loop.
        let reason = executor
            .spawn(
                signal(signals, ground.clone())
                    .or(presence::heed(pressed, ground.clone()))
                    .or(presence::page_ends(card.clone())),
            )
            .await;
        log::info(0, format_args!("{reason}: the box goes down"));
        // These hold the executor or what it runs for, and would keep each other alive for ever.
        for task in ground_tasks
            .into_iter()
            .chain(card_tasks.into_iter().flatten())
        {
            task.cancel().await;
        }
        ground.announcer.end();
        announcing.await;
        web_closing.begin();
        ground.end(FAREWELL).await;
        lives.await;
        indexing.stop();
        learning.stop();
        panel_task.cancel().await;
        Ok(reason)
    }))?;
    drop(executor);
    // The store's last handles but for tasks that are gone with the executor: what it still has to write is written.
    drop((accounts, ground, web));
    clock.save();
    health.ended();
    panel.end(reason.is_off());
    log::info(0, "ended");
    // Nothing is left to be lost: the light says so already, and init may cut the power.
    if let (Some(card), Some(order)) = (card, reason.order()) {
        card.say_last(&order);
    }
    Ok(())
}

/// Waits for the signal that ends the box. SIGHUP has the settings file and the certificates read again.
async fn signal(mut signals: Signals, ground: Ground) -> Ending {
    loop {
        match signals.next().await {
            Some(Ok(Signal::Hup)) => {
                // What came of it is in the log.
                ground.read_settings_again("SIGHUP").await.ok();
            }
            Some(Ok(Signal::Int)) => return Ending::Signal("SIGINT"),
            Some(Ok(_)) => return Ending::Signal("SIGTERM"),
            Some(Err(error)) => log::warn(0, format_args!("a signal was lost: {error}")),
            None => return std::future::pending().await,
        }
    }
}
