//! The light's rhythm on a page: a lamp that blinks as the box's own does, the same as dots and dashes, and the same in words.

use board::Rhythm;
use maud::{Markup, html};

use super::texts::Texts;

/// How one knows that a page is this box's.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What stands for the certificate's fingerprint.
    pub words: Vec<&'static str>,
    /// What the light plays.
    pub rhythm: Rhythm,
}

impl Sight {
    /// Lamp, dots and dashes, words. The lamp is drawn by the picture itself (SMIL), so that it needs neither script nor a style of its own; who asked for less
    /// motion does not get it.
    pub fn show(&self, texts: &Texts) -> Markup {
        let hello = &texts.hello;
        let beats = self.rhythm.beats();
        let round: u32 = beats.iter().map(|(on, off)| on + off).sum();
        let (mut values, mut times, mut at) = (Vec::new(), Vec::new(), 0);
        for (on, off) in beats.iter() {
            let part = |ms: u32| format!("{:.4}", f64::from(ms) / f64::from(round.max(1)));
            values.extend(["1", "0"]);
            times.extend([part(at), part(at + on)]);
            at += on + off;
        }
        html! {
            div class="beat" {
                svg class="bulb" viewBox="0 0 40 40" aria-hidden="true" focusable="false" {
                    circle class="rim" cx="20" cy="20" r="18" {}
                    circle class="glow" cx="20" cy="20" r="14" {
                        animate attributeName="opacity" calcMode="discrete" repeatCount="indefinite" dur={ (round) "ms" }
                            values=(values.join(";")) keyTimes=(times.join(";")) {}
                    }
                }
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
