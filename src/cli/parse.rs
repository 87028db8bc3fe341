//! Arguments to a command.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;

use lexopt::Arg;
use zeroize::Zeroizing;

use super::trial::Trial;
use super::{Failure, help, verify};
use crate::control::{BanWish, Exit, JunkWish, OwnerWish, QueueWish, RelayWish, Request, Scope};

/// A password on standard input, with its line end: more than any mail program can send is refused later, with a better sentence.
const STDIN_MAX: u64 = 8 * 1024;

/// The command line, understood.
pub(super) struct Arguments {
    pub(super) command: Command,
    pub(super) data: Option<PathBuf>,
    pub(super) config: Option<PathBuf>,
    pub(super) json: bool,
    pub(super) boot: Option<PathBuf>,
    pub(super) setup: bool,
    pub(super) loopback: bool,
    pub(super) card: Option<i32>,
    pub(super) sandbox: bool,
    pub(super) rescue: Option<String>,
}

/// What is wanted of the program itself.
pub(super) enum Command {
    /// With the words in front of `--help`.
    Help(Vec<String>),
    Version,
    PrintSettings,
    Run,
    /// The light, until Ctrl-C.
    Watch,
    /// What a new system is asked before it is trusted.
    Trial(Trial),
    /// Who sent a message.
    Verify(verify::Subject, verify::Options),
    Wish(Request),
}

/// Everything on the line, in the order found: options may stand anywhere.
#[derive(Default)]
struct Found {
    words: Vec<String>,
    data: Option<PathBuf>,
    config: Option<PathBuf>,
    boot: Option<PathBuf>,
    label: Option<String>,
    user: Option<String>,
    tls: Option<String>,
    domain: Option<String>,
    fallback: bool,
    json: bool,
    reindex: bool,
    setup: bool,
    loopback: bool,
    card: Option<i32>,
    sandbox: bool,
    brief: bool,
    key: Option<String>,
    keep_copy: bool,
    put_back: bool,
    rescue: Option<String>,
    verify: verify::Options,
    password_stdin: bool,
    print_settings: bool,
    watch: bool,
    help: bool,
    version: bool,
}

pub(super) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, Failure> {
    let found = collect(arguments).map_err(|error| usage(&[], format!("{error}")))?;
    let command = command(&found)?;
    Ok(Arguments {
        command,
        data: found.data,
        config: found.config,
        json: found.json,
        boot: found.boot,
        setup: found.setup,
        loopback: found.loopback,
        card: found.card,
        sandbox: found.sandbox,
        rescue: found.rescue,
    })
}

fn collect(arguments: impl Iterator<Item = OsString>) -> Result<Found, lexopt::Error> {
    let mut found = Found::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("data") => found.data = Some(parser.value()?.into()),
            Arg::Long("config") => found.config = Some(parser.value()?.into()),
            Arg::Long("boot") => found.boot = Some(parser.value()?.into()),
            Arg::Long("label") => found.label = Some(parser.value()?.string()?),
            Arg::Long("user") => found.user = Some(parser.value()?.string()?),
            Arg::Long("tls") => found.tls = Some(parser.value()?.string()?),
            Arg::Long("for") => found.domain = Some(parser.value()?.string()?),
            Arg::Long("fallback") => found.fallback = true,
            Arg::Long("reindex") => found.reindex = true,
            Arg::Long("setup") => found.setup = true,
            Arg::Long("loopback") => found.loopback = true,
            Arg::Long("card") => found.card = Some(parser.value()?.parse()?),
            Arg::Long("sandbox") => found.sandbox = true,
            Arg::Long("brief") => found.brief = true,
            Arg::Long("key") => found.key = Some(parser.value()?.string()?),
            Arg::Long("keep-copy") => found.keep_copy = true,
            Arg::Long("put-back") => found.put_back = true,
            Arg::Long("rescue") => found.rescue = Some(parser.value()?.string()?),
            Arg::Long(name) if verify::Options::NAMES.contains(&name) => {
                let name = name.to_owned();
                found.verify.set(&name, parser.value()?.string()?);
            }
            Arg::Long("json") => found.json = true,
            Arg::Long("password-stdin") => found.password_stdin = true,
            Arg::Long("print-settings") => found.print_settings = true,
            Arg::Long("watch") => found.watch = true,
            Arg::Short('h') | Arg::Long("help") => found.help = true,
            Arg::Short('V') | Arg::Long("version") => found.version = true,
            Arg::Value(word) => found.words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(found)
}

