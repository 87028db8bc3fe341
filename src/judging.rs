//! A machine of `msgauth` driven with the house's resolver: questions that are open at a time are asked at once, three of them.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use dns::Failure;
use msgauth::spf::Spf;
use msgauth::{Question, Reply, Verifier};

use crate::resolver::Resolver;

/// Questions of one machine that are asked at a time: the resolver has few seats for the whole house, and a message can name many silent name servers.
const OPEN_MAX: usize = 3;
/// Rounds of failures after which a machine has ended: a check asks at most a few hundred questions one behind the other, and a failure ends most of them.
const ROUNDS_MAX: usize = 1000;

/// What names questions and takes answers.
pub trait Asks {
    /// The questions that are open.
    fn needs(&self) -> Vec<Question>;
    /// The answer to one of them.
    fn give(&mut self, question: &Question, reply: &Reply);
}

impl Asks for Verifier {
    fn needs(&self) -> Vec<Question> {
        Verifier::needs(self)
    }

    fn give(&mut self, question: &Question, reply: &Reply) {
        Verifier::give(self, question, reply);
    }
}

impl Asks for Spf {
    fn needs(&self) -> Vec<Question> {
        self.wants().cloned().into_iter().collect()
    }

    fn give(&mut self, _: &Question, reply: &Reply) {
        Spf::give(self, reply);
    }
}

type Lookup<'r> = Pin<Box<dyn Future<Output = Reply> + Send + 'r>>;

/// Asks until nothing is open any more. The number of questions is bounded by the machine, and each one's time by the resolver.
///
/// May be dropped at any time: what was answered until then the machine knows.
pub async fn answer(machine: &mut (impl Asks + ?Sized), resolver: &Resolver) {
    answer_by(machine, |question| async move {
        resolver
            .lookup_for_strangers(&question.name, question.kind)
            .await
    })
    .await;
}

/// Takes every question that is still open for one that nobody answered in time.
pub fn give_up(machine: &mut (impl Asks + ?Sized)) {
    for _ in 0..ROUNDS_MAX {
        let needs = machine.needs();
        if needs.is_empty() {
            return;
        }
        for question in needs {
            machine.give(&question, &Err(Failure::TimedOut));
        }
    }
}

/// What the author's domain wants done is asked first, and keys last, because a message may name many that nobody tells.
fn rank(question: &Question) -> u8 {
    match question.name.as_str() {
        name if name.starts_with("_dmarc.") => 0,
        name if name.contains("._domainkey.") => 2,
        _ => 1,
    }
}

async fn answer_by<'r, L>(machine: &mut (impl Asks + ?Sized), look_up: impl Fn(Question) -> L)
where
    L: Future<Output = Reply> + Send + 'r,
{
    let mut open: HashMap<Question, Lookup<'r>> = HashMap::new();
    loop {
        let needs = machine.needs();
        if needs.is_empty() {
            return;
        }
        // What nobody wants to know any more ends here.
        open.retain(|question, _| needs.contains(question));
        let mut needs = needs;
        needs.sort_by_key(rank);
        for question in needs {
            if open.len() >= OPEN_MAX && !open.contains_key(&question) {
                continue;
            }
            open.entry(question).or_insert_with_key(|question| {
                let lookup: Lookup<'r> = Box::pin(look_up(question.clone()));
                lookup
            });
        }
        let answered: Vec<(Question, Reply)> = poll_fn(|context| {
            let mut ready = Vec::new();
            for (question, lookup) in &mut open {
                if let Poll::Ready(reply) = lookup.as_mut().poll(context) {
                    ready.push((question.clone(), reply));
                }
            }
            if ready.is_empty() {
                Poll::Pending
            } else {
                Poll::Ready(ready)
            }
        })
        .await;
        for (question, reply) in answered {
            open.remove(&question);
            machine.give(&question, &reply);
        }
    }
}

#[cfg(test)]
#[path = "judging_tests.rs"]
mod tests;
