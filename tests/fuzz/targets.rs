//! What is tried on bytes of anybody: each target reads them as one part of the program would, and panics where a
//! promise is broken.
//!
//! `tests/fuzz` tries mutants of the committed corpus, `fuzz/` the same functions under libFuzzer.

use perceptop::dataset::{CLASSES, parse as parse_idx};
use perceptop::experiment::suite::{Selection, Suite};
use perceptop::format::{Found, LogReader, Reading, clean_record, clean_text, parse, print, runs_of_file};
use perceptop::nn::{Activation, Config, InitialWeights, Initialisation, Regulariser, Samples, State, Trainer};
use perceptop::protocol::{Event, Metrics, Record, Update};
use perceptop::record::is_safe_name;
use perceptop::source::{Columns, FileSource, FileSourceSettings, Flow, Lines, Request, Source, parse_request};
use perceptop::ui::Model;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Something that reads bytes of anybody.
pub(crate) type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub(crate) const TARGETS: [(&str, Target); 9] = [
    ("idx", idx),
    ("suite", suite),
    ("records", records),
    ("foreign", foreign),
    ("folder", folder),
    ("commands", commands),
    ("weights", weights),
    ("keys", super::screens::keys),
    ("sizes", super::screens::sizes),
];

/// The target of that name.
#[allow(dead_code, reason = "the driver of `tests/fuzz` goes through all of them")]
pub(crate) fn named(name: &str) -> Target {
    TARGETS.iter().find(|(target, _)| *target == name).unwrap().1
}

/// A folder of this process for the files that a target reads; one file a thread.
fn scratch(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("perceptop-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    });
    folder.join(name)
}

/// Removes the folder of the files.
#[allow(dead_code, reason = "libFuzzer ends the process without asking")]
pub(crate) fn tidy() {
    let _ = fs::remove_dir_all(scratch("x").parent().unwrap());
}

/// Images and labels, raw or gzip. The first byte says which of the files are right and which are packed here, so that
/// mutants come past a checksum; with both files, the second one says where the labels begin.
fn idx(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    let pack = |bytes: &[u8], packed: bool| if packed { gzip(bytes) } else { bytes.to_vec() };
    let right_labels = [0, 0, 8, 1, 0, 0, 0, 5, 0, 9, 3, 7, 1];
    let right_images = [&[0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1][..], &[7; 5]].concat();
    let (images, labels) = match mode & 3 {
        0 => (pack(rest, mode & 4 != 0), right_labels.to_vec()),
        1 => (right_images, pack(rest, mode & 4 != 0)),
        _ => {
            let at = usize::from(rest.first().copied().unwrap_or(0)).min(rest.len());
            (pack(&rest[at..], mode & 4 != 0), pack(&rest[..at], mode & 8 != 0))
        }
    };
    match parse_idx(&images, &labels) {
        Ok(split) => {
            assert!(!split.is_empty() && split.height > 0 && split.width > 0);
            assert_eq!(split.images.len(), split.len() * split.pixels());
            assert!(split.labels.iter().all(|&label| usize::from(label) < CLASSES));
            assert!(split.images.len() <= images.len() * 1032, "more came out than deflate can hold");
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("images") || message.starts_with("labels"), "names no file: {message}");
            assert_printable(&message);
        }
    }
}

