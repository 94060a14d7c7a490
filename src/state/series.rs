//! The course of one metric in bounded memory: every point up to [`EXACT`], from then on buckets of neighbours that
//! keep their first, last, lowest and highest point, so that no peak is ever lost.
//!
//! Buckets pair up whenever they become too many, as in the min-max decimation of oscilloscopes. What a series holds
//! depends on nothing but the points pushed, in their order. Does not depend on what a metric means or how it is drawn.

/// Points up to which a series is exact.
pub(super) const EXACT: usize = 32_768;

/// Buckets at which neighbours are merged; afterwards half as many remain.
const MAX_BUCKETS: usize = 8_192;

/// What a metric is drawn over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Optimisation steps.
    #[default]
    Step,
    /// Passes over the training set.
    Epoch,
    /// Seconds since the run began.
    Seconds,
}

/// One reading of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Steps done.
    pub step: f64,
    /// Epochs done.
    pub epoch: f64,
    /// Seconds since the run began.
    pub seconds: f64,
    /// The reading; may be NaN or infinite.
    pub value: f64,
}

impl Point {
    /// The place on an axis.
    #[must_use]
    pub fn x(&self, axis: Axis) -> f64 {
        match axis {
            Axis::Step => self.step,
            Axis::Epoch => self.epoch,
            Axis::Seconds => self.seconds,
        }
    }
}

/// Neighbouring points of which only the remarkable ones are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The first point.
    pub first: Point,
    /// The last point.
    pub last: Point,
    /// The point with the lowest finite value; the first point when none is finite.
    pub lowest: Point,
    /// The point with the highest finite value; the first point when none is finite.
    pub highest: Point,
    /// The sum of the finite values.
    pub sum: f64,
    /// How many values are finite.
    pub finite: u64,
    /// How many points there are.
    pub count: u64,
}

impl Bucket {
    fn of(point: Point) -> Self {
        let finite = point.value.is_finite();
        Self {
            first: point,
            last: point,
            lowest: point,
            highest: point,
            sum: if finite { point.value } else { 0.0 },
            finite: u64::from(finite),
            count: 1,
        }
    }

    fn add(&mut self, later: &Self) {
        if later.finite > 0 {
            if self.finite == 0 || later.lowest.value < self.lowest.value {
                self.lowest = later.lowest;
            }
            if self.finite == 0 || later.highest.value > self.highest.value {
                self.highest = later.highest;
            }
        }
        self.last = later.last;
        self.sum += later.sum;
        self.finite += later.finite;
        self.count += later.count;
    }

    /// The mean of the finite values, if there is one.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.finite > 0).then(|| self.sum / self.finite as f64)
    }

    /// What is left of the bucket when everything past a step is forgotten.
    fn rewound(&self, step: f64) -> Option<Self> {
        let mut kept: Option<Self> = None;
        let mut points = [self.first, self.lowest, self.highest, self.last];
        points.sort_by(|a, b| a.seconds.total_cmp(&b.seconds).then(a.step.total_cmp(&b.step)));
        let mut previous = None;
        for point in points {
            if point.step <= step && previous != Some(point) {
                previous = Some(point);
                match &mut kept {
                    Some(bucket) => bucket.add(&Self::of(point)),
                    None => kept = Some(Self::of(point)),
                }
            }
        }
        kept
    }
}

/// What a column of the screen shows of a series: everything between two places on the axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Column {
    /// The lowest finite value.
    pub min: f64,
    /// The highest finite value.
    pub max: f64,
    /// The first finite value.
    pub first: f64,
    /// The last finite value.
    pub last: f64,
    /// The mean of the finite values.
    pub mean: f64,
    /// How many finite values there are.
    pub finite: u64,
    /// How many values are NaN or infinite.
    pub not_finite: u64,
}

/// The course of one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    points: Vec<Point>,
    buckets: Vec<Bucket>,
    /// Points a bucket is filled up to; 0 while the series is exact.
    stride: u64,
    count: u64,
    not_finite: u64,
    lowest: Option<Point>,
    highest: Option<Point>,
    last: Option<Point>,
}

