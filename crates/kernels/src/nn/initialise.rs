//! The first weights of a network. Does not depend on activations or training.

use super::Initialisation;
use crate::math::random::Stream;
use ndarray::Array2;

/// Weights of shape (`fan_in`, `fan_out`), drawn row by row.
///
/// - Glorot: uniform within sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010, equation 16).
/// - He: normal with deviation sqrt(2 / fan-in) (He et al. 2015, equation 10).
pub(super) fn weights(method: Initialisation, fan_in: usize, fan_out: usize, stream: &mut Stream) -> Array2<f32> {
    let mut drawn = vec![0.0; fan_in * fan_out];
    match method {
        Initialisation::Glorot => {
            let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
            stream.fill_uniform(&mut drawn, -limit, limit);
        }
        Initialisation::He => {
            let deviation = (2.0 / fan_in as f32).sqrt();
            stream.fill_normal(&mut drawn);
            for weight in &mut drawn {
                *weight *= deviation;
            }
        }
    }
    let mut drawn = drawn.into_iter();
    Array2::from_shape_simple_fn((fan_in, fan_out), || drawn.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Purpose;

    fn drawn(method: Initialisation) -> Vec<f64> {
        let mut stream = Stream::new(4, Purpose::Weights);
        weights(method, 300, 200, &mut stream).iter().map(|&weight| f64::from(weight)).collect()
    }

    fn deviation(values: &[f64]) -> f64 {
        (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
    }

    #[test]
    fn glorot_is_uniform_within_its_limit() {
        let values = drawn(Initialisation::Glorot);
        let limit = (6.0_f64 / 500.0).sqrt();
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(largest <= limit && largest > 0.999 * limit, "{largest} of {limit}");
        assert!((deviation(&values) / (limit / 3.0_f64.sqrt()) - 1.0).abs() < 0.01);
    }

    #[test]
    fn he_is_normal_with_its_deviation() {
        let values = drawn(Initialisation::He);
        let expected = (2.0_f64 / 300.0).sqrt();
        assert!((deviation(&values) / expected - 1.0).abs() < 0.015);
        let beyond = values.iter().filter(|value| value.abs() > 2.0 * expected).count() as f64 / values.len() as f64;
        assert!((beyond - 0.0455).abs() < 0.005, "share beyond two deviations {beyond}");
    }
}