/// A gzip file that stores the bytes as they are, which costs no compressor.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    if blocks.peek().is_none() {
        packed.extend([1, 0, 0, 255, 255]);
    }
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    packed.extend(sum.sum().to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

/// A suite file, and an override after a zero byte.
fn suite(data: &[u8]) {
    let (text, set) = split_at_zero(data);
    let selection = Selection { only: Vec::new(), set: set.iter().map(|it| lossy(it)).collect() };
    let suite = Suite::parse(text, Path::new("nowhere/suite.json"));
    // Thousands of runs are as good as a hundred, and take as long as thousands of other inputs.
    if suite.as_ref().is_ok_and(|suite| (128..=100_000).contains(&suite.size())) {
        return;
    }
    match suite.and_then(|suite| suite.plans(&selection)) {
        Ok(plans) => {
            for plan in &plans {
                assert!(is_safe_name(&plan.run) && is_safe_name(&plan.name), "{:?}", plan.run);
                assert!(plan.spec.epochs > 0 && plan.spec.batch_size > 0);
            }
        }
        Err(error) => assert_printable(&error.to_string()),
    }
}

/// A log of this program: every line, its way back to the same line, and what the screen's model makes of it. One in
/// 64 goes through a file.
fn records(data: &[u8]) {
    let mut found = Vec::new();
    if data.len().is_multiple_of(64) {
        let path = scratch("log.jsonl");
        fs::write(&path, data).unwrap();
        let mut reader = LogReader::new(path);
        let mut buffer = Vec::new();
        while let Ok(Reading::More) = reader.read(&mut buffer, &mut found) {}
    } else {
        let lines = data.split(|byte| *byte == b'\n').enumerate();
        found.extend(lines.map(|(line, text)| match parse(text) {
            Ok(record) => Found::Record(Arc::new(record)),
            Err(error) => Found::Bad { line: line as u64, message: error.to_string() },
        }));
    }
    let mut model = Model::new(super::screens::settings());
    for found in found {
        match found {
            Found::Record(mut record) => {
                returns(&record);
                clean_record(&mut record);
                assert_clean(&record);
                model.apply(&Update::Record { run: "a-s0".into(), record });
            }
            Found::Bad { message, .. } => assert!(message.len() < 1 << 16),
            Found::Again => panic!("nobody replaced the file"),
        }
    }
}

/// What is printed of a record reads as that record.
fn returns(record: &Record) {
    let mut line = Vec::new();
    print(record, &mut line).unwrap();
    line.pop();
    let again = parse(&line).unwrap_or_else(|error| panic!("{}: {error}", lossy(&line)));
    let mut second = Vec::new();
    print(&again, &mut second).unwrap();
    second.pop();
    // An event of a later program keeps nothing but its being there.
    if record.event != Event::Unknown {
        assert_eq!(lossy(&line), lossy(&second));
    }
}

/// Another program's file of any format; the first byte says which columns, and what it is called.
fn foreign(data: &[u8]) {
    let Some((mode, text)) = data.split_first() else { return };
    let name = ["foreign.jsonl", "foreign.csv", "foreign.log", "foreign.json"][usize::from(mode % 4)];
    let path = scratch(name);
    let columns = match mode / 4 % 4 {
        0 => Columns::default(),
        1 => Columns { x: Some("x".to_owned()), ..Columns::default() },
        2 => Columns { split: Some("split".to_owned()), ..Columns::default() },
        _ => Columns { y: vec!["loss".to_owned(), "val/".to_owned()], ..Columns::default() },
    };
    fs::write(&path, text).unwrap();
    let mut model = Model::new(super::screens::settings());
    for run in runs_of_file(&path).unwrap_or_default().iter().take(3) {
        let Some(mut reader) = run.reader(columns.clone()) else { continue };
        let mut out = Vec::new();
        while let Ok((_, true)) = reader.read(&mut out) {}
        for mut record in out {
            if let Event::Metrics(Metrics { step, .. }) = &record.event {
                assert!(step.is_finite());
            }
            clean_record(&mut record);
            assert_clean(&record);
            model.apply(&Update::Record { run: "foreign".into(), record });
        }
        let news = [reader.faults(), reader.remarks()];
        news.iter().flatten().for_each(|news| assert_printable(&clean_text(news)));
    }
}

/// A whole session's folder of hostile files: header, plan and log, each ended by a zero byte.
fn folder(data: &[u8]) {
    let root = scratch("session");
    let mut parts = data.splitn(3, |byte| *byte == 0);
    for (place, file) in [("", "session.json"), ("queue", "a-s0.json"), ("runs", "a-s0.jsonl")] {
        let folder = root.join(place);
        if !folder.is_dir() {
            fs::create_dir_all(&folder).unwrap();
        }
        fs::write(folder.join(file), parts.next().unwrap_or_default()).unwrap();
    }
    let mut source = FileSource::open(&root, FileSourceSettings::default()).unwrap();
    let (mut model, mut updates) = (Model::new(super::screens::settings()), Vec::new());
    // It never ends by itself: the log may grow.
    while source.poll(&mut updates, 4096) == Flow::More {}
    for update in &updates {
        match update {
            Update::Record { record, .. } => assert_clean(record),
            Update::Fault { message, .. } | Update::Remark { message, .. } => assert_printable(message),
            other => assert_all_clean(other),
        }
        model.apply(update);
    }
}

/// What comes over a control socket, in pieces of any length.
fn commands(data: &[u8]) {
    let Some((piece, bytes)) = data.split_first() else { return };
    let mut lines = Lines::default();
    for part in bytes.chunks(usize::from(*piece).max(1)) {
        lines.push(part);
        while let Some(line) = lines.next_line() {
            assert!(!line.contains(&b'\n'));
            match parse_request(&line) {
                Request::Command(command) => {
                    let text = serde_json::to_vec(&command).unwrap();
                    assert_eq!(parse_request(&text), Request::Command(command), "{}", lossy(&text));
                }
                Request::Watch => {}
                Request::Nonsense(reason) => assert_printable(&reason),
            }
        }
    }
}

/// A safetensors file as a checkpoint and as weights to begin with, and a step from there.
fn weights(data: &[u8]) {
    let trainer = || {
        let config = Config {
            hidden: vec![3],
            classes: 2,
            activation: Activation::Tanh,
            initialisation: Initialisation::Glorot,
            learning_rate: 0.1,
            batch_size: 2,
            shuffle: true,
            regulariser: Regulariser::default(),
        };
        let samples = Samples::from_bytes(Arc::from([9_u8; 8]), Arc::from([0_u8, 1, 1, 0]), 2).unwrap();
        Trainer::new(config, 1, samples).unwrap()
    };
    match State::from_safetensors(data) {
        Ok(state) => {
            let mut trainer = trainer();
            if trainer.import_state(&state).is_ok() {
                trainer.step();
                trainer.step();
            }
            assert!(State::from_safetensors(&state.to_safetensors().unwrap()).is_ok());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(weights) = InitialWeights::from_safetensors(data) {
        let mut trainer = trainer();
        if trainer.start_from(&weights).is_ok() {
            trainer.step();
        }
    }
}

fn split_at_zero(data: &[u8]) -> (&[u8], Option<&[u8]>) {
    match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], Some(&data[at + 1..])),
        None => (data, None),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Messages end on terminals: no control characters but line ends, and no novels.
fn assert_printable(message: &str) {
    assert!(!message.chars().any(|letter| letter.is_control() && letter != '\n'), "{message:?}");
    assert!(message.len() < 1 << 16, "{} bytes of message", message.len());
}

fn assert_clean(record: &Record) {
    assert_all_clean(record);
}

/// No text anywhere in a value holds what a terminal would obey: JSON writes C0 as escapes, DEL and C1 as they are.
fn assert_all_clean(value: &impl serde::Serialize) {
    let text = serde_json::to_vec(value).unwrap();
    let (mut bytes, mut before) = (text.iter(), 0);
    while let Some(&byte) = bytes.next() {
        let is_obeyed = match byte {
            b'\\' => !matches!(bytes.next(), Some(b'"' | b'\\' | b'n')),
            0x7f => true,
            0x80..=0x9f => before == 0xc2,
            _ => false,
        };
        assert!(!is_obeyed, "{}", lossy(&text));
        before = byte;
    }
}
