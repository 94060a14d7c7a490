//! A look into a run between two of its steps, for tests and simulations that must act at an exact step.
//!
//! Does not depend on what is done there.

use std::fmt;
use std::sync::Arc;

/// Called on the run's own thread before each step with the run's id and the steps done. It may wait, send commands
/// to the engine or panic; the run feels each as if its own code had.
#[derive(Clone)]
pub struct StepHook(Arc<Look>);

type Look = dyn Fn(&str, u64) + Send + Sync;

impl StepHook {
    /// A probe that calls `look`.
    #[must_use]
    pub fn new(look: impl Fn(&str, u64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    pub(super) fn call(&self, run: &str, step: u64) {
        (self.0)(run, step);
    }
}

impl fmt::Debug for StepHook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Probe")
    }
}
