//! A table's lines to rows, the irregular ones among them: comments, headers in the middle, records over several lines,
//! and rows with more cells than the header.

use super::layout::Layout;
use super::sniff::{is_header, sniff};
use crate::columns::is_step_name;
use crate::rows::{self, Rows};
use crate::{Fact, Setting};
use std::collections::HashSet;

/// Bytes of a record over several lines.
const MAX_RECORD: usize = 1 << 20;

/// Settings in the comments of a file, about.
const MAX_SETTINGS: usize = 1_000;

/// How often the layout of a file changes; what would change it more often is skipped.
const MAX_LAYOUTS: usize = 1_000;

/// Remarks on one file.
const MAX_REMARKS: usize = 8;

/// Reads a table from its first line on.
#[derive(Debug, Default)]
pub(crate) struct Table {
    split: Option<String>,
    facts: Vec<Fact>,
    layout: Option<Layout>,
    waiting: Vec<String>,
    /// The beginning of a record whose quote has no end yet.
    open: Vec<u8>,
    /// The number of the line that is read next, from 1.
    line: u64,
    /// How often the layout changed.
    layouts: usize,
}

impl Table {
    /// A table whose rows are told apart by the words of a column that a user chose.
    pub(crate) fn new(split: Option<String>) -> Self {
        Self { split, ..Self::default() }
    }

    /// What the lines said besides rows, since the last call.
    pub(crate) fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }

    /// The rows of whole lines, in their order.
    pub(crate) fn read(&mut self, lines: &[u8]) -> Vec<Rows> {
        let first = self.line + 1;
        let mut out = Vec::new();
        let mut at = 0;
        // Until the layout is known, line by line.
        let mut rows = self.rows();
        while at < lines.len() && (self.layout.is_none() || !self.open.is_empty()) {
            at = self.one_line(lines, at, &mut rows, &mut out);
        }
        if let Some(layout) = self.layout.clone() {
            out.push(std::mem::take(&mut rows));
            self.read_parts(&layout, lines, at, first, &mut out);
        } else {
            out.push(rows);
        }
        self.line = first - 1 + memchr::memchr_iter(b'\n', lines).count() as u64;
        out
    }

    /// The row of a last line without an end; nothing where it has not as many cells as the table.
    pub(crate) fn read_tail(&mut self, line: &[u8]) -> Option<Rows> {
        if !self.open.is_empty() {
            return None;
        }
        if let Some(layout) = &self.layout {
            let mut rows = layout.rows();
            let cells = layout.read_line(line, &mut rows, false)?;
            let is_whole = cells == layout.names().len() && rows.len() > 0;
            self.line += u64::from(is_whole);
            return is_whole.then_some(rows);
        }
        if has_open_quote(line) {
            return None;
        }
        let mut lines = self.waiting.clone();
        lines.push(String::from_utf8_lossy(line).into_owned());
        let sniffed = sniff(&lines, self.split.as_deref())?;
        let mut rows = sniffed.layout.rows();
        let content = lines.iter().filter(|line| !line.starts_with('#')).skip(usize::from(sniffed.has_header));
        let read = |line: &String| sniffed.layout.read_line(line.as_bytes(), &mut rows, false);
        if content.map(read).last().flatten()? < sniffed.layout.names().len() {
            return None;
        }
        self.line += 1;
        self.waiting.clear();
        self.layout = Some(sniffed.layout);
        Some(rows)
    }

    fn rows(&self) -> Rows {
        self.layout.as_ref().map(Layout::rows).unwrap_or_default()
    }

    /// Regular lines from a place on, in parts; what is irregular in between, one by one.
    fn read_parts(&mut self, layout: &Layout, lines: &[u8], from: usize, first: u64, out: &mut Vec<Rows>) {
        let parts = rows::in_parts(&lines[from..], &|part| {
            let mut rows = layout.rows();
            rows.reserve(part.len() / 8, part.len() / 64);
            let stop = layout.read_part(part, &mut rows);
            (part.len(), rows, stop)
        });
        for (start, (length, mut rows, stop)) in parts {
            let begin = from + start;
            let end = begin + length;
            let Some(stop) = stop else {
                out.push(rows);
                continue;
            };
            self.line = first - 1 + memchr::memchr_iter(b'\n', &lines[..begin + stop]).count() as u64;
            let mut at = begin + stop;
            let mut end = end;
            while at < end {
                let was = self.layouts;
                at = self.one_line(lines, at, &mut rows, out);
                if !self.open.is_empty() || self.layouts != was {
                    // What was read of the parts behind was read by the wrong names.
                    end = lines.len();
                }
                if self.open.is_empty()
                    && let Some(layout) = &self.layout
                {
                    let stop = layout.read_part(&lines[at..end], &mut rows).unwrap_or(end - at);
                    self.line += memchr::memchr_iter(b'\n', &lines[at..at + stop]).count() as u64;
                    at += stop;
                }
            }
            out.push(rows);
            if end == lines.len() {
                return;
            }
        }
    }

    /// Reads the line at a place, whatever it is; where the next begins. Rows that were read by other names go to `out`.
    fn one_line(&mut self, lines: &[u8], at: usize, rows: &mut Rows, out: &mut Vec<Rows>) -> usize {
        let end = memchr::memchr(b'\n', &lines[at..]).map_or(lines.len(), |end| at + end);
        let line = &lines[at..end];
        self.line += 1;
        if self.open.is_empty() {
            self.record(line, rows, out);
        } else {
            let mut record = std::mem::take(&mut self.open);
            record.push(b'\n');
            record.extend_from_slice(line);
            if record.len() > MAX_RECORD {
                rows.skipped.lines += 1;
            } else {
                self.record(&record, rows, out);
            }
        }
        (end + 1).min(lines.len())
    }

    fn record(&mut self, line: &[u8], rows: &mut Rows, out: &mut Vec<Rows>) {
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            return;
        }
        if trimmed[0] == b'#' {
            self.comment(&String::from_utf8_lossy(&trimmed[1..]));
            if self.layout.is_some() {
                return;
            }
        } else if has_open_quote(line) && line.len() <= MAX_RECORD {
            self.open = line.to_vec();
            return;
        }
        let Some(layout) = &self.layout else {
            self.first_lines(line, rows, out);
            return;
        };
        if layout.read_line(line, rows, false).is_some() {
            return;
        }
        let cells = layout.delimiter().cells(&String::from_utf8_lossy(line));
        let next = if self.layouts < MAX_LAYOUTS { next_layout(layout, &cells, self.line) } else { None };
        if let Some((next, remark)) = next {
            let next_rows = next.rows();
            let is_header = !next.is_by_place();
            self.layout = Some(next);
            self.layouts += 1;
            self.facts.extend(remark.filter(|_| self.layouts <= MAX_REMARKS).map(Fact::Remark));
            out.push(std::mem::replace(rows, next_rows));
            if is_header {
                return;
            }
        }
        let cut = self.layout.as_ref().and_then(|layout| layout.read_line(line, rows, true));
        if cut.is_none() {
            rows.skipped.lines += 1;
        }
    }

    /// Lines until the layout is known.
    fn first_lines(&mut self, line: &[u8], rows: &mut Rows, out: &mut Vec<Rows>) {
        // Of comments only the last may be a header.
        let is_comment = |line: &String| line.starts_with('#');
        if line.starts_with(b"#") && self.waiting.last().is_some_and(is_comment) {
            self.waiting.pop();
        }
        self.waiting.push(String::from_utf8_lossy(line).trim_end().to_owned());
        let Some(sniffed) = sniff(&self.waiting, self.split.as_deref()) else { return };
        *rows = sniffed.layout.rows();
        let waiting = std::mem::take(&mut self.waiting);
        let content = waiting.iter().filter(|line| !line.starts_with('#')).skip(usize::from(sniffed.has_header));
        self.layout = Some(sniffed.layout);
        for line in content {
            self.record(line.as_bytes(), rows, out);
        }
    }

    /// A comment of JSON holds settings, as the first line of Stable-Baselines3's `monitor.csv`.
    fn comment(&mut self, text: &str) {
        if self.facts.len() > MAX_SETTINGS {
            return;
        }
        let Ok(serde_json::Value::Object(settings)) = serde_json::from_str(text) else { return };
        for (name, value) in settings.into_iter().take(100) {
            let setting = match value {
                serde_json::Value::Number(number) => number.as_f64().map(Setting::Number),
                serde_json::Value::Bool(flag) => Some(Setting::Flag(flag)),
                serde_json::Value::String(text) => Some(Setting::Text(text)),
                _ => None,
            };
            match setting {
                Some(Setting::Number(began)) if name == "t_start" => self.facts.push(Fact::Started(began)),
                Some(setting) => self.facts.push(Fact::Setting(name, setting)),
                None => {}
            }
        }
    }
}

