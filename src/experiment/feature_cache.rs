//! Features of the session's images, computed by the first run that needs them and shared by all that follow.
//!
//! Does not depend on models. What no waiting or live run needs is let go, since the features of MNIST are larger than
//! MNIST.

use crate::dataset::{Dataset, Split};
use crate::features::{Hog, HogConfig};
use crate::protocol::Features;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The features of both splits, each of shape (samples, `dimension`), row by row.
#[derive(Debug)]
pub(super) struct FeatureSet {
    pub(super) train: Arc<[f32]>,
    pub(super) test: Arc<[f32]>,
    pub(super) dimension: usize,
    /// Wall-clock seconds that it took.
    pub(super) seconds: f64,
}

/// Why there are no features.
#[derive(Debug)]
pub(super) enum NoFeatures {
    /// The run that computed them was asked to end.
    GivenUp,
    /// The settings do not fit the images.
    Unfit(String),
}

type Slot = Arc<Mutex<Option<Arc<FeatureSet>>>>;

/// The features of one data set, by their settings.
#[derive(Debug, Default)]
pub(super) struct FeatureCache {
    slots: Mutex<HashMap<Features, Slot>>,
}

impl FeatureCache {
    /// The features `kind` of `data`, computed if nobody did before. `give_up` is asked between pieces of work.
    pub(super) fn get(
        &self,
        kind: Features,
        data: &Dataset,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Arc<FeatureSet>, NoFeatures> {
        let slot = Arc::clone(self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default());
        // Whoever comes second waits here for the first, rather than compute the same again.
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = &*held {
            return Ok(Arc::clone(set));
        }
        let set = Arc::new(compute(kind, data, give_up)?);
        *held = Some(Arc::clone(&set));
        Ok(set)
    }

    /// Lets go of what nobody will ask for again.
    pub(super) fn keep(&self, needed: impl Fn(Features) -> bool) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|kind, _| needed(*kind));
    }
}

fn compute(kind: Features, data: &Dataset, give_up: &dyn Fn() -> bool) -> Result<FeatureSet, NoFeatures> {
    let started = Instant::now();
    let (train, test, dimension) = match kind {
        Features::Pixels => (widened(&data.train), widened(&data.test), data.train.pixels()),
        Features::Hog(settings) => {
            let config = HogConfig { orientations: settings.orientations, cell: settings.cell, block: settings.block };
            let hog = Hog::new(config, data.train.height, data.train.width)
                .map_err(|error| NoFeatures::Unfit(error.to_string()))?;
            (histograms(&hog, &data.train, give_up)?, histograms(&hog, &data.test, give_up)?, hog.dimension())
        }
    };
    Ok(FeatureSet { train, test, dimension, seconds: started.elapsed().as_secs_f64() })
}

/// Each byte / 255.
fn widened(split: &Split) -> Arc<[f32]> {
    split.images.iter().map(|byte| f32::from(*byte) / 255.0).collect()
}

fn histograms(hog: &Hog, split: &Split, give_up: &dyn Fn() -> bool) -> Result<Arc<[f32]>, NoFeatures> {
    let mut observer = |_| if give_up() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let values = hog.compute_all(&split.images, &mut observer).map_err(|_| NoFeatures::GivenUp)?;
    Ok(values.into_raw_vec_and_offset().0.into())
}
