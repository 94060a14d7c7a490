//! A subspace in which distances are cheap and never more than the distance.
//!
//! Any orthonormal basis bounds distances from below; the largest principal components bound them best. They come from
//! subspace iteration on the covariance of a part of the samples (Halko, Martinsson and Tropp 2011): how well it
//! converged decides the speed of a search, never its answer. Does not depend on what is searched for.

use crate::math::product::matmul;
use crate::math::random::{Purpose, Stream};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

/// Components of the subspace. One more value holds the norm, which makes the products' inner dimension 64.
const COMPONENTS: usize = 63;
/// Spaces up to this dimension are searched whole: there is too little to save.
const SMALL: usize = 96;
/// Share of the variance within the subspace that makes it worth using.
const ENOUGH: f64 = 0.7;
/// Fewer training samples than this are searched in the whole space: the basis would cost more than it saves.
const FEW: usize = 4096;
/// Samples whose covariance is taken.
const PART: usize = 6000;
const ITERATIONS: usize = 5;

/// Where samples are moved to before they are compared.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    mean: Array1<f32>,
    /// (dimension, components) with orthonormal columns; None for the whole space.
    components: Option<Array2<f32>>,
}

impl Basis {
    /// The principal components of `samples`, or the whole space where they hold too little of the variance.
    pub(super) fn fitting(samples: ArrayView2<'_, f32>) -> Self {
        if samples.ncols() <= SMALL || samples.nrows() < FEW {
            return Self::whole(samples);
        }
        let (principal, share) = Self::principal(samples, COMPONENTS);
        if share >= ENOUGH { principal } else { Self::whole(samples) }
    }

    /// The whole space around the samples' mean.
    pub(super) fn whole(samples: ArrayView2<'_, f32>) -> Self {
        Self { mean: mean(samples), components: None }
    }

    /// The first principal components, and the share of the variance that they hold.
    pub(super) fn principal(samples: ArrayView2<'_, f32>, components: usize) -> (Self, f64) {
        let dimension = samples.ncols();
        let mean = mean(samples);
        let stride = (samples.nrows() / PART).max(1);
        let part = &samples.slice(s![..;stride, ..]) - &mean;
        let mut covariance = Array2::zeros((dimension, dimension));
        matmul(1.0, part.t(), part.view(), 0.0, covariance.view_mut());
        let mut basis = Array2::zeros((components, dimension));
        if let Some(values) = basis.as_slice_mut() {
            Stream::new(0, Purpose::Other(0)).fill_normal(values);
        }
        orthonormalise(&mut basis);
        let mut turned = Array2::zeros(basis.dim());
        let mut held = 0.0;
        for _ in 0..ITERATIONS {
            matmul(1.0, basis.view(), covariance.view(), 0.0, turned.view_mut());
            held = (&turned * &basis).iter().map(|&value| f64::from(value)).sum();
            basis.assign(&turned);
            orthonormalise(&mut basis);
        }
        let total: f64 = covariance.diag().iter().map(|&variance| f64::from(variance)).sum();
        let components = basis.t().as_standard_layout().into_owned();
        (Self { mean, components: Some(components) }, held / total)
    }

    /// Values that a moved sample has.
    pub(super) fn dimension(&self) -> usize {
        self.components.as_ref().map_or(self.mean.len(), Array2::ncols)
    }

    /// Values that a sample has before it is moved.
    pub(super) fn original_dimension(&self) -> usize {
        self.mean.len()
    }

    /// The samples moved by the mean and onto the components, `(samples, self.dimension())`, and the largest norm of a
    /// sample after the move by the mean.
    pub(super) fn project(&self, samples: ArrayView2<'_, f32>) -> (Array2<f32>, f64) {
        let mut moved = Array2::zeros((samples.nrows(), self.dimension()));
        let mut largest = 0f64;
        for (samples, mut moved) in samples.axis_chunks_iter(Axis(0), 512).zip(moved.axis_chunks_iter_mut(Axis(0), 512))
        {
            let centred = &samples - &self.mean;
            for row in centred.outer_iter() {
                largest = largest.max(row.iter().map(|&value| f64::from(value).powi(2)).sum());
            }
            match &self.components {
                Some(components) => matmul(1.0, centred.view(), components.view(), 0.0, moved.view_mut()),
                None => moved.assign(&centred),
            }
        }
        (moved, largest.sqrt())
    }
}

