//! A folder of what lies beside logs, and of logs that are none: each file is named for what it seems to be by every
//! command that reads logs, none gives an empty screen, none hangs, and the exit statuses are those that are documented.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with its time limited: one that waits for a pipe would never end.
fn called(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("60").arg(env!("CARGO_BIN_EXE_perceptop")).args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, folder.parent().unwrap());
    }
    command.env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("PERCEPTOP_DATA").output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

/// Files by name, with a part of what is said of each.
fn odd() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let header = b"{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    let weights = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("junk.txt", text("not a log\nat all\n"), "text"),
        ("junk.jsonl", text("not a log\nat all\n"), "text"),
        ("binary.jsonl", (0..=255).cycle().skip(7).take(4096).collect(), "binary data"),
        ("noise.bin", [0x93, 0x11, 0xfe, 0x80, b'\n', 0xf0, 0x99, 0xa2].repeat(64), "binary data"),
        ("nul.csv", vec![0; 512], "binary data"),
        ("lfs.csv", text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"), "git lfs pull"),
        ("annex.csv", text("/annex/objects/SHA256E-s9--1.csv\n"), "git annex get"),
        ("log.zst", text("\u{28}").into_iter().chain([0xb5, 0x2f, 0xfd, 4, 0]).collect(), "zstd"),
        ("log.xz", b"\xfd7zXZ\0\0".to_vec(), "xz"),
        ("log.bz2", b"BZh91AY".to_vec(), "bzip2"),
        ("plot.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "PNG"),
        ("plot.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), "JPEG"),
        ("plot.gif", b"GIF89a".to_vec(), "GIF"),
        ("paper.pdf", b"%PDF-1.7\n".to_vec(), "PDF"),
        ("program", b"\x7fELF\x02\x01\x01\0".to_vec(), "ELF"),
        ("train.py", text("import torch\nprint(1)\n"), "a Python program"),
        ("train.sh", text("#!/bin/sh\necho\n"), "a script"),
        ("notes.md", text("# Notes\n\nwords\n"), "Markdown"),
        ("config.yaml", text("lr: 0.1\nepochs: 3\n"), "YAML"),
        ("config.toml", text("lr = 0.1\n"), "TOML"),
        ("look.ipynb", text("{\n \"cells\": [],\n \"nbformat\": 4\n}\n"), "a Jupyter notebook"),
        ("config.json", text("{\n  \"lr\": 0.1\n}\n"), "a JSON document"),
        ("model.pkl", b"\x80\x04\x95\0\0\0\0\0\0\0\0}.".to_vec(), "a Python pickle"),
        ("values.npy", b"\x93NUMPY\x01\0v\0".to_vec(), "a NumPy array"),
        ("values.npz", b"PK\x03\x04\x14\0\0\0".to_vec(), "a zip archive"),
        ("model.safetensors", weights, "safetensors"),
        ("study.db", b"SQLite format 3\0\x10\0".to_vec(), "SQLite"),
        ("table.parquet", b"PAR1\x15\x04".to_vec(), "Parquet"),
        ("photo.png.gz", gzip(b"\x89PNG\r\n\x1a\n"), "gzip"),
        ("log.lz4", b"\x04\x22\x4d\x18\x64".to_vec(), "lz4"),
        ("log.7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "7-Zip"),
        ("log.tar", [&[b'a'; 257][..], b"ustar\x0000"].concat(), "tar"),
        ("clip.wav", b"RIFF\x24\0\0\0WAVE".to_vec(), "a sound"),
        ("model.h5", b"\x89HDF\r\n\x1a\n".to_vec(), "HDF5"),
        ("model.gguf", b"GGUF\x03\0\0\0".to_vec(), "GGUF"),
        ("table.arrow", b"ARROW1\0\0".to_vec(), "Arrow"),
        ("settings.ini", text("[train]\nlr = a\n"), "settings (INI)"),
        ("main.rs", text("fn main() {}\n"), "a Rust program"),
        ("page.html", text("<!doctype html>\n<p>\n"), "HTML"),
        ("lines.csv", text("\n\n\n\n"), "nothing was written"),
        ("empty.csv", Vec::new(), "nothing was written"),
        ("words.csv", text("name,kind\na,cat\nb,dog\n"), "number"),
        ("long.txt", vec![b'x'; 1 << 20], "whole line"),
    ]
}

/// Makes the folder; the names and what is said of each.
fn folder(root: &Path) -> Vec<(String, &'static str)> {
    fs::create_dir(root).unwrap();
    let mut all = Vec::new();
    for (name, bytes, what) in odd() {
        fs::write(root.join(name), bytes).unwrap();
        all.push((name.to_owned(), what));
    }
    mknodat(CWD, root.join("pipe.csv"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    all.push(("pipe.csv".to_owned(), "a named pipe"));
    // The socket's name stays when its listener is gone.
    drop(UnixListener::bind(root.join("socket.csv")).unwrap());
    all.push(("socket.csv".to_owned(), "a socket"));
    symlink("nowhere.csv", root.join("dangling.csv")).unwrap();
    symlink("loop.csv", root.join("loop.csv")).unwrap();
    all.push(("loop.csv".to_owned(), "symbolic links"));
    fs::create_dir(root.join("folder.jsonl")).unwrap();
    all.push(("folder.jsonl".to_owned(), "no run"));
    all
}

#[test]
fn each_odd_file_is_named_by_every_command() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("odd");
    let all = folder(&root);
    assert!(all.len() >= 40);
    fs::write(above.path().join("good.jsonl"), "{\"step\":1,\"loss\":0.5}\n").unwrap();
    for (name, what) in &all {
        for arguments in [
            &["show", name][..],
            &["export", name, "--format", "csv", "--out", "../out.csv"],
            &["report", name, "--out", "../report"],
            &["diff", name, "../good.jsonl"],
        ] {
            let output = called(&root, arguments);
            let text = said(&output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
            let is_waited_for = ["nothing was written", "whole line", "number"].contains(what);
            let names = text.contains(what) || (is_waited_for && (text.contains("nothing") || text.contains("number")));
            assert!(text.contains(name.as_str()) && names, "{arguments:?}: {text}");
            assert!(output.stdout.is_empty(), "{arguments:?}");
        }
    }
    assert!(!above.path().join("out.csv").exists() && !above.path().join("report").exists());
}

#[test]
fn a_folder_of_odd_files_lists_them_with_and_without_a_run_among_them() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("runs");
    let mut all = folder(&root);
    // Empty and unfinished logs may yet begin.
    all.retain(|(name, _)| name != "folder.jsonl" && !name.contains(".jsonl"));
    fs::remove_file(root.join("junk.jsonl")).unwrap();
    fs::remove_file(root.join("binary.jsonl")).unwrap();
    let before = fs::read_dir(&root).unwrap().count();
    for arguments in [
        &["show", "."][..],
        &["review", "."],
        &["export", ".", "--format", "csv", "--out", "../out.csv"],
        &["report", ".", "--out", "../report"],
    ] {
        let output = called(&root, arguments);
        let is_review = arguments[0] == "review";
        assert_eq!(output.status.code(), Some(if is_review { 2 } else { 1 }), "{arguments:?}: {}", said(&output));
        for (name, _) in all.iter().filter(|_| !is_review) {
            assert!(said(&output).contains(name.as_str()), "{arguments:?}: {name}: {}", said(&output));
        }
    }
    // `metrics` of a folder called runs, which is no session of this program.
    fs::write(root.join("metrics.jsonl"), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.25}\n").unwrap();
    let shown = called(&root, &["show", "."]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
    let frame = String::from_utf8(shown.stdout.clone()).unwrap();
    assert!(frame.contains("metrics") && !frame.contains("config"), "{frame}");
    let out = ["export", ".", "--format", "csv", "--out", "../out.csv"];
    let exported = called(&root, &out);
    assert_eq!(exported.status.code(), Some(0), "{}", said(&exported));
    let table = fs::read_to_string(above.path().join("out.csv")).unwrap();
    assert_eq!(table, "run,step,epoch,seconds,metric,value\nmetrics,1,,0,loss,0.5\nmetrics,2,,0,loss,0.25\n");
    for (name, _) in &all {
        assert!(said(&shown).contains(name.as_str()), "{name}: {}", said(&shown));
        assert!(said(&exported).contains(name.as_str()), "{name}: {}", said(&exported));
    }
    let single = called(&root, &["show", "metrics.jsonl"]);
    assert!(String::from_utf8_lossy(&single.stdout).contains("0.25"), "{}", said(&single));
    assert_eq!(fs::read_dir(&root).unwrap().count(), before + 1, "nothing was left in the folder");
}

#[test]
fn what_makes_no_sense_ends_with_2_and_what_is_not_there_with_1() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("here");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.csv"), "step,loss,accuracy\n1,0.5,0.6\n2,0.4,0.7\n").unwrap();
    for (arguments, status, words) in [
        (&["show", "a.csv"][..], 0, ""),
        (&["show", "a.csv", "--run", "a", "--metric", "accuracy", "--tab", "charts"], 0, ""),
        (&["show", "a.csv", "--tab", "confsion"], 2, "runs, charts, confusion, neurons, compare, logs"),
        (&["show", "a.csv", "--keys", "j bogus"], 2, "page-down"),
        (&["show", "a.csv", "--y", "nosuch"], 1, "there are: step, accuracy, loss"),
        (&["show", "a.csv", "--x", "tokens"], 1, "there are: step, accuracy, loss"),
        (&["show", "a.csv", "--run", "b"], 1, "there are: a"),
        (&["show", "a.csv", "--metric", "f2"], 1, "loss"),
        (&["show", "nosuch"], 1, "perceptop sessions"),
        (&["diff", "nosuch", "a.csv"], 1, "perceptop sessions"),
        (&["review", "a.csv"], 2, "perceptop show PATH"),
        (&["review", "later.jsonl"], 2, "perceptop show PATH"),
        (&["review"], 2, "perceptop show PATH"),
        (&["show", "ssh://-bad/x"], 1, "not an address"),
    ] {
        let output = called(&root, arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{arguments:?}");
    }
}

#[test]
fn sessions_and_runs_are_found_by_name() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("here");
    let runs = root.join("logs/paper/runs");
    fs::create_dir_all(&runs).unwrap();
    for run in ["relu-s0", "tanh-s0"] {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs/net-s0.jsonl");
        fs::copy(fixture, runs.join(format!("{run}.jsonl"))).unwrap();
    }
    for arguments in [
        &["show", "paper"][..],
        &["show", "paper/relu-s0"],
        &["show", "paper", "--run", "tanh-s0"],
        &["diff", "paper/relu-s0", "paper/tanh-s0"],
        &["diff", "logs/paper/relu-s0", "paper/tanh-s0"],
        &["export", "paper", "--format", "csv", "--out", "../out.csv"],
        &["export", "paper/relu-s0", "--format", "csv", "--out", "../out.csv"],
        &["report", "paper", "--out", "../report"],
    ] {
        let output = called(&root, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    }
    assert!(!root.join("logs/paper/.index.json").exists());
}

#[test]
fn the_locale_decides_the_letters_of_a_frame() {
    let above = tempfile::tempdir().unwrap();
    fs::write(above.path().join("a.csv"), "step,loss\n1,0.5\n2,0.4\n").unwrap();
    let frame = |locale: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perceptop"));
        command.args(["show", "a.csv"]).current_dir(above.path()).env("LC_ALL", locale);
        command.env("XDG_CACHE_HOME", above.path()).output().unwrap().stdout
    };
    assert!(frame("C").is_ascii());
    assert!(!frame("C.UTF-8").is_ascii());
}
