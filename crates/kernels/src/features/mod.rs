//! Hand-made features: histograms of oriented gradients.
//!
//! Room rule: it may import `math` and `output` only (`tests/tidy.rs`). Must not know where images come from, models or logs.

mod bins;
mod error;
mod hog;
mod kernel;
mod npy;

pub use error::FeatureError;
pub use hog::{Hog, HogConfig};
pub use npy::write_npy;
