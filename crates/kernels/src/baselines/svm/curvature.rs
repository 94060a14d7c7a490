//! The Hessian of one class's objective: the outer products of the samples within its margin.
//!
//! From one step to the next few samples enter or leave the margin, so the sum of outer products is kept and corrected
//! by them. Sums are single precision, which bends a Newton direction slightly and the solution not at all. Must not
//! know how the margins came about.

use super::cholesky::Cholesky;
use crate::math::product::matmul;
use ndarray::{Array2, ArrayView2, s};

/// Rows gathered before they are multiplied: enough for the product's full speed, few enough for the second cache.
const BLOCK: usize = 512;
/// Columns of one panel of the lower triangle.
const PANEL: usize = 96;

/// The sum of outer products of the samples within one class's margin, the appended feature of 1 last.
#[derive(Clone)]
pub(super) struct Curvature {
    /// (dimension + 1, dimension + 1); only the lower triangle counts.
    products: Array2<f32>,
    within: Vec<bool>,
}

impl Curvature {
    /// Every sample counts, as at weights of zero.
    pub(super) fn of_all(samples: ArrayView2<'_, f32>) -> Self {
        let order = samples.ncols() + 1;
        let mut curvature = Self { products: Array2::zeros((order, order)), within: vec![true; samples.nrows()] };
        curvature.add(samples, 0..samples.nrows(), 1.0);
        curvature
    }

    /// No sample counts yet.
    pub(super) fn of_none(samples: ArrayView2<'_, f32>) -> Self {
        let order = samples.ncols() + 1;
        Self { products: Array2::zeros((order, order)), within: vec![false; samples.nrows()] }
    }

    /// Counts the samples whose margin is below 1, and no others.
    pub(super) fn follow(&mut self, samples: ArrayView2<'_, f32>, margins: &[f32]) {
        let is_within = |row: usize| margins[row] < 1.0;
        let changes = (0..margins.len()).filter(|&row| is_within(row) != self.within[row]).count();
        let members = (0..margins.len()).filter(|&row| is_within(row)).count();
        if changes <= members {
            let entered: Vec<usize> = (0..margins.len()).filter(|&row| is_within(row) && !self.within[row]).collect();
            let left: Vec<usize> = (0..margins.len()).filter(|&row| !is_within(row) && self.within[row]).collect();
            self.add(samples, entered, 1.0);
            self.add(samples, left, -1.0);
        } else {
            self.products.fill(0.0);
            self.add(samples, (0..margins.len()).filter(|&row| is_within(row)), 1.0);
        }
        for (within, &margin) in self.within.iter_mut().zip(margins) {
            *within = margin < 1.0;
        }
    }

    /// Solves (1 + 2 C products) x = b in place. Where rounding left the matrix without a factor, its diagonal grows
    /// until there is one: a shorter step, still downhill.
    pub(super) fn solve(&self, hinge_weight: f64, b: &mut [f64]) {
        let order = self.products.nrows();
        let mut matrix: Vec<f64> =
            self.products.iter().map(|&product| 2.0 * hinge_weight * f64::from(product)).collect();
        let largest = (0..order).map(|row| matrix[row * (order + 1)]).fold(1.0, f64::max);
        for row in 0..order {
            matrix[row * (order + 1)] += 1.0;
        }
        let mut damping = 1e-7 * largest;
        loop {
            if let Some(factor) = Cholesky::factor(&matrix, order) {
                return factor.solve(b);
            }
            for row in 0..order {
                matrix[row * (order + 1)] += damping;
            }
            damping *= 10.0;
        }
    }

    fn add(&mut self, samples: ArrayView2<'_, f32>, rows: impl IntoIterator<Item = usize>, sign: f32) {
        let dimension = samples.ncols();
        let mut block = Array2::ones((BLOCK, dimension + 1));
        let mut filled = 0;
        for row in rows {
            block.slice_mut(s![filled, ..dimension]).assign(&samples.row(row));
            filled += 1;
            if filled == BLOCK {
                add_products(&mut self.products, block.view(), sign);
                filled = 0;
            }
        }
        add_products(&mut self.products, block.slice(s![..filled, ..]), sign);
    }
}

/// `products += sign * block' block`, the panels on and below the diagonal only.
fn add_products(products: &mut Array2<f32>, block: ArrayView2<'_, f32>, sign: f32) {
    let order = products.nrows();
    for start in (0..order).step_by(PANEL) {
        let end = (start + PANEL).min(order);
        let target = products.slice_mut(s![start.., start..end]);
        matmul(sign, block.slice(s![.., start..]).t(), block.slice(s![.., start..end]), 1.0, target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn direct(samples: &Array2<f32>, within: impl Fn(usize) -> bool) -> Array2<f64> {
        let feature = |row: usize, column: usize| samples.row(row).get(column).copied().map_or(1.0, f64::from);
        let order = samples.ncols() + 1;
        Array2::from_shape_fn((order, order), |(i, j)| {
            (0..samples.nrows()).filter(|&row| within(row)).map(|row| feature(row, i) * feature(row, j)).sum()
        })
    }

    fn assert_lower_triangle(found: &Array2<f32>, expected: &Array2<f64>) {
        for ((row, column), &expected) in expected.indexed_iter().filter(|((row, column), _)| column <= row) {
            let found = f64::from(found[[row, column]]);
            assert!((found - expected).abs() < 1e-3, "({row}, {column}): {found} for {expected}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn following_the_margins_equals_counting_anew(
            values in prop::collection::vec(-1.0f32..1.0, 40 * 130),
            courses in prop::collection::vec(prop::collection::vec(0.0f32..2.0, 40), 1..5),
        ) {
            let samples = Array2::from_shape_vec((40, 130), values).unwrap();
            let mut curvature = Curvature::of_all(samples.view());
            assert_lower_triangle(&curvature.products, &direct(&samples, |_| true));
            for margins in courses {
                curvature.follow(samples.view(), &margins);
                assert_lower_triangle(&curvature.products, &direct(&samples, |row| margins[row] < 1.0));
            }
        }
    }

    #[test]
    fn a_matrix_spoilt_by_rounding_still_gives_a_direction() {
        let mut curvature = Curvature::of_none(Array2::zeros((1, 2)).view());
        curvature.products[[2, 2]] = -10.0;
        let mut b = [1.0, 2.0, 3.0];
        curvature.solve(1.0, &mut b);
        assert!(b.iter().all(|value| value.is_finite() && *value > 0.0), "{b:?}");
    }
}
