//! What is known of one run, and the questions asked of it.
//!
//! Built by [`RunState::apply`](super::RunState::apply) alone. Does not depend on a clock: whatever it says of speed and
//! time rests on the seconds in the records.

use super::anomaly::Anomalies;
use super::series::Series;
use super::status::Life;
use crate::metrics::Failure;
use crate::protocol::{
    AlertKind, Change, Checkpoint, Epoch, Family, FeaturesComputed, Fitted, Holder, Inactive, Origin, Predicted,
    RunEnd, RunInfo, RunPlan, SESSION_STOPPED, Spec, Status,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Distinct metrics kept of one run.
pub(super) const MAX_METRICS: usize = 512;

/// Epochs whose figures are kept complete; past that every other one of the older half is let go.
pub(super) const MAX_EPOCHS: usize = 2_048;

/// Wrong answers kept of all epochs together; past that the lists of the oldest epochs are let go, never the newest.
pub(super) const MAX_WRONG: usize = 24_576;

/// Changes, alerts and notes kept of each kind, the newest.
pub(super) const MAX_MARKS: usize = 1_024;

/// A setting that was switched while the run was live.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeMark {
    /// When, in seconds of the run.
    pub seconds: f64,
    /// When, in epochs.
    pub epoch: f64,
    /// What was switched.
    pub change: Change,
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertMark {
    /// When, in seconds of the run.
    pub seconds: f64,
    /// When, in epochs.
    pub epoch: f64,
    /// When, in steps.
    pub step: u64,
    /// What kind of thing.
    pub kind: AlertKind,
    /// In words.
    pub message: String,
}

/// Words that a person left.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteMark {
    /// When, in seconds of the run.
    pub seconds: f64,
    /// When, in epochs.
    pub epoch: f64,
    /// When, in steps.
    pub step: u64,
    /// The words.
    pub text: String,
}

/// The best evaluation of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// Test accuracy, 0 to 1.
    pub test_accuracy: f32,
    /// Epochs done when it was measured; 0 for classic models.
    pub epoch: f64,
    /// Steps done when it was measured.
    pub step: u64,
}

/// Where the pace of a run is measured from: the newest stretches of steps without a pause, one that is over and one
/// that grows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pace {
    /// The stretch's beginning: steps, seconds.
    pub(super) from: (f64, f64),
    /// The beginning of the next stretch.
    pub(super) next: (f64, f64),
}

