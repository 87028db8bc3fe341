//! SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182).

use mail::content::charset;
use store::Flags;

use crate::Limits;
use crate::code::Code;
use crate::command::{
    Charset, Command, FetchItem, OpenCommand, Page, Program, Search, SearchKey, SearchReturn,
    UidBatches,
};
use crate::deed::No;
use crate::parse::set::set;
use crate::parse::{Cursor, Parsed, fetch, flags};

/// SEARCH.
pub(crate) fn search(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, false)
}

/// UID SEARCH.
pub(crate) fn uid_search(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, true)
}

/// ```abnf
/// search = "SEARCH" [search-return-opts] SP search-program
/// ```
fn arguments(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Command> {
    cursor.space()?;
    let give = returned(cursor)?;
    let program = program(cursor)?;
    Ok(Command::Open(OpenCommand::Search(Search {
        uid,
        give,
        program,
    })))
}

/// ```abnf
/// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
/// ```
pub(crate) fn program(cursor: &mut Cursor<'_>) -> Parsed<Program> {
    let mut charset = None;
    if cursor.word("CHARSET") {
        if cursor.no_charset {
            return Err(No::bad(
                "Behind ENABLE UTF8=ACCEPT every search is UTF-8: leave CHARSET out",
            ));
        }
        cursor.space()?;
        charset = Some(cursor.astring()?);
        cursor.space()?;
    }
    criteria(cursor, charset.as_deref())
}

/// The keys behind a charset; SORT and THREAD always name one (RFC 5256 §5).
///
/// ```abnf
/// search-criteria = search-key *(SP search-key)
/// ```
pub(crate) fn criteria(cursor: &mut Cursor<'_>, charset: Option<&[u8]>) -> Parsed<Program> {
    let mut keys = Keys {
        charset: None,
        left: Limits::SEARCH_KEYS,
    };
    let mut of = Charset::Utf8;
    if let Some(charset) = charset {
        let label = std::str::from_utf8(charset)
            .ok()
            .filter(|label| charset::is_known(label));
        of = match label {
            None => Charset::Unknown,
            Some(label) if is_plain(label) => Charset::Named,
            Some(_) => Charset::Other,
        };
        if of != Charset::Named {
            // A search that is refused because of it is read to its end all the same.
            keys.charset = Some(label.unwrap_or("windows-1252").to_owned());
        }
    }
    let mut all = vec![keys.key(cursor, 0)?];
    while cursor.eat(b' ') && !cursor.is_at_end() {
        all.push(keys.key(cursor, 0)?);
    }
    Ok(Program {
        charset: of,
        key: and(all),
    })
}

fn is_plain(label: &str) -> bool {
    ["UTF-8", "US-ASCII"]
        .iter()
        .any(|plain| plain.eq_ignore_ascii_case(label))
}

/// One key stands for itself.
fn and(mut keys: Vec<SearchKey>) -> SearchKey {
    match keys.pop() {
        Some(key) if keys.is_empty() => key,
        Some(key) => {
            keys.push(key);
            SearchKey::And(keys)
        }
        None => SearchKey::All,
    }
}

/// ```abnf
/// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
/// search-return-opt = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE" / modifier-partial / "RELEVANCY" / "CONTEXT" / modifier-update
/// modifier-partial = "PARTIAL" SP partial-range
/// modifier-update = "UPDATE" [SP "(" fetch-att *(SP fetch-att) ")"]
/// ```
///
/// With the space behind them; `None`: there are none.
pub(crate) fn returned(cursor: &mut Cursor<'_>) -> Parsed<Option<SearchReturn>> {
    if !cursor.word("RETURN") {
        return Ok(None);
    }
    cursor.space()?;
    let mut give = SearchReturn::default();
    let mut any = false;
    cursor.list(true, 16, |cursor| {
        any = true;
        match cursor.atom()?.to_ascii_uppercase().as_str() {
            "MIN" => give.min = true,
            "MAX" => give.max = true,
            "ALL" => give.all = true,
            "COUNT" => give.count = true,
            "SAVE" => give.save = true,
            "RELEVANCY" => give.relevancy = true,
            "CONTEXT" => give.context = true,
            "UPDATE" => give.update = Some(update(cursor)?),
            "PARTIAL" => {
                cursor.space()?;
                if give.partial.replace(page(cursor)?).is_some() {
                    return Err(No::bad(ONE_LIST));
                }
            }
            _ => {
                return Err(No::bad(
                    "The box does not know this return option of SEARCH",
                ));
            }
        }
        Ok(())
    })?;
    if give.all && give.partial.is_some() {
        return Err(No::bad(ONE_LIST));
    }
    give.all |= !any;
    cursor.space()?;
    Ok(Some(give))
}

/// What UPDATE is to tell of new messages (RFC 5465 §7, whose example has a space before the list and whose grammar has none).
fn update(cursor: &mut Cursor<'_>) -> Parsed<Vec<FetchItem>> {
    let mut items = Vec::new();
    let mut ahead = cursor.clone();
    ahead.eat(b' ');
    if ahead.peek() == Some(b'(') {
        *cursor = ahead;
        cursor.list(false, Limits::FETCH_ITEMS, |cursor| {
            items.push(fetch::item(cursor)?);
            Ok(())
        })?;
    }
    Ok(items)
}

/// ```abnf
/// command-select =/ "CANCELUPDATE" 1*(SP quoted)
/// ```
pub(crate) fn cancel_update(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut tags = Vec::new();
    cursor.space()?;
    loop {
        tags.push(String::from_utf8_lossy(&cursor.astring()?).into_owned());
        if !cursor.eat(b' ') || cursor.is_at_end() {
            break;
        }
    }
    Ok(Command::Open(OpenCommand::CancelUpdate(tags)))
}

/// ```abnf
/// uidbatches = "UIDBATCHES" SP nz-number [SP nz-number ":" nz-number]
/// ```
pub(crate) fn uid_batches(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let size = cursor.nz_number()?;
    let mut range = None;
    if cursor.eat(b' ') && !cursor.is_at_end() {
        let page = page(cursor)?;
        if page.from_end || page.first > page.last {
            let why = "The first batch of a range stands before the last";
            return Err(No {
                bad: true,
                ..No::with(Code::ClientBug, why)
            });
        }
        range = Some((page.first, page.last));
    }
    Ok(Command::Open(OpenCommand::UidBatches(UidBatches {
        size,
        range,
    })))
}

/// RFC 5267 §4.4, RFC 9394 §3.1.
const ONE_LIST: &str = "Only one of PARTIAL and ALL can be returned, and only once";

/// ```abnf
/// partial-range = nz-number ":" nz-number / "-" nz-number ":" "-" nz-number
/// ```
pub(crate) fn page(cursor: &mut Cursor<'_>) -> Parsed<Page> {
    let from_end = cursor.eat(b'-');
    let first = cursor.nz_number()?;
    cursor.expect(b':', "A range such as 1:500 was expected")?;
    if cursor.eat(b'-') != from_end {
        return Err(No::bad("Both ends of a range count from the same end"));
    }
    let last = cursor.nz_number()?;
    Ok(Page {
        first,
        last,
        from_end,
    })
}

/// The reader of keys: their charset, and how many more there may be.
struct Keys {
    /// none: UTF-8, which US-ASCII is
    charset: Option<String>,
    left: usize,
}

impl Keys {
    /// One key, `depth` keys deep. OR, NOT and parentheses each go one deeper, at most to [`Limits::DEPTH`].
    fn key(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Parsed<SearchKey> {
        if depth >= Limits::DEPTH {
            return Err(No::bad("This search is nested deeper than the box takes"));
        }
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| No::bad("This search has more keys than the box takes"))?;
        let deeper = depth.saturating_add(1);
        match cursor.peek() {
            Some(b'(') => {
                let mut all = Vec::new();
                cursor.list(false, Limits::SEARCH_KEYS, |cursor| {
                    all.push(self.key(cursor, deeper)?);
                    Ok(())
                })?;
                return Ok(and(all));
            }
            Some(b'0'..=b'9' | b'*' | b'$') => return set(cursor).map(SearchKey::Sequence),
            _ => {}
        }
        let name = cursor.atom()?.to_ascii_uppercase();
        if let Some(key) = flag_key(&name) {
            return Ok(key);
        }
        cursor.space()?;
        Ok(match name.as_str() {
            "NOT" => SearchKey::Not(Box::new(self.key(cursor, deeper)?)),
            "OR" => {
                let first = self.key(cursor, deeper)?;
                cursor.space()?;
                SearchKey::Or(Box::new(first), Box::new(self.key(cursor, deeper)?))
            }
            "KEYWORD" => SearchKey::Keyword(flags::keyword(cursor)?),
            "UNKEYWORD" => SearchKey::NoKeyword(flags::keyword(cursor)?),
            "BCC" | "CC" | "FROM" | "SUBJECT" | "TO" => {
                SearchKey::Header(name.to_ascii_lowercase(), self.text(cursor)?)
            }
            "HEADER" => {
                let field = String::from_utf8_lossy(&cursor.astring()?).to_ascii_lowercase();
                cursor.space()?;
                SearchKey::Header(field, self.text(cursor)?)
            }
            "BODY" => SearchKey::Body(self.text(cursor)?),
            "TEXT" => SearchKey::Text(self.text(cursor)?),
            "BEFORE" => SearchKey::Before(date(cursor)?),
            "ON" => SearchKey::On(date(cursor)?),
            "SINCE" => SearchKey::Since(date(cursor)?),
            "SENTBEFORE" => SearchKey::SentBefore(date(cursor)?),
            "SENTON" => SearchKey::SentOn(date(cursor)?),
            "SENTSINCE" => SearchKey::SentSince(date(cursor)?),
            "LARGER" => SearchKey::Larger(cursor.number64()?),
            "SMALLER" => SearchKey::Smaller(cursor.number64()?),
            "UID" => SearchKey::Uid(set(cursor)?),
            "OLDER" => SearchKey::Older(cursor.nz_number()?),
            "YOUNGER" => SearchKey::Younger(cursor.nz_number()?),
            "SAVEDBEFORE" => SearchKey::SavedBefore(date(cursor)?),
            "SAVEDON" => SearchKey::SavedOn(date(cursor)?),
            "SAVEDSINCE" => SearchKey::SavedSince(date(cursor)?),
            "MODSEQ" => SearchKey::ModSeq(modseq(cursor)?),
            "THREADID" => SearchKey::ThreadId(object_id(cursor)?),
            "FILTER" => SearchKey::Filter(filter_name(cursor)?),
            "FUZZY" => SearchKey::Fuzzy(Box::new(self.key(cursor, deeper)?)),
            "EMAILID" => SearchKey::EmailId(object_id(cursor)?),
            _ => return Err(unknown()),
        })
    }

    /// A text in the search's charset.
    fn text(&self, cursor: &mut Cursor<'_>) -> Parsed<String> {
        let octets = cursor.astring()?.into_owned();
        match &self.charset {
            Some(label) => Ok(charset::to_utf8(label, &octets).into_owned()),
            None => String::from_utf8(octets)
                .map_err(|_| No::bad("This text is not in the search's charset")),
        }
    }
}

/// The keys without argument.
fn flag_key(name: &str) -> Option<SearchKey> {
    Some(match name {
        "ALL" => SearchKey::All,
        "ANSWERED" => SearchKey::Flag(Flags::ANSWERED),
        "DELETED" => SearchKey::Flag(Flags::DELETED),
        "DRAFT" => SearchKey::Flag(Flags::DRAFT),
        "FLAGGED" => SearchKey::Flag(Flags::FLAGGED),
        "SEEN" => SearchKey::Flag(Flags::SEEN),
        "UNANSWERED" => SearchKey::NoFlag(Flags::ANSWERED),
        "UNDELETED" => SearchKey::NoFlag(Flags::DELETED),
        "UNDRAFT" => SearchKey::NoFlag(Flags::DRAFT),
        "UNFLAGGED" => SearchKey::NoFlag(Flags::FLAGGED),
        "UNSEEN" => SearchKey::NoFlag(Flags::SEEN),
        "NEW" => SearchKey::New,
        "OLD" => SearchKey::Old,
        "RECENT" => SearchKey::Recent,
        "SAVEDATESUPPORTED" => SearchKey::SaveDateSupported,
        _ => return None,
    })
}

fn unknown() -> No {
    No::bad("The box does not know this search key")
}

/// ```abnf
/// search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer
/// entry-type-req = "priv" / "shared" / "all"
/// ```
fn modseq(cursor: &mut Cursor<'_>) -> Parsed<u64> {
    if cursor.peek() == Some(b'"') {
        if !cursor.string()?.starts_with(b"/flags/") {
            return Err(No::bad(
                "An entry name such as \"/flags/\\\\seen\" was expected",
            ));
        }
        cursor.space()?;
        if !["priv", "shared", "all"]
            .iter()
            .any(|kind| cursor.word(kind))
        {
            return Err(No::bad("priv, shared or all was expected"));
        }
        cursor.space()?;
    }
    cursor.number64()
}

/// ```abnf
/// filter-name = 1*<any ATOM-CHAR except "/">
/// ```
fn filter_name(cursor: &mut Cursor<'_>) -> Parsed<String> {
    match cursor.atom()? {
        name if !name.contains('/') => Ok(name.to_owned()),
        _ => Err(No::bad("The name of a filter has no '/'")),
    }
}

/// A search as a filter holds it (RFC 5466 §3.2): keys with their texts in UTF-8.
pub(crate) fn filter(value: &[u8]) -> Parsed<SearchKey> {
    let mut cursor = Cursor::new(value, true);
    let program = criteria(&mut cursor, None)?;
    cursor.end()?;
    Ok(program.key)
}

/// ```abnf
/// objectid = 1*255(ALPHA / DIGIT / "_" / "-")
/// ```
fn object_id(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let id = cursor.letters();
    match std::str::from_utf8(id) {
        Ok(id) if (1..=255).contains(&id.len()) => Ok(id.to_owned()),
        _ => Err(No::bad("An object's id was expected")),
    }
}

/// ```abnf
/// date = date-text / DQUOTE date-text DQUOTE
/// date-text = 1*2DIGIT "-" date-month "-" 4DIGIT
/// ```
///
/// Days since 1970-01-01.
fn date(cursor: &mut Cursor<'_>) -> Parsed<i64> {
    let text = cursor.astring()?;
    day(&text).ok_or_else(|| No::bad("A date such as 1-Feb-1994 was expected"))
}

fn day(text: &[u8]) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const DAYS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let text = std::str::from_utf8(text).ok()?.trim_ascii();
    let mut pieces = text.splitn(3, '-');
    let (day, month, year) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if !(1..=2).contains(&day.len()) || year.len() != 4 || !digits(day) || !digits(year) {
        return None;
    }
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    let month = MONTHS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(month))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let most = if month == 1 && !leap {
        28
    } else {
        DAYS.get(month).copied()?
    };
    if !(1..=most).contains(&day) {
        return None;
    }
    // Days before this year, counted from year 0, and before this month.
    let past = year.checked_sub(1)?;
    let years = past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    let months: i64 = DAYS.iter().take(month).sum::<i64>() - i64::from(month > 1 && !leap);
    const EPOCH: i64 = 719_162;
    Some(years + months + day - 1 - EPOCH)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_counted_from_1970() {
        let table: [(&[u8], Option<i64>); 12] = [
            (b"1-Jan-1970", Some(0)),
            (b"01-jan-1970", Some(0)),
            (b"1-Feb-1994", Some(8797)),
            (b"29-Feb-2000", Some(11016)),
            (b"1-Mar-2000", Some(11017)),
            (b"31-Dec-1969", Some(-1)),
            (b"29-Feb-1900", None),
            (b"31-Apr-2000", None),
            (b"0-Jan-2000", None),
            (b"1-Jan-99", None),
            (b"1-Foo-1999", None),
            (b"1-Jan", None),
        ];
        for (text, expected) in table {
            assert_eq!(day(text), expected, "{}", String::from_utf8_lossy(text));
        }
    }
}
