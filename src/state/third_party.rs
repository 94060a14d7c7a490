//! The part of the reducer that is about other tools' runs: what they say of themselves, and numbers that no longer count.
//!
//! Total and pure like the rest of it. Does not depend on how the tools' files are read.

use super::anomaly::Anomaly;
use super::free_settings;
use super::run::RunState;
use crate::protocol::{Purged, RunInfo};

/// Settings kept of another program's run.
const MAX_SETTINGS: usize = 2_000;

impl RunState {
    /// Forgets numbers that a restart at an earlier step made void.
    pub(super) fn purged(&mut self, purged: &Purged) {
        let restarted_at = purged.from.iter().map(|(_, step)| step).fold(f64::INFINITY, f64::min);
        for (metric, step) in purged.from.iter() {
            if let Some(series) = self.series.get_mut(&**metric) {
                series.rewind(step.next_down());
            }
        }
        self.series.retain(|_, series| !series.is_empty());
        if restarted_at.is_finite() {
            self.anomalies.push(Anomaly::Restarted { from: self.step, to: restarted_at.max(0.0) as u64 });
            self.step = restarted_at.max(0.0) as u64;
        }
    }

    /// Adds what another program says of its run: each part replaces what was said of it before.
    pub(super) fn info_read(&mut self, info: &RunInfo) {
        if let Some(name) = &info.name {
            self.name.clone_from(name);
        }
        let room = MAX_SETTINGS.saturating_sub(self.info.settings.len());
        let known = |name: &String| self.info.settings.contains_key(name);
        let settings: Vec<_> = info.settings.iter().filter(|(name, _)| known(name)).collect();
        let new = info.settings.iter().filter(|(name, _)| !known(name)).take(room);
        let all: Vec<_> = settings.into_iter().chain(new).map(|(name, value)| (name.clone(), value.clone())).collect();
        self.info.settings.extend(all);
        self.seed = free_settings::seed(&self.info).unwrap_or(self.seed);
        for (known, news) in [
            (&mut self.info.name, &info.name),
            (&mut self.info.framework, &info.framework),
            (&mut self.info.step_column, &info.step_column),
        ] {
            if news.is_some() {
                known.clone_from(news);
            }
        }
        self.info.planned_steps = info.planned_steps.or(self.info.planned_steps);
    }
}
