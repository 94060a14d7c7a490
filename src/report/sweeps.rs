//! Grid searches: one setting varied, the others the study's, and which value won.
//!
//! Does not depend on files.

use super::groups::{Group, sweep};
use super::markdown::Table;
use super::tables::{MISSING, ReportGroups, mean};
use super::text::setting;
use crate::protocol::Spec;
use crate::study::published::{Experiment, Metric};

/// A setting and the values that the study tried.
pub(crate) struct Grid {
    /// What is varied, in words.
    pub(crate) title: &'static str,
    /// The column's head.
    pub(crate) symbol: &'static str,
    /// The dotted key.
    pub(crate) key: &'static str,
    /// The settings that are not varied.
    pub(crate) base: Experiment,
    /// Values that must be there for the grid to be complete.
    pub(crate) values: &'static [f64],
    /// What the study says of it, with its section.
    pub(crate) study: &'static str,
}

/// The grids of the study, in its order.
pub(crate) const GRIDS: &[Grid] = &[
    Grid {
        title: "Learning rate",
        symbol: "learning rate",
        key: "learning_rate",
        base: Experiment::Sigmoid,
        values: &[1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 1e-1, 1.0, 10.0],
        study: "chosen on a grid from 1e-6 to 10: 0.05 (section 3); 0.1 and 1.0 converge \"sufficiently\", very small \
                and very high rates fail (section 3.2)",
    },
    Grid {
        title: "Noise in the forward pass",
        symbol: "sigma forward",
        key: "regulariser.forward_noise",
        base: Experiment::Sigmoid,
        values: &[0.0, 0.01, 0.1, 1.0],
        study: "converges even at 1, with an accuracy of about 0.86 (section 5.1)",
    },
    Grid {
        title: "Noise in the backward pass",
        symbol: "sigma backward",
        key: "regulariser.backward_noise",
        base: Experiment::Sigmoid,
        values: &[0.0, 0.001, 0.01, 0.1],
        study: "the loss explodes above 0.05 (section 5.1)",
    },
    Grid {
        title: "Weight of the L2 penalty",
        symbol: "lambda",
        key: "regulariser.l2",
        base: Experiment::Sigmoid,
        values: &[1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0],
        study: "chosen on a grid from 1e-5 to 1: 0.0001 (section 5.3)",
    },
    Grid {
        title: "Neighbours of k-NN (beyond the study)",
        symbol: "k",
        key: "k",
        base: Experiment::Knn,
        values: &[3.0],
        study: "fixed at 3 (section 6.2)",
    },
    Grid {
        title: "Weight of the SVM's hinge loss (beyond the study)",
        symbol: "C",
        key: "c",
        base: Experiment::Svm,
        values: &[1.0],
        study: "not said; scikit-learn's default is 1",
    },
];