impl Series {
    /// A series without points.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reading after all others.
    pub fn push(&mut self, point: Point) {
        self.count += 1;
        self.last = Some(point);
        if point.value.is_finite() {
            if self.lowest.is_none_or(|lowest| point.value < lowest.value) {
                self.lowest = Some(point);
            }
            if self.highest.is_none_or(|highest| point.value > highest.value) {
                self.highest = Some(point);
            }
        } else {
            self.not_finite += 1;
        }
        if self.stride == 0 && self.points.len() < EXACT {
            self.points.push(point);
            return;
        }
        if self.stride == 0 {
            self.thin();
        }
        match self.buckets.last_mut() {
            Some(bucket) if bucket.count < self.stride => bucket.add(&Bucket::of(point)),
            _ => {
                if self.buckets.len() >= MAX_BUCKETS {
                    self.merge_pairs();
                }
                self.buckets.push(Bucket::of(point));
            }
        }
    }

    fn thin(&mut self) {
        let stride = EXACT / (MAX_BUCKETS / 2);
        self.stride = stride as u64;
        for chunk in self.points.chunks(stride) {
            let mut bucket = Bucket::of(chunk[0]);
            for point in &chunk[1..] {
                bucket.add(&Bucket::of(*point));
            }
            self.buckets.push(bucket);
        }
        self.points = Vec::new();
    }

    fn merge_pairs(&mut self) {
        self.stride *= 2;
        let half = self.buckets.len() / 2;
        for index in 0..half {
            let mut bucket = self.buckets[2 * index];
            bucket.add(&self.buckets[2 * index + 1]);
            self.buckets[index] = bucket;
        }
        if self.buckets.len() % 2 == 1 {
            self.buckets[half] = self.buckets[2 * half];
            self.buckets.truncate(half + 1);
        } else {
            self.buckets.truncate(half);
        }
        // Half a megabyte for each of hundreds of runs, most of which get no further points.
        self.buckets.shrink_to_fit();
    }

    /// Forgets every reading past a step, as a run that is resumed from an earlier checkpoint does.
    pub fn rewind(&mut self, step: f64) {
        self.points.retain(|point| point.step <= step);
        self.buckets = self
            .buckets
            .iter()
            .filter_map(|bucket| {
                if bucket.last.step <= step && bucket.highest.step <= step && bucket.lowest.step <= step {
                    Some(*bucket)
                } else {
                    bucket.rewound(step)
                }
            })
            .collect();
        let kept: Vec<Bucket> = self.buckets().collect();
        self.count = kept.iter().map(|bucket| bucket.count).sum();
        self.not_finite = kept.iter().map(|bucket| bucket.count - bucket.finite).sum();
        let finite = || kept.iter().filter(|bucket| bucket.finite > 0);
        self.lowest = finite().map(|bucket| bucket.lowest).min_by(|a, b| a.value.total_cmp(&b.value));
        self.highest = finite().map(|bucket| bucket.highest).max_by(|a, b| a.value.total_cmp(&b.value));
        self.last = kept.last().map(|bucket| bucket.last);
    }

    /// Readings pushed and not rewound.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether nothing was pushed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Readings that are held in memory, four for each bucket.
    #[must_use]
    pub fn held(&self) -> usize {
        self.points.len() + 4 * self.buckets.len()
    }

    /// Readings that are NaN or infinite.
    #[must_use]
    pub fn not_finite(&self) -> u64 {
        self.not_finite
    }

