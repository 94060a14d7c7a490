//! Sessions handed on, through the public door: a small session is written as the program writes its own, then
//! reported, exported, thinned and compared.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use perceptop::format::print;
use perceptop::protocol::{
    Alert, AlertKind, ClassScores, DatasetInfo, Epoch, Event, FileDigest, Fitted, Inactive, Origin, Predicted, Record,
    RunEnd, RunPlan, RunStarted, SessionHeader, Spec, Step, VERSION,
};
use perceptop::record::SessionFolder;
use perceptop::report;
use perceptop::study::published::Experiment;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const STEPS_AN_EPOCH: u64 = 60;

fn header(dataset: &str) -> SessionHeader {
    SessionHeader {
        v: VERSION,
        suite: "paper".into(),
        host: "bench".into(),
        program: "0.1.0".into(),
        pid: 1,
        created: 1_790_000_000,
        jobs: 2,
        dataset: DatasetInfo {
            name: dataset.into(),
            train: 3840,
            test: 100,
            height: 28,
            width: 28,
            classes: 10,
            digests: vec![FileDigest { file: "train-images-idx3-ubyte".into(), sha256: "ab".repeat(32) }],
            ..DatasetInfo::default()
        },
    }
}

/// A session under construction.
struct Session {
    folder: SessionFolder,
    dataset: &'static str,
    order: u32,
}

/// A run's log under construction.
struct Run {
    records: Vec<Record>,
    path: PathBuf,
}

impl Run {
    fn add(&mut self, t: f64, event: Event) {
        self.records.push(Record { v: VERSION, seq: self.records.len() as u64, t, event });
    }

    fn write(&self) {
        let mut bytes = Vec::new();
        for record in &self.records {
            print(record, &mut bytes).unwrap();
        }
        fs::write(&self.path, bytes).unwrap();
    }
}

/// Ten images a class; `wrong` of each are taken for the next class.
fn confusion(wrong: u32) -> Vec<Vec<u32>> {
    let cell = |row: usize, column: usize| match column {
        _ if column == row => 10 - wrong,
        _ if column == (row + 1) % 10 => wrong,
        _ => 0,
    };
    (0..10).map(|row| (0..10).map(|column| cell(row, column)).collect()).collect()
}

fn scores(wrong: u32) -> ClassScores {
    let share = vec![1.0 - wrong as f32 / 10.0; 10];
    ClassScores { precision: share.clone(), recall: share.clone(), f1: share }
}

fn misclassified(wrong: u32) -> Vec<(u32, u8)> {
    (0..10).flat_map(|class| (0..wrong).map(move |image| (class * 10 + image, ((class + 1) % 10) as u8))).collect()
}

impl Session {
    fn new(logs: &Path, dataset: &'static str) -> Self {
        Self { folder: SessionFolder::create(logs, &header(dataset), &[]).unwrap(), dataset, order: 0 }
    }

    fn path(&self) -> &Path {
        self.folder.root()
    }

    fn begin(&mut self, name: &str, seed: u64, spec: &Spec) -> Run {
        let run = format!("{name}-s{seed}");
        let plan = RunPlan {
            run: run.clone(),
            name: name.into(),
            order: self.order,
            seed,
            spec: Arc::new(spec.clone()),
            fork_of: None,
        };
        self.order += 1;
        self.folder.enqueue(&plan).unwrap();
        let mut log = Run { records: Vec::new(), path: self.folder.log(&run).unwrap() };
        let started = RunStarted {
            run,
            name: name.into(),
            family: spec.family,
            spec: Arc::new(spec.clone()),
            seed,
            dataset: self.dataset.into(),
            steps_per_epoch: STEPS_AN_EPOCH,
            resumed_from: None,
        };
        log.add(0.0, Event::RunStarted(Box::new(started)));
        log
    }

