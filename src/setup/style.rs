//! The look: one small stylesheet that every page carries in itself.
//!
//! It promises that a page needs no second request (a phone that has just waved a certificate warning through makes as few as possible), and light and dark
//! at one contrast (WCAG AA). A reply says [`crate::web::Reply::with_style`] with [`STYLE`] or [`PLAIN`], so that the browser applies this sheet and no other.

use maud::{Markup, PreEscaped, html};

/// The stylesheet of a page that only says something. It holds no `<`, so it ends nothing that it stands in.
pub const PLAIN: &str = include_str!("plain.css");
/// The whole stylesheet, of pages that ask and show.
pub const STYLE: &str = concat!(include_str!("plain.css"), include_str!("pages.css"));
/// The one script: comfort only, no step needs it. Served at [`SCRIPT_PATH`].
pub const SCRIPT: &str = include_str!("comfort.js");
/// Where [`SCRIPT`] is served.
pub const SCRIPT_PATH: &str = "/static/comfort.js";

/// A stylesheet as an element of the head.
pub fn style(sheet: &'static str) -> Markup {
    html! { style { (PreEscaped(sheet)) } }
}

/// The pillar box: the only picture.
pub fn emblem() -> Markup {
    html! {
        svg viewBox="0 0 20 24" aria-hidden="true" focusable="false" {
            path class="post" d="M2 6.2C2 2.8 5.6.6 10 .6s8 2.2 8 5.6v1H2zM3 8.4h14v13H3zM1.6 22.2h16.8v1.4H1.6z" {}
            rect class="cut" x="5.4" y="10.6" width="9.2" height="1.7" rx=".85" {}
            circle class="lamp" cx="10" cy="16.8" r="2" {}
        }
    }
}

/// Something is under way.
pub fn busy(said: &str) -> Markup {
    html! {
        div class="busy" {
            svg viewBox="0 0 40 40" aria-hidden="true" focusable="false" {
                circle class="track" cx="20" cy="20" r="16" {}
                path class="arc" d="M20 4a16 16 0 0 1 16 16" fill="none" stroke-width="4" stroke="currentColor" {}
            }
            p role="status" { (said) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_is_small_and_ends_nothing() {
        assert!(STYLE.len() < 14 * 1024, "{} octets", STYLE.len());
        assert!(!STYLE.contains('<'));
        assert!(!STYLE.contains("url("), "nothing is fetched");
    }
}
