//! MLflow's store in SQLite, the default of MLflow 3 (`mlflow.db`): each run of each experiment is a run.
//!
//! A value that is NaN is 0 with `is_nan`; infinities are the largest doubles. Rows of a run are read in the order in
//! which they were logged, by their row numbers. Deleted runs are passed over. Tried with MLflow 3.17.

use super::database::{DatabaseReader, MAX_ROWS, Query, failed, has_tables, open as open_database};
use crate::{Batch, End, Fact, Format, InnerRun, Options, Progress, ReadError, Reader, RunFiles, Setting};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Runs of one database that are listed.
const MAX_RUNS: u32 = 100_000;

/// MLflow's store.
pub(crate) static MLFLOW: Format = Format {
    what: "an MLflow database",
    detect: |path, head| has_tables(path, head, &["experiments", "runs", "metrics", "latest_metrics"]),
    run_key: Path::to_path_buf,
    inner_runs: Some(inner_runs),
    open,
};

fn inner_runs(path: &Path) -> Result<Vec<InnerRun>, ReadError> {
    let list = || -> Result<Vec<InnerRun>, rusqlite::Error> {
        let connection = open_database(path).map_err(|_| rusqlite::Error::InvalidQuery)?;
        let mut statement = connection.prepare(
            "SELECT runs.run_uuid, runs.name, experiments.name FROM runs LEFT JOIN experiments USING (experiment_id)
             WHERE runs.lifecycle_stage = 'active' ORDER BY runs.start_time, runs.rowid LIMIT ?1",
        )?;
        let rows = statement.query_map([MAX_RUNS], |row| {
            let (id, name, experiment): (String, Option<String>, Option<String>) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
            let name = match experiment.filter(|experiment| experiment != "Default") {
                Some(experiment) => format!("{experiment}/{name}"),
                None => name,
            };
            Ok(InnerRun { id, name })
        })?;
        rows.collect()
    };
    // The error of opening says more than that of a query on nothing.
    drop(open_database(path)?);
    list().map_err(|error| failed(path, &error))
}

fn open(run: &RunFiles, _: &Options) -> Box<dyn Reader> {
    let id = run.inner.as_ref().map(|inner| inner.id.clone()).unwrap_or_default();
    let path: PathBuf = run.files.first().cloned().unwrap_or_default();
    Box::new(DatabaseReader::new(path, Run { id, last_row: 0, facts: Vec::new() }))
}

struct Run {
    id: String,
    /// The number of the last row of metrics that was read.
    last_row: i64,
    facts: Vec<Fact>,
}

impl Query for Run {
    fn read(&mut self, connection: &Connection, batch: &mut Batch) -> Result<Progress, rusqlite::Error> {
        // One transaction, so that facts and rows are of one moment.
        let transaction = connection.unchecked_transaction()?;
        let facts = facts(&transaction, &self.id)?;
        batch.facts.extend(facts.iter().filter(|fact| !self.facts.contains(fact)).cloned());
        self.facts = facts;
        let mut statement = transaction.prepare(
            "SELECT rowid, key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ?1 AND rowid > ?2
             ORDER BY rowid LIMIT ?3",
        )?;
        let mut rows = statement.query((&self.id, self.last_row, MAX_ROWS as i64))?;
        let (mut count, mut open_row) = (0, None);
        while let Some(row) = rows.next()? {
            let (step, time): (f64, f64) = (row.get::<_, i64>(4)? as f64, row.get::<_, i64>(3)? as f64 / 1000.0);
            if open_row.is_some_and(|open| open != (step, time)) {
                end_row(&mut open_row, batch);
            }
            let value = if row.get::<_, i64>(5)? != 0 { f64::NAN } else { value_of(row.get(2)?) };
            batch.push(row.get_ref(1)?.as_str().unwrap_or("?"), value);
            open_row = Some((step, time));
            self.last_row = row.get(0)?;
            count += 1;
        }
        end_row(&mut open_row, batch);
        Ok(if count < MAX_ROWS { Progress::UpToDate } else { Progress::More })
    }

    fn begin_again(&mut self) {
        self.last_row = 0;
        self.facts = Vec::new();
    }
}

fn end_row(open: &mut Option<(f64, f64)>, batch: &mut Batch) {
    if let Some((step, time)) = open.take() {
        batch.end_row(step, Some(time));
    }
}

/// The largest doubles stand for infinities.
fn value_of(value: f64) -> f64 {
    match value {
        f64::MAX => f64::INFINITY,
        f64::MIN => f64::NEG_INFINITY,
        value => value,
    }
}

fn facts(connection: &Connection, id: &str) -> Result<Vec<Fact>, rusqlite::Error> {
    let mut facts = Vec::new();
    let mut statement =
        connection.prepare("SELECT name, status, start_time, end_time FROM runs WHERE run_uuid = ?1")?;
    let mut rows = statement.query([id])?;
    if let Some(row) = rows.next()? {
        let (name, status): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
        facts.extend(name.filter(|name| !name.is_empty()).map(Fact::Name));
        facts.extend(row.get::<_, Option<i64>>(2)?.map(|time| Fact::Started(time as f64 / 1000.0)));
        let end = row.get::<_, Option<i64>>(3)?.map(|time| time as f64 / 1000.0);
        facts.extend(status.and_then(|status| ended(&status)).map(|state| Fact::Ended(state, end, String::new())));
    }
    for (sql, prefix) in [
        ("SELECT key, value FROM params WHERE run_uuid = ?1 ORDER BY rowid LIMIT 2000", ""),
        ("SELECT key, value FROM tags WHERE run_uuid = ?1 ORDER BY rowid LIMIT 2000", "tags/"),
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let (key, value): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            facts.extend(setting(prefix, &key, &value.unwrap_or_default()));
        }
    }
    Ok(facts)
}

/// How a run ended, by MLflow's word or number for it.
pub(crate) fn ended(status: &str) -> Option<End> {
    match status {
        "FINISHED" | "3" => Some(End::Finished),
        "FAILED" | "4" => Some(End::Failed),
        "KILLED" | "5" => Some(End::Stopped),
        _ => None,
    }
}

/// A parameter or a tag as a setting; of MLflow's own tags, only the run above it is one.
pub(crate) fn setting(prefix: &str, key: &str, value: &str) -> Option<Fact> {
    if prefix == "tags/" && key.starts_with("mlflow.") && key != "mlflow.parentRunId" {
        return None;
    }
    let value = match value {
        "True" | "true" => Setting::Flag(true),
        "False" | "false" => Setting::Flag(false),
        text => text.parse().map_or_else(|_| Setting::Text(text.to_owned()), Setting::Number),
    };
    Some(Fact::Setting(format!("{prefix}{key}"), value))
}
