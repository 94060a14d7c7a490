//! Lower bounds of many distances at once, from one matrix product, and the scan for those that matter.
//!
//! With p and q the moved sample and query, |q|^2 + |p|^2 - 2 p q is the squared distance within the subspace. The
//! sample side holds (-2 p, |p|^2), the query side (q, 1), so that the product itself is the bound less |q|^2. Must
//! not know what is done with the samples that remain.

use super::basis::Basis;
use crate::math::product::matmul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

/// Samples of one block: the bounds of a tile of queries stay in the second cache.
pub(super) const SAMPLES: usize = 1024;
/// Queries of one tile.
pub(super) const QUERIES: usize = 96;

/// Blocks of training samples laid out for the product.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    basis: Basis,
    /// Each `(dimension + 1, samples)`: -2 p, and |p|^2 in the last row.
    laid_out: Vec<Array2<f32>>,
    /// The largest distance of a sample from the basis' mean.
    reach: f64,
}

/// Queries laid out for the product.
pub(super) struct Queries {
    /// `(queries, dimension + 1)`: q, and 1 in the last column.
    moved: Array2<f32>,
    /// |q|^2 of each query.
    squares: Vec<f64>,
    reach: f64,
}

impl Blocks {
    pub(super) fn new(basis: Basis, samples: ArrayView2<'_, f32>) -> Self {
        let dimension = basis.dimension();
        let mut reach = 0f64;
        let lay_out = |samples: ArrayView2<'_, f32>| {
            let (moved, largest) = basis.project(samples);
            reach = reach.max(largest);
            let mut block = Array2::zeros((dimension + 1, samples.nrows()));
            block.slice_mut(s![..dimension, ..]).assign(&(&moved.t() * -2.0));
            for (norm, row) in block.row_mut(dimension).iter_mut().zip(moved.outer_iter()) {
                *norm = square(row.as_slice().unwrap_or_default()) as f32;
            }
            block
        };
        let laid_out = samples.axis_chunks_iter(Axis(0), SAMPLES).map(lay_out).collect();
        Self { basis, laid_out, reach }
    }

    pub(super) fn queries(&self, queries: ArrayView2<'_, f32>) -> Queries {
        let (projected, reach) = self.basis.project(queries);
        let squares = projected.outer_iter().map(|row| square(row.as_slice().unwrap_or_default())).collect();
        let mut moved = Array2::ones((queries.nrows(), self.basis.dimension() + 1));
        moved.slice_mut(s![.., ..-1]).assign(&projected);
        Queries { moved, squares, reach }
    }

    pub(super) fn len(&self) -> usize {
        self.laid_out.len()
    }

    /// Bytes of the laid-out samples.
    pub(super) fn bytes(&self) -> u64 {
        self.laid_out.iter().map(|block| (block.len() * size_of::<f32>()) as u64).sum()
    }

    /// The bounds, each less |q|^2, of the queries in `tile` against the samples of `block`, `(queries, samples)`.
    pub(super) fn bounds<'b>(
        &self,
        queries: &Queries,
        tile: std::ops::Range<usize>,
        block: usize,
        space: &'b mut Array2<f32>,
    ) -> ArrayViewMut2<'b, f32> {
        let samples = &self.laid_out[block];
        let mut bounds = space.slice_mut(s![..tile.len(), ..samples.ncols()]);
        matmul(1.0, queries.moved.slice(s![tile, ..]), samples.view(), 0.0, bounds.view_mut());
        bounds
    }

    /// What a bound of `query` may be at most if the sample is to lie within the squared distance `limit`. Rounding
    /// never excludes a sample: the slack is the worst case of the projection, the product and the norms, whose every
    /// term is at most (reach + reach)^2, over all their additions.
    pub(super) fn cut(&self, queries: &Queries, query: usize, limit: f64) -> f32 {
        let additions = (queries.moved.ncols() + self.basis.original_dimension() + 8) as f64;
        let slack = 4.0 * additions * f64::from(f32::EPSILON) * (self.reach + queries.reach).powi(2);
        (limit - queries.squares[query] + slack) as f32
    }
}

fn square(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum()
}

/// Writes the positions of the bounds that do not exceed `cut`; a bound that overflowed to NaN is among them.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn scan(bounds: &[f32], cut: f32, positions: &mut Vec<usize>) {
    positions.clear();
    for (group, bounds) in bounds.chunks(64).enumerate() {
        let mut any = false;
        for &bound in bounds {
            any |= (bound <= cut) | bound.is_nan();
        }
        if any {
            let within = bounds.iter().enumerate().filter(|(_, bound)| **bound <= cut || bound.is_nan());
            positions.extend(within.map(|(position, _)| group * 64 + position));
        }
    }
}

/// The squared Euclidean distance, in double precision over single precision features.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0f64; 32];
    let (a_lanes, a_rest) = a.as_chunks::<32>();
    let (b_lanes, b_rest) = b.as_chunks::<32>();
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..32 {
            let difference = f64::from(a[lane]) - f64::from(b[lane]);
            sums[lane] += difference * difference;
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::{Purpose, Stream};
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
        let mut values = Array2::zeros((rows, columns));
        Stream::new(seed, Purpose::Other(0)).fill_normal(values.as_slice_mut().unwrap());
        values
    }

    #[test]
    fn a_sample_at_the_limit_is_never_cut() {
        let (samples, queries) = (matrix(SAMPLES + 30, 150, 1), matrix(QUERIES, 150, 2));
        for basis in [Basis::whole(samples.view()), Basis::principal(samples.view(), 9).0] {
            let blocks = Blocks::new(basis, samples.view());
            let laid_out = blocks.queries(queries.view());
            let mut space = Array2::zeros((QUERIES, SAMPLES));
            assert_eq!(blocks.len(), 2);
            for block in 0..blocks.len() {
                let bounds = blocks.bounds(&laid_out, 0..QUERIES, block, &mut space);
                for ((query, position), &bound) in bounds.indexed_iter() {
                    let (a, b) = (queries.row(query), samples.row(block * SAMPLES + position));
                    let exact = squared_distance(a.as_slice().unwrap(), b.as_slice().unwrap());
                    assert!(bound <= blocks.cut(&laid_out, query, exact), "{bound} for {exact}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_scan_finds_what_a_loop_finds(
            bounds in prop::collection::vec(prop_oneof![Just(f32::NAN), -2.0f32..2.0], 0..200),
            cut in -2.0f32..2.0,
        ) {
            let mut positions = vec![7];
            scan(&bounds, cut, &mut positions);
            let expected: Vec<usize> =
                (0..bounds.len()).filter(|&at| bounds[at].is_nan() || bounds[at] <= cut).collect();
            prop_assert_eq!(positions, expected);
        }

        #[test]
        fn the_distance_is_the_definitions(pairs in prop::collection::vec((-10.0f32..10.0, -10.0f32..10.0), 0..100)) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            let exact: f64 = pairs.iter().map(|&(a, b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
            prop_assert!((squared_distance(&a, &b) - exact).abs() <= 1e-12 * exact);
        }
    }
}
