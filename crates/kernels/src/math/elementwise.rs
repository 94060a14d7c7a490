//! Element-wise kernels over slices of f32: exp, ln, tanh and the logistic function, each within a few ulp of the
//! exact value.
//!
//! Each is a polynomial after a range reduction (coefficients of Cephes, Moshier 1984-2000), written so that the
//! compiler turns it into vector instructions, and compiled for several instruction sets of which the best is chosen
//! at run time. Products are rounded before they are added, so every instruction set yields the same bits.
//!
//! Does not depend on what the values mean.
#![expect(clippy::inline_always, reason = "a call would end the vectorisation of the loop around it")]

use multiversion::multiversion;
use std::f32::consts::{LOG2_E, SQRT_2};

/// Added to and subtracted from a small number, leaves it rounded to the nearest whole: 1.5 * 2^23.
const ROUNDER: f32 = 12_582_912.0;

/// e^x: within 2 ulp; 0 below -104, infinite above 88.73; NaN stays NaN.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn exp(values: &mut [f32]) {
    for value in values {
        *value = exponential(*value);
    }
}

/// The natural logarithm: within 2 ulp; minus infinity at 0, NaN below.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn ln(values: &mut [f32]) {
    for value in values {
        *value = logarithm(*value);
    }
}

/// The hyperbolic tangent: within 3 ulp.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn tanh(values: &mut [f32]) {
    for value in values {
        *value = hyperbolic_tangent(*value);
    }
}

/// The logistic function 1 / (1 + e^-x): within 4 ulp while it is above 1e-38.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn sigmoid(values: &mut [f32]) {
    for value in values {
        *value = logistic(*value);
    }
}

/// Adds `scale * x` to each value; the product is rounded first.
///
/// # Panics
/// When the lengths differ.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn add_scaled(values: &mut [f32], scale: f32, x: &[f32]) {
    assert_eq!(values.len(), x.len(), "the slices differ in length");
    for (value, &x) in values.iter_mut().zip(x) {
        *value += scale * x;
    }
}

/// Takes `share` of itself from each value, as exactly as an f32 allows. A product with `1 - share` would not do: the
/// f32 nearest to 1 - 1e-5 is off by up to 0.3 % of that 1e-5.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn shrink(values: &mut [f32], share: f32) {
    for value in values {
        *value -= share * *value;
    }
}

/// Multiplies each value by its factor.
///
/// # Panics
/// When the lengths differ.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn multiply(values: &mut [f32], factors: &[f32]) {
    assert_eq!(values.len(), factors.len(), "the slices differ in length");
    for (value, &factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}

/// e^x of one value; see [`exp`].
#[inline(always)]
#[must_use]
pub fn exponential(x: f32) -> f32 {
    // Comparisons instead of `clamp`, which would let NaN pass but compiles to more.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = x * LOG2_E + ROUNDER;
    let power = shifted - ROUNDER;
    // ln 2 in two parts, the first exact in few bits, so that the remainder keeps its precision.
    let r = (x - power * 0.693_359_4) - power * -2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        sum = sum * r + coefficient;
    }
    let mantissa = sum * (r * r) + r + 1.0;
    // 2^power in two factors, since 2^-149 and 2^128 are beyond the exponents of a normal number.
    let whole = shifted.to_bits().cast_signed().wrapping_sub(ROUNDER.to_bits().cast_signed());
    let half = whole >> 1;
    mantissa * power_of_two(half) * power_of_two(whole.wrapping_sub(half))
}

/// 2^power for -126 <= power <= 127.
#[inline(always)]
fn power_of_two(power: i32) -> f32 {
    f32::from_bits((power.wrapping_add(127) << 23).cast_unsigned())
}

/// ln x of one value; see [`ln`].
#[inline(always)]
#[must_use]
pub fn logarithm(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let scaled = if subnormal { x * 8_388_608.0 } else { x };
    let finite = log_positive(scaled) - if subnormal { 15.942_385 } else { 0.0 };
    let with_top = if x == f32::INFINITY { x } else { finite };
    let with_zero = if x == 0.0 { f32::NEG_INFINITY } else { with_top };
    if x >= 0.0 { with_zero } else { f32::NAN }
}

/// ln x of one normal, positive, finite value, without the checks of [`logarithm`].
#[inline(always)]
#[must_use]
pub fn log_positive(x: f32) -> f32 {
    // x = m * 2^power with m in [sqrt(1/2), sqrt(2)).
    let offset = x.to_bits().wrapping_sub((SQRT_2 * 0.5).to_bits());
    let power = (offset.cast_signed() >> 23) as f32;
    let m = f32::from_bits((offset & 0x007f_ffff).wrapping_add((SQRT_2 * 0.5).to_bits()));
    let r = m - 1.0;
    let square = r * r;
    let mut sum = 7.037_683_6e-2;
    for coefficient in [
        -0.115_146_1,
        0.116_769_98,
        -0.124_201_41,
        0.142_493_23,
        -0.166_680_57,
        0.200_007_14,
        -0.249_999_94,
        0.333_333_3,
    ] {
        sum = sum * r + coefficient;
    }
    let tail = sum * r * square + power * -2.121_944_4e-4 - 0.5 * square;
    (r + tail) + power * 0.693_359_4
}

/// tanh x of one value; see [`tanh`].
#[inline(always)]
#[must_use]
pub fn hyperbolic_tangent(x: f32) -> f32 {
    let size = x.abs();
    let square = x * x;
    let mut sum = -5.704_988_7e-3;
    for coefficient in [2.063_909e-2, -5.373_971_5e-2, 0.133_314_42, -0.333_332_8] {
        sum = sum * square + coefficient;
    }
    let near = sum * square * x + x;
    let far = 1.0 - 2.0 / (exponential(2.0 * size) + 1.0);
    if size < 0.625 { near } else { far.copysign(x) }
}

