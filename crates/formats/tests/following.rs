//! Files that grow: however they are cut, following them gives what reading them whole gives. And hostile files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod common;

use common::{Run, complete, files, fixture, read};
use perceptop_formats::{Batch, FORMATS, Format, Options, format_of, read_head};
use proptest::prelude::*;
use std::fs;
use std::io::Write as _;
use std::path::Path;

fn append(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Writes a file up to each of some cuts and reads it each time, as often as `looks`.
fn followed(format: &Format, name: &str, bytes: &[u8], cuts: &[usize], looks: usize) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut reader = (format.open)(&files(&path), &Options::default());
    let (mut run, mut batch, mut at) = (Run::default(), Batch::default(), 0);
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        append(&path, &bytes[at..cut]);
        at = cut;
        for _ in 0..looks {
            run.read_on(&mut *reader, &mut batch);
        }
    }
    run.read_on(&mut *reader, &mut batch);
    run
}

fn inputs() -> Vec<std::path::PathBuf> {
    let mut out: Vec<_> = ["expect", "real"]
        .iter()
        .flat_map(|folder| fs::read_dir(fixture(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| format_of(path, &read_head(path, 64 << 10).unwrap()).is_some())
        .collect();
    out.sort();
    assert!(out.len() > 20);
    out
}

#[test]
fn a_file_cut_at_any_byte_and_then_grown_reads_as_if_whole() {
    for path in inputs() {
        let bytes = fs::read(&path).unwrap();
        let format = format_of(&path, &bytes[..bytes.len().min(64 << 10)]).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let whole = read(&path);
        let step = bytes.len().div_ceil(60);
        for looks in [1, 2] {
            for cut in (looks..bytes.len()).step_by(step) {
                let run = followed(format, name, &bytes, &[cut], looks);
                assert_eq!(run.bits(), whole.bits(), "{name} cut at {cut}, {looks} looks");
            }
        }
        let every: Vec<usize> = (0..bytes.len()).step_by(step).collect();
        for looks in [1, 2] {
            assert_eq!(followed(format, name, &bytes, &every, looks).bits(), whole.bits(), "{name} byte by byte");
        }
    }
}

#[test]
fn a_file_that_is_replaced_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    fs::write(&path, "epoch,loss\n0,1\n1,2\n").unwrap();
    let format = format_of(&path, &fs::read(&path).unwrap()).unwrap();
    let mut reader = (format.open)(&files(&path), &Options::default());
    let (mut run, mut batch) = (Run::default(), Batch::default());
    run.read_on(&mut *reader, &mut batch);
    fs::write(&path, "step,acc\n5,1\n").unwrap();
    run.read_on(&mut *reader, &mut batch);
    assert_eq!((run.names(), run.steps("acc")), (vec!["acc"], vec![5.0]));
}

#[test]
fn what_is_packed_reads_as_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for path in inputs() {
        let (bytes, name) = (fs::read(&path).unwrap(), path.file_name().unwrap().to_str().unwrap());
        let whole = read(&path).bits();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&bytes).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(&*bytes, ruzstd::encoding::CompressionLevel::Fastest);
        for (ending, packed) in [("gz", gzip.finish().unwrap()), ("zst", zstd)] {
            // UTF-16 in an archive is not looked for.
            if name.contains("utf16") {
                continue;
            }
            let packed_path = folder.path().join(format!("{name}.{ending}"));
            fs::write(&packed_path, &packed).unwrap();
            assert_eq!(read(&packed_path).bits(), whole, "{name}.{ending}");
            let format = format_of(&packed_path, &packed).unwrap();
            let cuts: Vec<usize> = (0..packed.len()).step_by(packed.len().div_ceil(40)).collect();
            assert_eq!(followed(format, "packed", &packed, &cuts, 1).bits(), whole, "{name}.{ending} in pieces");
        }
    }
}

#[test]
fn a_damaged_archive_gives_what_is_before_the_damage_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv.gz");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let text: String = (0..40_000).flat_map(|row| [row.to_string(), ",0.5\n".to_owned()]).collect();
    gzip.write_all(format!("step,loss\n{text}").as_bytes()).unwrap();
    let mut bytes = gzip.finish().unwrap();
    // The header of a block in the middle.
    let length = bytes.len();
    bytes[length / 2..length / 2 + 70_000.min(length / 4)].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let run = read(&path);
    assert!(run.rows > 1_000 && run.rows < 40_000);
    assert!(run.remarks().iter().any(|remark| remark.contains("damaged")), "{:?}", run.remarks());
}

/// What is read line by line; a document is whole or nothing.
const BY_LINES: [&str; 3] = ["a JSON Lines log", "a table of numbers", "a console log"];

/// Texts like logs, with the odd byte.
fn text() -> impl Strategy<Value = String> {
    let cell = prop_oneof![
        "[0-9]{1,3}",
        "-?[0-9]\\.[0-9]{1,4}",
        "nan",
        "",
        "[a-z]{1,5}",
        "\"[a-z,]{0,3}\"",
        "[0-9]:[0-5][0-9]",
        "#",
        "epoch",
        "loss",
        "train",
        "[ \t]",
        "\"",
    ];
    let line = (prop::collection::vec(cell, 0..6), "[,;\t ]", "\r?\n|\r")
        .prop_map(|(cells, sign, end)| cells.join(&sign) + &end);
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.concat())
}

fn json() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[0-9]{1,3}",
        "-?[0-9]\\.[0-9]{1,4}(e-?[0-9]{1,3})?",
        Just("NaN".to_owned()),
        Just("null".to_owned()),
        "\"[a-z0-9:]{0,5}\"",
        Just("[1,2]".to_owned()),
        Just("{\"a\":1}".to_owned()),
        Just("true".to_owned()),
        Just("x".to_owned()),
    ];
    let name = prop::sample::select(vec!["step", "epoch", "iter", "loss", "time", "mode", "a\\u0062"]);
    let pair = (name, value, "[ ]?").prop_map(|(name, value, blank)| format!("\"{name}\":{blank}{value}"));
    let line = prop::collection::vec(pair, 0..6).prop_map(|pairs| format!("{{{}}}\n", pairs.join(", ")));
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn following_equals_reading_whole(text in prop_oneof![text(), json()], cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5), looks in 1..3usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, &text).unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        for format in FORMATS.iter().filter(|format| BY_LINES.contains(&format.what)) {
            // Whether a bar will be drawn again is known only later.
            if format.what == "a console log" && text.contains('\r') {
                continue;
            }
            let mut whole = Run::default();
            whole.read_on(&mut *(format.open)(&files(&path), &complete()), &mut Batch::default());
            // Once more, for what is given when the file stood still.
            let run = followed(format, "log", text.as_bytes(), &cuts, looks);
            prop_assert_eq!(run.bits(), whole.bits(), "{}", format.what);
        }
    }

    #[test]
    fn random_bytes_are_no_trouble(bytes in prop::collection::vec(any::<u8>(), 0..2_000), begin in prop::sample::select(vec![&b""[..], b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"{", b"a,b\n1,2\n", b"step 1: loss "])) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let bytes = [begin, &bytes].concat();
        fs::write(&path, &bytes).unwrap();
        let _ = format_of(&path, &bytes);
        for format in FORMATS {
            let mut reader = (format.open)(&files(&path), &complete());
            let mut batch = Batch::default();
            for _ in 0..20 {
                if !matches!(reader.read(&mut batch), Ok(perceptop_formats::Progress::More)) {
                    break;
                }
            }
        }
    }
}
