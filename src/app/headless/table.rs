//! The table at the end: each experiment's mean and deviation over its seeds.
//!
//! Must not know where it goes.

use super::lines::plain;
use crate::metrics::mean_and_deviation;
use crate::state::{RunState, SessionState, Status};

/// The lines of the table; none for a session without runs. Deviations are those of the sample (n - 1).
#[must_use]
pub fn table(session: &SessionState) -> Vec<String> {
    let mut experiments: Vec<(&str, Vec<&RunState>)> = Vec::new();
    for run in session.runs() {
        match experiments.iter_mut().find(|(name, _)| *name == run.name) {
            Some((_, runs)) => runs.push(run),
            None => experiments.push((&run.name, vec![run])),
        }
    }
    if experiments.is_empty() {
        return Vec::new();
    }
    let wide = experiments.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max("experiment".len());
    let mut lines = vec![
        String::new(),
        format!(
            "{:wide$}  {:>4}  {:>18}  {:>18}  {:>18}  {:>8}  ended",
            "experiment", "runs", "test accuracy", "test loss", "train loss", "seconds"
        ),
    ];
    lines.extend(experiments.iter().map(|(name, runs)| row(name, runs, wide)));
    lines
}

fn row(name: &str, runs: &[&RunState], wide: usize) -> String {
    let finished: Vec<&RunState> = runs.iter().copied().filter(|run| run.status == Status::Finished).collect();
    let over = |figure: fn(&RunState) -> Option<f32>| {
        let values: Vec<f64> = finished.iter().filter_map(|run| figure(run)).map(f64::from).collect();
        let summary = mean_and_deviation(&values);
        match summary.n {
            0 => "-".to_owned(),
            1 => format!("{:.4}          ", summary.mean),
            _ => format!("{:.4} +- {:.4}", summary.mean, summary.deviation),
        }
    };
    let seconds: f64 = runs.iter().map(|run| run.end.as_ref().map_or(run.seconds, |end| end.seconds)).sum();
    let ended: Vec<String> = Status::ALL
        .into_iter()
        .map(|status| (status, runs.iter().filter(|run| run.status == status).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| format!("{count} {}", status.name()))
        .collect();
    format!(
        "{:wide$}  {:>4}  {:>18}  {:>18}  {:>18}  {seconds:>8.1}  {}",
        plain(name),
        finished.len(),
        over(RunState::test_accuracy),
        over(RunState::test_loss),
        over(RunState::train_loss),
        ended.join(", ")
    )
}
