//! The experiments of several sessions as the study's tables and figures want them: complete runs by seed, and the rest.
//!
//! Which runs are one experiment, and which of them count, is decided in `state::Group`; altered runs stand for no
//! setting and are left out here. Does not depend on how a figure is shown.

use crate::metrics::Summary;
use crate::protocol::Spec;
use crate::state::{self, Failure, Figure, GroupBy, RunState, SessionState, figure, relevant_settings, summarise};
use crate::study::published::{Experiment, Metric};
use serde_json::Value;

/// One experiment: the same settings and data, several seeds.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    /// The experiment's name in its suite.
    pub(crate) name: &'a str,
    /// The settings of the first run.
    pub(crate) spec: &'a Spec,
    /// The data set's name.
    pub(crate) dataset: &'a str,
    /// Runs that came to their end, one a seed, by seed; lost ones too whose suite let them go on to it.
    pub(crate) finished: Vec<&'a RunState>,
    /// Runs that did not: queued, running, stopped, failed, ended early because they diverged.
    pub(crate) open: Vec<&'a RunState>,
}

/// The runs of all sessions grouped over seeds, altered runs each for itself.
pub(crate) fn of_sessions(sessions: &[SessionState]) -> Vec<state::Group<'_>> {
    let runs = sessions.iter().flat_map(|session| session.runs().iter().map(move |run| (session, run)));
    state::groups(runs, GroupBy::Experiment)
}

/// The groups with known settings in the order in which their first runs appear.
pub(crate) fn groups(sessions: &[SessionState]) -> Vec<Group<'_>> {
    of_sessions(sessions).iter().filter(|group| group.alteration.is_none()).filter_map(Group::of).collect()
}

impl<'a> Group<'a> {
    /// A group with known settings.
    pub(crate) fn of(group: &state::Group<'a>) -> Option<Self> {
        let finished = if group.is_final() { group.counted() } else { Vec::new() };
        let is_open = |run: &&&RunState| !run.is_complete() && finished.iter().all(|other| other.seed != run.seed);
        let open = group.runs.iter().filter(is_open).copied().collect();
        Some(Self { name: group.name, spec: group.spec?, dataset: group.dataset, finished, open })
    }
}

impl Group<'_> {
    /// Mean and deviation of a final figure over the finished runs; `None` without one.
    pub(crate) fn summary(&self, metric: Metric) -> Option<Summary> {
        self.summary_of(metric, None)
    }

    /// The same over the runs with one of these seeds.
    pub(crate) fn summary_of(&self, metric: Metric, seeds: Option<&[u64]>) -> Option<Summary> {
        let wanted = self.finished.iter().filter(|run| seeds.is_none_or(|seeds| seeds.contains(&run.seed)));
        summarise(wanted.copied(), figure_of(metric))
    }

    /// The experiment of the study that this group repeats, by its settings; the data set is the caller's to check.
    pub(crate) fn experiment(&self) -> Option<Experiment> {
        Experiment::of(self.spec)
    }

    /// The final confusion tables of the finished runs that have one of `classes` classes.
    pub(crate) fn confusions(&self, classes: usize) -> Vec<&[Vec<u32>]> {
        let square = |table: &&[Vec<u32>]| table.len() == classes && table.iter().all(|row| row.len() == classes);
        self.finished.iter().filter_map(|run| run.confusion()).filter(square).collect()
    }

    /// The earliest of its runs to go wrong, in words.
    pub(crate) fn divergence(&self) -> Option<String> {
        let marked = self.finished.iter().chain(&self.open).filter(|run| run.diverged_at.is_some());
        marked.min_by_key(|run| run.diverged_at).and_then(|run| divergence(run))
    }

    /// Test images, as the confusion table counts them.
    pub(crate) fn test_images(&self) -> Option<u64> {
        let table = self.finished.iter().find_map(|run| run.confusion())?;
        Some(table.iter().flatten().map(|count| u64::from(*count)).sum())
    }
}

