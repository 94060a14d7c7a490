//! The range of an axis and its ticks. The distance of ticks is 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers
//! for graph labels", Graphics Gems, 1990).
//!
//! A vertical axis is fitted to the rows of the terminal: a row is worth an even fraction of the distance of ticks, so
//! that ticks are evenly spaced in rows as well as in value, and its ends move in steps. On a slow link an axis that
//! follows the data exactly costs thirty times the bytes, for it shifts every cell of a curve. Does not depend on what
//! is measured.

/// Ranges that are narrower than this, relative to their values, are rounding errors of one value.
const EQUAL: f64 = 1e-9;

/// Below this share of the highest value the lowest is near zero: the axis begins at zero.
const NEAR_ZERO: f64 = 0.25;

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; zero and below have no place.
    Log,
}

impl Scale {
    /// A value in the axis's own coordinate, the logarithm to base 10 on a logarithmic one; `None` for what has no
    /// place there.
    #[must_use]
    pub fn coordinate(self, value: f64) -> Option<f64> {
        let coordinate = match self {
            Self::Linear => value,
            Self::Log if value > 0.0 => value.log10(),
            Self::Log => return None,
        };
        coordinate.is_finite().then_some(coordinate)
    }
}

/// The range of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The value at the start.
    pub low: f64,
    /// The value at the end, above `low`.
    pub high: f64,
    /// How values are spread between them.
    pub scale: Scale,
    /// The only value, where all are equal: it stands in the middle and is the only tick.
    only: Option<f64>,
}

