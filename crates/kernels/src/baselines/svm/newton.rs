//! The finite Newton method for all classes at once (Keerthi and `DeCoste` 2005).
//!
//! The classes share every pass over the samples; each has its own Hessian, step and end. The start comes from a part
//! of the samples, so that on the whole set few samples enter or leave a margin. Weights, gradients and objectives are
//! double precision; products over a block of samples are single. Does not depend on who asked.

use super::curvature::Curvature;
use super::line_search::Line;
use super::model::SvmProgress;
use crate::baselines::error::ClassicError;
use crate::math::product::matmul;
use ndarray::{Array2, ArrayView2, Axis, s};
use std::ops::ControlFlow;

/// Newton steps after which a fit ends in any case.
const MAX_STEPS: usize = 100;
/// The start is sought on one sample in this many, where at least [`PART_AT_LEAST`] are left.
const PART: usize = 10;
const PART_AT_LEAST: usize = 2000;
/// Gradient share at which the start is good enough.
const PART_TOLERANCE: f64 = 1e-3;
/// Samples of one product, whose gradient is summed in single precision.
const BLOCK: usize = 1024;

/// What to minimise, checked already.
pub(super) struct Problem<'a> {
    pub(super) samples: ArrayView2<'a, f32>,
    pub(super) labels: &'a [u8],
    pub(super) classes: usize,
    pub(super) hinge_weight: f64,
}

/// Where the minimisation ended.
pub(super) struct Solution {
    /// (classes, dimension + 1), the bias last.
    pub(super) weights: Array2<f64>,
    pub(super) objective: f64,
    pub(super) gradient: f64,
    pub(super) steps: usize,
}

type Observer<'a> = &'a mut dyn FnMut(SvmProgress) -> ControlFlow<()>;

/// Minimises on the whole set, from what a part of it suggests.
pub(super) fn fit(problem: &Problem<'_>, tolerance: f64, observer: Observer<'_>) -> Result<Solution, ClassicError> {
    let zero = Array2::zeros((problem.classes, problem.samples.ncols() + 1));
    if problem.labels.len() < PART * PART_AT_LEAST {
        return minimise(problem, zero, tolerance, observer);
    }
    let part = Problem {
        samples: problem.samples.slice(s![..;PART, ..]),
        labels: &problem.labels.iter().step_by(PART).copied().collect::<Vec<u8>>(),
        hinge_weight: problem.hinge_weight * PART as f64,
        ..*problem
    };
    // The part is a tenth of the samples and takes as many steps.
    let mut quiet =
        |progress: SvmProgress| observer(SvmProgress { objective: None, share: 0.2 * progress.share, ..progress });
    let start = minimise(&part, zero, PART_TOLERANCE.max(tolerance), &mut quiet)?.weights;
    let mut rest = |progress: SvmProgress| observer(SvmProgress { share: 0.2 + 0.8 * progress.share, ..progress });
    minimise(problem, start, tolerance, &mut rest)
}

