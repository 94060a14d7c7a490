//! Another program's JSONL or CSV as a run of unknown metrics.
//!
//! One column counts as the step; every time it jumps back a new segment begins (a restarted job). Values that are no
//! numbers are counted, not refused. What a row becomes depends on the rows before it alone, so that following a file
//! and reading it whole say the same. Names are as the file has them. Does not depend on folders, or how metrics are shown.

use super::native::reader::split;
use super::rows::{Oddities, Rows};
use super::{LONGEST_LINE, LineReader, RecordError};
use crate::protocol::{Event, Metrics, Record, VERSION};
use std::collections::HashMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Names that mean steps, the first found counts.
pub(super) const STEP_NAMES: [&str; 6] = ["step", "_step", "iteration", "iter", "global_step", "epoch"];

/// Names that mean time, in seconds; the first that a row has counts.
const TIME_NAMES: [&str; 8] = ["seconds", "elapsed", "_runtime", "wall_time", "_timestamp", "timestamp", "time", "t"];

/// Distinct metrics kept of one file.
pub(super) const MAX_FOREIGN_METRICS: usize = 500;

/// Columns of a table whose names are kept.
const MAX_COLUMNS: usize = 4 * MAX_FOREIGN_METRICS;

/// Seconds since 1970 from which a time is one of the calendar.
const CALENDAR: f64 = 1e8;

/// Bytes from which a piece is worth a thread of its own.
const WORTH_A_THREAD: usize = 256 << 10;

/// Threads that read one piece at most.
const MAX_THREADS: usize = 8;

/// Which columns of another program's file are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column that counts as the step; found by its name when absent.
    pub x: Option<String>,
    /// The columns that are metrics; every numeric one when empty. A name with `/` at its end stands for its group.
    pub y: Vec<String>,
}

impl Columns {
    fn wants(&self, name: &str) -> bool {
        self.y.is_empty() || self.y.iter().any(|want| want == name || (want.ends_with('/') && name.starts_with(want)))
    }
}

/// The form of a file.
#[derive(Clone, Debug)]
enum Form {
    Jsonl,
    /// With the delimiter, and the header once it was read.
    Csv(u8, Option<Vec<String>>),
}

/// What the numbers under a name are.
#[derive(Clone, Debug)]
enum Column {
    Step,
    /// A time, by its place in [`TIME_NAMES`], and the metric that it is where a better time is there.
    Time(usize, Option<Arc<str>>),
    Metric(Arc<str>),
    /// A metric past [`MAX_FOREIGN_METRICS`].
    TooMany,
    Unwanted,
}

/// Reads another program's file from its first line on, and what is added to it later.
#[derive(Clone, Debug)]
pub struct ForeignReader {
    lines: LineReader,
    form: Form,
    columns: Columns,
    naming: fn(&str) -> Arc<str>,
    step_name: Option<String>,
    known: HashMap<String, Column>,
    metrics: usize,
    seq: u64,
    segment: u32,
    last_step: f64,
    first_time: Option<f64>,
    last_time: f64,
    oddities: Oddities,
    said: Oddities,
}

impl ForeignReader {
    /// A reader of a file that need not exist yet; CSV by its name's end, else JSONL. `naming` makes a metric's name of
    /// the file's: it is asked once for each.
    #[must_use]
    pub fn new(path: PathBuf, columns: Columns, naming: fn(&str) -> Arc<str>) -> Self {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or("").to_ascii_lowercase();
        let form = match end.as_str() {
            "csv" => Form::Csv(b',', None),
            "tsv" => Form::Csv(b'\t', None),
            _ => Form::Jsonl,
        };
        Self {
            lines: LineReader::new(path),
            form,
            step_name: columns.x.clone(),
            columns,
            naming,
            known: HashMap::new(),
            metrics: 0,
            seq: 0,
            segment: 0,
            last_step: f64::NEG_INFINITY,
            first_time: None,
            last_time: 0.0,
            oddities: Oddities::default(),
            said: Oddities::default(),
        }
    }

