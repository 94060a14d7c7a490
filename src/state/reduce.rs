//! The reducer of one run: a record folded into what is known.
//!
//! Total and pure: no clock, no I/O, no error. What makes no sense becomes an entry in
//! [`RunState::anomalies`]. Live and replayed runs differ in nothing but where the records come from.

use super::anomaly::Anomaly;
use super::run::{
    AlertMark, Best, ChangeMark, MAX_EPOCHS, MAX_MARKS, MAX_METRICS, MAX_WRONG, NoteMark, Pace, RunState,
};
use super::series::Point;
use crate::protocol::{
    Alert, AlertKind, Change, Epoch, Event, Fitted, Inactive, Metrics, Note, Predicted, Record, RunStarted, Spec,
    Status,
};
use serde_json::Value;
use std::sync::Arc;

/// Seconds that the pace is measured over at least: shorter stretches tell how busy the machine is, not how long a run
/// takes. An epoch at least, too, so that its evaluation counts.
const PACE_SECONDS: f64 = 20.0;

impl RunState {
    /// Folds one record into what is known of the run.
    pub fn apply(&mut self, record: &Record) {
        if let Event::RunStarted(started) = &record.event {
            self.run_started(record, started);
            self.settle();
            return;
        }
        if !self.in_order(record) {
            return;
        }
        match &record.event {
            Event::Step(step) => {
                self.steps_done(step.step, step.epoch);
                self.push("train_loss", step.step as f64, step.epoch, f64::from(step.train_loss));
                self.measure_pace();
            }
            Event::Inactive(inactive) => self.inactive_counted(inactive),
            Event::Epoch(epoch) => self.epoch_ended(epoch),
            Event::Change(change) => self.setting_switched(change),
            Event::Paused => self.wait(true),
            Event::Resumed => self.wait(false),
            Event::Note(note) => self.noted(note),
            Event::Alert(alert) => self.alerted(alert),
            Event::Checkpoint(checkpoint) => self.checkpoint = Some(checkpoint.clone()),
            Event::Features(features) => self.features = Some(features.clone()),
            Event::Fitted(fitted) => self.fitted(fitted),
            Event::Predicted(predicted) => self.predicted(predicted),
            Event::Metrics(metrics) => self.metrics_read(metrics),
            Event::RunInfo(info) => self.info_read(info),
            Event::Purged(purged) => self.purged(purged),
            Event::RunFinished(end) => self.ended(Status::Finished, end),
            Event::RunStopped(end) => self.ended(Status::Stopped, end),
            Event::RunFailed(end) => self.ended(Status::Failed, end),
            Event::Unknown => self.unknown_events += 1,
            Event::RunStarted(_) => {}
        }
        self.settle();
    }

    /// Checks the record's place; false when it is to be skipped.
    fn in_order(&mut self, record: &Record) -> bool {
        if record.seq < self.next_seq {
            self.anomalies.push(Anomaly::Repeated { seq: record.seq });
            return false;
        }
        if !self.started
            && self.records == 0
            && !matches!(record.event, Event::Metrics(_) | Event::RunInfo(_) | Event::Purged(_))
        {
            self.anomalies.push(Anomaly::BeforeStart { seq: record.seq });
        }
        if self.has_ended() && !matches!(record.event, Event::Note(_) | Event::Checkpoint(_) | Event::Unknown) {
            self.anomalies.push(Anomaly::AfterEnd { seq: record.seq });
        }
        self.arrived(record);
        // A person may leave words at a log that nobody works on.
        if !matches!(record.event, Event::Note(_)) {
            self.heard();
        }
        true
    }