    /// Whether every point is still held.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.stride == 0
    }

    /// The newest reading.
    #[must_use]
    pub fn last(&self) -> Option<Point> {
        self.last
    }

    /// The lowest finite reading, the earliest of equals.
    #[must_use]
    pub fn lowest(&self) -> Option<Point> {
        self.lowest
    }

    /// The highest finite reading, the earliest of equals.
    #[must_use]
    pub fn highest(&self) -> Option<Point> {
        self.highest
    }

    /// Everything held, oldest first; a bucket of one point each while the series is exact.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.points.iter().copied().map(Bucket::of).chain(self.buckets.iter().copied())
    }

    /// One point for each bucket, oldest first: the point itself while the series is exact, else the bucket's last
    /// place with the mean of its values (NaN when none is finite).
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        let means = self.buckets.iter().map(|bucket| Point { value: bucket.mean().unwrap_or(f64::NAN), ..bucket.last });
        self.points.iter().copied().chain(means)
    }

    /// Whether the places on an axis never go back, as they do where a restarted program wrote on.
    #[must_use]
    pub fn is_ascending(&self, axis: Axis) -> bool {
        let goes_on = |from: &Point, to: &Point| to.x(axis) >= from.x(axis) || to.x(axis).is_nan();
        self.points.is_sorted_by(goes_on) && self.buckets.is_sorted_by(|from, to| goes_on(&from.last, &to.first))
    }

    /// The series cut where places on an axis go back; a bucket that spans such a place stays whole.
    #[must_use]
    pub fn passes(&self, axis: Axis) -> Vec<Self> {
        let mut passes: Vec<Self> = Vec::new();
        let mut end = f64::INFINITY;
        for bucket in self.buckets() {
            if bucket.first.x(axis) < end || passes.is_empty() {
                passes.push(Self { stride: self.stride, ..Self::default() });
            }
            end = bucket.last.x(axis);
            let Some(pass) = passes.last_mut() else { continue };
            pass.count += bucket.count;
            pass.last = Some(bucket.last);
            if self.is_exact() {
                pass.points.push(bucket.first);
            } else {
                pass.buckets.push(bucket);
            }
        }
        passes
    }

    /// How many finite readings between two places on an axis are zero or below, and how many there are; where buckets
    /// hold both kinds, at least so many.
    #[must_use]
    pub fn not_positive(&self, axis: Axis, from: f64, to: f64) -> (u64, u64) {
        let inside = |bucket: &Bucket| bucket.last.x(axis) >= from && bucket.first.x(axis) <= to && bucket.finite > 0;
        self.buckets().filter(inside).fold((0, 0), |(count, all), bucket| {
            let here = match () {
                () if bucket.highest.value <= 0.0 => bucket.finite,
                () => u64::from(bucket.lowest.value <= 0.0),
            };
            (count + here, all + bucket.finite)
        })
    }

    /// The lowest and highest place on an axis.
    #[must_use]
    pub fn extent(&self, axis: Axis) -> Option<(f64, f64)> {
        let mut extent: Option<(f64, f64)> = None;
        for bucket in self.buckets() {
            for x in [bucket.first.x(axis), bucket.last.x(axis)] {
                if x.is_finite() {
                    let (low, high) = extent.unwrap_or((x, x));
                    extent = Some((low.min(x), high.max(x)));
                }
            }
        }
        extent
    }

    /// The series as `width` columns between two places on an axis, `from` in the first and `to` in the last; `None`
    /// where there is no reading. A bucket that reaches over several columns counts in each of them, so that a
    /// column's lowest and highest value are never missed; while the series is exact they are the column's own.
    #[must_use]
    pub fn columns(&self, axis: Axis, from: f64, to: f64, width: usize) -> Vec<Option<Column>> {
        let mut columns: Vec<Option<Column>> = vec![None; width];
        if width == 0 || !from.is_finite() || !to.is_finite() || to < from {
            return columns;
        }
        let scale = if to > from { width as f64 / (to - from) } else { 0.0 };
        let column_of = |x: f64| (((x - from) * scale) as usize).min(width - 1);
        for bucket in self.buckets() {
            let (a, b) = (bucket.first.x(axis), bucket.last.x(axis));
            let (low, high) = (a.min(b), a.max(b));
            if !low.is_finite() || !high.is_finite() || high < from || low > to {
                continue;
            }
            for column in &mut columns[column_of(low.max(from))..=column_of(high.min(to))] {
                add_to_column(column, &bucket);
            }
        }
        for column in columns.iter_mut().flatten() {
            if column.finite > 0 {
                column.mean /= column.finite as f64;
            }
        }
        columns
    }

    /// The reading nearest to a place on an axis, the earlier of two that are equally near. With buckets, the nearest
    /// of their remarkable points.
    #[must_use]
    pub fn nearest(&self, axis: Axis, x: f64) -> Option<Point> {
        let mut best: Option<(f64, Point)> = None;
        for bucket in self.buckets() {
            for point in [bucket.first, bucket.lowest, bucket.highest, bucket.last] {
                let distance = (point.x(axis) - x).abs();
                if best.is_none_or(|(nearest, _)| distance < nearest) {
                    best = Some((distance, point));
                }
            }
        }
        best.map(|(_, point)| point)
    }
}