    /// A network's whole run: its loss falls from `first` to a tenth, `wrong` images of each class are missed at the end.
    fn network(&mut self, name: &str, seed: u64, spec: &Spec, first: f32, wrong: u32) {
        let mut run = self.begin(name, seed, spec);
        let total = STEPS_AN_EPOCH * spec.epochs as u64;
        let loss = |step: u64| first * 0.1_f32.powf(step as f32 / total as f32) * (1.0 + 0.01 * seed as f32);
        for step in 1..=total {
            let (epoch, t) = (step as f64 / STEPS_AN_EPOCH as f64, step as f64 / 100.0);
            if step % 50 == 1 {
                let share = 0.5 + 0.4 * step as f32 / total as f32;
                let inactive = Inactive {
                    step: step - 1,
                    inactive: share,
                    inactive_per_layer: vec![share; spec.hidden.len()],
                    dead_per_layer: vec![0.01; spec.hidden.len()],
                    units: vec![vec![50; 20]; spec.hidden.len()],
                };
                run.add(t, Event::Inactive(Box::new(inactive)));
            }
            let wave = if step % 2 == 0 { 1.1 } else { 0.9 };
            run.add(t, Event::Step(Step { step, epoch, train_loss: loss(step) * wave }));
            if step % STEPS_AN_EPOCH == 0 {
                let last = step == total;
                let epoch = Epoch {
                    step,
                    epoch,
                    train_loss: loss(step),
                    test_loss: Some(loss(step) * 1.2),
                    test_accuracy: Some(1.0 - wrong as f32 / 10.0 - if last { 0.0 } else { 0.01 }),
                    confusion: confusion(wrong),
                    scores: scores(wrong),
                    misclassified: misclassified(wrong),
                    samples_per_second: 6400.0,
                    train_seconds: 0.6,
                    ..Epoch::default()
                };
                run.add(t, Event::Epoch(Box::new(epoch)));
            }
        }
        let seconds = total as f64 / 100.0;
        let accuracy = Some(1.0 - wrong as f32 / 10.0);
        let end = RunEnd {
            step: total,
            epoch: spec.epochs as f64,
            test_accuracy: accuracy,
            seconds,
            reason: "completed".into(),
            ..RunEnd::default()
        };
        run.add(seconds, Event::RunFinished(Box::new(end)));
        run.write();
    }

    fn classic(&mut self, name: &str, spec: &Spec, wrong: u32) {
        let mut run = self.begin(name, 0, spec);
        run.add(
            1.0,
            Event::Fitted(Fitted {
                seconds: 1.0,
                samples: 3840,
                objective: Some(2.5),
                progress: 1.0,
                model_bytes: Some(100),
            }),
        );
        let predicted = Predicted {
            seconds: 0.5,
            samples: 100,
            progress: 1.0,
            test_accuracy: Some(1.0 - wrong as f32 / 10.0),
            confusion: confusion(wrong),
            scores: scores(wrong),
            misclassified: misclassified(wrong),
            objective: None,
        };
        run.add(1.5, Event::Predicted(Box::new(predicted)));
        run.add(
            1.5,
            Event::RunFinished(Box::new(RunEnd { seconds: 1.5, reason: "completed".into(), ..RunEnd::default() })),
        );
        run.write();
    }

    fn diverged(&mut self, name: &str, spec: &Spec) {
        let mut run = self.begin(name, 0, spec);
        run.add(0.1, Event::Step(Step { step: 1, epoch: 0.1, train_loss: 2.3 }));
        run.add(0.2, Event::Step(Step { step: 2, epoch: 0.2, train_loss: f32::NAN }));
        run.add(0.2, Event::Alert(Alert { kind: AlertKind::Nan, step: 2, message: "the loss is NaN".into() }));
        run.add(
            0.2,
            Event::RunFailed(Box::new(RunEnd {
                step: 2,
                epoch: 0.2,
                seconds: 0.2,
                reason: "diverged".into(),
                ..RunEnd::default()
            })),
        );
        run.write();
    }
}

fn small(logs: &Path, dataset: &'static str) -> PathBuf {
    let mut session = Session::new(logs, dataset);
    for seed in 0..2 {
        session.network("sigmoid", seed, &Experiment::Sigmoid.spec(), 2.7, 1 + seed as u32);
    }
    session.network("relu", 0, &Experiment::Relu.spec(), 0.05, 0);
    session.classic("knn", &Experiment::Knn.spec(), 1);
    session.network("learning-rate-lr0.1", 0, &Spec { learning_rate: 0.1, ..Spec::default() }, 1.0, 1);
    session.diverged("learning-rate-lr10", &Spec { learning_rate: 10.0, ..Spec::default() });
    session.path().to_owned()
}

