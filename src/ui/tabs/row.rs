//! A run as a table shows it: the glyph of its state, its progress in words.
//!
//! Does not depend on which table.

use crate::fmt::number;
use crate::protocol::{Family, Status};
use crate::state::{RunState, loss_metric};
use crate::ui::theme::Theme;
use ratatui::style::Style;

/// The glyph and colour of a state.
pub(in crate::ui) fn state_glyph(status: Status, theme: Theme) -> (&'static str, Style) {
    let glyphs = theme.glyphs();
    match status {
        Status::Queued => (glyphs.queued, theme.muted()),
        Status::Running => (glyphs.running, theme.good()),
        Status::Paused => (glyphs.paused, theme.warn()),
        Status::Quiet => (glyphs.quiet, theme.warn()),
        Status::Finished => (glyphs.finished, theme.good()),
        Status::Stopped => (glyphs.stopped, theme.muted()),
        Status::Failed => (glyphs.failed, theme.bad()),
        Status::Diverged => (glyphs.diverged, theme.bad()),
        Status::NotLearning => (glyphs.not_learning, theme.bad()),
        Status::Interrupted => (glyphs.interrupted, theme.warn()),
    }
}

/// A run's state in words: `diverged at step 2814`, `quiet 5 min`.
pub(super) fn state_text(run: &RunState) -> String {
    let name = run.status.name();
    match (run.diverged_at, run.quiet_for()) {
        (Some(step), _) if run.status == Status::Diverged => format!("{name} at step {step}"),
        (Some(step), _) if run.status == Status::NotLearning => format!("{name}, as seen at step {step}"),
        (_, Some(seconds)) if run.status == Status::Quiet => format!("{name} {}", number::age(seconds)),
        _ => name.to_owned(),
    }
}

/// How far a run is: epochs of all, a part of the work, or how it ended.
pub(super) fn progress_text(run: &RunState) -> String {
    match (run.status, run.current.as_deref()) {
        (Status::Diverged | Status::NotLearning | Status::Failed, _) => run.status.name().to_owned(),
        (Status::Queued, _) => String::new(),
        (_, Some(spec)) if spec.family == Family::Mlp => {
            format!("{}/{}", epochs_done(run), spec.epochs)
        }
        (_, Some(_)) => classic_phase(run).to_owned(),
        (_, None) => number::count(run.step),
    }
}

/// Epochs that are over, evaluation and all; by the steps done in a log that has no figures of epochs.
fn epochs_done(run: &RunState) -> u64 {
    let done = run.last_epoch().map_or(0.0, |epoch| epoch.epoch);
    let done = if run.epoch - done >= 2.0 || run.has_ended() { run.epoch } else { done };
    done.floor() as u64
}

/// What a classic model is at.
fn classic_phase(run: &RunState) -> &'static str {
    match (&run.features, &run.fitted, &run.predicted) {
        _ if run.status == Status::Finished => "done",
        (_, _, Some(_)) => "predicts",
        (_, Some(_), None) => "fits",
        (Some(_), None, None) => "features",
        _ => "begins",
    }
}

/// The loss for a sparkline: one value an epoch, so that it changes once an epoch.
pub(super) fn loss_course(run: &RunState, cells: usize) -> Vec<f64> {
    let of_another = if run.spec.is_none() { loss_metric(run).unwrap_or("") } else { "" };
    for metric in ["epoch_train_loss", "objective", "train_loss", of_another] {
        if let Some(series) = run.metric(metric) {
            let values: Vec<f64> = series.points().map(|point| point.value).collect();
            if metric == "epoch_train_loss" || values.len() <= cells {
                return values;
            }
            // Many points without epochs: thinned to whole buckets, so that only the newest cell changes.
            let bucket = values.len().div_ceil(cells).next_power_of_two();
            return values
                .chunks(bucket)
                .map(|chunk| chunk.iter().copied().fold(f64::NEG_INFINITY, f64::max))
                .collect();
        }
    }
    Vec::new()
}
