//! Hello, the five questions, the last page, and what can be wrong with an answer.

use super::section;

section!(
    /// The first page.
    Hello {
        title,
        lead,
        what_you_need,
        light_title,
        light_text,
        light_words,
        light_long,
        light_short,
        light_pause,
        light_question,
        light_yes,
        light_no,
        light_none,
        start,
        not_mine_title,
        not_mine_lead,
        not_mine_wait,
        not_mine_near,
        not_mine_stop,
        not_mine_again,
        no_light_title,
        no_light_text,
    }
);

section!(
    /// Question 1.
    You { title }
);
section!(
    /// Question 2.
    Address { title }
);
section!(
    /// Question 3.
    Sending { title }
);
section!(
    /// Question 4.
    Arriving { title }
);
section!(
    /// Question 5.
    Place { title }
);
section!(
    /// The last page.
    Done { title }
);
section!(
    /// What can be wrong with an answer.
    Problems { name_missing }
);
