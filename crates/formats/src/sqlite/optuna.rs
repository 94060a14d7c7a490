//! Optuna's studies in SQLite: each study is a run, with its trials' values over their numbers. Tried with Optuna 5.0.
//!
//! Trials that ended are rows, in the order of their numbers; values of trials that go on come once they end. Parameters
//! stand beside the values as `params/NAME`; those that are words, by their place among the choices. A trial with
//! intermediate values is a run as well.

use super::database::{DatabaseReader, Query, failed, has_tables, open as open_database};
use crate::trials::{MAX_CURVES, Part, State, Trial, study_facts};
use crate::{Batch, Fact, Format, InnerRun, Options, Progress, ReadError, Reader, RunFiles, cell};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Trials of one study that are read.
const MAX_TRIALS: i64 = 200_000;

/// Optuna's database.
pub(crate) static OPTUNA_STORAGE: Format = Format {
    what: "an Optuna database",
    detect: |path, head| has_tables(path, head, &["studies", "trials", "trial_params", "study_directions"]),
    run_key: Path::to_path_buf,
    inner_runs: Some(inner_runs),
    open,
};

fn inner_runs(path: &Path) -> Result<Vec<InnerRun>, ReadError> {
    let connection = open_database(path)?;
    let list = || -> Result<Vec<InnerRun>, rusqlite::Error> {
        let mut statement =
            connection.prepare("SELECT study_id, study_name FROM studies ORDER BY study_id LIMIT 100000")?;
        let studies = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut curves = connection.prepare(
            "SELECT number FROM trials WHERE study_id = ?1 AND number IS NOT NULL AND EXISTS
             (SELECT 1 FROM trial_intermediate_values WHERE trial_id = trials.trial_id) ORDER BY number LIMIT ?2",
        )?;
        let mut runs = Vec::new();
        for study in studies {
            let (study, name) = study?;
            runs.push(Part::Study(study).inner_run(&name));
            let trials = curves.query_map((study, MAX_CURVES as i64), |row| row.get::<_, i64>(0))?;
            for trial in trials {
                runs.push(Part::Trial(study, trial? as u64).inner_run(&name));
            }
        }
        Ok(runs)
    };
    list().map_err(|error| failed(path, &error))
}

fn open(run: &RunFiles, _: &Options) -> Box<dyn Reader> {
    let part = Part::from_id(run.inner.as_ref().map_or("", |inner| &inner.id));
    let path = run.files.first().cloned().unwrap_or_default();
    Box::new(DatabaseReader::new(path, Run { part, given: HashSet::new(), points: 0, facts: Vec::new() }))
}

struct Run {
    part: Part,
    /// The numbers of the trials that were handed on.
    given: HashSet<u64>,
    /// Points of a trial's curve that were handed on.
    points: usize,
    facts: Vec<Fact>,
}

