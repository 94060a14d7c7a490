//! What only the data can tell: neighbours and batches that it can fill, cells that fit its images, memory.
//!
//! Does not depend on how data is loaded or models are trained; the estimate of memory follows the sizes of their buffers.

use super::error::SuiteError;
use crate::protocol::{Augmentation, DatasetInfo, Family, Features, HogSettings, RunPlan, Spec};

/// Checks that `data` can carry every plan and that the machine can carry `jobs` of them at a time.
///
/// `memory` is what the machine has in bytes; `None` skips that check.
///
/// # Errors
/// At the first plan that cannot be carried, naming the run, the setting, what was found and what is allowed.
pub fn check(plans: &[RunPlan], data: &DatasetInfo, jobs: usize, memory: Option<u64>) -> Result<(), SuiteError> {
    for plan in plans {
        check_one(plan, data)?;
    }
    let shared = shared_bytes(plans, data);
    let mut needs: Vec<(u64, &str)> = plans.iter().map(|plan| (run_bytes(&plan.spec, data), &*plan.run)).collect();
    needs.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let needed = needs.iter().take(jobs.max(1)).fold(shared, |sum, (bytes, _)| sum.saturating_add(*bytes));
    match (memory, needs.first()) {
        (Some(available), Some((_, run))) if needed > available => {
            Err(SuiteError::TooLarge { run: (*run).to_owned(), needed, jobs: jobs.min(plans.len()), available })
        }
        _ => Ok(()),
    }
}

fn check_one(plan: &RunPlan, data: &DatasetInfo) -> Result<(), SuiteError> {
    let unfit = |key: &str, found: String, allowed: String| {
        Err(SuiteError::Unfit { run: plan.run.clone(), key: key.to_owned(), found, allowed })
    };
    let spec = &*plan.spec;
    if let Features::Hog(hog) = spec.features {
        let needed = hog.cell.saturating_mul(hog.block);
        if needed > data.height.min(data.width) {
            return unfit(
                "features.hog",
                format!("blocks of {0}x{0} cells of {1}x{1} pixels", hog.block, hog.cell),
                format!("blocks that fit an image of {}x{} pixels", data.height, data.width),
            );
        }
    }
    match spec.family {
        Family::Knn if spec.k > data.train => {
            unfit("k", spec.k.to_string(), format!("1 to {}, the training images of {}", data.train, data.name))
        }
        Family::Mlp if spec.batch_size > samples(spec, data) => unfit(
            "batch_size",
            spec.batch_size.to_string(),
            format!("1 to {}, the training images of {}", samples(spec, data), data.name),
        ),
        Family::Mlp if spec.features != Features::Pixels && spec.regulariser.augment != Augmentation::Off => unfit(
            "regulariser.augment",
            "noisy copies of images of which the network sees only features".to_owned(),
            "false, or the features \"pixels\"".to_owned(),
        ),
        _ => Ok(()),
    }
}

/// Training images that an epoch of `spec` sees.
#[must_use]
pub fn samples(spec: &Spec, data: &DatasetInfo) -> usize {
    match spec.regulariser.augment {
        Augmentation::Off => data.train,
        Augmentation::Noise(_) => 2 * data.train,
    }
}

/// Values an image that a model of `spec` sees.
#[must_use]
pub fn dimension(spec: &Spec, data: &DatasetInfo) -> usize {
    match spec.features {
        Features::Pixels => data.height * data.width,
        Features::Hog(HogSettings { orientations, cell, block }) => {
            let positions = |pixels: usize| (pixels / cell.max(1) + 1).saturating_sub(block);
            positions(data.height) * positions(data.width) * block * block * orientations
        }
    }
}

const FLOAT: u64 = 4;

/// Bytes that a run of `spec` holds for itself alone while it lives.
fn run_bytes(spec: &Spec, data: &DatasetInfo) -> u64 {
    let dimension = dimension(spec, data) as u64;
    let (train, test) = (data.train as u64, data.test as u64);
    match spec.family {
        Family::Mlp => {
            let widths: Vec<u64> = std::iter::once(dimension)
                .chain(spec.hidden.iter().map(|units| *units as u64))
                .chain(std::iter::once(data.classes as u64))
                .collect();
            let weights: u64 =
                widths.windows(2).map(|pair| pair[0].saturating_mul(pair[1])).fold(0, u64::saturating_add);
            // Weights, their gradient and a copy for a checkpoint; per layer the input, the sum and its derivative.
            let rows = (spec.batch_size as u64).max(1_000);
            let activations = widths.iter().sum::<u64>().saturating_mul(rows).saturating_mul(3);
            let copies = if spec.regulariser.augment == Augmentation::Off { 0 } else { train * dimension };
            FLOAT.saturating_mul(weights.saturating_mul(3).saturating_add(activations).saturating_add(copies))
        }
        // The training set, at most as much again laid out for the search, and a tile of bounds.
        Family::Knn => FLOAT * (2 * train * (dimension + 1) + 1_000 * train.min(1_000)),
        // The matrix with its bias column, margins of all classes, a handful of vectors.
        Family::Svm => FLOAT * (train * (dimension + 1) + 4 * train * data.classes as u64 + test),
    }
}

/// Bytes that the runs share: the images, and each kind of features once.
fn shared_bytes(plans: &[RunPlan], data: &DatasetInfo) -> u64 {
    let images = (data.train + data.test) as u64;
    let mut kinds: Vec<Features> = Vec::new();
    let mut bytes = images * (data.height * data.width) as u64;
    for plan in plans {
        let is_matrix = plan.spec.features != Features::Pixels || plan.spec.family != Family::Mlp;
        if is_matrix && !kinds.contains(&plan.spec.features) {
            kinds.push(plan.spec.features);
            bytes = bytes.saturating_add((images * dimension(&plan.spec, data) as u64).saturating_mul(FLOAT));
        }
    }
    bytes
}
