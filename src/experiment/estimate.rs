//! How long runs will take on this machine, before they are started: a short piece of each kind of run is carried out
//! and timed, and the rest follows from the counts of steps and images.
//!
//! The piece works on built-in digits, brought to the size of the data's images, because the time depends on the sizes
//! and hardly on the pictures. What the data alone decides is not known here: k-NN and SVM are scaled from a sample of
//! the training set, and a run that diverges ends earlier. Does not depend on files, logs or the screen.

use super::adapters::network_config;
use super::clock::Stopwatch;
use super::suite::{dimension, samples};
use crate::baselines::{Knn, KnnProgress, LinearSvm, SvmProgress};
use crate::dataset::{CLASSES, Dataset, synthetic};
use crate::features::{Hog, HogConfig};
use crate::nn::{DEAD_UNIT_IMAGES, Samples, Trainer};
use crate::protocol::{DatasetInfo, Family, Features, RunPlan, Spec};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Images of a trial's training and test sets.
const TRAIN: usize = 1_024;
const TEST: usize = 256;
/// Seconds that the steps of one trial take, at least.
const TRIAL: f64 = 0.1;
/// Seconds after which the trial of a fit or a search is judged by the share that is done.
const LONGEST_TRIAL: f64 = 0.5;
/// Steps of one trial, at least, after two that warm up.
const STEPS: u32 = 3;
/// Seconds that all trials may take; kinds beyond take as long as the first of their family, networks by their
/// multiply-adds.
const ALL_TRIALS: f64 = 6.0;

/// What runs are expected to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds of one core for each plan, in their order; nothing where no trial could be made.
    pub seconds: Vec<Option<f64>>,
    /// Kinds of run that were tried.
    pub tried: usize,
    /// Kinds of run whose time was taken from the first kind of their family.
    pub scaled: usize,
    /// Seconds that the trials took.
    pub trial_seconds: f64,
}

impl Estimate {
    /// The seconds until the last run has ended with `jobs` at a time, each run taken up in its order by whoever is
    /// free; nothing where a run's time is not known.
    #[must_use]
    pub fn wall_clock(&self, jobs: usize) -> Option<f64> {
        let mut free = vec![0.0_f64; jobs.max(1)];
        for seconds in &self.seconds {
            let next = free.iter_mut().min_by(|a, b| a.total_cmp(b))?;
            *next += (*seconds)?;
        }
        free.into_iter().max_by(f64::total_cmp)
    }
}

/// The parts of a run's time that a trial measured.
#[derive(Clone, Copy)]
enum Cost {
    /// Of a network: a step, a measurement of inactive neurons, one of dead units, an evaluation of one test image.
    Network { step: f64, inactive: f64, dead: f64, image: f64 },
    /// Of another model, whole.
    Whole(f64),
}

impl Cost {
    /// The cost of a network that takes `factor` times as many multiply-adds; another model's stays.
    fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Network { step, inactive, dead, image } => Self::Network {
                step: step * factor,
                inactive: inactive * factor,
                dead: dead * factor,
                image: image * factor,
            },
            whole @ Self::Whole(_) => whole,
        }
    }
}

/// Tries a piece of every kind of run of `plans` on images like those of `data`.
#[must_use]
pub fn estimate(plans: &[RunPlan], data: &DatasetInfo) -> Estimate {
    let mut watch = Stopwatch::default();
    watch.run();
    let digits = synthetic::digits(synthetic::SEED, TRAIN, TEST).ok().map(|digits| Resized::new(&digits, data));
    let mut kinds: Vec<(Spec, Option<Cost>)> = Vec::new();
    let (mut tried, mut scaled) = (0, 0);
    let seconds = plans.iter().map(|plan| {
        let kind = kind_of(&plan.spec);
        let known = kinds.iter().find(|(other, _)| *other == kind).map(|(_, cost)| *cost);
        let cost = known.unwrap_or_else(|| {
            let first = kinds.iter().find(|(other, _)| other.family == kind.family && watch.seconds() > ALL_TRIALS);
            let cost = if let Some((first, cost)) = first {
                scaled += 1;
                cost.map(|cost| cost.scaled(multiply_adds(&kind, data) / multiply_adds(first, data)))
            } else {
                tried += 1;
                digits.as_ref().and_then(|digits| digits.trial(&plan.spec, data))
            };
            kinds.push((kind, cost));
            cost
        });
        cost.map(|cost| whole(cost, &plan.spec, data))
    });
    let seconds = seconds.collect();
    Estimate { seconds, tried, scaled, trial_seconds: watch.seconds() }
}

