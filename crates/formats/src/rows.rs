//! Rows of numbers by name as they stand in a text, before anybody asks which column counts steps.
//!
//! Rows share their names, which most files repeat line after line. A word in a column such as `mode` or `split` is kept
//! as the row's kind. Memory is bounded whatever the lines hold. Depends neither on JSON nor on tables.

use crate::batch::{MAX_NAME_BYTES, MAX_NAMES};
use crate::cell::{self, Cell};
use std::collections::HashMap;
use std::num::NonZero;
use std::thread;

/// Kinds of rows that are told apart.
const MAX_KINDS: usize = 64;

/// Bytes from which a piece is worth a thread of its own.
const WORTH_A_THREAD: usize = 256 << 10;

/// Threads that read one piece at most.
const MAX_THREADS: usize = 8;

/// Columns whose words say what kind a row is.
const KIND_NAMES: [&str; 9] =
    ["mode", "set", "split", "phase", "stage", "subset", "partition", "data_split", "dataset_split"];

/// Words that such a column holds.
const KINDS: [&str; 16] = [
    "train",
    "training",
    "val",
    "valid",
    "validation",
    "validate",
    "test",
    "testing",
    "eval",
    "evaluation",
    "dev",
    "fit",
    "predict",
    "minival",
    "holdout",
    "sanity",
];

/// What of some rows could not be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Lines that are no rows.
    pub(crate) lines: u64,
    /// Values of more names than are kept.
    pub(crate) values: u64,
    /// Values that are lists.
    pub(crate) lists: u64,
}

impl Skipped {
    pub(crate) fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.values += other.values;
        self.lists += other.lists;
    }
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RawRow<'a> {
    /// Places of names, and numbers.
    pub(crate) values: &'a [(u32, f64)],
    /// Its kind: a place in [`Rows::kinds`] and one, or zero.
    pub(crate) kind: u16,
}

/// Rows of numbers, each with the place of its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// The names, in the order in which they came.
    pub(crate) names: Vec<String>,
    /// For each name, whether its values were dates: seconds since 1970.
    pub(crate) are_dates: Vec<bool>,
    /// The kinds of rows.
    pub(crate) kinds: Vec<String>,
    /// What else was there.
    pub(crate) skipped: Skipped,
    places: HashMap<String, u32>,
    numbers: Vec<(u32, f64)>,
    ends: Vec<(usize, u16)>,
    kind: u16,
    /// The name that most likely comes next: the one that followed the last time.
    guess: usize,
}

impl Rows {
    /// No rows yet, with some names.
    pub(crate) fn with_names(names: &[String]) -> Self {
        let mut rows = Self::default();
        for name in names {
            rows.place(name);
        }
        rows.guess = 0;
        rows
    }

    /// Room for about as many numbers and rows.
    pub(crate) fn reserve(&mut self, numbers: usize, rows: usize) {
        self.numbers.reserve(numbers);
        self.ends.reserve(rows);
    }

