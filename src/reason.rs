//! Why a wish of a person's was not done, as data: said in the languages of the pages by [`crate::setup::texts::Refusals`], and here in English for whoever types
//! commands, with what to type next.

use std::fmt;

use mail::Address;

use crate::accounts::RefusalKind;

/// Why not. Values are as the person wrote them, or as the system said them; no password.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "a value's name says what it is")]
pub enum Reason {
    /// No password was given.
    PasswordEmpty,
    /// Longer than so many octets.
    PasswordLong { most: usize },
    /// It holds control characters.
    PasswordControls,
    /// The address is a person's.
    PersonThere { address: Address },
    /// The address is an alias.
    AliasThere { address: Address },
    /// The address is somebody else's, whoever claims the box.
    SomebodyElses { address: Address },
    /// Nobody moves to another domain, because one of them cannot.
    NobodyMoved { address: Address },
    /// The domain is not the house's; its own, with commas between, where they are known.
    NotOurDomain { domain: String, ours: String },
    /// Nobody has this address.
    NoSuchPerson { address: Address },
    /// Nothing is called that.
    NoSuchAlias { alias: String },
    /// An alias would be a person's own address.
    AliasIsPerson { address: Address },
    /// An alias would lead to itself.
    AliasItself { address: Address },
    /// No name of an alias.
    AliasWrong { alias: String },
    /// An alias would lead nowhere.
    AliasNobody,
    /// An alias would lead to more than so many.
    AliasMany { most: usize },
    /// No mail can be sent there.
    NoDestination { domain: String },
    /// No plain text, or longer than so many octets.
    LabelWrong { most: usize },
    /// No plain text, or longer than so many octets.
    NameWrong { most: usize },
    /// One person has so many already.
    AppPasswordsMany { most: usize },
    /// The local part has a tag behind the person's name.
    Tagged {
        address: Address,
        name: String,
        tag: char,
    },
    /// The local part begins with a hyphen.
    Dashed { address: Address, name: String },
    /// The domain is a machine's address.
    Literal { address: Address },
    /// The box is somebody's.
    Owned,
    /// Too many passwords are judged at once.
    HashingBusy,
    /// No address.
    NoAddress { text: String, words: String },
    /// No listener that a mail program could use.
    NoDoor,
    /// An app password that would open nothing.
    NoDoors,
    /// A one-time code that is not right.
    CodeWrong,
    /// A one-time code, and nobody knows what time it is.
    TimeUnknown,
    /// Two-step sign-in is off.
    OneStep { address: Address },
    /// The settings file cannot be written.
    SettingsUnwritable { words: String },
    /// The settings file cannot be read.
    SettingsUnreadable { words: String },
    /// A key stands in the file in a way that is not understood well enough to change it.
    SettingByHand { key: String, place: String },
    /// A name of a host or a domain that cannot be one, and the line that it would stand in.
    NoHostName {
        key: String,
        name: String,
        example: String,
    },
    /// No zone of the tz database, and what may have been meant.
    NoZone {
        key: String,
        name: String,
        advice: String,
    },
    /// The listeners that these settings ask for cannot be had.
    NoListener { words: String },
    /// The certificate that these settings ask for cannot be used.
    Certificate { words: String },
    /// The box ends.
    GoingDown,
}

