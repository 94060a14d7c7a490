//! How a run stands: the one place that decides it, from the run's records, its holder and the age of its log.
//!
//! "Finished" is said only when something said so: an end record, or a planned length that was reached. A log that
//! nobody adds to is quiet, with since when, once it was silent for several times the run's own pace. Does not depend on a
//! clock: ages come from whoever looks at the log.

use super::run::RunState;
use crate::metrics::{DivergenceWatch, Failure, answers_one_class, chance_loss, failure, is_at_chance};
use crate::protocol::{AlertKind, Epoch, Family, Holder, RunEnd, Status};

/// Times a run's pace, the longest of its usual gaps between two records, after which it counts as quiet.
const SILENT: f64 = 5.0;

/// Seconds of silence that are never remarkable, however fast a run is.
const SHORT: f64 = 10.0;

/// The same for a run that a process is known to work on: it may load data or evaluate.
const SHORT_WHEN_HELD: f64 = 60.0;

/// Seconds after which a run counts as quiet of whose pace nothing is known.
const UNKNOWN: f64 = 60.0;

/// What is left of the longest gap with each record, so that one long gap is forgotten over some thousand records.
const FADES: f64 = 0.9993;

/// How long ago a log changed last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Age {
    /// Seconds since the last change.
    pub(super) seconds: f64,
    /// Seconds from the log's making to its last change.
    pub(super) written_over: Option<f64>,
    /// Whether it could be told who holds the run.
    pub(super) has_holder: bool,
}

/// What tells whether somebody works on a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Life {
    /// Whether the run was found to be held by nobody since its last record.
    pub(super) is_left: bool,
    /// Whether somebody was found to hold it after its end.
    is_held_again: bool,
    /// Whether it waits for its user.
    pub(super) is_paused: bool,
    /// How long ago its log changed last, where that was looked for since its last record.
    age: Option<Age>,
    /// The longest of the newest gaps between two records, in seconds.
    gap: f64,
}

impl RunState {
    /// Seconds since the run's log changed last, where it is quiet; as of the last look at the log.
    #[must_use]
    pub fn quiet_for(&self) -> Option<f64> {
        self.life.age.map(|age| age.seconds).filter(|seconds| *seconds > self.patience())
    }

    /// The run as its records alone tell it: without the age of its log and who holds it, which depend on when a reader
    /// looked.
    #[must_use]
    pub fn of_records(&self) -> Self {
        let life = Life { is_paused: self.life.is_paused, ..Life::default() };
        Self { life, ..self.clone() }
    }

    /// How the run went wrong, where it counts as such: live, this may still change.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Decides how the run stands from all that is known of it.
    pub(super) fn settle(&mut self) {
        self.status = self.decided();
    }

    fn decided(&self) -> Status {
        let as_lost = |status| match self.failure {
            Some(Failure::Diverged) => Status::Diverged,
            Some(Failure::NotLearning) => Status::NotLearning,
            None => status,
        };
        match self.ended_as {
            // A process that resumes it has not written its first record yet.
            Some(_) if self.life.is_held_again && self.was_stopped_with_session() => return Status::Running,
            Some(ended) => return as_lost(ended),
            None if self.records == 0 => return Status::Queued,
            None => {}
        }
        if self.started && self.life.is_left {
            return Status::Interrupted;
        }
        if self.life.age.is_some_and(|age| !age.has_holder) && self.has_reached_its_plan() {
            return as_lost(Status::Finished);
        }
        if self.life.is_paused {
            return Status::Paused;
        }
        if self.quiet_for().is_some() {
            // Another program's loss that is no number is the last that is heard of a run that crashed over it.
            return if self.started { Status::Quiet } else { as_lost(Status::Quiet) };
        }
        Status::Running
    }

    /// Whether it did all that its settings ask for.
    fn has_reached_its_plan(&self) -> bool {
        match self.current.as_deref() {
            Some(spec) if !self.started || spec.family != Family::Mlp => {
                self.predicted.as_ref().is_some_and(|predicted| predicted.progress >= 1.0)
            }
            Some(spec) => self.epoch >= spec.epochs as f64,
            None => self.info.planned_steps.is_some_and(|planned| planned > 0.0 && self.step as f64 >= planned),
        }
    }

