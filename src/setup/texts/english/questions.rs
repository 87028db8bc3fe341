//! English: hello, the five questions, the last page.

use crate::setup::texts::{Address, Arriving, Done, Hello, Place, Problems, Sending, You};

/// The first page.
pub(super) const HELLO: Hello = Hello {
    title: "Hello. This is your mail box.",
    lead: "From now on your mail lives in your own home. Five questions, about ten minutes, and the box is yours.",
    what_you_need: "You can stop at any time and go on later. Nothing that you answer here is final.",
    light_title: "First: is this really your box?",
    light_text: "Please look at the light on the box. Does it blink like this, over and over?",
    light_words: "If your browser warned you before this page and showed a long row of letters, these words stand for it:",
    light_long: "long",
    light_short: "short",
    light_pause: "then a pause",
    light_question: "Does the light on the box blink like this?",
    light_yes: "Yes, it blinks like this",
    light_no: "No, it does not",
    light_none: "I see no light at all",
    start: "Begin",
    not_mine_title: "Then please stop here for a moment",
    not_mine_lead: "The light is how the box shows that you are talking to it, and to nothing else. Do not enter a password until it blinks as shown.",
    not_mine_wait: "Watch the light for half a minute. The rhythm begins anew after each pause; it is easy to come in at the middle.",
    not_mine_near: "Is there a second box of this kind in the house, or next door? Then this page may come from that one. Unplug the other, or use the address that is printed for yours.",
    not_mine_stop: "If the light never blinks as shown, somebody else in your network may pretend to be your box. Unplug everything you do not know, and use your own network and not that of a guest or a café.",
    not_mine_again: "Look at the rhythm once more",
    no_light_title: "No light to be seen?",
    no_light_text: "If the box runs on an ordinary computer, it has no light. Then compare the words above with those that the computer's screen shows at the start (or that “pillarbox light” prints).",
};

/// Question 1.
pub(super) const YOU: You = You {
    title: "Who are you?",
};

/// Question 2.
pub(super) const ADDRESS: Address = Address {
    title: "What will your address be?",
};

/// Question 3.
pub(super) const SENDING: Sending = Sending {
    title: "How does your mail go out?",
};

/// Question 4.
pub(super) const ARRIVING: Arriving = Arriving {
    title: "How does mail come in?",
};

/// Question 5.
pub(super) const PLACE: Place = Place {
    title: "What time is it with you?",
};

/// The last page.
pub(super) const DONE: Done = Done {
    title: "The box is yours",
};

/// What can be wrong with an answer.
pub(super) const PROBLEMS: Problems = Problems {
    name_missing: "Please write your name.",
};
