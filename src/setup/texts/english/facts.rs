//! English: what the box found.

use crate::setup::texts::Facts;

/// English.
pub(super) const FACTS: Facts = Facts {
    all_well: "All is well.",
    cannot_keep: "Mail cannot be kept: {reason}. Make room on the disk, or replace it if it fails. Senders try again for some days, so nothing is lost yet.",
    store_nearly_full: "The store is {percent} % full. Delete mail that nobody needs, or raise map_size under [limits.store] in the settings file.",
    store_full: "The store is full, and mail is refused. Delete mail that nobody needs, or raise map_size under [limits.store] in the settings file.",
    disk_filling: "The disk is {percent} % full. Make room before it is full.",
    disk_nearly_full: "The disk is {percent} % full. Make room now, or mail will be refused soon.",
    sending: "Mail cannot be sent as it should: {reason}. Make room on the disk, or replace it if it fails.",
    relay_password: "The provider {relay} does not let this box send, so mail waits. Enter user name and password again in question 3.",
    relay_unreachable: "The provider {relay} has not been reached for {hours} h: {reason}. See whether the internet works in this house.",
    queue_stuck: "Nothing could be delivered for {hours} h; letters that wait: {letters}. The last answer: {reason}. If your line lets no mail out, choose a provider in question 3.",
    dns_nobody: "Names cannot be looked up, because no name server is known. Connect the box to the router.",
    dns_silent: "Names cannot be looked up, because {servers} does not answer. See whether the internet works in this house, and start the router again if it does not.",
    certificate_expired: "The certificate in {name} is no longer valid. Put a new one in its place, or mail programs refuse to connect.",
    certificate_expires: "The certificate in {name} ends soon; days left: {days}. Put a new one in its place before.",
    certificate_file: "The certificates cannot be used, the old ones stay: {reason}.",
    clock_not_set: "The clock is not set. Mail is taken and kept, but nothing is given up and nothing is signed. Connect the box to the internet.",
    settings_refused: "The settings were not taken, those from before are in force: {text}.",
    take_over_refused: "The settings laid beside the box were not taken over: {text}.",
    name_taken: "Something else in this house is called {wanted}, so this box is found as {used}. Use that name, or switch the other one off and start the box again.",
    button_stuck: "The button has been down for half a minute and is not heeded. See whether something presses it.",
    no_network: "The box has no network port that it knows. Plug in a network adapter for USB, or use a board that has a port.",
    no_cable: "No network cable is in, or its other end is in nothing that is switched on. Connect the box to the router.",
    own_address: "No router gave the box an address, so it took one itself: {address}. See whether the cable is in the router, and start the router again.",
    restarted: "The mail service fell and was started again. The last it said: {words}. If this comes again, load the log on the page “The box”, and report it.",
    card_wounded: "The card has noted errors in its files. Mail is still kept, but get another card soon.",
    update_given_up: "The update to {version} was given up: {step}. The system from before runs, and nothing was lost.",
    step_boot: "it did not start",
    step_check: "it did not find the stored mail sound",
    step_migrate: "it could not take the stored mail over",
    step_self_test: "its self-test failed",
    step_network: "it found no network",
    step_doors: "its mail service did not begin",
};
