//! One adapter a model family: each turns a spec into training, and training into events.
//!
//! The trainers below know no events and the recorder above no models; a change of either stays on its side of this
//! folder. Does not depend on queues, threads or other runs.

mod baselines;
mod context;
mod evaluate;
mod mlp;
mod mlp_config;
pub(super) use context::{RunContext, RunResult, run};
pub(super) use mlp_config::{apply as apply_setting, check_setting, config as network_config};
