//! Suites: what a user writes to say what should run, read strictly and turned into plans of runs.
//!
//! Everything is refused before anything starts, naming the file, the key, what was found and what is allowed. Must
//! not know workers or logs.

mod error;
mod fields;
mod fit;
mod json;
mod layer;
mod plans;
mod read;

pub use error::{Place, SuiteError};
pub use fit::{check, dimension, samples};
pub use plans::Selection;
pub use read::Suite;

pub(super) use fields::check_spec;
