//! Courses of a metric over steps, averaged over the runs of a group.
//!
//! Does not depend on colours or axes.

use super::groups::Group;
use crate::state::{Axis, RunState, Series};

/// Points that a course over steps is drawn with.
const BINS: usize = 300;

/// A course: places, and the lowest and highest value around each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Course {
    /// Step and mean over the runs.
    pub(crate) points: Vec<(f64, f64)>,
    /// Step, lowest and highest.
    pub(crate) band: Vec<(f64, f64, f64)>,
}

/// The runs whose courses may be drawn: those that ended, diverged ones too.
fn drawn<'a>(group: &'a Group<'_>) -> impl Iterator<Item = &'a RunState> {
    let open = group.open.iter().filter(|run| run.diverged_at.is_some() && group.finished.is_empty());
    group.finished.iter().chain(open).copied()
}

/// A metric that is logged at every step: the steps fall into bins; a point is the mean over a bin's steps and over the
/// runs, the band reaches from the bin's lowest to its highest step, each averaged over the runs. `None` without data.
pub(crate) fn binned(group: &Group<'_>, metric: &str) -> Option<Course> {
    binned_over(&drawn(group).collect::<Vec<_>>(), metric)
}

/// The same over these runs.
pub(crate) fn binned_over(runs: &[&RunState], metric: &str) -> Option<Course> {
    let series: Vec<&Series> = runs.iter().filter_map(|run| run.metric(metric)).collect();
    let extents = series.iter().filter_map(|series| series.extent(Axis::Step));
    let (from, to) = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let columns: Vec<_> = series.iter().map(|series| series.columns(Axis::Step, from, to, BINS)).collect();
    let width = (to - from) / BINS as f64;
    let mut course = Course::default();
    for bin in 0..BINS {
        let there: Vec<_> = columns.iter().filter_map(|run| run[bin]).collect();
        if there.is_empty() {
            continue;
        }
        let x = from + (bin as f64 + 0.5) * width;
        let over = |value: &dyn Fn(&crate::state::Column) -> f64| {
            let finite: Vec<f64> = there.iter().filter(|column| column.finite > 0).map(value).collect();
            if finite.is_empty() { f64::NAN } else { finite.iter().sum::<f64>() / finite.len() as f64 }
        };
        course.points.push((x, over(&|column| column.mean)));
        course.band.push((x, over(&|column| column.min), over(&|column| column.max)));
    }
    (!course.points.is_empty()).then_some(course)
}

/// A metric that is logged now and then, at the same steps in every run: a point is the mean over the runs that have
/// this step, the band reaches from the lowest run to the highest. `None` without data.
pub(crate) fn pointwise(group: &Group<'_>, metric: &str) -> Option<Course> {
    pointwise_over(&drawn(group).collect::<Vec<_>>(), metric)
}

/// The same over these runs.
pub(crate) fn pointwise_over(runs: &[&RunState], metric: &str) -> Option<Course> {
    let mut values: std::collections::BTreeMap<u64, Vec<f64>> = std::collections::BTreeMap::new();
    for point in runs.iter().filter_map(|run| run.metric(metric)).flat_map(Series::points) {
        if point.step >= 0.0 {
            values.entry(point.step as u64).or_default().push(point.value);
        }
    }
    let mut course = Course::default();
    for (step, values) in values {
        let finite: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let mean = if finite.is_empty() { f64::NAN } else { finite.iter().sum::<f64>() / finite.len() as f64 };
        let x = step as f64;
        course.points.push((x, mean));
        let ends = (finite.iter().copied().fold(f64::NAN, f64::min), finite.iter().copied().fold(f64::NAN, f64::max));
        course.band.push((x, ends.0, ends.1));
    }
    (!course.points.is_empty()).then_some(course)
}
