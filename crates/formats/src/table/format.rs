//! Tables as a format.
//!
//! Keras' `CSVLogger`, Lightning's and YOLO's tables, Stable-Baselines3's `progress.csv` and `monitor.csv`, Spinning Up's
//! `progress.txt`, Ray's `progress.csv`, catboost's `*_error.tsv`, and what people write themselves.

use super::{Table, is_table};
use crate::lines::Ends;
use crate::rows::Rows;
use crate::text_reader::{Parser, TextReader};
use crate::{Fact, Format, Options, text_source};
use std::path::Path;

/// The format.
pub(crate) static TABLE: Format = Format {
    what: "a table of numbers",
    detect,
    run_key: Path::to_owned,
    inner_runs: None,
    open: |files, options| TextReader::boxed(files, options, Ends::Unknown, parser),
};

fn parser(options: &Options) -> Box<dyn Parser> {
    Box::new(Table::new(options.split.clone()))
}

impl Parser for Table {
    fn read(&mut self, lines: &[u8]) -> Vec<Rows> {
        Self::read(self, lines)
    }

    fn read_tail(&mut self, line: &[u8]) -> Option<Rows> {
        Self::read_tail(self, line)
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        Self::take_facts(self)
    }

    fn is_strict(&self) -> bool {
        true
    }
}

fn detect(path: &Path, head: &[u8]) -> bool {
    let (text, is_packed) = text_source::text_of(head);
    // A zero byte is in no text.
    if memchr::memchr(0, &text).is_some() {
        return false;
    }
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if !text.trim_end().contains('\n') {
        text = text.replace('\r', "\n");
    }
    let stem = path.file_stem().map_or(path, Path::new);
    is_table(if is_packed { stem } else { path }, &text, head.len() < 60 << 10)
}