use lexopt::ValueExt as _;

fn command(found: &Found) -> Result<Command, Failure> {
    let words: Vec<&str> = found.words.iter().map(String::as_str).collect();
    if found.help || words.first() == Some(&"help") {
        let topic = words.iter().filter(|word| **word != "help");
        return Ok(Command::Help(
            topic.map(|word| (*word).to_owned()).collect(),
        ));
    }
    if found.version {
        return Ok(Command::Version);
    }
    let is_run = matches!(words.as_slice(), [] | ["run"]);
    if found.print_settings && is_run {
        return Ok(Command::PrintSettings);
    }
    let takes_password = matches!(
        words.as_slice(),
        ["account", "add" | "password", _] | ["relay", "set", _]
    );
    refuse_stray(found, &words, is_run, takes_password)?;
    if is_run {
        return Ok(Command::Run);
    }
    if found.watch {
        return Ok(Command::Watch);
    }
    if let Some(trial) = trial(found, &words) {
        return Ok(Command::Trial(trial));
    }
    let verify = |subject| Ok(Command::Verify(subject, found.verify.clone()));
    match words.as_slice() {
        ["verify", "spf"] => return verify(verify::Subject::Spf),
        ["verify", "message"] => return verify(verify::Subject::Message),
        _ => {}
    }
    let password = if takes_password && found.password_stdin {
        Some(read_password()?)
    } else {
        None
    };
    request(&words, found, password).map(Command::Wish)
}

/// What a new system is asked before it is trusted.
fn trial(found: &Found, words: &[&str]) -> Option<Trial> {
    let keep_copy = found.keep_copy;
    match words {
        ["check"] if found.brief => Some(Trial::Brief),
        ["migrate"] if found.put_back => Some(Trial::PutBack),
        ["migrate"] => Some(Trial::Migrate { keep_copy }),
        ["self-test"] => Some(Trial::SelfTest),
        _ => None,
    }
}

/// Opens the store itself and talks to nobody, so that it can be shut in.
fn works_on_the_store(found: &Found, words: &[&str]) -> bool {
    *words == ["migrate"] || (*words == ["check"] && found.brief)
}

/// An option that the command would silently leave aside is a mistake.
fn refuse_stray(
    found: &Found,
    words: &[&str],
    is_run: bool,
    takes_password: bool,
) -> Result<(), Failure> {
    let takes_label = matches!(words, ["account", "app-password", "add", ..]);
    let sets_relay = matches!(words, ["relay", "set", ..]);
    let names_relay = matches!(words, ["relay", "set" | "remove" | "test", ..]);
    let stray = [
        (found.user.is_some() && !sets_relay, "--user"),
        (found.tls.is_some() && !sets_relay, "--tls"),
        (
            found.domain.is_some() && !names_relay && !takes_label,
            "--for",
        ),
        (found.fallback && !names_relay, "--fallback"),
        (
            found.domain.is_some() && found.fallback,
            "--fallback beside --for",
        ),
        (found.password_stdin && !takes_password, "--password-stdin"),
        (found.label.is_some() && !takes_label, "--label"),
        (found.reindex && *words != ["check"], "--reindex"),
        (found.brief && *words != ["check"], "--brief"),
        (
            found.key.is_some() && words.first() != Some(&"update"),
            "--key",
        ),
        (found.brief && found.reindex, "--reindex beside --brief"),
        (found.keep_copy && *words != ["migrate"], "--keep-copy"),
        (found.put_back && *words != ["migrate"], "--put-back"),
        (
            found.put_back && found.keep_copy,
            "--keep-copy beside --put-back",
        ),
        (
            !found.verify.is_empty() && words.first() != Some(&"verify"),
            "--ip, --helo, --from or --dns",
        ),
        (found.watch && *words != ["light"], "--watch"),
        (found.print_settings && !is_run, "--print-settings"),
        (found.json && is_run, "--json"),
        (found.boot.is_some() && !is_run, "--boot"),
        (found.setup && !is_run, "--setup"),
        (found.loopback && !is_run, "--loopback"),
        (found.card.is_some() && !is_run, "--card"),
        (
            found.sandbox && !is_run && !works_on_the_store(found, words),
            "--sandbox",
        ),
        (found.rescue.is_some() && !is_run, "--rescue"),
    ];
    match stray.iter().find(|(stray, _)| *stray) {
        Some((_, option)) => Err(usage(words, format!("{option} has no meaning here"))),
        None => Ok(()),
    }
}