    /// Seconds of silence after which the run counts as quiet: several times its own pace.
    fn patience(&self) -> f64 {
        let least = if self.holder.is_some() { SHORT_WHEN_HELD } else { SHORT };
        let of_file = || Some(self.life.age?.written_over? / self.records.max(1) as f64);
        let gap = Some(self.life.gap).filter(|gap| *gap > 0.0).or_else(of_file);
        gap.map_or(UNKNOWN, |gap| (SILENT * gap).max(least))
    }

    /// Takes note of the time between two records, before `seconds` is that of the newer one. The first record of a
    /// part that was begun again says nothing of the pace.
    pub(super) fn note_gap(&mut self, seconds: f64) {
        let mut gap = if self.records > 0 { seconds - self.seconds } else { 0.0 };
        if !self.life.is_paused {
            // Times tell nothing of a program that writes its log in large pieces.
            gap = gap.max(self.life.age.map_or(0.0, |age| age.seconds));
        }
        if gap.is_finite() {
            self.life.gap = (self.life.gap * FADES).max(gap);
        }
    }

    /// A record came that shows that somebody works on the run.
    pub(super) fn heard(&mut self) {
        self.life.is_left = false;
        self.life.is_held_again = false;
        self.life.age = None;
    }

    /// Takes who works on the run. A run without end that nobody holds any more was interrupted.
    pub(super) fn held_by(&mut self, holder: Option<Holder>) {
        self.life.is_left = holder.is_none();
        self.life.is_held_again = holder.is_some() && self.ended_as.is_some();
        self.holder = holder;
        self.settle();
    }

    /// Takes how long ago the run's log changed.
    pub(super) fn aged(&mut self, age: Age) {
        self.life.age = Some(age);
        if !self.started && self.ended_as.is_none() {
            self.judge_foreign();
        }
        self.settle();
    }

    /// Takes the run's end.
    pub(super) fn ended(&mut self, status: Status, end: &RunEnd) {
        self.steps_done(end.step.max(self.step), if end.epoch > self.epoch { end.epoch } else { self.epoch });
        if end.reason == "diverged" && self.failure.is_none() {
            // Logs of other programs need no alerts to say so.
            self.diverged_at = self.marked.map(|(at, _)| at).or(Some(end.step));
            self.failure = Some(Failure::Diverged);
        }
        self.ended_as = Some(status);
        self.end = Some(end.clone());
    }

    /// Judges whether the run has gone wrong: it was marked by an alert, or its epochs show it, and its last epoch is no
    /// better than guessing. A mark that a run has learned past stays among its alerts.
    pub(super) fn judge(&mut self) {
        let found = self.found_failure();
        self.diverged_at = found.map(|(at, _)| at);
        self.failure = found.map(|(_, failure)| failure);
    }

    fn found_failure(&self) -> Option<(u64, Failure)> {
        let by_mark = self.marked.map(|(at, _)| (at, Failure::Diverged));
        let Some(last) = self.epochs.last().filter(|epoch| self.marked.is_none_or(|(at, _)| epoch.step >= at)) else {
            return by_mark;
        };
        // The epoch in which a loss was no number may have a mean all the same.
        if self.marked == Some((last.step, AlertKind::Nan)) || !last.train_loss.is_finite() {
            return by_mark.or(Some((last.step, Failure::Diverged)));
        }
        let evaluated = self.epochs.iter().rev().find(|epoch| epoch.confusion.len() > 1);
        let Some(table) = evaluated.map(|epoch| &epoch.confusion) else { return by_mark };
        let classes = table.len();
        let at_chance = |epoch: &&Epoch| is_at_chance(epoch.train_loss, classes);
        let is_poor = at_chance(&last) || answers_one_class(table);
        let at = match self.marked {
            Some((at, _)) => is_poor.then_some(at)?,
            None => self.seen_at(last, classes)?,
        };
        let losses = self.epochs.iter().map(|epoch| epoch.train_loss).filter(|loss| loss.is_finite());
        Some((at, failure(last.train_loss, losses.fold(f32::INFINITY, f32::min), classes)))
    }

    /// The step at which a run went wrong that no alert marks, by its last epochs.
    fn seen_at(&self, last: &Epoch, classes: usize) -> Option<u64> {
        if last.train_loss > crate::metrics::GROWN * chance_loss(classes) {
            return Some(last.step);
        }
        let streak = self.epochs.iter().rev().take_while(|epoch| is_at_chance(epoch.train_loss, classes)).count();
        let patience = DivergenceWatch::PATIENCE as usize;
        (streak >= patience).then(|| self.epochs[self.epochs.len() - streak + patience - 1].step)
    }

