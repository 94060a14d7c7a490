//! The command line from outside: what it says, and the exit statuses that scripts rely on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Exit status and both outputs of the program, called in `folder`, its path and times made the same everywhere.
fn called(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_perceptop"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_STATE_HOME", folder)
        .env("XDG_CACHE_HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env_remove("PERCEPTOP_DATA")
        .output()
        .unwrap();
    let text = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
    (ended.status.code().unwrap(), text.replace(folder.to_str().unwrap(), "HERE"))
}

fn refused(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (status, text) = called(folder.path(), arguments);
    assert_ne!(status, 0, "{text}");
    assert!(!text.contains("panicked"), "{text}");
    format!("{status}: {text}")
}

#[test]
fn bad_command_lines() {
    insta::assert_snapshot!(refused(&["run"]));
    insta::assert_snapshot!(refused(&["show", "logs/a", "--size", "12"]));
    insta::assert_snapshot!(refused(&["run", "quick", "--set", "epochs"]));
    insta::assert_snapshot!(refused(&["run", "quick", "--jobs", "0"]));
    insta::assert_snapshot!(refused(&["review", "--fps", "400"]));
}

#[test]
fn things_that_are_not_there() {
    insta::assert_snapshot!(refused(&["run", "none.json"]));
    insta::assert_snapshot!(refused(&["review", "none.jsonl"]));
    insta::assert_snapshot!(refused(&["attach"]));
    insta::assert_snapshot!(refused(&["attach", "none"]));
    insta::assert_snapshot!(refused(&["stop", "none"]));
    insta::assert_snapshot!(refused(&["run", "--resume", "none"]));
    insta::assert_snapshot!(refused(&["show", "none", "--tab", "charts"]));
    insta::assert_snapshot!(refused(&["data", "info", "--data", "none"]));
}

