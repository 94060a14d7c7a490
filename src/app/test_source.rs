//! A source that says what a test gives it, and remembers what was asked of it.

use crate::protocol::{
    Command, DatasetInfo, Epoch, Event, Family, Record, Reply, RunEnd, RunPlan, RunStarted, SessionHeader, Spec, Update,
};
use crate::source::{Description, Flow, Source};
use std::collections::VecDeque;
use std::sync::Arc;

/// The source.
pub(crate) struct Fake {
    updates: VecDeque<Update>,
    live: bool,
    /// What was asked.
    pub(crate) sent: Vec<Command>,
}

impl Fake {
    /// Says `updates` and ends.
    pub(crate) fn of(updates: Vec<Update>) -> Self {
        Self { updates: updates.into(), live: false, sent: Vec::new() }
    }

    /// Says `updates` and ends when asked to.
    pub(crate) fn live(updates: Vec<Update>) -> Self {
        Self { live: true, ..Self::of(updates) }
    }

    /// Whether everything was said.
    pub(crate) fn is_drained(&self) -> bool {
        self.updates.is_empty()
    }
}

impl Source for Fake {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        let some = most.min(self.updates.len());
        out.extend(self.updates.drain(..some));
        match (self.updates.is_empty(), self.live) {
            (false, _) => Flow::More,
            (true, true) => Flow::Idle,
            (true, false) => Flow::Ended,
        }
    }

    fn send(&mut self, command: Command) -> Reply {
        self.live &= command != Command::Shutdown;
        self.sent.push(command);
        Reply::Accepted
    }

    fn describe(&self) -> Description {
        Description { name: "fake".into(), takes_commands: self.live, takes_notes: self.live, in_process: self.live }
    }
}

/// The session's beginning on the data set `data`.
pub(crate) fn header(data: &str) -> Update {
    let dataset = DatasetInfo { name: data.into(), train: 60_000, test: 10_000, classes: 10, ..DatasetInfo::default() };
    let header = SessionHeader {
        v: 1,
        suite: "quick".into(),
        host: "here".into(),
        program: "0.1.0".into(),
        pid: 7,
        created: 1_790_000_000,
        jobs: 2,
        dataset,
    };
    Update::Session { id: "quick-20260214-101500".into(), header: Some(Box::new(header)) }
}

/// A run that waits.
pub(crate) fn plan(name: &str, seed: u64) -> Update {
    let plan = RunPlan {
        run: format!("{name}-s{seed}"),
        name: name.into(),
        order: u32::try_from(seed).unwrap(),
        seed,
        spec: Arc::new(Spec { epochs: 1, ..Spec::default() }),
        fork_of: None,
    };
    Update::Planned { plan }
}

fn record(name: &str, seed: u64, seq: u64, t: f64, event: Event) -> Update {
    Update::Record { run: format!("{name}-s{seed}").into(), record: Arc::new(Record { v: 1, seq, t, event }) }
}

/// A run's beginning.
pub(crate) fn started(name: &str, seed: u64) -> Update {
    let started = RunStarted {
        run: format!("{name}-s{seed}"),
        name: name.into(),
        spec: Arc::new(Spec { epochs: 1, ..Spec::default() }),
        family: Family::Mlp,
        seed,
        dataset: "MNIST".into(),
        steps_per_epoch: 938,
        resumed_from: None,
    };
    record(name, seed, 0, 0.0, Event::RunStarted(Box::new(started)))
}

/// An epoch's end.
pub(crate) fn epoch(name: &str, seed: u64, epoch: u32, accuracy: f32) -> Update {
    let figures = Epoch {
        step: u64::from(epoch) * 938,
        epoch: f64::from(epoch),
        train_loss: 0.4,
        test_loss: Some(0.3),
        test_accuracy: Some(accuracy),
        ..Epoch::default()
    };
    record(name, seed, u64::from(epoch), 2.5, Event::Epoch(Box::new(figures)))
}

/// A run's end after its first epoch.
pub(crate) fn finished(name: &str, seed: u64, accuracy: f32) -> Update {
    let end = RunEnd {
        step: 938,
        epoch: 1.0,
        train_loss: Some(0.4),
        test_loss: Some(0.3),
        test_accuracy: Some(accuracy),
        seconds: 2.6,
        samples_per_second: Some(60_000.0),
        reason: "completed".into(),
    };
    record(name, seed, 2, 2.6, Event::RunFinished(Box::new(end)))
}
