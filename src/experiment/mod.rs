//! Workers, queue and the adapters that turn a spec into training and training into events.
//!
//! [`Engine`] is a session under way, [`suite::Suite`] what a user wrote to say what should run. What it may import
//! stands in `tests/integration/tidy.rs`.

mod adapters;
mod alert_rules;
mod checkpoint;
mod clock;
mod commands;
mod engine;
mod error;
pub mod estimate;
mod feature_cache;
mod hardware;
mod queue;
mod run_control;
mod run_history;
mod run_logger;
mod shared;
mod step_hook;
pub mod suite;
mod worker;

pub use commands::Commander;
pub use engine::{Engine, EngineConfig, Loader, Outcome, Session};
pub use error::EngineError;
pub use hardware::{default_jobs, host, memory};
pub use step_hook::StepHook;
