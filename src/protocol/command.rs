//! What a user asks of a session: the same values whether a key asks within this process or a viewer asks over a
//! socket.
//!
//! Does not depend on who asks, or how the wish is carried.

use super::{Activation, Regulariser, RunPlan, float};
use serde::{Deserialize, Serialize};

/// A wish of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Live runs wait after their current step; queued ones are held back.
    Pause {
        /// Which runs.
        target: Target,
    },
    /// Paused runs go on.
    Resume {
        /// Which runs.
        target: Target,
    },
    /// Live runs end after their current step, with a checkpoint; queued ones never start.
    Stop {
        /// Which runs.
        target: Target,
    },
    /// A setting of a live run is switched from the next batch on.
    Switch {
        /// The run's id.
        run: String,
        /// The setting and its new value.
        setting: Setting,
    },
    /// New runs join the queue.
    Enqueue {
        /// What to run.
        plans: Vec<RunPlan>,
    },
    /// A new run goes on from the newest checkpoint of another, one thing changed.
    Fork {
        /// The run that wrote the checkpoint.
        run: String,
        /// The change.
        setting: Setting,
    },
    /// The weights of live runs are saved.
    Checkpoint {
        /// Which runs.
        target: Target,
    },
    /// Words are left in a run's log.
    Note {
        /// The run's id.
        run: String,
        /// The words.
        text: String,
    },
    /// Everything stops in order and the session ends.
    Shutdown,
}

/// Which runs a command is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// All of the session.
    All,
    /// The one with this id.
    Run(String),
}

/// A setting that can be switched on a live run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "field", content = "value", rename_all = "snake_case")]
pub enum Setting {
    /// The hidden layers' activation.
    Activation(Activation),
    /// The step size.
    LearningRate(#[serde(with = "float")] f32),
    /// All regularisers at once.
    Regulariser(Regulariser),
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// The wish was taken; what comes of it stands in the log.
    Accepted,
    /// The wish cannot be fulfilled.
    Refused {
        /// Why, in words.
        reason: String,
    },
}
