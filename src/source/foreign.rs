//! Another program's JSONL or CSV as a run of unknown metrics.
//!
//! One column counts as the step; every time it jumps back a new segment begins (a restarted job). Values that are no
//! numbers are counted, not refused. Must not know folders, or how metrics are shown.

use super::row::Row;
use super::sanitise::{clean_name, clean_text};
use crate::protocol::{Event, MetricValue, Metrics, Record, VERSION};
use crate::record::{LONGEST_LINE, LineReader, RecordError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names that mean steps, the first found counts.
pub const STEP_NAMES: [&str; 6] = ["step", "_step", "iteration", "iter", "global_step", "epoch"];

/// Names that mean time, in seconds.
const TIME_NAMES: [&str; 8] = ["seconds", "elapsed", "_runtime", "wall_time", "_timestamp", "timestamp", "time", "t"];

/// Distinct metrics kept of one file.
pub const MOST_FOREIGN_METRICS: usize = 500;

/// Rows after which a file without a step-like column is given the number of the row instead.
const ROWS_TO_DECIDE: u64 = 20;

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

/// What could not be shown of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Lines that are no rows.
    pub bad_lines: u64,
    /// Values that are text.
    pub texts: u64,
    /// Values that are null or empty.
    pub missing: u64,
    /// Values that are lists.
    pub lists: u64,
    /// Values that are NaN or infinite; they are kept.
    pub not_finite: u64,
    /// Values of metrics past [`MOST_FOREIGN_METRICS`].
    pub too_many: u64,
    /// Rows without the step-like column.
    pub no_step: u64,
}

/// Reads another program's file from its first line on, and what is added to it later.
#[derive(Clone, Debug)]
pub struct ForeignReader {
    lines: LineReader,
    form: Form,
    columns: Columns,
    step_name: Option<String>,
    names: BTreeSet<String>,
    row: Row,
    rows: u64,
    seq: u64,
    segment: u32,
    last_step: f64,
    first_time: Option<f64>,
    last_time: f64,
    oddities: Oddities,
    said: Oddities,
    undecided: Vec<Vec<(String, f64)>>,
}

