//! The mean, deviation and count over seeds are the same on every surface: the tab Compare, the report, the table of a
//! run without a terminal, and the exported figures averaged here over the runs that count.
//!
//! The session has three runs that the program trained, one that it trains on resuming, and logs made of those: a
//! stopped run, one that diverged, one that was changed while live, a fork, a repeated seed, and an experiment of which
//! no run came to its end. Their figures lie far from the others, so that one run too many shows in every mean.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

use perceptop::protocol::RunPlan;
use perceptop::record::SessionFolder;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A session in a folder of its own.
struct Stage {
    base: tempfile::TempDir,
}

impl Stage {
    /// What the program prints; it must end with `status`.
    fn perceptop(&self, arguments: &[&str], status: i32) -> String {
        let ended = Command::new(env!("CARGO_BIN_EXE_perceptop"))
            .args(arguments)
            .current_dir(self.base.path())
            .envs(["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"].map(|name| (name, self.base.path())))
            .env("LANG", "C.UTF-8")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(status), "{arguments:?}: {said}{errors}");
        said
    }

    fn session(&self) -> PathBuf {
        let mut folders = fs::read_dir(self.base.path().join("logs")).unwrap().map(|entry| entry.unwrap().path());
        folders.find(|path| path.join("session.json").exists()).unwrap()
    }

    fn log(&self, run: &str) -> PathBuf {
        self.session().join(format!("runs/{run}.jsonl"))
    }

    /// Writes the log and the plan of a run of experiment `name` as `change` makes them of the lines of `plain-s0`.
    fn derive(&self, run: &str, name: &str, seed: u64, change: impl FnOnce(&mut Vec<Value>)) {
        let text = fs::read_to_string(self.log("plain-s0")).unwrap();
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines[0]["run"] = json!(run);
        lines[0]["name"] = json!(name);
        lines[0]["seed"] = json!(seed);
        change(&mut lines);
        let plan = json!({"run": run, "name": name, "order": 10 + seed, "seed": seed, "spec": lines[0]["spec"],
                          "fork_of": lines[0].get("resumed_from")});
        self.plan(&plan);
        for (seq, line) in lines.iter_mut().enumerate() {
            line["seq"] = json!(seq);
        }
        let text = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n";
        fs::write(self.log(run), text).unwrap();
    }

    fn plan(&self, plan: &Value) {
        let plan: RunPlan = serde_json::from_value(plan.clone()).unwrap();
        SessionFolder::open(&self.session()).unwrap().enqueue(&plan).unwrap();
    }
}

/// The settings that the logs were begun with.
fn spec(lines: &mut [Value]) -> &mut Value {
    &mut lines[0]["spec"]
}

/// Sets what every evaluation found, and the end's figures with them.
fn found(lines: &mut [Value], accuracy: f64, test_loss: f64, train_loss: f64) {
    for line in lines.iter_mut().filter(|line| line["event"] == "epoch" || line["event"] == "run_finished") {
        line["test_accuracy"] = json!(accuracy);
        line["test_loss"] = json!(test_loss);
        line["train_loss"] = json!(train_loss);
    }
}

/// Lets the run end after its first epoch, with an event and its reason.
fn ends_early(lines: &mut Vec<Value>, event: &str, reason: &str) {
    let epoch = lines.iter().position(|line| line["event"] == "epoch").unwrap();
    let mut end = lines[epoch].clone();
    lines.truncate(epoch + 1);
    end["event"] = json!(event);
    end["reason"] = json!(reason);
    end["seconds"] = json!(0.5);
    lines.push(end);
}