fn request(words: &[&str], found: &Found, password: Option<String>) -> Result<Request, Failure> {
    let own = |text: &str| text.to_owned();
    Ok(match words {
        ["account", "add", address] => Request::AccountAdd {
            address: own(address),
            password,
        },
        ["account", "password", address] => Request::AccountPassword {
            address: own(address),
            password,
        },
        ["account", "list"] => Request::AccountList,
        ["account", "remove", address] => Request::AccountRemove {
            address: own(address),
        },
        // The size may come as one word or two: "2 GiB", 2GiB, 2 GiB.
        ["account", "quota", address, size @ ..] if matches!(size.len(), 1 | 2) => {
            Request::AccountQuota {
                address: own(address),
                quota: size.join(" "),
            }
        }
        ["account", "name", address, name @ ..] => Request::AccountName {
            address: own(address),
            name: name.join(" "),
        },
        ["account", "address", address, to] => Request::AccountAddress {
            address: own(address),
            to: own(to),
        },
        ["owner"] => Request::Owner(OwnerWish::Show),
        ["owner", "forget"] => Request::Owner(OwnerWish::Forget),
        ["owner", "set", address] => Request::Owner(OwnerWish::Set {
            address: own(address),
        }),
        ["junk", "status"] => Request::Junk(JunkWish::Status { address: None }),
        ["junk", "status", address] => Request::Junk(JunkWish::Status {
            address: Some(own(address)),
        }),
        ["junk", "forget", address] => Request::Junk(JunkWish::Forget {
            address: own(address),
        }),
        ["account", "app-password", "add", address] => Request::AppPasswordAdd {
            address: own(address),
            label: found.label.clone().unwrap_or_default(),
            doors: found.domain.clone(),
        },
        ["account", "show", address] => Request::AccountShow {
            address: own(address),
        },
        ["account", "totp", "off", address] => Request::TotpOff {
            address: own(address),
        },
        ["account", "app-password", "list", address] => Request::AppPasswordList {
            address: own(address),
        },
        ["account", "app-password", "remove", address, id] => Request::AppPasswordRemove {
            address: own(address),
            id: id.parse().map_err(|_| {
                usage(
                    words,
                    format!("\"{id}\" is not the number of an app password"),
                )
            })?,
        },
        ["alias", "add", alias, targets @ ..] if !targets.is_empty() => Request::AliasAdd {
            alias: own(alias),
            targets: targets.iter().map(|target| own(target)).collect(),
        },
        ["alias", "remove", alias] => Request::AliasRemove { alias: own(alias) },
        ["alias", "list"] => Request::AliasList,
        ["ban", "list"] => Request::Ban(BanWish::List),
        ["ban", "add", network] => Request::Ban(BanWish::Add(own(network))),
        ["ban", "lift", network] => Request::Ban(BanWish::Lift(own(network))),
        ["queue", "list"] => Request::Queue(QueueWish::List),
        ["queue", "show", letter] => Request::Queue(QueueWish::Show(own(letter))),
        ["queue", "retry", "all"] => Request::Queue(QueueWish::RetryAll),
        ["queue", "retry", letter] => Request::Queue(QueueWish::Retry(own(letter))),
        ["queue", "hold", letter] => Request::Queue(QueueWish::Hold(own(letter))),
        ["queue", "release", letter] => Request::Queue(QueueWish::Release(own(letter))),
        ["queue", "drop", letter] => Request::Queue(QueueWish::Drop(own(letter))),
        ["relay", "list"] => Request::Relay(RelayWish::List),
        ["relay", "set", host] => Request::Relay(RelayWish::Set {
            scope: scope(found),
            host: own(host),
            tls: found.tls.clone(),
            user: found.user.clone(),
            password,
        }),
        ["relay", "remove"] => Request::Relay(RelayWish::Remove(scope(found))),
        ["relay", "test"] => Request::Relay(RelayWish::Test(scope(found))),
        ["dns"] => Request::Dns { domain: None },
        ["dns", "check"] => Request::DnsCheck { domain: None },
        ["dns", "check", domain] => Request::DnsCheck {
            domain: Some(own(domain)),
        },
        ["dns", domain] => Request::Dns {
            domain: Some(own(domain)),
        },
        ["why", message] => Request::Why {
            message: own(message),
        },
        ["reports"] => Request::Reports,
        ["status"] => Request::Status,
        ["check"] => Request::Check {
            reindex: found.reindex,
        },
        ["update"] => Request::Update {
            source: None,
            key: found.key.as_deref().map(key_text).transpose()?,
        },
        ["update", source] => Request::Update {
            source: Some(whole_path(source)?),
            key: found.key.as_deref().map(key_text).transpose()?,
        },
        ["light"] => Request::Light,
        ["press", gesture] => Request::Press {
            gesture: own(gesture),
        },
        _ => return Err(not_understood(words)),
    })
}

