//! Where images come from: IDX files, the built-in synthetic digits, the verified download.
//!
//! Pixels and labels stay bytes, shared by every run that reads them; widening them to numbers is the network's work.
//! Room rule: it may import `math` only (`tests/tidy.rs`). Must not know models, runs, logs or the screen.

mod choice;
mod error;
mod file;
mod idx;
mod load;
mod save;
mod split;
pub mod synthetic;

pub use choice::{Choice, Origin, Resolution, VARIABLE, resolve};
pub use error::DatasetError;
pub use file::FILES;
pub use load::load;
pub use save::write_idx;
pub use split::{CLASSES, Dataset, Split};
