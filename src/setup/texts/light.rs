//! What the light looks like, what it means, and what a press does.

use board::{Shown, Sign};

use super::section;

section!(
    /// The light and the button.
    Light {
        title,
        lead,
        now,
        now_nobody,
        signs,
        looks,
        means,
        starting_looks, starting_means,
        setup_open_looks, setup_open_means,
        well_looks, well_means,
        new_mail_looks, new_mail_means,
        attention_looks, attention_means,
        cannot_keep_mail_looks, cannot_keep_mail_means,
        pressed_looks, pressed_means,
        let_go_for_setup_looks, let_go_for_setup_means,
        let_go_to_forget_owner_looks, let_go_to_forget_owner_means,
        safe_to_unplug_looks, safe_to_unplug_means,
        emptying_offered_looks, emptying_offered_means,
        rhythm_looks, rhythm_means,
        button,
        short, short_text,
        double, double_text,
        hold3, hold3_text,
        hold10, hold10_text,
        stuck,
        commands,
        link,
    }
);

impl Light {
    /// What it looks like, and what it means.
    pub fn of(&self, shown: Shown) -> (&'static str, &'static str) {
        match shown {
            Shown::Sign(sign) => self.of_sign(sign),
            Shown::Rhythm(_) => (self.rhythm_looks, self.rhythm_means),
        }
    }

    fn of_sign(&self, sign: Sign) -> (&'static str, &'static str) {
        match sign {
            Sign::Starting => (self.starting_looks, self.starting_means),
            Sign::SetupOpen => (self.setup_open_looks, self.setup_open_means),
            Sign::Well => (self.well_looks, self.well_means),
            Sign::NewMail => (self.new_mail_looks, self.new_mail_means),
            Sign::Attention => (self.attention_looks, self.attention_means),
            Sign::CannotKeepMail => (self.cannot_keep_mail_looks, self.cannot_keep_mail_means),
            Sign::Pressed => (self.pressed_looks, self.pressed_means),
            Sign::LetGoForSetup => (self.let_go_for_setup_looks, self.let_go_for_setup_means),
            Sign::LetGoToForgetOwner => (
                self.let_go_to_forget_owner_looks,
                self.let_go_to_forget_owner_means,
            ),
            Sign::SafeToUnplug => (self.safe_to_unplug_looks, self.safe_to_unplug_means),
            Sign::EmptyingOffered => (self.emptying_offered_looks, self.emptying_offered_means),
        }
    }
}
