//! The figures that groups of runs are compared by.
//!
//! Which runs a figure of a group is taken over is decided in `state::Group`; McNemar's test is made between the first
//! runs of two groups, on the same test images. Does not depend on how figures are drawn.

use crate::fmt::number::signed;
use crate::fmt::{number, width};
use crate::metrics::{McNemar, Summary, mean_and_deviation};
use crate::protocol::{Family, Spec};
use crate::state::{
    Figure, Group, RunState, best_value, compare_answers, free_settings_text, main_metric, model_bytes,
};
use crate::study::published::{self, Experiment, Metric, Published};
use crate::ui::fields;
use crate::ui::model::Model;
use crate::ui::theme::Theme;

/// One group in figures.
pub(super) struct Line {
    /// What the runs share.
    pub(super) key: String,
    /// Runs that the figures are taken over.
    pub(super) count: usize,
    /// Whether these did all that was asked of them.
    pub(super) is_final: bool,
    /// Which runs do not count and why; empty when all do.
    left_out: String,
    /// The settings that differ within the group.
    varying: Vec<String>,
    /// Of another program's runs: the main metric.
    pub(super) metric: Option<MainMetric>,
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
    /// The settings that the first run began with.
    pub(super) settings: String,
    /// What they were changed to, where this is the group of a changed run or a fork.
    altered: Option<String>,
}

