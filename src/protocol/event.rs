//! What happens to a run, one type an event; the field names are the contract of every log.
//!
//! Losses, accuracies and scores are single precision, as they are computed; times are double. Does not depend on who
//! causes an event or what is done with it.

use super::{Spec, Values, float};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One thing that happened to a run. What is rare and large is boxed: logs of millions of steps are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first record of a run, and again the first after each resumption.
    RunStarted(Box<RunStarted>),
    /// The loss of a training step.
    Step(Step),
    /// A count of inactive neurons.
    Inactive(Box<Inactive>),
    /// An epoch ended.
    Epoch(Box<Epoch>),
    /// A setting was switched while the run was live.
    Change(Box<Change>),
    /// The run waits.
    Paused,
    /// The run goes on.
    Resumed,
    /// Words that a person left.
    Note(Note),
    /// Something that a person should look at.
    Alert(Alert),
    /// The weights were saved.
    Checkpoint(Checkpoint),
    /// The images' features were computed.
    Features(Features),
    /// A classic model was fitted.
    Fitted(Fitted),
    /// A classic model, or part of the test set, was predicted.
    Predicted(Box<Predicted>),
    /// Named numbers of another program's run.
    Metrics(Metrics),
    /// What another program says of its run besides numbers.
    RunInfo(Box<RunInfo>),
    /// Another program's run was restarted at an earlier step: some of its numbers no longer count.
    Purged(Purged),
    /// The run came to its end.
    RunFinished(Box<RunEnd>),
    /// The run was stopped by its user.
    RunStopped(Box<RunEnd>),
    /// The run could not go on.
    RunFailed(Box<RunEnd>),
    /// An event of a later program; its fields are skipped.
    #[serde(other)]
    Unknown,
}

/// The beginning of a run, or of its resumption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The run's id, `relu-s3`.
    pub run: String,
    /// The experiment's name, shared by the seeds of one experiment.
    pub name: String,
    /// The complete settings, which carry `family` too.
    pub spec: Arc<Spec>,
    /// The kind of model, as in `spec`, for tables.
    pub family: super::Family,
    /// The seed of every random stream of the run.
    pub seed: u64,
    /// The data set's name: `MNIST`, `built-in digits` or the folder's name.
    pub dataset: String,
    /// Optimisation steps an epoch; 0 for models that have none.
    #[serde(default)]
    pub steps_per_epoch: u64,
    /// Where the weights come from, when not drawn anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_from: Option<Origin>,
}

/// The checkpoint that a run goes on from. Of the same run: a resumption, and what the log holds past `step` is
/// superseded by what follows. Of another: a fork.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The run that wrote the checkpoint.
    pub run: String,
    /// Steps done when it was written.
    pub step: u64,
    /// Epochs done, fractional.
    #[serde(with = "float")]
    pub epoch: f64,
}

/// The loss of one training step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Steps done, this one included.
    pub step: u64,
    /// Epochs done, fractional.
    #[serde(with = "float")]
    pub epoch: f64,
    /// Mean cross-entropy of the batch before the update, penalty excluded.
    #[serde(with = "float")]
    pub train_loss: f32,
}

/// Inactive neurons: entries of dL/dz with absolute value below 1e-5 (the study, section 4.4), and dead units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inactive {
    /// Steps done before the measured one.
    pub step: u64,
    /// Share of inactive entries among batch x units over all hidden layers, 0 to 1.
    #[serde(with = "float")]
    pub inactive: f32,
    /// The same for each hidden layer, input side first.
    #[serde(with = "float")]
    pub inactive_per_layer: Vec<f32>,
    /// Share of units of each layer whose every entry over the evaluation batch is below the threshold, 0 to 1.
    #[serde(with = "float")]
    pub dead_per_layer: Vec<f32>,
    /// Share of inactive entries of each unit of each layer in percent, for the strip of cells; optional.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Vec<u8>>,
}

/// The figures of one epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Epoch {
    /// Steps done.
    pub step: u64,
    /// Epochs done.
    #[serde(with = "float")]
    pub epoch: f64,
    /// Mean over the epoch's batches while they were trained on, each before its update, penalty excluded.
    #[serde(with = "float")]
    pub train_loss: f32,
    /// Mean cross-entropy over the test set.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f32>,
    /// Share of right answers while training, each before its update, 0 to 1.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub train_accuracy: Option<f32>,
    /// Share of right answers on the test set, 0 to 1.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f32>,
    /// lambda * sum(W^2) at the epoch's end; 0 without L2.
    #[serde(with = "float")]
    pub l2_penalty: f32,
    /// Euclidean norm of the last batch's gradient over all weights and biases.
    #[serde(with = "float")]
    pub gradient_norm: f32,
    /// Test images by true class (down) and predicted class (across).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<u32>>,
    /// Per-class precision, recall and F1 on the test set.
    #[serde(flatten)]
    pub scores: ClassScores,
    /// Test index and predicted class of each wrong answer; left out where more than a fifth is wrong, save after the
    /// last epoch, so that any two finished runs can be compared answer by answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub misclassified: Vec<(u32, u8)>,
    /// Training images a second of training time.
    #[serde(with = "float")]
    pub samples_per_second: f64,
    /// Seconds spent training in this epoch, evaluation excluded.
    #[serde(with = "float")]
    pub train_seconds: f64,
    /// Seconds spent predicting the test set, where it was.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub test_seconds: Option<f64>,
}