    /// Counts a record and takes its time.
    fn arrived(&mut self, record: &Record) {
        if record.seq > self.next_seq && !self.is_outline {
            self.anomalies.push(Anomaly::Gap { expected: self.next_seq, found: record.seq });
        }
        self.next_seq = record.seq.saturating_add(1);
        if !matches!(&record.event, Event::Metrics(metrics) if metrics.segment > self.segments) {
            self.note_gap(record.t);
        }
        self.records += 1;
        if record.t < self.seconds {
            self.anomalies.push(Anomaly::TimeBack { from: self.seconds, to: record.t });
        }
        if record.t.is_finite() {
            self.seconds = record.t;
        }
    }

    fn run_started(&mut self, record: &Record, started: &RunStarted) {
        // By the name that the log gives itself: its file may have another.
        let resumed_at = started.resumed_from.as_ref().filter(|origin| origin.run == started.run).map(|o| o.step);
        if record.seq < self.next_seq {
            if resumed_at.is_some() || record.seq > 0 {
                self.anomalies.push(Anomaly::Repeated { seq: record.seq });
                return;
            }
            self.forget();
            self.anomalies.push(Anomaly::StartedAgain { seq: record.seq });
        } else if self.started && resumed_at.is_none() {
            let next = record.seq;
            self.forget();
            self.next_seq = next;
            self.anomalies.push(Anomaly::StartedAgain { seq: record.seq });
        }
        self.arrived(record);
        if let Some(step) = resumed_at {
            self.rewind(step);
            self.resumptions += u32::from(self.started);
        }
        self.started = true;
        self.name.clone_from(&started.name);
        self.seed = started.seed;
        self.dataset.clone_from(&started.dataset);
        self.steps_per_epoch = started.steps_per_epoch;
        self.spec = Some(Arc::clone(&started.spec));
        self.current = Some(Arc::clone(&started.spec));
        self.origin.clone_from(&started.resumed_from);
        if let Some(origin) = &started.resumed_from {
            self.step = origin.step;
            self.epoch = origin.epoch;
        }
        self.heard();
        self.life.is_paused = false;
        self.ended_as = None;
        self.end = None;
        self.restart_pace();
    }

    /// Forgets everything but who the run is, its place in the queue and what made no sense.
    fn forget(&mut self) {
        let blank = Self::new(Arc::clone(&self.id));
        let old = std::mem::replace(self, blank);
        self.order = old.order;
        self.holder = old.holder;
        self.is_outline = old.is_outline;
        self.anomalies = old.anomalies;
    }

    /// Forgets what came past a checkpoint that the run goes on from.
    fn rewind(&mut self, step: u64) {
        let kept = step as f64;
        for (name, series) in &mut self.series {
            // Inactive neurons are counted in the step after the ones done, so that a count at the checkpoint's own
            // step is made again.
            let before = name.starts_with("inactive") || name.starts_with("dead");
            series.rewind(if before { kept - 1.0 } else { kept });
        }
        self.series.retain(|_, series| !series.is_empty());
        self.epochs.retain(|epoch| epoch.step <= step);
        self.changes.retain(|mark| mark.change.step <= step);
        self.alerts.retain(|mark| mark.step <= step);
        self.inactive = self.inactive.take().filter(|inactive| inactive.step < step);
        self.marked = self.marked.filter(|(at, _)| *at <= step);
        self.fitted = None;
        self.predicted = None;
        self.best = None;
        for epoch in std::mem::take(&mut self.epochs) {
            self.compare_with_best(epoch.test_accuracy, epoch.epoch, epoch.step);
            self.epochs.push(epoch);
        }
        self.judge();
    }

    fn restart_pace(&mut self) {
        let here = (self.step as f64, self.seconds);
        self.pace = Pace { from: here, next: here };
    }

    fn measure_pace(&mut self) {
        let (steps, seconds) = (self.step as f64 - self.pace.next.0, self.seconds - self.pace.next.1);
        if seconds >= PACE_SECONDS && steps >= self.steps_per_epoch as f64 {
            self.pace = Pace { from: self.pace.next, next: (self.step as f64, self.seconds) };
        }
    }