    /// The rows, in their order.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = RawRow<'_>> {
        self.rows_from(0)
    }

    /// The rows from one on.
    pub(crate) fn rows_from(&self, first: usize) -> impl ExactSizeIterator<Item = RawRow<'_>> {
        (first..self.ends.len()).map(|at| {
            let begin = if at == 0 { 0 } else { self.ends[at - 1].0 };
            let (end, kind) = self.ends[at];
            RawRow { values: &self.numbers[begin..end], kind }
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The place of a name; none when there are too many.
    pub(crate) fn place(&mut self, name: &str) -> Option<u32> {
        let name = &name[..name.floor_char_boundary(MAX_NAME_BYTES)];
        let place = if self.names.get(self.guess).is_some_and(|known| known == name) {
            self.guess
        } else if let Some(place) = self.places.get(name) {
            *place as usize
        } else if self.names.len() < MAX_NAMES {
            self.names.push(name.to_owned());
            self.are_dates.push(false);
            self.places.insert(name.to_owned(), self.names.len() as u32 - 1);
            self.names.len() - 1
        } else {
            return None;
        };
        self.guess = place + 1;
        Some(place as u32)
    }

    /// Adds a number to the row that is being read.
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        let begin = self.ends.last().map_or(0, |end| end.0);
        match self.place(name) {
            Some(place) if self.numbers.len() - begin < MAX_NAMES => self.numbers.push((place, value)),
            _ => self.skipped.values += 1,
        }
    }

    /// Adds a number under a place to the row that is being read; the caller sees to the number of values in a row.
    #[inline]
    pub(crate) fn add_at(&mut self, place: u32, value: f64) {
        self.numbers.push((place, value));
    }

    /// Adds a value that is written as a text: a number, a percentage, a time, a date, a kind, or nothing that counts.
    pub(crate) fn add_text(&mut self, name: &str, text: &str, split: Option<&str>) {
        if is_kind(name, text, split) {
            self.set_kind(text);
            return;
        }
        match cell::read(text) {
            Cell::Number(value) => self.add(name, value),
            Cell::Date(value) => self.add_date(name, value),
            Cell::Missing | Cell::Text => {}
        }
    }

    /// Adds a date, in seconds since 1970.
    pub(crate) fn add_date(&mut self, name: &str, value: f64) {
        self.add(name, value);
        if let Some(place) = self.place(name) {
            self.are_dates[place as usize] = true;
        }
    }

    /// Says the kind of the row that is being read.
    pub(crate) fn set_kind(&mut self, kind: &str) {
        let kind = kind.trim();
        let kind = &kind[..kind.floor_char_boundary(40)];
        if let Some(place) = self.kinds.iter().position(|known| known == kind) {
            self.kind = place as u16 + 1;
        } else if self.kinds.len() < MAX_KINDS {
            self.kinds.push(kind.to_owned());
            self.kind = self.kinds.len() as u16;
        }
    }

    /// Ends the row that is being read.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.ends.push((self.numbers.len(), self.kind));
        self.kind = 0;
        self.guess = 0;
    }

    /// Where the row that is being read begins, for [`Rows::undo`].
    pub(crate) fn mark(&self) -> (usize, Skipped) {
        (self.numbers.len(), self.skipped)
    }

    /// Forgets what was read of a row since a mark.
    pub(crate) fn undo(&mut self, mark: (usize, Skipped)) {
        self.numbers.truncate(mark.0);
        self.skipped = mark.1;
        self.kind = 0;
        self.guess = 0;
    }

    /// How many numbers there are in all rows.
    pub(crate) fn numbers(&self) -> usize {
        self.numbers.len()
    }

    /// The numbers of the row that is being read.
    pub(crate) fn open_values(&self) -> &[(u32, f64)] {
        &self.numbers[self.ends.last().map_or(0, |end| end.0)..]
    }

    /// Adds some rows of others.
    pub(crate) fn append(&mut self, other: &Self, rows: std::ops::Range<usize>) {
        for row in other.rows_from(rows.start).take(rows.len()) {
            for (place, value) in row.values {
                let place = *place as usize;
                self.add(&other.names[place], *value);
                if other.are_dates[place]
                    && let Some(own) = self.place(&other.names[place])
                {
                    self.are_dates[own as usize] = true;
                }
            }
            if row.kind > 0 {
                self.set_kind(&other.kinds[row.kind as usize - 1]);
            }
            self.end_row();
        }
    }
}

/// Whether a text in a column says what kind its row is: `split` names the column where a user chose it.
pub(crate) fn is_kind(name: &str, text: &str, split: Option<&str>) -> bool {
    match split {
        Some(split) => name == split && !text.trim().is_empty(),
        None => {
            KIND_NAMES.iter().any(|known| name.trim().eq_ignore_ascii_case(known))
                && KINDS.iter().any(|known| text.trim().eq_ignore_ascii_case(known))
        }
    }
}

/// What a function makes of whole lines, in parts, large pieces by several threads; in the order of the lines.
pub(crate) fn in_parts<T: Send>(bytes: &[u8], read: &(impl Fn(&[u8]) -> T + Sync)) -> Vec<(usize, T)> {
    let wanted = bytes.len() / WORTH_A_THREAD;
    if wanted <= 1 {
        return vec![(0, read(bytes))];
    }
    // Asked only now: the answer costs as much as hundreds of lines.
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let parts = split(bytes, wanted.min(threads));
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for part in &parts[1..] {
            let named = thread::Builder::new().name("log-parser".to_owned());
            workers.push((part.clone(), named.spawn_scoped(scope, || read(&bytes[part.clone()]))));
        }
        let mut out = vec![(parts[0].start, read(&bytes[parts[0].clone()]))];
        for (part, worker) in workers {
            // Where no thread could be had, this one does the work.
            let done = worker.ok().and_then(|handle| handle.join().ok());
            out.push((part.start, done.unwrap_or_else(|| read(&bytes[part]))));
        }
        out
    })
}

/// Whole lines in about equal parts, of whole lines.
fn split(bytes: &[u8], parts: usize) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::with_capacity(parts);
    let mut begin = 0;
    for part in 1..=parts {
        let target = (bytes.len() / parts * part).max(begin);
        let end = if part == parts {
            bytes.len()
        } else {
            memchr::memchr(b'\n', &bytes[target..]).map_or(bytes.len(), |at| target + at + 1)
        };
        out.push(begin..end);
        begin = end;
    }
    out
}
