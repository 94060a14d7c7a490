//! A log played again as if it were live: its records given out as their times come.
//!
//! Knows no clock; time enters as durations. Runs of one session are laid beside each other as their workers had them:
//! a log's times count from its own run's start, so that each run begins when the first of the session's workers is
//! free.

use crate::protocol::{Event, Record, Update};
use crate::ui::{Replay as Place, ReplayWish};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Seconds from one record to the next where a log tells no times.
const PACE: f64 = 0.1;

/// A replay of the updates of one session.
#[derive(Debug)]
pub struct Replay {
    /// Seconds of the session and what happened then, in order of time; what has no time comes first.
    script: Vec<(f64, Update)>,
    next: usize,
    place: Place,
    last: Duration,
}

/// What a screen has to do after a wish.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Fold these in.
    Apply(Vec<Update>),
    /// Forget the session, then fold these in.
    Anew(Vec<Update>),
}

impl Replay {
    /// A replay of `updates`, a log read to its end, by `workers` at a time; it plays from its start at `now`.
    #[must_use]
    pub fn new(updates: Vec<Update>, workers: usize, now: Duration) -> Self {
        let begins = beginnings(&updates, workers.max(1));
        let mut script: Vec<(f64, Update)> = Vec::with_capacity(updates.len());
        let mut reached: HashMap<Arc<str>, f64> = HashMap::new();
        for update in updates {
            let at = match &update {
                Update::Record { run, record } => {
                    let reached = reached.entry(Arc::clone(run)).or_insert(f64::NEG_INFINITY);
                    // The order of a log stays, whatever its times say.
                    *reached = reached.max(begins.get(run).copied().unwrap_or(0.0) + finite(record.t));
                    *reached
                }
                // Who held a run, and where its log began anew, has its place among the records.
                Update::Holder { run, .. }
                | Update::Age { run, .. }
                | Update::Remark { run, .. }
                | Update::Reset { run }
                | Update::Outline { run } => reached.get(run).copied().unwrap_or(f64::NEG_INFINITY),
                _ => f64::NEG_INFINITY,
            };
            script.push((at, update));
        }
        script.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut length = script.last().map_or(0.0, |(at, _)| at.max(0.0));
        if length <= 0.0 {
            length = paced(&mut script);
        }
        let place = Place { position: 0.0, length, speed: 1.0, playing: true };
        Self { script, next: 0, place, last: now }
    }

    /// How far it is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Plays on to `now`.
    pub fn play(&mut self, now: Duration) -> Vec<Update> {
        let passed = now.saturating_sub(self.last).as_secs_f64();
        self.last = now;
        if self.place.playing {
            self.place.position = (self.place.position + passed * self.place.speed).min(self.place.length);
            self.place.playing = self.place.position < self.place.length;
        }
        self.due()
    }

    /// Carries out a wish other than its start and end.
    pub fn wish(&mut self, wish: &ReplayWish, now: Duration) -> Step {
        self.last = now;
        match wish {
            ReplayWish::Play => {
                self.place.playing = true;
                if self.place.position >= self.place.length {
                    return self.seek(0.0);
                }
            }
            ReplayWish::Pause => self.place.playing = false,
            ReplayWish::Speed(speed) => self.place.speed = speed.clamp(1.0, 100.0),
            ReplayWish::Seek(to) => return self.seek(*to),
            ReplayWish::Step => {
                self.place.playing = false;
                if let Some((at, _)) = self.script.get(self.next) {
                    self.place.position = at.max(0.0);
                    self.next += 1;
                    return Step::Apply(vec![self.script[self.next - 1].1.clone()]);
                }
            }
            ReplayWish::Start { .. } | ReplayWish::End => {}
        }
        Step::Apply(Vec::new())
    }

    /// Everything that has not been played yet.
    pub fn rest(&mut self) -> Vec<Update> {
        self.place.position = self.place.length;
        self.due()
    }

    fn seek(&mut self, to: f64) -> Step {
        let to = finite(to).clamp(0.0, self.place.length);
        let back = to < self.place.position;
        self.place.position = to;
        if back {
            self.next = 0;
            return Step::Anew(self.due());
        }
        Step::Apply(self.due())
    }

    fn due(&mut self) -> Vec<Update> {
        let from = self.next;
        let position = self.place.position;
        self.next += self.script[from..].partition_point(|(at, _)| *at <= position);
        self.script[from..self.next].iter().map(|(_, update)| update.clone()).collect()
    }
}

