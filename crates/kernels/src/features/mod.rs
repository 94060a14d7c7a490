//! Hand-made features: histograms of oriented gradients.
//!
//! What it may import stands in `tests/integration/tidy.rs`. Does not depend on where images come from, models or logs.

mod bins;
mod error;
mod hog;
mod kernel;
mod npy;

pub use error::FeatureError;
pub use hog::{Hog, HogConfig};
pub use npy::write_npy;
