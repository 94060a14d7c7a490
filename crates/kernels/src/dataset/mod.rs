//! Where images come from: IDX files, the built-in synthetic digits, the verified download.
//!
//! Pixels and labels stay bytes, shared by every run that reads them; widening them to numbers is the network's work.
//! What it may import stands in `tests/integration/tidy.rs`. Does not depend on models, runs, logs or the screen.

mod choice;
mod digest;
mod download;
mod error;
mod fetch;
mod file;
mod idx;
mod inspect;
mod load;
mod save;
mod shape;
mod split;
pub mod synthetic;

pub use choice::{Choice, Origin, Resolution, VARIABLE, resolve};
pub use error::DatasetError;
pub use fetch::{FetchError, Fetched, Fetcher, Progress};
pub use inspect::{FileCheck, Info, SplitInfo, Verdict, info, verify};
pub use load::{load, parse};
pub use save::{WriteParts, write_idx};
pub use shape::{Shape, shape};
pub use split::{CLASSES, Dataset, Split};
