//! The one place of this room where time comes from.
//!
//! Does not depend on what is timed. Nothing that is computed may depend on it; it stamps records and measures speed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01 UTC by the wall clock, for the session's name; 0 on a clock set before then.
pub(super) fn wall_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The time of one run: seconds since it began, never backwards, whatever the wall clock does.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunClock {
    started: Instant,
    before: f64,
}

impl RunClock {
    /// A clock that begins at `before` seconds: 0, or where the log of a resumed run ended.
    pub(super) fn start(before: f64) -> Self {
        Self { started: Instant::now(), before }
    }

    /// Seconds since the run began.
    pub(super) fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }
}

/// Adds up the time of stretches of work, without the pauses and evaluations between them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stopwatch {
    total: Duration,
    since: Option<Instant>,
}

impl Stopwatch {
    /// Goes on; nothing happens when it runs already.
    pub(super) fn run(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Halts; nothing happens when it stands already.
    pub(super) fn halt(&mut self) {
        if let Some(since) = self.since.take() {
            self.total += since.elapsed();
        }
    }

    /// Seconds so far.
    pub(super) fn seconds(&self) -> f64 {
        (self.total + self.since.map(|since| since.elapsed()).unwrap_or_default()).as_secs_f64()
    }
}

/// Limits how often progress is told: not each of a thousand small steps forward, but one a tenth of a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Throttle {
    last: Option<Instant>,
}

impl Throttle {
    const PAUSE: Duration = Duration::from_millis(100);

    /// Whether the next report is due.
    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let due = self.last.is_none_or(|last| now.duration_since(last) >= Self::PAUSE);
        if due {
            self.last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_clock_goes_on_from_where_its_log_ended() {
        let clock = RunClock::start(41.5);
        let first = clock.seconds();
        assert!(first >= 41.5);
        assert!(clock.seconds() >= first);
    }

    #[test]
    fn a_halted_stopwatch_stands() {
        let mut watch = Stopwatch::default();
        watch.run();
        watch.halt();
        let stood = watch.seconds();
        assert!(watch.seconds().to_bits() == stood.to_bits());
        watch.run();
        assert!(watch.seconds() >= stood);
    }
}
