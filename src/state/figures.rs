//! The final figures of runs, and their mean and deviation over seeds: one place for the headless table, the Compare
//! tab and the report.
//!
//! Must not know how a figure is written or what it is set beside.

use super::run::RunState;
use crate::metrics::{Confusion, McNemar, Summary, mcnemar_of, mean_and_deviation};
use crate::protocol::ClassScores;

/// A number that a run ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Mean training loss of the last epoch.
    TrainLoss,
    /// Test loss of the last evaluation.
    TestLoss,
    /// Test accuracy of the last evaluation, 0 to 1.
    TestAccuracy,
    /// Highest test accuracy of all evaluations, 0 to 1.
    BestTestAccuracy,
    /// Share of inactive entries at the last count, 0 to 1.
    Inactive,
    /// Seconds of the whole run.
    Seconds,
    /// Training images a second, over the whole run where it has ended.
    SamplesPerSecond,
    /// Seconds spent fitting: of a network, training; of a classic model, its fit. Features excluded.
    FitSeconds,
    /// Seconds spent predicting one test image. Classic models only.
    PredictSecondsPerImage,
    /// The SVM's objective.
    Objective,
    /// The fitted model's size in bytes.
    ModelBytes,
    /// Precision of a class on the test set, 0 to 1.
    Precision(usize),
    /// Recall of a class on the test set, 0 to 1.
    Recall(usize),
    /// F1 of a class on the test set, 0 to 1.
    F1(usize),
}

/// One figure of one run; `None` where it was not measured.
#[must_use]
pub fn figure(run: &RunState, figure: Figure) -> Option<f64> {
    let ended = |value: fn(&crate::protocol::RunEnd) -> Option<f32>| run.end.as_ref().and_then(value);
    match figure {
        Figure::TrainLoss => {
            run.last_epoch().map(|epoch| epoch.train_loss).or(ended(|end| end.train_loss)).map(f64::from)
        }
        Figure::TestLoss => run.test_loss().map(f64::from),
        Figure::TestAccuracy => run.test_accuracy().map(f64::from),
        Figure::BestTestAccuracy => run.best().map(|best| f64::from(best.test_accuracy)),
        Figure::Inactive => run.inactive.as_ref().map(|inactive| f64::from(inactive.inactive)),
        Figure::Seconds => Some(run.end.as_ref().map_or(run.seconds, |end| end.seconds)),
        Figure::SamplesPerSecond => run
            .end
            .as_ref()
            .and_then(|end| end.samples_per_second)
            .or(run.last_epoch().map(|epoch| epoch.samples_per_second)),
        Figure::FitSeconds => match &run.fitted {
            Some(fitted) => Some(fitted.seconds),
            None if run.epochs.is_empty() => None,
            None => Some(run.epochs.iter().map(|epoch| epoch.train_seconds).sum()),
        },
        Figure::PredictSecondsPerImage => run
            .predicted
            .as_ref()
            .filter(|predicted| predicted.samples > 0)
            .map(|predicted| predicted.seconds / predicted.samples as f64),
        Figure::Objective => run
            .predicted
            .as_ref()
            .and_then(|predicted| predicted.objective)
            .or(run.fitted.as_ref().and_then(|fitted| fitted.objective)),
        Figure::ModelBytes => run.fitted.as_ref().and_then(|fitted| fitted.model_bytes).map(|bytes| bytes as f64),
        Figure::Precision(class) => class_score(run, class, |scores| &scores.precision, Confusion::precision),
        Figure::Recall(class) => class_score(run, class, |scores| &scores.recall, Confusion::recall),
        Figure::F1(class) => class_score(run, class, |scores| &scores.f1, Confusion::f1),
    }
}

fn class_score(
    run: &RunState,
    class: usize,
    logged: fn(&ClassScores) -> &Vec<f32>,
    counted: fn(&Confusion) -> Vec<f64>,
) -> Option<f64> {
    let of_epoch = run.epochs.iter().rev().map(|epoch| &epoch.scores).find(|scores| !logged(scores).is_empty());
    let scores = of_epoch.or(run.predicted.as_ref().map(|predicted| &predicted.scores));
    if let Some(score) = scores.and_then(|scores| logged(scores).get(class)) {
        return Some(f64::from(*score));
    }
    counted(&Confusion::from_rows(run.confusion()?).ok()?).get(class).copied()
}

/// Mean and deviation of a figure over runs; `None` when no run has it. Values that are NaN or infinite count, as the
/// outcome of a diverged run.
#[must_use]
pub fn summarise<'a>(runs: impl IntoIterator<Item = &'a RunState>, of: Figure) -> Option<Summary> {
    let values: Vec<f64> = runs.into_iter().filter_map(|run| figure(run, of)).collect();
    (!values.is_empty()).then(|| mean_and_deviation(&values))
}

/// McNemar's test of two runs on the same test images; `None` when either log does not list its wrong answers, or they
/// were given on different data.
#[must_use]
pub fn compare_answers(a: &RunState, b: &RunState) -> Option<McNemar> {
    if a.dataset != b.dataset {
        return None;
    }
    let wrong = |answers: &[(u32, u8)]| answers.iter().map(|(image, _)| *image).collect::<Vec<_>>();
    Some(mcnemar_of(wrong(a.misclassified()?), wrong(b.misclassified()?)))
}
