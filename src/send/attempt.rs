//! One letter, claimed, on its way: the hosts of its destination one after the other, until each recipient has an answer that holds.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use queue::{Cause, Finding, Round, batches};
use smtp::client::{Fate, Outcome, Scope, Stage, Verdict};
use store::{Claim, Letter, Relay, Row};

use super::conversation::{Connection, Turn, finding_of};
use super::dial::{OPENING_MAX, Target, Tls};
use super::pool::Demand;
use super::route::{self, Host};
use super::seats::Way;
use super::transaction::{lacks, unreadable};
use super::{Office, Step, lock};
use crate::log;
use crate::policy::{AddressFacts, Destination, MxFacts, Ruling, TlsDemand, Wishes};

/// What came of one row.
pub(super) struct Ended {
    pub(super) row: Row,
    /// The host whose word it is; empty if none was asked.
    pub(super) host: String,
    pub(super) finding: Finding,
    /// The host took other recipients in the same transaction.
    pub(super) others_accepted: bool,
    /// The host took over the time to deliver by.
    pub(super) by_passed: bool,
}

/// The rows of a claim while they are being tried.
struct Trying {
    /// Without an answer that holds.
    open: Vec<Row>,
    rounds: HashMap<u32, Round>,
    ended: Vec<Ended>,
}

impl Trying {
    fn new(rows: &[Row]) -> Trying {
        Trying {
            open: rows.to_vec(),
            rounds: HashMap::new(),
            ended: Vec::new(),
        }
    }

    /// What a host said about this row.
    fn hear(&mut self, row: &Row, host: &str, finding: Finding, more: (bool, bool)) {
        let holds = !Round::goes_on(&finding);
        let round = self.rounds.entry(row.number).or_default();
        round.add(host, finding);
        if holds {
            self.end(row, more);
        }
    }

    /// The same about every row that is open.
    fn hear_all(&mut self, host: &str, finding: &Finding) {
        for row in self.open.clone() {
            self.hear(&row, host, finding.clone(), (false, false));
        }
    }

    fn end(&mut self, row: &Row, (others_accepted, by_passed): (bool, bool)) {
        self.open.retain(|open| open.number != row.number);
        let round = self.rounds.remove(&row.number).unwrap_or_default();
        let (host, finding) = round.sum().unwrap_or_else(|| {
            let finding = Finding::of(Cause::Own, "this attempt ended before a host was asked");
            (String::new(), finding)
        });
        self.ended.push(Ended {
            row: row.clone(),
            host,
            finding,
            others_accepted,
            by_passed,
        });
    }

    fn finish(mut self) -> Vec<Ended> {
        for row in std::mem::take(&mut self.open) {
            self.end(&row, (false, false));
        }
        self.ended
    }
}

/// What came of a connection.
#[derive(PartialEq, Eq)]
enum Used {
    /// All that this host can say is said.
    Up,
    /// It had only grown old; nothing was said, and a new one may be made.
    Stale,
}

impl Office {
    /// Tries all rows of the claim; every one of them comes back.
    pub(super) async fn attempt(
        &self,
        way: &Way,
        relay: Option<&Relay>,
        claim: &Claim,
    ) -> Vec<Ended> {
        let ended = self.try_hosts(way, relay, claim).await;
        if let Some(relay) = relay {
            self.heed_relay(relay, &ended).await;
            self.heed_reach(relay, &ended);
        }
        ended
    }

    async fn try_hosts(&self, way: &Way, relay: Option<&Relay>, claim: &Claim) -> Vec<Ended> {
        let mut trying = Trying::new(&claim.rows);
        let letter = &claim.letter;
        let demand = Demand {
            require_tls: letter.require_tls && letter.reverse_path.is_some(),
            tls_optional: letter.tls_optional,
        };
        let idle = lock(&self.pool).take(way, demand);
        if let Some(mut connection) = idle
            && connection.is_fresh()
            && self
                .use_up(connection, way, demand, letter, &mut trying)
                .await
                == Used::Up
            && trying.open.is_empty()
        {
            return trying.finish();
        }
        match relay {
            Some(relay) => self.by_relay(relay, way, demand, letter, &mut trying).await,
            None => self.directly(way, demand, claim, &mut trying).await,
        }
        trying.finish()
    }