/// Newton steps from `weights` until every class's gradient fell to `tolerance` of its norm at weights of zero.
fn minimise(
    problem: &Problem<'_>,
    mut weights: Array2<f64>,
    tolerance: f64,
    observer: Observer<'_>,
) -> Result<Solution, ClassicError> {
    let mut first = norms(&problem.gradient(&Array2::zeros(weights.dim()), &problem.zero_margins()));
    // A class that weights of zero already satisfy has no scale of its own.
    for norm in first.iter_mut().filter(|norm| **norm == 0.0) {
        *norm = 1.0;
    }
    // At weights of zero every sample counts for every class, so that the classes share the work.
    let at_zero = weights.iter().all(|&weight| weight == 0.0);
    let curvature = if at_zero { Curvature::of_all(problem.samples) } else { Curvature::of_none(problem.samples) };
    let mut curvatures = vec![curvature; problem.classes];
    let mut margins = problem.signed_answers(&weights);
    let mut stuck = vec![false; problem.classes];
    let mut share = 0f64;
    for steps in 0.. {
        let gradient = problem.gradient(&weights, &margins);
        let left: Vec<f64> = norms(&gradient).iter().zip(&first).map(|(now, first)| now / first).collect();
        let largest = left.iter().copied().fold(0.0, f64::max);
        let objective = problem.objective(&weights, &margins);
        if !objective.is_finite() || left.iter().any(|share| !share.is_finite()) {
            return Err(ClassicError::Overflow);
        }
        share = share.max((largest.ln() / tolerance.ln()).clamp(0.0, 1.0));
        if observer(SvmProgress { steps, objective: Some(objective), gradient: largest, share }).is_break() {
            return Err(ClassicError::Stopped);
        }
        let open: Vec<usize> = (0..problem.classes).filter(|&class| left[class] > tolerance && !stuck[class]).collect();
        if open.is_empty() || steps == MAX_STEPS {
            return Ok(Solution { weights, objective, gradient: largest, steps });
        }
        let mut direction = Array2::zeros(weights.dim());
        for &class in &open {
            let curvature = &mut curvatures[class];
            curvature.follow(problem.samples, margins.row(class).as_slice().unwrap_or_default());
            let mut solved: Vec<f64> = gradient.row(class).iter().map(|slope| -slope).collect();
            curvature.solve(problem.hinge_weight, &mut solved);
            direction.row_mut(class).assign(&ndarray::aview1(&solved));
        }
        let growth = problem.signed_answers(&direction);
        for &class in &open {
            let (along, mut at) = (direction.row(class), weights.row_mut(class));
            let step = Line {
                margins: margins.row(class).as_slice().unwrap_or_default(),
                growth: growth.row(class).as_slice().unwrap_or_default(),
                weights_along: at.dot(&along),
                length: along.dot(&along),
                hinge_weight: problem.hinge_weight,
            }
            .minimum();
            stuck[class] = step == 0.0;
            at.scaled_add(step, &along);
            margins.row_mut(class).scaled_add(step as f32, &growth.row(class));
        }
    }
    unreachable!("the steps are counted up to {MAX_STEPS}")
}

impl Problem<'_> {
    fn zero_margins(&self) -> Array2<f32> {
        Array2::zeros((self.classes, self.labels.len()))
    }

    /// y (w x + b) of every class and sample, `(classes, samples)`.
    fn signed_answers(&self, weights: &Array2<f64>) -> Array2<f32> {
        let dimension = self.samples.ncols();
        let narrow = weights.mapv(|weight| weight as f32);
        let mut answers = self.zero_margins();
        for (class, mut answers) in answers.outer_iter_mut().enumerate() {
            answers.fill(narrow[[class, dimension]]);
        }
        // Block by block, so that the product's packing space stays small and is not asked of the system anew.
        let blocks = self.samples.axis_chunks_iter(Axis(0), BLOCK).zip(answers.axis_chunks_iter_mut(Axis(1), BLOCK));
        for (samples, answers) in blocks {
            matmul(1.0, narrow.slice(s![.., ..dimension]), samples.t(), 1.0, answers);
        }
        for (class, mut answers) in answers.outer_iter_mut().enumerate() {
            for (answer, &label) in answers.iter_mut().zip(self.labels) {
                *answer = if usize::from(label) == class { *answer } else { -*answer };
            }
        }
        answers
    }

    /// The gradient of each class's objective, `(classes, dimension + 1)`.
    fn gradient(&self, weights: &Array2<f64>, margins: &Array2<f32>) -> Array2<f64> {
        let dimension = self.samples.ncols();
        let mut gradient = weights.clone();
        let mut part = Array2::<f32>::zeros((self.classes, dimension));
        let blocks = self.samples.axis_chunks_iter(Axis(0), BLOCK).zip(self.labels.chunks(BLOCK));
        for ((samples, labels), margins) in blocks.zip(margins.axis_chunks_iter(Axis(1), BLOCK)) {
            let pull = Array2::from_shape_fn(margins.dim(), |(class, row)| {
                let within = (1.0 - margins[[class, row]]).max(0.0);
                if usize::from(labels[row]) == class { -within } else { within }
            });
            matmul(1.0, pull.view(), samples, 0.0, part.view_mut());
            let scale = 2.0 * self.hinge_weight;
            gradient.slice_mut(s![.., ..dimension]).zip_mut_with(&part, |sum, &part| *sum += scale * f64::from(part));
            for (class, pull) in pull.outer_iter().enumerate() {
                gradient[[class, dimension]] += scale * pull.iter().map(|&pull| f64::from(pull)).sum::<f64>();
            }
        }
        gradient
    }

    /// The objective, summed over the classes.
    fn objective(&self, weights: &Array2<f64>, margins: &Array2<f32>) -> f64 {
        let squared = |margin: &f32| f64::from((1.0 - margin).max(0.0)).powi(2);
        0.5 * weights.iter().map(|weight| weight * weight).sum::<f64>()
            + self.hinge_weight * margins.iter().map(squared).sum::<f64>()
    }
}

