//! The figures that groups of runs are compared by.
//!
//! The accuracy of a group is the mean over its finished runs' last evaluations; McNemar's test is made between the
//! first runs of two groups, on the same test images. Must not know how figures are drawn.

use crate::metrics::{McNemar, Summary, mcnemar_of, mean_and_deviation};
use crate::protocol::{Family, Features, HogSettings, Spec, Status};
use crate::state::RunState;
use crate::state::paper::{self, Experiment, Metric, Published};
use crate::ui::fields;
use crate::ui::figures;
use crate::ui::groups::Group;
use crate::ui::model::Model;
use crate::ui::theme::Theme;

/// One group in figures.
pub(super) struct Line {
    /// What the runs share.
    pub(super) key: String,
    /// Runs that have begun.
    pub(super) count: usize,
    /// Test accuracy.
    pub(super) accuracy: Option<Summary>,
    /// Mean test loss.
    pub(super) test_loss: Option<f64>,
    /// Mean training loss.
    pub(super) train_loss: Option<f64>,
    /// Mean seconds to fit.
    pub(super) fit_seconds: Option<f64>,
    /// Seconds to predict one image.
    pub(super) image_seconds: Option<f64>,
    /// Bytes of the fitted model.
    pub(super) bytes: Option<u64>,
    /// What the study published of the same experiment on the same data.
    pub(super) paper: Option<Published>,
    /// Whether the others are set against this group.
    pub(super) is_reference: bool,
    /// The test against the reference.
    pub(super) test: Option<McNemar>,
    /// The key of the reference.
    pub(super) reference: Option<String>,
    /// The settings of the first run.
    pub(super) settings: String,
    /// How many of the runs diverged or failed.
    pub(super) lost: usize,
}

impl Line {
    /// Our mean minus the published one.
    pub(super) fn paper_difference(&self) -> Option<f64> {
        Some(self.accuracy?.mean - self.paper?.mean)
    }

    /// The group in words, a name and what is said of it.
    pub(super) fn words(&self, theme: Theme) -> Vec<(&'static str, String)> {
        let plus_minus = theme.glyphs().plus_minus;
        let mut words = vec![("settings", self.settings.clone())];
        if let Some(accuracy) = self.accuracy {
            let runs = if accuracy.n == 1 { "run" } else { "runs" };
            words.push((
                "accuracy",
                format!("{:.4} {plus_minus} {:.4} over {} {runs}", accuracy.mean, accuracy.deviation, accuracy.n),
            ));
        }
        if let (Some(paper), Some(difference)) = (self.paper, self.paper_difference()) {
            let spread = paper.deviation.map_or(String::new(), |d| format!(" {plus_minus} {d:.4}"));
            words.push((
                "the paper",
                format!("{:.4}{spread} (table {}), difference {difference:+.4}", paper.mean, paper.table),
            ));
        }
        if let (Some(test), Some(reference)) = (&self.test, &self.reference) {
            let how = if test.exact { "exact" } else { "chi-square, corrected" };
            words.push((
                "McNemar",
                format!(
                    "against {reference}: {} wrong here only, {} there only, p {} ({how})",
                    test.only_a_wrong,
                    test.only_b_wrong,
                    figures::probability(test.p)
                ),
            ));
        }
        if self.lost > 0 {
            words.push(("lost", format!("{} of {} diverged, failed or were interrupted", self.lost, self.count)));
        }
        words
    }
}

