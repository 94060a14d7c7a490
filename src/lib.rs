//! perceptop: a terminal monitor for neural-network experiments.
//!
//! The modules are described in `ARCHITECTURE.md`; imports go downwards only, which `tests/integration/tidy.rs` checks.
//! Everything is public for the tests and benchmarks beside it, not as an interface for other crates.

pub use perceptop_kernels::{baselines, dataset, features, math, nn};

pub mod app;
pub mod catalog;
pub mod cli;
pub mod experiment;
pub mod fmt;
pub mod format;
pub mod launch;
pub mod metrics;
pub mod output;
pub mod protocol;
pub mod record;
pub mod report;
pub mod source;
pub mod state;
pub mod study;
pub mod ui;
