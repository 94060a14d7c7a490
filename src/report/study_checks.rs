//! What the study says in words, held against the runs.
//!
//! Each claim is decided by a rule over the logs, or said to be undecided where a run is missing. Does not depend on files.

use super::groups::Group;
use super::markdown::Table;
use super::study_charts::{activated, regularised, with_spec};
use super::sweeps::{GRIDS, short};
use super::tables::{MISSING, ReportGroups};
use super::text::four_digits;
use crate::protocol::{Activation, Spec};
use crate::study::published::{self, Experiment, Metric};
use std::fmt::Write;

/// Loss of a net that tells nothing: ln 10, rounded down a little.
const CHANCE: f64 = 2.29;

/// What was found, and whether it bears the claim out.
type Finding = Option<(String, bool)>;

/// The claims with what was found of each.
fn claims(shelf: ReportGroups<'_>) -> [(&'static str, Finding); 12] {
    [
        ("Learning rates 0.1 and 1.0 converge, very small and very high ones do not (section 3.2)", rates(shelf)),
        (
            "0.05 is the best learning rate of the grid (section 3)",
            winner(shelf, "learning_rate", published::LEARNING_RATE),
        ),
        ("Sigmoid confuses 3, 5 and 8: their F1 is among the lowest (section 3.3)", confused(shelf)),
        (
            "ReLU beats tanh beats sigmoid in accuracy (section 4.3)",
            order(shelf, &[Experiment::Sigmoid, Experiment::Tanh, Experiment::Relu]),
        ),
        ("With ReLU about half of the neurons are inactive in the beginning (section 4.4)", inactive_first(shelf)),
        ("With ReLU more than 90 % are inactive at the end (section 4.4)", inactive_last(shelf)),
        ("With sigmoid and tanh far fewer are inactive at the end (section 4.4)", inactive_others(shelf)),
        ("Forward noise of deviation 1 still converges, to about 0.86 (section 5.1)", forward(shelf)),
        ("Backward noise above 0.05 makes the loss explode (section 5.1)", backward(shelf)),
        (
            "Augmented data beat the baseline in accuracy (section 5.4)",
            order(shelf, &[Experiment::Sigmoid, Experiment::Augmentation]),
        ),
        ("0.0001 is the best lambda, and still a little worse than none (section 5.3)", lambda(shelf)),
        (
            "On HOG features the network beats the SVM, and the SVM k-NN (section 6.2)",
            order(shelf, &[Experiment::Knn, Experiment::Svm, Experiment::HogNetwork]),
        ),
    ]
}

/// The claims that the runs do not bear out, one point each.
pub(crate) fn failing(shelf: ReportGroups<'_>) -> Vec<String> {
    let failing = claims(shelf).into_iter().filter_map(|(claim, finding)| Some((claim, finding?)));
    failing
        .filter(|(_, (_, holds))| !holds)
        .map(|(claim, (found, _))| format!("**Not found: {claim}.** Here: {found}."))
        .collect()
}

/// How many claims the runs decide, either way.
pub(crate) fn decided(shelf: ReportGroups<'_>) -> usize {
    claims(shelf).into_iter().filter(|(_, finding)| finding.is_some()).count()
}

/// One row a claim.
pub(crate) fn table(shelf: ReportGroups<'_>) -> Table {
    let mut table = Table::new(["The study says", "Found here", "Holds"]);
    for (claim, finding) in claims(shelf) {
        let (found, holds) =
            finding.map_or((MISSING.to_owned(), "-"), |(found, holds)| (found, if holds { "yes" } else { "no" }));
        table.row([claim.to_owned(), found, holds.to_owned()]);
    }
    table
}

fn final_loss(group: &Group<'_>) -> Option<f64> {
    let last = group.open.iter().find(|run| run.diverged_at.is_some()).and_then(|run| run.train_loss()).map(f64::from);
    group.summary(Metric::TrainLoss).map(|loss| loss.mean).or(last)
}

fn accuracy(group: &Group<'_>) -> Option<f64> {
    group.summary(Metric::TestAccuracy).map(|accuracy| accuracy.mean)
}

fn rates(shelf: ReportGroups<'_>) -> Finding {
    let loss = |rate: f32| with_spec(shelf, &Spec { learning_rate: rate, ..Spec::default() }).and_then(final_loss);
    let losses: Option<Vec<f64>> = published::LEARNING_RATES.into_iter().map(loss).collect();
    let losses = losses?;
    let (best, ends) = ([losses[3], losses[4]], [losses[0], losses[5]]);
    // A loss that is not finite has certainly not converged.
    let fails = |loss: f64| !loss.is_finite() || loss > 1.0;
    let holds = best.iter().all(|loss| *loss < 0.5) && ends.iter().all(|loss| fails(*loss));
    let found: Vec<String> = published::LEARNING_RATES
        .iter()
        .zip(&losses)
        .map(|(rate, loss)| format!("{}: {}", short(f64::from(*rate)), four_digits(Some(*loss))))
        .collect();
    Some((format!("final training loss {}", found.join(", ")), holds))
}

