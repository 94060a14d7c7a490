//! The wishes that reach a run while it is live: pause, stop, switch, checkpoint, note.
//!
//! A trainer asks between two steps; while nobody wishes anything that is one relaxed load. Does not depend on who wishes,
//! or what becomes of it.

use crate::protocol::Setting;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// From one attempt to write what a full disk refused to the next.
pub(super) const AGAIN: Duration = Duration::from_millis(500);
/// Further attempts once a run or its session is asked to end.
pub(super) const LAST_ATTEMPTS: u32 = 4;

/// How a run that is asked to end should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopReason {
    /// For good: the log gets a `run_stopped`.
    Stopped,
    /// Until its session is resumed: the log gets a `run_stopped` whose reason says so.
    WithSession,
}

/// What was wished since the last time the run asked.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Requests {
    /// Whether the run should wait.
    pub(super) paused: bool,
    /// Whether it should end.
    pub(super) ending: Option<StopReason>,
    /// Whether the weights should be saved.
    pub(super) checkpoint: bool,
    /// Settings to switch, in order.
    pub(super) settings: Vec<Setting>,
    /// Words to leave, in order.
    pub(super) notes: Vec<String>,
}

/// The letter box of one run.
#[derive(Debug, Default)]
pub(super) struct Control {
    any: AtomicBool,
    requests: Mutex<Requests>,
    changed: Condvar,
}

impl Control {
    /// Leaves a wish.
    pub(super) fn request(&self, request: impl FnOnce(&mut Requests)) {
        request(&mut self.lock());
        self.any.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    /// Whether the run is asked to end: for long computations that can only be given up.
    pub(super) fn is_ending(&self) -> bool {
        self.any.load(Ordering::Relaxed) && self.lock().ending.is_some()
    }

    /// What was wished since the last call; `None` when nothing was. A pause and an ending stay until taken back.
    pub(super) fn take(&self) -> Option<Requests> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let mut held = self.lock();
        let stays = Requests { paused: held.paused, ending: held.ending, ..Requests::default() };
        self.any.store(held.paused || held.ending.is_some(), Ordering::Release);
        Some(std::mem::replace(&mut *held, stays))
    }

    /// Waits, while the run is paused, until anything is wished.
    pub(super) fn wait(&self) {
        let mut held = self.lock();
        while held.paused
            && held.ending.is_none()
            && !held.checkpoint
            && held.settings.is_empty()
            && held.notes.is_empty()
        {
            held = self.changed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for `time`, or until the run is asked to end.
    pub(super) fn rest(&self, time: Duration) {
        // Whichever it was, the caller asks anew.
        drop(self.changed.wait_timeout_while(self.lock(), time, |held| held.ending.is_none()));
    }

    fn lock(&self) -> MutexGuard<'_, Requests> {
        // A panic while the lock is held is impossible: the closures only set fields. Plain data stays sound anyway.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_taken_once_but_a_pause_stays() {
        let control = Control::default();
        assert_eq!(control.take(), None);
        control.request(|requests| requests.notes.push("look".into()));
        control.request(|requests| requests.paused = true);
        let taken = control.take().unwrap();
        assert!(taken.paused && taken.notes == ["look"]);
        let again = control.take().unwrap();
        assert!(again.paused && again.notes.is_empty());
        control.request(|requests| requests.paused = false);
        assert!(!control.take().unwrap().paused);
        assert_eq!(control.take(), None);
    }

    #[test]
    fn a_waiting_run_wakes_for_a_stop() {
        let control = Control::default();
        control.request(|requests| requests.paused = true);
        std::thread::scope(|scope| {
            scope.spawn(|| control.wait());
            control.request(|requests| requests.ending = Some(StopReason::Stopped));
        });
        assert!(control.is_ending());
    }
}
