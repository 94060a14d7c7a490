//! The config file: its table of keys, its reader, what is in force by flags, environment, file and default, and
//! `perceptop config`.
//!
//! Does not depend on what a setting does.

mod error;
mod file;
mod in_force;
mod print;
mod table;

pub(super) use error::ConfigError;
pub(super) use in_force::InForce;
pub(super) use print::print;
pub use table::markdown;
