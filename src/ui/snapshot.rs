//! The strip of neurons is renewed every few seconds only.
//!
//! Hundreds of cells that change with every measurement would fill a slow link, and no eye follows them.

use super::model::Model;
use super::tab_state::Strip;
use crate::protocol::{Event, Update};
use std::sync::Arc;
use std::time::Duration;

/// How long a strip is shown before the next measurement replaces it.
const HELD: Duration = Duration::from_secs(5);

impl Model {
    /// Takes a measurement of the selected run for the strip where the one shown is old enough, and the last one at
    /// the run's end.
    pub(super) fn renew_strip(&mut self, update: &Update) {
        let Update::Record { run, record } = update else { return };
        if self.selected.as_ref() != Some(run) {
            return;
        }
        let fresh = self.strip.as_ref().is_some_and(|strip| strip.run == *run && strip.age < HELD);
        let ended = matches!(record.event, Event::RunFinished(_) | Event::RunStopped(_) | Event::RunFailed(_));
        if !ended && (fresh || !matches!(record.event, Event::Inactive(_))) {
            return;
        }
        if let Some(inactive) = self.session.run(run).and_then(|run| run.inactive.as_ref()) {
            self.strip = Some(Strip {
                run: Arc::clone(run),
                step: inactive.step,
                units: inactive.units.clone(),
                age: Duration::ZERO,
            });
        }
    }
}
