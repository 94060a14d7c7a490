//! trackio's database, one a project: each run has rows of JSON, with a step and a time. Tried with trackio 0.43.
//!
//! Older databases know a run by its name only. System metrics have no step: they count, as `system/` metrics, over their
//! own rows.

use super::database::{DatabaseReader, MAX_ROWS, Query, failed, has_tables, open as open_database};
use crate::json::{each_number, entries, parse, settings};
use crate::{Batch, Fact, Format, InnerRun, Options, Progress, ReadError, Reader, RunFiles, cell};
use rusqlite::Connection;
use std::path::Path;

/// trackio's database.
pub(crate) static TRACKIO: Format = Format {
    what: "a trackio database",
    detect: |path, head| has_tables(path, head, &["metrics", "configs"]) && !has_tables(path, head, &["experiments"]),
    run_key: Path::to_path_buf,
    inner_runs: Some(inner_runs),
    open,
};

/// The column that tells runs apart.
fn id_column(connection: &Connection) -> Result<&'static str, rusqlite::Error> {
    let has_id = connection.column_exists(None, "metrics", "run_id")?;
    Ok(if has_id { "run_id" } else { "run_name" })
}

fn inner_runs(path: &Path) -> Result<Vec<InnerRun>, ReadError> {
    let connection = open_database(path)?;
    let list = || -> Result<Vec<InnerRun>, rusqlite::Error> {
        let id = id_column(&connection)?;
        let sql =
            format!("SELECT {id}, run_name, min(id) AS first FROM metrics GROUP BY {id} ORDER BY first LIMIT 100000");
        let mut statement = connection.prepare(&sql)?;
        let runs = statement.query_map([], |row| Ok(InnerRun { id: row.get(0)?, name: row.get(1)? }))?;
        runs.collect()
    };
    list().map_err(|error| failed(path, &error))
}

fn open(run: &RunFiles, _: &Options) -> Box<dyn Reader> {
    let id = run.inner.as_ref().map(|inner| inner.id.clone()).unwrap_or_default();
    let path = run.files.first().cloned().unwrap_or_default();
    Box::new(DatabaseReader::new(path, Run { id, last_rows: [0; 2], system_rows: 0, facts: Vec::new() }))
}

struct Run {
    id: String,
    /// The numbers of the last rows that were read, of the metrics and of the system's.
    last_rows: [i64; 2],
    system_rows: u64,
    facts: Vec<Fact>,
}

impl Query for Run {
    fn read(&mut self, connection: &Connection, batch: &mut Batch) -> Result<Progress, rusqlite::Error> {
        let transaction = connection.unchecked_transaction()?;
        let id = id_column(&transaction)?;
        let facts = facts(&transaction, id, &self.id)?;
        batch.facts.extend(facts.iter().filter(|fact| !self.facts.contains(fact)).cloned());
        self.facts = facts;
        let mut progress = Progress::UpToDate;
        for (table, step) in [("metrics", "step"), ("system_metrics", "0")] {
            if transaction.table_exists(None, table)?
                && self.read_table(&transaction, table, id, step, batch)? == MAX_ROWS
            {
                progress = Progress::More;
            }
        }
        Ok(progress)
    }

    fn begin_again(&mut self) {
        (self.last_rows, self.system_rows, self.facts) = ([0; 2], 0, Vec::new());
    }
}

impl Run {
    fn read_table(
        &mut self,
        connection: &Connection,
        table: &str,
        id: &str,
        step: &str,
        batch: &mut Batch,
    ) -> Result<usize, rusqlite::Error> {
        let is_system = table != "metrics";
        let last_row = &mut self.last_rows[usize::from(is_system)];
        let sql = format!(
            "SELECT id, {step}, timestamp, metrics FROM {table} WHERE {id} = ?1 AND id > ?2 ORDER BY id LIMIT {MAX_ROWS}"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query((&self.id, *last_row))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            *last_row = row.get(0)?;
            count += 1;
            let mut step = row.get::<_, i64>(1)? as f64;
            if is_system {
                step = self.system_rows as f64;
                self.system_rows += 1;
            }
            let time = row.get_ref(2)?.as_str().ok().and_then(cell::date);
            let Ok(value) = row.get_ref(3)?.as_bytes().map(parse) else { continue };
            match value {
                Ok(value) => {
                    let prefix = if is_system { "system" } else { "" };
                    each_number(prefix, &value, 0, &mut |name, value| batch.push(name, value));
                }
                Err(error) => batch.facts.push(Fact::Fault(format!("Row {last_row} of {table} {}.", error.message))),
            }
            batch.end_row(step, time);
        }
        Ok(count)
    }
}

fn facts(connection: &Connection, id_column: &str, id: &str) -> Result<Vec<Fact>, rusqlite::Error> {
    let mut facts = Vec::new();
    if !connection.table_exists(None, "configs")? || !connection.column_exists(None, "configs", id_column)? {
        return Ok(facts);
    }
    let sql =
        format!("SELECT run_name, config, created_at FROM configs WHERE {id_column} = ?1 ORDER BY rowid DESC LIMIT 1");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([id])?;
    if let Some(row) = rows.next()? {
        facts.push(Fact::Name(row.get(0)?));
        facts.extend(row.get_ref(2)?.as_str().ok().and_then(cell::date).map(Fact::Started));
        if let Ok(Ok(config)) = row.get_ref(1)?.as_bytes().map(parse) {
            // What begins with `_` is trackio's own: who made the run, and when.
            for (key, value) in entries(&config).iter().filter(|(key, _)| !key.starts_with('_')) {
                settings(key, value, &mut facts);
            }
        }
    }
    Ok(facts)
}
