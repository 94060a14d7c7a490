//! The figures that groups of runs are compared by.
//!
//! A figure of a group is the mean over its finished runs, while there is none over those under way; McNemar's test is made between the
//! first runs of two groups, on the same test images. Must not know how figures are drawn.

use crate::metrics::{McNemar, Summary, mean_and_deviation};
use crate::protocol::{Family, Spec, Status};
use crate::state::paper::{self, Experiment, Metric, Published};
use crate::state::{Figure, RunState, compare_answers, model_bytes, summarise};
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

    /// The same in standard deviations of one run; `None` where neither side has a spread.
    fn paper_deviations(&self) -> Option<f64> {
        let (here, paper) = (self.accuracy?, self.paper?);
        // A mean without a printed deviation says nothing of the spread.
        let n = paper.deviation.map_or(1, |_| paper.n as usize);
        let there = Summary { mean: paper.mean, deviation: paper.deviation.unwrap_or(0.0), n };
        here.deviations_from(&there).filter(|value| value.is_finite())
    }

    /// What a model costs, as far as it was measured.
    fn cost(&self) -> Option<String> {
        let parts = [
            self.fit_seconds.map(|seconds| format!("fitted in {}", figures::seconds(seconds))),
            self.image_seconds.map(|seconds| format!("predicts an image in {}", figures::seconds(seconds))),
            self.bytes.map(|bytes| format!("{} in memory", figures::bytes(bytes))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The group in words, a name and what is said of it.
    pub(super) fn words(&self, theme: Theme) -> Vec<(&'static str, String)> {
        let plus_minus = theme.glyphs().plus_minus;
        let mut words = vec![("settings", self.settings.clone())];
        if let Some(accuracy) = self.accuracy {
            let spread = match accuracy.n {
                1 => ", one run".to_owned(),
                n => format!(" {plus_minus} {:.4} over {n} runs", accuracy.deviation),
            };
            words.push(("accuracy", format!("{:.4}{spread}", accuracy.mean)));
        }
        if let (Some(paper), Some(difference)) = (self.paper, self.paper_difference()) {
            let spread = paper.deviation.map_or(String::new(), |d| format!(" {plus_minus} {d:.4}"));
            words.push((
                "the paper",
                format!(
                    "{:.4}{spread} (table {}), difference {}{}",
                    paper.mean,
                    paper.table,
                    figures::difference(difference),
                    self.paper_deviations().map_or(String::new(), deviations)
                ),
            ));
        }
        words.extend(self.cost().map(|cost| ("cost", cost)));
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
        if let (None, false, Some(reference)) = (&self.test, self.is_reference, &self.reference) {
            words.push((
                "McNemar",
                format!("no test against {reference}: one of the logs does not list its wrong answers"),
            ));
        }
        if self.lost > 0 {
            words.push((
                "lost",
                format!("{} of {} diverged, did not learn, failed or were interrupted", self.lost, self.count),
            ));
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
            let test = if i == reference {
                None
            } else {
                group.first().zip(reference_run).and_then(|(a, b)| compare_answers(a, b))
            };
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
    let mean = |figure| summarise(group.settled(), figure).map(|summary| summary.mean);
    let first = group.first();
    let spec = first.and_then(|run| run.spec.as_deref());
    let lost = |run: &&&RunState| run.status.is_lost() || matches!(run.status, Status::Failed | Status::Interrupted);
    Line {
        key: group.key.clone(),
        count: group.runs.len(),
        accuracy: (!values.is_empty()).then(|| mean_and_deviation(&values)),
        test_loss: group.mean("test_loss"),
        train_loss: group.mean("train_loss"),
        fit_seconds: mean(Figure::FitSeconds),
        image_seconds: mean(Figure::PredictSecondsPerImage),
        bytes: first.and_then(|run| model_bytes(run, &model.session.header.as_ref()?.dataset)),
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
/// A difference in standard deviations, to a tenth; none is not minus none.
fn deviations(difference: f64) -> String {
    format!(", {:+.1} standard deviations", (10.0 * difference).round() / 10.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_difference_has_no_minus() {
        assert_eq!(deviations(-0.04), ", +0.0 standard deviations");
        assert_eq!(deviations(-0.93), ", -0.9 standard deviations");
    }
}
