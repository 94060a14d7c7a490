//! What the documents show holds: the reference of suites is generated from the table of settings, its examples are
//! suites, and the README's queries of logs run in pandas, polars and DuckDB on logs of every kind.
//!
//! `UPDATE_DOCS=1 cargo test --test integration documents` writes the generated tables.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

use perceptop::experiment::suite::{Selection, Suite, hog_table, settings_table};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The code blocks of a language, as they stand in a document.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let page = fs::read_to_string(root().join(document)).unwrap();
    let open = format!("```{language}\n");
    page.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Held while a page is written, which several tests may do.
static PAGES: Mutex<()> = Mutex::new(());

/// Holds that the part of a page between `<!-- mark -->` and `<!-- /mark -->` is `wanted`; writes it under
/// `UPDATE_DOCS`.
pub(crate) fn hold_part(document: &str, mark: &str, wanted: &str) {
    let _alone = PAGES.lock();
    let path = root().join(document);
    let page = fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = page.split_once(&open).unwrap_or_else(|| panic!("{document} has no {open}"));
    let (found, after) = rest.split_once(&close).unwrap_or_else(|| panic!("{document} has no {close}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{open}{wanted}{close}{after}")).unwrap();
    } else {
        assert_eq!(found, wanted, "{document}: UPDATE_DOCS=1 cargo test --test integration writes it");
    }
}

#[test]
fn the_reference_of_suites_is_the_table_of_settings() {
    hold_part("docs/suites.md", "settings", &settings_table());
    hold_part("docs/suites.md", "hog", &hog_table());
}

#[test]
fn the_table_of_keys_is_the_programs() {
    hold_part("docs/keys.md", "keys", &perceptop::ui::keymap::markdown());
}

#[test]
fn the_reference_of_the_config_file_is_its_table() {
    hold_part("docs/config.md", "config", &perceptop::cli::config::markdown());
}

/// Every page for people: at the top and in `docs`.
pub(crate) fn pages() -> Vec<String> {
    let in_folder = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let names = entries
            .map(|name| name.into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "md"));
        names.map(|name| if folder == "." { name } else { format!("{folder}/{name}") }).collect::<Vec<_>>()
    };
    let mut pages = [in_folder("."), in_folder("docs")].concat();
    pages.sort();
    pages
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    let mut links = 0;
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for target in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            if !target.is_empty() && !target.contains(':') {
                let path = root().join(&page).parent().unwrap().join(target);
                assert!(path.exists(), "{page} links to {target}, which is missing");
                links += 1;
            }
        }
    }
    assert!(links > 20, "{links}");
}

#[test]
fn every_suite_that_is_shown_is_one() {
    let mut shown = 0;
    for document in ["README.md", "docs/suites.md"] {
        for text in blocks(document, "json") {
            let plans = Suite::parse(text.as_bytes(), Path::new("shown.json"))
                .and_then(|suite| suite.plans(&Selection::default()))
                .unwrap_or_else(|error| panic!("{document}: {error}\n{text}"));
            assert!(!plans.is_empty(), "{document}: {text}");
            shown += 1;
        }
    }
    assert!(shown >= 5, "{shown}");
}

/// The Python with pandas, polars, DuckDB and matplotlib that `PERCEPTOP_PANDAS_PYTHON` names; `.ci/run` installs one.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("PERCEPTOP_PANDAS_PYTHON")?);
    let found = Command::new(&python).args(["-c", "import pandas, polars, duckdb, matplotlib"]).output().unwrap();
    assert!(found.status.success(), "{}: {}", python.display(), String::from_utf8_lossy(&found.stderr));
    Some(python)
}

