//! What searches ask, as a client would send it.

use imap::command::{Algorithm, Criterion, Page, Program, SearchKey, SearchReturn, SortKey};
use store::Flags;

use crate::items;
use crate::print::{Line, chosen};

/// RETURN and the space behind it.
pub(crate) fn returned(line: &mut Line, give: Option<&SearchReturn>) {
    let Some(give) = give else { return };
    let options = [
        (give.min, "MIN"),
        (give.max, "MAX"),
        (give.all, "ALL"),
        (give.count, "COUNT"),
        (give.save, "SAVE"),
        (give.relevancy, "RELEVANCY"),
        (give.context, "CONTEXT"),
        (give.partial.is_some(), "PARTIAL"),
    ];
    line.put("RETURN (").put(chosen(&options));
    if let Some(page) = give.partial {
        line.put(" ");
        self::page(line, page);
    }
    if let Some(items) = &give.update {
        let first = line.out.last() == Some(&b'(');
        line.put(if first { "UPDATE" } else { " UPDATE" });
        if !items.is_empty() {
            line.put(" ").list(items, items::item);
        }
    }
    line.put(") ");
}

fn page(line: &mut Line, page: Page) {
    page.print(&mut line.out);
}

/// The keys.
pub(crate) fn program(line: &mut Line, program: &Program) {
    let SearchKey::And(keys) = &program.key else {
        return key(line, &program.key);
    };
    for (place, each) in keys.iter().enumerate() {
        if place > 0 {
            line.put(" ");
        }
        key(line, each);
    }
}

pub(crate) fn criterion(line: &mut Line, criterion: &Criterion) {
    line.put(if criterion.reverse { "REVERSE " } else { "" })
        .put(match criterion.key {
            SortKey::Arrival => "ARRIVAL",
            SortKey::Cc => "CC",
            SortKey::Date => "DATE",
            SortKey::DisplayFrom => "DISPLAYFROM",
            SortKey::DisplayTo => "DISPLAYTO",
            SortKey::From => "FROM",
            SortKey::Size => "SIZE",
            SortKey::Subject => "SUBJECT",
            SortKey::To => "TO",
            SortKey::Relevancy => "RELEVANCY",
        });
}

pub(crate) fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::OrderedSubject => "ORDEREDSUBJECT",
        Algorithm::References => "REFERENCES",
        Algorithm::Refs => "REFS",
    }
}

fn key(line: &mut Line, asked: &SearchKey) {
    let text = |line: &mut Line, name: &str, text: &str| {
        line.put(name).string(text.as_bytes());
    };
    match asked {
        SearchKey::And(keys) => {
            line.list(keys, key);
        }
        SearchKey::Or(one, other) => {
            line.put("OR ");
            key(line, one);
            line.put(" ");
            key(line, other);
        }
        SearchKey::Not(one) => {
            line.put("NOT ");
            key(line, one);
        }
        SearchKey::Fuzzy(one) => {
            line.put("FUZZY ");
            key(line, one);
        }
        SearchKey::All => {
            line.put("ALL");
        }
        SearchKey::Flag(flag) => {
            line.put(word(*flag));
        }
        SearchKey::NoFlag(flag) => {
            line.put("UN").put(word(*flag));
        }
        SearchKey::Keyword(name) => {
            line.put("KEYWORD ").put(name);
        }
        SearchKey::NoKeyword(name) => {
            line.put("UNKEYWORD ").put(name);
        }
        SearchKey::Recent => {
            line.put("RECENT");
        }
        SearchKey::New => {
            line.put("NEW");
        }
        SearchKey::Old => {
            line.put("OLD");
        }
        SearchKey::Header(field, of) => drop(
            line.put("HEADER ")
                .string(field.as_bytes())
                .put(" ")
                .string(of.as_bytes()),
        ),
        SearchKey::Body(of) => text(line, "BODY ", of),
        SearchKey::Text(of) => text(line, "TEXT ", of),
        SearchKey::Before(day) => date(line, "BEFORE", *day),
        SearchKey::On(day) => date(line, "ON", *day),
        SearchKey::Since(day) => date(line, "SINCE", *day),
        SearchKey::SentBefore(day) => date(line, "SENTBEFORE", *day),
        SearchKey::SentOn(day) => date(line, "SENTON", *day),
        SearchKey::SentSince(day) => date(line, "SENTSINCE", *day),
        SearchKey::SavedBefore(day) => date(line, "SAVEDBEFORE", *day),
        SearchKey::SavedOn(day) => date(line, "SAVEDON", *day),
        SearchKey::SavedSince(day) => date(line, "SAVEDSINCE", *day),
        SearchKey::Larger(size) => {
            line.put(format!("LARGER {size}"));
        }
        SearchKey::Smaller(size) => {
            line.put(format!("SMALLER {size}"));
        }
        SearchKey::Older(seconds) => {
            line.put(format!("OLDER {seconds}"));
        }
        SearchKey::Younger(seconds) => {
            line.put(format!("YOUNGER {seconds}"));
        }
        SearchKey::SaveDateSupported => {
            line.put("SAVEDATESUPPORTED");
        }
        SearchKey::ModSeq(modseq) => {
            line.put(format!("MODSEQ {modseq}"));
        }
        SearchKey::EmailId(id) => {
            line.put("EMAILID ").put(id);
        }
        SearchKey::ThreadId(id) => {
            line.put("THREADID ").put(id);
        }
        SearchKey::Filter(name) => {
            line.put("FILTER ").put(name);
        }
        SearchKey::Uid(set) => {
            line.put("UID ").set(set);
        }
        SearchKey::Sequence(set) => {
            line.set(set);
        }
    }
}

fn word(flag: Flags) -> &'static str {
    match flag {
        Flags::ANSWERED => "ANSWERED",
        Flags::DELETED => "DELETED",
        Flags::DRAFT => "DRAFT",
        Flags::FLAGGED => "FLAGGED",
        Flags::SEEN => "SEEN",
        other => panic!("no key is about {other:?}"),
    }
}

/// `1-Feb-1994` of days since 1970 (the proleptic calendar, counted in eras of 400 years that begin in March).
pub(crate) fn date(line: &mut Line, name: &str, days: i64) {
    const MONTHS: [&str; 12] = [
        "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb",
    ];
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + i64::from(month >= 10);
    line.put(format!("{name} {day}-{}-{year:04}", MONTHS[month as usize]));
}