/// An axis whose ends were moved to rows of the terminal, with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The axis.
    pub axis: Axis,
    /// Values and labels, lowest first; no two in the same row.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// The exact range, for an axis whose ends are known beforehand or were zoomed to; a range that is none becomes
    /// 0 to 1, or 0.001 to 1 on a logarithmic axis.
    #[must_use]
    pub fn exact(low: f64, high: f64, scale: Scale) -> Self {
        let positive = scale == Scale::Linear || low > 0.0;
        let (low, high) = if (high - low).is_finite() && high > low && positive {
            (low, high)
        } else {
            (if scale == Scale::Log { 1e-3 } else { 0.0 }, 1.0)
        };
        Self { low, high, scale, only: None }
    }

    /// An axis that begins at `low` and ends at the next nice distance beyond `high`: for what grows without a known
    /// end.
    #[must_use]
    pub fn growing(low: f64, high: f64) -> Self {
        Self::exact(low, low + step_up(high - low), Scale::Linear)
    }

    /// The range of values from `low` to `high`. A linear one starts at zero where the values come near it. Equal
    /// values (but for rounding) stand in the middle.
    #[must_use]
    pub fn around(low: f64, high: f64, scale: Scale) -> Self {
        let placed = scale == Scale::Linear || low > 0.0;
        if !((high - low).is_finite() && low <= high && placed) {
            return Self::exact(1.0, 0.0, scale);
        }
        if high - low <= EQUAL * high.abs().max(low.abs()) && high != 0.0 {
            let value = f64::midpoint(low, high);
            let (low, high) = match scale {
                Scale::Linear => (value - value.abs() / 2.0, value + value.abs() / 2.0),
                Scale::Log => (value / 2.0, value * 2.0),
            };
            return Self { only: Some(value), ..Self::exact(low, high, scale) };
        }
        match scale {
            Scale::Linear if low >= 0.0 && low <= high * NEAR_ZERO => Self::exact(0.0, high, scale),
            Scale::Linear if high <= 0.0 && high >= low * NEAR_ZERO => Self::exact(low, 0.0, scale),
            Scale::Log | Scale::Linear => Self::exact(low, high, scale),
        }
    }

    /// Where a value stands on the axis, 0 at the start and 1 at the end; outside of that beyond the ends, and nothing
    /// for a value without a place.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let place = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value <= 0.0 => return None,
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        place.is_finite().then_some(place)
    }

    /// Nice values along the axis, at most `most` of them and one more, with their labels.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if most == 0 {
            return Vec::new();
        }
        if let Some(value) = self.only {
            return vec![(value, one_label(value))];
        }
        match self.scale {
            Scale::Linear => linear_ticks(self.low, self.high, most),
            Scale::Log => decades(self.low, self.high, most),
        }
    }

    /// The axis with its ends moved outwards to rows, so that ticks are evenly spaced in rows: for a vertical axis of
    /// `rows` rows, of which the lowest stands for the start and the highest for the end. From three rows on there are
    /// two ticks or more, unless all values are equal.
    #[must_use]
    pub fn fitted(&self, rows: usize) -> Fitted {
        if rows < 2 || self.only.is_some() {
            let mut ticks = self.ticks(rows.min(1));
            ticks.truncate(1);
            return Fitted { axis: *self, ticks };
        }
        match self.scale {
            Scale::Linear => match grid(self.low, self.high, rows, nice_step) {
                Some(grid) => grid.linear(),
                None => Fitted { axis: *self, ticks: self.ticks(1).into_iter().take(1).collect() },
            },
            Scale::Log => self.fitted_log(rows),
        }
    }

    fn fitted_log(&self, rows: usize) -> Fitted {
        let (low, high) = (self.low.log10(), self.high.log10());
        if high - low >= 1.0
            && let Some(grid) = grid(low, high, rows, |step| nice_step(step.max(1.0)))
            && grid.high() <= 307.0
            && grid.low() >= -307.0
        {
            return grid.log();
        }
        // Within a decade or so the ends step by a twentieth of a decade.
        let (bottom, top) =
            (10_f64.powf((low * 20.0 + 1e-9).floor() / 20.0), 10_f64.powf((high * 20.0 - 1e-9).ceil() / 20.0));
        let axis = Self::exact(bottom.min(self.low), top.max(self.high), Scale::Log);
        let most = (rows / 3).clamp(1, 8);
        let mut ticks = ones_twos_fives(axis.low, axis.high);
        if ticks.len() > most + 1 && axis.high >= 10.0 * axis.low {
            ticks = decades(axis.low, axis.high, most);
        } else if ticks.len() < 2 || ticks.len() > most + 1 {
            let mut linear = (most..most + 4).map(|most| linear_ticks(axis.low, axis.high, most));
            ticks = linear
                .find(|ticks| ticks.len() >= 2)
                .unwrap_or_else(|| [axis.low, axis.high].map(|value| (value, one_label(value))).into());
        }
        ticks.retain(|tick| axis.place(tick.0).is_some_and(|place| (-1e-9..=1.0 + 1e-9).contains(&place)));
        let row = |value: f64| axis.place(value).map(|place| (place * (rows - 1) as f64).round() as i64);
        ticks.dedup_by(|later, earlier| row(later.0) == row(earlier.0));
        Fitted { axis, ticks }
    }
}

/// Rows as multiples of a fraction of the distance of ticks.
#[derive(Clone, Copy, Debug)]
struct Grid {
    /// The distance of ticks.
    step: f64,
    /// Rows from tick to tick.
    rows_a_tick: f64,
    /// The lowest row, in rows from zero.
    first: f64,
    /// The highest row.
    last: f64,
}

impl Grid {
    fn at(&self, row: f64) -> f64 {
        row * self.step / self.rows_a_tick
    }

    fn low(&self) -> f64 {
        self.at(self.first)
    }

    fn high(&self) -> f64 {
        self.at(self.last)
    }

    /// The ticks as multiples of the step.
    fn ticks(&self) -> (f64, usize) {
        let first = (self.first / self.rows_a_tick).ceil();
        let last = (self.last / self.rows_a_tick).floor();
        (first, (last - first + 1.0).max(0.0) as usize)
    }

    fn linear(&self) -> Fitted {
        let (first, count) = self.ticks();
        let values: Vec<f64> = (0..count).map(|i| (first + i as f64) * self.step).collect();
        Fitted { axis: Axis::exact(self.low(), self.high(), Scale::Linear), ticks: labelled(&values, self.step) }
    }

