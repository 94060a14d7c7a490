//! Mean and spread of one figure over the seeds of an experiment.
//!
//! The study gives a mean and a standard deviation over three or five trainings; numpy's `std` divides by n, the
//! sample deviation by n - 1. Both are here; neither is meaningful without n. Does not depend on which figure it is.

/// A figure over several runs that differ in their seed only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The arithmetic mean; NaN where there is no value.
    pub mean: f64,
    /// The sample standard deviation, divided by n - 1; 0 where fewer than two values leave it undefined.
    pub deviation: f64,
    /// Values.
    pub n: usize,
}

impl Summary {
    /// The deviation divided by n, which numpy's `std` gives unless told otherwise.
    #[must_use]
    pub fn population_deviation(&self) -> f64 {
        if self.n < 2 { 0.0 } else { self.deviation * ((self.n - 1) as f64 / self.n as f64).sqrt() }
    }

    /// This mean minus `other`'s, in standard deviations of one run, pooled over both (Cohen's d): the square root of
    /// the mean of the variances weighted by n - 1. None where neither has a spread to measure by.
    #[must_use]
    pub fn deviations_from(&self, other: &Self) -> Option<f64> {
        let freedom = |summary: &Self| summary.n.saturating_sub(1) as f64;
        let variance = (freedom(self) * self.deviation.powi(2) + freedom(other) * other.deviation.powi(2))
            / (freedom(self) + freedom(other));
        let apart = (self.mean - other.mean) / variance.sqrt();
        apart.is_finite().then_some(apart)
    }
}

/// Mean and sample deviation of `values`, in two passes: the differences are small against the mean.
#[must_use]
pub fn mean_and_deviation(values: &[f64]) -> Summary {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = if n < 2 { 0.0 } else { (squares / (n - 1) as f64).sqrt() };
    Summary { mean, deviation, n }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_deviations_agree_with_numpy() {
        // numpy: x = [0.9201, 0.9215, 0.9189, 0.9222, 0.9208]; x.mean(), x.std(ddof=1), x.std()
        let summary = mean_and_deviation(&[0.9201, 0.9215, 0.9189, 0.9222, 0.9208]);
        assert!((summary.mean - 0.920_7).abs() < 1e-12);
        assert!((summary.deviation - 0.001_274_754_878_398_177_7).abs() < 1e-12);
        assert!((summary.population_deviation() - 0.001_140_175_425_099_121_5).abs() < 1e-12);
        assert_eq!(summary.n, 5);
    }

    #[test]
    fn a_single_run_has_no_spread_and_no_run_no_mean() {
        assert_eq!(mean_and_deviation(&[0.9677]), Summary { mean: 0.9677, deviation: 0.0, n: 1 });
        let none = mean_and_deviation(&[]);
        assert!(none.mean.is_nan() && none.n == 0 && none.deviation == 0.0);
    }

    #[test]
    fn the_difference_is_counted_in_pooled_deviations() {
        let published = Summary { mean: 0.92, deviation: 0.003, n: 5 };
        let measured = Summary { mean: 0.93, deviation: 0.004, n: 5 };
        let apart = measured.deviations_from(&published).unwrap();
        assert!((apart - 0.01 / 0.000_012_5_f64.sqrt()).abs() < 1e-9, "{apart}");
        let single = Summary { mean: 0.93, deviation: 0.0, n: 1 };
        assert!((single.deviations_from(&published).unwrap() - 10.0 / 3.0).abs() < 1e-9);
        assert_eq!(single.deviations_from(&single), None);
    }

    proptest! {
        #[test]
        fn shifting_every_value_shifts_the_mean_alone(
            values in prop::collection::vec(-1.0f64..1.0, 2..20),
            shift in -10.0f64..10.0,
        ) {
            let there = mean_and_deviation(&values);
            let shifted: Vec<f64> = values.iter().map(|value| value + shift).collect();
            let here = mean_and_deviation(&shifted);
            prop_assert!((here.mean - there.mean - shift).abs() < 1e-12);
            prop_assert!((here.deviation - there.deviation).abs() < 1e-12);
            prop_assert!(here.population_deviation() <= here.deviation);
        }
    }
}