/// The session, resumed at last so that its remaining run is trained: the table that this printed comes with it.
fn stage() -> (Stage, String) {
    let stage = Stage { base: tempfile::tempdir().unwrap() };
    stage.perceptop(&["data", "synth", "--out", "data", "--train", "640", "--test", "100"], 0);
    let suite = json!({"name": "figures", "base": {"hidden": [16], "epochs": 3, "inactive_every": 0},
                       "experiments": [{"name": "plain", "activation": "relu"}], "seeds": [0, 1, 2]});
    fs::write(stage.base.path().join("suite.json"), suite.to_string()).unwrap();
    stage.perceptop(&["run", "suite.json", "--data", "data", "--headless"], 0);

    stage.derive("again-s0", "again", 0, |lines| found(lines, 0.01, 0.11, 0.12));
    stage.derive("plain-s3", "plain", 3, |lines| {
        found(lines, 0.02, 0.21, 0.22);
        ends_early(lines, "run_stopped", "stopped by user");
    });
    stage.derive("plain-s4", "plain", 4, |lines| {
        found(lines, 0.03, 71.0, 72.0);
        ends_early(lines, "run_failed", "diverged");
    });
    stage.derive("plain-s5", "plain", 5, |lines| {
        found(lines, 0.04, 0.41, 0.42);
        let change = json!({"v": 1, "seq": 0, "t": 0.1, "event": "change", "step": 10, "field": "activation",
                            "from": "relu", "to": "tanh"});
        let at = lines.iter().position(|line| line["event"] == "epoch").unwrap();
        lines.insert(at + 1, change);
    });
    stage.derive("plain-s0-f1", "plain", 0, |lines| {
        found(lines, 0.05, 0.51, 0.52);
        spec(lines)["learning_rate"] = json!(0.25);
        lines[0]["resumed_from"] = json!({"run": "plain-s0", "step": 10, "epoch": 1.0});
    });
    for (seed, accuracy, loss, event, reason) in
        [(0, 0.06, 33.0, "run_failed", "diverged"), (1, 0.09, 2.0, "run_stopped", "stopped by user")]
    {
        stage.derive(&format!("hot-s{seed}"), "hot", seed, |lines| {
            found(lines, accuracy, loss, loss + 1.0);
            spec(lines)["learning_rate"] = json!(9.0);
            ends_early(lines, event, reason);
        });
    }
    let spec =
        serde_json::from_str::<Value>(fs::read_to_string(stage.log("plain-s0")).unwrap().lines().next().unwrap());
    let waits = json!({"run": "plain-s6", "name": "plain", "order": 30, "seed": 6, "spec": spec.unwrap()["spec"]});
    stage.plan(&waits);
    let session = stage.session();
    let said = stage.perceptop(&["run", "--resume", session.to_str().unwrap(), "--data", "data", "--headless"], 0);
    (stage, said)
}

/// What a surface writes of a group, to four decimals.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    runs: usize,
    accuracy: Mean,
    test_loss: Mean,
    train_loss: Mean,
}

/// A mean, and its deviation where the surface writes one.
#[derive(Clone, Debug, PartialEq)]
struct Mean(String, Option<String>);

fn four(text: &str) -> String {
    let number: f64 = text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"));
    format!("{number:.4}")
}

/// Reads `0.2225 +- 0.0750`, `0.2225 ± 0.0750 so far`, `.2225 ±.0750` or a mean alone.
fn mean(text: &str) -> Mean {
    let text = text.trim().trim_end_matches("so far").replace("+-", "±");
    match text.split_once('±') {
        Some((mean, deviation)) => Mean(four(mean.trim()), Some(four(deviation.trim()))),
        None => Mean(four(text.trim()), None),
    }
}

/// A group: how its line begins where it goes by its key and where by its run, and the runs that count.
struct Group {
    key: &'static str,
    name: &'static str,
    counted: &'static [&'static str],
}

const GROUPS: [Group; 4] = [
    Group { key: "plain ", name: "plain ", counted: &["plain-s0", "plain-s1", "plain-s2", "plain-s6"] },
    Group { key: "hot ", name: "hot ", counted: &["hot-s0", "hot-s1"] },
    Group { key: "plain-s0-f1: fork of plain-s0", name: "plain-s0-f1 ", counted: &["plain-s0-f1"] },
    Group { key: "plain-s5: relu -> tanh", name: "plain-s5 ", counted: &["plain-s5"] },
];

/// The only line that begins with a text, whatever frame and mark stand before it.
fn line<'a>(text: &'a str, start: &str) -> &'a str {
    let begins = |line: &&str| line.trim_start_matches(|letter: char| !letter.is_alphanumeric()).starts_with(start);
    // Titles of panels are no rows.
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('┌')).filter(begins).collect();
    assert_eq!(lines.len(), 1, "{start:?}: {lines:?} of {text}");
    lines[0]
}

