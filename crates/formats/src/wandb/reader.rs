//! Follows the files of one run: one, or several when it was resumed.
//!
//! Does not depend on what records say.

use super::blocks::BlockFile;
use super::run::Run;
use crate::{Batch, Fact, Options, Progress, ReadError, Reader};
use std::path::PathBuf;

/// Reads a run.
#[derive(Debug)]
pub(super) struct LogReader {
    files: Vec<BlockFile>,
    /// The file that is read next.
    current: usize,
    /// Files that reading has reached.
    begun: usize,
    run: Run,
    options: Options,
    again: bool,
}

impl LogReader {
    pub(super) fn new(files: &[PathBuf], options: &Options) -> Self {
        Self {
            files: files.iter().cloned().map(BlockFile::new).collect(),
            current: 0,
            begun: 0,
            run: Run::new(options.x.as_deref()),
            options: options.clone(),
            again: false,
        }
    }
}

impl Reader for LogReader {
    /// Never takes two files at once: what a second one supersedes must be of earlier batches.
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError> {
        batch.clear();
        let (at, count) = (self.current, self.files.len());
        let Some(file) = self.files.get_mut(at) else { return Ok(Progress::UpToDate) };
        let piece = file.read();
        let has_more = matches!(&piece, Ok(piece) if piece.has_more);
        if !has_more {
            self.current = (at + 1) % count;
        }
        let is_all = !has_more && at + 1 == count;
        let piece = piece?;
        if piece.is_again {
            let paths: Vec<PathBuf> = self.files.iter().map(|file| file.file.path().to_owned()).collect();
            let options = std::mem::take(&mut self.options);
            *self = Self { again: true, ..Self::new(&paths, &options) };
            return Ok(Progress::More);
        }
        let (broken, too_long, mut foreign) = (file.broken, file.too_long, 0_u64);
        if at >= self.begun {
            self.begun = at + 1;
            self.run.is_first_row = true;
        }
        let run = &mut self.run;
        file.take_records(|record| foreign += u64::from(!run.take(record, batch)));
        for _ in too_long..file.too_long {
            run.passed_over.count("records of more than 16 MiB", "such as manifests of artifacts");
        }
        let lost = file.broken - broken + foreign;
        if lost > 0 {
            let what = format!("{lost} damaged places of the W&B log were passed over; rows in them are missing.");
            batch.facts.push(Fact::Fault(what));
        }
        if is_all {
            batch.facts.extend(run.passed_over.remark());
        }
        batch.is_again = std::mem::take(&mut self.again);
        Ok(if is_all { Progress::UpToDate } else { Progress::More })
    }
}
