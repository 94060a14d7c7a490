//! A session kept company without anybody looking: until it ends, a signal ends it, or nothing is left to do.
//!
//! Does not depend on what the records say beyond which runs are over; a host holds no series in memory.

use super::Outcome;
use crate::app::terminal::Input;
use crate::protocol::{Command, Event, Reply, Update};
use crate::source::{Flow, Source};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long to wait where nothing is there yet.
const REST: Duration = Duration::from_millis(100);

/// Stays with the session behind `source` until it ends. SIGINT and SIGTERM, from `inputs`, end it in order. With
/// `patience`, it is also ended once every run was over for that long.
pub fn keep(source: &mut dyn Source, inputs: &Receiver<Input>, patience: Option<Duration>) -> Outcome {
    let mut open: HashSet<Arc<str>> = HashSet::new();
    let mut outcome = Outcome { good: true, signal: None };
    let mut updates = Vec::new();
    let mut idle_since = Instant::now();
    let mut asked = false;
    loop {
        updates.clear();
        match source.poll(&mut updates, 4096) {
            Flow::Ended => return outcome,
            Flow::More => {}
            Flow::Idle => match inputs.recv_timeout(REST) {
                Ok(Input::Terminate(signal)) => {
                    outcome.signal = Some(signal);
                    asked = asked || source.send(Command::Shutdown) == Reply::Accepted;
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(REST),
            },
        }
        for update in &updates {
            note(update, &mut open, &mut outcome);
        }
        if !updates.is_empty() || !open.is_empty() {
            idle_since = Instant::now();
        }
        if !asked && patience.is_some_and(|patience| idle_since.elapsed() >= patience) {
            asked = source.send(Command::Shutdown) == Reply::Accepted;
        }
    }
}

fn note(update: &Update, open: &mut HashSet<Arc<str>>, outcome: &mut Outcome) {
    match update {
        Update::Planned { plan } => {
            open.insert(plan.run.as_str().into());
        }
        Update::Record { run, record } => match &record.event {
            Event::RunStarted(_) => {
                open.insert(Arc::clone(run));
            }
            Event::RunFailed(_) => {
                outcome.good = false;
                open.remove(run);
            }
            Event::RunFinished(_) | Event::RunStopped(_) => {
                open.remove(run);
            }
            _ => {}
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::test_source::{Fake, finished, header, plan, started};
    use crossbeam_channel::unbounded;

    #[test]
    fn an_idle_session_is_ended_after_a_while_and_a_busy_one_is_not() {
        let (_sender, inputs) = unbounded();
        let mut idle = Fake::live(vec![header("MNIST"), plan("relu", 0), started("relu", 0), finished("relu", 0, 0.9)]);
        let outcome = keep(&mut idle, &inputs, Some(Duration::ZERO));
        assert_eq!((outcome, idle.sent), (Outcome { good: true, signal: None }, vec![Command::Shutdown]));
    }

    #[test]
    fn a_signal_ends_it_in_order() {
        let (sender, inputs) = unbounded();
        sender.send(Input::Terminate(2)).unwrap();
        let mut busy = Fake::live(vec![header("MNIST"), plan("relu", 0), started("relu", 0)]);
        assert_eq!(keep(&mut busy, &inputs, None).signal, Some(2));
        assert_eq!(busy.sent, [Command::Shutdown]);
    }
}
