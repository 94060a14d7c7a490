//! Exponential smoothing of a curve, with the bias of its start taken out, as TensorBoard draws it (Kingma and Ba
//! 2015, section 3, have the correction).
//!
//! Must not know what the values are of.

/// The exponentially weighted mean of the values up to each place. `weight` is how much of the mean so far is kept at
/// each value, 0 (nothing, the values themselves) to below 1. Values that are not finite are passed through and count
/// for nothing.
#[must_use]
pub fn smoothed(values: &[f64], weight: f64) -> Vec<f64> {
    let weight = if weight.is_finite() { weight.clamp(0.0, 0.999_999) } else { 0.0 };
    let (mut mean, mut share) = (0.0, 1.0);
    values
        .iter()
        .map(|value| {
            if !value.is_finite() {
                return *value;
            }
            mean = weight * mean + (1.0 - weight) * value;
            share *= weight;
            mean / (1.0 - share)
        })
        .collect()
}
