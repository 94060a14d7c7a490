//! Runs that belong together, most often the seeds of one experiment, and the band that their curves make.
//!
//! Must not know how groups are drawn.

use super::fields::field_text;
use super::figures::{Figure, summarise};
use super::run::RunState;
use super::series::{Axis, Series};
use crate::metrics::{Summary, mean_and_deviation};

/// What runs are grouped by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// Every run for itself.
    Run,
    /// The experiment's name: its seeds together.
    #[default]
    Name,
    /// A setting, by its name in a suite: `activation`, `regulariser.l2`.
    Field(String),
}

/// Runs that belong together.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// What they have in common.
    pub label: String,
    /// The runs, in the order in which they were given.
    pub runs: Vec<&'a RunState>,
}

/// One place of a band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPoint {
    /// The place on the axis.
    pub x: f64,
    /// Mean and deviation of the runs' values there; `n` of them.
    pub value: Summary,
}

/// The runs in groups, in the order in which each group's first run was given.
#[must_use]
pub fn groups<'a>(runs: impl IntoIterator<Item = &'a RunState>, by: &GroupBy) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for run in runs {
        let label = match by {
            GroupBy::Run => run.id.to_string(),
            GroupBy::Name => run.name.clone(),
            GroupBy::Field(field) => run.spec.as_deref().and_then(|spec| field_text(spec, field)).unwrap_or_default(),
        };
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { label, runs: vec![run] }),
        }
    }
    groups
}

impl Group<'_> {
    /// Mean and deviation of a final figure over the runs that have it.
    #[must_use]
    pub fn figure(&self, figure: Figure) -> Option<Summary> {
        summarise(self.runs.iter().copied(), figure)
    }

    /// Mean and deviation of a metric's course over the runs, between two places on an axis and in at most `width`
    /// places. Where all runs were read at the same places and those are no more than `width`, these; else columns.
    #[must_use]
    pub fn band(&self, metric: &str, axis: Axis, from: f64, to: f64, width: usize) -> Vec<BandPoint> {
        let courses: Vec<&Series> = self.runs.iter().filter_map(|run| run.metric(metric)).collect();
        if let Some(places) = shared_places(&courses, axis, from, to).filter(|places| places.len() <= width) {
            return places;
        }
        let columns: Vec<_> = courses.iter().map(|series| series.columns(axis, from, to, width)).collect();
        let step = (to - from) / width.max(1) as f64;
        (0..width)
            .filter_map(|at| {
                let present = columns.iter().filter_map(|columns| columns[at].filter(|column| column.finite > 0));
                let values: Vec<f64> = present.map(|column| column.mean).collect();
                let x = from + step * (at as f64 + 0.5);
                (!values.is_empty()).then(|| BandPoint { x, value: mean_and_deviation(&values) })
            })
            .collect()
    }
}

/// The band at the places that all courses were read at; `None` when they were not, beyond that some end earlier.
fn shared_places(courses: &[&Series], axis: Axis, from: f64, to: f64) -> Option<Vec<BandPoint>> {
    if courses.iter().any(|series| !series.is_exact()) {
        return None;
    }
    let longest = courses.iter().max_by_key(|series| series.len())?;
    let courses: Vec<Vec<(f64, f64)>> =
        courses.iter().map(|series| series.points().map(|point| (point.x(axis), point.value)).collect()).collect();
    let mut places = Vec::new();
    for (at, point) in longest.points().enumerate() {
        let x = point.x(axis);
        let here: Vec<(f64, f64)> = courses.iter().filter_map(|course| course.get(at).copied()).collect();
        if here.iter().any(|(other, _)| other.to_bits() != x.to_bits()) {
            return None;
        }
        let values: Vec<f64> = here.into_iter().map(|(_, value)| value).filter(|value| value.is_finite()).collect();
        if (from..=to).contains(&x) && !values.is_empty() {
            places.push(BandPoint { x, value: mean_and_deviation(&values) });
        }
    }
    Some(places)
}
