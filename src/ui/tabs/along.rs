//! The horizontal axis of charts: over steps, epochs or seconds, and from where to where.
//!
//! Does not depend on which metric is drawn.

use crate::protocol::Family;
use crate::state::{Axis as Along, RunState, Series, Status};
use crate::ui::model::Model;
use crate::ui::widgets::{Axis, Scale};

/// Readings that are looked at to find out whether several share an epoch.
const LOOKED_AT: usize = 1_000;

/// Whether the run is of a model without optimisation steps, whose figures are recorded over the seconds of its fit and
/// its predictions.
pub(super) fn is_stepless(run: &RunState) -> bool {
    run.spec.as_deref().is_some_and(|spec| matches!(spec.family, Family::Knn | Family::Svm))
}

/// Whether the run's readings can be drawn over an axis.
pub(super) fn lies_over(run: &RunState, along: Along) -> bool {
    along == Along::Seconds || !is_stepless(run)
}

/// What the curves lie over: what was chosen, or steps where none of the runs knows epochs or times, as in most files of
/// other programs. Without a choice, such files lie over steps too where several readings share an epoch, for these
/// would stand in one column.
pub(super) fn along_of(model: &Model, runs: &[&RunState]) -> Along {
    let charts = &model.charts;
    if !runs.is_empty() && runs.iter().all(|run| is_stepless(run)) {
        return Along::Seconds;
    }
    let knows = |run: &RunState| match charts.axis {
        Along::Step => true,
        Along::Epoch => run.epoch > 0.0 && (charts.axis_chosen || !shares_epochs(run)),
        Along::Seconds => run.seconds > 0.0,
    };
    // What has settings, this program trains: its epochs will come.
    if runs.iter().any(|run| run.spec.is_some() && !is_stepless(run) || knows(run)) { charts.axis } else { Along::Step }
}

/// Whether readings at different steps have the same epoch.
fn shares_epochs(run: &RunState) -> bool {
    let Some(series) = run.series.values().max_by_key(|series| series.len()) else { return false };
    let mut points = series.points().take(LOOKED_AT);
    let Some(mut before) = points.next() else { return false };
    points.any(|point| {
        let shared = point.epoch == before.epoch && point.step != before.step;
        before = point;
        shared
    })
}

/// What lies below the curves, in words; steps by the name of the column that was chosen for them.
pub(super) fn along_name(model: &Model, along: Along) -> &str {
    match (along, &model.settings.step_name) {
        (Along::Step, Some(name)) => name,
        (Along::Step, None) => "steps",
        (Along::Epoch, _) => "epochs",
        (Along::Seconds, _) => "seconds",
    }
}

/// The whole axis of runs: up to the planned length where it is known; else what there is, stepping in large steps as
/// long as more may come. It begins where the runs begin, at zero where that is near.
pub(super) fn whole_span(runs: &[&RunState], along: Along) -> Option<Axis> {
    let planned = runs.iter().map(|run| planned(run, along)).reduce(|a, b| a?.max(b?).into()).flatten();
    let all = || runs.iter().filter(|run| lies_over(run, along)).flat_map(|run| run.series.values());
    let extents = all().filter_map(|series| series.extent(along));
    let extent = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some(end) = planned.filter(|length| *length > 0.0).or(extent.map(|extent| extent.1)) else {
        return extent.map(|(low, high)| Axis::growing(low, high));
    };
    let Some((low, high)) = extent else { return Some(Axis::exact(0.0, end, Scale::Linear)) };
    let readings = all().map(Series::len).max().unwrap_or(0);
    let begin = beginning(low, end, readings);
    if planned.is_some_and(|length| length > begin) {
        return Some(Axis::exact(begin, end, Scale::Linear));
    }
    if high <= low {
        // A single place stands in the middle.
        let (from, to) = if low > 0.0 { (0.0, 2.0 * low) } else { (low - 1.0, low + 1.0) };
        return Some(Axis::exact(from, to, Scale::Linear));
    }
    if runs.iter().all(|run| run.status.is_over() || run.status == Status::Quiet) {
        return Some(Axis::exact(begin, high, Scale::Linear));
    }
    Some(Axis::growing(begin, high))
}