impl Grid {
    /// The groups of the grid, by value; settings are single precision, so values are compared as such.
    pub(crate) fn points<'a>(&self, shelf: ReportGroups<'a>) -> Vec<(f64, &'a Group<'a>)> {
        sweep(shelf.groups, &self.base.spec(), self.key)
    }

    /// The values that are not there.
    pub(crate) fn missing(&self, shelf: ReportGroups<'_>) -> Vec<f64> {
        let points = self.points(shelf);
        let there = |value: f64| points.iter().any(|(found, group)| close(*found, value) && !group.finished.is_empty());
        self.values.iter().copied().filter(|value| !there(*value)).collect()
    }

    /// The values that have accuracies, best first: by mean test accuracy over the seeds that all of them share, of equals
    /// the one with the lower test loss. A value with five runs and one with a single run are so compared on equal terms.
    pub(crate) fn ranking<'a>(&self, shelf: ReportGroups<'a>) -> Vec<Place<'a>> {
        let points: Vec<_> = self.points(shelf).into_iter().filter(|(_, group)| !group.finished.is_empty()).collect();
        let seeds = shared_seeds(&points);
        let place = |(value, group): (f64, &'a Group<'a>)| {
            let accuracy = group.summary_of(Metric::TestAccuracy, seeds.as_deref())?.mean;
            let loss = group.summary_of(Metric::TestLoss, seeds.as_deref()).map_or(f64::INFINITY, |loss| loss.mean);
            Some(Place { value, group, accuracy, loss })
        };
        let mut places: Vec<Place<'_>> = points.into_iter().filter_map(place).collect();
        places.sort_by(|a, b| b.accuracy.total_cmp(&a.accuracy).then(a.loss.total_cmp(&b.loss)));
        places
    }

    /// The winner, its lead, and how much a run scatters, in words; nothing while there is no second value.
    pub(crate) fn verdict(&self, shelf: ReportGroups<'_>) -> Option<String> {
        let places = self.ranking(shelf);
        let [first, second, ..] = places.as_slice() else { return None };
        let scatter = places.iter().filter_map(|place| place.group.summary(Metric::TestAccuracy));
        let scatter = scatter.max_by_key(|summary| summary.n).filter(|summary| summary.n > 1);
        let scatter =
            scatter.map_or(String::new(), |summary| format!("; one run scatters by {:.4}", summary.deviation));
        Some(format!(
            "Winner by test accuracy, over the seeds that all values have: **{}** with {:.4}, {:.4} ahead of {}{scatter}.",
            short(first.value),
            first.accuracy,
            first.accuracy - second.accuracy,
            short(second.value)
        ))
    }

    /// One row a value, the winner in bold.
    pub(crate) fn table(&self, shelf: ReportGroups<'_>) -> Table {
        let mut table = Table::new([self.symbol, "runs", "training loss", "test loss", "test accuracy", "went wrong"]);
        let points = self.points(shelf);
        let winner = self.ranking(shelf).first().filter(|_| points.len() > 1).map(|place| place.value);
        let mut values: Vec<f64> = points.iter().map(|(value, _)| *value).collect();
        values.extend(self.values.iter().filter(|value| !points.iter().any(|(found, _)| close(*found, **value))));
        values.sort_by(f64::total_cmp);
        for value in values {
            let group = points.iter().find(|(found, _)| close(*found, value)).map(|(_, group)| *group);
            let figure = |metric| match group {
                Some(group) if group.summary(metric).is_some() => mean(group.summary(metric)),
                Some(group) if !group.finished.is_empty() => "-".to_owned(),
                Some(group) if group.divergence().is_some() => "-".to_owned(),
                _ => MISSING.to_owned(),
            };
            let shown = short(value);
            let name = if winner.is_some_and(|winner| close(winner, value)) { format!("**{shown}**") } else { shown };
            let diverged = group.and_then(Group::divergence).unwrap_or_default();
            let runs = group.map_or(0, |group| group.finished.len()).to_string();
            let figures = [Metric::TrainLoss, Metric::TestLoss, Metric::TestAccuracy].map(figure);
            table.row([name, runs].into_iter().chain(figures).chain([diverged]));
        }
        table
    }
}

/// A value of a grid with what it is ranked by.
pub(crate) struct Place<'a> {
    /// The setting's value.
    pub(crate) value: f64,
    /// Its runs.
    pub(crate) group: &'a Group<'a>,
    /// Mean test accuracy over the shared seeds.
    pub(crate) accuracy: f64,
    /// Mean test loss over them; infinite where the model has none.
    pub(crate) loss: f64,
}

/// The seeds that every value has a finished run of; `None` without any.
fn shared_seeds(points: &[(f64, &Group<'_>)]) -> Option<Vec<u64>> {
    let has = |group: &Group<'_>, seed| group.finished.iter().any(|run| run.seed == seed);
    let (_, first) = points.first()?;
    let seeds: Vec<u64> = first.finished.iter().map(|run| run.seed).collect();
    let shared: Vec<u64> = seeds.into_iter().filter(|seed| points.iter().all(|(_, group)| has(group, *seed))).collect();
    (!shared.is_empty()).then_some(shared)
}

/// Whether two settings are one single-precision number.
pub(crate) fn close(a: f64, b: f64) -> bool {
    (a as f32).to_bits() == (b as f32).to_bits()
}

/// A setting that passed through single precision, as it was written.
pub(crate) fn short(value: f64) -> String {
    let single = value as f32;
    single.to_string().parse().map_or_else(|_| setting(value), setting)
}

/// The experiments that differ from one of the study in a single setting, nearest figure first.
pub(crate) fn variants<'a>(
    shelf: ReportGroups<'a>,
    base: &Spec,
    metric: Metric,
    wanted: f64,
) -> Vec<(String, f64, &'a Group<'a>)> {
    let mut found: Vec<(String, f64, &Group<'_>)> = shelf
        .groups
        .iter()
        .filter_map(|group| {
            let differing = super::groups::differing(base, group.spec, false);
            let [(key, _, value)] = differing.as_slice() else { return None };
            // Another kind of model is no variant of this one.
            if key == "family" {
                return None;
            }
            let value = value.as_f64().map_or_else(|| value.to_string(), short);
            Some((format!("{key} = {}", value.trim_matches('"')), group.summary(metric)?.mean, group))
        })
        .collect();
    found.sort_by(|a, b| (a.1 - wanted).abs().total_cmp(&(b.1 - wanted).abs()));
    found
}
