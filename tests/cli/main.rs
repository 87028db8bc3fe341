//! The command line as a script sees it: the program as a process, a data folder, exit codes, standard output and standard error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at once"
)]

mod bans;
mod browser;
mod card;
mod certificates;
mod folder;
mod household;
mod journey;
mod junk;
mod lives;
mod panel;
mod sending;
mod steps;
mod trial;
mod update;
mod why;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use folder::{Folder, text};

#[test]
fn people_and_aliases_are_kept_without_a_running_box() {
    let folder = Folder::new("people");
    assert_eq!(folder.code(&["account", "list"]), 3, "no box is there yet");
    let added = folder.run_with(
        &["account", "add", "ann@house.test", "--password-stdin"],
        "ann's password\n",
    );
    assert_eq!(added.status.code(), Some(0), "{}", text(&added));
    assert!(!text(&added).contains("ann's password"));
    let made = folder.run(&["account", "add", "bob@house.test"]);
    assert!(text(&made).contains("shown only now"), "{}", text(&made));

    let table: &[(&[&str], i32, &str)] = &[
        (&["account", "add", "ANN@house.test"], 4, "is here already"),
        (
            &["account", "quota", "ann@house.test", "2 GiB"],
            0,
            "may keep 2.0 GiB",
        ),
        (&["account", "list"], 0, "of 2.0 GiB"),
        (&["account", "list", "--json"], 0, "\"quota\":2147483648"),
        (
            &["account", "quota", "ann@house.test", "500", "MB"],
            0,
            "476.8 MiB",
        ),
        (
            &["account", "quota", "ann@house.test", "none"],
            0,
            "without limit",
        ),
        (&["account", "list", "--json"], 0, "\"quota\":\"none\""),
        (
            &["account", "quota", "ann@house.test", "default"],
            0,
            "the default",
        ),
        (
            &["account", "quota", "ann@house.test", "much"],
            5,
            "like \"2 GiB\"",
        ),
        (
            &["account", "quota", "ann@house.test", "messages", "12"],
            0,
            "ann@house.test may keep 12 messages",
        ),
        (&["account", "list"], 0, "0 of 12 messages"),
        (&["account", "list", "--json"], 0, "\"quota_messages\":12"),
        (
            &["account", "quota", "ann@house.test", "messages", "none"],
            0,
            "any number of messages",
        ),
        (
            &["account", "quota", "ann@house.test", "messages", "few"],
            5,
            "not a number of messages",
        ),
        (&["account", "quota", "ann@house.test", "0"], 5, "none"),
        (
            &["account", "quota", "eve@house.test", "1 GiB"],
            3,
            "no person",
        ),
        (
            &["account", "add", "not an address"],
            5,
            "is not a mail address",
        ),
        (
            &["account", "add", "ann+x@house.test"],
            5,
            "ann@house.test instead",
        ),
        (
            &["account", "add", "ann@[192.0.2.1]"],
            5,
            "write a domain name",
        ),
        (&["account", "remove", "eve@house.test"], 3, "account list"),
        (&["account", "password", "eve@house.test"], 3, "no person"),
        (&["account", "list"], 0, "ann@house.test"),
        (
            &["account", "list", "--json"],
            0,
            "\"address\":\"bob@house.test\"",
        ),
        (
            &[
                "account",
                "app-password",
                "add",
                "ann@house.test",
                "--label",
                "phone",
            ],
            0,
            "shown only now",
        ),
        (
            &["account", "app-password", "list", "ann@house.test"],
            0,
            "1  phone",
        ),
        (
            &["account", "app-password", "remove", "ann@house.test", "1"],
            0,
            "opens nothing",
        ),
        (
            &["account", "app-password", "remove", "ann@house.test", "1"],
            3,
            "no app password number 1",
        ),
        (
            &[
                "alias",
                "add",
                "family@house.test",
                "ann@house.test",
                "bob@house.test",
            ],
            0,
            "goes to",
        ),
        (
            &["alias", "add", "@house.test", "ann@house.test"],
            0,
            "goes to",
        ),
        (
            &["alias", "add", "x@house.test", "far@nowhere"],
            5,
            "no domain that mail could be sent to",
        ),
        (
            &["alias", "list"],
            0,
            "family@house.test  ann@house.test, bob@house.test",
        ),
        (&["alias", "remove", "@house.test"], 0, "removed"),
        (&["alias", "remove", "@house.test"], 3, "no alias"),
        (&["account", "remove", "bob@house.test"], 0, "with all mail"),
        (&["status"], 0, "no box runs"),
        (&["check"], 0, "sound"),
        (&["light"], 7, "pillarbox run"),
        (&["press", "short"], 7, "no box runs"),
    ];
    for (arguments, code, words) in table {
        let output = folder.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(*code),
            "{arguments:?}: {}",
            text(&output)
        );
        assert!(
            text(&output).contains(words),
            "{arguments:?}: {}",
            text(&output)
        );
        let told = if *code == 0 {
            &output.stderr
        } else {
            &output.stdout
        };
        assert!(
            told.is_empty(),
            "answers go to standard output, refusals to standard error: {arguments:?}"
        );
    }
    let status = folder.status();
    assert_eq!(status["people"], 1);
    let domains = status["domains"].as_array().unwrap();
    assert!(
        domains.iter().any(|domain| domain == "house.test") && domains.len() > 1,
        "those in force, the host name too: {status}"
    );
}