fn norms(gradient: &Array2<f64>) -> Vec<f64> {
    gradient.outer_iter().map(|row| row.dot(&row).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minimum(samples: &Array2<f32>, labels: &[u8], c: f64) -> Solution {
        let problem = Problem { samples: samples.view(), labels, classes: 3, hinge_weight: c };
        fit(&problem, 1e-4, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_end_is_a_minimum(
            rows in prop::collection::vec((prop::collection::vec(-2.0f32..2.0, 4), 0u8..3), 3..50),
            c in prop::sample::select(vec![0.01, 1.0, 30.0]),
        ) {
            let (features, labels): (Vec<_>, Vec<u8>) = rows.into_iter().unzip();
            let samples = Array2::from_shape_vec((features.len(), 4), features.concat()).unwrap();
            let solution = minimum(&samples, &labels, c);
            let problem = Problem { samples: samples.view(), labels: &labels, classes: 3, hinge_weight: c };
            prop_assert!(solution.gradient <= 1e-4, "gradient {}", solution.gradient);
            let zero = Array2::zeros((3, 5));
            prop_assert!(solution.objective <= problem.objective(&zero, &problem.zero_margins()));
            for nudged in 0..15 {
                for by in [-0.05, 0.05] {
                    let mut weights = solution.weights.clone();
                    weights[[nudged / 5, nudged % 5]] += by;
                    let beside = problem.objective(&weights, &problem.signed_answers(&weights));
                    prop_assert!(solution.objective <= beside, "{} beside {beside}", solution.objective);
                }
            }
        }

        #[test]
        fn the_gradient_is_the_objectives_slope(
            rows in prop::collection::vec((prop::collection::vec(-2.0f32..2.0, 4), 0u8..3), 3..30),
            weights in prop::collection::vec(-1.0f64..1.0, 15),
            c in 0.1f64..10.0,
        ) {
            let (features, labels): (Vec<_>, Vec<u8>) = rows.into_iter().unzip();
            let samples = Array2::from_shape_vec((features.len(), 4), features.concat()).unwrap();
            let problem = Problem { samples: samples.view(), labels: &labels, classes: 3, hinge_weight: c };
            let weights = Array2::from_shape_vec((3, 5), weights).unwrap();
            let gradient = problem.gradient(&weights, &problem.signed_answers(&weights));
            let at = |weights: &Array2<f64>| problem.objective(weights, &problem.signed_answers(weights));
            for (place, slope) in gradient.indexed_iter() {
                let (mut up, mut down) = (weights.clone(), weights.clone());
                up[place] += 0.01;
                down[place] -= 0.01;
                let difference = (at(&up) - at(&down)) / 0.02;
                prop_assert!((slope - difference).abs() < 0.02 * (1.0 + slope.abs()) + 0.1 * c, "{slope} for {difference}");
            }
        }
    }

    #[test]
    fn a_large_set_is_started_from_a_part_and_ends_the_same() {
        let count = PART * PART_AT_LEAST;
        let label = |row: usize| (row * 7 % 3) as u8;
        let samples = Array2::from_shape_fn((count, 2), |(row, column)| {
            let spread = ((row * 2_654_435_761 % 1000) as f32 / 1000.0 - 0.5) * 2.0;
            if column == usize::from(label(row)) { 1.0 + spread } else { spread * spread }
        });
        let labels: Vec<u8> = (0..count).map(label).collect();
        let problem = Problem { samples: samples.view(), labels: &labels, classes: 3, hinge_weight: 0.1 };
        let mut parts = 0;
        let mut count_parts = |progress: SvmProgress| {
            parts += usize::from(progress.objective.is_none());
            ControlFlow::Continue(())
        };
        let started = fit(&problem, 1e-4, &mut count_parts).unwrap();
        let direct = minimise(&problem, Array2::zeros((3, 3)), 1e-4, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(parts > 1);
        assert!((started.objective / direct.objective - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_single_precision_cannot_hold_is_an_error() {
        let samples = ndarray::arr2(&[[1e30f32, -1e30], [-1e30, 1e30]]);
        let problem = Problem { samples: samples.view(), labels: &[0, 1], classes: 2, hinge_weight: 1e300 };
        let outcome = fit(&problem, 1e-4, &mut |_| ControlFlow::Continue(()));
        assert!(matches!(outcome, Err(ClassicError::Overflow)));
    }
}
