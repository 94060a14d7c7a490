//! What is wrong with a classic model's input, in words that name the value found and what is allowed.

use ndarray::ArrayView2;
use thiserror::Error;

/// Why a classic model cannot be fitted or asked.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ClassicError {
    /// No sample, or samples of no dimension.
    #[error("the training set has {samples} samples of dimension {dimension}; both must be at least 1")]
    Empty {
        /// Rows.
        samples: usize,
        /// Columns.
        dimension: usize,
    },
    /// Samples and labels are not as many.
    #[error("{samples} samples have {labels} labels; there must be one a sample")]
    Labels {
        /// Rows.
        samples: usize,
        /// Labels.
        labels: usize,
    },
    /// A label outside of the classes.
    #[error("label {index} is {found}; it must be below {classes}")]
    Label {
        /// The label's index, from 0.
        index: usize,
        /// Its value.
        found: u8,
        /// Number of classes.
        classes: usize,
    },
    /// A number of classes that labels of one byte cannot have.
    #[error("{found} classes; allowed are 2 to 256")]
    Classes {
        /// Number of classes.
        found: usize,
    },
    /// A feature that is NaN or infinite.
    #[error("feature {column} of sample {row} is {value}; features must be finite")]
    NotFinite {
        /// The sample, from 0.
        row: usize,
        /// The feature, from 0.
        column: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// Samples of another dimension than the model was fitted to.
    #[error("the samples have {found} features where the model was fitted to {expected}")]
    Dimension {
        /// Features of the samples asked about.
        found: usize,
        /// Features of the training set.
        expected: usize,
    },
    /// A number of neighbours that the training set does not have.
    #[error("k is {k}; it must be at least 1 and at most the {samples} training samples")]
    Neighbours {
        /// Neighbours asked for.
        k: usize,
        /// Training samples.
        samples: usize,
    },
    /// A weight of the hinge loss that is not a positive number.
    #[error("C is {c}; it must be a finite number above 0")]
    HingeWeight {
        /// The weight.
        c: f64,
    },
    /// A tolerance that no solver can reach, or that asks for nothing.
    #[error("the tolerance is {tolerance}; it must be above 0 and below 1")]
    Tolerance {
        /// The share of the first gradient norm.
        tolerance: f64,
    },
    /// Features or C so large that the objective is no finite number.
    #[error("the objective overflowed; scale the features down (|x| near 1 is usual), or lower C")]
    Overflow,
    /// The observer asked to stop.
    #[error("stopped before it was done")]
    Stopped,
}

/// Checks that every feature is finite.
pub(super) fn check_finite(samples: ArrayView2<'_, f32>) -> Result<(), ClassicError> {
    for (row, features) in samples.outer_iter().enumerate() {
        // A sum is finite only if every term is; most rows need no second look.
        if !features.iter().map(|value| value * 0.0).sum::<f32>().is_finite()
            && let Some((column, &value)) = features.iter().enumerate().find(|(_, value)| !value.is_finite())
        {
            return Err(ClassicError::NotFinite { row, column, value });
        }
    }
    Ok(())
}

/// Checks that a training set holds samples, a label for each, and finite features.
pub(super) fn check_training_set(samples: ArrayView2<'_, f32>, labels: &[u8]) -> Result<(), ClassicError> {
    let (rows, dimension) = samples.dim();
    if rows == 0 || dimension == 0 {
        return Err(ClassicError::Empty { samples: rows, dimension });
    }
    if labels.len() != rows {
        return Err(ClassicError::Labels { samples: rows, labels: labels.len() });
    }
    check_finite(samples)
}

/// Checks that samples have the dimension of the model and finite features.
pub(super) fn check_samples(samples: ArrayView2<'_, f32>, dimension: usize) -> Result<(), ClassicError> {
    if samples.ncols() != dimension {
        return Err(ClassicError::Dimension { found: samples.ncols(), expected: dimension });
    }
    check_finite(samples)
}