    /// A reader of the same file that begins it anew.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self::new(self.path().to_owned(), self.columns.clone(), self.naming)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lines.path()
    }

    /// What could not be shown so far.
    #[must_use]
    pub fn oddities(&self) -> Oddities {
        self.oddities
    }

    /// Reads the next piece: its records, whether the file began anew before them, and whether there is more at once.
    ///
    /// # Errors
    /// When the file exists and cannot be read.
    pub fn read(&mut self, buffer: &mut Vec<u8>, out: &mut Vec<Arc<Record>>) -> Result<(bool, bool), RecordError> {
        let piece = self.lines.read(buffer)?;
        if piece.is_again {
            let lines = self.lines.clone();
            *self = Self { lines, ..self.anew() };
        }
        self.oddities.bad_lines += u64::from(piece.overlong.is_some());
        self.read_lines(buffer, out);
        Ok((piece.is_again, piece.has_more))
    }

    /// Reads whole lines that are in memory already, as if they came next in the file.
    pub fn read_lines(&mut self, lines: &[u8], out: &mut Vec<Arc<Record>>) {
        for rows in &self.rows(lines) {
            self.take(rows, out);
        }
    }

    fn rows(&mut self, lines: &[u8]) -> Vec<Rows> {
        match &mut self.form {
            Form::Jsonl => of_lines(lines),
            Form::Csv(delimiter, header) => vec![of_table(lines, delimiter, header)],
        }
    }

    fn take(&mut self, rows: &Rows, out: &mut Vec<Arc<Record>>) {
        self.oddities.add(&rows.oddities);
        let mut columns: Vec<Option<Column>> = vec![None; rows.names.len()];
        out.reserve(rows.rows().size_hint().0);
        for row in rows.rows() {
            if self.step_name.is_none() {
                let has = |name: &&&str| row.iter().any(|(place, _)| rows.names[*place as usize] == **name);
                if let Some(name) = STEP_NAMES.iter().find(has) {
                    self.step_name = Some((*name).to_owned());
                    // Until now it was a metric, if it was there at all.
                    self.known.remove(*name);
                    columns.fill(None);
                }
            }
            for (place, _) in row {
                let place = *place as usize;
                if columns[place].is_none() {
                    columns[place] = Some(self.column(&rows.names[place]));
                }
            }
            self.emit(row, &columns, out);
        }
    }

    /// What the numbers under a name are, decided once for the whole file.
    fn column(&mut self, name: &str) -> Column {
        if let Some(column) = self.known.get(name) {
            return column.clone();
        }
        let column = if self.step_name.as_deref() == Some(name) {
            Column::Step
        } else if let Some(rank) = TIME_NAMES.iter().position(|time| *time == name) {
            Column::Time(rank, self.columns.wants(name).then(|| (self.naming)(name)))
        } else if !self.columns.wants(name) {
            return Column::Unwanted;
        } else if self.metrics < MAX_FOREIGN_METRICS {
            self.metrics += 1;
            Column::Metric((self.naming)(name))
        } else {
            // Not kept: there may be any number of them.
            return Column::TooMany;
        };
        self.known.insert(name.to_owned(), column.clone());
        column
    }

    fn emit(&mut self, row: &[(u32, f64)], columns: &[Option<Column>], out: &mut Vec<Arc<Record>>) {
        let (mut step, mut time): (Option<f64>, Option<(usize, f64)>) = (None, None);
        let mut values = Vec::with_capacity(row.len().saturating_sub(1));
        let mut keep = |oddities: &mut Oddities, name: &Arc<str>, value: f64| {
            oddities.not_finite += u64::from(!value.is_finite());
            values.push((Arc::clone(name), value));
        };
        let numbers = || row.iter().filter_map(|(place, value)| Some((columns[*place as usize].as_ref()?, *value)));
        for (column, value) in numbers() {
            match column {
                Column::Step => step = Some(value),
                Column::Time(rank, _) if time.is_none_or(|(best, _)| *rank <= best) => time = Some((*rank, value)),
                Column::Metric(name) => keep(&mut self.oddities, name, value),
                Column::TooMany => self.oddities.too_many += 1,
                Column::Time(..) | Column::Unwanted => {}
            }
        }
        for (column, value) in numbers() {
            if let Column::Time(rank, Some(name)) = column
                && time.is_some_and(|(best, _)| *rank != best)
            {
                keep(&mut self.oddities, name, value);
            }
        }
        if let Some((_, time)) = time.filter(|(_, time)| time.is_finite()) {
            let began = *self.first_time.get_or_insert(if time > CALENDAR { time } else { 0.0 });
            self.last_time = self.last_time.max(time - began);
        }
        let step = match step.filter(|step| step.is_finite()) {
            Some(step) => step,
            None if self.step_name.is_none() => self.seq as f64,
            None => {
                self.oddities.no_step += 1;
                self.last_step.max(0.0)
            }
        };
        if step < self.last_step {
            self.segment += 1;
        }
        self.last_step = step;
        let event = Event::Metrics(Metrics { step, segment: self.segment, values: values.into() });
        out.push(Arc::new(Record { v: VERSION, seq: self.seq, t: self.last_time, event }));
        self.seq += 1;
    }

    /// What is wrong with the file, when there is news.
    pub fn faults(&mut self) -> Option<String> {
        let count = |it: &Oddities| [it.bad_lines, it.no_step, it.too_many];
        let (now, said) = (count(&self.oddities), count(&self.said));
        if !has_news(now, said) {
            return None;
        }
        let now = self.oddities;
        (self.said.bad_lines, self.said.no_step, self.said.too_many) = (now.bad_lines, now.no_step, now.too_many);
        Some(self.told(&[
            (now.bad_lines, &format!("skipped: no rows, or longer than {} MB", LONGEST_LINE >> 20), "line"),
            (now.no_step, "without the column of the steps, taken at the step before", "row"),
            (now.too_many, &format!("of more than {MAX_FOREIGN_METRICS} metrics, skipped"), "value"),
        ]))
    }

    /// What is in the file and is no number, or none that can be drawn, when there is news: no fault, for tables are
    /// sparse and rows have words.
    pub fn remarks(&mut self) -> Option<String> {
        let count = |it: &Oddities| [it.texts, it.missing, it.lists, it.not_finite];
        if !has_news(count(&self.oddities), count(&self.said)) {
            return None;
        }
        let now = self.oddities;
        (self.said.texts, self.said.missing) = (now.texts, now.missing);
        (self.said.lists, self.said.not_finite) = (now.lists, now.not_finite);
        Some(self.told(&[
            (now.texts, "of text, skipped", "value"),
            (now.missing, "missing", "value"),
            (now.lists, "in lists, skipped", "value"),
            (now.not_finite, "NaN or infinite", "value"),
        ]))
    }

    fn told(&self, counts: &[(u64, &str, &str)]) -> String {
        let some = counts.iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<String> = some
            .map(|(count, what, noun)| format!("{count} {noun}{} {what}", if *count == 1 { "" } else { "s" }))
            .collect();
        format!("{}: {}", self.path().display(), parts.join("; "))
    }
}