impl Reason {
    /// What kind of no it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Reason::PersonThere { .. }
            | Reason::AliasThere { .. }
            | Reason::SomebodyElses { .. }
            | Reason::NobodyMoved { .. }
            | Reason::AliasIsPerson { .. } => RefusalKind::Exists,
            Reason::NoSuchPerson { .. } | Reason::NoSuchAlias { .. } | Reason::OneStep { .. } => {
                RefusalKind::NotFound
            }
            Reason::HashingBusy
            | Reason::SettingsUnwritable { .. }
            | Reason::SettingsUnreadable { .. }
            | Reason::NoListener { .. }
            | Reason::GoingDown => RefusalKind::Failed,
            _ => RefusalKind::NotAllowed,
        }
    }

    /// What a text may have places for.
    pub(crate) fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Reason::PasswordLong { most }
            | Reason::AliasMany { most }
            | Reason::LabelWrong { most }
            | Reason::NameWrong { most }
            | Reason::AppPasswordsMany { most } => vec![("most", most.to_string())],
            Reason::PersonThere { address }
            | Reason::AliasThere { address }
            | Reason::SomebodyElses { address }
            | Reason::NobodyMoved { address }
            | Reason::NoSuchPerson { address }
            | Reason::AliasIsPerson { address }
            | Reason::AliasItself { address }
            | Reason::Tagged { address, .. }
            | Reason::Dashed { address, .. }
            | Reason::OneStep { address }
            | Reason::Literal { address } => vec![("address", address.to_string())],
            Reason::NoSuchAlias { alias } | Reason::AliasWrong { alias } => {
                vec![("alias", alias.clone())]
            }
            Reason::NotOurDomain { domain, .. } | Reason::NoDestination { domain } => {
                vec![("domain", domain.clone())]
            }
            Reason::NoAddress { text, .. } => vec![("text", text.clone())],
            Reason::SettingByHand { key, .. } => vec![("key", key.clone())],
            Reason::NoHostName { name, .. } | Reason::NoZone { name, .. } => {
                vec![("name", name.clone())]
            }
            Reason::SettingsUnwritable { words }
            | Reason::SettingsUnreadable { words }
            | Reason::NoListener { words }
            | Reason::Certificate { words } => vec![("words", words.clone())],
            Reason::PasswordEmpty
            | Reason::PasswordControls
            | Reason::AliasNobody
            | Reason::Owned
            | Reason::HashingBusy
            | Reason::NoDoor
            | Reason::NoDoors
            | Reason::CodeWrong
            | Reason::TimeUnknown
            | Reason::GoingDown => Vec::new(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::PasswordEmpty => {
                f.write_str("the password is empty; give one on standard input")
            }
            Reason::PasswordLong { most } => write!(
                f,
                "the password is longer than {most} octets, more than mail programs can send"
            ),
            Reason::PasswordControls => f.write_str(
                "the password holds control characters, which mail programs cannot send; choose another",
            ),
            Reason::PersonThere { address } => write!(
                f,
                "{address} is here already; `pillarbox account password {address}` changes the password"
            ),
            Reason::AliasThere { address } => write!(
                f,
                "{address} is an alias; `pillarbox alias remove {address}` makes room for a person"
            ),
            Reason::SomebodyElses { address } => write!(
                f,
                "{address} is somebody else's in this house; choose another name"
            ),
            Reason::NobodyMoved { address } => write!(
                f,
                "{address} is taken already, so nobody was moved; remove that person or alias first"
            ),
            Reason::NotOurDomain { domain, ours } => {
                write!(f, "{domain} is not a domain of this house")?;
                if !ours.is_empty() {
                    write!(f, " ({ours})")?;
                }
                f.write_str("; add it to `domains` in the settings first")
            }
            Reason::NoSuchPerson { address } => write!(
                f,
                "there is no person {address}; `pillarbox account list` shows who is there"
            ),
            Reason::NoSuchAlias { alias } => write!(
                f,
                "there is no alias {alias}; `pillarbox alias list` shows them"
            ),
            Reason::AliasIsPerson { address } => write!(
                f,
                "{address} is a person's own address and cannot be an alias"
            ),
            Reason::AliasItself { address } => write!(
                f,
                "{address} cannot lead to itself; name the person or address that its mail is for"
            ),
            Reason::AliasWrong { alias } => write!(
                f,
                "\"{alias}\" is neither an address nor a catch-all; write name@domain, or @domain for everything that nobody else has"
            ),
            Reason::AliasNobody => {
                f.write_str("an alias needs at least one person or address to lead to")
            }
            Reason::AliasMany { most } => write!(
                f,
                "an alias leads to at most {most} addresses; a mailing list is what you look for"
            ),
            Reason::NoDestination { domain } => write!(
                f,
                "{domain} is no domain that mail could be sent to; check what stands behind the @"
            ),
            Reason::LabelWrong { most } => write!(
                f,
                "the label must be plain text of at most {most} octets, like \"Ann's phone\""
            ),
            Reason::NameWrong { most } => write!(
                f,
                "a name is plain text of at most {most} octets, like \"Ann Smith\""
            ),
            Reason::AppPasswordsMany { most } => write!(
                f,
                "a person has at most {most} app passwords; remove one that is not in use"
            ),
            Reason::Tagged { address, name, tag } => write!(
                f,
                "{address} cannot be a person's address: what stands after \"{tag}\" is a tag that {name} may choose freely; add {name}@{} instead, or choose a name without \"{tag}\"",
                address.domain()
            ),
            Reason::Dashed { address, name } => write!(
                f,
                "{address} cannot be a person's address: in lists of who may do what (RFC 4314 §2) it would mean that {name} may not; choose a name without \"-\" at its beginning"
            ),
            Reason::Literal { address } => write!(
                f,
                "{address} cannot be a person's address: {} is the address of a machine; write a domain name, like {}@example.org",
                address.domain(),
                address.local()
            ),
            Reason::Owned => f.write_str(
                "this box has an owner; hold the button for 10 seconds to make it nobody's",
            ),
            Reason::HashingBusy => {
                f.write_str("too many passwords wait to be hashed; try again in a minute")
            }
            Reason::NoAddress { text, words } => write!(f, "{text} is no address: {words}"),
            Reason::NoDoor => f.write_str("no door is open that a mail program could use"),
            Reason::NoDoors => f.write_str(
                "an app password that opens nothing is of no use; name at least one of imap, pop3 and smtp",
            ),
            Reason::CodeWrong => f.write_str("the code is not right; type the one that is shown now"),
            Reason::TimeUnknown => f.write_str(
                "the box does not know what time it is, so it cannot judge codes; connect it to the internet, and it asks",
            ),
            Reason::OneStep { address } => {
                write!(f, "two-step sign-in is not on for {address}")
            }
            Reason::SettingsUnwritable { words } => write!(
                f,
                "the settings file cannot be written: {words}; make it and its folder writable for the box, or change it with an editor"
            ),
            Reason::SettingsUnreadable { words } => write!(
                f,
                "cannot read the settings: {words}; make the file readable, or name another with --config"
            ),
            Reason::SettingByHand { key, place } => write!(
                f,
                "`{key}` {place} is written in a way that the box cannot change by itself; change it with an editor"
            ),
            Reason::NoHostName { key, name, example } => write!(
                f,
                "`{key}`: \"{name}\" is not a domain name; write it like `{key} = {example}`, without a final dot"
            ),
            Reason::NoZone { key, name, advice } => {
                write!(f, "`{key}`: \"{name}\" is no time zone; {advice}")
            }
            Reason::NoListener { words } | Reason::Certificate { words } => f.write_str(words),
            Reason::GoingDown => f.write_str("the box is going down, so nothing was changed"),
        }
    }
}