    fn log(&self) -> Fitted {
        let (first, count) = self.ticks();
        let values = (0..count).map(|i| ((first + i as f64) * self.step).round() as i32);
        let ticks = values.map(|power| (10_f64.powi(power), power_label(power))).collect();
        Fitted { axis: Axis::exact(10_f64.powf(self.low()), 10_f64.powf(self.high()), Scale::Log), ticks }
    }
}

/// The grid over `rows` rows that covers `low` to `high` with the least waste and a readable number of ticks; `nice`
/// gives the smallest allowed distance of ticks that is not below a value. `None` where numbers are too large.
fn grid(low: f64, high: f64, rows: usize, nice: impl Fn(f64) -> f64) -> Option<Grid> {
    let gaps = (rows - 1) as f64;
    let span = high - low;
    let fewest = if rows < 6 { 1 } else { rows.div_ceil(9).max(2) };
    let wanted = if rows < 9 { 2.0 } else { (rows as f64 / 5.0).clamp(3.0, 8.0) };
    let mut best: Option<(f64, Grid)> = None;
    for rows_a_tick in fewest..=(fewest + 8).min(rows - 1) {
        let each = rows_a_tick as f64;
        let mut step = nice(span / gaps * each);
        for _ in 0..3 {
            let row = step / each;
            let (lowest, highest) = ((high / row - 1e-9).ceil() - gaps, (low / row + 1e-9).floor());
            if lowest <= highest {
                // On a tick where that still covers the data, so that the axis moves by whole ticks.
                let on_tick = (highest / each).floor() * each;
                let first = if on_tick >= lowest { on_tick } else { highest };
                let grid = Grid { step, rows_a_tick: each, first, last: first + gaps };
                let ticks = grid.ticks().1;
                // Preferably neither end lies a whole tick beyond the data.
                let far = f64::from(u8::from(grid.low() <= low - step || grid.high() >= high + step));
                let few = if rows >= 9 && ticks < 3 { 0.15 } else { 0.0 };
                let cost = far + few + row * gaps / span + 0.04 * (wanted - ticks as f64).abs();
                if ticks >= 2 && cost.is_finite() && best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, grid));
                }
            }
            step = nice(step * 1.01);
        }
    }
    best.map(|(_, grid)| grid)
}

fn linear_ticks(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let step = nice_step((high - low) / most as f64);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let count = (last - first + 1.0).clamp(0.0, most as f64 + 1.0) as usize;
    let values: Vec<f64> = (0..count).map(|i| (first + i as f64) * step).collect();
    labelled(&values, step)
}

/// The powers of ten between two values, thinned to at most `most` and one more.
fn decades(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let (first, last) = ((low.log10() - 1e-9).ceil() as i32, (high.log10() + 1e-9).floor() as i32);
    let every = ((last - first).max(0) as usize + 1).div_ceil(most).max(1);
    (first..=last).step_by(every).map(|power| (10_f64.powi(power), power_label(power))).collect()
}

/// 1, 2 and 5 times each power of ten between two values.
fn ones_twos_fives(low: f64, high: f64) -> Vec<(f64, String)> {
    let powers = low.log10().floor() as i32..=high.log10().floor() as i32;
    let values = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|lead| lead * 10_f64.powi(power)));
    let inside = values.filter(|value| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(value));
    inside.map(|value| (value, one_label(value))).collect()
}

fn power_label(power: i32) -> String {
    match power {
        -3..=-1 => format!("{:.*}", power.unsigned_abs() as usize, 10_f64.powi(power)),
        0..=4 => format!("{:.0}", 10_f64.powi(power)),
        _ => format!("1e{power}"),
    }
}

/// Multiples of `step` with labels that tell each from the next.
fn labelled(values: &[f64], step: f64) -> Vec<(f64, String)> {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let label = |value: f64| {
        let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
        match largest {
            _ if value == 0.0 && !(1e-3..1e5).contains(&largest) => "0".to_owned(),
            size if !(1e-3..1e9).contains(&size) => scientific(value, step),
            size if size >= 1e6 => format!("{:.*}M", decimals(step / 1e6), value / 1e6),
            size if size >= 1e5 => format!("{:.*}k", decimals(step / 1e3), value / 1e3),
            _ => format!("{value:.*}", decimals(step)),
        }
    };
    values.iter().map(|value| (*value, label(*value))).collect()
}