/// The metric that another program's runs are judged by.
pub(super) struct MainMetric {
    /// Its name.
    pub(super) name: String,
    /// Its newest values.
    pub(super) last: Summary,
    /// Its best values, where its name tells which way is better.
    pub(super) best: Option<Summary>,
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
            self.fit_seconds.map(|seconds| format!("fitted in {}", number::seconds(seconds))),
            self.image_seconds.map(|seconds| format!("predicts an image in {}", number::seconds(seconds))),
            self.bytes.map(|bytes| format!("{} in memory", number::bytes(bytes))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The group in words, a name and what is said of it.
    pub(super) fn words(&self, theme: Theme) -> Vec<(&'static str, String)> {
        let plus_minus = theme.glyphs().plus_minus;
        let mut words = vec![("settings", self.settings.clone())];
        words.extend(self.altered.clone().map(|altered| ("altered", altered)));
        if !self.varying.is_empty() {
            words.push(("varies", format!("{} within this group", self.varying.join(", "))));
        }
        let over = |summary: Summary| {
            let spread = if summary.n > 1 { format!(" {plus_minus} {:.4}", summary.deviation) } else { String::new() };
            let of = if summary.n == self.count { String::new() } else { format!(" of {}", self.count) };
            let runs = if summary.n == 1 && of.is_empty() {
                ", one run".to_owned()
            } else {
                format!(" over {}{of} runs", summary.n)
            };
            format!("{spread}{runs}")
        };
        let so_far = if self.is_final { "" } else { "; none finished so far" };
        if let Some(accuracy) = self.accuracy {
            words.push(("accuracy", format!("{:.4}{}{so_far}", accuracy.mean, over(accuracy))));
        }
        if let Some(metric) = &self.metric {
            let best = metric.best.map_or_else(String::new, |best| format!(", best {}", number::short(best.mean)));
            let last = number::short(metric.last.mean);
            words.push(("last", format!("{} {last}{}{best}", metric.name, over(metric.last))));
        }
        if !self.left_out.is_empty() {
            words.push(("left out", format!("{}: not in this group's values", self.left_out)));
        }
        if let (Some(paper), Some(difference)) = (self.paper, self.paper_difference()) {
            let spread = paper.deviation.map_or(String::new(), |d| format!(" {plus_minus} {d:.4}"));
            words.push((
                "the paper",
                format!(
                    "{:.4}{spread} (table {}), difference {}{}",
                    paper.mean,
                    paper.table,
                    number::difference(difference),
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
                    number::probability(test.p)
                ),
            ));
        }
        if let (None, false, Some(reference)) = (&self.test, self.is_reference, &self.reference) {
            words.push((
                "McNemar",
                format!("no test against {reference}: one of the logs does not list its wrong answers"),
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

/// The place of the group that the others are set against: the chosen one, else the first that kept its settings and has
/// a run that came to its end, else the first.
pub(super) fn reference(model: &Model, groups: &[Group<'_>]) -> usize {
    let chosen = model.compare.reference.as_ref();
    let chosen = chosen.and_then(|key| groups.iter().position(|group| group.key == *key));
    let sensible = || groups.iter().position(|group| group.alteration.is_none() && group.is_final());
    chosen.or_else(sensible).unwrap_or(0)
}

fn line(
    model: &Model,
    group: &Group<'_>,
    is_reference: bool,
    test: Option<McNemar>,
    reference: Option<String>,
) -> Line {
    let mean = |figure| group.summary(figure).map(|summary| summary.mean);
    let first = group.first();
    Line {
        key: group.key.clone(),
        count: group.counted().len(),
        is_final: group.is_final(),
        left_out: group.left_out(),
        varying: if group.alteration.is_none() { group.varying() } else { Vec::new() },
        metric: metric(group),
        accuracy: group.summary(Figure::TestAccuracy),
        test_loss: mean(Figure::TestLoss),
        train_loss: mean(Figure::TrainLoss),
        fit_seconds: mean(Figure::FitSeconds),
        image_seconds: mean(Figure::PredictSecondsPerImage),
        bytes: first.and_then(|run| model_bytes(run, &model.session.header.as_ref()?.dataset)),
        paper: experiment(group).and_then(|experiment| experiment.published(Metric::TestAccuracy)),
        is_reference,
        test,
        reference,
        settings: group.spec.map_or_else(|| free_settings(first), settings),
        altered: group.alteration.as_ref().map(crate::state::Alteration::words),
    }
}

/// The main metric of a group of another program's runs, where all of them have the same.
fn metric(group: &Group<'_>) -> Option<MainMetric> {
    let runs = group.counted();
    let name = main_metric(runs.first().filter(|run| run.spec.is_none())?)?;
    let over = |values: Vec<f64>| (!values.is_empty()).then(|| mean_and_deviation(&values));
    let last = over(runs.iter().filter_map(|run| Some(run.metric(name)?.last()?.value)).collect())?;
    let best = over(runs.iter().filter_map(|run| best_value(run, name)).collect());
    Some(MainMetric { name: name.to_owned(), last, best })
}

fn settings(spec: &Spec) -> String {
    let features = fields::features(spec);
    match spec.family {
        Family::Mlp => format!(
            "{} on {features}, {}, regulariser {}, rate {}, batch {}, {} epochs",
            fields::model(spec),
            fields::hidden(spec),
            fields::regulariser(&spec.regulariser),
            number::short(f64::from(spec.learning_rate)),
            spec.batch_size,
            spec.epochs
        ),
        _ => format!("{} on {features}", fields::model(spec)),
    }
}

/// The experiment of the study that a group repeats: on the study's data, all its runs with the study's settings, none
/// of them changed.
pub(super) fn experiment(group: &Group<'_>) -> Option<Experiment> {
    if group.dataset != published::DATASET || group.alteration.is_some() {
        return None;
    }
    group.spec.and_then(Experiment::of).filter(|_| group.varying().is_empty())
}

/// A difference in standard deviations.
fn deviations(difference: f64) -> String {
    format!(", {} standard deviations", signed(difference, 1))
}

/// The settings of another tool's run, in words.
fn free_settings(run: Option<&RunState>) -> String {
    let known = run.and_then(|run| free_settings_text(&run.info));
    known.map_or_else(|| "unknown: the logs do not hold them".to_owned(), |text| width::clean(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_difference_has_no_minus() {
        assert_eq!(deviations(-0.04), ", 0.0 standard deviations");
        assert_eq!(deviations(-0.93), ", -0.9 standard deviations");
    }
}