    pub(super) fn steps_done(&mut self, step: u64, epoch: f64) {
        if step < self.step {
            self.anomalies.push(Anomaly::StepBack { from: self.step, to: step });
        }
        self.step = step;
        self.epoch = epoch;
    }

    fn push(&mut self, metric: &str, step: f64, epoch: f64, value: f64) {
        let point = Point { step, epoch, seconds: self.seconds, value };
        if let Some(series) = self.series.get_mut(metric) {
            series.push(point);
        } else if self.series.len() < MAX_METRICS {
            self.series.entry(metric.to_owned()).or_default().push(point);
        } else if !self.skipped_metrics {
            self.skipped_metrics = true;
            self.anomalies.push(Anomaly::TooManyMetrics { seq: self.next_seq.saturating_sub(1) });
        }
    }

    fn inactive_counted(&mut self, inactive: &Inactive) {
        let step = inactive.step as f64;
        let epoch = if self.steps_per_epoch > 0 { step / self.steps_per_epoch as f64 } else { self.epoch };
        self.push("inactive", step, epoch, f64::from(inactive.inactive));
        for (layer, share) in inactive.inactive_per_layer.iter().enumerate() {
            self.push(&format!("inactive/{}", layer + 1), step, epoch, f64::from(*share));
        }
        for (layer, share) in inactive.dead_per_layer.iter().enumerate() {
            self.push(&format!("dead/{}", layer + 1), step, epoch, f64::from(*share));
        }
        if let Some(dead) = self.dead_share(&inactive.dead_per_layer) {
            self.push("dead", step, epoch, dead);
        }
        self.inactive = Some(inactive.clone());
    }

    /// The share of dead units over all layers, each weighted by its units.
    fn dead_share(&self, per_layer: &[f32]) -> Option<f64> {
        let hidden = &self.spec.as_ref()?.hidden;
        let units: usize = hidden.iter().sum();
        if hidden.len() != per_layer.len() || units == 0 {
            return None;
        }
        let dead: f64 = hidden.iter().zip(per_layer).map(|(units, share)| *units as f64 * f64::from(*share)).sum();
        Some(dead / units as f64)
    }

    fn epoch_ended(&mut self, epoch: &Epoch) {
        self.steps_done(epoch.step, epoch.epoch);
        let numbers = [
            ("epoch_train_loss", Some(f64::from(epoch.train_loss))),
            ("test_loss", epoch.test_loss.map(f64::from)),
            ("train_accuracy", epoch.train_accuracy.map(f64::from)),
            ("test_accuracy", epoch.test_accuracy.map(f64::from)),
            ("l2_penalty", Some(f64::from(epoch.l2_penalty))),
            ("gradient_norm", Some(f64::from(epoch.gradient_norm))),
            ("samples_per_second", Some(epoch.samples_per_second)),
        ];
        for (name, value) in numbers {
            if let Some(value) = value {
                self.push(name, epoch.step as f64, epoch.epoch, value);
            }
        }
        self.compare_with_best(epoch.test_accuracy, epoch.epoch, epoch.step);
        self.epochs.push(epoch.clone());
        self.judge();
        self.forget_old_answers();
        if self.epochs.len() > MAX_EPOCHS {
            let mut index = 0;
            self.epochs.retain(|_| {
                index += 1;
                index > MAX_EPOCHS / 2 || index % 2 == 1
            });
        }
    }

    /// Lets go of what the oldest epochs answered wrong, where all of it together is too much.
    fn forget_old_answers(&mut self) {
        let Some((newest, older)) = self.epochs.split_last_mut() else { return };
        let mut room = MAX_WRONG.saturating_sub(newest.misclassified.len());
        for epoch in older.iter_mut().rev() {
            if epoch.misclassified.len() > room {
                epoch.misclassified = Vec::new();
                room = 0;
            }
            room -= epoch.misclassified.len();
        }
    }