fn winner(shelf: ReportGroups<'_>, key: &str, expected: f32) -> Finding {
    let grid = GRIDS.iter().find(|grid| grid.key == key)?;
    if !grid.missing(shelf).is_empty() {
        return None;
    }
    let places = grid.ranking(shelf);
    let first = places.first()?;
    let found = format!("{} wins with {}", short(first.value), four_digits(Some(first.accuracy)));
    Some((found, super::sweeps::close(first.value, f64::from(expected))))
}

fn confused(shelf: ReportGroups<'_>) -> Finding {
    let group = shelf.experiment(Experiment::Sigmoid)?;
    let mut scores: Vec<(f64, usize)> =
        (0..published::CLASSES).filter_map(|class| Some((group.summary(Metric::F1(class))?.mean, class))).collect();
    if scores.len() != published::CLASSES {
        return None;
    }
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lowest: Vec<usize> = scores.iter().take(4).map(|(_, class)| *class).collect();
    let words: Vec<String> =
        scores.iter().take(4).map(|(score, class)| format!("{class} ({})", four_digits(Some(*score)))).collect();
    Some((format!("lowest F1: {}", words.join(", ")), [3, 5, 8].iter().all(|class| lowest.contains(class))))
}

/// Whether the accuracies rise in this order.
fn order(shelf: ReportGroups<'_>, rising: &[Experiment]) -> Finding {
    let values: Option<Vec<f64>> =
        rising.iter().map(|experiment| shelf.experiment(*experiment).and_then(accuracy)).collect();
    let values = values?;
    let words: Vec<String> =
        rising.iter().zip(&values).map(|(experiment, value)| format!("{} {value:.4}", experiment.name())).collect();
    Some((words.join(", "), values.is_sorted_by(|a, b| a < b)))
}

/// First and last share of inactive neurons, each the mean over a tenth of the course.
pub(crate) fn inactive_ends(group: &Group<'_>) -> Option<(f64, f64)> {
    let course = super::curves::binned(group, "inactive")?.points;
    let last = (course.len() / 10).max(1);
    let end: f64 = course[course.len() - last..].iter().map(|point| point.1).sum::<f64>() / last as f64;
    Some((course.first()?.1, end))
}

fn inactive_of(shelf: ReportGroups<'_>, experiment: Experiment) -> Option<(f64, f64)> {
    shelf.experiment(experiment).and_then(inactive_ends)
}

fn inactive_first(shelf: ReportGroups<'_>) -> Finding {
    let (first, _) = inactive_of(shelf, Experiment::Relu)?;
    Some((format!("{:.1} %", 100.0 * first), (first - published::INACTIVE_RELU_FIRST).abs() < 0.1))
}

fn inactive_last(shelf: ReportGroups<'_>) -> Finding {
    let (_, last) = inactive_of(shelf, Experiment::Relu)?;
    Some((format!("{:.1} % over the last tenth of the steps", 100.0 * last), last > published::INACTIVE_RELU_LAST))
}

fn inactive_others(shelf: ReportGroups<'_>) -> Finding {
    let of = |experiment| inactive_of(shelf, experiment).map(|ends| ends.1);
    let (relu, tanh, sigmoid) = (of(Experiment::Relu)?, of(Experiment::Tanh)?, of(Experiment::Sigmoid)?);
    let found = format!("tanh {:.1} %, sigmoid {:.1} %, ReLU {:.1} %", 100.0 * tanh, 100.0 * sigmoid, 100.0 * relu);
    Some((found, tanh < relu - 0.1 && sigmoid < relu - 0.1))
}

fn forward(shelf: ReportGroups<'_>) -> Finding {
    let noisy = |activation| {
        let spec = Spec { activation, ..regularised(|regulariser| regulariser.forward_noise = 1.0) };
        with_spec(shelf, &spec).and_then(accuracy)
    };
    let sigmoid = noisy(Activation::Sigmoid)?;
    let others = [("tanh", noisy(Activation::Tanh)), ("relu", noisy(Activation::Relu))];
    let others: Vec<String> =
        others.into_iter().filter_map(|(name, value)| Some(format!("{name} {:.4}", value?))).collect();
    let mut found = format!("sigmoid {sigmoid:.4}{}{}", if others.is_empty() { "" } else { ", " }, others.join(", "));
    if let Some((below, above)) = passing(shelf, "regulariser.forward_noise", published::ACCURACY_AT_FORWARD_NOISE_1) {
        let (below, above) = (short(below), short(above));
        let _ = write!(found, "; sigmoid falls through 0.86 between deviations {below} and {above}");
    }
    Some((found, (sigmoid - published::ACCURACY_AT_FORWARD_NOISE_1).abs() < 0.03))
}

