//! Another program's run, in any format of `perceptop-formats`, as records.
//!
//! Rows become `metrics` records, facts `run_info` records and ends. What a record says depends on the file and the
//! options alone, so that following a file and reading it whole give the same. Does not depend on folders, or on how
//! metrics are shown.

use super::RecordError;
use super::sanitise::clean_name;
use crate::protocol::{Event, Metrics, Purged, Record, RunEnd, RunInfo, VERSION};
use perceptop_formats::{Batch, End, Fact, Format, Options, Progress, Reader, Row, RunFiles, Setting};
use serde_json::{Number, Value};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Distinct metrics kept of one run.
const MAX_FOREIGN_METRICS: usize = 500;

/// Seconds since 1970 from which a time is one of the calendar.
const CALENDAR: f64 = 1e8;

/// Rows after which it is settled how a file is read.
const SETTLED: usize = 5_000;

/// Remarks and faults kept of one run.
const MAX_REMARKS: usize = 50;

/// Which columns of another program's file are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column that counts as the step; found by its name when absent.
    pub x: Option<String>,
    /// The columns that are metrics; every numeric one when empty. A name with `/` at its end stands for its group.
    pub y: Vec<String>,
    /// A column of words that makes several metrics of one.
    pub split: Option<String>,
}

impl Columns {
    fn wants(&self, name: &str) -> bool {
        self.y.is_empty() || self.y.iter().any(|want| want == name || (want.ends_with('/') && name.starts_with(want)))
    }
}

/// Steps by the names of metrics.
type Steps = Vec<(Arc<str>, f64)>;

/// What becomes of a metric's numbers.
#[derive(Clone, Debug)]
enum Metric {
    /// They are kept under this name; with the step of the newest.
    Kept(Arc<str>, f64),
    /// Nobody asked for them.
    Unwanted,
    /// They are past [`MAX_FOREIGN_METRICS`].
    TooMany,
}

/// Reads another program's run from its beginning, and what is added to it later.
pub struct ThirdPartyReader {
    format: &'static Format,
    files: RunFiles,
    columns: Columns,
    is_complete: bool,
    reader: Box<dyn Reader>,
    batch: Batch,
    metrics: Vec<Metric>,
    kept: usize,
    too_many: u64,
    seq: u64,
    segment: u32,
    first_time: Option<f64>,
    last_time: f64,
    /// The highest step, and that of the newest row.
    last_step: f64,
    row_step: f64,
    /// Distributions and texts that were passed over.
    passed_over: [u64; 2],
    remarks: Vec<String>,
    faults: Vec<String>,
}