/// Whether something is counted that was not said at all yet.
fn has_news<const N: usize>(now: [u64; N], said: [u64; N]) -> bool {
    now.iter().zip(said).any(|(now, said)| *now > 0 && said == 0)
}

/// The names of the columns of numbers in another program's file, in the order in which they come.
///
/// # Errors
/// When the file cannot be read.
pub fn column_names(path: &Path) -> Result<Vec<String>, RecordError> {
    let mut reader = ForeignReader::new(path.to_owned(), Columns::default(), |name| name.into());
    let (mut buffer, mut names) = (Vec::new(), Vec::new());
    loop {
        let piece = reader.lines.read(&mut buffer)?;
        for name in reader.rows(&buffer).into_iter().flat_map(|rows| rows.names) {
            if names.len() < MAX_COLUMNS && !names.contains(&name) {
                names.push(name);
            }
        }
        if !piece.has_more {
            return Ok(names);
        }
    }
}

/// The rows of whole lines, in parts, large pieces by several threads.
fn of_lines(bytes: &[u8]) -> Vec<Rows> {
    let wanted = bytes.len() / WORTH_A_THREAD;
    if wanted <= 1 {
        return vec![Rows::of_lines(bytes)];
    }
    // Asked only now: the answer costs as much as hundreds of lines.
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let parts = split(bytes, wanted.min(threads));
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for part in &parts[1..] {
            let named = thread::Builder::new().name("log-parser".to_owned());
            workers.push((*part, named.spawn_scoped(scope, || Rows::of_lines(part))));
        }
        let mut rows = vec![Rows::of_lines(parts[0])];
        for (part, worker) in workers {
            // Where no thread could be had, this one does the work.
            rows.push(worker.ok().and_then(|handle| handle.join().ok()).unwrap_or_else(|| Rows::of_lines(part)));
        }
        rows
    })
}

