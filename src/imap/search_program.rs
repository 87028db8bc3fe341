//! What a searching command asks for and how it wants the answer: SEARCH, SORT, THREAD and ESEARCH share these values
//! (RFC 4466 §2.6.1, RFC 4731, RFC 5182, RFC 5267, RFC 6203, RFC 9394).

use std::num::NonZeroU32;

use crate::command::FetchItem;
use crate::search_key::SearchKey;

/// ```abnf
/// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
/// ```
#[derive(Debug, PartialEq, Clone)]
pub struct Program {
    /// what CHARSET said
    pub charset: Charset,
    /// several keys are one [`SearchKey::And`]
    pub key: SearchKey,
}

/// The charset of a program's texts, which have been decoded from it.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Charset {
    /// none was named, which is UTF-8
    Utf8,
    /// UTF-8 or US-ASCII was named; SEARCH may name none after ENABLE UTF8=ACCEPT (RFC 6855 §3)
    Named,
    /// another that the box knows; FILTER cannot stand beside it (RFC 5466 §3.1)
    Other,
    /// one that the box does not know: the answer is NO (RFC 9051 §6.4.4), and with SAVE nothing is saved (§6.4.4.1)
    Unknown,
}

/// Return options (RFC 4731 §3.1). `RETURN ()` is `all`.
#[derive(Debug, PartialEq, Eq, Default, Clone)]
pub struct SearchReturn {
    /// MIN
    pub min: bool,
    /// MAX
    pub max: bool,
    /// ALL; never beside `partial` (RFC 5267 §4.4)
    pub all: bool,
    /// COUNT
    pub count: bool,
    /// SAVE: keep the result as `$` (RFC 5182)
    pub save: bool,
    /// PARTIAL: a page of the result (RFC 9394 §3.1)
    pub partial: Option<Page>,
    /// RELEVANCY: scores of what is listed (RFC 6203 §4)
    pub relevancy: bool,
    /// CONTEXT: the same program will be asked for again (RFC 5267 §4.2)
    pub context: bool,
    /// UPDATE: tell changes of the result (RFC 5267 §4.3), with these FETCH items of what is new (RFC 5465 §7)
    pub update: Option<Vec<FetchItem>>,
}

impl SearchReturn {
    /// Whether the only thing asked for is that the result be kept: then there is no untagged answer (RFC 5182 §2.1).
    pub fn is_silent(&self) -> bool {
        let silent = SearchReturn {
            save: true,
            ..SearchReturn::default()
        };
        *self == silent
    }
}

/// `1:500`, or `-1:-100` counted from the last (RFC 9394 §3.1); either end may be the larger.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Page {
    /// as written, without its minus
    pub first: NonZeroU32,
    /// as written, without its minus
    pub last: NonZeroU32,
    /// counted from the last result, which is -1
    pub from_end: bool,
}

impl Page {
    /// The position nearer to where it is counted from; at least 1.
    pub fn low(self) -> u32 {
        self.first.min(self.last).get()
    }

    /// The position farther from where it is counted from.
    pub fn high(self) -> u32 {
        self.first.max(self.last).get()
    }

    /// Whether the result at this position (from 1, from the end that it is counted from) is on the page.
    pub fn contains(self, position: u32) -> bool {
        (self.low()..=self.high()).contains(&position)
    }

    /// The page's positions counted from the first of `count` results; `None`: there are not that many.
    pub fn within(self, count: u32) -> Option<(u32, u32)> {
        let (low, high) = (self.low(), self.high().min(count));
        if low > high {
            return None;
        }
        Some(if self.from_end {
            (count - high + 1, count - low + 1)
        } else {
            (low, high)
        })
    }

    /// Prints it as it was written.
    pub fn print(self, out: &mut Vec<u8>) {
        let sign: &[u8] = if self.from_end { b"-" } else { b"" };
        out.extend_from_slice(sign);
        crate::print::number(u64::from(self.first.get()), out);
        out.push(b':');
        out.extend_from_slice(sign);
        crate::print::number(u64::from(self.last.get()), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(first: i64, last: i64) -> Page {
        let number = |n: i64| NonZeroU32::new(u32::try_from(n.abs()).unwrap()).unwrap();
        Page {
            first: number(first),
            last: number(last),
            from_end: first < 0,
        }
    }

    #[test]
    fn a_page_lies_within_the_results() {
        for (first, last, count, within) in [
            (1, 500, 1000, Some((1, 500))),
            (500, 1, 1000, Some((1, 500))),
            (501, 1000, 700, Some((501, 700))),
            (24000, 24500, 23765, None),
            (-1, -100, 1000, Some((901, 1000))),
            (-100, -1, 1000, Some((901, 1000))),
            (-101, -200, 150, Some((1, 50))),
            (-1, -1, 3, Some((3, 3))),
            (-4, -5, 3, None),
            (1, 1, 0, None),
            (1, 4_294_967_295, u32::MAX, Some((1, u32::MAX))),
            (-1, -4_294_967_295, u32::MAX, Some((1, u32::MAX))),
        ] {
            assert_eq!(
                page(first, last).within(count),
                within,
                "{first}:{last} of {count}"
            );
        }
    }

    #[test]
    fn a_page_prints_as_written() {
        for (first, last) in [(1, 500), (500, 400), (-1, -100), (-500, -400)] {
            let mut out = Vec::new();
            page(first, last).print(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("{first}:{last}"));
        }
    }

    #[test]
    fn only_save_alone_is_silent() {
        let save = SearchReturn {
            save: true,
            ..SearchReturn::default()
        };
        assert!(save.is_silent());
        assert!(
            !SearchReturn {
                count: true,
                ..save.clone()
            }
            .is_silent()
        );
        assert!(
            !SearchReturn {
                update: Some(Vec::new()),
                ..save
            }
            .is_silent()
        );
    }
}