/// What is known of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// The run's id, `relu-s3`, unique in its session.
    pub id: Arc<str>,
    /// The experiment's name, shared by its seeds.
    pub name: String,
    /// The place in the queue, where the run was planned.
    pub order: Option<u32>,
    /// The seed of every random stream of the run.
    pub seed: u64,
    /// The settings that the run began with; absent for another program's log.
    pub spec: Option<Arc<Spec>>,
    /// The settings as they are now, every switch applied.
    pub current: Option<Arc<Spec>>,
    /// The data set's name.
    pub dataset: String,
    /// How it stands.
    pub status: Status,
    /// Who works on it, where known.
    pub holder: Option<Holder>,
    /// Steps done.
    pub step: u64,
    /// Epochs done, fractional.
    pub epoch: f64,
    /// Seconds since it began, of the newest record.
    pub seconds: f64,
    /// Optimisation steps an epoch; 0 for models that have none.
    pub steps_per_epoch: u64,
    /// The course of every metric by name: `train_loss` per step; `epoch_train_loss`, `test_loss`, `train_accuracy`,
    /// `test_accuracy`, `l2_penalty`, `gradient_norm`, `samples_per_second` per epoch; `inactive`, `inactive/1`..,
    /// `dead`, `dead/1`..; `progress`, `objective`; and those of other programs.
    pub series: BTreeMap<String, Series>,
    /// The figures of every epoch, oldest first; thinned past `MAX_EPOCHS`, without wrong answers past
    /// `MAX_WRONG`.
    pub epochs: Vec<Epoch>,
    /// The newest count of inactive neurons.
    pub inactive: Option<Inactive>,
    /// Settings switched while it was live.
    pub changes: Vec<ChangeMark>,
    /// What a person should look at.
    pub alerts: Vec<AlertMark>,
    /// Words that people left.
    pub notes: Vec<NoteMark>,
    /// The newest checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// The features it computed.
    pub features: Option<FeaturesComputed>,
    /// A classic model's fit, newest.
    pub fitted: Option<Fitted>,
    /// A classic model's predictions, newest.
    pub predicted: Option<Predicted>,
    /// How it ended.
    pub end: Option<RunEnd>,
    /// Where its weights came from, when not drawn anew: of a resumption or a fork.
    pub origin: Option<Origin>,
    /// How often it was resumed.
    pub resumptions: u32,
    /// Steps done when the run was found to diverge or not to learn, where it has not learned since.
    pub diverged_at: Option<u64>,
    /// Steps done at the first alert of either, and the alert's kind.
    pub(super) marked: Option<(u64, AlertKind)>,
    /// Which of the two it is.
    pub(super) failure: Option<Failure>,
    /// What made no sense in its log.
    pub anomalies: Anomalies,
    /// Records applied.
    pub records: u64,
    /// Events of a later program, skipped.
    pub unknown_events: u64,
    /// Highest restart count of another program's log.
    pub segments: u32,
    /// What another program says of its run besides numbers: settings, what wrote it, its planned length.
    pub info: RunInfo,
    /// Whether only the beginning and the end of its log have been read so far.
    pub is_outline: bool,
    pub(super) best: Option<Best>,
    pub(super) next_seq: u64,
    pub(super) started: bool,
    /// Whether somebody works on it.
    pub(super) life: Life,
    pub(super) pace: Pace,
    pub(super) ended_as: Option<Status>,
    pub(super) skipped_metrics: bool,
}

impl RunState {
    /// A run of which nothing but its id is known.
    #[must_use]
    pub fn new(id: Arc<str>) -> Self {
        let name = id.to_string();
        Self { id, name, ..Self::default() }
    }

    /// A run that waits in the queue.
    #[must_use]
    pub fn planned(plan: &RunPlan) -> Self {
        let mut run = Self::new(plan.run.as_str().into());
        run.plan(plan);
        run
    }

    /// Adds what the queue says; a log that has begun knows better.
    pub(super) fn plan(&mut self, plan: &RunPlan) {
        self.order = Some(plan.order);
        if !self.started {
            self.name.clone_from(&plan.name);
            self.seed = plan.seed;
            self.spec = Some(Arc::clone(&plan.spec));
            self.current = Some(Arc::clone(&plan.spec));
        }
    }