/// What differs from one run of the test to the next.
fn settled(text: &str) -> String {
    let mut settled = String::new();
    for line in text.lines() {
        match line.find("| paper-2") {
            Some(_) => settled.push_str("| paper-... |"),
            None => settled.push_str(line),
        }
        settled.push('\n');
    }
    settled
}

#[test]
fn a_small_session_is_reported_beside_the_study() {
    let logs = tempfile::tempdir().unwrap();
    let session = small(logs.path(), "MNIST");
    let out = logs.path().join("out");
    let written = report::write(&[session], &out).unwrap();
    assert_eq!(written.runs, 6);
    assert_eq!(written.faults, Vec::<String>::new());
    let page = fs::read_to_string(&written.path).unwrap();
    insta::assert_snapshot!("report_small", settled(&page));
    for path in &written.files {
        assert!(path.starts_with(&out));
        if path.extension().unwrap() == "svg" {
            let svg = fs::read_to_string(path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(page.contains(&format!("(figures/{name})")), "{name} is shown in the page");
            well_formed(&svg);
        }
    }
    for number in 1..=12 {
        assert!(page.contains(&format!("Table {number}:")), "table {number}");
    }
    for number in 1..=10 {
        assert!(page.contains(&format!("Figure {number}:")), "figure {number}");
    }
}

/// Every tag is closed in order, and no attribute holds what is not a number or a word.
fn well_formed(svg: &str) {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed in order");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    assert!(svg.contains("<text") && !svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn the_built_in_digits_are_never_set_beside_the_study() {
    let logs = tempfile::tempdir().unwrap();
    let session = small(logs.path(), "built-in digits");
    let written = report::write(&[session], &logs.path().join("out")).unwrap();
    let page = fs::read_to_string(written.path).unwrap();
    assert!(page.contains("## Experiments") && page.contains("| sigmoid "), "{page}");
    assert!(page.contains("0.8500 ± 0.0707") && !page.contains("Missing"), "its own figures: {page}");
    for number in ["0.9212", "0.2740", "in the study", "In the study", "claim", "Sahoo"] {
        assert!(!page.contains(number), "{number}");
    }
}

#[test]
fn several_sessions_are_one_report() {
    let logs = tempfile::tempdir().unwrap();
    let first = small(logs.path(), "MNIST");
    let mut second = Session::new(logs.path(), "MNIST");
    second.network("sigmoid", 1, &Experiment::Sigmoid.spec(), 2.7, 2);
    second.network("sigmoid", 2, &Experiment::Sigmoid.spec(), 2.7, 3);
    let digits = small(logs.path(), "built-in digits");
    let paths = [first, second.path().to_owned(), digits];
    let written = report::write(&paths, &logs.path().join("out")).unwrap();
    let page = fs::read_to_string(written.path).unwrap();
    assert!(page.contains("sigmoid: 3 of 5 runs"), "seed 1 counts once");
    assert!(page.contains("Runs on other data"));
}

#[test]
fn what_is_not_a_session_is_an_error() {
    let logs = tempfile::tempdir().unwrap();
    let error = report::write(&[logs.path().join("none")], logs.path()).unwrap_err().to_string();
    assert!(error.contains("none: no run found"), "{error}");
    assert!(report::csv(logs.path(), &logs.path().join("a.csv")).is_err());
}

#[test]
fn csv_holds_every_number_of_the_log() {
    let logs = tempfile::tempdir().unwrap();
    let session = small(logs.path(), "MNIST");
    let out = logs.path().join("out/small.csv");
    let written = report::csv(&session, &out).unwrap();
    assert_eq!(written.runs, 6);
    let mut reader = csv::Reader::from_path(&out).unwrap();
    assert_eq!(reader.headers().unwrap(), &["run", "step", "epoch", "seconds", "metric", "value"][..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let steps = rows.iter().filter(|row| &row[0] == "sigmoid-s1" && &row[4] == "train_loss");
    let losses: Vec<f32> = steps.map(|row| row[5].parse().unwrap()).collect();
    let log = fs::read_to_string(session.join("runs/sigmoid-s1.jsonl")).unwrap();
    let logged: Vec<f32> = log
        .lines()
        .map(|line| serde_json::from_str::<Record>(line).unwrap())
        .filter_map(|record| if let Event::Step(step) = record.event { Some(step.train_loss) } else { None })
        .collect();
    assert_eq!(losses, logged, "bit for bit");
    let row = rows.iter().find(|row| &row[0] == "learning-rate-lr10-s0" && &row[1] == "2").unwrap();
    assert_eq!((&row[4], &row[5]), ("train_loss", "NaN"));
    let inactive = rows.iter().find(|row| &row[4] == "inactive" && &row[1] == "150").unwrap();
    assert_eq!(&inactive[2], "2.5", "the epoch of a count follows from its step");
    assert!(rows.iter().any(|row| &row[4] == "f1/9" && &row[0] == "knn-s0"));
}

#[test]
fn what_a_resumption_superseded_is_not_exported() {
    let logs = tempfile::tempdir().unwrap();
    let mut session = Session::new(logs.path(), "MNIST");
    let spec = Spec::default();
    let mut run = session.begin("sigmoid", 0, &spec);
    let first = run.records[0].clone();
    for step in 1..=5 {
        run.add(step as f64, Event::Step(Step { step, epoch: 0.1, train_loss: 1.0 }));
    }
    let Event::RunStarted(mut started) = first.event else { panic!() };
    started.resumed_from = Some(Origin { run: "sigmoid-s0".into(), step: 3, epoch: 0.05 });
    run.add(6.0, Event::RunStarted(started));
    for step in 4..=6 {
        run.add(6.0 + step as f64, Event::Step(Step { step, epoch: 0.1, train_loss: 2.0 }));
    }
    run.write();
    let out = logs.path().join("out.csv");
    report::csv(session.path(), &out).unwrap();
    let text = fs::read_to_string(out).unwrap();
    let values: Vec<(&str, &str)> =
        text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()).map(|row| (row[1], row[5])).collect();
    assert_eq!(values, [("1", "1"), ("2", "1"), ("3", "1"), ("4", "2"), ("5", "2"), ("6", "2")]);
}

#[test]
fn hostile_names_stay_inside_the_output() {
    let logs = tempfile::tempdir().unwrap();
    let folder = logs.path().join("evil");
    fs::create_dir_all(folder.join("runs")).unwrap();
    let spec = Arc::new(Spec::default());
    let started = RunStarted {
        run: "../../../escaped".into(),
        name: "\u{1b}[2J<script>|x|".into(),
        family: spec.family,
        spec,
        seed: 0,
        dataset: "MNIST".into(),
        steps_per_epoch: 1,
        resumed_from: None,
    };
    let mut bytes = Vec::new();
    print(&Record { v: VERSION, seq: 0, t: 0.0, event: Event::RunStarted(Box::new(started)) }, &mut bytes).unwrap();
    let step = Step { step: 1, epoch: 1.0, train_loss: 0.5 };
    print(&Record { v: VERSION, seq: 1, t: 0.5, event: Event::Step(step) }, &mut bytes).unwrap();
    fs::write(folder.join("runs/..x;\u{1b}[31m.jsonl"), &bytes).unwrap();
    fs::write(folder.join("runs/fine.jsonl"), &bytes).unwrap();
    let before = everything(logs.path());
    let out = logs.path().join("out");
    report::tensorboard(&folder, &out.join("tb")).unwrap();
    report::csv(&folder, &out.join("all.csv")).unwrap();
    report::thin(&folder, &out.join("thin")).unwrap();
    report::write(std::slice::from_ref(&folder), &out.join("report")).unwrap();
    for path in everything(logs.path()).iter().filter(|path| !before.contains(*path)) {
        assert!(path.starts_with(&out), "{}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)), "{name:?}");
        if path.is_file() {
            let bytes = fs::read(path).unwrap();
            let binary = name.starts_with("events.out");
            assert!(binary || !bytes.contains(&0x1b), "{name} holds an escape");
        }
    }
    let page = fs::read_to_string(out.join("report/report.md")).unwrap();
    assert!(!page.contains("<script>"));
}

fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        }
        found.push(path);
    }
    found
}

