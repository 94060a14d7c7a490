//! Runs of other tools through the command line: trees, several files of a run, several runs of a file, settings beside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn called(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perceptop"));
    command.args(arguments).current_dir(folder).env("HOME", folder).env("LANG", "C.UTF-8");
    command.env_remove("XDG_CONFIG_HOME").env_remove("LC_ALL").output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Two seeds of one experiment and one of another, each with its settings beside it, three folders down.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (run, lr, seed, last) in [("a-0", 0.1, 0, 0.25), ("a-1", 0.1, 1, 0.75), ("b-0", 0.2, 0, 0.125)] {
        let folder = format!("runs/exp/deep/{run}");
        write(root.path(), &format!("{folder}/metrics.csv"), &format!("epoch,step,val_loss\n0,1,2.0\n1,2,{last}\n"));
        write(root.path(), &format!("{folder}/hparams.yaml"), &format!("lr: {lr}\nseed: {seed}\n"));
    }
    root
}

#[test]
fn an_export_holds_the_runs_that_are_shown_under_the_same_names() {
    let root = tree();
    let shown = text(&called(root.path(), &["show", "runs", "--size", "100x20"]));
    let table = text(&called(root.path(), &["export", "runs", "--format", "csv", "--out", "-"]));
    for run in ["a-0", "a-1", "b-0"] {
        assert!(shown.contains(&format!("  {run} ")), "{shown}");
        assert!(table.contains(&format!("\n{run},2,1,0,val_loss,")), "{table}");
    }
    assert_eq!(table.lines().filter(|row| row.contains(",val_loss,")).count(), 6, "{table}");
}

#[test]
fn runs_that_differ_in_the_seed_only_are_one_experiment() {
    let root = tree();
    let compared = text(&called(root.path(), &["show", "runs", "--tab", "compare", "--size", "120x24"]));
    // The mean of 0.25 and 0.75, and the one of the other experiment.
    assert!(compared.contains("2 val_loss       0.5 ") && compared.contains("1 val_loss     0.125 "), "{compared}");
    assert!(compared.contains("lr 0.1"), "{compared}");
    let found = text(&called(root.path(), &["show", "runs", "--size", "100x20", "--keys", "/ l r = 0 . 2 enter"]));
    assert!(found.contains("b-0") && !found.contains("a-1"), "{found}");
}

#[test]
fn settings_are_compared_between_runs_of_other_tools() {
    let root = tree();
    let difference =
        text(&called(root.path(), &["diff", "runs/exp/deep/a-0/metrics.csv", "runs/exp/deep/b-0/metrics.csv"]));
    assert!(
        difference.lines().any(|row| row.starts_with("lr ") && row.contains("0.1") && row.ends_with("0.2")),
        "{difference}"
    );
    let same = text(&called(root.path(), &["diff", "runs/exp/deep/a-0/metrics.csv", "runs/exp/deep/a-0/metrics.csv"]));
    assert!(same.contains("The two runs have the same settings."), "{same}");
}

#[test]
fn a_column_of_words_makes_several_metrics_and_another_counts_the_steps() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "log.csv", "tokens,part,loss\n100,one,2\n100,two,4\n200,one,1\n200,two,3\n");
    let shown = text(&called(
        root.path(),
        &["show", "log.csv", "--x", "tokens", "--split", "part", "--tab", "charts", "--size", "100x24"],
    ));
    assert!(shown.contains("one/loss") || shown.contains("two/loss"), "{shown}");
    assert!(shown.contains("over tokens"), "{shown}");
}

#[test]
fn a_run_that_ends_by_its_tools_word_is_finished_and_one_that_is_silent_is_not() {
    let root = tempfile::tempdir().unwrap();
    let run = "mlruns/1/0123456789abcdef0123456789abcdef";
    let meta = |status: u8| {
        format!(
            "artifact_uri: x\nend_time: 1700000100000\nentry_point_name: ''\nexperiment_id: '1'\nlifecycle_stage: active\nrun_id: 0123456789abcdef0123456789abcdef\nrun_name: calm\nstart_time: 1700000000000\nstatus: {status}\n"
        )
    };
    write(root.path(), &format!("{run}/metrics/loss"), "1700000000000 1.5 0\n1700000050000 0.5 1\n");
    write(root.path(), &format!("{run}/meta.yaml"), &meta(3));
    let shown = |root: &Path| text(&called(root, &["show", "mlruns", "--size", "100x20"]));
    assert!(shown(root.path()).contains("1 done"), "{}", shown(root.path()));
    write(root.path(), &format!("{run}/meta.yaml"), &meta(1));
    assert!(!shown(root.path()).contains("1 done"), "{}", shown(root.path()));
}