/// The last figures of each run in an exported table, averaged over the runs that count.
fn exported(csv: &str, group: &Group) -> Written {
    let last = |run: &str, metric: &str| -> f64 {
        let mut rows = csv.lines().map(|row| row.split(',').collect::<Vec<_>>());
        let row = rows.rfind(|cells| cells[0] == run && cells[4] == metric);
        row.unwrap_or_else(|| panic!("no {metric} of {run}"))[5].parse().unwrap()
    };
    let over = |metric: &str| {
        let values: Vec<f64> = group.counted.iter().map(|run| last(run, metric)).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Mean(format!("{mean:.4}"), (values.len() > 1).then(|| format!("{:.4}", (squares / (n - 1.0)).sqrt())))
    };
    Written {
        runs: group.counted.len(),
        accuracy: over("test_accuracy"),
        test_loss: over("test_loss"),
        train_loss: over("epoch_train_loss"),
    }
}

/// A row of the table that a run without a terminal prints at its end.
fn printed(text: &str, group: &Group) -> Written {
    let table = text.split_once("\nexperiment ").unwrap().1;
    let row = &line(table, group.name)[group.name.len()..];
    let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let [runs, accuracy, test_loss, train_loss, ..] = cells[..] else { panic!("{cells:?}") };
    Written {
        runs: runs.parse().unwrap(),
        accuracy: mean(accuracy),
        test_loss: mean(test_loss),
        train_loss: mean(train_loss),
    }
}

/// A row of the report's table of experiments.
fn reported(page: &str, group: &Group) -> Written {
    let table = page.split("## Experiments").nth(1).unwrap().split("##").next().unwrap().replace("&gt;", ">");
    let row = table.lines().find(|row| row.starts_with(&format!("| {}", group.key))).unwrap();
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    Written {
        runs: cells[2].parse().unwrap(),
        accuracy: mean(cells[3]),
        test_loss: mean(cells[5]),
        train_loss: mean(cells[6]),
    }
}

/// A row of the tab Compare, by the places of its heads; of the losses it has the means alone.
fn shown(screen: &str, group: &Group) -> Written {
    let head: Vec<char> = line(screen, "group ").chars().collect();
    let row: Vec<char> = line(screen, group.key).chars().collect();
    let cell = |name: &str, wide: usize| -> String {
        let name: Vec<char> = name.chars().collect();
        let end = head.windows(name.len()).position(|part| part == name).unwrap() + name.len();
        row[end - wide..end].iter().collect()
    };
    Written {
        runs: cell("  n", 3).trim().parse().unwrap(),
        accuracy: mean(&cell("accuracy", 14)),
        test_loss: mean(&cell("test loss", 9)),
        train_loss: mean(&cell("train loss", 10)),
    }
}

#[test]
fn means_over_seeds_are_the_same_on_every_surface() {
    let (stage, said) = stage();
    let session = stage.session();
    let session = session.to_str().unwrap();
    let show =
        |keys: &str| stage.perceptop(&["show", session, "--tab", "compare", "--size", "160x40", "--keys", keys], 0);
    let screen = show("");
    stage.perceptop(&["report", session, "--out", "report"], 0);
    let page = fs::read_to_string(stage.base.path().join("report/report.md")).unwrap();
    let csv = stage.perceptop(&["export", session, "--format", "csv", "--out", "-"], 0);
    for (place, group) in GROUPS.iter().enumerate() {
        let wanted = exported(&csv, group);
        assert_eq!(printed(&said, group), wanted, "without a terminal: {}\n{said}", group.key);
        assert_eq!(reported(&page, group), wanted, "in the report: {}\n{page}", group.key);
        let mut on_screen = shown(&screen, group);
        for (loss, of) in
            [(&mut on_screen.test_loss, &wanted.test_loss), (&mut on_screen.train_loss, &wanted.train_loss)]
        {
            assert_eq!(loss.1, None);
            loss.1.clone_from(&of.1);
        }
        assert_eq!(on_screen, wanted, "in Compare: {}\n{screen}", group.key);
        // Below the table the selected group is described in words.
        let words = show(&"j ".repeat(place));
        let Mean(mean, deviation) = &wanted.accuracy;
        let several = |deviation: &String| format!(" ± {deviation} over {} runs", wanted.runs);
        let over = deviation.as_ref().map_or(", one run".to_owned(), several);
        assert!(words.contains(&format!("accuracy   {mean}{over}")), "{mean}{over}: {words}");
    }
    // The figures of an experiment without a complete run are marked as such.
    assert!(line(&said, "hot ").contains("figures so far") && page.contains(" so far"));
    let left_out = "1 stopped, 1 diverged, 1 repeats a seed";
    assert!(screen.contains(left_out) && page.contains(left_out), "{screen}\n{page}");
}
