//! One batch's way through a network and back: the buffers, allocated once, and the arithmetic on them.
//!
//! Backpropagation after Rumelhart, Hinton and Williams (1986), with the update of plain gradient descent fused into
//! the product that gives the gradient of the weights: `W = W - lr h^T delta` is one call. Does not depend on samples, epochs or
//! reports.

use super::activation::{self, Activation};
use super::loss::{BatchLoss, softmax_cross_entropy};
use super::network::{Mlp, sum_of_squares};
use crate::math::elementwise::{add_scaled, multiply, shrink};
use crate::math::occupancy::Occupancy;
use crate::math::product::matmul;
use crate::math::random::Stream;
use crate::math::sparse;
use ndarray::{Array2, s};

/// Normal noise: where it is drawn from and how strong it is. A deviation of 0 draws nothing.
pub(super) struct Noise<'a> {
    pub(super) stream: &'a mut Stream,
    pub(super) deviation: f32,
}

/// What one step of gradient descent subtracts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descent {
    pub(super) activation: Activation,
    pub(super) learning_rate: f32,
    pub(super) l2: f32,
}

/// The buffers of batches of up to `capacity` samples.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The batch, (capacity, dimension).
    pub(super) input: Array2<f32>,
    /// Where the batch is not zero: images mostly are.
    occupancy: Occupancy,
    /// Its classes.
    pub(super) labels: Vec<u8>,
    hidden: Vec<Hidden>,
    /// Logits, then dL/dz of the output layer; (capacity, classes).
    output: Array2<f32>,
    /// Noise of one layer.
    noise: Vec<f32>,
}

/// One hidden layer's buffers, each (capacity, units).
#[derive(Clone, Debug)]
struct Hidden {
    /// Activations, with the forward noise.
    values: Array2<f32>,
    /// dh/dz.
    derivative: Array2<f32>,
    /// min(z, 0), PReLU only.
    negative: Array2<f32>,
    /// dL/dh, then dL/dz.
    delta: Array2<f32>,
    /// dL/da of a PReLU's slope.
    slope_gradient: f32,
}

/// The first `rows` rows of a buffer.
fn flat(buffer: &mut Array2<f32>, rows: usize) -> &mut [f32] {
    let width = buffer.ncols();
    &mut buffer.as_slice_mut().unwrap_or_default()[..rows * width]
}

impl Pass {
    pub(super) fn new(network: &Mlp, capacity: usize) -> Self {
        let zeros = |units| Array2::zeros((capacity, units));
        let widths: Vec<usize> = network.widths().collect();
        let (&classes, hidden) = widths.split_last().unwrap_or((&0, &[]));
        let hidden_buffers = |&units: &usize| Hidden {
            values: zeros(units),
            derivative: zeros(units),
            negative: zeros(units),
            delta: zeros(units),
            slope_gradient: 0.0,
        };
        let widest = hidden.iter().copied().chain([network.dimension()]).max().unwrap_or(0);
        Self {
            input: zeros(network.dimension()),
            occupancy: Occupancy::default(),
            labels: vec![0; capacity],
            hidden: hidden.iter().map(hidden_buffers).collect(),
            output: zeros(classes),
            noise: vec![0.0; capacity * widest],
        }
    }

    /// Most samples a batch may have.
    pub(super) fn capacity(&self) -> usize {
        self.labels.len()
    }

    /// Room for the first `rows` samples: values, labels, and scratch for noise.
    pub(super) fn batch(&mut self, rows: usize) -> (&mut [f32], &mut [u8], &mut [f32]) {
        (flat(&mut self.input, rows), &mut self.labels[..rows], &mut self.noise)
    }

    /// From the inputs of the first `rows` samples to the logits, bias of the output layer not yet added.
    pub(super) fn forward(&mut self, network: &Mlp, activation: Activation, rows: usize, noise: &mut Noise<'_>) {
        self.occupancy.survey(self.input.slice(s![..rows, ..]));
        for layer in 0..self.hidden.len() {
            let (below, this) = self.hidden.split_at_mut(layer);
            let hidden = &mut this[0];
            let weights = network.weights[layer].view();
            let values = hidden.values.slice_mut(s![..rows, ..]);
            match below.last() {
                None => sparse::multiply(self.input.slice(s![..rows, ..]), &self.occupancy, weights, values),
                Some(below) => matmul(1.0, below.values.slice(s![..rows, ..]), weights, 0.0, values),
            }
            let layer_buffers = activation::Layer {
                values: flat(&mut hidden.values, rows),
                derivative: flat(&mut hidden.derivative, rows),
                negative: flat(&mut hidden.negative, rows),
                bias: &network.biases[layer],
            };
            activation::activate(activation, network.slopes[layer], layer_buffers);
            disturb(flat(&mut hidden.values, rows), noise, &mut self.noise);
        }
        let input = self.hidden.last().map_or(&self.input, |below| &below.values).slice(s![..rows, ..]);
        if let Some(weights) = network.weights.last() {
            matmul(1.0, input, weights.view(), 0.0, self.output.slice_mut(s![..rows, ..]));
        }
    }

