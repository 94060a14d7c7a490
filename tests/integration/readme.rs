//! The README is short and names every command; the screens and the study that it and docs/ show are what the program
//! makes of the committed logs. `UPDATE_DOCS=1 cargo test --test integration readme` writes these parts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use super::documents::hold_part;
use std::fs;
use std::path::Path;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

#[test]
fn the_readme_is_short() {
    let lines = fs::read_to_string(PATH).unwrap().lines().count();
    assert!(lines <= 150, "{lines} lines: details belong into docs/");
}

#[test]
fn every_command_is_told_of() {
    let text = fs::read_to_string(PATH).unwrap();
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_perceptop")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
    for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        // `stream` is the far end of `review ssh://`, which nobody types.
        if !["help", "stream"].contains(&name) {
            assert!(text.contains(&format!("perceptop {name}")), "{name} is not in the README");
        }
    }
}

/// What docs/figures.md shows of the study, cut from the report in `logs/paper`.
fn study(report: &str) -> String {
    let table = |heading: &str| {
        let rows = report.lines().skip_while(|line| *line != heading);
        let rows = rows.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
        rows.map(str::to_owned).collect::<Vec<_>>()
    };
    let figure = |number: u32| {
        let caption = report.lines().find(|line| line.starts_with(&format!("*Figure {number}:"))).unwrap();
        format!("![Figure {number}](../logs/paper/figures/figure-{number:02}.svg)\n\n{caption}\n")
    };
    let session = table("# MNIST classification using multilayer neural networks: the study, run again");
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let (heads, values) = (cells(&session[0]), cells(&session[2]));
    let of = |head: &str| values[heads.iter().position(|found| found == head).unwrap()].clone();
    format!(
        "One run of `configs/paper.json` on {}: {} runs, {} of one core each, {} with {} at a time.\n\n{}\n\n{}\n{}",
        of("Data"),
        of("Runs"),
        of("Time of all runs"),
        of("Wall clock"),
        of("Workers"),
        table("## At a glance").join("\n"),
        figure(2),
        figure(5)
    )
}

/// The screens that pages show of the committed logs: the page, the tab, the size, the keys pressed before.
const SCREENS: &[(&str, &str, &str, &str)] = &[
    ("README.md", "runs", "100x26", "] ]"),
    ("docs/figures.md", "charts", "100x26", "m ] m ] m"),
    ("docs/figures.md", "confusion", "100x24", ""),
    ("docs/figures.md", "neurons", "100x30", "] ]"),
    // Down to the HOG network, which becomes the reference, and back up to k-NN.
    ("docs/figures.md", "compare", "120x30", "down down down down down down down down down enter up up up up up up"),
];

/// A tab on the committed logs.
fn screen(tab: &str, size: &str, keys: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_perceptop"))
        .args(["show", "logs/paper", "--tab", tab, "--size", size, "--keys", keys])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_STATE_HOME", home.path())
        .env("XDG_CACHE_HOME", home.path())
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("```text\n{}\n```\n", lines.join("\n"))
}

#[test]
fn the_study_is_shown_as_the_committed_logs_have_it() {
    let report = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/logs/paper/report.md")).unwrap();
    hold_part("docs/figures.md", "paper", &study(&report));
    for (page, tab, size, keys) in SCREENS {
        hold_part(page, &format!("screen:{tab}"), &screen(tab, size, keys));
    }
}

#[test]
fn the_committed_logs_are_small_and_whole() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("logs/paper");
    let mut bytes = 0;
    for kind in ["runs", "queue", "figures"] {
        for file in fs::read_dir(folder.join(kind)).unwrap() {
            bytes += file.unwrap().metadata().unwrap().len();
        }
    }
    assert!(bytes < 20_000_000, "{bytes} bytes");
    let plans = fs::read_dir(folder.join("queue")).unwrap().count();
    assert_eq!(fs::read_dir(folder.join("runs")).unwrap().count(), plans, "every run of the suite has a log");
    let report = fs::read_to_string(folder.join("report.md")).unwrap();
    for number in 1..=12 {
        assert!(report.contains(&format!("### Table {number}: ")), "table {number}");
    }
    for number in 1..=10 {
        assert!(folder.join(format!("figures/figure-{number:02}.svg")).is_file(), "figure {number}");
    }
}

/// Every `.rs` file of a folder, as one text.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all += &fs::read_to_string(&path).unwrap();
        }
    }
    all
}

#[test]
fn every_test_of_the_guarantees_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/guarantees.md")).unwrap();
    let code = sources(&root.join("src")) + &sources(&root.join("tests")) + &sources(&root.join("crates"));
    let mut tests = 0;
    for named in text.split('`').skip(1).step_by(2) {
        if named.contains("::") {
            let module = named.replace("::", "/");
            let found = ["src", "crates/kernels/src", "crates/formats/src"].iter().any(|place| {
                let path = root.join(place).join(&module);
                path.is_dir() || path.with_extension("rs").is_file()
            });
            assert!(found, "there is no module {named}");
        } else if named.contains('/') {
            assert!(root.join(named).exists(), "there is no {named}");
        } else if !named.starts_with('-') && !named.contains(' ') {
            assert!(code.contains(&format!("fn {named}(")), "there is no test {named}");
            tests += 1;
        }
    }
    assert!(tests > 15, "{tests} tests are named");
}

#[test]
fn every_path_of_the_architecture_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    // Shorter paths than those from the root are below `src`.
    let is_path = |named: &&str| {
        named.contains('/') && (Path::new(named).extension().is_some_and(|end| end == "rs") || named.ends_with('/'))
    };
    let mut paths = 0;
    for named in text.split('`').skip(1).step_by(2).filter(is_path) {
        if !["runs/", "checkpoints/", "docs/"].contains(&named) {
            assert!(root.join(named).exists() || root.join("src").join(named).exists(), "there is no {named}");
            paths += 1;
        }
    }
    assert!(paths > 30, "{paths}");
}
