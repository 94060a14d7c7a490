//! The models without a gradient step: k nearest neighbours, and the linear support vector machine.
//!
//! Both take a matrix of features `(samples, dimension)` and one label a row; where the features come from is not
//! theirs to know. What it may import stands in `tests/integration/tidy.rs`.
#![expect(clippy::needless_pass_by_value, reason = "views are made at the call, `a.t()` or `a.slice(..)`")]

mod error;
mod knn;
mod svm;

pub use error::ClassicError;
pub use knn::{Knn, KnnProgress};
pub use svm::{LinearSvm, SvmProgress};
