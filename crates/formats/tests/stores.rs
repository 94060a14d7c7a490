//! Databases and folders that are written, replaced, cut short or hostile while they are followed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod tree;

use perceptop_formats::{Batch, Fact, Options, Reader};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use tree::{Run, find, read_all};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The reader of the run `calm` of a copy of MLflow's database.
fn calm(folder: &Path) -> Box<dyn Reader> {
    let found =
        find(folder).into_iter().find(|found| found.run.inner.as_ref().is_some_and(|run| run.name.ends_with("/calm")));
    let found = found.unwrap();
    (found.format.open)(&found.run, &Options::default())
}

fn log(path: &Path, step: i64, value: f64) {
    let database = Connection::open(path).unwrap();
    let sql = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)
               SELECT 'loss', ?1, 1795812400000 + ?2, run_uuid, ?2, 0 FROM runs WHERE name = 'calm'";
    database.execute(sql, (value, step)).unwrap();
}

#[test]
fn a_database_is_followed_and_its_replacement_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mlflow.db");
    fs::copy(fixture("mlflow/mlflow.db"), &path).unwrap();
    let (mut run, mut reader) = (Run::default(), calm(folder.path()));
    run.take(&mut *reader);
    let count = run.rows["loss"].len();
    run.take(&mut *reader);
    assert_eq!(run.rows["loss"].len(), count);
    log(&path, 99, 0.125);
    run.take(&mut *reader);
    assert_eq!(run.values("loss")[count..], [(99.0, 0.125)]);
    assert!(!run.was_again && run.errors.is_empty());
    let other = folder.path().join("other");
    fs::copy(fixture("mlflow/mlflow.db"), &other).unwrap();
    log(&other, 7, 7.0);
    fs::rename(&other, &path).unwrap();
    run.take(&mut *reader);
    assert!(run.was_again);
    assert_eq!(run.values("loss")[count..], [(7.0, 7.0)]);
}

#[test]
fn a_database_that_is_being_written_is_read_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mlflow.db");
    fs::copy(fixture("mlflow/mlflow.db"), &path).unwrap();
    let (mut run, mut reader) = (Run::default(), calm(folder.path()));
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE; UPDATE runs SET name = name").unwrap();
    run.take(&mut *reader);
    assert!(run.rows.is_empty() && run.errors.is_empty(), "{:?}", run.errors);
    writer.execute_batch("COMMIT").unwrap();
    run.take(&mut *reader);
    assert!(!run.rows.is_empty() && run.errors.is_empty(), "{:?}", run.errors);
}

#[test]
fn no_file_is_made_beside_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mlflow.db");
    fs::copy(fixture("mlflow/mlflow.db"), &path).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    assert_eq!(names_in(folder.path()), ["mlflow.db"]);
    let bytes = fs::read(&path).unwrap();
    let mut run = Run::default();
    run.take(&mut *calm(folder.path()));
    assert!(!run.rows.is_empty() && run.errors.is_empty());
    assert_eq!((names_in(folder.path()), fs::read(&path).unwrap() == bytes), (vec!["mlflow.db".to_owned()], true));
    // What waits in the log of a writer is read.
    let writer = Connection::open(&path).unwrap();
    writer.execute("UPDATE metrics SET value = 42.0 WHERE key = 'loss' AND step = 10", []).unwrap();
    let before = names_in(folder.path());
    let mut run = Run::default();
    run.take(&mut *calm(folder.path()));
    assert!(run.values("loss").contains(&(10.0, 42.0)), "{:?} {:?}", run.rows, run.errors);
    assert_eq!(names_in(folder.path()), before);
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mlflow.db");
    fs::copy(fixture("mlflow/mlflow.db"), &path).unwrap();
    let found = find(folder.path());
    let open = || (found[0].format.open)(&found[0].run, &Options::default());
    fs::write(&path, "no database").unwrap();
    let error = open().read(&mut Batch::default()).unwrap_err().to_string();
    assert!(error.contains("is no SQLite database"), "{error}");
    fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE a (b); CREATE VIEW runs AS SELECT load_extension('x')")
        .unwrap();
    let error = open().read(&mut Batch::default()).unwrap_err().to_string();
    assert!(error.contains("cannot be read as a database"), "{error}");
    assert!(find(folder.path()).is_empty());
}

#[test]
fn a_damaged_database_is_no_trouble() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["mlflow/mlflow.db", "trackio/demo.db", "optuna/optuna.db"] {
        let bytes = fs::read(fixture(name)).unwrap();
        let path = folder.path().join("store.db");
        fs::write(&path, &bytes).unwrap();
        let whole = find(folder.path());
        for at in (0..bytes.len()).step_by(509) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            for bytes in [&bytes[..at], &damaged] {
                fs::write(&path, bytes).unwrap();
                let mut run = Run::default();
                run.take(&mut *(whole[0].format.open)(&whole[0].run, &Options::default()));
                let _ = whole[0].format.inner_runs.unwrap()(&path);
            }
        }
    }
}

#[test]
fn files_cut_anywhere_are_no_trouble() {
    let texts = [
        "optuna/journal.log",
        "sacred/1/metrics.json",
        "clearml/offline-1/metrics.jsonl",
        "boosting/catboost_training.json",
    ];
    for name in texts {
        let bytes = fs::read(fixture(name)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 700) {
            fs::write(&path, &bytes[..end]).unwrap();
            let runs = read_all(folder.path());
            assert!(runs.iter().all(|run| run.errors.is_empty()), "{name} {end}");
        }
    }
}

#[test]
fn a_folder_of_metrics_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| tree::write(folder.path(), name, text);
    write("plots/metrics/a.tsv", "step\ta\n0\t1.0\n1\t");
    let found = find(folder.path());
    let mut reader = (found[0].format.open)(&found[0].run, &Options::default());
    let mut run = Run::default();
    run.take(&mut *reader);
    assert_eq!(run.values("a"), [(0.0, 1.0)]);
    write("plots/metrics/a.tsv", "step\ta\n0\t1.0\n1\tnan\n");
    write("plots/metrics/deep/b.tsv", "timestamp\tstep\tb\n1700000000500\t1\t3.0\n");
    write("params.yaml", "lr: 0.1\n");
    run.take(&mut *reader);
    assert!(run.values("a")[1].1.is_nan());
    assert_eq!(run.rows["deep/b"], [(1.0, Some(1_700_000_000.5), 3.0)]);
    assert!(run.facts.iter().any(|fact| matches!(fact, Fact::Setting(name, _) if name == "lr")));
    write("plots/metrics/a.tsv", "step\ta\n0\t9.0\n");
    run.take(&mut *reader);
    assert!(run.was_again);
    assert_eq!((run.values("a"), run.values("deep/b").len()), (vec![(0.0, 9.0)], 1));
}