/// Per-class scores, one entry a class; empty where not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassScores {
    /// True positives over all that were predicted as the class (the study, equation 1).
    #[serde(with = "float", skip_serializing_if = "Vec::is_empty")]
    pub precision: Vec<f32>,
    /// True positives over all of the class (equation 2).
    #[serde(with = "float", skip_serializing_if = "Vec::is_empty")]
    pub recall: Vec<f32>,
    /// Harmonic mean of the two (equation 3).
    #[serde(with = "float", skip_serializing_if = "Vec::is_empty")]
    pub f1: Vec<f32>,
}

/// A setting that was switched on a live run, from the next batch on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Steps done when it was switched.
    pub step: u64,
    /// The setting's name in a [`Spec`]: `activation`, `learning_rate`, `regulariser`.
    pub field: String,
    /// The old value, as in a [`Spec`].
    pub from: Value,
    /// The new value.
    pub to: Value,
}

/// Words that a person left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The words.
    pub text: String,
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What kind of thing.
    pub kind: AlertKind,
    /// Steps done when it was noticed.
    #[serde(default)]
    pub step: u64,
    /// In words, with the figures that it rests on.
    pub message: String,
}

/// The kinds of alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// The loss is NaN or infinite.
    Nan,
    /// The loss stays at chance or grew beyond it.
    Diverged,
    /// The loss no longer falls.
    Plateau,
    /// The test loss rises while the training loss falls.
    Overfitting,
    /// No record came for a long time.
    Stalled,
    /// A kind of a later program.
    #[serde(other)]
    Other,
}

/// Saved weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Steps done.
    pub step: u64,
    /// Epochs done, fractional.
    #[serde(with = "float")]
    pub epoch: f64,
    /// The file, relative to the session's folder.
    pub path: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Features were computed from images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// `hog`.
    pub kind: String,
    /// Values an image.
    pub dimension: usize,
    /// Wall-clock seconds.
    #[serde(with = "float")]
    pub seconds: f64,
    /// Images, both splits together.
    pub images: usize,
}

/// A classic model was fitted, or is on its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fitted {
    /// Wall-clock seconds so far.
    #[serde(with = "float")]
    pub seconds: f64,
    /// Training images.
    pub samples: usize,
    /// The SVM's objective, summed over the classes.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub objective: Option<f64>,
    /// Share of the work done, 0 to 1; 1 when fitted.
    #[serde(with = "float")]
    pub progress: f64,
    /// The fitted model's size in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_bytes: Option<u64>,
}

/// Test images were predicted; `progress` tells whether all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Predicted {
    /// Wall-clock seconds so far.
    #[serde(with = "float")]
    pub seconds: f64,
    /// Test images predicted so far.
    pub samples: usize,
    /// Share of the test set predicted, 0 to 1.
    #[serde(with = "float")]
    pub progress: f64,
    /// The SVM's objective, summed over the classes.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub objective: Option<f64>,
    /// Share of right answers so far, 0 to 1.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f32>,
    /// Test images by true class (down) and predicted class (across).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<u32>>,
    /// Per-class precision, recall and F1.
    #[serde(flatten)]
    pub scores: ClassScores,
    /// Test index and predicted class of each wrong answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub misclassified: Vec<(u32, u8)>,
}

/// What another program says of its run besides numbers. Each record adds to those before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The name that the program gave the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Settings by their names, `/` between those of nested ones: numbers, texts, yes and no.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Value>,
    /// What wrote it, with its article: `a TensorBoard event file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<String>,
    /// Steps that the run is to make, in the units of its rows.
    #[serde(default, with = "float", skip_serializing_if = "Option::is_none")]
    pub planned_steps: Option<f64>,
    /// The column that counts as the step; empty where rows are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_column: Option<String>,
}

/// Numbers that no longer count, for the run was restarted at an earlier step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Purged {
    /// For each metric, the first step whose number no longer counts.
    pub from: Values,
}

/// Named numbers of another program's run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The value of the step-like column.
    #[serde(with = "float")]
    pub step: f64,
    /// Counts up each time the steps jump back: a restarted job.
    #[serde(default)]
    pub segment: u32,
    /// The numeric columns.
    pub values: Values,
}

/// The `reason` of a run that was stopped with its session: its weights were saved, and it goes on when the session is
/// resumed, unlike one that its user stopped.
pub const SESSION_STOPPED: &str = "the session was stopped";

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunEnd {
    /// Steps done.
    pub step: u64,
    /// Epochs done, fractional.
    #[serde(with = "float")]
    pub epoch: f64,
    /// The last epoch's training loss.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub train_loss: Option<f32>,
    /// The last evaluation's test loss.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f32>,
    /// The last evaluation's test accuracy.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub test_accuracy: Option<f32>,
    /// Seconds of the whole run, pauses excluded.
    #[serde(with = "float")]
    pub seconds: f64,
    /// Training images a second of training time, over the whole run.
    #[serde(with = "float", skip_serializing_if = "Option::is_none")]
    pub samples_per_second: Option<f64>,
    /// Why the run ended: `completed`, `stopped by user`, [`SESSION_STOPPED`], `diverged`, or the error in words.
    pub reason: String,
}