/// Whether a record goes on in the next line.
fn has_open_quote(line: &[u8]) -> bool {
    memchr::memchr_iter(b'"', line).count() % 2 == 1
}

/// The layout that an irregular line begins, if it does, and what is to be said of it.
fn next_layout(layout: &Layout, cells: &[String], line: u64) -> Option<(Layout, Option<String>)> {
    let names = layout.names();
    let is_number = |cell: &String| crate::cell::number(cell.as_bytes()).is_some();
    if !cells.iter().any(is_number) && is_header(cells) {
        let unique: HashSet<&String> = cells.iter().collect();
        let is_known = cells.iter().any(|cell| layout.has_name(cell)) || is_step_name(&cells[0]);
        if !is_known || unique.len() < cells.len() {
            return None;
        }
        let next = layout.with_cells(cells);
        let is_other = next.names() != names;
        return Some((next, is_other.then(|| format!("Line {line} is another header: other columns follow."))));
    }
    let may_be_number = |cell: &String| matches!(cell.as_str(), "" | "NA") || is_number(cell);
    if cells.len() <= names.len() || !cells[names.len()..].iter().all(may_be_number) {
        return None;
    }
    let remark = format!(
        "Line {line} has {} cells below a header of {}: from there on the columns have no names and are called by their \
         places, col2 to col{}.",
        cells.len(),
        names.len(),
        cells.len()
    );
    Some((layout.widened(cells.len()), (!layout.is_by_place()).then_some(remark)))
}
