//! What the house, its setup page, its light, its button and its clock are told.

/// How the household lives.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct HouseSettings {
    /// Name of the time zone in the tz database, `Europe/Athens`; `None`: UTC.
    pub time_zone: Option<String>,
    /// The language of letters and pages for which no browser has asked for one: a code of [`LANGUAGES`]; `None`: English.
    pub language: Option<String>,
}

/// Codes (RFC 5646) of the languages that the box speaks.
pub const LANGUAGES: [&str; 2] = ["en", "el"];

/// The setup page and its window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetupSettings {
    /// Minutes for which the window stays open.
    pub minutes: u32,
    /// Whether the owner may sign in to the pages from the local network while the window is closed.
    pub always: bool,
    /// Whether a first start makes a first person, whose password it prints; `false`: it makes nobody, and whoever stands next to the box claims it.
    pub ready_made: bool,
    /// Whether the box tells the local network its name and its services (mDNS).
    pub mdns: bool,
}

impl Default for SetupSettings {
    fn default() -> Self {
        SetupSettings {
            minutes: 15,
            always: false,
            ready_made: true,
            mdns: true,
        }
    }
}

/// Who sent what strangers bring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifySettings {
    /// Whether that is found out.
    pub strangers: bool,
    /// Domains whose seals on forwarded mail are taken for true; in A-labels and lower case.
    pub sealers: Vec<String>,
}

impl Default for VerifySettings {
    fn default() -> Self {
        VerifySettings {
            strangers: true,
            sealers: Vec::new(),
        }
    }
}

/// What is unwanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JunkSettings {
    /// Zones of DNS blocklists that are asked about a stranger's address; in A-labels and lower case.
    pub blocklists: Vec<String>,
    /// Whether what is certainly unwanted is refused (and a copy kept in Rejects); `false`: it goes to Junk.
    pub refuse: bool,
}

impl Default for JunkSettings {
    fn default() -> Self {
        JunkSettings {
            blocklists: Vec::new(),
            refuse: true,
        }
    }
}

/// What other domains are told once a day.
///
/// Both by default: a domain that asks learns no more than the hosts that it wrote to, or was written to by, and without it nobody who is abused would notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportsSettings {
    /// What came in their name.
    pub dmarc: bool,
    /// How TLS toward them went.
    pub tls: bool,
}

impl Default for ReportsSettings {
    fn default() -> Self {
        ReportsSettings {
            dmarc: true,
            tls: true,
        }
    }
}

/// Updates of the box itself.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct UpdateSettings {
    /// Whose signature counts: the line of a minisign `.pub` file; `None`: the card's own key, or the program's.
    pub key: Option<String>,
    /// Where an update is fetched from unless somebody says otherwise.
    pub url: Option<String>,
}

/// The status light.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LightSettings {
    /// Whether new mail makes it wink.
    pub unread: bool,
    /// Whether a light is wired to the header; else the board's own one shows the state.
    pub wired: bool,
    /// Label of the GPIO chip of [`LightSettings::line`]; `None`: the board's.
    pub chip: Option<String>,
    /// The GPIO line of the wired light; `None`: the board's usual one. Naming one says that a light is wired.
    pub line: Option<u32>,
    /// Whether the wired light shines when its line is low.
    pub active_low: bool,
    /// Which light of `/sys/class/leds` is used where none is wired; `None`: the board's.
    pub led: Option<String>,
}

impl Default for LightSettings {
    fn default() -> Self {
        LightSettings {
            unread: true,
            wired: false,
            chip: None,
            line: None,
            active_low: false,
            led: None,
        }
    }
}

/// The button.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ButtonSettings {
    /// Label of the GPIO chip; `None`: the board's.
    pub chip: Option<String>,
    /// Its line; `None`: the board's usual one.
    pub line: Option<u32>,
    /// Whether a press pulls the line low, as a button to ground does.
    pub active_low: bool,
}

impl Default for ButtonSettings {
    fn default() -> Self {
        ButtonSettings {
            chip: None,
            line: None,
            active_low: true,
        }
    }
}

/// The clock.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ClockSettings {
    /// Whether the box keeps the machine's clock itself (it asks the network and sets it); on an ordinary system something else does.
    pub keep: bool,
    /// Time servers, names or addresses, asked besides those that the network names; empty: the built-in ones.
    pub servers: Vec<String>,
}
