//! The classifier that keeps its training set and asks the nearest of it.
//!
//! Does not depend on how bounds are computed; it decides in which order samples are looked at.

use super::basis::Basis;
use super::best::{Best, Neighbour};
use super::bounds::{Blocks, QUERIES, Queries, SAMPLES, scan, squared_distance};
use crate::baselines::error::{ClassicError, check_samples, check_training_set};
use ndarray::{Array2, ArrayView2, Axis};
use std::ops::ControlFlow;

/// Queries that are compared with all samples before the next ones begin.
const TOGETHER: usize = 2500;

/// How far a prediction is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnnProgress<'a> {
    /// The classes predicted so far, those of the first queries.
    pub predicted: &'a [u8],
    /// Share of the comparisons made, 0 to 1.
    pub share: f64,
}

/// k nearest neighbours under the Euclidean distance.
#[derive(Clone, Debug)]
pub struct Knn {
    k: usize,
    samples: Array2<f32>,
    labels: Vec<u8>,
    blocks: Blocks,
}

impl Knn {
    /// Keeps the training set `(samples, dimension)` with one label a sample, laid out for the search.
    ///
    /// # Errors
    /// [`ClassicError`] for an empty set, labels that are not one a sample, features that are not finite, and a `k`
    /// of 0 or beyond the number of samples.
    pub fn new(k: usize, samples: ArrayView2<'_, f32>, labels: &[u8]) -> Result<Self, ClassicError> {
        Self::within(Basis::fitting, k, samples, labels)
    }

