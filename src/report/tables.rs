//! Tables 1 to 12 of the study, each measured figure beside the printed one.
//!
//! What was not run is said to be missing. Does not depend on files.

use super::compare::{Beside, Yardstick};
use super::groups::Group;
use super::markdown::Table;
use super::text::four_digits;
use crate::fmt::number::signed;
use crate::metrics::{Summary, mean_and_deviation};
use crate::study::published::{CLASSES, Experiment, Metric};

/// Where a figure should stand and no finished run has it.
pub(crate) const MISSING: &str = "missing";

/// The groups on one data set and whether the study's figures belong beside them.
#[derive(Clone, Copy)]
pub(crate) struct ReportGroups<'a> {
    /// The groups, all on one data set.
    pub(crate) groups: &'a [Group<'a>],
    /// Whether the data is the study's.
    pub(crate) with_study: bool,
}

impl<'a> ReportGroups<'a> {
    /// The group that repeats an experiment of the study.
    pub(crate) fn experiment(&self, experiment: Experiment) -> Option<&'a Group<'a>> {
        self.groups.iter().find(|group| group.experiment() == Some(experiment))
    }

    /// A figure of an experiment of the study.
    pub(crate) fn beside(&self, experiment: Experiment, metric: Metric) -> Option<Beside> {
        Beside::of(self.experiment(experiment)?, experiment, metric, self.with_study)
    }
}

/// `0.9788 ± 0.0007`, the deviation only where there are several runs.
pub(crate) fn mean(summary: Option<Summary>) -> String {
    match summary {
        None => MISSING.to_owned(),
        Some(summary) if summary.n < 2 => four_digits(Some(summary.mean)),
        Some(summary) => format!("{} ± {}", four_digits(Some(summary.mean)), four_digits(Some(summary.deviation))),
    }
}

/// `+0.0012 (+1.7 σ)`, or in standard errors of the test set `(+2.6 SE)`.
pub(crate) fn difference(beside: Option<Beside>) -> String {
    let Some((beside, difference)) = beside.and_then(|beside| Some((beside, beside.difference()?))) else {
        return "-".to_owned();
    };
    match beside.distance() {
        None => signed(difference, 4),
        Some(Yardstick::Deviations(value)) => format!("{} ({} σ)", signed(difference, 4), signed(value, 1)),
        Some(Yardstick::Errors(value)) => format!("{} ({} SE)", signed(difference, 4), signed(value, 1)),
    }
}

fn printed(experiment: Experiment, metric: Metric) -> String {
    let Some(published) = experiment.published(metric) else { return "-".to_owned() };
    let mean = four_digits(Some(published.mean));
    published.deviation.map_or(mean.clone(), |deviation| format!("{mean} ± {}", four_digits(Some(deviation))))
}

/// Tables 7, 11 and 12: losses and accuracies of some experiments side by side.
pub(crate) fn summary(groups: ReportGroups<'_>, experiments: &[(Experiment, &str)]) -> Table {
    let mut table = Table::new(std::iter::once("").chain(experiments.iter().map(|(_, title)| *title)));
    let metrics = [
        ("Training loss", Metric::TrainLoss),
        ("Testing loss", Metric::TestLoss),
        ("Test accuracy", Metric::TestAccuracy),
    ];
    for (name, metric) in metrics {
        let row = |cell: &dyn Fn(Experiment) -> String| {
            experiments.iter().map(|(experiment, _)| cell(*experiment)).collect::<Vec<_>>()
        };
        let has_none = |experiment: Experiment| experiment.published(metric).is_none();
        let here = row(&|experiment| match groups.beside(experiment, metric) {
            None if has_none(experiment) && groups.experiment(experiment).is_some() => "-".to_owned(),
            beside => mean(beside.map(|beside| beside.here)),
        });
        table.row(std::iter::once(name.to_owned()).chain(here));
        if groups.with_study {
            let study = row(&|experiment| printed(experiment, metric));
            table.row(std::iter::once("– in the study".to_owned()).chain(study));
            let apart = row(&|experiment| difference(groups.beside(experiment, metric)));
            table.row(std::iter::once("– difference".to_owned()).chain(apart));
        }
    }
    let runs = experiments.iter().map(|(experiment, _)| {
        let finished = groups.experiment(*experiment).map_or(0, |group| group.finished.len());
        let asked = experiment.published(Metric::TestAccuracy).map_or(0, |published| published.n);
        if groups.with_study { format!("{finished} (study: {asked})") } else { finished.to_string() }
    });
    table.row(std::iter::once("Runs".to_owned()).chain(runs));
    table
}

/// Tables 2 to 4 (one model) and 8 to 10 (three): a score per class.
pub(crate) fn scores(
    groups: ReportGroups<'_>,
    experiments: &[(Experiment, &str)],
    metric: fn(usize) -> Metric,
) -> Table {
    let mut table = Table::new(std::iter::once(String::new()).chain((0..CLASSES).map(|class| class.to_string())));
    for (experiment, title) in experiments {
        let beside: Vec<_> = (0..CLASSES).map(|class| groups.beside(*experiment, metric(class))).collect();
        let here = beside.iter().map(|beside| mean_alone(*beside));
        table.row(std::iter::once((*title).to_owned()).chain(here));
        if groups.with_study {
            let study = (0..CLASSES).map(|class| printed(*experiment, metric(class)));
            table.row(std::iter::once("– in the study".to_owned()).chain(study));
            let apart = beside.iter().map(|beside| difference(*beside));
            table.row(std::iter::once("– difference".to_owned()).chain(apart));
        }
    }
    table
}

fn mean_alone(beside: Option<Beside>) -> String {
    beside.map_or(MISSING.to_owned(), |beside| four_digits(Some(beside.here.mean)))
}

/// Tables 1, 5 and 6: mean counts over the seeds, the study's counts below, and how many deviations lie between.
/// `None` without a finished run.
pub(crate) fn confusion(groups: ReportGroups<'_>, experiment: Experiment) -> Option<Table> {
    let group = groups.experiment(experiment)?;
    let tables = group.confusions(CLASSES);
    if tables.is_empty() {
        return None;
    }
    let study = experiment.confusion().filter(|_| groups.with_study);
    let mut table = Table::new(std::iter::once(String::new()).chain((0..CLASSES).map(|class| class.to_string())));
    for truth in 0..CLASSES {
        let cells = (0..CLASSES).map(|predicted| {
            let counts: Vec<f64> = tables.iter().map(|table| f64::from(table[truth][predicted])).collect();
            let here = mean_and_deviation(&counts);
            let value = if truth == predicted { format!("**{:.1}**", here.mean) } else { format!("{:.1}", here.mean) };
            let Some(study) = study else { return value };
            let printed = study[truth][predicted];
            if here.deviation > 0.0 {
                let apart = (here.mean - f64::from(printed)) / here.deviation;
                format!("{value}<br>{printed} ({} σ)", signed(apart, 1))
            } else {
                format!("{value}<br>{printed}")
            }
        });
        table.row(std::iter::once(truth.to_string()).chain(cells));
    }
    Some(table)
}
