//! One adapter a model family: each turns a spec into training, and training into events.
//!
//! The trainers below know no events and the recorder above no models; a change of either stays on its side of this
//! folder. Must not know queues, threads or other runs.

mod baselines;
mod judge;
mod mlp;
mod translate;
mod work;

pub(super) use translate::{apply as apply_setting, check_setting, config as network_config};
pub(super) use work::{Conclusion, Work, run};
