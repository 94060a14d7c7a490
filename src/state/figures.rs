//! The final figures of runs, and their mean and deviation over seeds: one place for the headless table, the Compare
//! tab and the report.
//!
//! Does not depend on how a figure is written or what it is set beside.

use super::run::RunState;
use crate::metrics::{Confusion, McNemar, Summary, mcnemar_of, mean_and_deviation};
use crate::protocol::{ClassScores, DatasetInfo, Family, Features, HogSettings};

/// A number that a run ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Mean training loss of the last epoch; before the first epoch's end, the newest step's.
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
    /// Seconds spent predicting one test image, features excluded.
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
            let of_end = ended(|end| end.train_loss);
            run.last_epoch().map(|epoch| epoch.train_loss).or(of_end).or(run.train_loss()).map(f64::from)
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
            Some(fitted) => (fitted.progress >= 1.0).then_some(fitted.seconds),
            None if run.epochs.is_empty() => None,
            None => Some(run.epochs.iter().map(|epoch| epoch.train_seconds).sum()),
        },
        Figure::PredictSecondsPerImage => predict_seconds(run),
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

fn predict_seconds(run: &RunState) -> Option<f64> {
    if let Some(predicted) = &run.predicted {
        return (predicted.samples > 0).then(|| predicted.seconds / predicted.samples as f64);
    }
    let measured = |epoch: &&crate::protocol::Epoch| epoch.test_seconds.is_some() && !epoch.confusion.is_empty();
    let epoch = run.epochs.iter().rev().find(measured)?;
    let images: u32 = epoch.confusion.iter().flatten().sum();
    (images > 0).then_some(epoch.test_seconds? / f64::from(images))
}

/// The fitted model's size in bytes: as logged, or for a network its weights and biases in single precision.
#[must_use]
pub fn model_bytes(run: &RunState, data: &DatasetInfo) -> Option<u64> {
    if let Some(bytes) = run.fitted.as_ref().and_then(|fitted| fitted.model_bytes) {
        return Some(bytes);
    }
    let spec = run.spec.as_deref().filter(|spec| spec.family == Family::Mlp)?;
    let inputs = match (&run.features, spec.features) {
        (Some(features), _) => features.dimension as u64,
        (None, Features::Pixels) => (data.height * data.width) as u64,
        (None, Features::Hog(hog)) => hog_values(hog, data.height as u64, data.width as u64)?,
    };
    let outputs = data.classes as u64;
    let (mut total, mut before) = (0, inputs);
    for units in spec.hidden.iter().map(|&units| units as u64).chain([outputs]) {
        total += (before + 1) * units;
        before = units;
    }
    (inputs > 0 && outputs > 0).then_some(total * 4)
}

fn hog_values(hog: HogSettings, height: u64, width: u64) -> Option<u64> {
    let (cell, block) = (hog.cell as u64, hog.block as u64);
    let blocks = |pixels: u64| (pixels.checked_div(cell)? + 1).checked_sub(block);
    Some(blocks(height)? * blocks(width)? * block * block * hog.orientations as u64)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Epoch, Spec};
    use std::sync::Arc;

    #[test]
    fn the_default_hog_has_324_values() {
        assert_eq!(hog_values(HogSettings::default(), 28, 28), Some(324));
        assert_eq!(hog_values(HogSettings { cell: 0, ..HogSettings::default() }, 28, 28), None);
    }

    #[test]
    fn a_network_has_a_size_and_a_time_per_image() {
        let mut run = RunState::new("a".into());
        run.spec = Some(Arc::new(Spec { hidden: vec![3], ..Spec::default() }));
        let data = DatasetInfo { height: 1, width: 2, classes: 2, ..DatasetInfo::default() };
        assert_eq!(model_bytes(&run, &data), Some(4 * (3 * 3 + 4 * 2)));
        assert_eq!(figure(&run, Figure::PredictSecondsPerImage), None);
        let confusion = vec![vec![3, 1], vec![0, 4]];
        run.epochs.push(Epoch { confusion, test_seconds: Some(0.4), ..Epoch::default() });
        // What was not evaluated has no time.
        run.epochs.push(Epoch::default());
        assert_eq!(figure(&run, Figure::PredictSecondsPerImage), Some(0.05));
    }
}