/// Where an axis begins whose readings lie between two places: zero where the first is near it, as seen from the whole
/// length or from the distance of readings.
fn beginning(low: f64, high: f64, readings: u64) -> f64 {
    let distance = if readings > 1 { (high - low) / (readings - 1) as f64 } else { 0.0 };
    if low >= 0.0 && low <= (0.1 * (high - low)).max(2.0 * distance) { 0.0 } else { low }
}

/// The length that a run is planned to have on an axis.
fn planned(run: &RunState, along: Along) -> Option<f64> {
    let spec = run.current.as_deref()?;
    match along {
        Along::Epoch if run.steps_per_epoch > 0 => Some((spec.epochs as f64).max(run.epoch)),
        Along::Step => run.total_steps().map(|steps| (steps as f64).max(run.step as f64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Event, Metrics, Record, Spec};
    use std::sync::Arc;

    /// A run of another program with a reading at each step and epoch.
    pub(crate) fn foreign(places: &[(f64, f64)]) -> RunState {
        let mut run = RunState::new("f".into());
        for (seq, &(step, epoch)) in places.iter().enumerate() {
            let values = vec![("loss".into(), 0.5), ("epoch".into(), epoch)].into();
            let event = Event::Metrics(Metrics { step, segment: 0, values });
            run.apply(&Record { v: 1, seq: seq as u64, t: seq as f64, event });
        }
        run
    }

    #[test]
    fn a_run_without_epochs_lies_over_its_steps() {
        let mut run = foreign(&[(3.0, 0.0)]);
        let mut model = Model::new(crate::ui::Settings::default());
        assert_eq!((model.charts.axis, along_of(&model, &[&run])), (Along::Epoch, Along::Step));
        model.charts.axis = Along::Seconds;
        assert_eq!(along_of(&model, &[&run]), Along::Step);
        run.epoch = 2.0;
        model.charts.axis = Along::Epoch;
        assert_eq!(along_of(&model, &[&run]), Along::Epoch);
    }

    #[test]
    fn steps_that_share_an_epoch_lie_over_steps_until_epochs_are_chosen() {
        let run = foreign(&[(1.0, 1.0), (2.0, 1.0), (3.0, 2.0)]);
        let mut model = Model::new(crate::ui::Settings::default());
        assert_eq!(along_of(&model, &[&run]), Along::Step);
        model.charts.axis_chosen = true;
        assert_eq!(along_of(&model, &[&run]), Along::Epoch);
        model.charts.axis_chosen = false;
        assert_eq!(along_of(&model, &[&foreign(&[(1.0, 0.5), (2.0, 1.0)])]), Along::Epoch);
    }

    #[test]
    fn a_model_without_steps_lies_over_seconds() {
        let mut run = RunState::new("knn".into());
        run.spec = Some(Arc::new(Spec { family: Family::Knn, ..Spec::default() }));
        let model = Model::new(crate::ui::Settings::default());
        assert_eq!(along_of(&model, &[&run]), Along::Seconds);
        assert!(!lies_over(&run, Along::Epoch));
    }

    #[test]
    fn the_axis_begins_where_the_run_begins() {
        for status in [Status::Running, Status::Quiet, Status::Finished] {
            let span = |places: &[(f64, f64)]| {
                let mut run = foreign(places);
                run.status = status;
                whole_span(&[&run], Along::Step).unwrap()
            };
            let tuned: Vec<_> = (0..300).map(|i| (1e6 + f64::from(i), 0.0)).collect();
            let axis = span(&tuned);
            assert!(axis.low == 1e6 && axis.high < 1_000_400.0, "{status:?}: {axis:?}");
            let usual: Vec<_> = (1..=300).map(|i| (f64::from(i), 0.0)).collect();
            assert_eq!(span(&usual).low, 0.0);
            assert_eq!(span(&[(50.0, 0.0), (100.0, 0.0)]).low, 0.0, "logged every 50 steps");
            let single = span(&[(1000.0, 0.0)]);
            assert!(single.low < 1000.0 && single.high > 1000.0, "{single:?}");
        }
    }
}