    async fn by_relay(
        &self,
        relay: &Relay,
        way: &Way,
        demand: Demand,
        letter: &Letter,
        trying: &mut Trying,
    ) {
        let now = self.clock.machine().now();
        let host = Host {
            name: relay.host.clone(),
            literal: relay.host.parse().ok(),
        };
        let found = match host.literal {
            Some(ip) => Ok(vec![ip]),
            None => {
                let found = self.rules.of_host(&relay.host, relay.port, true, now);
                found.await.map(|addresses| addresses.ips)
            }
        };
        let ips = match found {
            Ok(ips) => ips,
            Err(mut finding) => {
                // The relay's name is the owner's to mend; the letter must not suffer for it.
                finding.fate = Fate::Later;
                finding.scope = Scope::Session;
                return trying.hear_all(&relay.host, &finding);
            }
        };
        let target = Target {
            tls: Tls::of_relay(relay),
            host: &host,
            port: relay.port,
            relay: Some(relay),
            ips,
        };
        match self.dial(&target).await {
            Err(finding) => trying.hear_all(&relay.host, &finding),
            Ok(connection) => {
                self.step(Step::Dialed);
                self.use_up(connection, way, demand, letter, trying).await;
            }
        }
    }

    async fn directly(&self, way: &Way, demand: Demand, claim: &Claim, trying: &mut Trying) {
        let Some(destination) = claim.rows.first().map(|row| row.destination.as_str()) else {
            return;
        };
        let hostname = &self.settings.hostname;
        let hosts = match route::hosts(&self.rules.resolver, destination, hostname).await {
            Ok(hosts) => hosts,
            Err(finding) => return trying.hear_all("", &finding),
        };
        let facts = MxFacts {
            canonical: &hosts.canonical,
            validated: hosts.validated,
            implicit: hosts.implicit,
        };
        let policy = match self.policies.destination(destination, facts).await {
            Ok(policy) => policy,
            Err(error) => return trying.hear_all("", &unreadable(&claim.letter, &error)),
        };
        let begun = self.clock.machine().now();
        for host in &hosts.hosts {
            if trying.open.is_empty() || self.takes_too_long(begun) {
                return;
            }
            match self.reach(host, &policy, &claim.letter).await {
                Err(finding) => {
                    self.count_session(&policy, &host.name, &claim.letter, Err(&finding));
                    trying.hear_all(&host.name, &finding);
                }
                Ok((connection, tls)) => {
                    self.step(Step::Dialed);
                    let reached = Ok((&tls, &connection));
                    self.count_session(&policy, &host.name, &claim.letter, reached);
                    self.learn(&policy, &tls, &connection).await;
                    let letter = &claim.letter;
                    self.use_up(connection, way, demand, letter, trying).await;
                }
            }
        }
    }

    /// A ready session with one of the destination's hosts, on the terms that hold for it.
    async fn reach(
        &self,
        host: &Host,
        policy: &Destination,
        letter: &Letter,
    ) -> Result<(Connection, TlsDemand), Finding> {
        let (rules, port) = (&self.rules, self.settings.send.port);
        let now = self.clock.machine().now();
        let (ips, canonical, validated) = match host.literal {
            Some(ip) => {
                let ips = rules.permitted(&host.name, vec![ip], port, false, now);
                let ips = ips.await.map_err(|mut finding| {
                    // The sender wrote the address: no name server will say otherwise tomorrow.
                    if finding.cause == Cause::Dns {
                        finding = Finding::of_one_host(Cause::NoHost, &not_on_the_internet(ip));
                    }
                    finding
                });
                (ips?, host.name.clone(), false)
            }
            None => {
                let found = rules.of_host(&host.name, port, false, now).await?;
                (found.ips, found.canonical, found.validated)
            }
        };
        let facts = AddressFacts {
            canonical: &canonical,
            validated,
        };
        let waited = self.clock.now().0.saturating_sub(letter.enqueued.0);
        let wishes = Wishes {
            require_tls: letter.require_tls && letter.reverse_path.is_some(),
            tls_optional: letter.tls_optional,
            waited: Duration::from_secs(waited),
        };
        let ruling = self
            .policies
            .ruling(policy, &host.name, facts, port, wishes);
        let demand = match ruling.await {
            Ruling::Go(demand) => demand,
            Ruling::NotThisHost { words, permanent } => {
                let mut finding = Finding::of(Cause::Tls, &words);
                if permanent {
                    finding.fate = Fate::Never;
                    finding.cause = Cause::Lacks(queue::Extension::RequireTls);
                }
                return Err(finding);
            }
        };
        let target = Target {
            tls: if demand.must {
                Tls::Required(demand.trust.clone(), demand.why.clone())
            } else {
                Tls::Wanted
            },
            host,
            port,
            relay: None,
            ips,
        };
        Ok((self.dial(&target).await?, demand))
    }

    async fn learn(&self, policy: &Destination, demand: &TlsDemand, connection: &Connection) {
        let learned = self.policies.learned(policy, demand, connection.proof);
        if let Err(error) = learned.await {
            log::warn(
                0,
                format_args!("what a host showed could not be noted: {error}"),
            );
        }
    }

    fn takes_too_long(&self, begun: Instant) -> bool {
        self.closing.has_begun()
            || self.clock.machine().now().saturating_duration_since(begun) > OPENING_MAX
    }