    /// The loss of the first `rows` samples; leaves dL/dz of the output layer, L being the mean over `divisor`.
    pub(super) fn loss(
        &mut self,
        network: &Mlp,
        rows: usize,
        divisor: f32,
        predictions: Option<&mut [u8]>,
    ) -> BatchLoss {
        let bias = network.biases.last().map_or(&[][..], Vec::as_slice);
        softmax_cross_entropy(flat(&mut self.output, rows), bias, &self.labels[..rows], divisor, predictions)
    }

    /// From dL/dz of layer `layer` to dL/dz of the hidden layer below it. The forward pass must have been `activation`'s.
    pub(super) fn backward(
        &mut self,
        network: &Mlp,
        activation: Activation,
        layer: usize,
        rows: usize,
        noise: &mut Noise<'_>,
    ) {
        let (below, above) = self.hidden.split_at_mut(layer);
        let delta = above.first().map_or(&self.output, |above| &above.delta).slice(s![..rows, ..]);
        let below = &mut below[layer - 1];
        matmul(1.0, delta, network.weights[layer].t(), 0.0, below.delta.slice_mut(s![..rows, ..]));
        disturb(flat(&mut below.delta, rows), noise, &mut self.noise);
        if activation == Activation::Prelu {
            let entries = flat(&mut below.delta, rows).iter().zip(flat(&mut below.negative, rows));
            below.slope_gradient = entries.map(|(&delta, negative)| f64::from(delta * *negative)).sum::<f64>() as f32;
        }
        multiply(flat(&mut below.delta, rows), flat(&mut below.derivative, rows));
    }

    /// Subtracts layer `layer`'s gradient from its parameters, after [`Self::backward`] used them.
    pub(super) fn descend(&mut self, network: &mut Mlp, layer: usize, rows: usize, descent: Descent) {
        let rate = descent.learning_rate;
        let (input, delta) = self.around(layer);
        let (input, delta) = (input.slice(s![..rows, ..]), delta.slice(s![..rows, ..]));
        let weights = &mut network.weights[layer];
        if descent.l2 > 0.0 {
            shrink(weights.as_slice_mut().unwrap_or_default(), 2.0 * rate * descent.l2);
        }
        if layer == 0 {
            sparse::add_transposed_product(-rate, input, &self.occupancy, delta, weights.view_mut());
        } else {
            matmul(-rate, input.t(), delta, 1.0, weights.view_mut());
        }
        for row in delta.rows() {
            add_scaled(&mut network.biases[layer], -rate, row.to_slice().unwrap_or_default());
        }
        if descent.activation == Activation::Prelu
            && let Some(hidden) = self.hidden.get(layer)
        {
            network.slopes[layer] -= rate * hidden.slope_gradient;
        }
    }

    /// The squared norm of layer `layer`'s gradient over weights and biases, penalty included, before
    /// [`Self::descend`]. `scratch` holds a weight matrix.
    pub(super) fn squared_gradient(
        &self,
        network: &Mlp,
        layer: usize,
        rows: usize,
        l2: f32,
        scratch: &mut Vec<f32>,
    ) -> f64 {
        let (input, delta) = self.around(layer);
        let (input, delta) = (input.slice(s![..rows, ..]), delta.slice(s![..rows, ..]));
        let weights = &network.weights[layer];
        scratch.clear();
        scratch.extend(weights.iter());
        if let Ok(gradient) = ndarray::ArrayViewMut2::from_shape(weights.dim(), scratch) {
            matmul(1.0, input.t(), delta, 2.0 * l2, gradient);
        }
        let of_biases: f64 =
            delta.columns().into_iter().map(|column| f64::from(column.sum()) * f64::from(column.sum())).sum();
        sum_of_squares(scratch) + of_biases
    }

    /// dL/dz of hidden layer `layer` for the first `rows` samples, row by row.
    pub(super) fn delta(&self, layer: usize, rows: usize) -> &[f32] {
        let delta = &self.hidden[layer].delta;
        &delta.as_slice().unwrap_or_default()[..rows * delta.ncols()]
    }

    /// What goes into layer `layer` and dL/dz of what comes out.
    fn around(&self, layer: usize) -> (&Array2<f32>, &Array2<f32>) {
        let input = layer.checked_sub(1).map_or(&self.input, |below| &self.hidden[below].values);
        let delta = self.hidden.get(layer).map_or(&self.output, |hidden| &hidden.delta);
        (input, delta)
    }
}

fn disturb(values: &mut [f32], noise: &mut Noise<'_>, scratch: &mut [f32]) {
    if noise.deviation > 0.0 {
        let drawn = &mut scratch[..values.len()];
        noise.stream.fill_normal(drawn);
        add_scaled(values, noise.deviation, drawn);
    }
}
