//! A text as a QR code (ISO/IEC 18004) in SVG: one path, dark on white also where the page is dark, with the quiet zone that readers need.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Blank modules around the code (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// The code as an inline picture, named `label` for those who cannot see it; `None`: the text is too long for any code.
pub fn code(text: &str, label: &str) -> Option<Markup> {
    // M mends 15 % of the picture; long ones get smaller modules that L keeps larger.
    let level = if text.len() > 150 {
        EcLevel::L
    } else {
        EcLevel::M
    };
    let code = QrCode::with_error_correction_level(text.as_bytes(), level).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            // A run of dark modules is one stroke.
            let dark = |color: &&Color| **color == Color::Dark;
            let run = row.iter().skip(x).take_while(dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    Some(html! {
        div class="qr" {
            svg viewBox={ "0 -.5 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
                rect y="-.5" width=(side) height=(side) fill="#fff" {}
                path d=(path) stroke="#000" stroke-width="1" {}
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_are_where_readers_look() {
        let svg = code("https://mail.house.test/", "a code")
            .unwrap()
            .into_string();
        // The upper edge of the first finder pattern: seven dark modules behind the quiet zone.
        assert!(svg.contains("d=\"M4 4h7M"), "{svg}");
        assert!(svg.contains("viewBox=\"0 -.5 33 33\""), "{svg}");
        assert!(svg.contains("aria-label=\"a code\""));
        assert!(svg.len() < 8000, "{}", svg.len());
    }

    #[test]
    fn what_is_too_long_is_no_code() {
        assert!(code(&"x".repeat(2900), "").is_some());
        assert!(code(&"x".repeat(3000), "").is_none());
    }
}
