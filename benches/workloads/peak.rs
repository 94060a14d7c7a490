//! What this core can do at most: multiply-adds per second, with everything in registers.
#![expect(clippy::inline_always, reason = "a call would leave the instruction set that was chosen")]

use pulp::{Simd, WithSimd};
use std::hint::black_box;

/// Sums kept at once: enough that each waits for its own last addition without slowing the others.
const SUMS: usize = 12;
const ROUNDS: usize = 20_000;

/// Multiplies and adds in independent sums of the widest vectors there are; gives the operations done and their result.
pub(crate) struct Burst;

impl WithSimd for Burst {
    type Output = (f64, f32);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (f64, f32) {
        let (factor, term) = (simd.splat_f32s(black_box(0.5)), simd.splat_f32s(black_box(1.0)));
        let mut sums = [simd.splat_f32s(black_box(1.0)); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, term);
            }
        }
        let total = sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum();
        (2.0 * (SUMS * S::F32_LANES * ROUNDS) as f64, total)
    }
}
