//! perceptop: a terminal monitor for neural-network experiments.
//!
//! The rooms, lowest first; imports go down only, and `tests/tidy.rs` holds that. Everything but [`cli`] is public for
//! the tests and benchmarks beside it, not as an interface for other crates.

pub mod app;
pub mod classic;
pub mod cli;
pub mod dataset;
pub mod experiment;
pub mod features;
pub mod fmt;
pub mod math;
pub mod metrics;
pub mod nn;
pub mod output;
pub mod protocol;
pub mod record;
pub mod report;
pub mod source;
pub mod state;
pub mod ui;
