//! The light and the button: every sign with its rhythm, what it means, what a press does, and what the light shows now.
//!
//! It is for everybody whom the guards let in, also before the box is anybody's: who looks at a light wants to know what it says. What it cannot do: know whether the
//! box has a light at all; it says what there is instead.

use board::{PATTERNS, Shown};
use maud::{Markup, html};

use crate::setup::lamp::{bulb, strip};
use crate::setup::layout::{Frame, Page};
use crate::setup::texts::{Texts, fill};

/// Where it is.
pub const LIGHT: &str = "/household/light";

/// The page; `minutes`: how long the setup page stays open.
pub fn page(frame: &Frame, shown: Shown, minutes: u32) -> Markup {
    let light = &frame.texts().light;
    let minutes = minutes.to_string();
    let gestures = [
        (light.short, light.short_text.to_owned()),
        (light.double, light.double_text.to_owned()),
        (
            light.hold3,
            fill(light.hold3_text, &[("minutes", &minutes)]),
        ),
        (light.hold10, light.hold10_text.to_owned()),
    ];
    frame.page(Page {
        title: light.title,
        lead: light.lead,
        navigation: frame.signed_in,
        body: Some(html! {
            section class="card" aria-labelledby="now" {
                h2 id="now" { (light.now) }
                (now(frame.texts(), shown))
                p class="soft" { (light.now_nobody) }
            }
            section aria-labelledby="signs" {
                h2 id="signs" { (light.signs) }
                table class="signs" {
                    thead { tr { th scope="col" { (light.looks) } th scope="col" { (light.means) } } }
                    tbody {
                        @for pattern in &PATTERNS {
                            @let (looks, means) = light.of(pattern.sign.into());
                            tr {
                                th scope="row" { (bulb(&pattern.beats())) (strip(&pattern.beats())) span { (looks) } }
                                td { (means) }
                            }
                        }
                    }
                }
            }
            section aria-labelledby="button" {
                h2 id="button" { (light.button) }
                dl class="facts" {
                    @for (gesture, does) in gestures { div { dt { (gesture) } dd { (does) } } }
                }
                p class="soft" { (light.stuck) }
                p class="soft" { (light.commands) }
            }
        }),
        ..Page::default()
    })
}

/// What the light shows now.
pub fn now(texts: &Texts, shown: Shown) -> Markup {
    let (looks, means) = texts.light.of(shown);
    html! {
        div class="now" {
            (bulb(&shown.beats()))
            p { (looks) ": " strong { (means) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::texts::Language;

    #[test]
    fn the_page_says_what_the_board_says() {
        let light = &Language::English.texts().light;
        let plain = |text: &str| text.trim_end_matches('.').to_lowercase();
        let rhythm = Shown::Rhythm(board::Rhythm::of(b"one"));
        let all = PATTERNS.iter().map(|pattern| pattern.sign.into());
        for shown in all.chain([rhythm]) {
            let (looks, means) = light.of(shown);
            let said = format!("{}: {}", plain(looks), plain(means));
            assert_eq!(said, shown.meaning().to_lowercase());
        }
    }

    #[test]
    fn no_two_signs_are_told_alike() {
        for language in Language::ALL {
            let light = &language.texts().light;
            let told = |at: usize| light.of(PATTERNS[at].sign.into());
            for one in 0..PATTERNS.len() {
                for other in one + 1..PATTERNS.len() {
                    let ((a, b), (c, d)) = (told(one), told(other));
                    assert!(a != c && b != d, "{a}, {c}");
                }
            }
        }
    }
}