impl fmt::Debug for ThirdPartyReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ThirdPartyReader")
            .field("format", &self.format.what)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl ThirdPartyReader {
    /// A reader of a run in `format`. `is_complete`: the files are read once, and nobody writes them.
    #[must_use]
    pub fn new(format: &'static Format, files: RunFiles, columns: Columns, is_complete: bool) -> Self {
        let options = Options { x: columns.x.clone(), split: columns.split.clone(), is_complete };
        Self {
            reader: (format.open)(&files, &options),
            format,
            files,
            columns,
            is_complete,
            batch: Batch::default(),
            metrics: Vec::new(),
            kept: 0,
            too_many: 0,
            seq: 0,
            segment: 0,
            first_time: None,
            last_time: 0.0,
            last_step: 0.0,
            row_step: f64::NEG_INFINITY,
            passed_over: [0; 2],
            remarks: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// A reader of the same run, from its beginning.
    #[must_use]
    pub fn from_start(&self) -> Self {
        Self::new(self.format, self.files.clone(), self.columns.clone(), self.is_complete)
    }

    /// The first of its files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.files.files.first().map_or(Path::new(""), |path| path)
    }

    /// Reads the next piece: its records, whether the run began again before them, and whether there is more at once.
    ///
    /// The first rows may show that those before were misread, as when a column turns out to count steps. A reader of
    /// complete files keeps them back until that is settled, so that it never begins again.
    ///
    /// # Errors
    /// When a file exists and cannot be read.
    pub fn read(&mut self, out: &mut Vec<Arc<Record>>) -> Result<(bool, bool), RecordError> {
        if !self.is_complete {
            return self.read_piece(out);
        }
        let before = out.len();
        loop {
            let mut piece = Vec::new();
            let (is_again, has_more) = self.read_piece(&mut piece)?;
            if is_again {
                out.truncate(before);
            }
            out.append(&mut piece);
            if !has_more || out.len() - before >= SETTLED {
                return Ok((false, has_more));
            }
        }
    }

    fn read_piece(&mut self, out: &mut Vec<Arc<Record>>) -> Result<(bool, bool), RecordError> {
        let mut batch = std::mem::take(&mut self.batch);
        let outcome = self.reader.read(&mut batch);
        let is_again = batch.is_again && self.seq > 0;
        if batch.is_again {
            self.forget();
        }
        self.take(&batch, out);
        self.batch = batch;
        let progress = outcome.map_err(RecordError::from)?;
        Ok((is_again, progress == Progress::More))
    }

    fn forget(&mut self) {
        self.metrics.clear();
        (self.kept, self.too_many, self.seq, self.segment) = (0, 0, 0, 0);
        (self.first_time, self.last_time, self.last_step) = (None, 0.0, 0.0);
        self.row_step = f64::NEG_INFINITY;
        self.passed_over = [0; 2];
    }

    fn take(&mut self, batch: &Batch, out: &mut Vec<Arc<Record>>) {
        let (mut info, purged, ends) = self.facts(&batch.facts);
        if self.seq == 0 && batch.rows().next().is_some() {
            info = self.with_settings_beside(info);
        }
        if self.seq == 0 && (info.is_some() || batch.rows().next().is_some()) {
            let framework = Some(self.format.what.to_owned());
            self.push(Event::RunInfo(Box::new(RunInfo { framework, ..info.unwrap_or_default() })), out);
        } else if let Some(info) = info {
            self.push(Event::RunInfo(Box::new(info)), out);
        }
        if !purged.is_empty() {
            for metric in &mut self.metrics {
                if let Metric::Kept(name, newest) = metric
                    && purged.iter().any(|(gone, _)| gone == name)
                {
                    *newest = f64::NEG_INFINITY;
                }
            }
            self.push(Event::Purged(Purged { from: purged.into() }), out);
        }
        for place in self.metrics.len()..batch.names().len() {
            let metric = self.metric(&batch.names()[place]);
            self.metrics.push(metric);
        }
        out.reserve(batch.rows().size_hint().0);
        for row in batch.rows() {
            self.row(row, out);
        }
        for event in ends {
            self.push(event, out);
        }
    }

    /// What a file says of its run, and the settings in files beside it: the run's own come first.
    fn with_settings_beside(&mut self, info: Option<RunInfo>) -> Option<RunInfo> {
        let beside = perceptop_formats::settings_beside(self.path());
        let (Some(mut found), ..) = self.facts(&beside) else { return info };
        let own = info.unwrap_or_default();
        found.settings.extend(own.settings);
        Some(RunInfo { settings: found.settings, ..own })
    }

    /// What becomes of the numbers under a name, decided once for the whole run.
    fn metric(&mut self, name: &str) -> Metric {
        if !self.columns.wants(name) {
            Metric::Unwanted
        } else if self.kept < MAX_FOREIGN_METRICS {
            self.kept += 1;
            Metric::Kept(clean_name(name).into(), f64::NEG_INFINITY)
        } else {
            Metric::TooMany
        }
    }

    fn row(&mut self, row: Row<'_>, out: &mut Vec<Arc<Record>>) {
        let mut values = Vec::with_capacity(row.values.len());
        let mut is_restart = false;
        for (place, value) in row.values {
            match self.metrics.get_mut(*place as usize) {
                Some(Metric::Kept(name, newest)) => {
                    // Each metric by itself: some tools write one after the other.
                    is_restart |= row.step < *newest || (row.step < self.row_step && row.step == *newest);
                    *newest = row.step;
                    values.push((Arc::clone(name), *value));
                }
                Some(Metric::TooMany) => self.too_many += 1,
                Some(Metric::Unwanted) | None => {}
            }
        }
        if is_restart {
            self.segment += 1;
            for metric in &mut self.metrics {
                if let Metric::Kept(_, newest) = metric {
                    *newest = newest.min(row.step);
                }
            }
        }
        if let Some(time) = row.time.filter(|time| time.is_finite()) {
            let began = *self.first_time.get_or_insert(if time > CALENDAR { time } else { 0.0 });
            self.last_time = self.last_time.max(time - began);
        }
        if values.is_empty() {
            return;
        }
        self.row_step = row.step;
        self.last_step = self.last_step.max(row.step);
        self.push(Event::Metrics(Metrics { step: row.step, segment: self.segment, values: values.into() }), out);
    }

    /// What facts say as records: of the run, of numbers that no longer count, and of its end.
    fn facts(&mut self, facts: &[Fact]) -> (Option<RunInfo>, Steps, Vec<Event>) {
        let (mut info, mut is_news) = (RunInfo::default(), false);
        let (mut purged, mut ends) = (Vec::new(), Vec::new());
        for fact in facts {
            is_news |= matches!(fact, Fact::Name(_) | Fact::Setting(..) | Fact::PlannedSteps(_) | Fact::StepColumn(_));
            match fact {
                Fact::Name(name) => info.name = Some(clean_name(name).into_owned()),
                Fact::Setting(name, setting) => {
                    info.settings.insert(clean_name(name).into_owned(), setting_value(setting));
                }
                Fact::Started(at) => self.first_time = Some(self.first_time.unwrap_or(*at).min(*at)),
                Fact::PlannedSteps(steps) => info.planned_steps = Some(*steps),
                Fact::StepColumn(column) => {
                    info.step_column = Some(clean_name(column.as_deref().unwrap_or_default()).into_owned());
                }
                Fact::Ended(end, at, reason) => ends.push(self.end(*end, *at, reason)),
                Fact::Purged { name, step } => purged.push((clean_name(name).into(), *step)),
                Fact::Distribution { .. } => self.passed_over[0] += 1,
                Fact::Text { .. } => self.passed_over[1] += 1,
                Fact::Remark(words) => keep(&mut self.remarks, words),
                Fact::Fault(words) => keep(&mut self.faults, words),
            }
        }
        (is_news.then_some(info), purged, ends)
    }

    fn end(&self, end: End, at: Option<f64>, reason: &str) -> Event {
        let began = self.first_time.unwrap_or(0.0);
        let seconds = at.map_or(self.last_time, |at| (at - began).max(self.last_time));
        let reason = clean_name(reason).into_owned();
        let reason = if reason.is_empty() { "completed".to_owned() } else { reason };
        let end_of = Box::new(RunEnd { step: self.last_step.max(0.0) as u64, seconds, reason, ..RunEnd::default() });
        match end {
            End::Finished => Event::RunFinished(end_of),
            End::Failed => Event::RunFailed(end_of),
            End::Stopped => Event::RunStopped(end_of),
        }
    }

    fn push(&mut self, event: Event, out: &mut Vec<Arc<Record>>) {
        out.push(Arc::new(Record { v: VERSION, seq: self.seq, t: self.last_time, event }));
        self.seq += 1;
    }

    /// What could not be read, when there is news.
    pub fn faults(&mut self) -> Option<String> {
        self.told(|reader| std::mem::take(&mut reader.faults))
    }

    /// What a user should know of how the run was read, when there is news.
    pub fn remarks(&mut self) -> Option<String> {
        self.told(|reader| {
            let mut remarks = std::mem::take(&mut reader.remarks);
            let [distributions, texts] = std::mem::take(&mut reader.passed_over);
            let left_out = std::mem::take(&mut reader.too_many);
            for (count, what) in [
                (distributions, "distributions are not shown"),
                (texts, "texts are not shown"),
                (left_out, "values of more than 500 metrics were left out"),
            ] {
                if count > 0 {
                    remarks.push(format!("{count} {what}"));
                }
            }
            remarks
        })
    }

    fn told(&mut self, of: impl FnOnce(&mut Self) -> Vec<String>) -> Option<String> {
        let words = of(self);
        let words: Vec<&str> = words.iter().map(|word| word.trim_end_matches('.')).collect();
        (!words.is_empty()).then(|| format!("{}: {}", self.path().display(), words.join("; ")))
    }
}

/// Keeps what was not said yet.
fn keep(list: &mut Vec<String>, words: &str) {
    if list.len() < MAX_REMARKS && !list.iter().any(|known| known == words) {
        list.push(words.to_owned());
    }
}

fn setting_value(setting: &Setting) -> Value {
    match setting {
        Setting::Number(number) => {
            Number::from_f64(*number).map_or_else(|| Value::String(number.to_string()), whole_or_number)
        }
        Setting::Flag(flag) => Value::Bool(*flag),
        Setting::Text(text) => Value::String(clean_name(text).into_owned()),
    }
}

/// A whole number without its fraction: `8`, not `8.0`.
fn whole_or_number(number: Number) -> Value {
    let whole = number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 9e15);
    whole.map_or(Value::Number(number), |value| Value::from(value as i64))
}

/// The columns of numbers of another tool's run: its metrics, and the column that counts as the step, which is first.
///
/// # Errors
/// When a file cannot be read.
pub fn column_names(reader: &mut ThirdPartyReader) -> Result<Vec<String>, RecordError> {
    let mut names: Vec<String> = Vec::new();
    let mut records = Vec::new();
    loop {
        let has_more = reader.read(&mut records)?.1;
        for record in records.drain(..) {
            match &record.event {
                Event::RunInfo(info) => {
                    names.splice(0..0, info.step_column.iter().filter(|name| !name.is_empty()).cloned());
                }
                Event::Metrics(metrics) => {
                    for (name, _) in metrics.values.iter() {
                        if names.len() < 4 * MAX_FOREIGN_METRICS && !names.iter().any(|known| **known == **name) {
                            names.push(name.to_string());
                        }
                    }
                }
                _ => {}
            }
        }
        if !has_more {
            return Ok(names);
        }
    }
}