/// Each group in figures, in the groups' order.
pub(super) fn lines(model: &Model, groups: &[Group<'_>]) -> Vec<Line> {
    let reference = reference(model, groups);
    let reference_run = groups.get(reference).and_then(Group::first);
    groups
        .iter()
        .enumerate()
        .map(|(i, group)| {
            let test =
                if i == reference { None } else { group.first().zip(reference_run).and_then(|(a, b)| tested(a, b)) };
            line(model, group, i == reference, test, groups.get(reference).map(|group| group.key.clone()))
        })
        .collect()
}

/// The place of the group that the others are set against: the chosen one, else the first.
pub(super) fn reference(model: &Model, groups: &[Group<'_>]) -> usize {
    let chosen = model.compare.reference.as_ref();
    chosen.and_then(|key| groups.iter().position(|group| group.key == *key)).unwrap_or(0)
}

fn line(
    model: &Model,
    group: &Group<'_>,
    is_reference: bool,
    test: Option<McNemar>,
    reference: Option<String>,
) -> Line {
    let values = group.values("test_accuracy");
    let mean = |values: Vec<f64>| (!values.is_empty()).then(|| mean_and_deviation(&values).mean);
    let first = group.first();
    let spec = first.and_then(|run| run.spec.as_deref());
    let lost = |run: &&&RunState| matches!(run.status, Status::Failed | Status::Diverged | Status::Interrupted);
    Line {
        key: group.key.clone(),
        count: group.runs.len(),
        accuracy: (!values.is_empty()).then(|| mean_and_deviation(&values)),
        test_loss: group.mean("test_loss"),
        train_loss: group.mean("train_loss"),
        fit_seconds: mean(group.runs.iter().filter_map(|run| fit_seconds(run)).collect()),
        image_seconds: mean(group.runs.iter().filter_map(|run| image_seconds(run)).collect()),
        bytes: first.and_then(|run| bytes(model, run)),
        paper: first.and_then(|run| published(model, run)),
        is_reference,
        test,
        reference,
        settings: spec.map_or_else(|| "another program's".to_owned(), settings),
        lost: group.runs.iter().filter(lost).count(),
    }
}

fn settings(spec: &Spec) -> String {
    let features = fields::features(spec);
    match spec.family {
        Family::Mlp => format!(
            "{} on {features}, {}, regulariser {}, rate {}, batch {}, {} epochs",
            fields::model(spec),
            fields::hidden(spec),
            fields::regulariser(&spec.regulariser),
            figures::short(f64::from(spec.learning_rate)),
            spec.batch_size,
            spec.epochs
        ),
        _ => format!("{} on {features}", fields::model(spec)),
    }
}

/// The study's accuracy for the experiment that a run repeats, on the study's data only.
pub(super) fn published(model: &Model, run: &RunState) -> Option<Published> {
    experiment(model, run)?.published(Metric::TestAccuracy)
}

/// The experiment of the study that a run repeats, on the study's data only. A run that was switched repeats none.
pub(super) fn experiment(model: &Model, run: &RunState) -> Option<Experiment> {
    let dataset = if run.dataset.is_empty() { model.session.dataset() } else { &run.dataset };
    if dataset != paper::DATASET || !run.changes.is_empty() {
        return None;
    }
    run.spec.as_deref().and_then(Experiment::of)
}

/// McNemar's test between the wrong answers of two runs; `None` where either does not list all of them.
fn tested(a: &RunState, b: &RunState) -> Option<McNemar> {
    let wrong = |run: &RunState| Some(run.misclassified()?.iter().map(|(index, _)| *index).collect::<Vec<u32>>());
    Some(mcnemar_of(wrong(a)?, wrong(b)?))
}

fn fit_seconds(run: &RunState) -> Option<f64> {
    match &run.fitted {
        Some(fitted) if fitted.progress >= 1.0 => Some(fitted.seconds),
        Some(_) => None,
        None if run.epochs.is_empty() => None,
        None => Some(run.epochs.iter().map(|epoch| epoch.train_seconds).sum()),
    }
}

fn image_seconds(run: &RunState) -> Option<f64> {
    let predicted = run.predicted.as_ref()?;
    (predicted.samples > 0).then(|| predicted.seconds / predicted.samples as f64)
}

/// The model's size: as logged, or for a network its weights and biases in single precision.
fn bytes(model: &Model, run: &RunState) -> Option<u64> {
    if let Some(bytes) = run.fitted.as_ref().and_then(|fitted| fitted.model_bytes) {
        return Some(bytes);
    }
    let spec = run.spec.as_deref().filter(|spec| spec.family == Family::Mlp)?;
    let data = &model.session.header.as_ref()?.dataset;
    let pixels = (data.height * data.width) as u64;
    let inputs = match (&run.features, spec.features) {
        (Some(features), _) => features.dimension as u64,
        (None, Features::Pixels) => pixels,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_hog_has_324_values() {
        assert_eq!(hog_values(HogSettings::default(), 28, 28), Some(324));
        assert_eq!(hog_values(HogSettings { cell: 0, ..HogSettings::default() }, 28, 28), None);
    }
}
