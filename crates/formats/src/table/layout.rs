//! How the lines of a table are made: what stands between cells, and the columns' names. Reads regular lines.

use crate::batch::{MAX_NAME_BYTES, MAX_NAMES};
use crate::cell::{self, Cell};
use crate::rows::{Rows, is_kind};
use std::collections::HashMap;

/// What stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// A sign; blanks beside it do not count.
    Byte(u8),
    /// Any number of blanks and tabs.
    Blanks,
}

impl Delimiter {
    #[inline]
    fn is_end(self, byte: u8) -> bool {
        match self {
            Self::Byte(sign) => byte == sign,
            Self::Blanks => byte == b' ' || byte == b'\t',
        }
    }

    /// What a line begins with up to the next cell.
    #[inline]
    fn skip(self, rest: &[u8]) -> &[u8] {
        let is_blank = |byte: u8| byte == b' ' || (self != Self::Byte(b'\t') && byte == b'\t');
        match rest.first() {
            Some(first) if is_blank(*first) => {
                let length = rest.iter().take_while(|byte| is_blank(**byte)).count();
                &rest[length..]
            }
            _ => rest,
        }
    }

    /// The cells of a line, without quotes.
    pub(super) fn cells(self, line: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut rest = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).as_bytes();
        if self == Self::Blanks {
            rest = rest.trim_ascii();
        }
        while out.len() <= MAX_NAMES {
            rest = self.skip(rest);
            let Some((cell, behind)) = self.cell(rest) else {
                // A quote without its end.
                out.push(String::from_utf8_lossy(rest).into_owned());
                break;
            };
            out.push(cell);
            match behind {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        out
    }

    /// The first cell and what follows its delimiter; nothing where a quote has no end.
    fn cell(self, rest: &[u8]) -> Option<(String, Option<&[u8]>)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        let end_from = |from: usize| rest[from..].iter().position(|byte| self.is_end(*byte)).map(|at| from + at);
        if rest.first() != Some(&b'"') {
            let end = end_from(0);
            return Some((text(&rest[..end.unwrap_or(rest.len())]), end.map(|end| &rest[end + 1..])));
        }
        let mut at = 1;
        loop {
            at += memchr::memchr(b'"', &rest[at..])? + 1;
            if rest.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
        let cell = text(&rest[1..at - 1]).replace("\"\"", "\"");
        Some((cell, end_from(at).map(|end| &rest[end + 1..])))
    }
}

/// Delimiter and names of a table.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    delimiter: Delimiter,
    names: Vec<String>,
    known: HashMap<String, usize>,
    split: Option<String>,
    is_by_place: bool,
}

