//! What a catalog of logs says of each run without its being read in full: the lines of a list, and of the index file
//! that may lie beside the logs.
//!
//! Does not depend on how a summary is obtained, or what a reader searches for.

use super::{DatasetInfo, Spec, float};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a run stands. `state` decides it from the run's records, its holder and the age of its log; nothing else does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for a worker.
    #[default]
    Queued,
    /// It goes on.
    Running,
    /// It waits for its user.
    Paused,
    /// No record came for several times its own pace, and nothing says that it ended.
    Quiet,
    /// It came to its end: an end record says so, or its planned length was reached.
    Finished,
    /// Its user stopped it.
    Stopped,
    /// It could not go on.
    Failed,
    /// It is over, and its loss grew or became NaN or infinite.
    Diverged,
    /// It is over, and never did better than guessing.
    NotLearning,
    /// Its process died: it has no end record, and no process works on it.
    Interrupted,
}

impl Status {
    /// All of them, in the order of a run's life.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::Quiet,
        Self::Finished,
        Self::Stopped,
        Self::Failed,
        Self::Diverged,
        Self::NotLearning,
        Self::Interrupted,
    ];

    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Quiet => "quiet",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Diverged => "diverged",
            Self::NotLearning => "not learning",
            Self::Interrupted => "interrupted",
        }
    }

    /// The name in filters: [`Self::name`] as one word, `not-learning`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotLearning => "not-learning",
            other => other.name(),
        }
    }

    /// Whether a process works on it, as far as is known, so that it can be paused, changed and stopped.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Quiet)
    }

    /// Whether it is over and its loss says that its figures are worth nothing.
    #[must_use]
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Diverged | Self::NotLearning)
    }

    /// Whether nothing more will come unless the run is resumed.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Paused | Self::Quiet)
    }
}

/// One run of a library, as its log's first and last lines tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSummary {
    /// The run's id, `relu-s3`.
    pub run: String,
    /// The experiment's name, shared by its seeds.
    pub name: String,
    /// The name of the session's folder.
    pub session: String,
    /// The log, as a path that can be opened.
    pub path: String,
    /// How it stands.
    pub status: Status,
    /// Whether it goes on when its session is resumed.
    pub is_resumable: bool,
    /// The complete settings; absent for another program's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec: Option<Arc<Spec>>,
    /// The seed of every random stream of the run.
    pub seed: u64,
    /// The data set's name.
    pub dataset: String,
    /// Steps done.
    pub step: u64,
    /// Epochs done, fractional.
    #[serde(with = "float")]
    pub epoch: f64,
    /// Training loss of the last epoch.
    #[serde(with = "float")]
    pub train_loss: Option<f32>,
    /// Training loss of the newest steps, smoothed.
    #[serde(with = "float")]
    pub smoothed_train_loss: Option<f32>,
    /// Test loss of the last evaluation.
    #[serde(with = "float")]
    pub test_loss: Option<f32>,
    /// Test accuracy of the last evaluation, 0 to 1.
    #[serde(with = "float")]
    pub test_accuracy: Option<f32>,
    /// Highest test accuracy among those that were read, 0 to 1.
    #[serde(with = "float")]
    pub best_test_accuracy: Option<f32>,
    /// Seconds of the run so far.
    #[serde(with = "float")]
    pub seconds: f64,
    /// Seconds since 1970-01-01 UTC of the log's last change.
    pub modified: u64,
    /// Bytes of the log.
    pub bytes: u64,
}

/// How a session stands, by its runs and by whether a process works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// A process works on it.
    Live,
    /// Its process died: a run has no end record.
    Interrupted,
    /// Runs of it were stopped with it, or wait still.
    Stopped,
    /// Nothing was added to its files for a while, and nothing says that they are over.
    Quiet,
    /// All of its runs are over.
    Done,
}

impl SessionStatus {
    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
            Self::Quiet => "quiet",
            Self::Done => "done",
        }
    }
}

/// One session of a library.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionSummary {
    /// The name of the session's folder.
    pub id: String,
    /// The folder, as a path that can be opened.
    pub path: String,
    /// The suite's name.
    pub suite: String,
    /// What its runs learn from.
    pub dataset: DatasetInfo,
    /// Seconds since 1970-01-01 UTC when it was opened.
    pub created: u64,
    /// Seconds since 1970-01-01 UTC of the last change to any of its logs.
    pub modified: u64,
    /// Its runs in queue order, those that wait included.
    pub runs: Vec<RunSummary>,
}

impl SessionSummary {
    /// How the session stands, as far as its runs tell.
    #[must_use]
    pub fn status(&self) -> SessionStatus {
        let any = |wanted: &dyn Fn(&RunSummary) -> bool| self.runs.iter().any(wanted);
        if any(&|run| matches!(run.status, Status::Running | Status::Paused)) {
            SessionStatus::Live
        } else if any(&|run| run.status == Status::Interrupted) {
            SessionStatus::Interrupted
        } else if any(&|run| run.is_resumable || run.status == Status::Queued) {
            SessionStatus::Stopped
        } else if any(&|run| run.status == Status::Quiet) {
            SessionStatus::Quiet
        } else {
            SessionStatus::Done
        }
    }

    /// Its runs that are over and not to be gone on with.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.runs.iter().filter(|run| run.status.is_over() && !run.is_resumable).count()
    }
}
