//! Updates of a session as lines of text.
//!
//! Does not depend on where the lines go, nor the clock: all times are those of the records.

use crate::protocol::{DatasetInfo, Event, Record, RunEnd, SessionHeader, Update};
use crate::state::{RunState, SessionState, Status};
use std::fmt::Write as _;

/// Turns updates into lines.
#[derive(Debug)]
pub struct Lines {
    /// Whether what happened before the viewer came is told too.
    history: bool,
    /// Columns that run ids take.
    wide: usize,
    /// The heading that was given last.
    heading: String,
}

/// What a session's data set is called in a heading.
fn data_in_words(data: &DatasetInfo) -> String {
    let images = format!("{} training and {} test images", data.train, data.test);
    if data.path.is_none() && data.name.contains("built-in") {
        format!("the built-in digits, which are not MNIST ({images})")
    } else {
        format!("{} ({images})", plain(&data.name))
    }
}

/// `text` without anything that a terminal could obey.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

impl Lines {
    /// Lines of everything, or of what happens from [`Update::CaughtUp`] on only.
    #[must_use]
    pub fn new(history: bool) -> Self {
        Self { history, wide: 12, heading: String::new() }
    }

    /// The line of an update that was just folded into `session`; nothing where none is due.
    pub fn line(&mut self, update: &Update, session: &SessionState) -> Option<String> {
        match update {
            // The session is announced when it opens, and again once its data are there.
            Update::Session { header: Some(header), .. } if header.dataset.train == 0 => None,
            Update::Session { id, header: Some(header) } => {
                let words = heading(id, header);
                (std::mem::replace(&mut self.heading, words.clone()) != words).then_some(words)
            }
            Update::Session { id, header: None } => Some(format!("perceptop: {}", plain(id))),
            Update::Planned { plan } => {
                self.wide = self.wide.max(plan.run.len());
                None
            }
            Update::Fault { run: Some(run), message } => Some(format!("fault: {}: {}", plain(run), plain(message))),
            Update::Fault { run: None, message } => Some(format!("fault: {}", plain(message))),
            Update::Record { run, record } if self.history || session.caught_up => {
                let rest = record_line(session.run(run)?, record)?;
                Some(format!("{:wide$}  {rest}", plain(run), wide = self.wide))
            }
            _ => None,
        }
    }
}

fn record_line(run: &RunState, record: &Record) -> Option<String> {
    Some(match &record.event {
        Event::RunStarted(started) => match &started.resumed_from {
            Some(origin) if origin.run == started.run => format!("continues from epoch {:.2}", origin.epoch),
            Some(origin) => format!("starts from epoch {:.2} of {}", origin.epoch, plain(&origin.run)),
            None => return None,
        },
        Event::Epoch(epoch) => {
            let of = run.current.as_ref().map_or(String::new(), |spec| format!("/{}", spec.epochs));
            let mut line = format!("epoch {:>3.0}{of}  train loss {:.4}", epoch.epoch, epoch.train_loss);
            if let Some(loss) = epoch.test_loss {
                let _ = write!(line, "  test loss {loss:.4}");
            }
            if let Some(accuracy) = epoch.test_accuracy {
                let _ = write!(line, "  test accuracy {accuracy:.4}");
            }
            let _ = write!(line, "  {:.1} s", record.t);
            line
        }
        Event::Features(features) => {
            format!("{} of {} images in {:.2} s", plain(&features.kind), features.images, features.seconds)
        }
        Event::Fitted(fitted) if fitted.progress >= 1.0 => {
            let mut line = format!("fitted to {} images in {:.2} s", fitted.samples, fitted.seconds);
            if let Some(objective) = fitted.objective {
                let _ = write!(line, "  objective {objective:.2}");
            }
            line
        }
        Event::Predicted(predicted) if predicted.progress >= 1.0 => {
            let accuracy = predicted.test_accuracy.map_or(String::new(), |a| format!("  test accuracy {a:.4}"));
            format!("predicted {} images in {:.2} s{accuracy}", predicted.samples, predicted.seconds)
        }
        Event::Change(change) => format!("{} switched from {} to {}", change.field, change.from, change.to),
        Event::Alert(alert) => format!("alert: {}", plain(&alert.message)),
        Event::Note(note) => format!("note: {}", plain(&note.text)),
        Event::Paused => "paused".to_owned(),
        Event::Resumed => "goes on".to_owned(),
        Event::RunFinished(end) => format!("finished  {}", ended(end)),
        Event::RunStopped(end) => format!("stopped: {}  {}", plain(&end.reason), ended(end)),
        Event::RunFailed(end) => format!("FAILED: {}", plain(&end.reason)),
        _ => return None,
    })
}
fn heading(id: &str, header: &SessionHeader) -> String {
    format!(
        "perceptop {}: {} on {}, {} at a time; log {}",
        plain(&header.program),
        plain(&header.suite),
        data_in_words(&header.dataset),
        if header.jobs == 1 { "one run".to_owned() } else { format!("{} runs", header.jobs) },
        plain(id)
    )
}

fn ended(end: &RunEnd) -> String {
    let accuracy = end.test_accuracy.map_or(String::new(), |accuracy| format!("test accuracy {accuracy:.4}  "));
    let speed = end.samples_per_second.map_or(String::new(), |speed| format!("  {speed:.0} images/s"));
    format!("{accuracy}in {:.1} s{speed}", end.seconds)
}

/// Whether a session that is over went well: no run failed, and none is left to go on with.
#[must_use]
pub fn went_well(session: &SessionState) -> bool {
    !session.runs().iter().any(|run| run.status == Status::Failed || run.is_resumable())
}
