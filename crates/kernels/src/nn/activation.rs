//! The hidden layers' non-linearities and their derivatives, applied where the product left its sums.
//!
//! One pass over a layer adds the bias, applies the activation and notes the derivative, which the backward pass then
//! only multiplies by. Does not depend on layers' order, losses or noise.
#![expect(clippy::inline_always, reason = "a call would end the vectorisation of the loop around it")]

use crate::math::elementwise::{hyperbolic_tangent, logistic};
use multiversion::multiversion;

/// The slope of the leaky ReLU on the negative side.
pub(super) const LEAK: f32 = 0.01;
/// The slope from which a PReLU learns (He et al. 2015).
pub(super) const FIRST_SLOPE: f32 = 0.25;

/// The non-linearity of the hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// 1 / (1 + exp(-z)).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, z).
    Relu,
    /// z where positive, 0.01 z elsewhere.
    LeakyRelu,
    /// z where positive, a z elsewhere; each layer learns its slope a, from 0.25 on (He et al. 2015).
    Prelu,
}

/// What one layer's activation works on; all of (batch, units), row by row.
pub(super) struct Layer<'a> {
    /// Sums without bias on entry, activations h on return.
    pub(super) values: &'a mut [f32],
    /// Receives dh/dz.
    pub(super) derivative: &'a mut [f32],
    /// Receives min(z, 0), PReLU only: what its slope multiplies.
    pub(super) negative: &'a mut [f32],
    /// One bias a unit.
    pub(super) bias: &'a [f32],
}

/// Adds the bias and applies `activation`, with `slope` on the negative side of a PReLU.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn activate(activation: Activation, slope: f32, mut layer: Layer<'_>) {
    match activation {
        Activation::Sigmoid => each(&mut layer, |z| {
            let h = logistic(z);
            (h, h * (1.0 - h))
        }),
        Activation::Tanh => each(&mut layer, |z| {
            let h = hyperbolic_tangent(z);
            (h, 1.0 - h * h)
        }),
        Activation::Relu => each(&mut layer, |z| rectify(z, 0.0)),
        Activation::LeakyRelu => each(&mut layer, |z| rectify(z, LEAK)),
        Activation::Prelu => {
            let units = layer.bias.len();
            for (values, negative) in layer.values.chunks_exact(units).zip(layer.negative.chunks_exact_mut(units)) {
                for ((&value, negative), &bias) in values.iter().zip(negative).zip(layer.bias) {
                    *negative = (value + bias).min(0.0);
                }
            }
            each(&mut layer, |z| rectify(z, slope));
        }
    }
}

/// Two half lines: z and 1 where z is positive, `slope` z and `slope` elsewhere. NaN stays NaN.
#[inline(always)]
fn rectify(z: f32, slope: f32) -> (f32, f32) {
    if z > 0.0 { (z, 1.0) } else { (z * slope, slope) }
}

#[inline(always)]
fn each(layer: &mut Layer<'_>, f: impl Fn(f32) -> (f32, f32)) {
    let units = layer.bias.len();
    for (values, derivative) in layer.values.chunks_exact_mut(units).zip(layer.derivative.chunks_exact_mut(units)) {
        for ((value, derivative), &bias) in values.iter_mut().zip(derivative).zip(layer.bias) {
            (*value, *derivative) = f(*value + bias);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Activation; 5] =
        [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::LeakyRelu, Activation::Prelu];

    /// The activation of one sum by its definition, in f64.
    fn exact(activation: Activation, slope: f32, z: f64) -> f64 {
        match activation {
            Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Activation::Tanh => z.tanh(),
            Activation::Relu => z.max(0.0),
            Activation::LeakyRelu => z.max(0.0) + f64::from(LEAK) * z.min(0.0),
            Activation::Prelu => z.max(0.0) + f64::from(slope) * z.min(0.0),
        }
    }

    proptest! {
        #[test]
        fn values_and_derivatives_are_those_of_the_definition(
            sums in prop::collection::vec(-12.0_f32..12.0, 6), bias in prop::collection::vec(-1.0_f32..1.0, 3),
            slope in -0.5_f32..0.5, which in 0_usize..5,
        ) {
            let activation = ALL[which];
            let (mut values, mut derivative, mut negative) = (sums.clone(), vec![0.0; 6], vec![0.0; 6]);
            let layer =
                Layer { values: &mut values, derivative: &mut derivative, negative: &mut negative, bias: &bias };
            activate(activation, slope, layer);
            for entry in 0..6 {
                let z = f64::from(sums[entry] + bias[entry % 3]);
                prop_assert!((f64::from(values[entry]) - exact(activation, slope, z)).abs() < 1e-6);
                // Central differences, away from the kink, where no derivative exists.
                let step = 1e-4;
                if z.abs() > step {
                    let slope_there =
                        (exact(activation, slope, z + step) - exact(activation, slope, z - step)) / (2.0 * step);
                    prop_assert!((f64::from(derivative[entry]) - slope_there).abs() < 1e-6);
                }
                if activation == Activation::Prelu {
                    prop_assert!((f64::from(negative[entry]) - z.min(0.0)).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn nan_is_never_hidden() {
        for activation in ALL {
            let (mut values, mut derivative, mut negative) = ([f32::NAN], [0.0], [0.0]);
            let layer =
                Layer { values: &mut values, derivative: &mut derivative, negative: &mut negative, bias: &[0.0] };
            activate(activation, 0.25, layer);
            assert!(values[0].is_nan(), "{activation:?}");
        }
    }
}