/// The rows of a table's lines; the first line of all is its header, by which the delimiter is found too.
fn of_table(bytes: &[u8], delimiter: &mut u8, header: &mut Option<Vec<String>>) -> Rows {
    let mut rows = Rows::default();
    if header.is_none() && *delimiter == b',' && !bytes.is_empty() {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let most = |wanted: u8| memchr::memchr_iter(wanted, first).count();
        *delimiter = [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| most(*sign)).unwrap_or(b',');
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(*delimiter)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut fields = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut fields) {
            Ok(false) => return rows,
            Ok(true) => {}
            Err(_) => {
                rows.oddities.bad_lines += 1;
                continue;
            }
        }
        let texts = fields.iter().map(String::from_utf8_lossy);
        let Some(names) = header else {
            let unmarked = |name: std::borrow::Cow<'_, str>| name.trim_start_matches('\u{feff}').to_owned();
            *header = Some(texts.map(unmarked).take(MAX_COLUMNS).collect());
            continue;
        };
        for (name, text) in names.iter().zip(texts) {
            if text.is_empty() {
                rows.oddities.missing += 1;
            } else if let Ok(value) = text.parse() {
                rows.add(name, value);
            } else {
                rows.oddities.texts += 1;
            }
        }
        rows.end_row();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str, columns: Columns) -> (Vec<Metrics>, Vec<f64>, ForeignReader) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut reader = ForeignReader::new(path, columns, |name| name.into());
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        while reader.read(&mut buffer, &mut out).unwrap().1 {}
        let metrics = out.iter().map(|record| match &record.event {
            Event::Metrics(metrics) => metrics.clone(),
            other => panic!("{other:?}"),
        });
        (metrics.collect(), out.iter().map(|record| record.t).collect(), reader)
    }

    fn value(metrics: &Metrics, name: &str) -> f64 {
        metrics.values[name]
    }

    #[test]
    fn rows_become_metrics_and_a_jump_back_a_segment() {
        let text = "{\"_step\":1,\"train/loss\":2.5,\"_timestamp\":1700000000}\n\
                    {\"_step\":2,\"train/loss\":NaN,\"tag\":\"x\",\"_timestamp\":1700000003.5}\n\
                    not a row\n\
                    {\"_step\":2,\"train/loss\":null}\n\
                    {\"_step\":1,\"train/loss\":2.25}\n";
        let (metrics, times, mut reader) = read("a.jsonl", text, Columns::default());
        assert_eq!(metrics.iter().map(|m| m.step).collect::<Vec<_>>(), [1.0, 2.0, 2.0, 1.0]);
        assert_eq!(metrics.iter().map(|m| m.segment).collect::<Vec<_>>(), [0, 0, 0, 1]);
        assert!(value(&metrics[1], "train/loss").is_nan());
        assert_eq!(times, [0.0, 3.5, 3.5, 3.5]);
        let counted = Oddities { bad_lines: 1, texts: 1, missing: 1, not_finite: 1, ..Oddities::default() };
        assert_eq!(reader.oddities(), counted);
        assert!(reader.remarks().unwrap().contains("1 value of text, skipped"));
        assert_eq!(reader.remarks(), None);
    }

    #[test]
    fn keras_tables_are_read() {
        let text = "\u{feff}epoch,accuracy,loss,val_loss\n0,0.91,0.3,0.2\n1,0.95,0.15,\n2,NA,nan,0.1\n";
        let (metrics, _, reader) = read("log.csv", text, Columns::default());
        assert_eq!(metrics.iter().map(|m| m.step).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
        assert_eq!(value(&metrics[0], "accuracy"), 0.91);
        assert!(metrics[1].values.get("val_loss").is_none());
        assert!(value(&metrics[2], "loss").is_nan());
        assert_eq!((reader.oddities().missing, reader.oddities().texts), (1, 1));
        let (metrics, _, _) = read("semicolons.csv", "iter;a\n5;1.5\n", Columns::default());
        assert_eq!((metrics[0].step, value(&metrics[0], "a")), (5.0, 1.5));
    }

    #[test]
    fn columns_are_chosen() {
        let text = "{\"step\":1,\"tokens\":100,\"a/x\":1,\"a/y\":2,\"b\":3}\n";
        let columns = Columns { x: Some("tokens".to_owned()), y: vec!["a/".to_owned()] };
        let (metrics, _, _) = read("a.jsonl", text, columns);
        assert_eq!(metrics[0].step, 100.0);
        assert_eq!(metrics[0].values.iter().map(|(name, _)| name.as_ref()).collect::<Vec<&str>>(), ["a/x", "a/y"]);
    }

    #[test]
    fn without_a_step_the_rows_are_counted() {
        let (metrics, _, _) = read("a.jsonl", "{\"loss\":1}\n{\"loss\":2}\n", Columns::default());
        assert_eq!(metrics.iter().map(|m| m.step).collect::<Vec<_>>(), [0.0, 1.0]);
    }

    #[test]
    fn more_metrics_than_are_kept_are_counted() {
        use std::fmt::Write;
        let mut text = String::from("{\"step\":1");
        for at in 0..2_000 {
            write!(text, ",\"m{at}\":{at}").unwrap();
        }
        text.push_str("}\n");
        let (metrics, _, reader) = read("a.jsonl", &text, Columns::default());
        assert_eq!(metrics[0].values.iter().len(), MAX_FOREIGN_METRICS);
        assert_eq!(reader.oddities().too_many, 2_000 - MAX_FOREIGN_METRICS as u64);
    }
}
