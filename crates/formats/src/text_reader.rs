//! A reader of a file of lines: its rows by a parser, its steps and times by the one resolution of columns.
//!
//! Does not depend on what the lines look like; a parser says that.

use crate::columns::Columns;
use crate::lines::{Ends, Lines};
use crate::rows::{Rows, Skipped};
use crate::{Batch, Fact, Options, Progress, ReadError, Reader, RunFiles};
use std::path::PathBuf;

/// Facts of a file that are kept to be said again.
const MAX_FACTS: usize = 2_000;

/// Makes rows of lines.
pub(crate) trait Parser: Send {
    /// The rows of whole lines that follow those before.
    fn read(&mut self, lines: &[u8]) -> Vec<Rows>;

    /// The row of a last line without an end; nothing where it is no whole row. The line may come again with its end only
    /// if it gave nothing.
    fn read_tail(&mut self, line: &[u8]) -> Option<Rows>;

    /// What the lines said besides rows, since the last call.
    fn take_facts(&mut self) -> Vec<Fact>;

    /// A row that waited for what follows, at the end of a file that nobody writes.
    fn finish(&mut self) -> Option<Rows> {
        None
    }

    /// Whether lines that hold no row are a fault.
    fn is_strict(&self) -> bool;
}

/// Reads a file of lines.
pub(crate) struct TextReader {
    path: PathBuf,
    options: Options,
    ends: Ends,
    make: fn(&Options) -> Box<dyn Parser>,
    lines: Lines,
    parser: Box<dyn Parser>,
    columns: Columns,
    skipped: Skipped,
    overlong: u64,
    /// Which of the faults were said.
    said: [bool; 4],
    /// Facts that are said again when the batch begins again.
    facts: Vec<Fact>,
}

impl TextReader {
    /// A reader of the first file of a run.
    pub(crate) fn boxed(
        files: &RunFiles,
        options: &Options,
        ends: Ends,
        make: fn(&Options) -> Box<dyn Parser>,
    ) -> Box<dyn Reader> {
        Box::new(Self::new(files.files.first().cloned().unwrap_or_default(), options.clone(), ends, make))
    }

    fn new(path: PathBuf, options: Options, ends: Ends, make: fn(&Options) -> Box<dyn Parser>) -> Self {
        Self {
            lines: Lines::new(path.clone(), ends, options.is_complete),
            parser: make(&options),
            columns: Columns::new(&options),
            path,
            options,
            ends,
            make,
            skipped: Skipped::default(),
            overlong: 0,
            said: [false; 4],
            facts: Vec::new(),
        }
    }

    fn begin_again(&mut self) {
        let lines = std::mem::replace(&mut self.lines, Lines::new(PathBuf::new(), self.ends, false));
        let fresh = Self::new(std::mem::take(&mut self.path), self.options.clone(), self.ends, self.make);
        *self = Self { lines, ..fresh };
    }

    fn faults(&mut self, batch: &mut Batch) -> Vec<Fact> {
        let lines = |count: u64, what: &str| format!("{count} {what}");
        let plural = |count: u64| if count == 1 { "line" } else { "lines" };
        let news = [
            (self.overlong, lines(self.overlong, &format!("{} of more than 16 MB, not read.", plural(self.overlong)))),
            (
                if self.parser.is_strict() { self.skipped.lines } else { 0 },
                lines(
                    self.skipped.lines,
                    &format!("{} without a row of numbers, not read.", plural(self.skipped.lines)),
                ),
            ),
            (
                self.skipped.values + batch.too_many(),
                "A run has 4096 metrics at most: further ones are not read.".to_owned(),
            ),
        ];
        let mut out = Vec::new();
        for (at, (count, text)) in news.into_iter().enumerate() {
            if count > 0 && !self.said[at] {
                self.said[at] = true;
                out.push(Fact::Fault(text));
            }
        }
        if self.skipped.lists > 0 && !self.said[3] {
            self.said[3] = true;
            out.push(Fact::Remark("Values in lists are not read.".to_owned()));
        }
        out
    }
}

impl Reader for TextReader {
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError> {
        batch.clear();
        let mut facts = Vec::new();
        let piece = self.lines.read(&mut facts)?;
        if piece.is_again {
            self.begin_again();
            batch.is_again = true;
        }
        let mut rows = if piece.is_tail {
            let row = self.parser.read_tail(self.lines.text());
            if row.is_some() {
                self.lines.take_tail();
            }
            row.into_iter().collect::<Vec<_>>()
        } else {
            self.parser.read(self.lines.text())
        };
        if self.options.is_complete && !piece.has_more {
            rows.extend(self.parser.finish());
        }
        for rows in &rows {
            self.skipped.add(rows.skipped);
        }
        self.overlong += u64::from(piece.is_overlong);
        facts.append(&mut self.parser.take_facts());
        if self.columns.take(&rows, batch) {
            batch.is_again = true;
            batch.facts.splice(0..0, self.facts.iter().cloned());
        }
        if !piece.has_more {
            facts.append(&mut self.faults(batch));
        }
        let room = MAX_FACTS.saturating_sub(self.facts.len());
        self.facts.extend(facts.iter().take(room).cloned());
        batch.facts.append(&mut facts);
        Ok(if piece.has_more { Progress::More } else { Progress::UpToDate })
    }
}
