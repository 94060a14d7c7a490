//! Exponential smoothing of a curve, with the bias of its start taken out, as TensorBoard draws it (Kingma and Ba
//! 2015, section 3, have the correction).
//!
//! Does not depend on what the values are of.

/// The exponentially weighted mean of the values up to each place. `weight` is how much of the mean so far is kept at
/// each value, 0 (nothing, the values themselves) to below 1. Values that are not finite are passed through and count
/// for nothing. No result lies outside of the values so far, whatever was lost to rounding: a constant stays one.
#[must_use]
pub fn smoothed(values: &[f64], weight: f64) -> Vec<f64> {
    let weight = if weight.is_finite() { weight.clamp(0.0, 0.999_999) } else { 0.0 };
    let (mut mean, mut share) = (0.0, 1.0);
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    values
        .iter()
        .map(|value| {
            if !value.is_finite() {
                return *value;
            }
            mean = weight * mean + (1.0 - weight) * value;
            share *= weight;
            (lowest, highest) = (value.min(lowest), value.max(highest));
            (mean / (1.0 - share)).clamp(lowest, highest)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_constant_stays_itself(value in prop::num::f64::NORMAL, length in 1_usize..600, weight in 0.0_f64..1.0) {
            prop_assert!(smoothed(&vec![value; length], weight).iter().all(|smooth| *smooth == value));
        }

        #[test]
        fn smoothed_values_lie_among_the_raw_ones(
            values in prop::collection::vec(-1e6_f64..1e6, 1..200), weight in 0.0_f64..1.0,
        ) {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(smoothed(&values, weight).iter().all(|smooth| (low..=high).contains(smooth)));
        }
    }

    #[test]
    fn what_is_not_finite_passes_through() {
        let smooth = smoothed(&[1.0, f64::NAN, 1.0, f64::INFINITY], 0.9);
        assert!(smooth[0] == 1.0 && smooth[1].is_nan() && smooth[2] == 1.0 && smooth[3].is_infinite(), "{smooth:?}");
    }
}