impl ForeignReader {
    /// A reader of a file that need not exist yet; CSV by its name's end, else JSONL.
    #[must_use]
    pub fn new(path: PathBuf, columns: Columns) -> Self {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or("").to_ascii_lowercase();
        let form = match end.as_str() {
            "csv" => Form::Csv(b',', None),
            "tsv" => Form::Csv(b'\t', None),
            _ => Form::Jsonl,
        };
        Self {
            lines: LineReader::new(path),
            form,
            columns,
            step_name: None,
            names: BTreeSet::new(),
            row: Row::default(),
            rows: 0,
            seq: 0,
            segment: 0,
            last_step: f64::NEG_INFINITY,
            first_time: None,
            last_time: 0.0,
            oddities: Oddities::default(),
            said: Oddities::default(),
            undecided: Vec::new(),
        }
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
            *self = Self { lines, ..Self::new(self.path().to_owned(), self.columns.clone()) };
        }
        self.oddities.bad_lines += u64::from(piece.overlong.is_some());
        match &self.form {
            Form::Jsonl => self.read_jsonl(buffer, out),
            Form::Csv(..) => self.read_csv(buffer, out),
        }
        if !piece.has_more && self.rows > 0 && self.step_name.is_none() {
            self.decide(true, out);
        }
        Ok((piece.is_again, piece.has_more))
    }

    fn read_jsonl(&mut self, bytes: &[u8], out: &mut Vec<Arc<Record>>) {
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let mut row = std::mem::take(&mut self.row);
            if row.read(line).is_ok() {
                self.oddities.texts += row.texts;
                self.oddities.missing += row.nulls;
                self.oddities.lists += row.lists;
                self.oddities.too_many += row.too_many;
                self.take(&row.numbers, out);
            } else {
                self.oddities.bad_lines += 1;
            }
            self.row = row;
        }
    }

    fn read_csv(&mut self, bytes: &[u8], out: &mut Vec<Arc<Record>>) {
        let Form::Csv(delimiter, header) = &mut self.form else { return };
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
        let mut names = header.take();
        let mut fields = csv::ByteRecord::new();
        loop {
            match reader.read_byte_record(&mut fields) {
                Ok(false) => break,
                Ok(true) => {}
                Err(_) => {
                    self.oddities.bad_lines += 1;
                    continue;
                }
            }
            let texts = fields.iter().map(String::from_utf8_lossy);
            let Some(names) = &names else {
                let unmarked = |(at, name): (usize, std::borrow::Cow<'_, str>)| {
                    let name = if at == 0 { name.trim_start_matches('\u{feff}') } else { &name };
                    clean_name(name).into_owned()
                };
                names = Some(texts.enumerate().map(unmarked).take(MOST_FOREIGN_METRICS * 4).collect());
                continue;
            };
            let mut numbers = Vec::with_capacity(names.len());
            for (name, text) in names.iter().zip(texts) {
                if text.is_empty() {
                    self.oddities.missing += 1;
                } else if let Ok(value) = text.parse() {
                    numbers.push((name.clone(), value));
                } else {
                    self.oddities.texts += 1;
                }
            }
            self.take(&numbers, out);
        }
        if let Form::Csv(_, header) = &mut self.form {
            *header = names;
        }
    }

    /// Takes a row, or keeps it until the column of the steps is known.
    fn take(&mut self, numbers: &[(String, f64)], out: &mut Vec<Arc<Record>>) {
        self.rows += 1;
        if self.step_name.is_some() {
            self.emit(numbers, out);
        } else {
            self.undecided.push(numbers.to_vec());
            self.decide(self.rows >= ROWS_TO_DECIDE, out);
        }
    }

    fn decide(&mut self, now: bool, out: &mut Vec<Arc<Record>>) {
        let has = |name: &str| self.undecided.iter().flatten().any(|(other, _)| other == name);
        let found = match &self.columns.x {
            Some(name) => has(name).then(|| name.clone()),
            None => STEP_NAMES.iter().find(|name| has(name)).map(|name| (*name).to_owned()),
        };
        // A better name may still come, unless it is the best one.
        if found.as_deref() == Some(STEP_NAMES[0]) || (found.is_some() && self.columns.x.is_some()) || now {
            self.step_name = Some(found.unwrap_or_default());
            for row in std::mem::take(&mut self.undecided) {
                self.emit(&row, out);
            }
        }
    }

    fn emit(&mut self, numbers: &[(String, f64)], out: &mut Vec<Arc<Record>>) {
        let of = |wanted: &str| numbers.iter().rev().find(|(name, _)| name == wanted).map(|(_, value)| *value);
        let step_name = self.step_name.clone().unwrap_or_default();
        let step = match of(&step_name).filter(|step| step.is_finite()) {
            Some(step) => step,
            None if step_name.is_empty() => self.seq as f64,
            None => {
                self.oddities.no_step += 1;
                self.last_step.max(0.0)
            }
        };
        if step < self.last_step {
            self.segment += 1;
        }
        self.last_step = step;
        let time_name = TIME_NAMES.iter().find(|name| of(name).is_some()).copied().unwrap_or("");
        if let Some(time) = of(time_name).filter(|time| time.is_finite()) {
            let began = *self.first_time.get_or_insert(if time > 1e8 { time } else { 0.0 });
            self.last_time = self.last_time.max(time - began);
        }
        let mut values = BTreeMap::new();
        for (name, value) in numbers {
            if *name == step_name || name == time_name || !self.columns.wants(name) {
                continue;
            }
            if !self.names.contains(name) {
                if self.names.len() >= MOST_FOREIGN_METRICS {
                    self.oddities.too_many += 1;
                    continue;
                }
                self.names.insert(name.clone());
            }
            self.oddities.not_finite += u64::from(!value.is_finite());
            values.insert(clean_name(name).into_owned(), MetricValue(*value));
        }
        let event = Event::Metrics(Metrics { step, segment: self.segment, values });
        out.push(Arc::new(Record { v: VERSION, seq: self.seq, t: self.last_time, event }));
        self.seq += 1;
    }

    /// What is to be said of the oddities, when there is news.
    pub fn news(&mut self) -> Option<String> {
        let (now, said) = (self.oddities, self.said);
        let is_new = |now: u64, said: u64| now > 0 && said == 0;
        let has_news = is_new(now.bad_lines, said.bad_lines)
            || is_new(now.texts, said.texts)
            || is_new(now.missing, said.missing)
            || is_new(now.lists, said.lists)
            || is_new(now.not_finite, said.not_finite)
            || is_new(now.too_many, said.too_many)
            || is_new(now.no_step, said.no_step);
        if !has_news {
            return None;
        }
        self.said = now;
        let mut parts = Vec::new();
        let mut add = |count: u64, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        add(now.bad_lines, &format!("lines that are no rows or longer than {} MB, skipped", LONGEST_LINE >> 20));
        add(now.no_step, "rows without the column of the steps, taken at the step before");
        add(now.texts, "values that are text, skipped");
        add(now.missing, "values that are missing");
        add(now.lists, "values that are lists, skipped");
        add(now.not_finite, "values that are NaN or infinite");
        add(now.too_many, &format!("values of more than {MOST_FOREIGN_METRICS} metrics, skipped"));
        Some(clean_text(&format!("{}: {}", self.path().display(), parts.join("; "))).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str, columns: Columns) -> (Vec<Metrics>, Vec<f64>, ForeignReader) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut reader = ForeignReader::new(path, columns);
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        while reader.read(&mut buffer, &mut out).unwrap().1 {}
        let metrics = out.iter().map(|record| match &record.event {
            Event::Metrics(metrics) => metrics.clone(),
            other => panic!("{other:?}"),
        });
        (metrics.collect(), out.iter().map(|record| record.t).collect(), reader)
    }

    fn value(metrics: &Metrics, name: &str) -> f64 {
        metrics.values[name].0
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
        assert!(reader.news().unwrap().contains("1 values that are text, skipped"));
        assert_eq!(reader.news(), None);
    }

    #[test]
    fn keras_tables_are_read() {
        let text = "\u{feff}epoch,accuracy,loss,val_loss\n0,0.91,0.3,0.2\n1,0.95,0.15,\n2,NA,nan,0.1\n";
        let (metrics, _, reader) = read("log.csv", text, Columns::default());
        assert_eq!(metrics.iter().map(|m| m.step).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
        assert_eq!(value(&metrics[0], "accuracy"), 0.91);
        assert!(!metrics[1].values.contains_key("val_loss"));
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
        assert_eq!(metrics[0].values.keys().collect::<Vec<_>>(), ["a/x", "a/y"]);
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
        assert_eq!(metrics[0].values.len(), MOST_FOREIGN_METRICS);
        assert_eq!(reader.oddities().too_many, 2_000 - MOST_FOREIGN_METRICS as u64);
    }
}
