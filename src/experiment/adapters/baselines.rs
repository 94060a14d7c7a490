//! k nearest neighbours and the linear support vector machine as runs: fitted, then asked about the test set.
//!
//! Does not depend on how either works.

use super::context::{RunContext, RunError, RunResult};
use super::evaluate::judge;
use crate::baselines::{ClassicError, Knn, LinearSvm};
use crate::dataset::CLASSES;
use crate::experiment::clock::{Stopwatch, Throttle};
use crate::experiment::feature_cache::FeatureSet;
use crate::experiment::run_control::StopReason;
use crate::protocol::{Event, Fitted, Predicted, RunEnd};
use ndarray::{ArrayView2, ShapeError};
use std::ops::ControlFlow;

/// A classic run on its way: its time, and how it was asked to end.
struct Progress<'a> {
    work: &'a RunContext<'a>,
    whole: Stopwatch,
    /// Of the part under way: fitting or predicting.
    part: Stopwatch,
    throttle: Throttle,
    ending: Option<StopReason>,
    failed: Option<RunError>,
}

pub(super) fn run_knn(work: &RunContext<'_>) -> Result<RunResult, RunError> {
    let mut progress = Progress::begin(work);
    let Some(set) = work.feature_set()? else { return Ok(progress.interrupted()) };
    let (train, test) = matrices(&set)?;
    if !progress.goes_on() {
        return progress.ended();
    }
    let model = Knn::new(work.plan.spec.k, train, &work.data.train.labels)?;
    progress.fitted(None, 1.0, Some(model.model_bytes()));
    progress.part = Stopwatch::default();
    progress.part.run();
    let truth = &work.data.test.labels;
    let predicted = model.predict(test, &mut |report| {
        if progress.throttle.is_due() && report.share < 1.0 {
            let seen = report.predicted;
            let right = seen.iter().zip(&**truth).filter(|(predicted, truth)| predicted == truth).count();
            let so_far = (!seen.is_empty()).then(|| right as f32 / seen.len() as f32);
            progress.say_predicted(Predicted {
                samples: seen.len(),
                progress: report.share,
                test_accuracy: so_far,
                ..Predicted::default()
            });
        }
        progress.next()
    });
    match predicted {
        Ok(predicted) => progress.conclude(&predicted, None),
        Err(error) => progress.broken(error),
    }
}

pub(super) fn run_svm(work: &RunContext<'_>) -> Result<RunResult, RunError> {
    let mut progress = Progress::begin(work);
    let Some(set) = work.feature_set()? else { return Ok(progress.interrupted()) };
    let (train, test) = matrices(&set)?;
    let spec = &work.plan.spec;
    let fitted = LinearSvm::fit(train, &work.data.train.labels, CLASSES, spec.c, spec.tolerance, &mut |report| {
        if progress.throttle.is_due() {
            progress.fitted(report.objective, report.share.min(0.999), None);
        }
        progress.next()
    });
    let model = match fitted {
        Ok(model) => model,
        Err(error) => return progress.broken(error),
    };
    progress.fitted(Some(model.objective()), 1.0, Some(model.model_bytes()));
    progress.part = Stopwatch::default();
    progress.part.run();
    let predicted = model.predict(test)?;
    if !progress.goes_on() {
        return progress.ended();
    }
    progress.conclude(&predicted, Some(model.objective()))
}

fn matrices(set: &FeatureSet) -> Result<(ArrayView2<'_, f32>, ArrayView2<'_, f32>), ShapeError> {
    let of = |values: &'_ [f32]| (values.len() / set.dimension, set.dimension);
    Ok((ArrayView2::from_shape(of(&set.train), &set.train)?, ArrayView2::from_shape(of(&set.test), &set.test)?))
}

impl<'a> Progress<'a> {
    fn begin(work: &'a RunContext<'a>) -> Self {
        let mut progress = Self {
            work,
            whole: Stopwatch::default(),
            part: Stopwatch::default(),
            throttle: Throttle::default(),
            ending: None,
            failed: None,
        };
        progress.whole.run();
        progress.part.run();
        progress
    }

    /// Attends to wishes; whether the work goes on.
    fn goes_on(&mut self) -> bool {
        if let Some(step_hook) = self.work.step_hook {
            step_hook.call(&self.work.plan.run, 0);
        }
        self.part.halt();
        match self.work.attend(&mut self.whole, &mut |_| Ok(())) {
            Ok(None) => {}
            Ok(ending) => self.ending = ending,
            Err(error) => self.failed = Some(error),
        }
        self.part.run();
        self.ending.is_none() && self.failed.is_none()
    }

    fn next(&mut self) -> ControlFlow<()> {
        if self.goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn fitted(&self, objective: Option<f64>, progress: f64, model_bytes: Option<u64>) {
        self.work.logger.say(Event::Fitted(Fitted {
            seconds: self.part.seconds(),
            samples: self.work.data.train.len(),
            objective,
            progress,
            model_bytes,
        }));
    }

    fn say_predicted(&self, predicted: Predicted) {
        let seconds = self.part.seconds();
        self.work.logger.say(Event::Predicted(Box::new(Predicted { seconds, ..predicted })));
    }

    fn conclude(self, predicted: &[u8], objective: Option<f64>) -> Result<RunResult, RunError> {
        let judged = judge(&self.work.data.test.labels, predicted)?;
        let accuracy = Some(judged.accuracy);
        self.say_predicted(Predicted {
            samples: predicted.len(),
            progress: 1.0,
            objective,
            test_accuracy: accuracy,
            confusion: judged.confusion,
            scores: judged.scores,
            misclassified: judged.misclassified,
            ..Predicted::default()
        });
        Ok(RunResult::Completed(RunEnd { test_accuracy: accuracy, ..self.end() }))
    }

    fn broken(self, error: ClassicError) -> Result<RunResult, RunError> {
        if matches!(error, ClassicError::Stopped) { self.ended() } else { Err(error.into()) }
    }

    fn ended(self) -> Result<RunResult, RunError> {
        let end = self.end();
        match (self.failed, self.ending) {
            (Some(error), _) => Err(error),
            (None, ending) => Ok(RunResult::Ended(ending.unwrap_or(StopReason::WithSession), end)),
        }
    }

    /// The run was asked to end while its features were computed.
    fn interrupted(&self) -> RunResult {
        RunResult::Ended(self.work.ending(), self.end())
    }

    fn end(&self) -> RunEnd {
        RunEnd { seconds: self.whole.seconds(), ..RunEnd::default() }
    }
}
