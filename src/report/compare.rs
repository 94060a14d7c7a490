//! A measured figure beside the study's.
//!
//! The difference is given in standard deviations of one run, pooled over both where the study prints one (Cohen's d),
//! else of the runs here. A figure without spread - k-NN and SVM draw nothing at random - is measured by the standard
//! error that an accuracy on so many test images has. Does not depend on tables or words.

use super::groups::Group;
use crate::metrics::Summary;
use crate::study::published::{Experiment, Metric, Published};

/// A difference of more standard deviations than this is said not to agree.
pub(crate) const AGREES_WITHIN: f64 = 2.0;

/// What a difference is measured in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Yardstick {
    /// Standard deviations of one run over seeds.
    Deviations(f64),
    /// Standard errors of an accuracy measured on the test images.
    Errors(f64),
}

/// A measured figure beside the study's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Beside {
    /// Mean, sample deviation and count over seeds.
    pub(crate) here: Summary,
    /// What the study prints; absent where it prints nothing or learned from other data.
    pub(crate) study: Option<Published>,
    /// Test images, where known.
    pub(crate) test_images: Option<u64>,
    is_accuracy: bool,
}

impl Beside {
    /// The figure of a group; `None` where no finished run has it.
    pub(crate) fn of(group: &Group<'_>, experiment: Experiment, metric: Metric, with_study: bool) -> Option<Self> {
        let here = group.summary(metric)?;
        let study = with_study.then(|| experiment.published(metric)).flatten();
        let is_accuracy = metric == Metric::TestAccuracy;
        Some(Self { here, study, test_images: group.test_images(), is_accuracy })
    }

    /// What was measured here minus what the study prints.
    pub(crate) fn difference(&self) -> Option<f64> {
        self.study.map(|study| self.here.mean - study.mean)
    }

    /// The difference on its yardstick; `None` where neither side has a spread.
    pub(crate) fn distance(&self) -> Option<Yardstick> {
        let study = self.study?;
        let theirs = Summary {
            mean: study.mean,
            deviation: study.deviation.unwrap_or(0.0),
            // A mean without a printed deviation says nothing about the spread, so it must not weigh on the pool.
            n: if study.deviation.is_some() { study.n as usize } else { 1 },
        };
        if let Some(deviations) = self.here.deviations_from(&theirs).filter(|value| value.is_finite()) {
            return Some(Yardstick::Deviations(deviations));
        }
        let images = self.test_images.filter(|images| *images > 0 && self.is_accuracy)? as f64;
        let error = (study.mean * (1.0 - study.mean) / images).sqrt();
        (error > 0.0).then(|| Yardstick::Errors((self.here.mean - study.mean) / error))
    }

    /// Whether the two are further apart than chance would have it.
    pub(crate) fn disagrees(&self) -> bool {
        self.distance().is_some_and(|distance| distance.value().abs() > AGREES_WITHIN)
    }
}

impl Yardstick {
    /// The number of deviations or errors.
    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Deviations(value) | Self::Errors(value) => value,
        }
    }
}

/// The probability that one more run lies more than [`AGREES_WITHIN`] sample deviations from the mean of `runs` like it:
/// the two tails of Student's t with `runs` - 1 degrees of freedom beyond that many deviations / sqrt(1 + 1 / runs).
pub(crate) fn beyond_by_chance(runs: usize) -> f64 {
    if runs < 2 {
        return f64::NAN;
    }
    let freedom = runs as f64 - 1.0;
    let limit = AGREES_WITHIN / (1.0 + 1.0 / runs as f64).sqrt();
    // With t = sqrt(f) tan(a) the density becomes cos(a)^(f - 1), which is smooth on a bounded range.
    let density = |angle: f64| angle.cos().powf(freedom - 1.0);
    let integral = |to: f64| {
        const PARTS: usize = 2000;
        let width = to / PARTS as f64;
        (0..PARTS).map(|part| density((part as f64 + 0.5) * width)).sum::<f64>() * width
    };
    1.0 - integral((limit / freedom.sqrt()).atan()) / integral(std::f64::consts::FRAC_PI_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(mean: f64, deviation: f64, n: usize, study: Option<f64>) -> Beside {
        let study = Some(Published { mean: 0.96, deviation: study, n: 5, table: 12 });
        Beside { here: Summary { mean, deviation, n }, study, test_images: Some(10_000), is_accuracy: true }
    }

    #[test]
    fn differences_are_measured_in_deviations_of_a_run() {
        let pooled = beside(0.962, 0.001, 5, Some(0.001));
        assert!((pooled.distance().unwrap().value() - 2.0).abs() < 1e-9);
        assert!(!beside(0.9619, 0.001, 5, Some(0.001)).disagrees());
        assert!(beside(0.9631, 0.001, 5, Some(0.001)).disagrees());
        let alone = beside(0.963, 0.001, 5, None).distance().unwrap();
        assert!(matches!(alone, Yardstick::Deviations(value) if (value - 3.0).abs() < 1e-9), "{alone:?}");
    }

    #[test]
    fn chance_follows_students_t() {
        // scipy.stats.t.sf(2 / sqrt(1.2), 4) * 2 and the normal limit, norm.sf(2) * 2.
        assert!((beyond_by_chance(5) - 0.141_927).abs() < 1e-5, "{}", beyond_by_chance(5));
        assert!((beyond_by_chance(10_000) - 0.0455).abs() < 1e-3);
        assert!(beyond_by_chance(1).is_nan());
    }

    #[test]
    fn without_any_spread_the_test_set_is_the_yardstick() {
        // sqrt(0.96 * 0.04 / 10000) = 0.0019596
        let distance = beside(0.965, 0.0, 1, None).distance().unwrap();
        assert!(matches!(distance, Yardstick::Errors(value) if (value - 2.5516).abs() < 1e-3), "{distance:?}");
        let blind = Beside { test_images: None, ..beside(0.965, 0.0, 1, None) };
        assert_eq!(blind.distance(), None);
    }
}
