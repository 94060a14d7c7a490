//! The two loops of HOG that take the time: votes of pixels into histograms, and their normalisation in blocks.
//!
//! Written so that the compiler turns the inner loops into vector instructions, which `multiversion` chooses at run
//! time. Does not depend on settings, only their consequences.
#![expect(clippy::inline_always, reason = "a call would end the vectorisation of the loop around it")]

use super::bins::Edge;
use multiversion::multiversion;

/// Pixels taken at a time.
const LANES: usize = 16;
/// scikit-image's guard against division by zero.
const EPSILON: f32 = 1e-5;
/// Where L2-Hys clips (Lowe 2004, section 6.1).
const CLIP: f32 = 0.2;

/// The gradient's two components at each pixel of one image, padded to whole vectors of zeros.
#[derive(Clone, Debug)]
pub(super) struct Gradients {
    across: Vec<i16>,
    down: Vec<i16>,
}

impl Gradients {
    /// Room for `pixels` pixels.
    pub(super) fn new(pixels: usize) -> Self {
        Self { across: vec![0; Self::padded(pixels)], down: vec![0; Self::padded(pixels)] }
    }

    /// `pixels` rounded up to whole vectors.
    pub(super) fn padded(pixels: usize) -> usize {
        pixels.next_multiple_of(LANES)
    }
}

/// Adds each pixel's gradient magnitude to `histogram[place + bin]`, where `place` is the pixel's entry in `places`.
/// `histogram` is zeroed first. The gradient is the difference of the two neighbours, 0 at the image's borders.
///
/// # Panics
/// If `image` is not `width` columns of the rows that `gradients` and `places` were made for.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn vote(
    image: &[u8],
    width: usize,
    edges: &[Edge],
    places: &[u32],
    gradients: &mut Gradients,
    histogram: &mut [f32],
) {
    differences(image, width, gradients);
    histogram.fill(0.0);
    let across = gradients.across.as_chunks::<LANES>().0;
    let down = gradients.down.as_chunks::<LANES>().0;
    for ((gx, gy), places) in across.iter().zip(down).zip(places.as_chunks::<LANES>().0) {
        // Most of a digit's image is ground.
        if gx.iter().zip(gy).fold(0, |any, (x, y)| any | x | y) == 0 {
            continue;
        }
        let (magnitudes, slots) = ballots(gx, gy, places, edges);
        for (&magnitude, &slot) in magnitudes.iter().zip(&slots) {
            histogram[slot as usize] += magnitude;
        }
    }
}

#[inline(always)]
fn differences(image: &[u8], width: usize, gradients: &mut Gradients) {
    let pixels = image.len();
    let minus = |(difference, (&next, &before)): (&mut i16, (&u8, &u8))| {
        *difference = i16::from(next) - i16::from(before);
    };
    if pixels > 2 {
        gradients.across[1..pixels - 1].iter_mut().zip(image[2..].iter().zip(&image[..pixels - 2])).for_each(minus);
    }
    // Those at the ends of rows were taken across the edge.
    for row in gradients.across[..pixels].chunks_exact_mut(width) {
        row[0] = 0;
        row[width - 1] = 0;
    }
    if pixels > 2 * width {
        let inner = &mut gradients.down[width..pixels - width];
        inner.iter_mut().zip(image[2 * width..].iter().zip(&image[..pixels - 2 * width])).for_each(minus);
    }
}

/// The magnitude of each gradient and the place in the histogram that it goes to.
#[inline(always)]
fn ballots(
    gx: &[i16; LANES],
    gy: &[i16; LANES],
    places: &[u32; LANES],
    edges: &[Edge],
) -> ([f32; LANES], [u32; LANES]) {
    let (mut x, mut y, mut magnitudes) = ([0.0_f32; LANES], [0.0_f32; LANES], [0.0_f32; LANES]);
    for lane in 0..LANES {
        let (across, down) = (f32::from(gx[lane]), f32::from(gy[lane]));
        magnitudes[lane] = (across * across + down * down).sqrt();
        // Opposite gradients share a bin: turn those of the lower half plane round.
        let turn = if down < 0.0 || (down == 0.0 && across < 0.0) { -1.0 } else { 1.0 };
        x[lane] = across * turn;
        y[lane] = down * turn;
    }
    let mut slots = *places;
    for edge in edges {
        for lane in 0..LANES {
            slots[lane] += u32::from(edge.x * y[lane] - edge.y * x[lane] >= 0.0);
        }
    }
    (magnitudes, slots)
}

/// Copies the cells of each block from `histogram` to `out` and normalises them: L2, clip, L2 again ("L2-Hys").
/// The histogram has `columns` cells a row of `orientations` values; `out` has one run of `block` * `block` *
/// `orientations` values a block, blocks row by row. `area` is a cell's pixels.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn normalise(
    histogram: &[f32],
    columns: usize,
    orientations: usize,
    block: usize,
    area: f32,
    out: &mut [f32],
) {
    let run = block * orientations;
    let across = columns + 1 - block;
    for (at, values) in out.chunks_exact_mut(block * run).enumerate() {
        let corner = (at / across * columns + at % across) * orientations;
        for (row, values) in values.chunks_exact_mut(run).enumerate() {
            let start = corner + row * columns * orientations;
            values.copy_from_slice(&histogram[start..start + run]);
        }
        // The histogram holds sums; scikit-image's holds means, which matters beside its epsilon only.
        let scale = 1.0 / (sum_of_squares(values) + area * area * EPSILON * EPSILON).sqrt();
        for value in &mut *values {
            *value = (*value * scale).min(CLIP);
        }
        let scale = 1.0 / (sum_of_squares(values) + EPSILON * EPSILON).sqrt();
        for value in values {
            *value *= scale;
        }
    }
}

#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for values in whole {
        for lane in 0..LANES {
            sums[lane] += values[lane] * values[lane];
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += value * value;
    }
    sums.iter().sum()
}
