//! Apple's property lists in XML, as far as a configuration profile needs them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::xml::escaped;

/// The lines before the outermost dictionary.
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
    <plist version=\"1.0\">\n";

/// A dictionary that is being written.
#[derive(Default)]
pub(super) struct Dict {
    body: String,
}

impl Dict {
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.entry(key, &format!("<string>{}</string>", escaped(value)));
    }

    pub(super) fn number(&mut self, key: &str, value: u16) {
        self.entry(key, &format!("<integer>{value}</integer>"));
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) {
        self.entry(key, if value { "<true/>" } else { "<false/>" });
    }

    pub(super) fn data(&mut self, key: &str, value: &[u8]) {
        self.entry(key, &format!("<data>{}</data>", STANDARD.encode(value)));
    }

    pub(super) fn dicts(&mut self, key: &str, dicts: &[Dict]) {
        let dicts: String = dicts.iter().map(Dict::element).collect();
        self.entry(key, &format!("<array>\n{dicts}</array>"));
    }

    /// The whole document.
    pub(super) fn document(&self) -> String {
        format!("{HEAD}{}</plist>\n", self.element())
    }

    fn element(&self) -> String {
        format!("<dict>\n{}</dict>\n", self.body)
    }

    fn entry(&mut self, key: &str, value: &str) {
        self.body
            .push_str(&format!("<key>{}</key>\n{value}\n", escaped(key)));
    }
}
