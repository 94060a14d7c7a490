//! What does not agree with the study, and what the runs themselves say of the reason.
//!
//! A figure is listed when it lies further from the printed one than `compare::AGREES_WITHIN` allows. The reasons come
//! from rules over the logs: whether the printed loss is one of single batches, at which epoch the course here passes
//! it, and whether a run that differs in one setting meets it. Does not depend on files.

use super::compare::{Beside, Yardstick, beyond_by_chance};
use super::groups::Group;
use super::sweeps::variants;
use super::tables::ReportGroups;
use super::text::four_digits;
use crate::fmt::number::signed;
use crate::metrics::mean_and_deviation;
use crate::state::{RunState, Series};
use crate::study::published::{CLASSES, Experiment, Metric};

/// The list, one sentence or two a point, in the order of the study.
pub(crate) fn list(shelf: ReportGroups<'_>) -> Vec<String> {
    let mut points = Vec::new();
    for experiment in Experiment::ALL {
        let Some(group) = shelf.experiment(experiment) else { continue };
        for (name, metric) in
            [("training loss", Metric::TrainLoss), ("test loss", Metric::TestLoss), ("accuracy", Metric::TestAccuracy)]
        {
            let Some(beside) = shelf.beside(experiment, metric).filter(Beside::disagrees) else { continue };
            points.push(format!(
                "{} {}",
                headline(experiment, name, beside),
                reasons(shelf, experiment, group, metric, beside)
            ));
        }
        points.extend(scores(shelf, experiment));
    }
    points.extend(crate::report::study_checks::failing(shelf));
    points
}

/// How many losses and accuracies of the study have one of a run here beside them.
pub(crate) fn compared(shelf: ReportGroups<'_>) -> usize {
    let metrics = [Metric::TrainLoss, Metric::TestLoss, Metric::TestAccuracy];
    let pairs = Experiment::ALL.into_iter().flat_map(|experiment| metrics.map(|metric| (experiment, metric)));
    pairs.filter(|(experiment, metric)| shelf.beside(*experiment, *metric).is_some_and(|it| it.study.is_some())).count()
}

fn headline(experiment: Experiment, name: &str, beside: Beside) -> String {
    let (printed, table) = beside.study.map_or((f64::NAN, 0), |study| (study.mean, study.table));
    let apart = match beside.distance() {
        Some(Yardstick::Deviations(value)) => format!("{value:+.1} standard deviations"),
        Some(Yardstick::Errors(value)) => format!("{value:+.1} standard errors of the test set"),
        None => String::new(),
    };
    let (here, printed) = (four_digits(Some(beside.here.mean)), four_digits(Some(printed)));
    format!("**{}, {name}: {here} here, {printed} in table {table} ({apart}).**", experiment.name())
}

/// The reasons that the rules find, or that they find none.
fn reasons(
    shelf: ReportGroups<'_>,
    experiment: Experiment,
    group: &Group<'_>,
    metric: Metric,
    beside: Beside,
) -> String {
    let printed = beside.study.map_or(f64::NAN, |study| study.mean);
    let n = beside.study.map_or(1, |study| study.n.max(1));
    let mut found = Vec::new();
    if metric == Metric::TrainLoss {
        found.extend(last_batches(group, printed, n));
    }
    found.extend(epoch_that_passes(group, metric, printed));
    if metric == Metric::TestAccuracy {
        found.extend(last_epochs(group, printed));
    }
    let apart = (beside.here.mean - printed).abs();
    if let Some((setting, mean, _)) = variants(shelf, &experiment.spec(), metric, printed)
        .into_iter()
        .find(|(_, mean, _)| (mean - printed).abs() < 0.5 * apart)
    {
        let left = (mean - printed).abs() / apart;
        found.push(format!(
            "Of the runs here that differ in one setting, {setting} comes nearest with {} ({:.0} % of the difference left).",
            four_digits(Some(mean)),
            100.0 * left
        ));
    }
    if matches!(beside.distance(), Some(Yardstick::Errors(_))) {
        found.push("This model draws nothing at random, so its input must differ from the study's.".to_owned());
    }
    found.extend(measured_elsewhere(experiment, metric).map(str::to_owned));
    if found.is_empty() {
        found.push(
            "No rule here finds a reason: no epoch passes the printed figure, and no run that differs in one setting halves the \
             difference.".to_owned(),
        );
    }
    found.join(" ")
}

/// What other tools gave on the same images and features (scikit-image 0.26, scikit-learn 1.9, FAISS, PyTorch 2.15), where
/// the logs alone leave the reason open.
fn measured_elsewhere(experiment: Experiment, metric: Metric) -> Option<&'static str> {
    match (experiment, metric) {
        (Experiment::HogNetwork, Metric::TestAccuracy) => Some(
            "Measured outside these logs: the same network in PyTorch on the same features reaches 0.9789 ± 0.0011 over 10 \
             seeds, so the difference is the reading's, not the program's.",
        ),
        (Experiment::Knn, Metric::TestAccuracy) => Some(
            "Measured outside these logs: scikit-learn gives the same 0.9677; scikit-image's other block norms give 0.9658 (L1) \
             and 0.9647 (L2), square roots of the pixels 0.9666, one-sided differences 0.95 to 0.96, no block norm 0.9612, and \
             30,000 training images 0.9625: none of them is 0.9631.",
        ),
        (Experiment::Svm, Metric::TestAccuracy) => Some(
            "Measured outside these logs: scikit-learn's LinearSVC gives the same 0.9729 with C = 1, and 0.9719 on 30,000 or \
             0.9699 on 20,000 training images.",
        ),
        _ => None,
    }
}