    /// Whether its log has begun.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// Whether its log says how it ended, so that nothing more comes unless it is resumed.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended_as.is_some()
    }

    /// Whether it goes on when its session is resumed: its process died, or it was stopped with its session.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.status == Status::Interrupted || (self.status.is_over() && self.was_stopped_with_session())
    }

    pub(super) fn was_stopped_with_session(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.reason == SESSION_STOPPED)
    }

    /// Whether it did all that its settings ask for. One that diverged or did not learn may have, where its suite says to
    /// go on.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let epochs = self.spec.as_deref().map_or(f64::INFINITY, |spec| spec.epochs as f64);
        self.status == Status::Finished || (self.status.is_lost() && self.epoch >= epochs)
    }

    /// A metric's course.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&Series> {
        self.series.get(name)
    }

    /// The newest figures of an epoch.
    #[must_use]
    pub fn last_epoch(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The newest epoch that was evaluated on the test set.
    #[must_use]
    pub fn last_evaluation(&self) -> Option<&Epoch> {
        self.epochs.iter().rev().find(|epoch| epoch.test_accuracy.is_some())
    }

    /// The newest test accuracy, 0 to 1, of whichever kind of model.
    #[must_use]
    pub fn test_accuracy(&self) -> Option<f32> {
        let ended = self.end.as_ref().and_then(|end| end.test_accuracy);
        let predicted = self.predicted.as_ref().and_then(|predicted| predicted.test_accuracy);
        self.last_evaluation().and_then(|epoch| epoch.test_accuracy).or(predicted).or(ended)
    }

    /// The newest test loss.
    #[must_use]
    pub fn test_loss(&self) -> Option<f32> {
        self.epochs.iter().rev().find_map(|epoch| epoch.test_loss).or(self.end.as_ref().and_then(|end| end.test_loss))
    }

    /// The newest epoch's training loss, or before the first epoch's end the newest step's.
    #[must_use]
    pub fn train_loss(&self) -> Option<f32> {
        let of_step = || self.metric("train_loss").and_then(Series::last).map(|point| point.value as f32);
        self.last_epoch().map(|epoch| epoch.train_loss).or_else(of_step)
    }

    /// The newest confusion table, true class down; `None` before an evaluation.
    #[must_use]
    pub fn confusion(&self) -> Option<&[Vec<u32>]> {
        let of_epochs = self.epochs.iter().rev().map(|epoch| &epoch.confusion).find(|table| !table.is_empty());
        let predicted = self.predicted.as_ref().map(|predicted| &predicted.confusion).filter(|table| !table.is_empty());
        of_epochs.or(predicted).map(Vec::as_slice)
    }

    /// Test index and predicted class of each wrong answer of the newest evaluation that lists them.
    #[must_use]
    pub fn misclassified(&self) -> Option<&[(u32, u8)]> {
        let of_epochs = self.epochs.iter().rev().find(|epoch| !epoch.confusion.is_empty());
        match of_epochs {
            Some(epoch) => {
                let complete = !epoch.misclassified.is_empty() || epoch.test_accuracy == Some(1.0);
                complete.then_some(epoch.misclassified.as_slice())
            }
            None => self.predicted.as_ref().filter(|p| p.progress >= 1.0).map(|p| p.misclassified.as_slice()),
        }
    }

    /// The evaluation with the highest test accuracy, the earliest of equals.
    #[must_use]
    pub fn best(&self) -> Option<Best> {
        self.best
    }

    /// Steps that the whole run takes, where its settings tell.
    #[must_use]
    pub fn total_steps(&self) -> Option<u64> {
        let spec = self.current.as_ref()?;
        let is_counted = spec.family == Family::Mlp && self.steps_per_epoch > 0;
        is_counted.then(|| self.steps_per_epoch.saturating_mul(spec.epochs as u64))
    }

    /// The share of the run that is done, 0 to 1, where it can be told.
    #[must_use]
    pub fn progress(&self) -> Option<f64> {
        if self.status == Status::Finished {
            return Some(1.0);
        }
        if let Some(total) = self.total_steps().filter(|total| *total > 0) {
            return Some((self.step as f64 / total as f64).clamp(0.0, 1.0));
        }
        if let Some(predicted) = &self.predicted {
            return Some(0.5 + predicted.progress.clamp(0.0, 1.0) / 2.0);
        }
        self.fitted.as_ref().map(|fitted| fitted.progress.clamp(0.0, 1.0) / 2.0)
    }

    /// Steps a second over the newest stretch without a pause.
    #[must_use]
    pub fn steps_per_second(&self) -> Option<f64> {
        let (steps, seconds) = (self.step as f64 - self.pace.from.0, self.seconds - self.pace.from.1);
        (steps > 0.0 && seconds > 0.0).then(|| steps / seconds)
    }

    /// Seconds until the run ends at its present pace, as of its newest record; `None` when it is over, waits or
    /// cannot be told.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        if self.status != Status::Running {
            return None;
        }
        if let Some(total) = self.total_steps() {
            return self.steps_per_second().map(|pace| total.saturating_sub(self.step) as f64 / pace);
        }
        let of_part = |seconds: f64, progress: f64| {
            (progress > 0.0 && seconds > 0.0).then(|| seconds * (1.0 - progress.min(1.0)) / progress)
        };
        match (&self.predicted, &self.fitted) {
            // A part that is done tells nothing of the one that comes.
            (Some(predicted), _) if predicted.progress < 1.0 => of_part(predicted.seconds, predicted.progress),
            (None, Some(fitted)) if fitted.progress < 1.0 => of_part(fitted.seconds, fitted.progress),
            _ => None,
        }
    }
}
