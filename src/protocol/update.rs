//! What a viewer of a session hears: the session itself, its queue, every record, and who keeps it alive.
//!
//! A live engine, a followed folder and another machine say the same things in the same words, so that a screen cannot
//! tell them apart. Does not depend on which of them speaks.

use super::{Record, RunPlan, SessionHeader};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One thing that a viewer hears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "snake_case")]
pub enum Update {
    /// The session that the following updates are of.
    Session {
        /// The name of the session's folder, `activations-20260214-101500`.
        id: String,
        /// Its `session.json`; absent for a folder of another program's files.
        header: Option<Box<SessionHeader>>,
    },
    /// A run joined the queue.
    Planned {
        /// What is to run.
        plan: RunPlan,
    },
    /// Something happened to a run.
    Record {
        /// The run's id.
        run: Arc<str>,
        /// The record, as it stands in the log.
        record: Arc<Record>,
    },
    /// A run's log begins anew (the file was replaced or shortened): what was known of the run is forgotten.
    Reset {
        /// The run's id.
        run: Arc<str>,
    },
    /// Of a long log only the beginning and the end follow; the whole is said, after a [`Update::Reset`], once somebody
    /// asks for it.
    Outline {
        /// The run's id.
        run: Arc<str>,
    },
    /// A log could not be written or read as it should.
    Fault {
        /// The run, where it concerns one.
        run: Option<String>,
        /// What is wrong, with path and line.
        message: String,
    },
    /// Something about a log that is worth knowing and no fault: values of text, say, in a sparse table.
    Remark {
        /// The run.
        run: Arc<str>,
        /// What there is, with counts; the newest of a run counts.
        message: String,
    },
    /// A process holds a run, or let go of it. A run without end that nobody holds was interrupted.
    Holder {
        /// The run's id.
        run: Arc<str>,
        /// Who holds it; nobody when absent.
        holder: Option<Holder>,
    },
    /// A process that trains began to work on the session, or the last one ended.
    Trainer {
        /// Which of these.
        state: TrainerState,
        /// Seconds since the first of those that work on it began, where known.
        seconds: Option<f64>,
    },
    /// How long ago a run's log changed last; said where it is a while, and again as that time grows. By it a run that
    /// fell silent is told from one that goes on.
    Age {
        /// The run's id.
        run: Arc<str>,
        /// Seconds since the last change, by the clock of the machine that looks.
        seconds: f64,
        /// Seconds from the log's making to its last change, where the file system tells.
        written_over: Option<f64>,
        /// Whether it could be told who holds the run: false for files outside of sessions.
        has_holder: bool,
    },
    /// Everything that was in the logs when the viewer came has been said; what follows is live.
    CaughtUp,
}

/// How the processes stand that train a session's runs, as far as a viewer on the same machine can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainerState {
    /// At least one works on the session.
    Live,
    /// The last one ended in order.
    Ended,
    /// The last one is gone without having said so.
    Died,
}

/// A process that works on a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The name of its machine.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
}
