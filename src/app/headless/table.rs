//! The table at the end: each experiment's mean and deviation over its seeds.
//!
//! Which runs are an experiment, and which of them its figures are taken over, is decided in `state::Group`. Must not
//! know where it goes.

use super::lines::plain;
use crate::state::{Alteration, Figure, Group, GroupBy, SessionState, groups};

/// The lines of the table; none for a session without runs. Deviations are those of the sample (n - 1).
#[must_use]
pub fn table(session: &SessionState) -> Vec<String> {
    let experiments = groups(session.runs().iter().map(|run| (session, run)), GroupBy::Experiment);
    if experiments.is_empty() {
        return Vec::new();
    }
    let names = experiments.iter().map(|group| name(group).chars().count());
    let wide = names.max().unwrap_or(0).max("experiment".len());
    let mut lines = vec![
        String::new(),
        format!(
            "{:wide$}  {:>4}  {:>18}  {:>18}  {:>18}  {:>8}  ended",
            "experiment", "runs", "test accuracy", "test loss", "train loss", "seconds"
        ),
    ];
    lines.extend(experiments.iter().map(|group| row(group, wide)));
    lines
}

/// A changed run's own group goes by the run: what was changed stands at the line's end.
fn name(group: &Group<'_>) -> String {
    match (&group.alteration, group.first()) {
        (Some(_), Some(run)) => plain(&run.id),
        _ => plain(&group.key),
    }
}

fn row(group: &Group<'_>, wide: usize) -> String {
    let over = |figure| match group.summary(figure) {
        None => "-".to_owned(),
        Some(summary) if summary.n == 1 => format!("{:.4}          ", summary.mean),
        Some(summary) => format!("{:.4} +- {:.4}", summary.mean, summary.deviation),
    };
    let seconds: f64 = group.runs.iter().map(|run| run.end.as_ref().map_or(run.seconds, |end| end.seconds)).sum();
    let has_figures = group.summary(Figure::TrainLoss).or(group.summary(Figure::TestAccuracy)).is_some();
    let so_far = (has_figures && !group.is_final()).then(|| "figures so far".to_owned());
    let altered = group.alteration.as_ref().map(Alteration::words).map(|words| plain(&words));
    let notes: Vec<String> = [so_far, altered].into_iter().flatten().collect();
    let notes = if notes.is_empty() { String::new() } else { format!("; {}", notes.join("; ")) };
    format!(
        "{:wide$}  {:>4}  {:>18}  {:>18}  {:>18}  {seconds:>8.1}  {}{notes}",
        name(group),
        if has_figures || group.is_final() { group.counted().len() } else { 0 },
        over(Figure::TestAccuracy),
        over(Figure::TestLoss),
        over(Figure::TrainLoss),
        group.states()
    )
}