#[test]
fn mistakes_on_the_command_line_end_with_2_and_say_where_help_is() {
    let folder = Folder::new("usage");
    let table: &[(&[&str], &str)] = &[
        (&["frobnicate"], "--help"),
        (&["account"], "account add ADDRESS"),
        (&["account", "add"], "account add ADDRESS"),
        (&["account", "add", "a@b.c", "d@e.f"], "account add ADDRESS"),
        (&["alias", "add", "a@b.c"], "alias add ALIAS"),
        (
            &["status", "--password-stdin"],
            "--password-stdin has no meaning here",
        ),
        (&["account", "list", "--bogus"], "invalid option '--bogus'"),
        (
            &["account", "add", "a@b.c", "--password-stdin"],
            "standard input is empty",
        ),
        (
            &["account", "app-password", "remove", "a@b.c", "one"],
            "not the number",
        ),
        (&["run", "--json"], "--json has no meaning here"),
    ];
    for (arguments, words) in table {
        let output = folder.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            text(&output)
        );
        assert!(
            text(&output).contains(words),
            "{arguments:?}: {}",
            text(&output)
        );
    }
    assert!(!folder.data().exists(), "a mistake makes nothing");
}

#[test]
fn help_is_there_at_every_level() {
    let folder = Folder::new("help");
    for (arguments, words) in [
        (
            &["--help"][..],
            &[
                "account",
                "alias",
                "status",
                "Exit codes",
                "/var/lib/pillarbox",
            ][..],
        ),
        (&["run", "--help"], &["--print-settings", "--config FILE"]),
        (&["account", "--help"], &["account app-password"]),
        (&["account", "add", "--help"], &["--password-stdin"]),
        (&["account", "quota", "--help"], &["SIZE|none|default"]),
        (&["account", "app-password", "--help"], &["lost phone"]),
        (&["alias", "-h"], &["catch-all"]),
        (&["press", "--help"], &["as a finger does"]),
        (&["help", "check"], &["Walks the whole store"]),
    ] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        for word in words {
            assert!(
                text(&output).contains(word),
                "{arguments:?}: {word}: {}",
                text(&output)
            );
        }
    }
    assert!(text(&folder.run(&["--version"])).starts_with("pillarbox "));
    let printed = folder.run(&["run", "--print-settings"]);
    assert!(
        text(&printed).contains("[limits.imap]"),
        "{}",
        text(&printed)
    );
}

#[test]
fn a_wrong_settings_file_is_refused_with_its_line() {
    let folder = Folder::new("settings");
    std::fs::create_dir_all(folder.data()).unwrap();
    std::fs::write(
        folder.data().join("pillarbox.toml"),
        "hostname = \"a.test\"\n[listn]\n",
    )
    .unwrap();
    for command in [&["run"][..], &["status"]] {
        let output = folder.run(command);
        assert_eq!(output.status.code(), Some(6), "{}", text(&output));
        assert!(
            text(&output).contains("pillarbox.toml:2: unknown key `listn`"),
            "{}",
            text(&output)
        );
    }
}

