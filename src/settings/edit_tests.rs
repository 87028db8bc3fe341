//! Changes in files as people write them.

use super::*;

fn edit(text: &str, changes: &[Change]) -> String {
    change(text, Path::new("/etc/box/pillarbox.toml"), changes)
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn what_a_person_wrote_stays_as_it_is() {
    for (text, change, result) in [
        (
            "",
            Change::set("", "hostname", "a.b"),
            "hostname = \"a.b\"\n",
        ),
        (
            "",
            Change::set("setup", "minutes", 5),
            "[setup]\nminutes = 5\n",
        ),
        (
            "# ours\n\n[tls]\nkey = 'k' # x\ncertificate = 'c'",
            Change::set("", "hostname", "a.b"),
            "# ours\nhostname = \"a.b\"\n\n[tls]\nkey = 'k' # x\ncertificate = 'c'",
        ),
        (
            "hostname = 'x.y' # the name\n[setup]\n",
            Change::set("", "hostname", "a.b"),
            "hostname = \"a.b\" # the name\n[setup]\n",
        ),
        (
            "[setup] # the page\n# none yet\n\n[log]\nlevel = 'info'",
            Change::set("setup", "always", true),
            "[setup] # the page\nalways = true\n# none yet\n\n[log]\nlevel = 'info'",
        ),
        (
            "[setup]\n  minutes = 3 # short\n\n[log]\n",
            Change::set("setup", "always", true),
            "[setup]\n  minutes = 3 # short\n  always = true\n\n[log]\n",
        ),
        (
            "setup.minutes = 3",
            Change::set("setup", "always", true),
            "setup.minutes = 3\nsetup.always = true\n",
        ),
        (
            "setup = { minutes = 3 } # short",
            Change::set("setup", "always", true),
            "setup = { minutes = 3, always = true } # short",
        ),
        (
            "setup = {}",
            Change::set("setup", "always", true),
            "setup = { always = true }",
        ),
        (
            "[limits.smtp]\r\nsize = 100000\r\n",
            Change::set("house", "language", "el"),
            "[limits.smtp]\r\nsize = 100000\r\n\r\n[house]\r\nlanguage = \"el\"\r\n",
        ),
        (
            "log = 'info'",
            Change::set("log", "level", "debug"),
            "log = \"debug\"",
        ),
        (
            "domains = [ # ours\n  'a.b', # first\n  \"c.d\" ]\n",
            Change::set("", "domains", vec!["e.f".to_owned()]),
            "# first\n# ours\ndomains = [\"e.f\"]\n",
        ),
        (
            "[setup]\nminutes = 3 # short\n",
            Change::unset("setup", "minutes"),
            "[setup]\n# short\n",
        ),
        (
            "setup = { minutes = 3, always = true }",
            Change::unset("setup", "minutes"),
            "setup = { always = true }",
        ),
        (
            "setup = { minutes = 3, always = true }",
            Change::unset("setup", "always"),
            "setup = { minutes = 3 }",
        ),
        ("a = 1", Change::unset("setup", "always"), "a = 1"),
    ] {
        if text == "a = 1" {
            assert!(super::change(text, Path::new("x"), &[change]).is_err());
            continue;
        }
        assert_eq!(
            edit(text, std::slice::from_ref(&change)),
            result,
            "{text:?}"
        );
        assert_eq!(
            edit(result, std::slice::from_ref(&change)),
            result,
            "again: {text:?}"
        );
    }
}

#[test]
fn what_cannot_be_is_refused_and_says_why() {
    let refuse = |text: &str, wanted: Change| {
        change(text, Path::new("/x.toml"), &[wanted])
            .unwrap_err()
            .to_string()
    };
    let text = refuse("", Change::set("setup", "minutes", 0));
    assert!(text.contains("between 1 and 1440"), "{text}");
    assert!(refuse("", Change::set("", "hostname", "a b")).contains("not a domain name"));
    assert!(refuse("", Change::set("setup", "colour", 1)).contains("unknown key `colour`"));
    assert!(refuse("hostname = ", Change::set("setup", "minutes", 1)).contains("is not TOML"));
    let more = "[[tls.more]]\ncertificate = 'a'\nkey = 'b'\n";
    assert!(refuse(more, Change::set("tls", "more", true)).contains("with an editor"));
}

/// A small generator (xorshift), so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % sides
    }

    fn any<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}

const TEXTS: &[&str] = &[
    "plain",
    "with \"quotes\"",
    "back\\slash",
    "a # sign",
    "α",
    "[x]",
    "a = 1",
    "'single'",
];

/// Keys with values that the table of settings takes.
fn changes(dice: &mut Dice) -> Change {
    match dice.roll(9) {
        0 => Change::set("", "hostname", *dice.any(&["a.example", "b.example"])),
        1 => Change::set(
            "",
            "domains",
            vec!["x.example".to_owned(), format!("d{}.example", dice.roll(9))],
        ),
        2 => Change::set("setup", "minutes", 1 + dice.roll(1000) as u32),
        3 => Change::set("setup", "always", dice.roll(2) == 0),
        4 => Change::set("house", "time_zone", *dice.any(&["Europe/Athens", "UTC"])),
        5 => Change::set("log", "level", *dice.any(&["info", "debug"])),
        6 => Change::set("clock", "servers", vec!["time.example".to_owned()]),
        7 => Change::set("limits.smtp", "recipients", 100 + dice.roll(100) as u32),
        _ => {
            let (section, key) = *dice.any(&[
                ("", "domains"),
                ("setup", "minutes"),
                ("setup", "always"),
                ("house", "time_zone"),
                ("log", "level"),
                ("limits.smtp", "recipients"),
            ]);
            Change::unset(section, key)
        }
    }
}