/// The training loss here is the mean over the last epoch. A figure taken from the last batches alone scatters.
fn last_batches(group: &Group<'_>, printed: f64, n: u32) -> Option<String> {
    let batches: Vec<f64> = group.finished.iter().flat_map(|run| last_epoch_steps(run)).collect();
    if batches.len() < 30 {
        return None;
    }
    let summary = mean_and_deviation(&batches);
    let error = summary.deviation / f64::from(n).sqrt();
    let apart = (printed - summary.mean) / error;
    let verdict = if apart.abs() <= 2.0 {
        "so a figure read off the last batches instead of averaged over the epoch would explain it"
    } else {
        "so reading it off the last batches would not explain it"
    };
    Some(format!(
        "Single batches of the last epoch scatter by {}; the mean of {n} of them would be {:.1} of its deviations from the \
         printed figure, {verdict}.",
        four_digits(Some(summary.deviation)),
        apart.abs()
    ))
}

fn last_epoch_steps(run: &RunState) -> Vec<f64> {
    let from = run.step.saturating_sub(run.steps_per_epoch) as f64;
    let points = run.metric("train_loss").into_iter().flat_map(Series::points);
    points.filter(|point| point.step > from && point.value.is_finite()).map(|point| point.value).collect()
}

/// The epoch at which the mean course here passes the printed figure.
fn epoch_that_passes(group: &Group<'_>, metric: Metric, printed: f64) -> Option<String> {
    let pick = |run: &RunState, index: usize| {
        let epoch = run.epochs.get(index)?;
        match metric {
            Metric::TrainLoss => Some(epoch.train_loss),
            Metric::TestLoss => epoch.test_loss,
            Metric::TestAccuracy => epoch.test_accuracy,
            _ => None,
        }
        .map(f64::from)
    };
    let epochs = group.finished.iter().map(|run| run.epochs.len()).min()?;
    let course: Vec<f64> = (0..epochs)
        .map(|index| {
            let values: Vec<f64> = group.finished.iter().filter_map(|run| pick(run, index)).collect();
            mean_and_deviation(&values).mean
        })
        .collect();
    let passed = (1..course.len()).find(|index| (course[index - 1] - printed) * (course[*index] - printed) <= 0.0)?;
    let share = (printed - course[passed - 1]) / (course[passed] - course[passed - 1]);
    let at = passed as f64 + if share.is_finite() { share } else { 0.0 };
    Some(format!("The course here passes the printed figure after {at:.1} of {epochs} epochs."))
}

/// Epochs at the end of a course over which an accuracy should stand still.
const LAST_EPOCHS: usize = 5;

/// How much the accuracy of one run moves from one epoch to the next at the end, against how far the printed one is.
fn last_epochs(group: &Group<'_>, printed: f64) -> Option<String> {
    let mut all = Vec::new();
    let mut moves = Vec::new();
    for run in &group.finished {
        let course: Vec<f64> = run.epochs.iter().filter_map(|epoch| epoch.test_accuracy).map(f64::from).collect();
        let last = course.get(course.len().checked_sub(LAST_EPOCHS)?..)?;
        all.extend_from_slice(last);
        moves.extend(last.windows(2).map(|pair| pair[1] - pair[0]));
    }
    if moves.is_empty() {
        return None;
    }
    let mean = mean_and_deviation(&all).mean;
    let step = (moves.iter().map(|change| change * change).sum::<f64>() / moves.len() as f64).sqrt();
    Some(format!(
        "Over the last {LAST_EPOCHS} epochs a run's accuracy moves by {} from each epoch to the next (root mean square); its \
         mean over them is {}, {} from the printed figure.",
        four_digits(Some(step)),
        four_digits(Some(mean)),
        signed(mean - printed, 4)
    ))
}

/// The per-class scores that do not agree, in one point for each experiment.
fn scores(shelf: ReportGroups<'_>, experiment: Experiment) -> Option<String> {
    type Pick = fn(usize) -> Metric;
    let kinds: [(&str, Pick); 3] = [("precision", Metric::Precision), ("recall", Metric::Recall), ("F1", Metric::F1)];
    let runs = shelf.experiment(experiment).map_or(0, |group| group.finished.len());
    let mut far = Vec::new();
    let mut compared = 0;
    for (name, metric) in kinds {
        for class in 0..CLASSES {
            let Some(beside) = shelf.beside(experiment, metric(class)) else { continue };
            compared += usize::from(beside.distance().is_some());
            if let (true, Some(distance), Some(study)) = (beside.disagrees(), beside.distance(), beside.study) {
                far.push((
                    distance.value(),
                    format!("{name} of {class} {:.4} for {:.4}", beside.here.mean, study.mean),
                ));
            }
        }
    }
    if far.is_empty() {
        return None;
    }
    far.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let worst: Vec<String> = far.iter().take(3).map(|(value, words)| format!("{words} ({value:+.1} σ)")).collect();
    Some(format!(
        "**{}, scores per class: {} of {compared} lie more than 2 standard deviations apart**, the furthest {}. The study \
         prints the scores of one run; were it one of those here, chance would put about {:.0} of {compared} so far from \
         the mean of {runs}.",
        experiment.name(),
        far.len(),
        worst.join(", "),
        compared as f64 * beyond_by_chance(runs)
    ))
}
