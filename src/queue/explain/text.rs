//! The sentences. For people who never ran a mail server; short words, no codes.

use mail::Address;

use super::Kind;

/// What happened.
pub(super) fn what(kind: Kind, recipient: &Address, host: &str) -> String {
    let (domain, host) = (recipient.domain(), Host(host));
    match kind {
        Kind::Delivered => format!("{host} took your message for {recipient}."),
        Kind::NoSuchPerson => format!("There is no mailbox {recipient}."),
        Kind::NoSuchDomain => format!("There is no mail domain {domain}."),
        Kind::NullMx => format!("{domain} says of itself that it takes no mail at all."),
        Kind::NoHost => format!("{domain} exists, but names no host that takes mail for it."),
        Kind::MailboxFull => format!("The mailbox of {recipient} is full."),
        Kind::MailboxClosed => format!("The mailbox of {recipient} is closed at the moment."),
        Kind::TooLarge => format!("Your message is larger than {host} takes."),
        Kind::Spam => format!("{host} took your message for spam or for harmful."),
        Kind::Residential => format!(
            "{host} takes no mail directly from home connections like the one that this box is on."
        ),
        Kind::Reputation => format!(
            "{host} does not trust the internet address of this box: it is on a block list, or has no proper reverse name."
        ),
        Kind::Unauthenticated => format!(
            "{host} could not confirm that your message really comes from your domain (SPF, DKIM or DMARC)."
        ),
        Kind::Policy => format!("{host} has a rule that keeps your message out."),
        Kind::NotAllowed => {
            format!("{recipient} is a list or group that does not take mail from you.")
        }
        Kind::NotTheirs => format!("{host} says that it takes no mail for {domain}."),
        Kind::Greylisted => format!(
            "{host} puts off senders that it has not met before, and asks them to come again."
        ),
        Kind::TooMuch => format!("{host} has had more mail from this box than it takes at once."),
        Kind::NoTls => format!(
            "The connection to {host} could not be made safe (TLS) as {domain} or your message demands, so it was not sent over it."
        ),
        Kind::RelayLogin => format!(
            "The relay {host}, which this box sends its mail by, did not accept the box's user name and password."
        ),
        Kind::Refused => format!("{host} refused the connection."),
        Kind::TimedOut => format!("{host} did not answer, or fell silent."),
        Kind::NoNetwork => "This box had no connection to the internet.".to_owned(),
        Kind::Dns => format!("It could not be found out (DNS) which host takes mail for {domain}."),
        Kind::Loop => format!("Mail for {domain} is sent in a circle."),
        Kind::NoUtf8 => format!(
            "{host} cannot handle the letters beyond plain ASCII in an address or a header of your message."
        ),
        Kind::NoDeliverBy => {
            format!("You asked for delivery in time or a return, which {host} cannot promise.")
        }
        Kind::Content => format!("Your message has a form that {host} cannot take."),
        Kind::AnswerLost => format!(
            "Your message was sent to {host}, but the connection ended before {host} confirmed it."
        ),
        Kind::Busy => format!("{host} has trouble or is busy."),
        Kind::Unreadable => "This box could not read your message from its disk.".to_owned(),
        Kind::Other => format!("{host} refused your message for {recipient}."),
    }
}

/// What to do.
pub(super) fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::Delivered => "There is nothing to do.",
        Kind::NoSuchPerson => {
            "Check the address for a typing error, or ask the person for their address by other means."
        }
        Kind::NoSuchDomain => {
            "Check what stands behind the @ for a typing error, for example .con instead of .com."
        }
        Kind::NullMx | Kind::NoHost => {
            "Check what stands behind the @. If it is right, reach the person in another way: no mail can get there."
        }
        Kind::MailboxFull => {
            "Tell the person in another way that their mailbox is full, and send the message again when they have made room."
        }
        Kind::MailboxClosed => "Ask the person in another way for an address that works.",
        Kind::TooLarge => {
            "Send it with fewer or smaller attachments, or put the files somewhere on the web and send the link."
        }
        Kind::Spam => {
            "Write it in plainer words, with fewer links and attachments, and send it again; or ask the person to allow your address."
        }
        Kind::Residential => {
            "The owner of this box can send by a relay instead, such as the internet provider's: `pillarbox relay set`. Then send it again."
        }
        Kind::Reputation => {
            "The owner of this box can send by a relay (`pillarbox relay set`), or have the block list remove its address; the words below often name the list."
        }
        Kind::Unauthenticated => {
            "The owner of this box can run `pillarbox dns check`, which says what is missing in the domain's DNS. Then send it again."
        }
        Kind::Policy => {
            "The words of the other side, below, may say which. If they speak of this box's address, its owner can send by a relay: `pillarbox relay set`."
        }
        Kind::NotAllowed => "Ask whoever runs the list to let you write to it.",
        Kind::NotTheirs => {
            "Check the address. If it is right, the domain's owner has set it up wrongly and should hear of it."
        }
        Kind::Greylisted | Kind::Busy | Kind::TooMuch | Kind::Refused | Kind::TimedOut => {
            "If it is still being tried, there is nothing to do. If it was given up, try again another day, or reach the person in another way."
        }
        Kind::NoTls => {
            "If it is still being tried, there is nothing to do. If it was given up, tell the person: their mail host's TLS needs mending."
        }
        Kind::RelayLogin => {
            "The owner of this box can set the right password: `pillarbox relay set`. What waits is sent then by itself."
        }
        Kind::Unreadable => {
            "The owner of this box should look after its disk. If you have a copy of your message, send it again."
        }
        Kind::NoNetwork => {
            "Check the router and the line. What waits is sent by itself when they work again."
        }
        Kind::Dns => {
            "Check what stands behind the @. If it is right and no other mail goes out either, check this box's network."
        }
        Kind::Loop => {
            "The owner of that domain, or of this box if it is one of its own, has to mend where its mail is sent (MX, forwarding)."
        }
        Kind::NoUtf8 => {
            "Ask the person for an address in plain ASCII letters, and use your own plain address as well."
        }
        Kind::NoDeliverBy => "Send it again without the demand to have it returned in time.",
        Kind::Content => {
            "Send it again from another program, or with its attachments packed into one file."
        }
        Kind::AnswerLost => "It may have arrived. It is sent again, so that it may arrive twice.",
        Kind::Other => {
            "The words of the other side, below, may say why. Otherwise reach the person in another way."
        }
    }
}

/// A host's name, or what stands for one that is not known.
struct Host<'a>(&'a str);

impl std::fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            "" => "the other side",
            host => host,
        })
    }
}
