//! The network itself: weights, biases and slopes. Does not depend on how they are learned.

use super::activation::FIRST_SLOPE;
use super::{Config, initialise};
use crate::math::random::Stream;
use ndarray::Array2;

/// A multilayer perceptron's parameters. Layer `l` turns values of width `weights[l].nrows()` into
/// `weights[l].ncols()`; the last layer gives the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    /// One matrix a layer, (fan-in, fan-out), in standard layout.
    pub weights: Vec<Array2<f32>>,
    /// One bias a unit of each layer.
    pub biases: Vec<Vec<f32>>,
    /// The slope on the negative side of each hidden layer; used by PReLU only.
    pub slopes: Vec<f32>,
}

impl Mlp {
    /// A network for inputs of `dimension` values, its weights drawn layer by layer, biases 0, slopes 0.25.
    #[must_use]
    pub fn new(config: &Config, dimension: usize, stream: &mut Stream) -> Self {
        let widths: Vec<usize> = [dimension].iter().chain(&config.hidden).chain([&config.classes]).copied().collect();
        let weights = widths
            .windows(2)
            .map(|pair| initialise::weights(config.initialisation, pair[0], pair[1], stream))
            .collect();
        let biases = widths[1..].iter().map(|&units| vec![0.0; units]).collect();
        Self { weights, biases, slopes: vec![FIRST_SLOPE; config.hidden.len()] }
    }

    /// Values an input has.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.weights[0].nrows()
    }

    /// Units of each layer, the output last.
    pub fn widths(&self) -> impl Iterator<Item = usize> {
        self.biases.iter().map(Vec::len)
    }

    /// Weights and biases together; slopes not counted.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.weights.iter().map(Array2::len).sum::<usize>() + self.widths().sum::<usize>()
    }

    /// The sum of the squares of all weights, biases excluded.
    #[must_use]
    pub fn squared_weights(&self) -> f64 {
        self.weights.iter().map(|weights| sum_of_squares(weights.as_slice().unwrap_or_default())).sum()
    }
}

/// In blocks of f32 lanes, the blocks summed in f64: fast, and exact enough for millions of values.
pub(super) fn sum_of_squares(values: &[f32]) -> f64 {
    values
        .chunks(1024)
        .map(|block| {
            let mut lanes = [0.0_f32; 16];
            let (whole, rest) = block.as_chunks::<16>();
            for chunk in whole {
                for (lane, value) in lanes.iter_mut().zip(chunk) {
                    *lane += value * value;
                }
            }
            let rest: f32 = rest.iter().map(|value| value * value).sum();
            f64::from(lanes.iter().sum::<f32>() + rest)
        })
        .sum()
}
