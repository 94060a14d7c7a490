//! A session followed to its end in lines of text.
//!
//! A reader that goes away, or a terminal that is closed, ends the lines and not the training.

use super::lines::{Lines, went_well};
use super::table;
use crate::app::terminal::{Input, suspend};
use crate::protocol::{Command, Reply};
use crate::source::{Flow, Source};
use crate::state::SessionState;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::io::Write;
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
    let mut heard = true;
    let mut say = |line: &str| heard = heard && writeln!(out, "{line}").and_then(|()| out.flush()).is_ok();
    loop {
        updates.clear();
        let flow = source.poll(&mut updates, MOST);
        for update in &updates {
            session.apply(update);
            if let Some(line) = lines.line(update, &session) {
                say(&line);
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
                say("stopping: each live run saves its weights first");
                if let Reply::Refused { reason } = source.send(Command::Shutdown) {
                    say(&format!("cannot stop the session: {reason}"));
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
        say(&line);
    }
    Outcome { good: went_well(&session), signal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fake::{Fake, epoch, finished, header, plan, started};
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
    fn a_reader_that_goes_away_ends_the_lines_only() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut source = Fake::of(vec![header("MNIST"), plan("relu", 0), started("relu", 0), finished("relu", 0, 0.9)]);
        let outcome = follow(&mut source, &unbounded().1, &mut Closed, true);
        assert!(outcome.good);
        assert!(source.is_drained());
    }

    #[test]
    fn texts_from_logs_cannot_reach_the_terminal_as_codes() {
        let mut source = Fake::of(vec![header("\x1b]0;owned\x07")]);
        let (_, text) = followed(&mut source, &unbounded().1);
        assert!(!text.contains('\x1b') && !text.contains('\x07'), "{text:?}");
    }
}
