//! The reducer of a session: updates folded into its runs.
//!
//! Total and pure as the reducer of a run is. Does not depend on where updates come from.

use super::run::RunState;
use super::status::Age;
use crate::protocol::{SessionHeader, Status, TrainerState, Update};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Faults kept of a session, the newest.
pub(super) const MAX_FAULTS: usize = 256;

/// A log that could not be written or read as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The run, where it concerns one.
    pub run: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// What is known of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionState {
    /// The name of the session's folder.
    pub id: String,
    /// Its `session.json`; absent for another program's files.
    pub header: Option<SessionHeader>,
    /// What could not be written or read, oldest first; the newest `MAX_FAULTS`.
    pub faults: Vec<Fault>,
    /// What is worth knowing of logs and no fault, by run.
    pub remarks: BTreeMap<Arc<str>, String>,
    /// Faults altogether.
    pub fault_count: u64,
    /// How the processes stand that train its runs, where a viewer could tell.
    pub trainer: Option<TrainerState>,
    /// Whether everything has been said that was in the logs when the viewer came.
    pub caught_up: bool,
    runs: Vec<RunState>,
    places: HashMap<Arc<str>, usize>,
}

impl SessionState {
    /// A session of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds one update into what is known.
    pub fn apply(&mut self, update: &Update) {
        match update {
            Update::Session { id, header } => {
                self.id.clone_from(id);
                self.header = header.as_deref().cloned();
            }
            Update::Planned { plan } => {
                let run: Arc<str> = plan.run.as_str().into();
                self.run_mut(&run).plan(plan);
                self.sort();
            }
            Update::Record { run, record } => self.run_mut(run).apply(record),
            Update::Reset { run } => {
                let state = self.run_mut(run);
                let mut blank = RunState::new(Arc::clone(&state.id));
                blank.order = state.order;
                blank.holder = state.holder.take();
                if !state.is_started() || state.order.is_some() {
                    blank.name.clone_from(&state.name);
                    blank.seed = state.seed;
                    blank.spec.clone_from(&state.spec);
                    blank.current.clone_from(&state.spec);
                }
                *state = blank;
            }
            Update::Outline { run } => self.run_mut(run).is_outline = true,
            Update::Fault { run, message } => {
                self.fault_count += 1;
                if self.faults.len() >= MAX_FAULTS {
                    self.faults.remove(0);
                }
                self.faults.push(Fault { run: run.clone(), message: message.clone() });
            }
            Update::Remark { run, message } => {
                self.remarks.insert(Arc::clone(run), message.clone());
            }
            Update::Holder { run, holder } => self.run_mut(run).held_by(holder.clone()),
            Update::Age { run, seconds, written_over, has_holder } => {
                let age = Age { seconds: *seconds, written_over: *written_over, has_holder: *has_holder };
                self.run_mut(run).aged(age);
            }
            Update::Trainer { state, .. } => self.trainer = Some(*state),
            Update::CaughtUp => self.caught_up = true,
        }
    }

    /// The runs in queue order; those that were not planned come last, by id.
    #[must_use]
    pub fn runs(&self) -> &[RunState] {
        &self.runs
    }