#[test]
fn a_thinned_session_opens_without_anomalies_and_says_the_same() {
    let logs = tempfile::tempdir().unwrap();
    let session = small(logs.path(), "MNIST");
    let thin = logs.path().join("thin");
    let written = report::thin(&session, &thin).unwrap();
    assert_eq!(written.runs, 6);
    let size = |folder: &Path| {
        everything(folder).iter().filter(|path| path.is_file()).map(|path| path.metadata().unwrap().len()).sum::<u64>()
    };
    assert!(size(&thin) * 2 < size(&session), "{} of {}", size(&thin), size(&session));
    let tables = |path: &Path, out: &str| {
        let written = report::write(&[path.to_owned()], &logs.path().join(out)).unwrap();
        assert_eq!(written.faults, Vec::<String>::new());
        let page = fs::read_to_string(written.path).unwrap();
        assert!(!page.contains("anomalies"));
        let lines = page.lines().skip_while(|line| !line.starts_with("## At a glance"));
        // What averages over single steps depends on which of them are there.
        let lines = lines.filter(|line| line.starts_with('|') && !line.to_lowercase().contains("inactive"));
        lines.map(|line| line.split_whitespace().collect::<String>()).collect::<Vec<_>>()
    };
    let (whole, thinned) = (tables(&session, "a"), tables(&thin, "b"));
    assert!(whole.len() > 100);
    for (whole, thinned) in whole.iter().zip(&thinned).filter(|(whole, _)| !whole.starts_with("|ReLU|1|")) {
        assert_eq!(whole, thinned);
    }
    let log = fs::read_to_string(thin.join("runs/sigmoid-s0.jsonl")).unwrap();
    let records: Vec<Record> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.iter().enumerate().all(|(place, record)| record.seq == place as u64));
    assert_eq!(records.iter().filter(|record| matches!(record.event, Event::Epoch(_))).count(), 15);
    let inside = report::thin(&session, &session.join("runs/copy")).unwrap_err().to_string();
    assert!(inside.contains("lies in the session"), "{inside}");
}

