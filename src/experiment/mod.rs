//! Workers, queue and the adapters that turn a spec into training and training into events.
//!
//! [`Engine`] is a session under way, [`suite::Suite`] what a user wrote to say what should run. Room rule: it may
//! import every room above but `state` (`tests/tidy.rs`).

mod adapters;
mod checkpoint;
mod clock;
mod commands;
mod control;
mod engine;
mod error;
pub mod estimate;
mod feature_cache;
mod journal;
mod machine;
mod past;
mod probe;
mod queue;
mod shared;
pub mod suite;
mod watch;
mod worker;

pub use commands::Commander;
pub use engine::{Engine, EngineConfig, Loader, Outcome, Session};
pub use error::EngineError;
pub use machine::{default_jobs, host, memory};
pub use probe::Probe;
