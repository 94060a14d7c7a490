//! The command line: arguments to calls, errors to exit codes.
//!
//! What it may import stands in `tests/integration/tidy.rs`. Every flag is written down once, in [`arguments`].

pub mod arguments;
mod completions;
pub mod config;
mod daemon;
mod data;
mod dispatch;
mod dry_run;
mod export;
mod look;
mod run;
mod show;
mod status;
mod suite;

pub use dispatch::run;
pub use status::Status;
