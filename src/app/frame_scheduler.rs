//! When the next frame is due: at most 4 a second, 10 just after a key, at once for the key itself and for what its user
//! waited for, and fewer when frames are large or the link takes long to swallow one. The first one waits a moment for what
//! the log holds already.
//!
//! Knows no clock: time enters as the duration since the start.

use std::time::Duration;

/// The least time between an answer to a key and the frame before it: keeps a held key from flooding the link.
const KEY_GAP: Duration = Duration::from_millis(30);
/// How long a key makes the screen livelier.
const LIVELY: Duration = Duration::from_secs(2);
/// Frames a second just after a key.
const LIVELY_FPS: u8 = 10;
/// Frames a second otherwise.
const CALM_FPS: u8 = 4;
/// How long the first frame waits for a log to be read to its end: half a log is soon out of date, and a whole screen on
/// the link for nothing.
const READING: Duration = Duration::from_millis(200);
/// Bytes a second that frames may take which nobody asked for by a key.
const QUIET: u32 = 1_400;
/// The longest time that a large frame holds the next one back.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// Writing may take this share of the time at most, as 1/n.
const WRITE_SHARE: u32 = 5;

/// Decides when frames are drawn.
#[derive(Debug)]
pub struct FrameScheduler {
    calm: Duration,
    lively: Duration,
    last_frame: Option<Duration>,
    last_key: Option<Duration>,
    write: Duration,
    rest: Duration,
    /// Bytes a second that frames may take; any number where the user chose how many frames there are.
    quiet: Option<u32>,
    changed: bool,
    answer: bool,
    is_reading: bool,
}

impl FrameScheduler {
    /// A pace of at most `fps` frames a second, however large; when `None`, 4, and 10 just after a key, and as many as
    /// take 1.4 kB a second.
    #[must_use]
    pub fn new(fps: Option<u8>) -> Self {
        let gap = |fps: u8| Duration::from_secs(1) / u32::from(fps.max(1));
        Self {
            calm: gap(fps.unwrap_or(CALM_FPS)),
            lively: gap(fps.unwrap_or(LIVELY_FPS)),
            last_frame: None,
            last_key: None,
            write: Duration::ZERO,
            rest: Duration::ZERO,
            quiet: fps.is_none().then_some(QUIET),
            changed: true,
            answer: false,
            is_reading: false,
        }
    }

    /// Whether a log is being read whose end was not reached yet. Once it was, the screen is as lively as after a key:
    /// whoever comes wants to see what happens now.
    pub fn reading(&mut self, is_reading: bool, now: Duration) {
        if self.is_reading && !is_reading {
            self.key(now);
        }
        self.is_reading = is_reading;
    }

    /// Something that is shown changed by itself.
    pub fn data(&mut self) {
        self.changed = true;
    }

    /// A key, a click or a new size asks for an answer.
    pub fn key(&mut self, now: Duration) {
        self.changed = true;
        self.answer = true;
        self.last_key = Some(now);
    }

    /// What the user waits for is there: a list, a log that was opened.
    pub fn arrived(&mut self) {
        self.changed = true;
        self.answer = true;
    }

    /// A frame of `bytes` was drawn, and writing it took `write`.
    pub fn drawn(&mut self, now: Duration, write: Duration, bytes: u64) {
        self.last_frame = Some(now);
        // A long write is remembered for some frames, so that one quick one does not undo the restraint.
        self.write = write.max(self.write * 3 / 4);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let rest = |quiet: u32| (Duration::from_secs(1) * bytes / quiet).min(LONGEST_REST);
        self.rest = self.quiet.map_or(Duration::ZERO, rest);
        self.changed = false;
        self.answer = false;
    }

