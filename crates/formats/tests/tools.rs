//! Files that the real tools wrote (`make_fixtures_b.py`): every metric, step, time, NaN and setting is what the tool's own
//! client reports.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod tree;

use perceptop_formats::{End, Fact, Setting};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tree::Run;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A copy of some files of a fixture, without what is expected of them.
fn copied(name: &str, only: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture(name), folder.path(), only);
    folder
}

fn copy(from: &Path, to: &Path, only: Option<&str>) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            fs::create_dir(to.join(name)).unwrap();
            copy(&path, &to.join(name), None);
        } else if !name.ends_with("expected.json") && only.is_none_or(|only| only == name) {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(word) => word.replace("Infinity", "inf").parse().unwrap(),
        value => value.as_f64().unwrap(),
    }
}

fn name_of(run: &Run) -> String {
    let name = |fact: &Fact| match fact {
        Fact::Name(name) => Some(name.clone()),
        _ => None,
    };
    run.facts.iter().find_map(name).unwrap_or_default()
}

fn compare(run: &Run, wanted: &Value, what: &str) {
    assert!(run.errors.is_empty(), "{what}: {:?}", run.errors);
    let metrics = wanted["metrics"].as_object().unwrap();
    let extra: Vec<&String> = run.rows.keys().filter(|name| !metrics.contains_key(*name)).collect();
    assert!(extra.is_empty(), "{what}: {extra:?} besides {:?}", metrics.keys().collect::<Vec<_>>());
    let tolerance = wanted["tolerance"].as_f64().unwrap_or(0.0);
    for (name, points) in metrics {
        let found = run.rows.get(name).unwrap_or_else(|| panic!("{what}: no {name}"));
        let points = points.as_array().unwrap();
        assert_eq!(found.len(), points.len(), "{what}: {name}");
        for (found, wanted) in found.iter().zip(points) {
            let place = format!("{what}: {name} {found:?}, not {wanted}");
            assert_eq!(found.0, number(&wanted[0]), "{place}");
            if !wanted[1].is_null() {
                assert!((found.1.unwrap() - number(&wanted[1])).abs() < 1e-5, "{place}");
            }
            let wanted = number(&wanted[2]);
            let is_same = found.2.to_bits() == wanted.to_bits() || (found.2 - wanted).abs() <= tolerance;
            assert!(is_same || (found.2.is_nan() && wanted.is_nan()), "{place}");
        }
    }
    for (name, value) in wanted["settings"].as_object().into_iter().flatten() {
        let setting = |fact: &Fact| match fact {
            Fact::Setting(key, Setting::Text(text)) if key == name => Some(text.clone()),
            Fact::Setting(key, Setting::Number(number)) if key == name => Some(number.to_string()),
            _ => None,
        };
        assert_eq!(run.facts.iter().find_map(setting).as_deref(), value.as_str(), "{what}: {name}");
    }
    let end = match wanted["state"].as_str() {
        Some("FINISHED") => End::Finished,
        Some("FAILED") => End::Failed,
        _ => return,
    };
    let has_end = |fact: &Fact| matches!(fact, Fact::Ended(found, at, _) if *found == end && wanted["end"].as_f64().is_none_or(|time| *at == Some(time)));
    assert!(run.facts.iter().any(has_end), "{what}: {:?}", run.facts);
}

fn expected(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(fixture(path)).unwrap()).unwrap()
}

/// Compares runs by their names.
fn check(tool: &str, only: Option<&str>, answer: &str, name: impl Fn(&Run) -> String) -> Vec<Run> {
    let folder = copied(tool, only);
    let runs = tree::read_all(folder.path());
    let wanted = expected(answer);
    let wanted = wanted["runs"].as_object().unwrap();
    let names: Vec<String> = runs.iter().map(&name).collect();
    assert_eq!(names.len(), wanted.len(), "{names:?}");
    for (key, wanted) in wanted {
        let at = names.iter().position(|name| name == key).unwrap_or_else(|| panic!("no {key} in {names:?}"));
        compare(&runs[at], wanted, &format!("{tool} {key}"));
    }
    runs
}

#[test]
fn mlflow() {
    for (tool, what) in [("mlflow", "an MLflow database"), ("mlflow_files", "an MLflow run")] {
        let runs = check(tool, None, &format!("{tool}/expected.json"), name_of);
        assert!(runs.iter().all(|run| run.what == what));
        let parent = |run: &&Run| {
            run.facts.iter().any(|fact| matches!(fact, Fact::Setting(name, _) if name == "tags/mlflow.parentRunId"))
        };
        assert_eq!(runs.iter().filter(parent).map(name_of).collect::<Vec<_>>(), ["child"]);
    }
}

#[test]
fn optuna() {
    for file in ["journal.log", "optuna.db"] {
        check("optuna", Some(file), &format!("optuna/{file}.expected.json"), name_of);
    }
}

#[test]
fn sacred() {
    let runs = check("sacred", None, "sacred/expected.json", name_of);
    assert!(runs[0].rows["val.acc"][0].1.is_some_and(|time| time > 1.7e9));
}

#[test]
fn trackio() {
    let runs = check("trackio", None, "trackio/expected.json", name_of);
    assert!(runs[0].rows["loss"][0].1.is_some_and(|time| time > 1.7e9));
}

#[test]
fn dvclive() {
    check("dvclive", None, "dvclive/expected.json", |_| "dvclive".to_owned());
}

#[test]
fn clearml() {
    check("clearml", None, "clearml/expected.json", name_of);
}

#[test]
fn boosting() {
    let file = |run: &Run| run.files[0].file_name().unwrap().to_str().unwrap().to_owned();
    check("boosting", None, "boosting/expected.json", file);
}