#[test]
fn two_runs_are_compared() {
    let logs = tempfile::tempdir().unwrap();
    let session = small(logs.path(), "MNIST");
    let text = report::diff(&session.join("sigmoid-s0"), &session.join("runs/relu-s0.jsonl")).unwrap();
    insta::assert_snapshot!("diff_sigmoid_relu", text);
    let same = report::diff(&session.join("relu-s0"), &session.join("relu-s0")).unwrap();
    assert!(same.contains("the same settings"));
    let error = report::diff(&session, &session.join("relu-s0")).unwrap_err().to_string();
    assert!(error.contains("names several runs") && error.contains("knn-s0"), "{error}");
    assert!(report::diff(&session.join("none"), &session.join("relu-s0")).is_err());
}

/// The Python with `tensorboard` that `PERCEPTOP_TENSORBOARD_PYTHON` names; `.ci/run` installs one and names it.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("PERCEPTOP_TENSORBOARD_PYTHON")?);
    let found = std::process::Command::new(&python).args(["-c", "import tensorboard"]).output().unwrap();
    assert!(found.status.success(), "{}: {}", python.display(), String::from_utf8_lossy(&found.stderr));
    Some(python)
}

/// What TensorBoard's own reader finds: scalars, and the hyper-parameter plug-in's table as its server computes it.
const READ_BACK: &str = r#"
import json, os, sys
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2
runs = {}
for folder, _, files in os.walk(sys.argv[1]):
    if not any("tfevents" in name for name in files):
        continue
    accumulator = event_accumulator.EventAccumulator(folder, size_guidance={event_accumulator.SCALARS: 0})
    accumulator.Reload()
    scalars = {tag: [[e.step, e.wall_time, None if e.value != e.value else e.value] for e in accumulator.Scalars(tag)]
               for tag in accumulator.Tags()["scalars"]}
    hparams, group, columns = {}, None, []
    for tag, content in accumulator.summary_metadata.items():
        if content.plugin_data.plugin_name == "hparams":
            data = plugin_data_pb2.HParamsPluginData.FromString(content.plugin_data.content)
            kind = data.WhichOneof("data")
            if kind == "session_start_info":
                group = data.session_start_info.group_name
                for key, value in data.session_start_info.hparams.items():
                    hparams[key] = getattr(value, value.WhichOneof("kind"))
            if kind == "experiment":
                columns = [info.name.tag for info in data.experiment.metric_infos]
    runs[os.path.relpath(folder, sys.argv[1])] = dict(scalars=scalars, hparams=hparams, group=group, columns=columns)
