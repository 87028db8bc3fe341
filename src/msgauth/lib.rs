//! Who signed a message: DKIM signatures made (and, one day, judged), as machines.
