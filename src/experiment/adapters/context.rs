//! What an adapter works with, and how it attends to the wishes of the run's user.
//!
//! Does not depend on models.

use super::{baselines, mlp};
use crate::dataset::Dataset;
use crate::experiment::checkpoint::Saved;
use crate::experiment::clock::Stopwatch;
use crate::experiment::feature_cache::{FeatureCache, FeatureSet, NoFeatures};
use crate::experiment::run_control::{Control, Requests, StopReason};
use crate::experiment::run_logger::RunLogger;
use crate::experiment::step_hook::StepHook;
use crate::protocol::{Event, Family, Features, FeaturesComputed, Note, RunEnd, RunPlan};
use crate::record::SessionFolder;
use std::sync::Arc;

/// One run and everything that it needs.
pub(in crate::experiment) struct RunContext<'a> {
    pub(in crate::experiment) plan: &'a RunPlan,
    pub(in crate::experiment) data: &'a Dataset,
    pub(in crate::experiment) features: &'a FeatureCache,
    pub(in crate::experiment) control: &'a Control,
    pub(in crate::experiment) logger: &'a RunLogger,
    pub(in crate::experiment) folder: &'a SessionFolder,
    /// The checkpoint to go on from.
    pub(in crate::experiment) saved: Option<Saved>,
    pub(in crate::experiment) step_hook: Option<&'a StepHook>,
}

/// How a run came to its end, with its final figures. The reason is filled in by the worker.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::experiment) enum RunResult {
    /// All that was asked for is done.
    Completed(RunEnd),
    /// The loss went astray, and the suite says to stop then or it was still astray when all was done.
    Diverged(RunEnd),
    /// Its user said so.
    Ended(StopReason, RunEnd),
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub(in crate::experiment) enum RunError {
    /// The network's settings, data or weights do not fit.
    #[error("{0}")]
    Network(#[from] crate::nn::NnError),
    /// A baselines model's settings or data do not fit.
    #[error("{0}")]
    Classic(#[from] crate::baselines::ClassicError),
    /// The predictions cannot be counted.
    #[error("{0}")]
    Metrics(#[from] crate::metrics::MetricsError),
    /// A matrix of features has another shape than its numbers.
    #[error("{0}")]
    Shape(#[from] ndarray::ShapeError),
    /// The features cannot be computed.
    #[error("features.hog: {0}")]
    Features(String),
    /// A checkpoint cannot be put together.
    #[error("the checkpoint: {0}")]
    Checkpoint(String),
    /// The file of initial weights cannot be read.
    #[error("initial_weights: {path}: {message}")]
    Weights {
        /// The file.
        path: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Carries out a run from its beginning or its checkpoint to its end.
pub(in crate::experiment) fn run(work: RunContext<'_>) -> Result<RunResult, RunError> {
    match work.plan.spec.family {
        Family::Mlp => mlp::run(work),
        Family::Knn => baselines::run_knn(&work),
        Family::Svm => baselines::run_svm(&work),
    }
}

impl RunContext<'_> {
    /// Attends to what was wished since the last call: waits while paused, writes notes, and hands the rest to `act`.
    /// The stopwatch stands while the run waits. Answers how the run should end, if it should.
    pub(super) fn attend(
        &self,
        watch: &mut Stopwatch,
        act: &mut dyn FnMut(&Requests) -> Result<(), RunError>,
    ) -> Result<Option<StopReason>, RunError> {
        let mut waits = false;
        while let Some(requests) = self.control.take() {
            for text in &requests.notes {
                self.logger.say(Event::Note(Note { text: text.clone() }));
            }
            if requests.checkpoint || !requests.settings.is_empty() {
                act(&requests)?;
            }
            if requests.ending.is_some() {
                return Ok(requests.ending);
            }
            if !requests.paused {
                break;
            }
            if !waits {
                self.logger.say(Event::Paused);
                watch.halt();
                waits = true;
            }
            self.control.wait();
        }
        if waits {
            self.logger.say(Event::Resumed);
            watch.run();
        }
        Ok(None)
    }

    /// How the run was asked to end, where something else noticed first that it was.
    pub(super) fn ending(&self) -> StopReason {
        self.control.take().and_then(|requests| requests.ending).unwrap_or(StopReason::WithSession)
    }

    /// The features of the run's images, shared with every other run; `None` when the run was asked to end meanwhile.
    pub(super) fn feature_set(&self) -> Result<Option<Arc<FeatureSet>>, RunError> {
        let kind = self.plan.spec.features;
        let set = match self.features.get(kind, self.data, &|| self.control.is_ending()) {
            Ok(set) => set,
            Err(NoFeatures::GivenUp) => return Ok(None),
            Err(NoFeatures::Unfit(message)) => return Err(RunError::Features(message)),
        };
        if kind != Features::Pixels {
            self.logger.say(Event::Features(FeaturesComputed {
                kind: "hog".to_owned(),
                dimension: set.dimension,
                seconds: set.seconds,
                images: self.data.train.len() + self.data.test.len(),
            }));
        }
        Ok(Some(set))
    }
}
