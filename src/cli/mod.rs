//! The command line: arguments to calls, errors to exit codes.
//!
//! Room rule: it may import `app`, `source`, `report`, `protocol`, `dataset`,
//! `features`, `experiment`, `record` and `output` (`tests/tidy.rs`). Every flag
//! is written down once, in [`arguments`].

pub mod arguments;
mod data;
mod dispatch;
mod dry_run;
mod frame;
mod handing;
mod host;
mod look;
mod status;
mod suite;
mod train;

pub use dispatch::run;
pub use status::Status;