/// An address as it is; a file by its whole path, which a box that runs elsewhere can open.
fn whole_path(source: &str) -> Result<String, Failure> {
    if source.contains("://") {
        return Ok(source.to_owned());
    }
    let path = std::fs::canonicalize(source)
        .map_err(|error| Failure::new(Exit::NotFound, format!("{source}: {error}")))?;
    let path = path.into_os_string().into_string();
    path.map_err(|_| Failure::new(Exit::NotAllowed, format!("{source}: its path is not UTF-8")))
}

/// A key, or the file that it stands in.
fn key_text(key: &str) -> Result<String, Failure> {
    match std::fs::File::open(key) {
        Ok(file) => {
            let mut text = String::new();
            file.take(STDIN_MAX)
                .read_to_string(&mut text)
                .map_err(|error| Failure::new(Exit::Failed, format!("--key {key}: {error}")))?;
            Ok(text)
        }
        Err(_) => Ok(key.to_owned()),
    }
}

/// Which relay is meant.
fn scope(found: &Found) -> Scope {
    match &found.domain {
        Some(domain) => Scope::Domain(domain.clone()),
        None if found.fallback => Scope::Fallback,
        None => Scope::Everything,
    }
}

fn not_understood(words: &[&str]) -> Failure {
    if let Some(topic) = help::topic(words) {
        return Failure::new(
            Exit::Usage,
            format!(
                "`{}` needs other words; it goes like this:\n\n{}",
                words.join(" "),
                help::of(&topic)
            ),
        );
    }
    usage(&[], format!("there is no command `{}`", words.join(" ")))
}

fn usage(words: &[&str], text: String) -> Failure {
    let topic = help::topic(words)
        .map(|topic| format!(" {}", topic.join(" ")))
        .unwrap_or_default();
    Failure::new(
        Exit::Usage,
        format!("{text}; `pillarbox{topic} --help` shows what there is"),
    )
}

/// The first and only line of standard input.
fn read_password() -> Result<String, Failure> {
    let failed = |text: &str| Failure::new(Exit::Usage, format!("--password-stdin: {text}"));
    let mut input = Zeroizing::new(String::with_capacity(STDIN_MAX as usize));
    std::io::stdin()
        .lock()
        .take(STDIN_MAX)
        .read_to_string(&mut input)
        .map_err(|error| failed(&format!("cannot read it: {error}")))?;
    let line = input.strip_suffix('\n').unwrap_or(&input);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(failed(
            "standard input is empty; write the password to it, like `pillarbox … --password-stdin < file`",
        ));
    }
    if line.contains('\n') {
        return Err(failed(
            "there is more than one line on standard input; the password is one line",
        ));
    }
    Ok(line.to_owned())
}