/// A file put together from pieces, each section in one of the ways in which it can be written.
fn file(dice: &mut Dice) -> String {
    let top = [
        "",
        "# top\n\n",
        "\n",
        "# about the name\nhostname = \"old.example\" # eol\n",
        "\u{feff}# bom\n",
        "domains = [\n  \"a.example\", # one\n  # two\n  'b.example',\n]\n",
        "hostname='x.example'\ndomains=['y.example']\n",
        "log = \"info\"\n",
        "\"hostname\" = \"quoted.example\"\n",
    ];
    let mut text = (*dice.any(&top)).to_owned();
    // What has to stand above the first header, then what follows one.
    let dotted = [
        "",
        "setup.minutes = 4 # four\n",
        "setup . \"always\" = true\n",
        "setup = { minutes = 9 }\n",
        "setup = {}\n",
        "setup = { minutes = 7, mdns = false, always = true } # all\n",
        "limits.smtp.size = \"60 MiB\"\n",
        "limits = { smtp = { size = 100_000 } }\n",
    ];
    let dots = *dice.any(&dotted);
    text.push_str(dots);
    let sections = [
        "[tls]\ncertificate = 'c.pem'\nkey = '''k.pem'''\n",
        "[setup]\n",
        "  [setup] # the page\n\tminutes = 0x10\n\n# after\n",
        "[ setup ]\nalways = false\n",
        "[house]\n# zone\ntime_zone = \"Asia/Tokyo\"# near\n",
        "[limits.smtp]\nrecipients = 1_000\n",
        "[limits]\nconnections = 10\n[limits.smtp]\n# none\n",
        "[[tls.more]]\ncertificate = \"m.pem\"\nkey = \"mk.pem\"\n",
        "[clock]\nservers = [\"t.example\",\n\"u.example\"]\n",
        "[log]\nlevel='debug'\n",
        "[listen] \nimap = []\n#end",
    ];
    for section in sections {
        if dice.roll(3) == 0
            && Settings::parse(&format!("{text}\n{section}"), Path::new("x")).is_ok()
        {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(section);
        }
    }
    if dice.roll(3) == 0 {
        text = text.trim_end().to_owned();
    }
    if dice.roll(3) == 0 {
        text = text.replace('\n', "\r\n");
    }
    text
}

/// What is set, by path: as another reader of TOML sees it.
fn values(text: &str) -> toml::Table {
    text.trim_start_matches('\u{feff}').parse().unwrap()
}

fn put(table: &mut toml::Table, change: &Change) {
    let (mut at, mut key) = (table, change.key);
    if change.section == "log" && at.get("log").is_some_and(toml::Value::is_str) {
        key = "log";
    } else {
        for name in change.section.split('.').filter(|name| !name.is_empty()) {
            let inner = at.entry(name).or_insert_with(|| toml::Table::new().into());
            at = inner.as_table_mut().unwrap();
        }
    }
    match &change.value {
        None => {
            at.remove(key);
        }
        Some(value) => {
            let value = match value {
                Value::Text(text) => text.clone().into(),
                Value::Truth(truth) => (*truth).into(),
                Value::Number(number) => i64::from(*number).into(),
                Value::Texts(texts) => {
                    toml::Value::Array(texts.iter().cloned().map(Into::into).collect())
                }
            };
            at.insert(key.to_owned(), value);
        }
    }
}

/// Without tables that hold nothing: whether one is there means nothing.
fn full(table: &toml::Table) -> toml::Table {
    let mut out = toml::Table::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                let inner = full(inner);
                if !inner.is_empty() {
                    out.insert(key.clone(), inner.into());
                }
            }
            other => {
                out.insert(key.clone(), other.clone());
            }
        }
    }
    out
}

#[test]
fn any_changes_of_any_file_give_exactly_these_values_and_keep_every_comment() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut files, mut changed) = (0, 0);
    while files < 1500 {
        let mut text = file(&mut dice);
        if Settings::parse(&text, Path::new("x")).is_err() {
            continue;
        }
        files += 1;
        for _ in 0..6 {
            let change = changes(&mut dice);
            let mut wanted = values(&text);
            put(&mut wanted, &change);
            let comments: Vec<String> = scan::comments(&text)
                .into_iter()
                .map(str::to_owned)
                .collect();
            let ends = (
                text.contains("\r\n"),
                text.replace("\r\n", "").contains('\n'),
            );
            let new = edit(&text, std::slice::from_ref(&change));
            assert_eq!(
                full(&values(&new)),
                full(&wanted),
                "{change:?}\n{text}\n---\n{new}"
            );
            assert_eq!(
                scan::comments(&new),
                comments,
                "{change:?}\n{text}\n---\n{new}"
            );
            if ends == (true, false) {
                assert!(
                    !new.replace("\r\n", "").contains('\n'),
                    "a bare LF in {new:?}"
                );
            }
            changed += usize::from(new != text);
            text = new;
        }
    }
    assert!(changed > 4000, "{changed}");
}

#[test]
fn strings_are_written_so_that_they_are_read_back() {
    for text in TEXTS
        .iter()
        .copied()
        .chain(["tab\tnew\nline\u{7f}\u{1}", ""])
    {
        let table: toml::Table = format!("a = {}", quoted(text)).parse().unwrap();
        assert_eq!(table["a"].as_str(), Some(text));
    }
}
