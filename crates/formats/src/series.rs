//! Points of several metrics, each in a file or a list of its own, as rows in the order in which they were logged.
//!
//! The order within a metric is kept, whatever its steps do. Between metrics the earlier time comes first; without times,
//! the lower step. Knows no format.

use crate::Batch;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A point: step, time in seconds, value.
pub(crate) type Point = (f64, Option<f64>, f64);

/// A metric's points, in their order.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<Point>,
}

/// Adds all points to a batch; what has the same step and time is one row.
pub(crate) fn add_rows(series: &[Series], batch: &mut Batch) {
    let has_times = series.iter().all(|series| series.points.iter().all(|point| point.1.is_some()));
    let key = |point: &Point| {
        let place = if has_times { point.1.unwrap_or(0.0) } else { point.0 };
        // Bits in the order of the numbers, so that a heap takes them.
        let bits = place.to_bits() as i64;
        bits ^ (((bits >> 63) as u64) >> 1) as i64
    };
    let first =
        series.iter().enumerate().filter_map(|(at, series)| Some(Reverse((key(series.points.first()?), at, 0))));
    let mut heap: BinaryHeap<Reverse<(i64, usize, usize)>> = first.collect();
    let mut open: Option<(f64, Option<f64>)> = None;
    while let Some(Reverse((_, at, index))) = heap.pop() {
        let series = &series[at];
        let (step, time, value) = series.points[index];
        if open.is_some_and(|open| open != (step, time))
            && let Some((step, time)) = open.take()
        {
            batch.end_row(step, time);
        }
        batch.push(&series.name, value);
        open = Some((step, time));
        if let Some(next) = series.points.get(index + 1) {
            heap.push(Reverse((key(next), at, index + 1)));
        }
    }
    if let Some((step, time)) = open {
        batch.end_row(step, time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(series: &[(&str, &[Point])]) -> Vec<(f64, usize)> {
        let series: Vec<Series> =
            series.iter().map(|(name, points)| Series { name: (*name).to_owned(), points: points.to_vec() }).collect();
        let mut batch = Batch::default();
        add_rows(&series, &mut batch);
        batch.rows().map(|row| (row.step, row.values.len())).collect()
    }

    #[test]
    fn metrics_of_one_step_are_one_row() {
        let at = |step: f64| (step, None, 1.0);
        let found = rows(&[("a", &[at(0.0), at(1.0), at(2.0)]), ("b", &[at(-1.0), at(1.0)]), ("c", &[])]);
        assert_eq!(found, [(-1.0, 1), (0.0, 1), (1.0, 2), (2.0, 1)]);
    }

    #[test]
    fn times_order_what_began_again() {
        let at = |step: f64, time: f64| (step, Some(time), 1.0);
        let found = rows(&[("a", &[at(0.0, 1.0), at(5.0, 2.0), at(0.0, 4.0)]), ("b", &[at(6.0, 3.0)])]);
        assert_eq!(found, [(0.0, 1), (5.0, 1), (6.0, 1), (0.0, 1)]);
    }
}
