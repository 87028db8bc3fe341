//! DNS questions and answers as values: what is asked, what came back, how long it holds. No socket, no clock.