/// Digits after the point that a multiple of 1, 2 or 5 times a power of ten needs.
fn decimals(step: f64) -> usize {
    (-(step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 12.0) as usize
}

/// With an exponent and the digits that tell it from its neighbour a step away.
fn scientific(value: f64, step: f64) -> String {
    let digits = (value.abs().log10().floor() - (step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 15.0) as usize;
    format!("{value:.digits$e}")
}

/// A value that stands alone, in up to six digits without needless zeros.
fn one_label(value: f64) -> String {
    let trimmed = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (1e-3..1e6).contains(&size) => {
            let text = format!("{value:.*}", (5 - size.log10().floor() as i32).clamp(0, 8) as usize);
            if text.contains('.') { trimmed(&text) } else { text }
        }
        _ => {
            let text = format!("{value:.5e}");
            text.split_once('e').map_or(text.clone(), |(lead, power)| format!("{}e{power}", trimmed(lead)))
        }
    }
}

/// The next of 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`.
fn step_up(value: f64) -> f64 {
    next_of(&[1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0], value)
}

/// The next of 1, 2, 5 times a power of ten that is not below `value`, 1 for what is not positive: the distance of
/// ticks.
#[must_use]
pub fn nice_step(value: f64) -> f64 {
    next_of(&[1.0, 2.0, 5.0], value)
}

fn next_of(leads: &[f64], value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let lead = value / power;
    leads.iter().copied().find(|&step| lead <= step * (1.0 + 1e-9)).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn labels(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn growing_data_step_the_axis_rarely() {
        for rows in [8, 20, 50] {
            let fitted = |n| Axis::around(0.0, f64::from(n), Scale::Linear).fitted(rows).axis.high;
            let mut ends: Vec<f64> = (1..=10_000).map(fitted).collect();
            ends.dedup();
            assert!(ends.len() <= 4 * 20, "{} ends over four decades in {rows} rows", ends.len());
        }
        let mut ends: Vec<f64> = (1..=10_000).map(|n| Axis::growing(0.0, f64::from(n)).high).collect();
        ends.dedup();
        assert!(ends.len() <= 4 * 10 + 1, "{}", ends.len());
    }

    #[test]
    fn a_loss_starts_at_zero_and_an_accuracy_does_not() {
        let loss = Axis::around(0.03, 2.31, Scale::Linear).fitted(20).axis;
        assert!(loss.low == 0.0 && (2.31..2.6).contains(&loss.high), "{loss:?}");
        let accuracy = Axis::around(0.95, 0.98, Scale::Linear).fitted(20).axis;
        assert!(accuracy.low > 0.94 && accuracy.high < 0.99, "{accuracy:?}");
    }

    #[test]
    fn an_axis_begins_near_the_data() {
        let axis = Axis::around(-0.02, 2.3, Scale::Linear).fitted(20).axis;
        assert!(axis.low >= -0.15 && axis.high <= 2.7, "{axis:?}");
        let axis = Axis::around(0.1, 6.0, Scale::Linear).fitted(20).axis;
        assert!(axis.low == 0.0 && axis.high < 6.8, "{axis:?}");
    }

    #[test]
    fn equal_values_have_one_right_label() {
        for (value, label) in
            [(1e-4_f64, "1e-4"), (0.1 + 0.2, "0.3"), (-3.0, "-3"), (123_456.0, "123456"), (1.5e9, "1.5e9")]
        {
            for nearby in [value, value * (1.0 + 1e-12)] {
                let fitted = Axis::around(value.min(nearby), value.max(nearby), Scale::Linear).fitted(12);
                assert_eq!(labels(fitted.ticks), [label]);
                let place = fitted.axis.place(value).unwrap();
                assert!((place - 0.5).abs() < 0.01, "{value} at {place}");
            }
        }
        assert_eq!(labels(Axis::around(0.0, 0.0, Scale::Linear).fitted(12).ticks).first().unwrap(), "0.0");
    }

    #[test]
    fn ticks_are_short() {
        assert_eq!(labels(Axis::exact(0.0, 15.0, Scale::Linear).ticks(4)), ["0", "5", "10", "15"]);
        assert_eq!(labels(Axis::exact(0.001, 2.3, Scale::Log).ticks(6)), ["0.001", "0.01", "0.1", "1"]);
        let million = Axis::exact(1_000_000.0, 1_000_300.0, Scale::Linear).ticks(3);
        assert_eq!(labels(million), ["1.0000M", "1.0001M", "1.0002M", "1.0003M"]);
    }

    proptest! {
        #[test]
        fn ticks_are_even_inside_and_distinct_and_the_range_is_near_the_data(
            low in -6_f64..6.0, sign in prop::sample::select(vec![-1.0, 0.0, 1.0]),
            span in -6_f64..6.0, rows in 3_usize..70,
        ) {
            let low = sign * 10_f64.powf(low);
            let high = low + 10_f64.powf(span);
            prop_assume!(high - low > 1e-7 * high.abs().max(low.abs()));
            let Fitted { axis, ticks } = Axis::around(low, high, Scale::Linear).fitted(rows);
            prop_assert!(ticks.len() >= 2, "{ticks:?}");
            let step = ticks[1].0 - ticks[0].0;
            let slack = (axis.high - axis.low) * 1e-6;
            prop_assert!(axis.low <= low + slack && axis.high >= high - slack, "{axis:?} of {low} to {high}");
            let begin = if low >= 0.0 && low <= high * NEAR_ZERO { 0.0 } else { low };
            let end = if high <= 0.0 && high >= low * NEAR_ZERO { 0.0 } else { high };
            prop_assert!(axis.low > begin - step - slack && axis.high < end + 2.0 * step + slack, "{axis:?} of {low} to {high}");
            let row = |value: f64| axis.place(value).unwrap() * (rows - 1) as f64;
            for (value, _) in &ticks {
                let row = row(*value);
                prop_assert!((row - row.round()).abs() < 1e-3 && row > -0.1 && row < rows as f64 - 0.9, "{row}");
            }
            for pair in ticks.windows(2) {
                prop_assert!((pair[1].0 - pair[0].0 - step).abs() <= slack, "{ticks:?}");
            }
            prop_assert_eq!(ticks.iter().map(|tick| &tick.1).collect::<BTreeSet<_>>().len(), ticks.len(), "{:?}", ticks);
        }

        #[test]
        fn ticks_of_a_log_axis_are_inside_and_in_rows_of_their_own(
            low in -12_f64..12.0, span in 1e-6_f64..12.0, rows in 3_usize..70,
        ) {
            let (low, high) = (10_f64.powf(low), 10_f64.powf(low + span));
            let Fitted { axis, ticks } = Axis::around(low, high, Scale::Log).fitted(rows);
            prop_assert!(axis.low <= low * (1.0 + 1e-6) && axis.high >= high * (1.0 - 1e-6), "{axis:?}");
            prop_assert!(!ticks.is_empty());
            let row = |value: f64| (axis.place(value).unwrap() * (rows - 1) as f64).round() as i64;
            let taken: BTreeSet<i64> = ticks.iter().map(|tick| row(tick.0)).collect();
            prop_assert_eq!(taken.len(), ticks.len(), "{:?}", ticks);
            prop_assert!(taken.iter().all(|row| (0..rows as i64).contains(row)), "{:?} {:?}", axis, ticks);
            prop_assert_eq!(ticks.iter().map(|tick| &tick.1).collect::<BTreeSet<_>>().len(), ticks.len(), "{:?}", ticks);
        }

        #[test]
        fn any_numbers_give_an_axis(
            a in prop::num::f64::ANY, b in prop::num::f64::ANY, log in any::<bool>(), rows in 0_usize..70,
        ) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let Fitted { axis, ticks } = Axis::around(a.min(b), a.max(b), scale).fitted(rows);
            prop_assert!(axis.high > axis.low, "{axis:?}");
            prop_assert!(ticks.len() <= rows, "{ticks:?}");
            prop_assert!(axis.ticks(rows).len() <= rows + 1);
        }
    }
}