fn mean(samples: ArrayView2<'_, f32>) -> Array1<f32> {
    samples.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(samples.ncols()))
}

/// Makes the rows orthonormal by Gram-Schmidt in double precision, each row cleaned twice. A row that depends on those
/// above it becomes zero, which bounds distances as well.
fn orthonormalise(rows: &mut Array2<f32>) {
    let mut done: Vec<Array1<f64>> = Vec::with_capacity(rows.nrows());
    for mut row in rows.outer_iter_mut() {
        let mut clean = row.mapv(f64::from);
        let first = clean.dot(&clean).sqrt();
        for _ in 0..2 {
            for other in &done {
                let along = clean.dot(other);
                clean.scaled_add(-along, other);
            }
        }
        let norm = clean.dot(&clean).sqrt();
        let scale = if norm > 1e-9 * first { norm.recip() } else { 0.0 };
        clean *= scale;
        row.assign(&clean.mapv(|value| value as f32));
        done.push(clean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples whose first features vary most.
    fn samples(rows: usize, dimension: usize) -> Array2<f32> {
        let mut samples = Array2::zeros((rows, dimension));
        Stream::new(3, Purpose::Other(1)).fill_normal(samples.as_slice_mut().unwrap());
        for mut row in samples.outer_iter_mut() {
            for (feature, value) in row.iter_mut().enumerate() {
                *value /= 1.0 + feature as f32;
            }
        }
        samples
    }

    #[test]
    fn principal_components_are_orthonormal_and_hold_most_of_the_variance() {
        let samples = samples(500, 40);
        let (basis, share) = Basis::principal(samples.view(), 6);
        let components = basis.components.unwrap();
        let products = components.t().dot(&components);
        for ((row, column), product) in products.indexed_iter() {
            let expected = f32::from(u8::from(row == column));
            assert!((product - expected).abs() < 1e-5, "({row}, {column}): {product}");
        }
        // The variances are 1 / (1 + feature)^2: 1.491 of 1.604 lies in the first six.
        assert!((share - 0.93).abs() < 0.02, "{share}");
    }

    #[test]
    fn a_projection_never_lengthens_a_distance() {
        let samples = samples(60, 40);
        let (basis, _) = Basis::principal(samples.view(), 6);
        let (moved, reach) = basis.project(samples.view());
        let length = |difference: Array1<f32>| difference.dot(&difference).sqrt();
        for (original, projected) in samples.outer_iter().zip(moved.outer_iter()) {
            let whole = length(&original - &samples.row(0));
            assert!(length(&projected - &moved.row(0)) <= whole * 1.00001);
            assert!(f64::from(length(&original - &basis.mean)) <= reach * 1.00001);
        }
    }

    #[test]
    fn what_varies_in_every_direction_is_searched_whole() {
        let mut even = Array2::zeros((FEW, 200));
        Stream::new(5, Purpose::Other(2)).fill_normal(even.as_slice_mut().unwrap());
        assert_eq!(Basis::fitting(even.view()).dimension(), 200);
        assert_eq!(Basis::fitting(samples(FEW, 200).view()).dimension(), COMPONENTS);
        assert_eq!(Basis::fitting(samples(FEW - 1, 200).view()).dimension(), 200);
    }

    #[test]
    fn samples_all_alike_have_a_basis_too() {
        let alike = Array2::ones((20, 10));
        let (basis, _) = Basis::principal(alike.view(), 3);
        let (moved, reach) = basis.project(alike.view());
        assert!(moved.iter().all(|value| value.abs() < 1e-6) && reach < 1e-6);
    }
}
