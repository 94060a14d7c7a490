//! Follows a folder in which every metric has a file of its own, a point a line; metrics may come later.
//!
//! Does not depend on what a line looks like.

use crate::series::{Point, Series, add_rows};
use crate::{Batch, Fact, GrowingFile, Options, Progress, ReadError, Reader};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Levels of folders that are searched for metrics, whose names may hold `/`.
const MAX_DEPTH: usize = 8;

/// Bytes after which what was read is handed on before more is read.
const MAX_BYTES: usize = 32 << 20;

/// The longest line; a point takes some tens of bytes.
const MAX_LINE: usize = 64 << 10;

/// What a folder's files hold.
pub(crate) trait Layout: Send {
    /// Where the files of the metrics are, and the ending that is no part of a metric's name.
    fn metrics(&self) -> (PathBuf, &'static str);

    /// The point in a line; none for a header, after which `columns` may say where what stands.
    fn point(&self, line: &str, columns: &mut Columns) -> Option<Point>;

    /// The files and folders whose change means that there may be new facts.
    fn fact_files(&self) -> Vec<PathBuf>;

    /// What else the folder says.
    fn facts(&self) -> Vec<Fact>;
}

/// Where step and time stand in a file's lines.
pub(crate) type Columns = Option<Vec<String>>;

struct MetricFile {
    name: String,
    file: GrowingFile,
    buffer: Vec<u8>,
    columns: Columns,
    bad_lines: usize,
}

/// A reader of such a folder.
pub(crate) struct FolderReader<L> {
    layout: L,
    is_complete: bool,
    files: BTreeMap<PathBuf, MetricFile>,
    stamps: Vec<Option<std::time::SystemTime>>,
    facts: Vec<Fact>,
    bad_lines: usize,
}

impl<L: Layout> FolderReader<L> {
    /// A reader that begins with the first point.
    pub(crate) fn new(layout: L, options: &Options) -> Self {
        let is_complete = options.is_complete;
        Self { layout, is_complete, files: BTreeMap::new(), stamps: Vec::new(), facts: Vec::new(), bad_lines: 0 }
    }

    fn read_points(&mut self) -> Result<(bool, bool, Vec<Series>), ReadError> {
        let (folder, ending) = self.layout.metrics();
        let mut found = Vec::new();
        list(&folder, "", ending, 0, &mut found);
        for (path, name) in found {
            self.files.entry(path).or_insert_with_key(|path| MetricFile {
                name,
                file: GrowingFile::new(path.clone()),
                buffer: Vec::new(),
                columns: None,
                bad_lines: 0,
            });
        }
        let (mut series, mut bytes) = (Vec::new(), 0);
        for file in self.files.values_mut() {
            loop {
                let before = file.file.offset();
                let piece = file.file.read(&mut file.buffer)?;
                if piece.is_again {
                    return Ok((true, false, Vec::new()));
                }
                bytes += file.file.offset().saturating_sub(before) as usize;
                let mut points = Vec::new();
                let is_last = self.is_complete && !piece.has_more;
                file.take_points(is_last, |line, columns| self.layout.point(line, columns), &mut points);
                series.push(Series { name: file.name.clone(), points });
                if !piece.has_more {
                    break;
                }
                if bytes > MAX_BYTES {
                    return Ok((false, true, joined(series)));
                }
            }
        }
        Ok((false, false, joined(series)))
    }

    fn add_facts(&mut self, batch: &mut Batch) {
        let written = |path: PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let stamps: Vec<_> = self.layout.fact_files().into_iter().map(written).collect();
        if stamps == self.stamps && !batch.is_again {
            return;
        }
        let facts = self.layout.facts();
        batch.facts.extend(facts.iter().filter(|fact| batch.is_again || !self.facts.contains(fact)).cloned());
        (self.facts, self.stamps) = (facts, stamps);
    }
}

impl<L: Layout> Reader for FolderReader<L> {
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError> {
        batch.clear();
        let (is_again, mut has_more, mut series) = self.read_points()?;
        if is_again {
            // A metric was written anew: the rows that it shared with others are not known any more.
            self.files.clear();
            self.bad_lines = 0;
            (_, has_more, series) = self.read_points()?;
            batch.is_again = true;
        }
        self.add_facts(batch);
        add_rows(&series, batch);
        let bad_lines: usize = self.files.values().map(|file| file.bad_lines).sum();
        if bad_lines > self.bad_lines && !has_more {
            batch.facts.push(Fact::Fault(format!("{bad_lines} lines are no points.")));
            self.bad_lines = bad_lines;
        }
        Ok(if has_more { Progress::More } else { Progress::UpToDate })
    }
}

impl MetricFile {
    fn take_points(
        &mut self,
        is_last: bool,
        point: impl Fn(&str, &mut Columns) -> Option<Point>,
        points: &mut Vec<Point>,
    ) {
        let mut end = memchr::memrchr(b'\n', &self.buffer).map_or(0, |end| end + 1);
        if is_last || self.buffer.len() - end > MAX_LINE {
            end = self.buffer.len();
        }
        for line in self.buffer[..end].split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let had_columns = self.columns.is_some();
            match point(line.trim_end(), &mut self.columns) {
                Some(point) => points.push(point),
                None if line.trim().is_empty() || (!had_columns && self.columns.is_some()) => {}
                None => self.bad_lines += 1,
            }
        }
        self.buffer.drain(..end);
        self.buffer.shrink_to(crate::CHUNK / 16);
    }
}

/// Pieces of one file one behind the other.
fn joined(series: Vec<Series>) -> Vec<Series> {
    let mut out: Vec<Series> = Vec::new();
    for mut next in series {
        match out.last_mut().filter(|last| last.name == next.name) {
            Some(last) => last.points.append(&mut next.points),
            None => out.push(next),
        }
    }
    out
}

/// The files below a folder, with their paths in it; a link to a folder is not followed.
fn list(folder: &Path, prefix: &str, ending: &str, depth: usize, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let Ok(kind) = entry.file_type() else { continue };
        if found.len() >= crate::batch::MAX_NAMES {
            return;
        }
        if kind.is_dir() && depth < MAX_DEPTH {
            list(&entry.path(), &name, ending, depth + 1, found);
        } else if let Some(name) = name.strip_suffix(ending).filter(|_| kind.is_file()) {
            found.push((entry.path(), name.to_owned()));
        }
    }
}