/// The settings that decide how long a step takes, the others at their defaults.
fn kind_of(spec: &Spec) -> Spec {
    let is_on = |deviation: f32| if deviation > 0.0 { 1.0 } else { 0.0 };
    let mut kind = Spec { initial_weights: None, ..spec.clone() };
    let default = Spec::default();
    kind.learning_rate = default.learning_rate;
    kind.initialisation = default.initialisation;
    kind.epochs = default.epochs;
    kind.shuffle = default.shuffle;
    kind.log_every = default.log_every;
    kind.evaluate_every = default.evaluate_every;
    kind.inactive_every = default.inactive_every;
    kind.checkpoint_every = default.checkpoint_every;
    kind.on_divergence = default.on_divergence;
    kind.regulariser.l2 = is_on(kind.regulariser.l2);
    kind.regulariser.forward_noise = is_on(kind.regulariser.forward_noise);
    kind.regulariser.backward_noise = is_on(kind.regulariser.backward_noise);
    kind
}

/// Multiply-adds of a step of a network, forward and backward.
fn multiply_adds(spec: &Spec, data: &DatasetInfo) -> f64 {
    let widths: Vec<f64> = std::iter::once(dimension(spec, data))
        .chain(spec.hidden.iter().copied())
        .chain(std::iter::once(CLASSES))
        .map(|width| width as f64)
        .collect();
    3.0 * spec.batch_size as f64 * widths.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>()
}

/// The time of a whole run from that of its parts.
fn whole(cost: Cost, spec: &Spec, data: &DatasetInfo) -> f64 {
    let Cost::Network { step, inactive, dead, image } = cost else {
        return if let Cost::Whole(seconds) = cost { seconds } else { 0.0 };
    };
    let epochs = spec.epochs as f64;
    let steps = samples(spec, data).div_ceil(spec.batch_size.max(1)) as f64;
    let measured = if spec.inactive_every == 0 { 0.0 } else { inactive * steps / spec.inactive_every as f64 + dead };
    let evaluations = (epochs / spec.evaluate_every.max(1) as f64).ceil();
    epochs * (steps * step + measured) + evaluations * image * data.test as f64
}

/// The trial's digits in the size of the data's images.
struct Resized {
    train: Arc<[u8]>,
    test: Arc<[u8]>,
    train_labels: Arc<[u8]>,
    test_labels: Arc<[u8]>,
    height: usize,
    width: usize,
}

impl Resized {
    fn new(digits: &Dataset, data: &DatasetInfo) -> Self {
        let (height, width) = (data.height.max(1), data.width.max(1));
        let resize = |split: &crate::dataset::Split| -> Arc<[u8]> {
            let pixel = |image: &[u8], at: usize| {
                let (row, column) = (at / width * split.height / height, at % width * split.width / width);
                image[row * split.width + column]
            };
            let images = split.images.chunks_exact(split.height * split.width);
            images.flat_map(|image| (0..height * width).map(move |at| pixel(image, at))).collect()
        };
        Self {
            train: resize(&digits.train),
            test: resize(&digits.test),
            train_labels: Arc::clone(&digits.train.labels),
            test_labels: Arc::clone(&digits.test.labels),
            height,
            width,
        }
    }

    /// A short piece of a run, timed. `None` when the settings and the sizes do not fit each other.
    fn trial(&self, spec: &Spec, data: &DatasetInfo) -> Option<Cost> {
        match spec.family {
            Family::Mlp => self.network(spec, data),
            Family::Knn => self.neighbours(spec, data),
            Family::Svm => self.support_vectors(spec, data),
        }
    }

    /// The trial's training and test set as a matrix of what the model sees.
    fn matrices(&self, spec: &Spec) -> Option<(Array2<f32>, Array2<f32>)> {
        let pixels = self.height * self.width;
        match spec.features {
            Features::Pixels => {
                let of = |bytes: &[u8]| {
                    let values: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
                    Array2::from_shape_vec((bytes.len() / pixels, pixels), values).ok()
                };
                Some((of(&self.train)?, of(&self.test)?))
            }
            Features::Hog(hog) => {
                let config = HogConfig { orientations: hog.orientations, cell: hog.cell, block: hog.block };
                let hog = Hog::new(config, self.height, self.width).ok()?;
                let of = |bytes: &[u8]| hog.compute_all(bytes, &mut |_| ControlFlow::Continue(())).ok();
                Some((of(&self.train)?, of(&self.test)?))
            }
        }
    }

    fn network(&self, spec: &Spec, data: &DatasetInfo) -> Option<Cost> {
        let repeat = spec.batch_size.div_ceil(TRAIN);
        let labels: Arc<[u8]> = self.train_labels.repeat(repeat).into();
        let (train, test) = if spec.features == Features::Pixels {
            let of = |images: Arc<[u8]>, labels: Arc<[u8]>| {
                Samples::from_bytes(images, labels, self.height * self.width).ok()
            };
            (of(self.train.repeat(repeat).into(), labels)?, of(Arc::clone(&self.test), Arc::clone(&self.test_labels))?)
        } else {
            let (train, test) = self.matrices(spec)?;
            let of =
                |values: &[f32], labels: Arc<[u8]>| Samples::from_features(values.into(), labels, train.ncols()).ok();
            (of(&train.as_slice()?.repeat(repeat), labels)?, of(test.as_slice()?, Arc::clone(&self.test_labels))?)
        };
        let mut trainer = Trainer::new(network_config(spec), 0, train).ok()?;
        trainer.step();
        trainer.step();
        let mut steps = 0;
        let spent = timed(|watch| {
            while steps < STEPS || watch.seconds() < TRIAL {
                trainer.step();
                steps += 1;
            }
        });
        let inactive = timed(|_| drop(trainer.inactivity()));
        // Of a sample of the training set, of which the trial has fewer images.
        let share = data.train.min(DEAD_UNIT_IMAGES) as f64 / (TRAIN * repeat).min(DEAD_UNIT_IMAGES) as f64;
        let dead = timed(|_| drop(trainer.dead_units())) * share;
        trainer.evaluate(&test).ok()?;
        let evaluation = timed(|_| drop(trainer.evaluate(&test)));
        Some(Cost::Network { step: spent / f64::from(steps), inactive, dead, image: evaluation / TEST as f64 })
    }

