//! Suites: what a user writes to say what should run, read strictly and turned into plans of runs.
//!
//! Everything is refused before anything starts, naming the file, the key, what was found and what is allowed. Must
//! not know workers or logs.

mod built_in;
mod error;
mod fields;
mod fit;
mod json;
mod layer;
mod plans;
mod read;
mod reference;

pub use built_in::{BUILT_IN, BuiltIn, built_in};
pub use error::{Place, SuiteError, nearest};
pub use fit::{check, dimension, samples};
pub use plans::Selection;
pub use read::Suite;
pub use reference::{hog_table, settings_table};

pub(super) use fields::check_spec;
