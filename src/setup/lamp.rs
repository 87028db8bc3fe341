//! The light on a page: a lamp that blinks as the box's own does, the same as dots and dashes or as a line, and the same in words.

use board::{Beats, Rhythm};
use maud::{Markup, html};

use super::texts::Texts;

/// Milliseconds that [`strip`] shows: every sign is told from the others in four seconds.
const STRIP: u64 = 4_000;

/// How one knows that a page is this box's.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What stands for the certificate's fingerprint.
    pub words: Vec<&'static str>,
    /// What the light plays.
    pub rhythm: Rhythm,
}

impl Sight {
    /// Lamp, dots and dashes.
    pub fn show(&self, texts: &Texts) -> Markup {
        let hello = &texts.hello;
        html! {
            div class="beat" {
                (bulb(&self.rhythm.beats()))
                ol {
                    @for long in self.rhythm.longs() {
                        @if long { li class="long" { b { (hello.light_long) } } }
                        @else { li { b { (hello.light_short) } } }
                    }
                    li class="hide" { (hello.light_pause) }
                }
            }
        }
    }

    /// What stands for the fingerprint.
    pub fn words(&self) -> Markup {
        html! { p class="words" translate="no" { (self.words.join(" · ")) } }
    }
}

/// A lamp that blinks. It is moved by the picture itself (SMIL), so that it needs neither script nor a style of its own; who asked for less motion does not get it,
/// so that what it shows must stand beside it in words.
pub fn bulb(beats: &Beats) -> Markup {
    let round = beats.round();
    let (mut values, mut times, mut at) = (Vec::new(), Vec::new(), 0);
    for (on, off) in beats.iter() {
        let part = |ms: u32| format!("{:.4}", f64::from(ms) / (round.max(1) as f64));
        values.extend(["1", "0"]);
        times.extend([part(at), part(at + on)]);
        at += on + off;
    }
    let (lit, _) = beats.at(0);
    html! {
        svg class="bulb" viewBox="0 0 40 40" aria-hidden="true" focusable="false" {
            circle class="rim" cx="20" cy="20" r="18" {}
            @if beats.is_steady() {
                @if lit { circle class="glow" cx="20" cy="20" r="14" {} }
            } @else {
                circle class="glow" cx="20" cy="20" r="14" {
                    animate attributeName="opacity" calcMode="discrete" repeatCount="indefinite" dur={ (round) "ms" }
                        values=(values.join(";")) keyTimes=(times.join(";")) {}
                }
            }
        }
    }
}

/// Seconds of a light beside each other, as long as one has to look: lit pieces of a line. For those who see no motion, and on paper.
pub fn strip(beats: &Beats) -> Markup {
    let mut lit = Vec::new();
    let mut at = 0;
    while at < STRIP {
        let (on, left) = beats.at(at);
        let length = left.unwrap_or(STRIP).min(STRIP - at).max(1);
        if on {
            lit.push((at, length));
        }
        at += length;
    }
    html! {
        svg class="strip" viewBox={ "0 0 " (STRIP) " 300" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect class="rim" x="0" y="0" width=(STRIP) height="300" {}
            @for (at, length) in lit { rect class="glow" x=(at) y="0" width=(length) height="300" {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use board::{PATTERNS, Sign};

    #[test]
    fn a_lamp_blinks_as_the_box_does() {
        let drawn = bulb(&Sign::SetupOpen.pattern().beats()).into_string();
        assert!(
            drawn.contains(
                r#"dur="2000ms" values="1;0;1;0" keyTimes="0.0000;0.4500;0.6000;0.7000""#
            ),
            "{drawn}"
        );
        let steady = bulb(&Sign::Well.pattern().beats()).into_string();
        assert!(steady.contains("glow") && !steady.contains("animate"));
        assert!(
            !bulb(&Sign::SafeToUnplug.pattern().beats())
                .into_string()
                .contains("glow")
        );
    }

    #[test]
    fn a_strip_shows_four_seconds() {
        let lit = |sign: Sign| {
            strip(&sign.pattern().beats())
                .into_string()
                .matches("glow")
                .count()
        };
        for (sign, pieces) in [
            (Sign::Well, 1),
            (Sign::SafeToUnplug, 0),
            (Sign::Pressed, 4),
            (Sign::SetupOpen, 4),
            (Sign::Attention, 4),
        ] {
            assert_eq!(lit(sign), pieces, "{sign:?}");
        }
        for pattern in &PATTERNS {
            assert!(
                strip(&pattern.beats()).into_string().len() < 4096,
                "{}",
                pattern.name
            );
        }
    }
}