    /// Sends to as many of the open rows as the host takes, over a session that is ready; then keeps the connection for the next letter.
    async fn use_up(
        &self,
        mut connection: Connection,
        way: &Way,
        demand: Demand,
        letter: &Letter,
        trying: &mut Trying,
    ) -> Used {
        let host = connection.host.clone();
        // Each row is said once to a host, but for those that it had no room for.
        let mut said: Vec<u32> = Vec::new();
        loop {
            let capabilities = connection.session().capabilities().clone();
            let limit = self.settings.send.recipients;
            let announced = capabilities
                .rcpt_max
                .and_then(|most| usize::try_from(most).ok());
            let unsaid: Vec<Row> = trying
                .open
                .iter()
                .filter(|row| !said.contains(&row.number))
                .cloned()
                .collect();
            let Some(rows) = batches(&unsaid, announced, limit)
                .next()
                .map(<[Row]>::to_vec)
            else {
                self.keep(connection, way, demand).await;
                return Used::Up;
            };
            if let Some(finding) = lacks(letter, &capabilities) {
                trying.hear_all(&host, &finding);
                self.keep(connection, way, demand).await;
                return Used::Up;
            }
            let prepared = match self.prepare(letter, &capabilities).await {
                Ok(prepared) => prepared,
                Err(finding) => {
                    trying.hear_all(&host, &finding);
                    self.keep(connection, way, demand).await;
                    return Used::Up;
                }
            };
            let transaction = match self.transaction(letter, &rows, &prepared, &capabilities) {
                Ok(transaction) => transaction,
                // One international address among others: each is said alone, so that it fails alone.
                Err(_) if rows.len() > 1 => {
                    for row in &rows {
                        let one = std::slice::from_ref(row);
                        if let Err(finding) =
                            self.transaction(letter, one, &prepared, &capabilities)
                        {
                            trying.hear(row, &host, finding, (false, false));
                            said.push(row.number);
                        }
                    }
                    if said.len() >= unsaid.len() {
                        self.keep(connection, way, demand).await;
                        return Used::Up;
                    }
                    continue;
                }
                Err(finding) => {
                    trying.hear_all(&host, &finding);
                    self.keep(connection, way, demand).await;
                    return Used::Up;
                }
            };
            let mut reader = prepared.reader();
            let old = connection.letters > 0;
            connection.letters = connection.letters.saturating_add(1);
            let outcome = match connection.transact(transaction, &mut reader).await {
                Turn::Done(outcome) => outcome,
                Turn::Closed(_) if old => return Used::Stale,
                Turn::Closed(trouble) => {
                    trying.hear_all(&host, &finding_of(trouble));
                    return Used::Up;
                }
                Turn::Broken(error) => {
                    trying.hear_all(&host, &unreadable(letter, &error));
                    return Used::Up;
                }
                Turn::Ready => {
                    connection.quit().await;
                    return Used::Up;
                }
            };
            if old && outcome.recipients.iter().all(only_grew_old) {
                return Used::Stale;
            }
            self.step(Step::Sent);
            let by_passed = letter.deliver_by.is_some() && capabilities.deliver_by.is_some();
            said.extend(hear_outcome(trying, &rows, &host, outcome, by_passed));
            match connection.open().await {
                Turn::Ready => {}
                _ => return Used::Up,
            }
        }
    }

    async fn keep(&self, connection: Connection, way: &Way, demand: Demand) {
        let now = self.clock.machine().now();
        let surplus = lock(&self.pool).put(way.clone(), demand, connection, now);
        if let Some(surplus) = surplus {
            surplus.quit().await;
        }
    }
}

fn not_on_the_internet(ip: std::net::IpAddr) -> String {
    format!("{ip} is no address on the internet (local_networks in [send] would allow it)")
}

/// Takes over what the host said of each row; returns those that it judged.
fn hear_outcome(
    trying: &mut Trying,
    rows: &[Row],
    host: &str,
    outcome: Outcome,
    by_passed: bool,
) -> Vec<u32> {
    let delivered = |verdict: &Verdict| verdict.fate == Fate::Delivered;
    let accepted = outcome.recipients.iter().filter(|v| delivered(v)).count();
    let any = accepted > 0;
    let mut said = Vec::new();
    for (row, verdict) in rows.iter().zip(&outcome.recipients) {
        let finding = Finding::from(verdict);
        // Too many for one transaction: said again in the next, if this one got anywhere.
        if verdict.again_now && any {
            continue;
        }
        said.push(row.number);
        trying.hear(row, host, finding, (any && !delivered(verdict), by_passed));
    }
    said
}

/// A connection that lay idle and was closed by the host meanwhile says nothing about the letter.
fn only_grew_old(verdict: &Verdict) -> bool {
    let early = matches!(verdict.stage, Stage::Mail | Stage::Rcpt | Stage::Data);
    let silent = verdict.code.is_none_or(|code| code == 421);
    early && silent && verdict.scope == Scope::Session && verdict.fate == Fate::Later
}