#[test]
fn suites_that_make_no_sense_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("key", r#"{"name": "x", "base": {"epoch": 3}, "experiments": [{"name": "a"}]}"#),
        ("value", r#"{"name": "x", "experiments": [{"name": "a", "activation": "rulu"}]}"#),
        ("syntax", r#"{"name": "x", "#),
    ] {
        fs::write(folder.path().join("suite.json"), text).unwrap();
        let (status, text) = called(folder.path(), &["run", "suite.json", "--headless", "--data", "synthetic"]);
        assert_eq!(status, 2, "{text}");
        insta::assert_snapshot!(name, text);
    }
    assert!(!folder.path().join("logs").exists());
}

#[test]
fn runs_that_do_not_fit_their_data_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    called(folder.path(), &["data", "synth", "--out", "digits", "--train", "64", "--test", "10"]);
    for (name, setting, key) in [
        ("neighbours", r#""family": "knn", "k": 65"#, "k: found 65"),
        ("cells", r#""features": {"hog": {"cell": 15, "block": 2}}, "batch_size": 8"#, "features.hog: found blocks"),
    ] {
        let text = format!(r#"{{"name": "x", "base": {{"epochs": 1}}, "experiments": [{{"name": "a", {setting}}}]}}"#);
        fs::write(folder.path().join("suite.json"), text).unwrap();
        for how in ["--headless", "--detach"] {
            let (status, text) = called(folder.path(), &["run", "suite.json", how, "--data", "digits"]);
            assert_eq!(status, 1, "{text}");
            assert!(text.starts_with("perceptop: suite.json: run a-s0: ") && text.contains(key), "{name}: {text}");
            assert!(text.contains("allowed: "), "{name}: {text}");
            assert!(!folder.path().join("logs").exists(), "{name}");
        }
    }
    let (status, text) = called(folder.path(), &["run", "quick", "--headless", "--data", "nowhere"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("nowhere") && !folder.path().join("logs").exists(), "{text}");
}

#[test]
fn a_small_suite_is_trained_read_back_and_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let suite = r#"{"name": "small", "base": {"hidden": [16], "epochs": 2},
                    "experiments": [{"name": "relu", "activation": "relu"}], "seeds": [0, 1]}"#;
    fs::write(folder.path().join("suite.json"), suite).unwrap();
    let here = |arguments: &[&str]| {
        let (status, text) = called(folder.path(), arguments);
        assert_eq!(status, 0, "{arguments:?}: {text}");
        text
    };
    here(&["data", "synth", "--out", "digits", "--train", "640", "--test", "100"]);
    let text = here(&["run", "suite.json", "--data", "digits"]);
    assert_eq!(text.matches("finished").count(), 3, "two runs and the table: {text}");
    assert!(text.contains("digits (640 training and 100 test images)") && !text.contains('\x1b'), "{text}");

    let session = fs::read_dir(folder.path().join("logs")).unwrap().flatten().find(|e| e.path().is_dir()).unwrap();
    let session = format!("logs/{}", session.file_name().to_str().unwrap());
    for tab in ["runs", "charts", "confusion", "neurons", "compare"] {
        let frame = here(&["show", &session, "--tab", tab, "--size", "100x30"]);
        assert_eq!(frame.lines().count(), 30);
        assert!(frame.contains("relu") && !frame.contains('\x1b'), "{frame}");
    }
    assert!(here(&["show", &session, "--format", "svg"]).starts_with("<svg"));
    assert!(here(&["show", &session, "--format", "ansi"]).contains("\x1b["));
    assert!(here(&["show", &session, "--keys", "?"]).contains("next tab"));
    assert!(here(&["sessions"]).contains("done   2/2 "));
    here(&["export", &session, "--format", "csv", "--out", "table.csv"]);
    assert!(fs::read_to_string(folder.path().join("table.csv")).unwrap().contains("test_accuracy"));
    assert!(here(&["diff", &format!("{session}/relu-s0"), &format!("{session}/relu-s1")]).contains("seed"));
    let again = here(&["run", "--resume", &session]);
    assert!(again.contains("2 finished") && !again.contains("epoch"), "nothing is left to do: {again}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_host_gives_way_to_whoever_is_at_the_keyboard() {
    let folder = tempfile::tempdir().unwrap();
    let suite = r#"{"name": "long", "base": {"hidden": [16], "epochs": 100000}, "experiments": [{"name": "a"}]}"#;
    fs::write(folder.path().join("suite.json"), suite).unwrap();
    called(folder.path(), &["data", "synth", "--out", "digits", "--train", "640", "--test", "100"]);
    let (status, session) = called(folder.path(), &["run", "suite.json", "--detach", "--data", "digits"]);
    assert_eq!(status, 0, "{session}");
    let header = fs::read_to_string(folder.path().join(session.trim()).join("session.json")).unwrap();
    let header: serde_json::Value = serde_json::from_str(&header).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", header["pid"])).unwrap();
    let (status, text) = called(folder.path(), &["stop", session.trim()]);
    assert_eq!(status, 0, "{text}");
    // Behind the name in brackets, the seventeenth field is how nice it is.
    let nice: i32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap();
    assert!(nice >= 5, "{stat}");
}

#[test]
fn features_are_written_for_python() {
    let folder = tempfile::tempdir().unwrap();
    let (status, text) = called(folder.path(), &["data", "synth", "--out", "digits", "--train", "50", "--test", "20"]);
    assert_eq!(status, 0, "{text}");
    let (status, text) =
        called(folder.path(), &["features", "hog", "--data", "digits", "--split", "test", "--out", "hog.npy"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("20 x 324 float32"), "{text}");
    assert!(fs::read(folder.path().join("hog.npy")).unwrap().starts_with(b"\x93NUMPY"));
    let (status, text) =
        called(folder.path(), &["features", "hog", "--data", "digits", "--cell", "40", "--out", "hog.npy"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("cell"), "{text}");
}

#[test]
fn a_dry_run_lists_the_runs_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let suite = r#"{"name": "grid", "base": {"hidden": [8], "epochs": 1, "lr": [0.1, 0.5]},
        "experiments": [{"name": "net", "seeds": [0, 1]}, {"name": "svm", "family": "svm", "lr": 1, "c": 2,
                         "features": {"hog": {"orientations": 4, "cell": 14, "block": 1}}}]}"#;
    fs::write(folder.path().join("grid.json"), suite).unwrap();
    let dry = ["run", "grid.json", "--dry-run", "--data", "synthetic", "--jobs", "2"];
    let (status, text) = called(folder.path(), &dry);
    assert_eq!(status, 0, "{text}");
    // The times are this machine's; everything else is the suite's.
    let is_time = |word: &str| word.chars().all(|letter| letter.is_ascii_digit() || ".:".contains(letter));
    let plain = |line: &str| {
        let words = line.replace('(', "( ");
        let words: Vec<_> = words.split_whitespace().map(|word| if is_time(word) { "N" } else { word }).collect();
        // Without the unit, which a time on the clock has not.
        words.join(" ").replace("N s", "N")
    };
    insta::assert_snapshot!(text.lines().map(plain).collect::<Vec<_>>().join("\n"));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["grid.json"]);

    let (status, text) = called(folder.path(), &[&dry[..], &["--set", "epoch=2"]].concat());
    assert_eq!(status, 2, "{text}");
    let (status, text) = called(folder.path(), &[&dry[..], &["--set", "batch=60001"]].concat());
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("batch_size: found 60001; allowed: 1 to 60000"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn built_in_suites_are_listed_and_found_without_a_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let (status, text) = called(folder.path(), &["suites"]);
    assert_eq!(status, 0, "{text}");
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(refused(&["run", "actvations"]));
    let dry = ["run", "paper", "--dry-run", "--only", "l2", "--set", "hidden=[8]", "--data", "synthetic"];
    let (status, text) = called(folder.path(), &dry);
    assert!(status == 0 && text.contains("paper: 3 runs") && text.contains("l2-s2"), "{text}");
}

/// Whether a program can be called.
fn is_there(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|ended| ended.status.success())
}

/// What bash offers after `line`, with the script of `perceptop completions bash` sourced.
fn offered_by_bash(folder: &Path, line: &str) -> Vec<String> {
    let (status, script) = called(folder, &["completions", "bash"]);
    assert_eq!(status, 0, "{script}");
    fs::write(folder.join("completion.bash"), script).unwrap();
    let asked = format!(
        "source completion.bash && COMP_WORDS=({line} '') && COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) \
         && _perceptop perceptop '' \"${{COMP_WORDS[COMP_CWORD - 1]}}\" && printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let ended = Command::new("bash").args(["--norc", "-c", &asked]).current_dir(folder).output().unwrap();
    assert!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_and_values() {
    if !is_there("bash", "--version") {
        println!("skipped: bash is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let commands = offered_by_bash(folder.path(), "perceptop");
    for command in ["run", "review", "attach", "completions", "man"] {
        assert!(commands.iter().any(|offered| offered == command), "{command}: {commands:?}");
    }
    assert_eq!(offered_by_bash(folder.path(), "perceptop show --glyphs"), ["braille", "blocks", "ascii"]);
}

#[test]
fn every_shell_has_a_script_and_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, script) = called(folder.path(), &["completions", shell]);
        assert_eq!(status, 0, "{script}");
        assert!(script.contains("perceptop") && script.contains("read-only"), "{shell}: {script}");
        let checked = match shell {
            "bash" | "zsh" | "fish" if is_there(shell, "--version") => {
                fs::write(folder.path().join("script"), script).unwrap();
                Command::new(shell).args(["-n", "script"]).current_dir(folder.path()).output().unwrap()
            }
            _ => continue,
        };
        assert!(checked.status.success(), "{shell}: {}", String::from_utf8_lossy(&checked.stderr));
    }
    let (status, text) = called(folder.path(), &["completions", "tcsh"]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("tcsh") && text.contains("elvish"), "{text}");
}

#[test]
fn the_manual_pages_render() {
    let folder = tempfile::tempdir().unwrap();
    let (status, page) = called(folder.path(), &["man"]);
    assert_eq!(status, 0, "{page}");
    let (status, told) = called(folder.path(), &["man", "--out", "new/man1"]);
    assert_eq!(status, 0, "{told}");
    let written: Vec<_> = told.lines().collect();
    for name in ["perceptop.1", "perceptop-run.1", "perceptop-data-fetch.1"] {
        assert!(written.contains(&format!("new/man1/{name}").as_str()), "{name}: {told}");
    }
    assert!(!told.contains("-help"), "{told}");
    let reader = if Command::new("mandoc").arg("-h").output().is_ok() {
        Some(Command::new("mandoc"))
    } else if is_there("man", "--version") && is_there("groff", "--version") {
        let mut man = Command::new("man");
        man.args(["--warnings", "-l"]);
        Some(man)
    } else {
        None
    };
    let Some(mut reader) = reader else {
        println!("skipped: neither mandoc nor man with groff is installed");
        return;
    };
    let shown = reader
        .args(written)
        .current_dir(folder.path())
        .env("MANPAGER", "cat")
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "120")
        .output()
        .unwrap();
    let (text, warnings) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.status.success(), "{warnings}");
    assert!(text.contains("perceptop") && text.contains("exit") | text.contains("Exit"), "{text}");
    assert!(!warnings.contains("rror"), "{warnings}");
}