impl Layout {
    /// A table with a header of these cells.
    pub(super) fn new(delimiter: Delimiter, cells: &[String], split: Option<&str>) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut names = Vec::with_capacity(cells.len());
        for (place, cell) in cells.iter().take(MAX_NAMES).enumerate() {
            let cell = &cell[..cell.floor_char_boundary(MAX_NAME_BYTES - 12)];
            let base = match cell.trim() {
                "" if place == 0 => "index".to_owned(),
                "" => format!("col{}", place + 1),
                name => name.to_owned(),
            };
            let mut name = base.clone();
            while known.contains_key(&name) {
                let count = known.entry(base.clone()).or_default();
                *count += 1;
                name = format!("{base}.{count}");
            }
            known.insert(name.clone(), 0);
            names.push(name);
        }
        Self { delimiter, names, known, split: split.map(str::to_owned), is_by_place: false }
    }

    /// A table without a header: `col1`, `col2` and so on.
    pub(super) fn by_place(delimiter: Delimiter, columns: usize, split: Option<&str>) -> Self {
        let names: Vec<String> = (1..=columns).map(|place| format!("col{place}")).collect();
        Self { is_by_place: true, ..Self::new(delimiter, &names, split) }
    }

    /// The same with other names.
    pub(super) fn with_cells(&self, cells: &[String]) -> Self {
        Self::new(self.delimiter, cells, self.split.as_deref())
    }

    /// The same with more columns: named by their places, the first excepted where it has a name.
    pub(super) fn widened(&self, columns: usize) -> Self {
        let places = (2..=columns).map(|place| format!("col{place}"));
        let names: Vec<String> = self.names.iter().take(1).cloned().chain(places).collect();
        Self { is_by_place: true, ..self.with_cells(&names) }
    }

    pub(super) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether a column has this name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Whether the names were made up.
    pub(super) fn is_by_place(&self) -> bool {
        self.is_by_place
    }

    /// Rows with this table's names, so that a column's number is its place.
    pub(super) fn rows(&self) -> Rows {
        Rows::with_names(&self.names)
    }

    /// Reads lines up to one that is no regular row; where that begins.
    pub(super) fn read_part(&self, lines: &[u8], rows: &mut Rows) -> Option<usize> {
        let mut at = 0;
        while at < lines.len() {
            let end = memchr::memchr(b'\n', &lines[at..]).map_or(lines.len(), |end| at + end);
            if self.read_line(&lines[at..end], rows, false).is_none() {
                return Some(at);
            }
            at = end + 1;
        }
        None
    }

    /// Reads a line as a row, and gives its number of cells; nothing, and no row, where it is none of this table, because
    /// it is a comment, holds words alone, or has more cells and `is_cut` does not say to cut it.
    pub(super) fn read_line(&self, line: &[u8], rows: &mut Rows, is_cut: bool) -> Option<usize> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.delimiter == Delimiter::Blanks { line.trim_ascii() } else { line };
        if line.is_empty() {
            return Some(0);
        }
        let mark = rows.mark();
        let read = if line[0] == b'#' { None } else { self.read_cells(line, rows, is_cut) };
        match read {
            Some((cells, true)) => {
                rows.end_row();
                Some(cells)
            }
            Some((cells, false)) if line.iter().all(|byte| self.delimiter.is_end(*byte) || *byte == b' ') => {
                Some(cells)
            }
            _ => {
                rows.undo(mark);
                None
            }
        }
    }

    /// How many cells there were, and whether any was a number or empty of one.
    #[inline]
    fn read_cells(&self, line: &[u8], rows: &mut Rows, is_cut: bool) -> Option<(usize, bool)> {
        let mut rest = line;
        let mut has_number = false;
        let mut column = 0;
        loop {
            rest = self.delimiter.skip(rest);
            if column == self.names.len() {
                return (rest.is_empty() || is_cut).then_some((column, has_number));
            }
            match cell::leading_number(rest) {
                Some((value, length)) if length == rest.len() => {
                    rows.add_at(column as u32, value);
                    return Some((column + 1, true));
                }
                Some((value, length)) if self.delimiter.is_end(rest[length]) => {
                    rows.add_at(column as u32, value);
                    has_number = true;
                    rest = &rest[length + 1..];
                }
                _ => {
                    if rest.is_empty() {
                        return Some((column + 1, has_number));
                    }
                    let (cell, behind) = self.delimiter.cell(rest)?;
                    has_number |= self.add_cell(column, &cell, rows);
                    match behind {
                        Some(behind) => rest = behind,
                        None => return Some((column + 1, has_number)),
                    }
                }
            }
            column += 1;
        }
    }

    /// Adds what a cell holds that is no plain number; whether it was one after all.
    fn add_cell(&self, column: usize, text: &str, rows: &mut Rows) -> bool {
        if text.is_empty() {
            return false;
        }
        let name = &self.names[column];
        if is_kind(name, text, self.split.as_deref()) {
            rows.set_kind(text);
            return false;
        }
        let value = match cell::read(text) {
            Cell::Number(value) => Some(value),
            Cell::Date(value) => {
                rows.are_dates[column] = true;
                Some(value)
            }
            Cell::Text if column == 0 => part_of(text),
            Cell::Text if name == "gpu_mem" => text.strip_suffix('G').and_then(|size| cell::number(size.as_bytes())),
            Cell::Text if self.delimiter == Delimiter::Byte(b';') => cell::number(text.replace(',', ".").as_bytes()),
            Cell::Text | Cell::Missing => None,
        };
        if let Some(value) = value {
            rows.add_at(column as u32, value);
        }
        value.is_some()
    }
}

/// The first number of `0/2`.
pub(super) fn part_of(text: &str) -> Option<f64> {
    let (part, whole) = text.split_once('/')?;
    let is_count = |text: &str| !text.is_empty() && text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_count(part) && is_count(whole)).then(|| cell::number(part.as_bytes())).flatten()
}
