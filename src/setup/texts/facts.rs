//! What the box found out about itself: one sentence each, with what to do.

use firmware::talk::Step;

use super::section;
use crate::health::Fact;

section!(
    /// What the box found.
    Facts {
        all_well,
        cannot_keep,
        store_nearly_full,
        store_full,
        disk_filling,
        disk_nearly_full,
        sending,
        relay_password,
        relay_unreachable,
        queue_stuck,
        dns_nobody,
        dns_silent,
        certificate_expired,
        certificate_expires,
        certificate_file,
        clock_not_set,
        settings_refused,
        take_over_refused,
        name_taken,
        button_stuck,
        no_network,
        no_cable,
        own_address,
        restarted,
        card_wounded,
        no_data,
        update_given_up,
        /// What stands for `{step}`.
        step_boot,
        step_check,
        step_migrate,
        step_self_test,
        step_network,
        step_doors,
    }
);

impl Facts {
    /// The text for this fact, to be filled with its values; a fact that has none here says nothing, which a test forbids.
    pub fn of(&self, fact: &Fact) -> &'static str {
        match fact.key() {
            "cannot-keep" => self.cannot_keep,
            "store-nearly-full" => self.store_nearly_full,
            "store-full" => self.store_full,
            "disk-filling" => self.disk_filling,
            "disk-nearly-full" => self.disk_nearly_full,
            "sending" => self.sending,
            "relay-password" => self.relay_password,
            "relay-unreachable" => self.relay_unreachable,
            "queue-stuck" => self.queue_stuck,
            "dns-nobody" => self.dns_nobody,
            "dns-silent" => self.dns_silent,
            "certificate-expired" => self.certificate_expired,
            "certificate-expires" => self.certificate_expires,
            "certificate-file" => self.certificate_file,
            "clock-not-set" => self.clock_not_set,
            "settings-refused" => self.settings_refused,
            "take-over-refused" => self.take_over_refused,
            "name-taken" => self.name_taken,
            "button-stuck" => self.button_stuck,
            "no-network" => self.no_network,
            "no-cable" => self.no_cable,
            "own-address" => self.own_address,
            "restarted" => self.restarted,
            "no-data" => self.no_data,
            "card-wounded" => self.card_wounded,
            "update-given-up" => self.update_given_up,
            _ => "",
        }
    }

    /// Where an update was given up.
    pub fn step(&self, step: Step) -> &'static str {
        match step {
            Step::Boot => self.step_boot,
            Step::Check => self.step_check,
            Step::Migrate => self.step_migrate,
            Step::SelfTest => self.step_self_test,
            Step::Network => self.step_network,
            Step::Doors => self.step_doors,
        }
    }
}
