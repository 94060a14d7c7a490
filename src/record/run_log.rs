//! One run's log while it is written: its numbering, and the records that wait until they can be written.
//!
//! Does not depend on threads or channels.

use super::log_file::{LogOpener, LogSink, OpenLog};
use crate::format::print;
use crate::protocol::{Event, Record, VERSION};
use std::collections::VecDeque;

/// What waits to be written.
struct Waiting {
    t: f64,
    event: Event,
    bytes: usize,
}

/// The log of one run.
#[derive(Default)]
pub(super) struct RunLog {
    sink: Option<Box<dyn LogSink>>,
    next_seq: Option<u64>,
    /// Bytes of the whole lines written.
    length: u64,
    /// Whether the file may end in part of a line.
    is_torn: bool,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// Records that waited in the present streak of failures; 0 when there is none.
    streak: u64,
    line: Vec<u8>,
}

/// How the writing of what waits came out.
pub(super) enum Outcome {
    /// Everything is written; with the number of records that had waited, when a streak of failures ended.
    Written(Option<u64>),
    /// Not everything; with the reason, when a streak of failures begins.
    Failed(Option<String>),
}

impl RunLog {
    /// Adds a record behind all others.
    pub(super) fn push(&mut self, t: f64, event: Event) {
        let bytes = if self.streak > 0 { approximate_size(&event) } else { 0 };
        self.streak += u64::from(self.streak > 0);
        self.waiting_bytes += bytes;
        self.waiting.push_back(Waiting { t, event, bytes });
    }

    /// Records that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Bytes that the waiting records take, about.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Closes the file and gives back its memory; the next record opens it anew.
    pub(super) fn close(&mut self) {
        if self.waiting.is_empty() && !self.is_torn {
            self.sink = None;
            self.waiting = VecDeque::new();
            self.line = Vec::new();
        }
    }

    /// Writes what waits, in its order, and hands each record on once its line is written.
    pub(super) fn write(&mut self, run: &str, opener: &mut dyn LogOpener, mut written: impl FnMut(Record)) -> Outcome {
        while let Some(first) = self.waiting.front() {
            if let Err(reason) = Self::ready(&mut self.sink, run, opener, &mut self.next_seq, &mut self.length) {
                return self.failed(reason);
            }
            let seq = self.next_seq.unwrap_or(0);
            let record = Record { v: VERSION, seq, t: first.t, event: first.event.clone() };
            self.line.clear();
            if let Err(error) = print(&record, &mut self.line) {
                return self.failed(error.to_string());
            }
            if let Err(reason) = self.write_line() {
                return self.failed(reason);
            }
            if let Some(first) = self.waiting.pop_front() {
                self.waiting_bytes -= first.bytes;
            }
            self.next_seq = Some(seq + 1);
            written(record);
        }
        let streak = std::mem::take(&mut self.streak);
        Outcome::Written((streak > 0).then_some(streak))
    }

    fn ready(
        sink: &mut Option<Box<dyn LogSink>>,
        run: &str,
        opener: &mut dyn LogOpener,
        next_seq: &mut Option<u64>,
        length: &mut u64,
    ) -> Result<(), String> {
        if sink.is_none() {
            let OpenLog { sink: new, next_seq: seq, length: bytes } =
                opener.open(run).map_err(|error| error.to_string())?;
            *sink = Some(new);
            // What was numbered here is never numbered again, whatever has become of the file meanwhile.
            *next_seq = Some(next_seq.unwrap_or(0).max(seq));
            *length = bytes;
        }
        Ok(())
    }

    fn write_line(&mut self) -> Result<(), String> {
        let Some(sink) = &mut self.sink else {
            return Err("the log is not open".to_owned());
        };
        if self.is_torn {
            sink.truncate(self.length).map_err(|error| error.to_string())?;
            self.is_torn = false;
        }
        // Even a write that fails may have left something behind.
        self.is_torn = true;
        let mut rest = self.line.as_slice();
        while !rest.is_empty() {
            let reason = match sink.write(rest) {
                Ok(0) => "nothing more can be written".to_owned(),
                Ok(count) => {
                    rest = &rest[count..];
                    continue;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => error.to_string(),
            };
            self.is_torn = sink.truncate(self.length).is_err();
            return Err(reason);
        }
        self.is_torn = false;
        self.length += self.line.len() as u64;
        Ok(())
    }

    fn failed(&mut self, reason: String) -> Outcome {
        if self.streak > 0 {
            return Outcome::Failed(None);
        }
        self.streak = self.waiting.len() as u64;
        for waiting in &mut self.waiting {
            waiting.bytes = approximate_size(&waiting.event);
            self.waiting_bytes += waiting.bytes;
        }
        Outcome::Failed(Some(reason))
    }

    /// Makes sure that the open file still stands under its name; true when it had to be put back, an error in words
    /// when it could not.
    pub(super) fn restore(&mut self) -> Result<bool, String> {
        let Some(sink) = &mut self.sink else { return Ok(false) };
        match sink.restore() {
            Ok(None) => Ok(false),
            Ok(Some(length)) => {
                self.length = length;
                Ok(true)
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Memory that an event takes, about.
fn approximate_size(event: &Event) -> usize {
    size_of::<Waiting>() + serde_json::to_vec(event).map_or(0, |text| text.len())
}
