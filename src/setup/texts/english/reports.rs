//! English: what other mail hosts report of the house.

use crate::setup::texts::Reports;

/// English.
pub(super) const REPORTS: Reports = Reports {
    title: "What others report",
    lead: "Other mail hosts tell this box once a day what came to them in your name. These are the last 30 days, in their words; each has proved only who it is itself.",
    none: "Nobody has reported anything in the last 30 days. Reports come once the records on the page of records are published, and from hosts that you write to, or that others write to in your name.",
    from: "Reports have come from {reporters}.",
    passed: "Letters that were proved to be from this house: {count}.",
    left_out: "Letters of which the reports keep no more than their number: {count}.",
    forger: "Somebody at {source} sends as {domain}; letters: {count}; seen by {seen}.",
    forger_refused: "Somebody at {source} sends as {domain}; letters: {count}; refused by {seen}.",
    forger_aside: "Somebody at {source} sends as {domain}; letters: {count}; put into Junk by {seen}.",
    forger_taken: "Somebody at {source} sends as {domain}; letters: {count}; taken by {seen} all the same, because the DMARC record asks for no more or they had reasons of their own.",
    forger_partly: "Somebody at {source} sends as {domain}; letters: {count}, of them refused {refused}, put into Junk {aside}; seen by {seen}.",
    relay: "That address belongs to {relay}, which sends your mail: nothing in those letters proved that they are yours. Look at `pillarbox dns check`: the SPF record should include what {relay} asks for, or it should sign with your domain.",
    forwarded: "Those letters were probably yours and were passed on or changed by somebody in between (a forwarding address, a mailing list): nothing is to be done.",
    more_sources: "Other addresses that sent in your name: {count}.",
    tls_well: "Connections to this box that were encrypted as they should be: {count}.",
    tls_expired: "{seen} found the certificate of this box ({host}) expired; connections: {count}. Renew it, or let the box make its own.",
    tls_mismatch: "{seen} found that the certificate of this box is not for {host}; connections: {count}. The name in the MX record must be one of the certificate's.",
    tls_untrusted: "{seen} did not trust the certificate of this box ({host}); connections: {count}. That matters only where a policy (MTA-STS) asks for one of a known authority.",
    tls_plain: "{seen} was not offered encryption by {host}; connections: {count}. If that is this box, something between takes it away: look at the router and the provider.",
    tls_other: "{seen} could not encrypt as it should with {host}: {result}; connections: {count}.",
    what_to_do: "If one of these is a service of yours (a newsletter, a printer, a web site), let it send through this box or give it a signature of its own. Otherwise it is a forger, and p=quarantine or p=reject in the DMARC record is what keeps its letters away from people.",
};
