//! A run's way to its log: events in, stamped with the run's time, to the recorder.
//!
//! Does not depend on files.

use super::clock::RunClock;
use crate::protocol::{Event, Update};
use crate::record::RecorderHandle;
use std::sync::Arc;

/// The journal of one run.
#[derive(Clone, Debug)]
pub(super) struct RunLogger {
    run: Arc<str>,
    clock: RunClock,
    recorder: RecorderHandle,
}

impl RunLogger {
    pub(super) fn new(run: &str, clock: RunClock, recorder: RecorderHandle) -> Self {
        Self { run: run.into(), clock, recorder }
    }

    /// Says what happened. Waits while the recorder has too much to do; that order is what keeps the log complete.
    pub(super) fn say(&self, event: Event) {
        // An error means that the recorder has ended, which it does after every worker has.
        let _ = self.recorder.record(&self.run, self.clock.seconds(), event);
    }

    /// Tells the viewers that something is wrong with the run's files.
    pub(super) fn fault(&self, message: String) {
        let _ = self.recorder.announce(Update::Fault { run: Some(self.run.to_string()), message });
    }
}