json.dump(runs, sys.stdout)
"#;

#[test]
fn tensorboard_itself_reads_the_export() {
    let Some(python) = python() else {
        println!("skipped: no Python with tensorboard; name one in PERCEPTOP_TENSORBOARD_PYTHON");
        return;
    };
    let logs = tempfile::tempdir().unwrap();
    let session = small(logs.path(), "MNIST");
    let out = logs.path().join("tb");
    let written = report::tensorboard(&session, &out).unwrap();
    assert_eq!(written.runs, 6);
    let output = std::process::Command::new(python).args(["-c", READ_BACK]).arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(runs.len(), 7, "six runs and the experiment: {:?}", runs.keys());
    assert_eq!(runs["."]["columns"], serde_json::json!(["test_accuracy", "test_loss", "epoch_train_loss"]));

    let run = &runs["sigmoid-s1"];
    assert_eq!(run["group"], "sigmoid");
    assert_eq!(run["hparams"]["activation"], "sigmoid");
    assert_eq!(run["hparams"]["seed"], 1.0);
    assert_eq!(run["hparams"]["shuffle"], true);
    assert!((run["hparams"]["learning_rate"].as_f64().unwrap() - 0.05).abs() < 1e-8);
    let log = fs::read_to_string(session.join("runs/sigmoid-s1.jsonl")).unwrap();
    let mut losses = Vec::new();
    let mut accuracies = Vec::new();
    for record in log.lines().map(|line| serde_json::from_str::<Record>(line).unwrap()) {
        match record.event {
            Event::Step(step) => losses.push((step.step, 1_790_000_000.0 + record.t, step.train_loss)),
            Event::Epoch(epoch) => accuracies.push(epoch.test_accuracy.unwrap()),
            _ => {}
        }
    }
    let read = run["scalars"]["train_loss"].as_array().unwrap();
    assert_eq!(read.len(), losses.len());
    for (read, (step, wall, loss)) in read.iter().zip(&losses) {
        assert_eq!(read[0], *step);
        assert!((read[1].as_f64().unwrap() - wall).abs() < 1e-6);
        assert_eq!((read[2].as_f64().unwrap() as f32).to_bits(), loss.to_bits(), "bit for bit");
    }
    let read: Vec<f32> =
        run["scalars"]["test_accuracy"].as_array().unwrap().iter().map(|e| e[2].as_f64().unwrap() as f32).collect();
    assert_eq!(read, accuracies);
    for tag in ["inactive", "inactive/1", "dead/3", "precision/0", "f1/9", "gradient_norm"] {
        assert!(run["scalars"][tag].is_array(), "{tag}");
    }
    assert!(runs["knn-s0"]["scalars"]["test_accuracy"].is_array());
    assert!(runs["learning-rate-lr10-s0"]["scalars"]["train_loss"][1][2].is_null(), "NaN stays NaN");
}

#[test]
fn other_programs_files_are_handed_on_like_logs() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.jsonl"), folder.path().join("b.csv"));
    fs::write(&a, "{\"step\":1,\"val/loss\":0.5,\"tag\":\"x\"}\n{\"step\":2,\"val/loss\":NaN}\nno row\n").unwrap();
    fs::write(&b, "epoch,val/loss\n1,0.25\n").unwrap();
    let table = folder.path().join("table.csv");
    let written = report::csv(&a, &table).unwrap();
    let text = fs::read_to_string(&table).unwrap();
    assert_eq!(text, "run,step,epoch,seconds,metric,value\na,1,,0,val/loss,0.5\na,2,,0,val/loss,NaN\n");
    assert!(written.faults[0].contains("1 line without a row of numbers, not read"), "{:?}", written.faults);
    let events = report::tensorboard(&b, &folder.path().join("tb")).unwrap();
    assert_eq!(events.files.len(), 2);
    let difference = report::diff(&a, &b).unwrap();
    assert!(difference.contains("Settings unknown: the logs do not hold them."), "{difference}");
    assert!(!difference.contains("the same settings"), "{difference}");
    assert!(difference.lines().any(|line| line.starts_with("val/loss") && line.ends_with("0.2500")), "{difference}");
}