/// Adds a bucket to a column, whose `mean` holds the sum until the end.
fn add_to_column(column: &mut Option<Column>, bucket: &Bucket) {
    let column = column.get_or_insert_with(Column::default);
    column.not_finite += bucket.count - bucket.finite;
    if bucket.finite == 0 {
        return;
    }
    let first = if bucket.first.value.is_finite() { bucket.first.value } else { bucket.lowest.value };
    let last = if bucket.last.value.is_finite() { bucket.last.value } else { bucket.highest.value };
    if column.finite == 0 {
        column.min = bucket.lowest.value;
        column.max = bucket.highest.value;
        column.first = first;
    } else {
        column.min = column.min.min(bucket.lowest.value);
        column.max = column.max.max(bucket.highest.value);
    }
    column.last = last;
    column.mean += bucket.sum;
    column.finite += bucket.finite;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(values: &[f64]) -> Series {
        let mut series = Series::new();
        for (step, value) in values.iter().enumerate() {
            let step = step as f64;
            series.push(Point { step, epoch: step / 938.0, seconds: step / 700.0, value: *value });
        }
        series
    }

    /// The lowest and highest finite value of each column, by the definition.
    fn columns_of(values: &[f64], from: f64, to: f64, width: usize) -> Vec<Option<(f64, f64)>> {
        let mut columns = vec![None; width];
        for (step, value) in values.iter().enumerate() {
            let step = step as f64;
            if (from..=to).contains(&step) && value.is_finite() {
                let column = (((step - from) * (width as f64 / (to - from))) as usize).min(width - 1);
                let (low, high) = columns[column].unwrap_or((*value, *value));
                columns[column] = Some((value.min(low), value.max(high)));
            }
        }
        columns
    }

    /// A falling course with noise, spikes and readings that are no numbers, from a seed.
    fn course(length: usize, seed: u64) -> Vec<f64> {
        let mut state = seed | 1;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..length)
            .map(|step| match next() % 5_000 {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2..=4 => (next() % 1_000) as f64 - 500.0,
                _ => 2.0 / (1.0 + step as f64 / 1e4) + (next() % 1_000) as f64 / 1e5,
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Whatever the length, the part in sight and the width: each column shows its lowest and highest value. It
        /// may show a neighbour's besides, of the same bucket.
        #[test]
        fn no_column_of_pixels_loses_its_lowest_or_highest_value(
            length in 1_usize..200_000,
            seed in any::<u64>(),
            (low, high) in (0.0..0.6_f64, 0.01..0.4_f64),
            width in 1_usize..500,
        ) {
            let values = course(length, seed);
            let series = series(&values);
            prop_assert_eq!(series.is_exact(), length <= EXACT);
            prop_assert!(series.points.len() <= EXACT && series.buckets.len() <= MAX_BUCKETS);
            let (from, to) = ((low * length as f64).floor(), ((low + high) * length as f64).ceil());
            let wanted = columns_of(&values, from, to, width);
            let found = series.columns(Axis::Step, from, to, width);
            for (place, (wanted, found)) in wanted.iter().zip(&found).enumerate() {
                if let Some((low, high)) = wanted {
                    let found = found.ok_or_else(|| TestCaseError::fail(format!("column {place} is empty")))?;
                    prop_assert!(found.min <= *low && found.max >= *high, "column {}: {:?} {:?}", place, wanted, found);
                    if series.is_exact() {
                        prop_assert_eq!((found.min, found.max), (*low, *high));
                    }
                }
            }
            let finite = || values.iter().copied().filter(|value| value.is_finite());
            prop_assert_eq!(series.lowest().map(|point| point.value), finite().reduce(f64::min));
            prop_assert_eq!(series.highest().map(|point| point.value), finite().reduce(f64::max));
            prop_assert_eq!(series.len(), length as u64);
        }
    }
}