/// The neighbouring values of a grid between which the accuracy falls through `level`.
fn passing(shelf: ReportGroups<'_>, key: &str, level: f64) -> Option<(f64, f64)> {
    let grid = GRIDS.iter().find(|grid| grid.key == key)?;
    let points: Vec<(f64, f64)> =
        grid.points(shelf).into_iter().filter_map(|(value, group)| Some((value, accuracy(group)?))).collect();
    points.windows(2).find(|pair| pair[0].1 >= level && pair[1].1 < level).map(|pair| (pair[0].0, pair[1].0))
}

fn backward(shelf: ReportGroups<'_>) -> Finding {
    let grid = GRIDS.iter().find(|grid| grid.key == "regulariser.backward_noise")?;
    let points: Vec<(f64, f64)> =
        grid.points(shelf).into_iter().filter_map(|(value, group)| Some((value, final_loss(group)?))).collect();
    let limit = f64::from(published::BACKWARD_NOISE_LIMIT);
    let (below, above): (Vec<_>, Vec<_>) = points.iter().partition(|(value, _)| *value < limit * 0.999);
    if above.is_empty() || below.len() < 2 {
        return None;
    }
    let fails = |loss: f64| !loss.is_finite() || loss > CHANCE;
    let holds = above.iter().all(|(_, loss)| fails(*loss)) && below.iter().all(|(_, loss)| !fails(*loss));
    let words: Vec<String> =
        points.iter().map(|(value, loss)| format!("{}: {}", short(*value), four_digits(Some(*loss)))).collect();
    let first = points.iter().find(|(_, loss)| fails(*loss)).map_or(String::new(), |(value, _)| {
        format!("; at chance, {:.4}, or above from {} on", 10_f64.ln(), short(*value))
    });
    Some((format!("final training loss {}{first}", words.join(", ")), holds))
}

fn lambda(shelf: ReportGroups<'_>) -> Finding {
    let grid = GRIDS.iter().find(|grid| grid.key == "regulariser.l2")?;
    if !grid.missing(shelf).is_empty() {
        return None;
    }
    let places = grid.ranking(shelf);
    let without = places.iter().find(|place| super::sweeps::close(place.value, 0.0))?.accuracy;
    let best = places.iter().find(|place| place.value > 0.0)?;
    let printed =
        places.iter().find(|place| super::sweeps::close(place.value, f64::from(published::BEST_L2)))?.accuracy;
    let found = format!(
        "{} is best with {:.4}, 0.0001 gives {printed:.4}, none {without:.4}",
        short(best.value),
        best.accuracy
    );
    Some((found, super::sweeps::close(best.value, f64::from(published::BEST_L2)) && best.accuracy < without))
}

/// What the rectifiers do that the study proposes and does not try: one row each.
pub(crate) fn rectifiers(shelf: ReportGroups<'_>) -> Table {
    let mut table = Table::new([
        "",
        "runs",
        "test accuracy",
        "training loss",
        "inactive at first",
        "inactive at the end",
        "dead at the end",
    ]);
    for (name, activation) in
        [("ReLU", Activation::Relu), ("leaky ReLU", Activation::LeakyRelu), ("PReLU", Activation::Prelu)]
    {
        let group = with_spec(shelf, &activated(activation)).filter(|group| !group.finished.is_empty());
        let Some(group) = group else {
            table.row([name, "0", MISSING, MISSING, MISSING, MISSING, MISSING]);
            continue;
        };
        let percent = |share: Option<f64>| share.map_or(MISSING.to_owned(), |share| format!("{:.1} %", 100.0 * share));
        let ends = inactive_ends(group);
        table.row([
            name.to_owned(),
            group.finished.len().to_string(),
            super::tables::mean(group.summary(Metric::TestAccuracy)),
            super::tables::mean(group.summary(Metric::TrainLoss)),
            percent(ends.map(|ends| ends.0)),
            percent(ends.map(|ends| ends.1)),
            percent(dead(group)),
        ]);
    }
    table
}

/// Share of dead units over all hidden layers at the end, mean over the runs.
fn dead(group: &Group<'_>) -> Option<f64> {
    let units: Vec<f64> = group.spec.hidden.iter().map(|units| *units as f64).collect();
    let share = |layers: &[f32]| {
        let dead: f64 = layers.iter().zip(&units).map(|(share, units)| f64::from(*share) * units).sum();
        dead / units.iter().sum::<f64>()
    };
    let shares: Vec<f64> = group
        .finished
        .iter()
        .filter_map(|run| run.inactive.as_ref())
        .filter(|inactive| inactive.dead_per_layer.len() == units.len())
        .map(|inactive| share(&inactive.dead_per_layer))
        .collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}