    /// Judges another program's run by its losses alone: whichever is called so, and is no number at its end.
    fn judge_foreign(&mut self) {
        let is_loss =
            |name: &str| name.rsplit('/').next().is_some_and(|name| name.to_ascii_lowercase().contains("loss"));
        let lasts = self.series.iter().filter(|(name, _)| is_loss(name)).filter_map(|(_, series)| series.last());
        let lost = lasts.filter(|point| !point.value.is_finite()).map(|point| point.step.max(0.0) as u64).min();
        self.diverged_at = lost;
        self.failure = lost.map(|_| Failure::Diverged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Alert, Event, Metrics, Note, Record, RunStarted, Spec};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn say(run: &mut RunState, t: f64, event: Event) {
        let record = Record { v: 1, seq: run.next_seq, t, event };
        run.apply(&record);
    }

    fn started(epochs: usize) -> RunState {
        let mut run = RunState::new("a".into());
        let spec = Arc::new(Spec { epochs, ..Spec::default() });
        let start = RunStarted {
            run: "a".into(),
            name: "a".into(),
            family: spec.family,
            spec,
            seed: 0,
            dataset: "MNIST".into(),
            steps_per_epoch: 10,
            resumed_from: None,
        };
        say(&mut run, 0.0, Event::RunStarted(Box::new(start)));
        run
    }

    /// Another program's run with one row every `gap` seconds.
    fn foreign(rows: u32, gap: f64, loss: f64) -> RunState {
        let mut run = RunState::new("b".into());
        for row in 0..rows {
            let step = f64::from(row);
            let values =
                [("train/loss".into(), if row + 1 == rows { loss } else { 0.5 })].into_iter().collect::<Vec<_>>();
            say(&mut run, step * gap, Event::Metrics(Metrics { step, segment: 0, values: values.into() }));
        }
        run
    }

    fn aged(run: &mut RunState, seconds: f64) -> Status {
        run.aged(Age { seconds, written_over: None, has_holder: false });
        run.status
    }

    #[test]
    fn silence_is_measured_by_the_runs_own_pace() {
        let mut quick = foreign(100, 1.0, 0.4);
        assert_eq!(quick.status, Status::Running);
        assert_eq!(aged(&mut quick, 9.0), Status::Running);
        assert_eq!(aged(&mut quick, 11.0), Status::Quiet);
        assert_eq!(quick.quiet_for(), Some(11.0));
        let mut slow = foreign(4, 600.0, 0.4);
        assert_eq!(aged(&mut slow, 2_900.0), Status::Running, "an epoch every ten minutes");
        assert_eq!(aged(&mut slow, 3_100.0), Status::Quiet);
        say(&mut slow, 5_000.0, Event::Metrics(Metrics { step: 9.0, segment: 0, values: Vec::new().into() }));
        assert_eq!((slow.status, slow.quiet_for()), (Status::Running, None), "it is heard of again");
        assert_eq!(aged(&mut slow, 3_100.0), Status::Running, "and was silent as long before");
    }

    #[test]
    fn a_file_without_times_tells_its_pace_by_how_long_it_was_written() {
        let mut run = foreign(10, 0.0, 0.4);
        let age = |seconds, written_over| Age { seconds, written_over, has_holder: false };
        run.aged(age(61.0, None));
        assert_eq!(run.status, Status::Quiet, "nothing is known of its pace");
        run.aged(age(61.0, Some(6_000.0)));
        assert_eq!(run.status, Status::Running);
        run.aged(age(3_001.0, Some(6_000.0)));
        assert_eq!(run.status, Status::Quiet);
    }

    #[test]
    fn a_loss_that_is_no_number_at_the_end_is_a_divergence() {
        let mut run = foreign(200, 1.0, f64::NAN);
        assert_eq!(run.status, Status::Running);
        assert_eq!((aged(&mut run, 300.0), run.diverged_at), (Status::Diverged, Some(199)));
        say(&mut run, 200.0, Event::Metrics(Metrics { step: 200.0, segment: 0, values: Vec::new().into() }));
        assert_eq!((run.status, run.failure()), (Status::Running, None));
    }

    #[test]
    fn only_a_process_that_died_interrupts_a_run() {
        let mut run = started(15);
        assert_eq!(run.status, Status::Running);
        say(&mut run, 1.0, Event::Paused);
        assert_eq!(run.status, Status::Paused);
        run.held_by(None);
        assert_eq!(run.status, Status::Interrupted);
        say(&mut run, 1.0, Event::Note(Note { text: "why".into() }));
        assert_eq!(run.status, Status::Interrupted, "words do not bring it back");
        run.held_by(Some(Holder { host: "here".into(), pid: 7 }));
        assert_eq!(run.status, Status::Paused);
        say(&mut run, 2.0, Event::Resumed);
        run.aged(Age { seconds: 59.0, written_over: None, has_holder: true });
        assert_eq!(run.status, Status::Running, "a process works on it");
        run.aged(Age { seconds: 61.0, written_over: None, has_holder: true });
        assert_eq!(run.status, Status::Quiet);
    }

    #[test]
    fn a_run_that_was_stopped_with_its_session_goes_on_once_it_is_held_again() {
        let mut run = started(15);
        let here = || Some(Holder { host: "here".into(), pid: 7 });
        run.held_by(here());
        let end = |reason: &str| Event::RunStopped(Box::new(RunEnd { reason: reason.into(), ..RunEnd::default() }));
        say(&mut run, 1.0, end(crate::protocol::SESSION_STOPPED));
        assert_eq!((run.status, run.is_resumable()), (Status::Stopped, true));
        run.held_by(None);
        assert_eq!((run.status, run.is_resumable()), (Status::Stopped, true));
        run.held_by(here());
        assert_eq!((run.status, run.is_resumable()), (Status::Running, false));
        say(&mut run, 1.0, end("stopped by user"));
        assert_eq!((run.status, run.is_resumable()), (Status::Stopped, false));
    }

    #[test]
    fn a_planned_length_that_was_reached_is_an_end_where_no_holder_can_be_told() {
        let mut run = started(2);
        let at = |epoch: f64| Event::Epoch(Box::new(Epoch { step: 10, epoch, train_loss: 0.1, ..Epoch::default() }));
        say(&mut run, 1.0, at(1.0));
        assert_eq!(aged(&mut run, 1.0), Status::Running);
        say(&mut run, 2.0, at(2.0));
        assert_eq!(aged(&mut run, 0.0), Status::Finished);
        run.aged(Age { seconds: 0.0, written_over: None, has_holder: true });
        assert_eq!(run.status, Status::Running, "its end record is about to come");
    }

    #[test]
    fn a_run_that_answers_one_class_for_everything_has_not_learned() {
        // The study's learning rate of 0.001: its loss fell a little, its answers are those of guessing.
        let mut run = started(2);
        for (step, train_loss) in [(10, 2.30), (20, 2.283)] {
            let mut confusion = vec![vec![0; 10]; 10];
            for row in &mut confusion {
                row[1] = 100;
            }
            say(&mut run, 1.0, Event::Epoch(Box::new(Epoch { step, train_loss, confusion, ..Epoch::default() })));
            if step == 10 {
                let alert = Alert { kind: AlertKind::Diverged, step, message: String::new() };
                say(&mut run, 1.0, Event::Alert(alert));
            }
        }
        say(&mut run, 2.0, Event::RunFinished(Box::default()));
        assert_eq!((run.status, run.diverged_at), (Status::NotLearning, Some(10)));
    }

    #[test]
    fn epochs_show_what_no_alert_says() {
        let mut run = started(5);
        for step in [10, 20, 30, 40] {
            let confusion = vec![vec![10; 10]; 10];
            let epoch = Epoch { step, train_loss: 2.31, confusion, ..Epoch::default() };
            say(&mut run, 1.0, Event::Epoch(Box::new(epoch)));
        }
        assert_eq!((run.failure(), run.diverged_at), (Some(Failure::NotLearning), Some(30)));
    }

    proptest! {
        /// A longer silence never makes a run look livelier, and without an end record or a plan nothing is finished.
        #[test]
        fn silence_only_ever_quietens(rows in 1_u32..40, gap in 0.0..900.0, first in 0.0..1e6, more in 0.0..1e6) {
            let mut run = foreign(rows, gap, 0.4);
            let early = aged(&mut run, first);
            let late = aged(&mut run, first + more);
            prop_assert!(matches!(early, Status::Running | Status::Quiet));
            prop_assert!(late == Status::Quiet || early == Status::Running);
        }
    }
}
