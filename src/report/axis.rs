//! Where the marks of an axis stand and what is written at them.
//!
//! The steps of linear axes are 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph labels", Graphics
//! Gems, 1990); logarithmic axes are marked at powers of ten. Does not depend on how an axis is drawn.

use crate::fmt::nice_step;

pub(crate) use crate::fmt::Scale;

/// The range of an axis in its own coordinate (the logarithm to base 10 on a logarithmic one) and its marks there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) at: Vec<f64>,
    scale: Scale,
}

impl Ticks {
    /// The marks for values from `low` to `high`; a linear axis near zero begins at zero, as lengths compared by eye
    /// should. Values without a place are passed over; with none at all the axis runs from 0 to 1.
    pub(crate) fn around(values: impl Iterator<Item = f64>, scale: Scale) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for place in values.filter_map(|value| scale.coordinate(value)) {
            low = low.min(place);
            high = high.max(place);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        match scale {
            Scale::Linear => Self::linear(low, high),
            Scale::Log => Self::log(low, high),
        }
    }

    fn linear(mut low: f64, mut high: f64) -> Self {
        if low > 0.0 && low < 0.5 * high {
            low = 0.0;
        }
        if high - low < 1e-12 * high.abs().max(1e-9) {
            let margin = 0.5 * high.abs().max(1e-3);
            (low, high) = (low - margin, high + margin);
        }
        let step = nice_step((high - low) / 5.0 * 0.999);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let at = (0..=(last - first) as usize).map(|index| (first + index as f64) * step).collect();
        Self { low: first * step, high: last * step, at, scale: Scale::Linear }
    }

    fn log(low: f64, high: f64) -> Self {
        // A setting may have passed through single precision on its way here.
        let first = (low + 1e-6).floor();
        let last = (high - 1e-6).ceil().max(first + 1.0);
        let every = ((last - first) / 8.0).ceil().max(1.0);
        let mut at = Vec::new();
        let mut exponent = first;
        while exponent <= last + 1e-9 {
            at.push(exponent);
            if last - first <= 2.0 {
                at.extend([2.0_f64, 5.0].map(|factor| exponent + factor.log10()).into_iter().filter(|at| *at < last));
            }
            exponent += every;
        }
        Self { low: first, high: last, at, scale: Scale::Log }
    }

    /// What is written at a mark.
    pub(crate) fn label(&self, at: f64) -> String {
        match self.scale {
            Scale::Log => {
                let value = 10_f64.powf(at);
                if (-4.0..6.0).contains(&at) {
                    let digits = (-at.floor()).max(0.0) as usize;
                    format!("{value:.digits$}")
                } else {
                    format!("{value:.0e}")
                }
            }
            Scale::Linear => {
                let step = self.at.get(1).map_or(1.0, |second| second - self.at[0]);
                let digits = (-(step * 1.000_001).log10().floor()).clamp(0.0, 8.0) as usize;
                let value = if at.abs() < step * 1e-6 { 0.0 } else { at };
                thousands(&format!("{value:.digits$}"))
            }
        }
    }
}

/// Commas between groups of three digits before the point, from five digits on.
fn thousands(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let whole = digits.find('.').unwrap_or(digits.len());
    if whole < 5 {
        return number.to_owned();
    }
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], scale: Scale) -> Vec<String> {
        let ticks = Ticks::around(values.iter().copied(), scale);
        ticks.at.iter().map(|at| ticks.label(*at)).collect()
    }

    #[test]
    fn linear_axes_are_marked_at_round_numbers() {
        assert_eq!(labels(&[1.0, 14_070.0], Scale::Linear), ["0", "5000", "10,000", "15,000"]);
        assert_eq!(labels(&[0.003, 2.31], Scale::Linear), ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]);
        assert_eq!(labels(&[0.975, 0.981], Scale::Linear), ["0.974", "0.976", "0.978", "0.980", "0.982"]);
        assert_eq!(labels(&[-0.1, 0.1], Scale::Linear), ["-0.10", "-0.05", "0.00", "0.05", "0.10"]);
    }

    #[test]
    fn logarithmic_axes_are_marked_at_powers() {
        assert_eq!(labels(&[0.0037, 2.3, 0.0, f64::NAN], Scale::Log), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(&[0.3, 0.9], Scale::Log), ["0.1", "0.2", "0.5", "1"]);
        assert_eq!(labels(&[1e-7, 1e8], Scale::Log).first().unwrap(), "1e-7");
    }

    #[test]
    fn nothing_and_one_value_still_give_an_axis() {
        for values in [vec![], vec![0.0], vec![7.0], vec![f64::NAN]] {
            let ticks = Ticks::around(values.into_iter(), Scale::Linear);
            assert!(ticks.low < ticks.high && ticks.at.len() >= 2, "{ticks:?}");
        }
        let ticks = Ticks::around([5.0].into_iter(), Scale::Log);
        assert!(ticks.low < ticks.high);
    }
}
