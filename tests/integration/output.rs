//! Where `--out` leads: files, links, pipes, the standard output. Called from outside, as a shell does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const TABLE: &str = "run,step,epoch,seconds,metric,value\na,1,,0,loss,0.5\na,2,,0,loss,0.25\n";

/// A folder with one log of another program.
fn here() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.25}\n").unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perceptop"));
    command.args(arguments).current_dir(folder).env("XDG_STATE_HOME", folder).env("XDG_CACHE_HOME", folder);
    command.env("XDG_RUNTIME_DIR", folder).env_remove("PERCEPTOP_DATA").stdin(Stdio::null());
    command
}

fn export(folder: &Path, out: &str) -> Command {
    command(folder, &["export", "a.jsonl", "--format", "csv", "--out", out])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn the_standard_output_is_written_to_under_all_its_names() {
    let folder = here();
    // Under /proc nothing can be renamed, whoever calls: a mistake here harms no machine.
    for out in ["-", "/proc/self/fd/1"] {
        let output = export(folder.path(), out).output().unwrap();
        done(&output);
        assert_eq!(text(&output.stdout), TABLE, "{out}");
        assert!(text(&output.stderr).contains("1 file from 1 run"), "{out}");
    }
    assert!(!folder.path().join("-").exists());
}

#[test]
fn a_redirected_output_is_added_to_and_not_replaced() {
    let folder = here();
    let path = folder.path().join("kept.csv");
    for out in ["-", "/proc/self/fd/1", "kept.csv"] {
        fs::write(&path, "before\n").unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        done(&export(folder.path(), out).stdout(file).output().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("before\n{TABLE}"), "{out}");
    }
}

#[test]
fn a_pipe_is_written_to_and_stays_one() {
    let folder = here();
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let writer = export(folder.path(), "pipe").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(fs::read_to_string(&pipe).unwrap(), TABLE);
    done(&writer.wait_with_output().unwrap());
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn a_reader_that_has_read_enough_is_no_failure() {
    let folder = here();
    let rows: Vec<String> = (0..50_000).map(|step| format!("{{\"step\":{step},\"loss\":0.5}}\n")).collect();
    fs::write(folder.path().join("a.jsonl"), rows.concat()).unwrap();
    let mut writer = export(folder.path(), "-").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(writer.stdout.take());
    let output = writer.wait_with_output().unwrap();
    done(&output);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_link_is_followed_and_stays_one() {
    let folder = here();
    let [file, link, dangling] = ["t.csv", "link.csv", "dangling.csv"].map(|name| folder.path().join(name));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("t.csv", &link).unwrap();
    symlink("new.csv", &dangling).unwrap();
    for link in ["link.csv", "dangling.csv"] {
        done(&export(folder.path(), link).output().unwrap());
        assert!(fs::symlink_metadata(folder.path().join(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(fs::read_to_string(folder.path().join(link)).unwrap(), TABLE, "{link}");
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // Features go the same way.
    done(
        &command(folder.path(), &["data", "synth", "--out", "digits", "--train", "20", "--test", "20"])
            .output()
            .unwrap(),
    );
    let hog = ["features", "hog", "--data", "digits", "--split", "test", "--out", "link.csv"];
    done(&command(folder.path(), &hog).output().unwrap());
    assert!(fs::read(&file).unwrap().starts_with(b"\x93NUMPY"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let hog = ["features", "hog", "--data", "digits", "--split", "test", "--out", "-"];
    assert!(command(folder.path(), &hog).output().unwrap().stdout.starts_with(b"\x93NUMPY"));
}

#[test]
fn a_folder_is_not_written_to_the_standard_output() {
    let folder = here();
    for arguments in [
        &["report", "a.jsonl", "--out", "-"][..],
        &["export", "a.jsonl", "--format", "tensorboard", "--out", "-"],
        &["data", "synth", "--out", "-", "--train", "20", "--test", "20"],
    ] {
        let output = command(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--out -: a folder is written"), "{}", text(&output.stderr));
    }
    assert!(!folder.path().join("-").exists());
}

#[test]
fn an_output_that_cannot_be_written_leaves_what_was_there() {
    let folder = here();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("file"), "old").unwrap();
    for out in ["folder", "file/t.csv"] {
        let output = export(folder.path(), out).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{out}");
        assert!(text(&output.stderr).contains(&format!("cannot write {out}: ")), "{}", text(&output.stderr));
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}