#[test]
fn a_box_that_runs_does_what_its_owner_wants() {
    let folder = Folder::new("running");
    let running = folder.start("");
    assert!(
        running.welcome.contains("owner@house.test:"),
        "the example has the password: {}",
        running.welcome
    );
    let password = running
        .welcome
        .split("owner@house.test:")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap()
        .to_owned();

    let added = folder.run_with(
        &["account", "add", "ann@house.test", "--password-stdin"],
        "ann's password\r\n",
    );
    assert_eq!(added.status.code(), Some(0), "{}", text(&added));
    let foreign = folder.run(&["account", "add", "ann@away.test"]);
    assert_eq!(
        foreign.status.code(),
        Some(5),
        "the running box knows its domains: {}",
        text(&foreign)
    );
    let status = folder.status();
    assert_eq!(status["running"], true);
    assert_eq!(status["people"], 2);
    assert_eq!(status["owner"]["state"], "claimed");
    assert_eq!(status["setup_seconds_left"], serde_json::Value::Null);
    assert_eq!(status["clock"]["trusted"], true, "{status}");
    let page = text(&folder.run(&["status"]));
    for line in [
        "owner        owner@house.test",
        "light        steady",
        "setup page   closed: hold the button",
        "clock        ",
    ] {
        let disk = line.starts_with("light") && page.contains("the disk is ");
        assert!(disk || page.contains(line), "{line} in {page}");
    }
    assert_eq!(folder.light(), "well");
    assert_eq!(
        status["listen"]["imap"][0],
        format!("127.0.0.1:{}", running.imap)
    );
    let quota = folder.run(&["account", "quota", "ann@house.test", "1GiB", "--json"]);
    assert!(
        text(&quota).contains("\"quota\":1073741824"),
        "{}",
        text(&quota)
    );
    // As the status has it: the machine's disk may be filling while tests run.
    let shown = text(&folder.run(&["light"]));
    let word = folder.status()["light"].as_str().unwrap().to_owned();
    assert!(shown.starts_with(&format!("{word}: ")), "{word}: {shown}");
    assert_eq!(folder.code(&["check"]), 0);
    assert_eq!(folder.code(&["press", "short"]), 0);
    assert_eq!(folder.code(&["press", "hard"]), 2);
    assert_eq!(folder.code(&["press", "3s"]), 0);
    let open = folder.status_when(|status| status["light"] == "setup-open");
    assert!(open["setup_seconds_left"].as_u64() > Some(800), "{open}");
    let page = text(&folder.run(&["status"]));
    assert!(
        page.contains("setup page   open for another 14 min"),
        "{page}"
    );
    assert_eq!(folder.code(&["press", "10s"]), 0);
    let forgotten = folder.status_when(|status| status["owner"]["state"] == "forgotten");
    assert_eq!(forgotten["owner"]["address"], "owner@house.test");
    let page = text(&folder.run(&["status"]));
    assert!(
        page.contains("owner        forgotten; it was owner@house.test"),
        "{page}"
    );

    let second = folder.run(&["run"]);
    assert_eq!(second.status.code(), Some(1), "{}", text(&second));
    assert!(text(&second).contains("another"), "{}", text(&second));

    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.data()), 0o700);
    assert_eq!(mode(&folder.data().join("control.sock")), 0o600);

    assert_eq!(folder.code(&["press", "double"]), 0);
    let (code, _) = running.ends();
    assert_eq!(code, Some(0), "{}", folder.log());
    let log = folder.log();
    assert!(
        log.contains("double press") && log.contains("safe to unplug"),
        "{log}"
    );
    for secret in [password.as_str(), "ann's password"] {
        assert!(!log.contains(secret), "a password stands in the log");
    }
    assert!(!folder.data().join("control.sock").exists());
}

#[test]
fn sigterm_ends_it_soon_and_clients_are_told() {
    let folder = Folder::new("sigterm");
    let running = folder.start("");
    let mut client = TcpStream::connect(("127.0.0.1", running.imap)).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut greeting = String::new();
    reader.read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("* OK"), "{greeting}");
    client.write_all(b"a NOOP\r\n").unwrap();
    greeting.clear();
    reader.read_line(&mut greeting).unwrap();
    running.signal(rustix::process::Signal::TERM);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("* BYE"), "{rest:?}");
    drop((client, reader));
    let (code, took) = running.ends();
    assert_eq!(code, Some(0), "{}", folder.log());
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_crash_leaves_nothing_in_the_way() {
    let folder = Folder::new("crash");
    let running = folder.start("");
    running.signal(rustix::process::Signal::KILL);
    running.ends();
    assert!(
        folder.data().join("control.sock").exists(),
        "the socket file was left behind"
    );
    assert_eq!(folder.code(&["check"]), 0);
    assert_eq!(folder.code(&["light"]), 7);
    let again = folder.start("");
    assert!(
        !again.welcome.contains("shown only now"),
        "the first person is there: {}",
        again.welcome
    );
    assert_eq!(folder.status()["running"], true);
    again.signal(rustix::process::Signal::INT);
    assert_eq!(again.ends().0, Some(0));
}

#[test]
fn a_long_path_has_room_for_the_socket() {
    let folder = Folder::new("long");
    let deep = Folder(folder.0.join("x".repeat(120)));
    std::fs::create_dir_all(&deep.0).unwrap();
    let running = deep.start("");
    assert_eq!(deep.status()["running"], true);
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
}