/// Gives the records of logs that tell no times a time each, and says when the last one comes.
fn paced(script: &mut [(f64, Update)]) -> f64 {
    let mut passed = 0.0;
    for (at, update) in script {
        // What is said of a run before its first number takes no time.
        if matches!(update, Update::Record { record, .. } if !matches!(record.event, Event::RunInfo(_))) {
            passed += PACE;
        }
        if at.is_finite() {
            *at = passed;
        }
    }
    passed
}

fn finite(seconds: f64) -> f64 {
    if seconds.is_finite() { seconds } else { 0.0 }
}

/// When each run began, in seconds of the session.
fn beginnings(updates: &[Update], workers: usize) -> HashMap<Arc<str>, f64> {
    let mut order: Vec<Arc<str>> = Vec::new();
    let mut lengths: HashMap<Arc<str>, f64> = HashMap::new();
    let mut planned: HashMap<&str, u32> = HashMap::new();
    for update in updates {
        match update {
            Update::Planned { plan } => {
                planned.insert(&plan.run, plan.order);
            }
            Update::Record { run, record } => {
                let record: &Record = record;
                let length = lengths.entry(Arc::clone(run)).or_insert_with(|| {
                    order.push(Arc::clone(run));
                    0.0
                });
                *length = length.max(finite(record.t));
            }
            _ => {}
        }
    }
    order.sort_by_key(|run| planned.get(&**run).copied().unwrap_or(u32::MAX));
    let mut free = vec![0.0_f64; workers];
    let mut begins = HashMap::new();
    for run in order {
        let Some(worker) = (0..workers).min_by(|&a, &b| free[a].total_cmp(&free[b])) else { break };
        let length = lengths[&run];
        begins.insert(run, free[worker]);
        free[worker] += length;
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::test_source::{epoch, finished, header, plan, started};

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn log() -> Vec<Update> {
        let mut log = vec![header("MNIST"), plan("relu", 0), plan("relu", 1)];
        for seed in 0..2 {
            log.extend([started("relu", seed), epoch("relu", seed, 1, 0.9), finished("relu", seed, 0.9)]);
        }
        log
    }

    #[test]
    fn records_come_when_their_time_comes() {
        let mut replay = Replay::new(log(), 2, Duration::ZERO);
        assert_eq!(replay.place().length, 2.6);
        assert_eq!(replay.play(seconds(0.0)).len(), 5, "the session, its plans and both starts");
        assert_eq!(replay.play(seconds(2.4)).len(), 0);
        assert_eq!(replay.play(seconds(2.55)).len(), 2);
        assert_eq!(replay.play(seconds(9.0)).len(), 2);
        assert!(!replay.place().playing, "it stands still at its end");
    }

    #[test]
    fn one_worker_had_one_run_after_the_other() {
        let mut replay = Replay::new(log(), 1, Duration::ZERO);
        assert_eq!(replay.place().length, 5.2);
        assert_eq!(replay.play(seconds(2.0)).len(), 4);
    }

    #[test]
    fn back_is_anew_and_on_is_not() {
        let mut replay = Replay::new(log(), 2, Duration::ZERO);
        assert!(
            matches!(replay.wish(&ReplayWish::Seek(2.6), seconds(0.0)), Step::Apply(updates) if updates.len() == 9)
        );
        assert!(matches!(replay.wish(&ReplayWish::Seek(1.0), seconds(0.0)), Step::Anew(updates) if updates.len() == 5));
        let nowhere = replay.wish(&ReplayWish::Seek(f64::NAN), seconds(0.0));
        assert!(matches!(nowhere, Step::Anew(updates) if updates.len() == 5), "no number is the start");
    }

    #[test]
    fn everything_played_equals_everything_read() {
        use crate::state::SessionState;
        let mut read = SessionState::new();
        for update in log() {
            read.apply(&update);
        }
        let mut played = SessionState::new();
        let mut replay = Replay::new(log(), 2, Duration::ZERO);
        for moment in 0..100 {
            replay.play(seconds(f64::from(moment) / 30.0)).iter().for_each(|update| played.apply(update));
        }
        assert_eq!(played, read);
    }

    #[test]
    fn speed_and_pause() {
        let mut replay = Replay::new(log(), 2, Duration::ZERO);
        replay.wish(&ReplayWish::Speed(10.0), Duration::ZERO);
        replay.play(seconds(0.1));
        assert!((replay.place().position - 1.0).abs() < 1e-9);
        replay.wish(&ReplayWish::Pause, seconds(0.1));
        replay.play(seconds(5.0));
        assert!((replay.place().position - 1.0).abs() < 1e-9);
    }
}
