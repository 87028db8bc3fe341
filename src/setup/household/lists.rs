//! Lists that go over several pages.

use maud::{Markup, html};

use crate::setup::layout::Frame;

/// Entries of a list on one page: what a thumb scrolls through, and far below 50 KB.
pub const ON_A_PAGE: usize = 25;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// What stands on it.
    pub entries: Vec<T>,
    /// Its number, from 1 on.
    pub number: usize,
    /// How many there are.
    pub all: usize,
}

impl<T> Part<T> {
    /// The page that is asked for, or the nearest that there is.
    pub fn of(list: Vec<T>, asked: &str) -> Part<T> {
        let all = list.len().div_ceil(ON_A_PAGE).max(1);
        let number = asked.parse().unwrap_or(1).clamp(1, all);
        Part {
            entries: list
                .into_iter()
                .skip((number - 1) * ON_A_PAGE)
                .take(ON_A_PAGE)
                .collect(),
            number,
            all,
        }
    }

    /// Links to the pages beside it; nothing if there is only one.
    pub fn links(&self, frame: &Frame, path: &str) -> Markup {
        let texts = &frame.texts().household;
        let to = |number: usize| frame.link(&format!("{path}?page={number}"));
        html! {
            @if self.all > 1 {
                nav aria-label=(texts.pages) {
                    ul class="nav" {
                        @if self.number > 1 { li { a href=(to(self.number - 1)) rel="prev" { (texts.previous_page) } } }
                        li { span aria-current="page" { (self.number) " / " (self.all) } }
                        @if self.number < self.all { li { a href=(to(self.number + 1)) rel="next" { (texts.next_page) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_into_pages() {
        let list: Vec<usize> = (0..60).collect();
        for (asked, number, first, length) in [
            ("", 1, 0, 25),
            ("2", 2, 25, 25),
            ("3", 3, 50, 10),
            ("4", 3, 50, 10),
            ("0", 1, 0, 25),
            ("x", 1, 0, 25),
        ] {
            let part = Part::of(list.clone(), asked);
            assert_eq!(
                (part.number, part.all, part.entries[0], part.entries.len()),
                (number, 3, first, length),
                "{asked}"
            );
        }
        let none: Part<u8> = Part::of(Vec::new(), "9");
        assert_eq!((none.number, none.all, none.entries.len()), (1, 1, 0));
    }
}
