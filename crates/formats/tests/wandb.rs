//! `.wandb` files that wandb wrote: every row, setting, statistic, line and end is what its own protocol buffers say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod common;

use common::{Run, complete, files, fixture, read, read_with};
use perceptop_formats::{Batch, End, Fact, Options, Setting, format_of, read_head};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::Path;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

type Said = (Vec<(String, Setting)>, Vec<String>, Option<(End, String)>);

/// Settings as they stand at the end, console lines and exit.
fn said(run: &Run) -> Said {
    let (mut settings, mut lines, mut end): (Vec<(String, Setting)>, _, _) = (Vec::new(), Vec::new(), None);
    for fact in &run.facts {
        match fact {
            Fact::Setting(name, setting) => {
                settings.retain(|(known, _)| known != name);
                settings.push((name.clone(), setting.clone()));
            }
            Fact::Text { name, text, .. } if name == "console" => lines.push(text.clone()),
            Fact::Ended(how, _, note) => end = Some((*how, note.clone())),
            _ => {}
        }
    }
    settings.sort_by(|one, other| one.0.cmp(&other.0));
    (settings, lines, end)
}

#[test]
fn rows_are_those_of_wandb() {
    let root = fixture("wandb");
    let expected: Value = serde_json::from_slice(&fs::read(root.join("expected.json")).unwrap()).unwrap();
    for (name, expected) in expected.as_object().unwrap() {
        let run = read(&root.join(format!("run-{name}.wandb")));
        let metrics = expected["metrics"].as_object().unwrap();
        for (metric, points) in metrics {
            let points =
                points.as_array().unwrap().iter().map(|point| [0, 1, 2].map(|at| number(&point[at]).to_bits()));
            let found = &run.bits().into_iter().find(|(known, _)| known == metric).unwrap().1;
            assert_eq!(*found, points.collect::<Vec<_>>(), "{name}: {metric}");
        }
        let system = expected["system"].as_object().unwrap();
        for (metric, values) in system {
            let values: Vec<f64> = values.as_array().unwrap().iter().map(number).collect();
            assert_eq!(run.values(metric), values, "{name}: {metric}");
        }
        let others: Vec<&str> =
            run.names().into_iter().filter(|it| !metrics.contains_key(*it) && !system.contains_key(*it)).collect();
        assert_eq!(others, ["best"], "what only the summary holds");

        let (settings, lines, end) = said(&run);
        let text = |text: &str| Setting::Text(text.to_owned());
        let wanted = [
            ("amp", Setting::Flag(true)),
            ("late", text("yes")),
            ("layers", text("[1,2]")),
            ("lr", Setting::Number(0.2)),
            ("model/depth", Setting::Number(3.0)),
            ("model/drop", text("null")),
            ("opt", text("sgd")),
            ("wandb/group", text("g")),
            ("wandb/project", text("cats")),
            ("wandb/tags", text("x, y")),
        ];
        assert_eq!(settings, wanted.map(|(name, setting)| (name.to_owned(), setting)));
        let console: Vec<&str> =
            expected["console"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(lines, console);
        let ended = match expected["exit"].as_i64().unwrap() {
            0 => (End::Finished, String::new()),
            code => (End::Failed, format!("exit code {code}")),
        };
        assert_eq!(end, Some(ended));
        assert!(run.facts.contains(&Fact::Name("calm run".into())));
        assert!(run.facts.iter().any(|it| matches!(it, Fact::Distribution { name, counts, .. } if name == "hist" && counts == &[1.0, 2.0, 1.0, 1.0])));
        let remark = "Not shown: texts (1 of word); values of the kind table-file (1 of table).";
        assert_eq!(run.remarks(), [remark]);
    }
}

#[test]
fn a_small_file_of_an_older_version() {
    let run = read(&fixture("wandb/r03-run-abc12345.wandb"));
    assert_eq!(
        (run.names(), run.steps("loss"), run.values("loss")),
        (vec!["loss"], vec![0.0, 1.0, 2.0], vec![2.5, 1.5, 1.0])
    );
    assert_eq!(run.step_column(), Some("_step"));
}

#[test]
fn the_user_chooses_the_step() {
    let options = Options { x: Some("train.deep.a".into()), ..complete() };
    let run = read_with(&fixture("wandb/run-calm.wandb"), &options);
    assert_eq!(run.steps("loss"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(run.step_column(), Some("train.deep.a"));
}

fn grown(content: &[u8], piece: usize) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (path, whole) = (folder.path().join("run-a.wandb"), folder.path().join("whole"));
    fs::write(&whole, content).unwrap();
    let format = format_of(&whole, &read_head(&whole, 64 << 10).unwrap()).unwrap();
    let mut reader = (format.open)(&files(&path), &complete());
    let (mut run, mut batch) = (Run::default(), Batch::default());
    let mut file = fs::File::create(&path).unwrap();
    for bytes in content.chunks(piece) {
        file.write_all(bytes).unwrap();
        run.read_on(&mut *reader, &mut batch);
    }
    run
}

#[test]
fn a_file_that_grows_byte_by_byte_gives_the_same() {
    let path = fixture("wandb/run-failed.wandb");
    let (content, whole) = (fs::read(&path).unwrap(), read(&path));
    for piece in [1, 7, 1000] {
        let run = grown(&content, piece);
        assert_eq!(run.bits(), whole.bits(), "by {piece} bytes");
        assert_eq!(run.lasting_facts(), whole.lasting_facts(), "by {piece} bytes");
    }
}

#[test]
fn a_link_to_a_run_and_its_resumption_are_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, id: &str| {
        let run = folder.path().join("wandb").join(name);
        fs::create_dir_all(&run).unwrap();
        let path = run.join(format!("run-{id}.wandb"));
        fs::copy(fixture("wandb/run-calm.wandb"), &path).unwrap();
        path
    };
    let first = make("offline-run-20260101_000000-abc", "abc");
    let resumed = make("offline-run-20260102_000000-abc", "abc");
    let other = make("run-20260102_000000-xyz", "xyz");
    std::os::unix::fs::symlink("offline-run-20260102_000000-abc", folder.path().join("wandb/latest-run")).unwrap();
    let linked = folder.path().join("wandb/latest-run/run-abc.wandb");
    let format = format_of(&first, &read_head(&first, 64 << 10).unwrap()).unwrap();
    let keys = [&first, &resumed, &linked, &other].map(|path: &std::path::PathBuf| (format.run_key)(Path::new(path)));
    assert!(keys[0] == keys[1] && keys[1] == keys[2] && keys[2] != keys[3], "{keys:?}");
    // Started again at step 0, it does not double what is shown.
    let files = perceptop_formats::RunFiles { files: vec![first, resumed], inner: None };
    let mut run = Run::default();
    run.read_on(&mut *(format.open)(&files, &complete()), &mut Batch::default());
    assert_eq!(run.steps("loss"), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
}