    fn compare_with_best(&mut self, accuracy: Option<f32>, epoch: f64, step: u64) {
        if let Some(test_accuracy) = accuracy
            && test_accuracy.is_finite()
            && self.best.is_none_or(|best| test_accuracy > best.test_accuracy)
        {
            self.best = Some(Best { test_accuracy, epoch, step });
        }
    }

    fn setting_switched(&mut self, change: &Change) {
        if let Some(spec) = &self.current
            && let Some(switched) = switched(spec, &change.field, &change.to)
        {
            self.current = Some(Arc::new(switched));
        }
        let mark = ChangeMark { seconds: self.seconds, epoch: self.epoch, change: change.clone() };
        push_bounded(&mut self.changes, mark);
    }

    fn wait(&mut self, waits: bool) {
        self.life.is_paused = waits;
        self.restart_pace();
    }

    fn noted(&mut self, note: &Note) {
        let mark = NoteMark { seconds: self.seconds, epoch: self.epoch, step: self.step, text: note.text.clone() };
        push_bounded(&mut self.notes, mark);
    }

    fn alerted(&mut self, alert: &Alert) {
        if matches!(alert.kind, AlertKind::Nan | AlertKind::Diverged) {
            self.marked.get_or_insert((alert.step, alert.kind));
            self.judge();
        }
        let mark = AlertMark {
            seconds: self.seconds,
            epoch: self.epoch,
            step: alert.step,
            kind: alert.kind,
            message: alert.message.clone(),
        };
        push_bounded(&mut self.alerts, mark);
    }

    fn fitted(&mut self, fitted: &Fitted) {
        let at = self.seconds;
        self.push("progress", at, 0.0, fitted.progress / 2.0);
        if let Some(objective) = fitted.objective {
            self.push("objective", at, 0.0, objective);
        }
        self.fitted = Some(fitted.clone());
    }

    fn predicted(&mut self, predicted: &Predicted) {
        let at = self.seconds;
        self.push("progress", at, 0.0, 0.5 + predicted.progress / 2.0);
        if let Some(accuracy) = predicted.test_accuracy {
            self.push("test_accuracy", at, 0.0, f64::from(accuracy));
            if predicted.progress >= 1.0 {
                self.compare_with_best(Some(accuracy), 0.0, self.step);
            }
        }
        self.predicted = Some(predicted.clone());
    }

    fn metrics_read(&mut self, metrics: &Metrics) {
        let is_restart = metrics.segment > self.segments;
        if is_restart {
            // Its step and its program's own time are those from before the restart.
            self.anomalies.push(Anomaly::Restarted { from: self.step, to: metrics.step.max(0.0) as u64 });
            self.segments = metrics.segment;
        }
        self.failure = None;
        self.diverged_at = None;
        if metrics.step.is_finite() && metrics.step >= 0.0 {
            // Some tools write one metric after the other, each from its first step on.
            self.step = if is_restart { metrics.step as u64 } else { self.step.max(metrics.step as u64) };
        }
        let epoch = match metrics.values.get("epoch") {
            Some(epoch) if epoch.is_finite() => epoch,
            _ => self.epoch,
        };
        self.epoch = epoch;
        for (name, value) in metrics.values.iter() {
            self.push(name, metrics.step, epoch, value);
        }
    }
}

/// The settings with one of them switched; `None` when the field or its value is not understood.
pub(super) fn switched(spec: &Spec, field: &str, to: &Value) -> Option<Spec> {
    let mut tree = serde_json::to_value(spec).ok()?;
    *tree.as_object_mut()?.get_mut(field)? = to.clone();
    serde_json::from_value(tree).ok()
}