    /// How long until the next frame is due: zero when it is, `None` when nothing changed.
    #[must_use]
    pub fn wait(&self, now: Duration) -> Option<Duration> {
        if !self.changed {
            return None;
        }
        let Some(last) = self.last_frame else {
            return Some(if self.is_reading { READING.saturating_sub(now) } else { Duration::ZERO });
        };
        let lively = self.last_key.is_some_and(|key| now.saturating_sub(key) < LIVELY);
        let gap = match (self.answer, lively) {
            // A write that took long because all cores train must not keep a key waiting for a multiple of it.
            (true, _) => KEY_GAP.max(self.write),
            (false, true) => self.lively.max(self.write * WRITE_SHARE),
            (false, false) => self.calm.max(self.rest).max(self.write * WRITE_SHARE),
        };
        Some((last + gap).saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn nothing_new_is_never_drawn() {
        let mut pace = FrameScheduler::new(None);
        assert_eq!(pace.wait(ms(0)), Some(ms(0)), "the first frame is due at once");
        pace.drawn(ms(0), ms(1), 100);
        assert_eq!(pace.wait(ms(10_000)), None);
    }

    #[test]
    fn four_frames_a_second_and_ten_just_after_a_key() {
        let mut pace = FrameScheduler::new(None);
        pace.drawn(ms(0), ms(0), 100);
        pace.data();
        assert_eq!(pace.wait(ms(0)), Some(ms(250)));
        pace.key(ms(5));
        assert_eq!(pace.wait(ms(5)), Some(ms(25)), "a key is answered at once, save for a held one");
        pace.drawn(ms(30), ms(0), 100);
        pace.data();
        assert_eq!(pace.wait(ms(30)), Some(ms(100)));
        pace.drawn(ms(2_100), ms(0), 100);
        pace.data();
        assert_eq!(pace.wait(ms(2_100)), Some(ms(250)), "two seconds later it is calm again");
    }

    #[test]
    fn a_slow_link_gets_fewer_frames() {
        let mut pace = FrameScheduler::new(None);
        pace.drawn(ms(0), ms(200), 100);
        pace.data();
        assert_eq!(pace.wait(ms(0)), Some(ms(1_000)));
        pace.key(ms(0));
        assert_eq!(pace.wait(ms(0)), Some(ms(200)), "a key waits for one write, not for five");
        pace.drawn(ms(1_000), ms(0), 100);
        pace.data();
        assert_eq!(pace.wait(ms(1_000)), Some(ms(750)), "one quick write does not undo the restraint");
    }

    #[test]
    fn large_frames_are_fewer_unless_a_key_asks() {
        let mut pace = FrameScheduler::new(None);
        pace.drawn(ms(0), ms(0), 700);
        pace.data();
        assert_eq!(pace.wait(ms(0)), Some(ms(500)));
        pace.key(ms(100));
        assert_eq!(pace.wait(ms(100)), Some(ms(0)));
        pace.drawn(ms(100), ms(0), 7_000);
        pace.data();
        assert_eq!(pace.wait(ms(100)), Some(ms(100)), "just after a key it is lively");
        assert_eq!(pace.wait(ms(2_100)), Some(ms(0)), "and then it has waited long enough");
    }

    #[test]
    fn a_log_is_read_to_its_end_before_the_first_frame_unless_that_takes_long() {
        let mut pace = FrameScheduler::new(None);
        pace.reading(true, ms(0));
        assert_eq!(pace.wait(ms(20)), Some(ms(180)));
        let mut long = FrameScheduler::new(None);
        long.reading(true, ms(0));
        assert_eq!(long.wait(ms(200)), Some(ms(0)));
        pace.reading(false, ms(40));
        assert_eq!(pace.wait(ms(40)), Some(ms(0)));
        pace.drawn(ms(40), ms(0), 7_000);
        pace.data();
        assert_eq!(pace.wait(ms(40)), Some(ms(100)), "a whole screen holds nothing back that happens now");
    }

    #[test]
    fn what_was_waited_for_is_drawn_at_once() {
        let mut pace = FrameScheduler::new(None);
        pace.drawn(ms(0), ms(0), 7_000);
        pace.data();
        assert_eq!(pace.wait(ms(100)), Some(ms(1_900)));
        pace.arrived();
        assert_eq!(pace.wait(ms(100)), Some(ms(0)));
        pace.drawn(ms(100), ms(0), 7_000);
        pace.data();
        assert_eq!(pace.wait(ms(100)), Some(ms(2_000)), "once");
    }

    #[test]
    fn the_user_may_choose() {
        let mut pace = FrameScheduler::new(Some(1));
        pace.drawn(ms(0), ms(0), 70_000);
        pace.data();
        assert_eq!(pace.wait(ms(0)), Some(ms(1_000)));
    }
}