/// The logistic function of one value; see [`sigmoid`].
#[inline(always)]
#[must_use]
pub fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exponential(-x))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "edges are exact")]

    use super::*;
    use proptest::prelude::*;

    /// The distance of `found` from `exact` in units of the last place of the f32 nearest to `exact`.
    fn ulps(found: f32, exact: f64) -> f64 {
        let nearest = exact as f32;
        let unit = f64::from(f32::from_bits(nearest.abs().to_bits() + 1)) - f64::from(nearest.abs());
        (f64::from(found) - exact).abs() / unit
    }

    /// Applies `kernel` to a grid and gives the worst distance and where it is.
    fn worst(kernel: fn(&mut [f32]), exact: fn(f64) -> f64, low: f32, high: f32) -> (f64, f32) {
        let inputs: Vec<f32> = (0..200_001).map(|i| low + (high - low) * (i as f32 / 200_000.0)).collect();
        let mut found = inputs.clone();
        kernel(&mut found);
        let errors = found.iter().zip(&inputs).map(|(&y, &x)| (ulps(y, exact(f64::from(x))), x));
        errors.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap()
    }

    fn assert_within(limit: f64, (error, at): (f64, f32)) {
        assert!(error <= limit, "{error} ulp at {at}");
    }

    #[test]
    fn exp_is_within_two_ulp() {
        assert_within(2.0, worst(exp, f64::exp, -87.0, 88.7));
        assert_within(2.0, worst(exp, f64::exp, -1.0, 1.0));
        // Subnormal results round twice.
        assert_within(2.0, worst(exp, f64::exp, -103.9, -87.0));
    }

    #[test]
    fn ln_is_within_two_ulp() {
        assert_within(2.0, worst(ln, f64::ln, 1e-3, 2.0));
        assert_within(2.0, worst(ln, f64::ln, 1.0, 1e6));
        assert_within(2.0, worst(ln, f64::ln, 1e-44, 1e-38));
    }

    #[test]
    fn tanh_is_within_three_ulp() {
        assert_within(3.0, worst(tanh, f64::tanh, -1.0, 1.0));
        assert_within(3.0, worst(tanh, f64::tanh, -20.0, 20.0));
    }

    #[test]
    fn sigmoid_is_within_four_ulp() {
        assert_within(4.0, worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -87.0, 20.0));
        assert_within(4.0, worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -1.0, 1.0));
    }

    #[test]
    fn the_edges_are_those_of_the_functions() {
        let of = |kernel: fn(&mut [f32]), x: f32| {
            let mut value = [x];
            kernel(&mut value);
            value[0]
        };
        assert_eq!(of(exp, f32::NEG_INFINITY), 0.0);
        assert_eq!(of(exp, f32::INFINITY), f32::INFINITY);
        assert_eq!(of(exp, 0.0), 1.0);
        assert_eq!(of(ln, 1.0), 0.0);
        assert_eq!(of(ln, 0.0), f32::NEG_INFINITY);
        assert_eq!(of(ln, f32::INFINITY), f32::INFINITY);
        assert!(of(ln, -1.0).is_nan());
        assert_eq!(of(tanh, f32::INFINITY), 1.0);
        assert_eq!(of(tanh, f32::NEG_INFINITY), -1.0);
        assert_eq!(of(sigmoid, f32::NEG_INFINITY), 0.0);
        assert_eq!(of(sigmoid, f32::INFINITY), 1.0);
        for kernel in [exp, ln, tanh, sigmoid] {
            assert!(of(kernel, f32::NAN).is_nan());
        }
    }

    #[test]
    fn sums_and_products_go_entry_by_entry() {
        let mut values: Vec<f32> = (0..40).map(|i| i as f32).collect();
        let factors: Vec<f32> = (0..40).map(|i| (i % 3) as f32).collect();
        add_scaled(&mut values, 2.0, &factors);
        multiply(&mut values, &factors);
        assert!((0..40).all(|i| values[i] == (i as f32 + 2.0 * (i % 3) as f32) * (i % 3) as f32));
    }

    proptest! {
        #[test]
        fn the_vector_form_gives_the_bits_of_the_scalar_form(values in prop::collection::vec(-100.0_f32..100.0, 0..70)) {
            type Pair = (fn(&mut [f32]), fn(f32) -> f32);
            let kernels: [Pair; 4] =
                [(exp, exponential), (ln, logarithm), (tanh, hyperbolic_tangent), (sigmoid, logistic)];
            for (kernel, single) in kernels {
                let mut found = values.clone();
                kernel(&mut found);
                let expected: Vec<u32> = values.iter().map(|&value| single(value).to_bits()).collect();
                // The sign of a NaN is nobody's promise.
                for ((y, bits), x) in found.iter().zip(expected).zip(&values) {
                    prop_assert!(y.to_bits() == bits || (y.is_nan() && f32::from_bits(bits).is_nan()), "{x}");
                }
            }
        }

        #[test]
        fn tanh_is_odd_and_sigmoid_sums_to_one(x in -30.0_f32..30.0) {
            prop_assert_eq!(hyperbolic_tangent(-x).to_bits(), (-hyperbolic_tangent(x)).to_bits());
            prop_assert!((logistic(x) + logistic(-x) - 1.0).abs() < 2e-7);
        }
    }
}
