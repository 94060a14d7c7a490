//! Logs that somebody made to do harm, through the public door: a clear message, no panic, bounded memory, and nothing
//! that a terminal obeys.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// The address space that the program may take, in kB: the program, its threads' stacks and its buffers, and far less
/// than the largest of the files below would need if they were kept.
const MAX_MEMORY: u32 = 1_500_000;

/// A record of this program.
const OWN: &str = "{\"v\":1,\"seq\":0,\"t\":0,\"event\":\"paused\"}\n";

/// The program, its memory limited by the shell.
fn program(arguments: &[&str]) -> Output {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MAX_MEMORY}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_perceptop")])
        .args(arguments)
        .env_remove("COLORTERM")
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    assert!(output.status.code().is_some_and(|code| code <= 1), "{arguments:?}: {:?} {said}", output.status);
    output
}

/// The frame of a log on a tab, as text; it went well and holds no control character.
fn frame(path: &Path, more: &[&str]) -> String {
    let path = path.to_str().unwrap();
    let output = program(&[&["show", path, "--size", "100x30"], more].concat());
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{path}: {text:?}");
    text
}

/// What the program says of a path that it cannot show.
fn refusal(path: &Path) -> String {
    let output = program(&["show", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn escape_sequences_never_reach_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\u202e";
    let foreign = file(
        &folder,
        "a\u{1b}[31m.jsonl",
        format!("{{\"step\":1,\"loss{evil}\":2,\"{evil}\":3}}\n{{\"step\":2,\"loss{evil}\":1,\"{evil}\":4}}\n"),
    );
    for tab in ["runs", "charts", "confusion", "neurons", "compare", "logs"] {
        frame(&foreign, &["--tab", tab]);
        frame(&foreign, &["--tab", tab, "--keys", "?"]);
    }
    let own =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs/net-s0.jsonl")).unwrap();
    let own = own
        .replace("\"name\":\"net\"", &format!("\"name\":\"{evil}\""))
        .replace("größer", evil)
        .replace("\"dataset\":\"d\"", &format!("\"dataset\":\"{evil}\""))
        .replace("the training loss is NaN", evil)
        .replace("\"from\":\"relu\"", &format!("\"from\":\"{evil}\""));
    assert!(own.matches("owned").count() > 4);
    let session = folder.path().join("session");
    fs::create_dir_all(session.join("runs")).unwrap();
    fs::write(session.join("runs/net-s0.jsonl"), format!("{own}{evil} a bad line\n")).unwrap();
    fs::write(session.join("session.json"), format!("{{\"v\":1,\"suite\":\"{evil}\"")).unwrap();
    for tab in ["runs", "charts", "confusion", "neurons", "compare"] {
        frame(&session, &["--tab", tab]);
        let colours = program(&["show", session.to_str().unwrap(), "--tab", tab, "--format", "ansi"]).stdout;
        let colours = String::from_utf8(colours).unwrap();
        assert!(!colours.contains("\u{1b}[2J") && !colours.contains("\u{1b}]") && !colours.contains('\u{9b}'));
    }
    assert!(frame(&session, &["--keys", "!"]).contains("line"), "the bad line is listed");
    frame(folder.path(), &["--tab", "logs", "--keys", "l j"]);
    let refused = refusal(&folder.path().join("none\u{1b}[2J"));
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
    for arguments in [["diff"], ["export"]] {
        let path = session.join("runs/net-s0.jsonl");
        let path = path.to_str().unwrap();
        let out = folder.path().join("out.csv");
        let rest = if arguments[0] == "diff" {
            vec![path, path]
        } else {
            vec![path, "--format", "csv", "--out", out.to_str().unwrap()]
        };
        let output = program(&[&arguments[..], &rest].concat());
        let said = [output.stdout, output.stderr].concat();
        assert!(!said.contains(&0x1b), "{arguments:?}: {}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn a_line_of_100_megabytes_is_skipped_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.jsonl");
    let mut log = fs::File::create(&path).unwrap();
    log.write_all(b"{\"step\":1,\"loss\":2}\n").unwrap();
    let part = vec![b'['; 1 << 20];
    (0..100).for_each(|_| log.write_all(&part).unwrap());
    log.write_all(b"\n{\"step\":2,\"loss\":0.125}\n").unwrap();
    let shown = frame(&path, &["--tab", "charts"]);
    assert!(shown.contains(".125"), "what comes after it is read: {shown}");
    let faults = frame(&path, &["--keys", "!"]);
    assert!(faults.contains("16 MB"), "{faults}");
}

#[test]
fn a_hundred_thousand_metrics_are_counted_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let line = |step: usize, from: usize| {
        let names: Vec<String> = (from..from + 2_000).map(|at| format!("\"metric-{at}\":{at}")).collect();
        format!("{{\"step\":{step},{}}}\n", names.join(","))
    };
    let log: String = (0..50).map(|at| line(at, at * 2_000)).collect();
    let path = file(&folder, "many.jsonl", log);
    assert!(frame(&path, &["--tab", "charts"]).contains("1/500"));
    let faults = frame(&path, &["--keys", "!"]);
    assert!(faults.contains("more than 500 metrics"), "{faults}");
    let columns: Vec<String> = (0..100_000).map(|at| format!("c{at}")).collect();
    let table = file(&folder, "many.csv", format!("step,{}\n{}\n", columns.join(","), vec!["1"; 100_001].join(",")));
    frame(&table, &["--tab", "charts"]);
}

#[test]
fn nesting_bytes_that_are_no_text_and_numbers_without_end_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = b"{\"step\":1,\"loss\":0.5}\n".to_vec();
    log.extend("[".repeat(1 << 20).into_bytes());
    log.push(b'\n');
    log.extend("{\"a\":".repeat(1 << 20).into_bytes());
    log.push(b'\n');
    log.extend(b"\xff\xfe\x00\xc3\x28\n{\"step\":2,\"loss\":1e999,\"\xff\":3}\n");
    log.extend(b"{\"step\":1e999,\"loss\":-1e999}\n{\"step\":3,\"loss\":0.0625}\n");
    log.extend(format!("{{\"step\":4,\"loss\":{}}}\n", "9".repeat(100_000)).into_bytes());
    log.extend(b"{\"step\":5,\"loss\":0.0625}\n");
    let path = file(&folder, "odd.jsonl", &log);
    assert!(frame(&path, &["--tab", "charts"]).contains("0.0625"));
    let faults = frame(&path, &["--keys", "!"]);
    assert!(faults.contains("lines without a row of numbers, not read"), "{faults}");
    let own = folder.path().join("own.jsonl");
    let start = "{\"v\":1,\"seq\":0,\"t\":0.0,\"event\":\"paused\"}\n";
    fs::write(
        &own,
        [
            start.as_bytes(),
            &log,
            b"{\"v\":1,\"seq\":1,\"t\":1e999,\"event\":\"step\",\"step\":1,\"epoch\":1e999,\"train_loss\":1e999}\n",
        ]
        .concat(),
    )
    .unwrap();
    assert!(frame(&own, &["--keys", "!"]).contains("line 2"));
    let later = file(&folder, "later.jsonl", "{\"v\":99999999999,\"event\":\"step\"}\n");
    assert!(refusal(&later).contains("version 99999999999"));
    let empty = file(&folder, "empty.jsonl", "");
    assert!(refusal(&empty).contains("nothing that can be shown"));
}

#[test]
fn loops_of_links_end() {
    let folder = tempfile::tempdir().unwrap();
    symlink("loop", folder.path().join("loop")).unwrap();
    assert!(refusal(&folder.path().join("loop")).contains("symbolic links"));
    let inside = folder.path().join("a/b");
    fs::create_dir_all(&inside).unwrap();
    symlink(folder.path(), inside.join("up")).unwrap();
    symlink(folder.path().join("a"), folder.path().join("a/again")).unwrap();
    assert!(refusal(&folder.path().join("a")).contains("holds no run"));
    fs::write(folder.path().join("a/run.jsonl"), "{\"step\":1,\"loss\":2}\n").unwrap();
    let shown = frame(&folder.path().join("a"), &[]);
    assert!(shown.contains("run"), "{shown}");
    // A session whose runs/ is itself, and one whose log is a link to itself.
    let session = folder.path().join("session");
    fs::create_dir(&session).unwrap();
    symlink(&session, session.join("runs")).unwrap();
    assert!(refusal(&session).contains("holds no run"));
    fs::write(session.join("own.jsonl"), OWN).unwrap();
    frame(&session, &[]);
    let other = folder.path().join("other/runs");
    fs::create_dir_all(&other).unwrap();
    symlink("a.jsonl", other.join("a.jsonl")).unwrap();
    fs::write(other.join("own.jsonl"), OWN).unwrap();
    assert!(frame(other.parent().unwrap(), &["--keys", "!"]).contains("symbolic links"));
}

#[test]
fn what_is_no_file_or_may_not_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("session/runs");
    fs::create_dir_all(&runs).unwrap();
    fs::create_dir(runs.join("folder.jsonl")).unwrap();
    let made = Command::new("mkfifo").arg(runs.join("pipe.jsonl")).status().unwrap();
    assert!(made.success());
    fs::write(runs.join("own.jsonl"), OWN).unwrap();
    let shown = frame(&folder.path().join("session"), &["--keys", "!"]);
    assert_eq!(shown.matches("is not a regular file").count(), 2, "{shown}");
    // Root may read everything: as another user where that can be had, else the file alone cannot show it.
    let secret = file(&folder, "secret.jsonl", "{\"step\":1,\"loss\":2}\n");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let binary = folder.path().join("perceptop");
    fs::copy(env!("CARGO_BIN_EXE_perceptop"), &binary).unwrap();
    let show = |path: &Path| {
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(&binary);
            command
        } else {
            Command::new(&binary)
        };
        command.arg("show").arg(path).args(["--size", "120x20", "--keys", "!"]).output().unwrap()
    };
    let output = show(&secret);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("Permission denied") && said.contains("secret.jsonl"), "{said}");
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let output = show(&closed);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("Permission denied") && said.contains("closed"), "{said}");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}