/// Adds to a list that lets its oldest entry go past [`MAX_MARKS`].
fn push_bounded<T>(list: &mut Vec<T>, entry: T) {
    if list.len() >= MAX_MARKS {
        list.remove(0);
    }
    list.push(entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Divergence, RunEnd};

    /// A run that was marked after its first epoch, had these losses in the epochs after it, and ended so.
    fn after(losses: &[f32], reason: Option<&str>) -> RunState {
        let mut run = RunState::new("a".into());
        let mut seq = 0;
        let mut say = |event| {
            run.apply(&Record { v: 1, seq, t: seq as f64, event });
            seq += 1;
        };
        let spec = Spec { on_divergence: Divergence::Continue, ..Spec::default() };
        say(Event::RunStarted(Box::new(RunStarted {
            run: "a".into(),
            name: "a".into(),
            family: spec.family,
            spec: Arc::new(spec),
            seed: 0,
            dataset: "MNIST".into(),
            steps_per_epoch: 10,
            resumed_from: None,
        })));
        for (index, train_loss) in [2.31].iter().chain(losses).enumerate() {
            let step = 10 * (index as u64 + 1);
            let confusion = vec![vec![1; 10]; 10];
            say(Event::Epoch(Box::new(Epoch { step, train_loss: *train_loss, confusion, ..Epoch::default() })));
            if index == 0 {
                say(Event::Alert(Alert { kind: AlertKind::Diverged, step, message: String::new() }));
            }
        }
        match reason {
            Some("stopped") => say(Event::RunStopped(Box::default())),
            Some(reason) => {
                say(Event::RunFinished(Box::new(RunEnd { reason: reason.to_owned(), ..RunEnd::default() })));
            }
            None => {}
        }
        run
    }

    #[test]
    fn one_rule_says_of_live_and_ended_runs_whether_they_diverged() {
        let chance = 10_f32.ln();
        for (losses, lost) in [
            (&[][..], Some(Status::NotLearning)),
            (&[chance], Some(Status::NotLearning)),
            (&[f32::NAN], Some(Status::Diverged)),
            (&[2.1 * chance], Some(Status::Diverged)),
            (&[0.99 * chance], None),
            (&[0.5, 0.2], None),
            (&[0.5, chance], Some(Status::Diverged)),
        ] {
            let is_lost = lost.is_some();
            let status = |reason| after(losses, Some(reason)).status;
            assert_eq!(after(losses, None).diverged_at, is_lost.then_some(10), "{losses:?}, live");
            let lost = lost.unwrap_or(Status::Diverged);
            let ended = |other| if is_lost { lost } else { other };
            assert_eq!(status("completed"), ended(Status::Finished), "{losses:?}");
            assert_eq!(status("stopped"), ended(Status::Stopped), "{losses:?}");
            assert_eq!(status("diverged"), lost, "{losses:?}: a log is believed that says so");
            assert_eq!(after(losses, None).alerts.len(), 1, "the alert stays");
        }
    }

    #[test]
    fn wrong_answers_of_the_oldest_epochs_make_room() {
        let mut run = RunState::new("a-s0".into());
        for seq in 0..40 {
            let wrong = (0..1_000).map(|index| (index, 3)).collect();
            let epoch = Epoch { step: seq, misclassified: wrong, confusion: vec![vec![1]], ..Epoch::default() };
            run.apply(&Record { v: 1, seq, t: 0.0, event: Event::Epoch(Box::new(epoch)) });
        }
        let listed: Vec<bool> = run.epochs.iter().map(|epoch| !epoch.misclassified.is_empty()).collect();
        assert_eq!(listed, [[false; 16].as_slice(), &[true; 24]].concat());
        assert_eq!(run.misclassified().map(<[_]>::len), Some(1_000));
        let many = (0..100_000).map(|index| (index, 3)).collect();
        let epoch = Epoch { step: 40, misclassified: many, confusion: vec![vec![1]], ..Epoch::default() };
        run.apply(&Record { v: 1, seq: 40, t: 0.0, event: Event::Epoch(Box::new(epoch)) });
        assert_eq!(run.misclassified().map(<[_]>::len), Some(100_000), "the newest are always kept");
    }
}
