//! Event files that the real tools wrote: every tag, step, time and value is what TensorBoard's own readers say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod common;

use common::{Run, complete, fixture};
use perceptop_formats::{Batch, Fact, Format, RunFiles, Setting, format_of, read_head};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn event_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

fn format(path: &Path) -> &'static Format {
    format_of(path, &read_head(path, 64 << 10).unwrap()).unwrap()
}

fn read_folder(folder: &Path) -> Run {
    let files = event_files(folder);
    let mut run = Run::default();
    let format = format(&files[0]);
    run.read_on(&mut *(format.open)(&RunFiles { files, inner: None }, &complete()), &mut Batch::default());
    run
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

#[test]
fn scalars_are_those_of_tensorboard() {
    let root = fixture("tensorboard");
    let expected: Value = serde_json::from_slice(&fs::read(root.join("expected.json")).unwrap()).unwrap();
    let runs = expected["runs"].as_object().unwrap();
    assert!(runs.len() > 15, "{}", runs.len());
    for (name, tags) in runs {
        let run = read_folder(&root.join(name));
        let expected: BTreeMap<_, Vec<_>> = tags
            .as_object()
            .unwrap()
            .iter()
            .map(|(tag, points)| {
                let points = points.as_array().unwrap().iter();
                let bits = |point: &Value| [0, 1, 2].map(|at| number(&point[at]).to_bits());
                (tag.clone(), points.map(bits).collect())
            })
            .collect();
        let found: BTreeMap<_, _> = run.bits().into_iter().collect();
        assert_eq!(found, expected, "{name}");
        assert!(!run.facts.iter().any(|fact| matches!(fact, Fact::Fault(_))), "{:?}", run.facts);
    }
}

#[test]
fn what_is_no_number_is_told_as_what_it_is() {
    let root = fixture("tensorboard");
    let names = |run: &Run| {
        let mut names = Vec::new();
        for fact in &run.facts {
            match fact {
                Fact::Distribution { name, step, edges, counts } => {
                    assert_eq!(edges.len(), counts.len() + 1);
                    assert!(edges.is_sorted() && counts.iter().all(|count| *count >= 0.0));
                    names.push(format!("{name} {step} {}", counts.iter().sum::<f64>()));
                }
                Fact::Text { name, step, text } => names.push(format!("{name} {step} {text}")),
                _ => {}
            }
        }
        names
    };
    assert_eq!(names(&read_folder(&root.join("torch"))), ["w 1 100", "note/text_summary 1 hello"]);
    assert_eq!(names(&read_folder(&root.join("tf2"))), ["w 1 50", "t 1 hi"]);
    let settings = read_folder(&root.join("torch/1795751269.8642335")).facts;
    let expected = [
        Fact::Started(1_795_751_269.864_697_5),
        Fact::Setting("bs".into(), Setting::Number(32.0)),
        Fact::Setting("flag".into(), Setting::Number(1.0)),
        Fact::Setting("lr".into(), Setting::Number(0.1)),
        Fact::Setting("opt".into(), Setting::Text("sgd".into())),
    ];
    assert_eq!(settings, expected, "no end: PyTorch writes it at the start");
    let passed_over = read_folder(&root.join("r03-tb-torch"));
    assert_eq!(passed_over.remarks(), ["Not shown: histograms without values (1 of weights); images (1 of samples)."]);
}

/// Reads a run whose files grow by `piece` bytes at a time, one after the other.
fn grown(contents: &[Vec<u8>], piece: usize) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..contents.len()).map(|at| folder.path().join(format!("tfevents.{at}"))).collect();
    let first = folder.path().join("first");
    fs::write(&first, &contents[0]).unwrap();
    let mut reader = (format(&first).open)(&RunFiles { files: files.clone(), inner: None }, &complete());
    let (mut run, mut batch) = (Run::default(), Batch::default());
    for (path, content) in files.iter().zip(contents) {
        let mut file = fs::File::create(path).unwrap();
        for bytes in content.chunks(piece) {
            file.write_all(bytes).unwrap();
            run.read_on(&mut *reader, &mut batch);
        }
    }
    run
}

#[test]
fn files_that_grow_byte_by_byte_give_the_same() {
    for name in ["tf2", "keras/train", "torch_restarted", "torch_purge_step", "catboost/learn"] {
        let folder = fixture("tensorboard").join(name);
        let contents: Vec<_> = event_files(&folder).iter().map(|path| fs::read(path).unwrap()).collect();
        let whole = read_folder(&folder);
        for piece in [1, 7, 100] {
            let run = grown(&contents, piece);
            assert_eq!(run.bits(), whole.bits(), "{name} by {piece} bytes");
            assert_eq!(run.lasting_facts(), whole.lasting_facts(), "{name} by {piece} bytes");
        }
    }
}