impl Query for Run {
    fn read(&mut self, connection: &Connection, batch: &mut Batch) -> Result<Progress, rusqlite::Error> {
        let transaction = connection.unchecked_transaction()?;
        let study = self.part.study();
        let name: String =
            transaction.query_row("SELECT study_name FROM studies WHERE study_id = ?1", [study], |row| row.get(0))?;
        let mut trials = self.trials(&transaction)?;
        add_values(&transaction, self.part, &mut trials)?;
        let facts = match self.part {
            Part::Study(_) => {
                for trial in trials.values().filter(|trial| trial.state != State::Open) {
                    if self.given.insert(trial.number) {
                        trial.add_row(batch);
                    }
                }
                let directions = directions(&transaction, study)?;
                study_facts(&name, &directions.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Part::Trial(..) => {
                let mut facts = vec![Fact::Name(self.part.inner_run(&name).name)];
                if let Some(trial) = trials.values().next() {
                    trial.add_curve(self.points, batch);
                    self.points = trial.curve.len();
                    facts.extend(trial.facts());
                }
                facts
            }
        };
        batch.facts.extend(facts.iter().filter(|fact| !self.facts.contains(fact)).cloned());
        self.facts = facts;
        Ok(Progress::UpToDate)
    }

    fn begin_again(&mut self) {
        (self.given, self.points, self.facts) = (HashSet::new(), 0, Vec::new());
    }
}

fn directions(connection: &Connection, study: i64) -> Result<Vec<String>, rusqlite::Error> {
    let sql = "SELECT lower(direction) FROM study_directions WHERE study_id = ?1 ORDER BY objective";
    let mut statement = connection.prepare(sql)?;
    let directions = statement.query_map([study], |row| row.get(0))?;
    directions.collect()
}

impl Run {
    fn trials(&self, connection: &Connection) -> Result<BTreeMap<i64, Trial>, rusqlite::Error> {
        let mut statement = connection.prepare(
            "SELECT trial_id, number, state, datetime_complete FROM trials
             WHERE study_id = ?1 AND (?2 IS NULL OR number = ?2) ORDER BY trial_id LIMIT ?3",
        )?;
        let mut rows = statement.query((self.part.study(), trial_of(self.part), MAX_TRIALS))?;
        let mut trials = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let number = row.get::<_, Option<i64>>(1)?.unwrap_or(trials.len() as i64);
            let state = State::from_word(row.get_ref(2)?.as_str().unwrap_or(""));
            let time = row.get_ref(3)?.as_str().ok().and_then(cell::date);
            trials.insert(row.get(0)?, Trial { number: number as u64, state, time, ..Trial::default() });
        }
        Ok(trials)
    }
}

/// The number of the one trial that is asked for.
fn trial_of(part: Part) -> Option<i64> {
    match part {
        Part::Study(_) => None,
        Part::Trial(_, number) => Some(number as i64),
    }
}

fn add_values(connection: &Connection, part: Part, trials: &mut BTreeMap<i64, Trial>) -> Result<(), rusqlite::Error> {
    let of_part = "JOIN trials USING (trial_id) WHERE study_id = ?1 AND (?2 IS NULL OR number = ?2) ORDER BY";
    let keys = (part.study(), trial_of(part));
    let sql = format!("SELECT trial_id, param_name, param_value FROM trial_params {of_part} param_id");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(keys)?;
    while let Some(row) = rows.next()? {
        if let Some(trial) = trials.get_mut(&row.get(0)?) {
            trial.params.push((row.get(1)?, row.get::<_, Option<f64>>(2)?.unwrap_or(f64::NAN)));
        }
    }
    let sql = format!("SELECT trial_id, value, value_type FROM trial_values {of_part} trial_id, objective");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(keys)?;
    while let Some(row) = rows.next()? {
        let value = value_of(row.get(1)?, row.get_ref(2)?.as_str().unwrap_or(""));
        if let Some(trial) = trials.get_mut(&row.get(0)?) {
            trial.values.push(value);
        }
    }
    if let Part::Trial(..) = part {
        add_curve(connection, keys, trials)?;
    }
    Ok(())
}

fn add_curve(
    connection: &Connection,
    keys: (i64, Option<i64>),
    trials: &mut BTreeMap<i64, Trial>,
) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare(
        "SELECT trial_id, step, intermediate_value, intermediate_value_type FROM trial_intermediate_values
         JOIN trials USING (trial_id) WHERE study_id = ?1 AND number = ?2 ORDER BY step LIMIT 1000000",
    )?;
    let mut rows = statement.query(keys)?;
    while let Some(row) = rows.next()? {
        let value = value_of(row.get(2)?, row.get_ref(3)?.as_str().unwrap_or(""));
        if let Some(trial) = trials.get_mut(&row.get(0)?) {
            trial.curve.push((row.get::<_, i64>(1)? as f64, value));
        }
    }
    Ok(())
}

/// A value that may be none of the numbers that a database holds.
fn value_of(value: Option<f64>, kind: &str) -> f64 {
    match (kind, value) {
        ("INF_POS", _) => f64::INFINITY,
        ("INF_NEG", _) => f64::NEG_INFINITY,
        (_, Some(value)) => value,
        _ => f64::NAN,
    }
}