    /// A run by its id.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<&RunState> {
        self.places.get(id).and_then(|place| self.runs.get(*place))
    }

    /// The data set that the runs learn from, by name.
    #[must_use]
    pub fn dataset(&self) -> &str {
        let of_runs = || self.runs.iter().map(|run| run.dataset.as_str()).find(|name| !name.is_empty());
        self.header.as_ref().map(|header| header.dataset.name.as_str()).or_else(of_runs).unwrap_or("")
    }

    /// How many runs stand so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.runs.iter().filter(|run| run.status == status).count()
    }

    /// Whether no run waits or goes on.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.runs.iter().all(|run| run.status.is_over())
    }

    /// Seconds until every run has ended, from what the runs so far took; `None` before anything can be told, and where
    /// nothing that could be told is left.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        let workers = self.header.as_ref().map_or(1, |header| header.jobs.max(1)) as f64;
        let live: Vec<f64> = self.runs.iter().filter_map(RunState::eta).collect();
        let queued = self.count(Status::Queued);
        let whole: Vec<f64> = self.runs.iter().filter_map(RunState::whole_seconds).collect();
        if live.is_empty() && (queued == 0 || whole.is_empty()) {
            return None;
        }
        let a_run = if whole.is_empty() { 0.0 } else { whole.iter().sum::<f64>() / whole.len() as f64 };
        let longest = live.iter().copied().fold(0.0, f64::max);
        let work = live.iter().sum::<f64>() + queued as f64 * a_run;
        Some((work / workers).max(longest))
    }

    fn run_mut(&mut self, id: &Arc<str>) -> &mut RunState {
        // A single log of millions of records needs no look into the table for each.
        let is_first = self.runs.first().is_some_and(|run| Arc::ptr_eq(&run.id, id));
        let place = if is_first {
            0
        } else if let Some(place) = self.places.get(id) {
            *place
        } else {
            self.runs.push(RunState::new(Arc::clone(id)));
            self.places.insert(Arc::clone(id), self.runs.len() - 1);
            self.sort();
            self.places[id]
        };
        &mut self.runs[place]
    }

    fn sort(&mut self) {
        let key = |run: &RunState| (run.order.unwrap_or(u32::MAX), Arc::clone(&run.id));
        if !self.runs.is_sorted_by_key(key) {
            self.runs.sort_by_key(key);
            self.places = self.runs.iter().enumerate().map(|(place, run)| (Arc::clone(&run.id), place)).collect();
        }
    }
}

impl RunState {
    /// Seconds that the whole run takes: those it took, or those it will have taken.
    fn whole_seconds(&self) -> Option<f64> {
        match self.status {
            _ if self.is_complete() => Some(self.seconds),
            Status::Running => self.eta().map(|rest| self.seconds + rest),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Event, Family, Fitted, Predicted, Record, RunStarted, Spec, Step};

    fn say(state: &mut SessionState, run: &str, seq: u64, t: f64, event: Event) {
        let record = Arc::new(Record { v: 1, seq, t, event });
        state.apply(&Update::Record { run: run.into(), record });
    }

    fn start(state: &mut SessionState, run: &str, family: Family) {
        let spec = Arc::new(Spec { family, epochs: 10, ..Spec::default() });
        let start = RunStarted {
            run: run.into(),
            name: run.into(),
            spec,
            family,
            seed: 0,
            dataset: "MNIST".into(),
            steps_per_epoch: if family == Family::Mlp { 1_000 } else { 0 },
            resumed_from: None,
        };
        say(state, run, 0, 0.0, Event::RunStarted(Box::new(start)));
    }

    #[test]
    fn nothing_is_left_to_estimate_where_a_classic_model_tells_no_progress() {
        let mut state = SessionState::new();
        start(&mut state, "knn", Family::Knn);
        assert_eq!(state.eta(), None);
        let done = Fitted { seconds: 0.01, progress: 1.0, ..Fitted::default() };
        say(&mut state, "knn", 1, 0.01, Event::Fitted(done));
        assert_eq!(state.eta(), None, "its fit is over, and its predictions have not begun");
        let half = Predicted { seconds: 3.0, progress: 0.5, ..Predicted::default() };
        say(&mut state, "knn", 2, 3.0, Event::Predicted(Box::new(half)));
        assert_eq!(state.eta(), Some(3.0));
    }

    /// A machine that is busy in bursts: steps take 10 ms, or 40 ms for five seconds out of ten.
    #[test]
    fn an_estimate_does_not_follow_every_burst() {
        let mut state = SessionState::new();
        start(&mut state, "net", Family::Mlp);
        let (mut t, mut told) = (0.0_f64, Vec::new());
        for step in 1..=8_000_u64 {
            t += if t % 10.0 < 5.0 { 0.01 } else { 0.04 };
            let event = Event::Step(Step { step, epoch: step as f64 / 1_000.0, train_loss: 1.0 });
            say(&mut state, "net", step, t, event);
            if t > 20.0 && step % 50 == 0 {
                told.push(t + state.eta().unwrap());
            }
        }
        let (least, most) = told.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), it| (a.min(*it), b.max(*it)));
        assert!(most < 1.3 * least, "the end is expected between {least} and {most} s");
    }
}
