//! Follows the event files of one run.
//!
//! Files are read in the order of their names, as TensorBoard's data server reads them; a file with a wrong checksum or a
//! broken event is read no further, as there. Does not depend on what events hold.

use super::event::Event;
use super::frame::{self, Frame};
use super::summary::Run;
use crate::{Batch, Fact, GrowingFile, Progress, ReadError, Reader};
use std::path::PathBuf;

/// Reads a run.
#[derive(Debug)]
pub(super) struct EventReader {
    files: Vec<EventFile>,
    /// The file that is read next.
    current: usize,
    run: Run,
    again: bool,
}

#[derive(Debug)]
struct EventFile {
    file: GrowingFile,
    /// Bytes of a frame that is not whole yet.
    rest: Vec<u8>,
    /// Bytes of a frame that is too long to be kept and has not passed yet.
    to_skip: u64,
    is_broken: bool,
}

impl EventReader {
    pub(super) fn new(files: &[PathBuf]) -> Self {
        let files = files.iter().cloned().map(EventFile::new).collect();
        Self { files, current: 0, run: Run::default(), again: false }
    }

    /// Reads one piece of the current file; whether to go on.
    fn piece(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        let is_only = self.files.len() == 1;
        let Some(file) = self.files.get_mut(self.current) else { return Ok(false) };
        let piece = if file.is_broken { file.look()? } else { file.file.read(&mut file.rest)? };
        if piece.is_again {
            *self = Self::new(&self.files.iter().map(|file| file.file.path().to_owned()).collect::<Vec<_>>());
            batch.clear();
            self.again = true;
            return Ok(true);
        }
        if let Err(found) = file.take_frames(&mut self.run, batch) {
            file.is_broken = true;
            file.rest = Vec::new();
            let name = file.file.path().file_name().filter(|_| !is_only);
            let place = name.map_or(String::new(), |name| format!(" of {}", name.display()));
            batch.facts.push(Fact::Fault(format!("{found}{place}; what follows in this file is not read.")));
        }
        if !piece.has_more {
            self.current += 1;
        }
        Ok(self.current < self.files.len())
    }
}

impl Reader for EventReader {
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError> {
        batch.clear();
        let mut goes_on = true;
        // Many small files fill one batch.
        while goes_on && batch.len() < 1 << 16 && batch.facts.len() < 1 << 10 {
            let had = self.current;
            goes_on = match self.piece(batch) {
                Ok(goes_on) => goes_on,
                Err(error) => {
                    // What the files before it gave must not be lost with the error; the next call meets it again.
                    if batch.is_empty() {
                        self.current = 0;
                        return Err(error);
                    }
                    break;
                }
            };
            if self.current == had && goes_on {
                break;
            }
        }
        batch.is_again = std::mem::take(&mut self.again);
        if !goes_on {
            self.current = 0;
            batch.facts.extend(self.run.passed_over.remark());
        }
        self.run.tags.settle(batch, !goes_on);
        Ok(if goes_on { Progress::More } else { Progress::UpToDate })
    }
}

impl EventFile {
    fn new(path: PathBuf) -> Self {
        Self { file: GrowingFile::new(path), rest: Vec::new(), to_skip: 0, is_broken: false }
    }

    /// Looks whether a broken file was replaced.
    fn look(&mut self) -> Result<crate::Piece, ReadError> {
        let piece = self.file.read(&mut self.rest)?;
        if !piece.is_again {
            self.rest.clear();
        }
        Ok(piece)
    }

    /// Takes all whole frames; the error says what is wrong and where.
    fn take_frames(&mut self, run: &mut Run, batch: &mut Batch) -> Result<(), String> {
        let begin = self.file.offset() - self.rest.len() as u64;
        let mut at = 0;
        let outcome = loop {
            let skipped = self.to_skip.min((self.rest.len() - at) as u64);
            self.to_skip -= skipped;
            at += skipped as usize;
            match frame::next(&self.rest[at..]) {
                Frame::Partial => break Ok(()),
                Frame::Corrupt => break Err(("The checksum is wrong of the record", at)),
                Frame::TooLong(length) => {
                    run.passed_over.count("records of more than 16 MiB", "such as graphs");
                    self.to_skip = length.saturating_add((frame::HEAD + frame::TAIL) as u64);
                }
                Frame::Whole(data, length) => {
                    let taken = Event::parse(data).and_then(|event| run.take(&event, batch));
                    if taken.is_err() {
                        break Err(("No event is in the record", at));
                    }
                    at += length;
                }
            }
        };
        self.rest.drain(..at);
        if self.rest.is_empty() {
            self.rest = Vec::new();
        }
        outcome.map_err(|(what, at)| format!("{what} at byte {}", begin + at as u64))
    }
}
