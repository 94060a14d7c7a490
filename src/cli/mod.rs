//! The command line: arguments to calls, errors to exit codes.
//!
//! Room rule: it may import `app`, `source`, `report`, `protocol`, `dataset` and `features` (`tests/tidy.rs`). Every flag
//! is written down once, in [`arguments`].

pub mod arguments;
mod data;
mod dispatch;
mod status;

pub use dispatch::run;
pub use status::Status;
