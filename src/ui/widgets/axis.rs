//! An axis that steps: its ends are nice numbers, so that growing data move it rarely and a live chart does not creep.
//!
//! On a slow link a creeping axis costs thirty times the bytes of a stepping one, for it shifts every cell of a curve.
//! Must not know what is measured.

use crate::ui::figures;

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; zero and below have no place.
    Log,
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
}

impl Axis {
    /// The exact range, for an axis whose ends are known beforehand or were zoomed to.
    #[must_use]
    pub fn exact(low: f64, high: f64, scale: Scale) -> Self {
        let positive = scale == Scale::Linear || low > 0.0;
        if low.is_finite() && high.is_finite() && high > low && positive {
            Self { low, high, scale }
        } else if scale == Scale::Log {
            Self { low: 1e-3, high: 1.0, scale }
        } else {
            Self { low: 0.0, high: 1.0, scale }
        }
    }

    /// An axis from zero to the next of 1, 2, 5 times a power of ten: for what grows without a known end.
    #[must_use]
    pub fn coarse(high: f64) -> Self {
        Self::exact(0.0, nice_step(high), Scale::Linear)
    }

    /// An axis around values from `low` to `high` with stepping ends. A linear one starts at zero where the values
    /// come near it.
    #[must_use]
    pub fn around(low: f64, high: f64, scale: Scale) -> Self {
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Self::exact(1.0, 0.0, scale);
        }
        match scale {
            Scale::Log => Self::around_log(low, high),
            Scale::Linear => Self::around_linear(low, high),
        }
    }

    fn around_log(low: f64, high: f64) -> Self {
        if high <= 0.0 {
            return Self::exact(1.0, 0.0, Scale::Log);
        }
        let low = if low > 0.0 { low } else { high * 1e-6 };
        let bottom = 10_f64.powf(low.log10().floor());
        let top = 10_f64.powf((high.log10() * 3.0).ceil() / 3.0);
        Self::exact(bottom, if top > bottom * 1.5 { top } else { bottom * 10.0 }, Scale::Log)
    }

    fn around_linear(low: f64, high: f64) -> Self {
        if low >= 0.0 && low <= high * 0.6 || high == 0.0 && low == 0.0 {
            return Self::exact(0.0, step_up(high), Scale::Linear);
        }
        if high <= 0.0 && high >= low * 0.6 {
            return Self::exact(-step_up(-low), 0.0, Scale::Linear);
        }
        let span = if high > low { high - low } else { high.abs().max(1e-9) * 0.1 };
        let step = nice_step(span / 4.0);
        Self::exact(
            (low / step).floor() * step,
            (high / step).ceil() * step + f64::from(high == low) * step,
            Scale::Linear,
        )
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

    /// Nice values along the axis, at most `most` of them, with their labels.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if most == 0 {
            return Vec::new();
        }
        match self.scale {
            Scale::Linear => self.linear_ticks(most),
            Scale::Log => self.log_ticks(most),
        }
    }

    fn linear_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let step = nice_step((self.high - self.low) / most as f64);
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let label = |value: f64| match value.abs() {
            v if v >= 1e5 => thousands(value),
            _ if step < 1e-6 => figures::short(value),
            _ => format!("{value:.decimals$}"),
        };
        (first..=last.min(first + 64))
            .map(|i| i as f64 * step)
            .map(|value| (value, label(value)))
            .take(most + 1)
            .collect()
    }

    fn log_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let (first, last) = (self.low.log10() - 1e-9, self.high.log10() + 1e-9);
        let decades = (first.ceil() as i32..=last.floor() as i32).collect::<Vec<_>>();
        let every = decades.len().div_ceil(most).max(1);
        decades.iter().step_by(every).map(|&d| 10_f64.powi(d)).map(|value| (value, figures::short(value))).collect()
    }
}

fn thousands(value: f64) -> String {
    match value.abs() {
        v if v >= 1e9 => figures::short(value),
        v if v >= 1e6 => format!("{}M", figures::short(value / 1e6)),
        _ => format!("{}k", figures::short(value / 1e3)),
    }
}

/// The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`.
fn step_up(value: f64) -> f64 {
    const STEPS: [f64; 11] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let lead = value / power;
    STEPS.iter().find(|&&step| lead <= step * (1.0 + 1e-9)).map_or(10.0 * power, |step| step * power)
}

/// The next of 1, 2, 5 times a power of ten that is not below `value`: the distance of ticks.
fn nice_step(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let lead = value / power;
    [1.0, 2.0, 5.0].into_iter().find(|&step| lead <= step * (1.0 + 1e-9)).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn growing_data_step_the_axis_rarely() {
        let mut ends: Vec<f64> = (1..=10_000).map(|n| Axis::around(0.0, f64::from(n), Scale::Linear).high).collect();
        ends.dedup();
        assert!(ends.len() <= 10 * 4 + 1, "{} ends over four decades", ends.len());
    }

    #[test]
    fn a_loss_starts_at_zero_and_an_accuracy_does_not() {
        assert_eq!(Axis::around(0.03, 2.31, Scale::Linear), Axis { low: 0.0, high: 2.5, scale: Scale::Linear });
        let accuracy = Axis::around(0.95, 0.98, Scale::Linear);
        assert!(accuracy.low > 0.9 && accuracy.high <= 0.9801, "{accuracy:?}");
    }

    #[test]
    fn ticks_are_short() {
        let labels: Vec<_> =
            Axis::exact(0.0, 15.0, Scale::Linear).ticks(4).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0", "5", "10", "15"]);
        let labels: Vec<_> =
            Axis::around(0.002, 2.3, Scale::Log).ticks(6).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0.001", "0.01", "0.1", "1"]);
    }

    proptest! {
        #[test]
        fn every_value_has_a_place_between_the_ends(
            a in prop::num::f64::NORMAL, b in prop::num::f64::NORMAL, log in any::<bool>(), most in 0_usize..12,
        ) {
            let (low, high) = (a.min(b), a.max(b));
            let scale = if log { Scale::Log } else { Scale::Linear };
            let axis = Axis::around(low, high, scale);
            prop_assert!(axis.high > axis.low);
            prop_assert!(axis.ticks(most).len() <= most + 1);
            if scale == Scale::Linear && (high - low).is_finite() && high.abs().max(low.abs()) < 1e300 {
                for value in [low, high] {
                    let place = axis.place(value).unwrap();
                    prop_assert!((-1e-6..=1.0 + 1e-6).contains(&place), "{value} at {place} of {axis:?}");
                }
            }
        }
    }
}