/// A run's log as the program writes it: `steps` steps in each of `epochs` epochs. With `diverged`, the last epoch's
/// losses are no numbers; with `killed`, two lines are cut off.
fn log(steps: usize, epochs: usize, diverged: bool, killed: bool) -> String {
    let mut text = String::from(
        r#"{"v":1,"seq":0,"t":0.0,"event":"run_started","run":"relu-s0","name":"relu","family":"mlp","seed":0,"spec":{"hidden":[3],"regulariser":{"l2":0.0,"augment":false}}}"#,
    );
    text.push('\n');
    let (mut seq, mut step) = (0, 0);
    // The steps of an epoch that is not over yet come last.
    for epoch in 1..=epochs + 1 {
        for number in 1..=if epoch > epochs { steps.min(3) } else { steps } {
            (seq, step) = (seq + 1, step + 1);
            let done = (epoch - 1) as f64 + number as f64 / steps as f64;
            // A loss that happens to be whole is written so.
            let loss = if step == 1 { "2".to_owned() } else { (2.0 / f64::from(step)).to_string() };
            writeln!(
                text,
                r#"{{"v":1,"seq":{seq},"t":{step}.5,"event":"step","step":{step},"epoch":{done},"train_loss":{loss}}}"#
            )
            .unwrap();
            if killed && step == 2 {
                text.push_str("{\"v\":1,\"seq\":9,\"t\":2.5,\"event\":\"st\n");
            }
        }
        if epoch <= epochs {
            seq += 1;
            let bad = diverged && epoch == epochs;
            let (train, test) = if bad { ("\"NaN\"", "\"Infinity\"") } else { ("0.5", "0.25") };
            let accuracy = 0.9 + epoch as f64 / 100.0;
            writeln!(text, r#"{{"v":1,"seq":{seq},"t":{step}.75,"event":"epoch","step":{step},"epoch":{epoch}.0,"train_loss":{train},"test_loss":{test},"test_accuracy":{accuracy},"confusion":[[1,2],[3,4]]}}"#).unwrap();
        }
    }
    if killed {
        text.push_str("{\"v\":1,\"seq\":99,\"t\":");
    }
    text
}

/// What the documented examples are asked after they ran; the figures of each log of [`log`] are known.
const ASKED: &str = r#"
import math, sys
kind = sys.argv[1]
wanted = {"live": 0, "long": 2, "diverged": 3, "killed": 3}[kind]
assert len(epochs) == wanted, (kind, epochs)
assert all(str(kind) == "float64" for kind in epochs.dtypes), epochs.dtypes
assert len(best) == wanted, best
assert best.schema["train_loss"] == pl.Float64 and best.schema["test_accuracy"] == pl.Float64, best.schema
if wanted:
    last = 0.9 + wanted / 100
    assert abs(epochs.test_accuracy.iloc[-1] - last) < 1e-9, epochs
    assert abs(best["test_accuracy"].max() - last) < 1e-9, best
    assert math.isnan(epochs.train_loss.iloc[-1]) == (kind == "diverged"), epochs
    assert math.isinf(epochs.test_loss.iloc[-1]) == (kind == "diverged"), epochs
import duckdb
rows = duckdb.sql(open("query.sql").read()).fetchall()
assert len(rows) == (1 if wanted else 0), rows
if wanted:
    assert abs(rows[0][1] - last) < 1e-9, rows
    assert rows[0][2] == 0.25 if kind != "diverged" else rows[0][2] > 1e300, rows
print("held")
"#;

#[test]
fn the_documented_queries_hold_on_a_live_a_long_a_diverged_and_a_killed_run() {
    let Some(python) = python() else {
        println!("skipped: no Python with pandas, polars and DuckDB; name one in PERCEPTOP_PANDAS_PYTHON");
        return;
    };
    let blocks_of_python = blocks("docs/logs.md", "python");
    let of = |word: &str| blocks_of_python.iter().find(|block| block.contains(word)).unwrap().clone();
    let [query] = <[String; 1]>::try_from(blocks("docs/logs.md", "sql")).unwrap();
    for (kind, text) in [
        ("live", log(5, 0, false, false)),
        // The first record of an epoch lies past what DuckDB looks at by default.
        ("long", log(21_000, 2, false, false)),
        ("diverged", log(5, 3, true, false)),
        ("killed", log(5, 3, false, true)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // Where the examples look: the session and the run that they name.
        let examples = of("def records") + &of("import polars");
        let session = examples.split("logs/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let runs = folder.path().join("logs").join(session).join("runs");
        fs::create_dir_all(&runs).unwrap();
        fs::write(runs.join("relu-s0.jsonl"), text).unwrap();
        fs::write(folder.path().join("query.sql"), &query).unwrap();
        fs::write(folder.path().join("examples.py"), examples + ASKED).unwrap();
        let ended = Command::new(&python)
            .args(["examples.py", kind])
            .current_dir(folder.path())
            .env("MPLBACKEND", "Agg")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && told.contains("held"), "{kind}: {told}");
    }
}
