//! What a run's log says of its past: whether it is over, which checkpoints it knows, when it ended.
//!
//! Does not depend on how a run goes on from there.

use crate::format::RecordError;
use crate::format::{Found, read_all};
use crate::protocol::{Checkpoint, Event, Record, SESSION_STOPPED, Spec};
use crate::record::SessionFolder;
use std::sync::Arc;

/// The past of one run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunHistory {
    /// Everything that its log holds, in order.
    pub(super) records: Vec<Arc<Record>>,
    /// Lines that are no records, in words.
    pub(super) faults: Vec<String>,
}

impl RunHistory {
    /// Reads the log of `run`; a run without log has no past.
    pub(super) fn read(folder: &SessionFolder, run: &str) -> Result<Self, RecordError> {
        let path = folder.log(run)?;
        if !path.exists() {
            return Ok(Self::default());
        }
        let mut past = Self::default();
        for found in read_all(&path)? {
            match found {
                Found::Record(record) => past.records.push(record),
                Found::Bad { line, message } => past.faults.push(format!("{}:{line}: {message}", path.display())),
                Found::Again => {}
            }
        }
        Ok(past)
    }

    /// Whether the run came to an end after it last began. One that was stopped with its session did not: it goes on.
    pub(super) fn is_over(&self) -> bool {
        let mark = self.records.iter().rev().find_map(|record| match &record.event {
            Event::RunStopped(end) => Some(end.reason != SESSION_STOPPED),
            Event::RunFinished(_) | Event::RunFailed(_) => Some(true),
            Event::RunStarted(_) => Some(false),
            _ => None,
        });
        mark.unwrap_or(false)
    }

    /// Seconds of the run at the log's end.
    pub(super) fn seconds(&self) -> f64 {
        self.records.last().map_or(0.0, |record| record.t)
    }

    /// The checkpoints that the log names, oldest first.
    pub(super) fn checkpoints(&self) -> Vec<Checkpoint> {
        let of = |record: &Arc<Record>| match &record.event {
            Event::Checkpoint(checkpoint) => Some(checkpoint.clone()),
            _ => None,
        };
        self.records.iter().filter_map(of).collect()
    }

    /// The settings and the seed with which the run began.
    pub(super) fn began_with(&self) -> Option<(Arc<Spec>, u64)> {
        self.records.iter().find_map(|record| match &record.event {
            Event::RunStarted(started) => Some((Arc::clone(&started.spec), started.seed)),
            _ => None,
        })
    }
}