    fn neighbours(&self, spec: &Spec, data: &DatasetInfo) -> Option<Cost> {
        let (train, test) = self.matrices(spec)?;
        let mut model = None;
        let fit = timed(|_| model = Knn::new(spec.k.min(TRAIN), train.view(), &self.train_labels).ok());
        let mut done = 0.0;
        let search = timed(|watch| {
            let observer = &mut |report: KnnProgress<'_>| goes_on(watch, report.share, &mut done);
            if model.as_ref().is_some_and(|model| model.predict(test.view(), observer).is_ok()) {
                done = 1.0;
            }
        });
        let (more, queries) = (data.train as f64 / TRAIN as f64, data.test as f64 / TEST as f64);
        (done > 0.0).then(|| Cost::Whole(fit * more + search / done * more * queries))
    }

    fn support_vectors(&self, spec: &Spec, data: &DatasetInfo) -> Option<Cost> {
        let (train, _) = self.matrices(spec)?;
        let mut done = 0.0;
        let fit = timed(|watch| {
            let observer = &mut |report: SvmProgress| goes_on(watch, report.share, &mut done);
            if LinearSvm::fit(train.view(), &self.train_labels, CLASSES, spec.c, spec.tolerance, observer).is_ok() {
                done = 1.0;
            }
        });
        (done > 0.0).then(|| Cost::Whole(fit / done * data.train as f64 / TRAIN as f64))
    }
}

/// Ends a trial of a whole fit or search once it took long enough to judge the rest by; keeps the share that is `done`.
fn goes_on(watch: &Stopwatch, share: f64, done: &mut f64) -> ControlFlow<()> {
    *done = share;
    if share > 0.0 && watch.seconds() > LONGEST_TRIAL { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Seconds that `work` takes; it may look at its own watch.
fn timed(work: impl FnOnce(&Stopwatch)) -> f64 {
    let mut watch = Stopwatch::default();
    watch.run();
    work(&watch);
    watch.seconds()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::HogSettings;

    fn plan(spec: Spec) -> RunPlan {
        RunPlan { run: "a-s0".into(), name: "a".into(), order: 0, seed: 0, spec: Arc::new(spec), fork_of: None }
    }

    fn data(train: usize) -> DatasetInfo {
        DatasetInfo { name: "digits".into(), train, test: 100, height: 14, width: 14, ..DatasetInfo::default() }
    }

    #[test]
    fn every_family_has_a_time_and_twice_the_epochs_take_twice_as_long() {
        let small = Spec { hidden: vec![8], inactive_every: 0, ..Spec::default() };
        let plans = [
            plan(Spec { epochs: 2, ..small.clone() }),
            plan(Spec { epochs: 4, learning_rate: 0.5, ..small.clone() }),
            plan(Spec { family: Family::Knn, ..small.clone() }),
            plan(Spec { family: Family::Svm, features: Features::Hog(HogSettings::default()), ..small.clone() }),
            plan(Spec { batch_size: 5_000, ..small }),
        ];
        let found = estimate(&plans, &data(10_000));
        let seconds: Vec<f64> = found.seconds.iter().map(|seconds| seconds.unwrap()).collect();
        assert!(seconds.iter().all(|seconds| *seconds > 0.0 && seconds.is_finite()), "{seconds:?}");
        // The same kind of run, tried once.
        assert!((seconds[1] / seconds[0] - 2.0).abs() < 1e-9, "{seconds:?}");
        assert_eq!((found.tried, found.scaled), (4, 0));
    }

    #[test]
    fn runs_are_taken_up_in_their_order_by_whoever_is_free() {
        let of = |seconds: &[f64]| Estimate {
            seconds: seconds.iter().copied().map(Some).collect(),
            tried: 1,
            scaled: 0,
            trial_seconds: 0.0,
        };
        assert_eq!(of(&[3.0, 1.0, 1.0, 4.0]).wall_clock(2), Some(6.0));
        assert_eq!(of(&[3.0, 1.0]).wall_clock(1), Some(4.0));
        assert_eq!(of(&[]).wall_clock(2), Some(0.0));
        assert_eq!(Estimate { seconds: vec![None], ..of(&[]) }.wall_clock(2), None);
    }
}
