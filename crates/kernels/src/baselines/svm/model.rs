//! A fitted linear support vector machine: what it answers, what it weighs, what it reached.
//!
//! Does not depend on how it was solved.

use super::newton::{self, Problem};
use crate::baselines::error::{ClassicError, check_samples, check_training_set};
use crate::math::product::matmul;
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;

/// How far a fit is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SvmProgress {
    /// Newton steps done.
    pub steps: usize,
    /// The objective summed over the classes; None while the start is sought on a part of the samples.
    pub objective: Option<f64>,
    /// The largest gradient norm of a class, as a share of its norm at weights of zero.
    pub gradient: f64,
    /// Share of the work done, 0 to 1, by the decimal places that the gradient has yet to fall.
    pub share: f64,
}

/// One linear classifier a class; the class whose classifier answers highest wins.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearSvm {
    weights: Array2<f32>,
    bias: Vec<f32>,
    objective: f64,
    gradient: f64,
    steps: usize,
    converged: bool,
}

impl LinearSvm {
    /// Fits one classifier a class to `samples` `(samples, dimension)` by minimising
    /// `0.5 (|w|^2 + b^2) + c sum max(0, 1 - y (w x + b))^2`, each until its gradient's norm is at most `tolerance`
    /// times the norm at weights of zero. Deterministic on one machine; single-threaded. `observer` sees every Newton
    /// step and can end the fit.
    ///
    /// A class without samples is answered no everywhere. Where single precision does not reach the tolerance, the
    /// fit ends after 100 steps, or when none gets further, and [`Self::converged`] says so.
    ///
    /// # Errors
    /// [`ClassicError`] for an empty set, labels that are not one a sample or not below `classes`, fewer than 2 or
    /// more than 256 classes, features that are not finite, `c` not above 0, a tolerance outside of 0 to 1, and
    /// [`ClassicError::Stopped`] when the observer breaks.
    pub fn fit(
        samples: ArrayView2<'_, f32>,
        labels: &[u8],
        classes: usize,
        c: f64,
        tolerance: f64,
        observer: &mut impl FnMut(SvmProgress) -> ControlFlow<()>,
    ) -> Result<Self, ClassicError> {
        check_training_set(samples, labels)?;
        if !(2..=256).contains(&classes) {
            return Err(ClassicError::Classes { found: classes });
        }
        if let Some((index, &found)) = labels.iter().enumerate().find(|(_, label)| usize::from(**label) >= classes) {
            return Err(ClassicError::Label { index, found, classes });
        }
        if !(c.is_finite() && c > 0.0) {
            return Err(ClassicError::HingeWeight { c });
        }
        if !(tolerance > 0.0 && tolerance < 1.0) {
            return Err(ClassicError::Tolerance { tolerance });
        }
        let problem = Problem { samples, labels, classes, hinge_weight: c };
        let solution = newton::fit(&problem, tolerance, observer)?;
        let dimension = samples.ncols();
        Ok(Self {
            weights: Array2::from_shape_fn((dimension, classes), |(j, class)| solution.weights[[class, j]] as f32),
            bias: solution.weights.column(dimension).iter().map(|&bias| bias as f32).collect(),
            objective: solution.objective,
            gradient: solution.gradient,
            steps: solution.steps,
            converged: solution.gradient <= tolerance,
        })
    }

    /// The weights, `(dimension, classes)`.
    #[must_use]
    pub fn weights(&self) -> ArrayView2<'_, f32> {
        self.weights.view()
    }

    /// The weight of the appended feature of 1, one a class.
    #[must_use]
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The objective that was reached, summed over the classes.
    #[must_use]
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// The largest gradient norm of a class that was reached, as a share of its norm at weights of zero.
    #[must_use]
    pub fn gradient(&self) -> f64 {
        self.gradient
    }

    /// Newton steps on the whole set.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Whether the gradient fell to the tolerance.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// Bytes that the fitted numbers take.
    #[must_use]
    pub fn model_bytes(&self) -> u64 {
        ((self.weights.len() + self.bias.len()) * size_of::<f32>()) as u64
    }

    /// The answer of each class's classifier, `(samples, classes)`: w x + b, positive within the class.
    ///
    /// # Errors
    /// [`ClassicError::Dimension`] and [`ClassicError::NotFinite`].
    pub fn decision(&self, samples: ArrayView2<'_, f32>) -> Result<Array2<f32>, ClassicError> {
        check_samples(samples, self.weights.nrows())?;
        let mut answers = Array2::from_shape_fn((samples.nrows(), self.bias.len()), |(_, class)| self.bias[class]);
        matmul(1.0, samples, self.weights.view(), 1.0, answers.view_mut());
        Ok(answers)
    }

    /// The class with the highest answer for each sample; the smallest class of several.
    ///
    /// # Errors
    /// [`ClassicError::Dimension`] and [`ClassicError::NotFinite`].
    pub fn predict(&self, samples: ArrayView2<'_, f32>) -> Result<Vec<u8>, ClassicError> {
        let highest = |answers: ndarray::ArrayView1<'_, f32>| {
            let mut best = 0;
            for (class, answer) in answers.iter().enumerate() {
                if *answer > answers[best] {
                    best = class;
                }
            }
            best as u8
        };
        Ok(self.decision(samples)?.outer_iter().map(highest).collect())
    }
}
