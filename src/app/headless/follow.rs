//! A session followed to its end in lines of text.
//!
//! A reader that goes away, as `head` does, ends the session in order: nobody hears of it any more. A terminal that is
//! closed ends the lines only.

use super::lines::{Lines, went_well};
use super::table;
use crate::app::terminal::{Input, suspend};
use crate::protocol::{Command, Reply};
use crate::source::{Flow, Source};
use crate::state::SessionState;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::io::{ErrorKind, Write};
use std::time::Duration;

/// Updates taken at once.
const MOST: usize = 4096;
/// How long to wait where nothing is there yet.
const REST: Duration = Duration::from_millis(50);

/// How a session that was followed came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether no run failed or was left without an end.
    pub good: bool,
    /// The signal that ended it early.
    pub signal: Option<i32>,
}

/// Who is told, until that fails.
struct Listener<'a, W: Write + ?Sized> {
    out: &'a mut W,
    lost: Option<ErrorKind>,
}

impl<W: Write + ?Sized> Listener<'_, W> {
    fn say(&mut self, line: &str) {
        if self.lost.is_none()
            && let Err(error) = writeln!(self.out, "{line}").and_then(|()| self.out.flush())
        {
            self.lost = Some(error.kind());
        }
    }

    /// Whether the reader closed its end.
    fn has_gone(&self) -> bool {
        self.lost == Some(ErrorKind::BrokenPipe)
    }
}

/// Writes the session behind `source` to `out` line by line until it ends, and a table then. With `history`, what
/// happened before is told too. SIGINT and SIGTERM, from `inputs`, end the session in order; a second one at once.
pub fn follow(
    source: &mut dyn Source,
    inputs: &Receiver<Input>,
    out: &mut (impl Write + ?Sized),
    history: bool,
) -> Outcome {
    let mut session = SessionState::new();
    let mut lines = Lines::new(history);
    let mut updates = Vec::new();
    let mut signal = None;
    let mut is_stopping = false;
    let mut listener = Listener { out, lost: None };
    loop {
        updates.clear();
        let flow = source.poll(&mut updates, MOST);
        for update in &updates {
            session.apply(update);
            if let Some(line) = lines.line(update, &session) {
                listener.say(&line);
            }
        }
        if listener.has_gone() && !is_stopping {
            is_stopping = true;
            // Who closed the standard output may still read this.
            let words = "the reader of the standard output exited; stopping: each live run saves its weights first";
            let _ = writeln!(std::io::stderr(), "perceptop: {words}");
            if let Reply::Refused { reason } = source.send(Command::Shutdown) {
                let _ = writeln!(std::io::stderr(), "perceptop: cannot stop the session: {reason}");
            }
        }
        match flow {
            Flow::Ended => break,
            Flow::More => continue,
            Flow::Idle => {}
        }
        match inputs.recv_timeout(REST) {
            Ok(Input::Terminate(_)) if signal.is_some() => return Outcome { good: false, signal },
            Ok(Input::Terminate(number)) => {
                signal = Some(number);
                listener.say("stopping: each live run saves its weights first");
                if let Reply::Refused { reason } = source.send(Command::Shutdown) {
                    listener.say(&format!("cannot stop the session: {reason}"));
                    return Outcome { good: false, signal };
                }
            }
            Ok(Input::Suspend) => suspend::stop(),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            // No thread watches for signals: the default effects hold.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(REST),
        }
    }
    for line in table(&session) {
        listener.say(&line);
    }
    Outcome { good: went_well(&session), signal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::test_source::{Fake, epoch, finished, header, plan, started};
    use crossbeam_channel::unbounded;

    fn followed(source: &mut Fake, inputs: &Receiver<Input>) -> (Outcome, String) {
        let mut out = Vec::new();
        let outcome = follow(source, inputs, &mut out, true);
        (outcome, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_line_per_epoch_and_run_and_a_table_at_the_end() {
        let mut updates = vec![header("built-in digits")];
        for seed in 0..2 {
            updates.push(plan("relu", seed));
        }
        for (seed, accuracy) in [(0, 0.91), (1, 0.93)] {
            updates.extend([started("relu", seed), epoch("relu", seed, 1, accuracy), finished("relu", seed, accuracy)]);
        }
        let (outcome, text) = followed(&mut Fake::of(updates), &unbounded().1);
        assert_eq!(outcome, Outcome { good: true, signal: None });
        insta::assert_snapshot!(text);
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn a_signal_ends_the_session_in_order() {
        let (sender, inputs) = unbounded();
        sender.send(Input::Terminate(15)).unwrap();
        let mut source = Fake::live(vec![header("MNIST"), plan("relu", 0), started("relu", 0)]);
        let (outcome, text) = followed(&mut source, &inputs);
        assert_eq!(outcome.signal, Some(15));
        assert_eq!(source.sent, [Command::Shutdown]);
        assert!(text.contains("stopping"), "{text}");
    }

    #[test]
    fn a_reader_that_goes_away_ends_the_session_in_order_and_a_lost_terminal_the_lines_only() {
        struct Closed(ErrorKind);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let updates = || vec![header("MNIST"), plan("relu", 0), started("relu", 0), finished("relu", 0, 0.9)];
        let mut source = Fake::live(updates());
        follow(&mut source, &unbounded().1, &mut Closed(ErrorKind::BrokenPipe), true);
        assert_eq!(source.sent, [Command::Shutdown]);
        let mut source = Fake::of(updates());
        let outcome = follow(&mut source, &unbounded().1, &mut Closed(ErrorKind::Other), true);
        assert!(outcome.good);
        assert!(source.is_drained() && source.sent.is_empty());
    }

    #[test]
    fn texts_from_logs_cannot_reach_the_terminal_as_codes() {
        let mut source = Fake::of(vec![header("\x1b]0;owned\x07")]);
        let (_, text) = followed(&mut source, &unbounded().1);
        assert!(!text.contains('\x1b') && !text.contains('\x07'), "{text:?}");
    }
}