    fn within(
        basis: impl FnOnce(ArrayView2<'_, f32>) -> Basis,
        k: usize,
        samples: ArrayView2<'_, f32>,
        labels: &[u8],
    ) -> Result<Self, ClassicError> {
        check_training_set(samples, labels)?;
        if k == 0 || k > samples.nrows() {
            return Err(ClassicError::Neighbours { k, samples: samples.nrows() });
        }
        let samples = samples.as_standard_layout().into_owned();
        let blocks = Blocks::new(basis(samples.view()), samples.view());
        Ok(Self { k, samples, labels: labels.to_vec(), blocks })
    }

    /// Bytes that the model keeps: the training set, its labels and its layout for the search.
    #[must_use]
    pub fn model_bytes(&self) -> u64 {
        (self.samples.len() * size_of::<f32>() + self.labels.len()) as u64 + self.blocks.bytes()
    }

    /// The class of each query `(queries, dimension)`: that of most of its k nearest samples, the smallest class of
    /// several. `observer` sees the progress many times a second and can end the work.
    ///
    /// # Errors
    /// [`ClassicError::Dimension`], [`ClassicError::NotFinite`], and [`ClassicError::Stopped`] when the observer
    /// breaks.
    pub fn predict(
        &self,
        queries: ArrayView2<'_, f32>,
        observer: &mut impl FnMut(KnnProgress<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<u8>, ClassicError> {
        let mut predicted = Vec::with_capacity(queries.nrows());
        self.search(queries, &mut predicted, observer, |best, predicted| predicted.push(best.vote(&self.labels)))?;
        Ok(predicted)
    }

    /// The k nearest samples of each query `(queries, dimension)`, nearest first, `(queries, k)`. Distances are
    /// compared in double precision; of equal ones the lower index comes first.
    ///
    /// # Errors
    /// [`ClassicError::Dimension`] and [`ClassicError::NotFinite`].
    pub fn nearest(&self, queries: ArrayView2<'_, f32>) -> Result<Array2<u32>, ClassicError> {
        let mut nearest = Array2::zeros((queries.nrows(), self.k));
        let mut row = 0;
        let mut ignore = |_: KnnProgress<'_>| ControlFlow::Continue(());
        self.search(queries, &mut Vec::new(), &mut ignore, |best, _| {
            for (index, neighbour) in nearest.row_mut(row).iter_mut().zip(best.neighbours()) {
                *index = neighbour.index;
            }
            row += 1;
        })?;
        Ok(nearest)
    }

    /// Finds each query's neighbours in order and hands them to `found`.
    fn search(
        &self,
        queries: ArrayView2<'_, f32>,
        predicted: &mut Vec<u8>,
        observer: &mut impl FnMut(KnnProgress<'_>) -> ControlFlow<()>,
        mut found: impl FnMut(&Best, &mut Vec<u8>),
    ) -> Result<(), ClassicError> {
        check_samples(queries, self.samples.ncols())?;
        let all = queries.nrows();
        let mut work = Workspace { bounds: Array2::zeros((QUERIES, SAMPLES)), positions: Vec::new() };
        for (part, queries) in queries.axis_chunks_iter(Axis(0), TOGETHER).enumerate() {
            let queries = queries.as_standard_layout();
            let laid_out = self.blocks.queries(queries.view());
            let mut best = vec![Best::new(self.k); queries.nrows()];
            for block in 0..self.blocks.len() {
                self.compare(queries.view(), &laid_out, block, &mut best, &mut work);
                let here = queries.nrows() as f64 * (block + 1) as f64 / self.blocks.len() as f64;
                let share = ((part * TOGETHER) as f64 + here) / all as f64;
                if observer(KnnProgress { predicted, share }).is_break() {
                    return Err(ClassicError::Stopped);
                }
            }
            for best in &best {
                found(best, predicted);
            }
        }
        // Nothing was asked, or the last classes are not yet seen by the observer.
        match observer(KnnProgress { predicted, share: 1.0 }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ClassicError::Stopped),
        }
    }

    /// Compares every query with one block of samples.
    fn compare(
        &self,
        queries: ArrayView2<'_, f32>,
        laid_out: &Queries,
        block: usize,
        best: &mut [Best],
        work: &mut Workspace,
    ) {
        for start in (0..queries.nrows()).step_by(QUERIES) {
            let tile = start..(start + QUERIES).min(queries.nrows());
            let bounds = self.blocks.bounds(laid_out, tile.clone(), block, &mut work.bounds);
            for (bounds, query) in bounds.outer_iter().zip(tile) {
                let (Some(bounds), Some(features)) = (bounds.to_slice(), queries.row(query).to_slice()) else {
                    continue;
                };
                let distance = |position: usize| {
                    let index = block * SAMPLES + position;
                    let distance = squared_distance(features, self.sample(index));
                    Neighbour { distance, index: index as u32 }
                };
                let mut limit = best[query].limit();
                if limit == f64::INFINITY && bounds.len() >= self.k {
                    limit = self.first_limit(bounds, distance);
                }
                scan(bounds, self.blocks.cut(laid_out, query, limit), &mut work.positions);
                for &position in &work.positions {
                    best[query].offer(distance(position));
                }
            }
        }
    }

    /// A distance within which there are k samples of the block: that of the k with the lowest bounds. Infinity where
    /// bounds overflowed.
    fn first_limit(&self, bounds: &[f32], distance: impl Fn(usize) -> Neighbour) -> f64 {
        let mut lowest = Best::new(self.k);
        for (position, &bound) in bounds.iter().enumerate() {
            if f64::from(bound) < lowest.limit() {
                lowest.offer(Neighbour { distance: f64::from(bound), index: position as u32 });
            }
        }
        if lowest.limit() == f64::INFINITY {
            return f64::INFINITY;
        }
        let exact = lowest.neighbours().iter().map(|low| distance(low.index as usize).distance);
        exact.fold(0.0, f64::max)
    }

    fn sample(&self, index: usize) -> &[f32] {
        let dimension = self.samples.ncols();
        self.samples.as_slice().map_or(&[], |values| &values[index * dimension..][..dimension])
    }
}

struct Workspace {
    bounds: Array2<f32>,
    positions: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All distances, sorted.
    fn naive(k: usize, samples: &Array2<f32>, query: &[f32]) -> Vec<u32> {
        let distances = samples.outer_iter().map(|sample| squared_distance(query, sample.to_slice().unwrap()));
        let mut order: Vec<(f64, u32)> = distances.zip(0..).collect();
        order.sort_by(|a, b| a.partial_cmp(b).unwrap());
        order.iter().take(k).map(|&(_, index)| index).collect()
    }

    fn assert_naive(model: &Knn, samples: &Array2<f32>, queries: &Array2<f32>) {
        let nearest = model.nearest(queries.view()).unwrap();
        for (query, nearest) in queries.outer_iter().zip(nearest.outer_iter()) {
            assert_eq!(nearest.to_vec(), naive(model.k, samples, query.to_slice().unwrap()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn neighbours_are_those_of_a_loop_over_everything(
            // Few values, so that many distances are tied and samples repeat.
            samples in prop::collection::vec(prop::collection::vec((0u8..4).prop_map(f32::from), 7), 1..60),
            queries in prop::collection::vec(prop::collection::vec((0u8..4).prop_map(f32::from), 7), 1..9),
            k in any::<prop::sample::Index>(),
            scale in prop::sample::select(vec![1.0f32, 1e-3, 1e15, 1e30]),
            components in 0usize..7,
        ) {
            let k = k.index(samples.len()) + 1;
            let samples = scale * Array2::from_shape_vec((samples.len(), 7), samples.concat()).unwrap();
            let queries = scale * Array2::from_shape_vec((queries.len(), 7), queries.concat()).unwrap();
            let labels = vec![0; samples.nrows()];
            let basis = |samples: ArrayView2<'_, f32>| match components {
                0 => Basis::whole(samples),
                some => Basis::principal(samples, some).0,
            };
            assert_naive(&Knn::within(basis, k, samples.view(), &labels).unwrap(), &samples, &queries);
        }
    }

    #[test]
    fn many_blocks_and_tiles_are_put_together() {
        let place = |row: usize, column: usize| ((row * 7919 + column * 104_729) % 1000) as f32 / 250.0;
        let samples = Array2::from_shape_fn((2 * SAMPLES + 100, 5), |(row, column)| place(row, column));
        let queries = Array2::from_shape_fn((QUERIES + 20, 5), |(row, column)| place(row + 13, 3 * column));
        let labels = vec![1; samples.nrows()];
        for k in [1, 3, SAMPLES + 7] {
            assert_naive(&Knn::new(k, samples.view(), &labels).unwrap(), &samples, &queries);
        }
    }

    #[test]
    fn a_slice_of_a_wider_matrix_is_searched_by_its_own_values() {
        let wide = Array2::from_shape_fn((40, 9), |(row, column)| ((row * 31 + column * 17) % 23) as f32);
        let narrow = wide.slice(ndarray::s![.., ..;2]);
        let model = Knn::new(2, narrow, &[0; 40]).unwrap();
        assert_naive(&model, &narrow.to_owned(), &narrow.to_owned());
        assert!(model.model_bytes() >= 40 * 5 * 4 + 40);
    }
}