/// How and where a run went wrong, unless it learned later all the same.
pub(crate) fn divergence(run: &RunState) -> Option<String> {
    let how = match run.failure()? {
        Failure::Diverged => "diverged",
        Failure::NotLearning => "not learning",
    };
    run.diverged_at.map(|step| format!("{how} at step {step}"))
}

/// A run's final figure.
pub(crate) fn value(run: &RunState, metric: Metric) -> Option<f64> {
    figure(run, figure_of(metric))
}

/// The figure that the study prints as this metric.
fn figure_of(metric: Metric) -> Figure {
    match metric {
        Metric::TrainLoss => Figure::TrainLoss,
        Metric::TestLoss => Figure::TestLoss,
        Metric::TestAccuracy => Figure::TestAccuracy,
        Metric::Precision(class) => Figure::Precision(class),
        Metric::Recall(class) => Figure::Recall(class),
        Metric::F1(class) => Figure::F1(class),
    }
}

/// The settings in which two specs differ, as dotted keys with both values. Those without influence on the result are
/// passed over unless `all`.
pub(crate) fn differing(one: &Spec, other: &Spec, all: bool) -> Vec<(String, Value, Value)> {
    let (one, other) =
        if all { (one.clone(), other.clone()) } else { (relevant_settings(one), relevant_settings(other)) };
    let (one, other) = (flat(&one), flat(&other));
    let mut differing = Vec::new();
    for (key, value) in &one {
        match other.iter().find(|(name, _)| name == key) {
            Some((_, twin)) if twin == value => {}
            Some((_, twin)) => differing.push((key.clone(), value.clone(), twin.clone())),
            None => differing.push((key.clone(), value.clone(), Value::Null)),
        }
    }
    let new = other.into_iter().filter(|(key, _)| one.iter().all(|(name, _)| name != key));
    differing.extend(new.map(|(key, value)| (key, Value::Null, value)));
    differing
}

/// Every setting by its dotted key, lists and features as one value each.
pub(crate) fn flat(spec: &Spec) -> Vec<(String, Value)> {
    fn walk(prefix: &str, value: Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(object) if prefix != "features." => {
                for (key, value) in object {
                    walk(&format!("{prefix}{key}."), value, found);
                }
            }
            value => found.push((prefix.trim_end_matches('.').to_owned(), value)),
        }
    }
    let mut found = Vec::new();
    walk("", serde_json::to_value(spec).unwrap_or_default(), &mut found);
    found
}

/// The groups that differ from `base` in the number at `key` at most, by that number.
pub(crate) fn sweep<'g, 'a>(groups: &'g [Group<'a>], base: &Spec, key: &str) -> Vec<(f64, &'g Group<'a>)> {
    let mut points: Vec<(f64, &Group<'_>)> = groups
        .iter()
        .filter(|group| differing(base, group.spec, false).iter().all(|(name, ..)| name == key))
        .filter_map(|group| {
            let (_, value) = flat(group.spec).into_iter().find(|(name, _)| name == key)?;
            Some((value.as_f64()?, group))
        })
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Regulariser;

    #[test]
    fn differences_are_named_by_dotted_keys() {
        let noisy = Spec {
            regulariser: Regulariser { forward_noise: 0.5, ..Regulariser::default() },
            log_every: 7,
            ..Spec::default()
        };
        let keys = |all| differing(&Spec::default(), &noisy, all).into_iter().map(|(key, ..)| key).collect::<Vec<_>>();
        assert_eq!(keys(false), ["regulariser.forward_noise"]);
        assert_eq!(keys(true), ["log_every", "regulariser.forward_noise"]);
        let hog = Experiment::HogNetwork.spec();
        let found = differing(&Experiment::Relu.spec(), &hog, false);
        assert_eq!(found.len(), 2, "features and hidden: {found:?}");
    }
}
