//! The filter language and the sorting by the command line: what is typed into the table of the study's runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::process::Command;

const PAPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/logs/paper");

/// The frame after keys; a text between quotes is typed letter by letter.
fn frame(path: &str, typed: &str, keys: &str) -> String {
    let letters = typed.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() });
    let typed: Vec<String> =
        if typed.is_empty() { Vec::new() } else { std::iter::once("/".to_owned()).chain(letters).collect() };
    let keys = format!("{} {keys}", typed.join(" "));
    let output = Command::new(env!("CARGO_BIN_EXE_perceptop"))
        .args(["show", path, "--size", "100x24", "--keys", keys.trim()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn filters_find_what_they_name_and_nothing_else() {
    for (filter, title) in [
        ("k=3", "runs 1 of 69"),
        ("activation=sigmoid family=knn", "runs 0 of 69"),
        ("epochs=15 family=knn", "runs 0 of 69"),
        ("lr<=0.1 family=knn,svm", "runs 0 of 69"),
        ("name=relu-s0", "runs 1 of 69"),
        ("acc > 0.98", "runs 9 of 69"),
        ("activation=tanh,relu -name~s0", "runs "),
        ("hog OR svm", "runs 9 of 69"),
        ("zzz", "0 of 69 runs match"),
    ] {
        let frame = frame(PAPER, filter, "enter");
        assert!(frame.contains(title), "{filter}: {frame}");
    }
}

#[test]
fn a_filter_that_cannot_be_understood_says_why_and_keeps_the_list() {
    for (filter, words) in [
        ("acc>abc", "acc is a number and \"abc\" is not"),
        ("acc>>0.9", "`>>` is not an operator"),
        ("activaton=relu", "did you mean activation?"),
        ("foo=bar", "tolerance"),
    ] {
        for enter in ["", "enter"] {
            let frame = frame(PAPER, filter, enter);
            assert!(frame.contains(words), "{filter}: {frame}");
            assert!(frame.contains("┌ runs ─"), "all runs are still listed, {filter}: {frame}");
        }
    }
    let frame = frame(PAPER, "acc>abc", "backspace backspace backspace 0 . 9 8 enter");
    assert!(frame.contains("runs 9 of 69") && !frame.contains("is a number"), "{frame}");
}

#[test]
fn a_metric_that_a_run_has_itself_comes_before_a_short_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keras.csv");
    std::fs::write(&path, "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.6,1.2,0.7,1.1\n1,0.8,0.6,0.75,0.9\n")
        .unwrap();
    for (filter, found) in [("loss<0.9", true), ("accuracy>0.77", true), ("accuracy>0.9", false), ("val_loss<1", true)]
    {
        let frame = frame(path.to_str().unwrap(), filter, "enter");
        assert_eq!(!frame.contains("0 of 1 runs match"), found, "{filter}: {frame}");
    }
}

#[test]
fn sorting_shows_an_arrow_and_the_best_first() {
    let frame = frame(PAPER, "", "G s s s s s s");
    let lines: Vec<&str> = frame.lines().collect();
    let head = lines.iter().position(|line| line.contains("acc▾")).unwrap();
    assert!(lines[head + 1].contains("prelu-s0") && lines[head + 1].contains(".9822"), "{frame}");
    assert!(frame.contains("sorted by test accuracy, highest first"), "{frame}");
}
