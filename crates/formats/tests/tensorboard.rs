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

/// A frame with checksums that are right.
fn framed(data: &[u8]) -> Vec<u8> {
    let masked = |bytes: &[u8]| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), data, &masked(data)].concat()
}

/// An event with one number of the tag `a`.
fn event(step: u8, value: f32) -> Vec<u8> {
    let value = [&[0x0a, 1, b'a', 0x15][..], &value.to_le_bytes()].concat();
    let summary = [&[0x0a, value.len() as u8][..], &value].concat();
    let mut event = [&[0x09][..], &1.7e9_f64.to_le_bytes(), &[0x10, step, 0x2a, summary.len() as u8]].concat();
    event.extend(summary);
    framed(&event)
}

fn read_bytes(content: &[u8]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events"), content).unwrap();
    read_folder(folder.path())
}

#[test]
fn a_wrong_checksum_ends_the_file_and_is_said() {
    let mut content = [event(0, 0.5), event(1, 0.25), event(2, 0.125)].concat();
    let length = event(0, 0.5).len();
    content[length + 30] ^= 1;
    let run = read_bytes(&content);
    assert_eq!(run.steps("a"), [0.0]);
    let text = format!("The checksum is wrong of the record at byte {length}; what follows in this file is not read.");
    assert_eq!(run.remarks(), [text]);
}

#[test]
fn hostile_records_cost_one_sentence_each() {
    let good = event(0, 0.5);
    // Varints without an end, a message longer than its record, a field number of 0, a tag that is no UTF-8.
    let no_utf8 = [&[0x09, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0x2a, 5, 0x0a, 3, 0x0a, 1, 0xff]].concat();
    for data in [&[0xff; 40][..], &[0x2a, 0xff, 0xff, 0xff, 0x7f, 1], &[0x02, 0], &no_utf8] {
        let run = read_bytes(&[good.clone(), framed(data), good.clone()].concat());
        assert_eq!((run.steps("a"), run.remarks().len()), (vec![0.0], 1), "{data:?}");
        assert!(run.remarks()[0].starts_with("No event is in the record at byte"), "{:?}", run.remarks());
    }
    // A record of 2^60 bytes, its length checked, is passed over as it comes and never kept.
    let length = (1_u64 << 60).to_le_bytes();
    let check = crc32c::crc32c(&length).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let run = read_bytes(&[&good[..], &length, &check, &[0; 10_000]].concat());
    assert_eq!(run.remarks(), ["Not shown: records of more than 16 MiB (1 of such as graphs)."]);
    assert_eq!(run.steps("a"), [0.0]);
}

#[test]
fn a_record_that_is_too_long_does_not_hide_the_next_one() {
    let content = [event(0, 0.5), framed(&vec![0; (16 << 20) + 1]), event(1, 0.25)].concat();
    let run = read_bytes(&content);
    assert_eq!(run.steps("a"), [0.0, 1.0]);
}

#[test]
fn a_replaced_file_is_read_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    fs::write(&path, [event(0, 0.5), event(1, 0.25)].concat()).unwrap();
    let mut reader = (format(&path).open)(&RunFiles { files: vec![path.clone()], inner: None }, &complete());
    let (mut run, mut batch) = (Run::default(), Batch::default());
    run.read_on(&mut *reader, &mut batch);
    fs::write(&path, event(7, 2.0)).unwrap();
    run.read_on(&mut *reader, &mut batch);
    assert_eq!((run.steps("a"), run.values("a")), (vec![7.0], vec![2.0]));
}

#[test]
fn a_thousand_values_at_one_step_leave_the_last() {
    let content: Vec<u8> = (0..1000_u16).flat_map(|value| event(0, f32::from(value))).collect();
    for piece in [content.len(), 999] {
        let run = grown(std::slice::from_ref(&content), piece);
        assert_eq!(run.values("a"), [999.0]);
    }
}

#[test]
fn other_record_files_are_no_event_files() {
    let folder = tempfile::tempdir().unwrap();
    // A tf.Example begins with a message, an event with its time.
    for content in [framed(&[0x0a, 2, 0x0a, 0]), b"step,loss\n1,0.5\n".to_vec(), Vec::new(), vec![0; 64]] {
        let path = folder.path().join("events.out.tfevents.1");
        fs::write(&path, &content).unwrap();
        let found = format_of(&path, &read_head(&path, 64 << 10).unwrap());
        assert!(found.is_none_or(|format| !format.what.contains("TensorBoard")), "{content:?}");
    }
}

/// The data of each frame of a file.
fn frames(content: &[u8]) -> Vec<Vec<u8>> {
    let (mut frames, mut at) = (Vec::new(), 0);
    while at < content.len() {
        let length = u64::from_le_bytes(content[at..at + 8].try_into().unwrap()) as usize;
        frames.push(content[at + 12..at + 12 + length].to_vec());
        at += length + 16;
    }
    frames
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(48))]

    /// Whatever is within right checksums, reading ends without a panic, and in pieces it gives the same.
    #[test]
    fn changed_events_are_read_or_refused(
        changes in proptest::collection::vec((0_usize..1 << 20, 0_usize..1 << 20, proptest::num::u8::ANY), 1..8),
        piece in 1_usize..2_000,
    ) {
        for name in ["torch", "tf2", "tbx", "torch/1795751269.8642335"] {
            let path = event_files(&fixture("tensorboard").join(name)).remove(0);
            let mut frames = frames(&fs::read(path).unwrap());
            let count = frames.len();
            // The first frame tells the format.
            for (frame, byte, value) in &changes {
                let frame = &mut frames[1 + frame % (count - 1)];
                let length = frame.len();
                frame[byte % length] = *value;
            }
            let content: Vec<u8> = frames.iter().flat_map(|frame| framed(frame)).collect();
            let whole = read_bytes(&content);
            let pieces = grown(std::slice::from_ref(&content), piece);
            proptest::prop_assert_eq!(pieces.bits(), whole.bits());
        }
    }
}
