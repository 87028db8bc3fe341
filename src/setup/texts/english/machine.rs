//! English: the box itself.

use crate::setup::texts::Machine;

/// English.
pub(super) const MACHINE: Machine = Machine {
    title: "The box",
    system: "The system",
    version: "Version that runs",
    slot: "Runs from place",
    slot_none: "somewhere else",
    other: "In the other place",
    other_none: "nothing yet",
    updated: "The last update",
    updated_kept: "Version {version} runs.",
    updated_given_up: "Version {version} was given up: {step}.",
    no_card: "This box runs as a program on a computer that does other things, too. Its log, updates, and switching off are that computer’s business.",
    log: "The log",
    log_text: "What the box has done since it was started. No mail and no password stands in it, but names and addresses do: look before you send it to anybody.",
    log_load: "Load the log as a file",
    log_failed: "The box could not get its log. Try again in a minute.",
    last_words: "What the mail service said before it fell",
    off: "Switch off",
    off_text: "The box finishes what it does and tells the mail programs. When the light is dark, the plug may be pulled. Pressing the button twice does the same.",
    off_button: "Switch off",
    off_title: "The box is being switched off",
    off_lead: "When the light is dark, you may pull the plug. To start it again, pull the plug and put it in, or press the button if your board wakes by it.",
    restart_text: "Starting anew takes less than a minute. Mail that comes meanwhile is sent again by its senders.",
    restart_button: "Start anew",
    restart_title: "The box starts anew",
    restart_lead: "It is back in about a minute. To see these pages then, hold the button for 3 seconds.",
};
