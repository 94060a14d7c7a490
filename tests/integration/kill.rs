//! `kill -9` in the middle of a session, resumed each time: the losses of every step are those of a session that was
//! never stopped. `benches/kill_resume.py` does the same fifty times at random moments.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn perceptop(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_perceptop"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_STATE_HOME", folder)
        .env("XDG_CACHE_HOME", folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The only session in a folder of sessions, once it is there.
fn session(logs: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(logs).ok()?.flatten().map(|entry| entry.path());
    entries.into_iter().find(|path| path.join("session.json").exists())
}

fn log(session: &Path) -> String {
    fs::read_to_string(session.join("runs/relu-s0.jsonl")).unwrap_or_default()
}

/// The losses by event and step, as they are written, and how many lines are no records.
fn losses(session: &Path) -> (BTreeMap<(String, u64), Vec<String>>, usize) {
    let (mut found, mut cut) = (BTreeMap::<_, Vec<String>>::new(), 0);
    for line in log(session).lines() {
        let Ok(record) = serde_json::from_str::<serde_json::Value>(line) else {
            cut += 1;
            continue;
        };
        let event = record["event"].as_str().unwrap().to_owned();
        if let ("step" | "epoch" | "run_finished", Some(step)) = (event.as_str(), record["step"].as_u64()) {
            let told = format!("{} {}", record["train_loss"], record["test_loss"]);
            found.entry((event, step)).or_default().push(told);
        }
    }
    (found, cut)
}

#[test]
fn killed_and_resumed_it_ends_with_the_same_losses() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let suite = r#"{"name": "killed", "seeds": [0], "experiments": [{"name": "relu", "activation": "relu"}],
                    "base": {"hidden": [16], "epochs": 12, "batch_size": 16, "inactive_every": 5,
                             "regulariser": {"l2": 1e-5, "forward_noise": 0.05}}}"#;
    fs::write(here.join("suite.json"), suite).unwrap();
    let digits = ["data", "synth", "--out", "data", "--train", "640", "--test", "100"];
    assert!(perceptop(here, &digits).wait().unwrap().success());
    let begin = |logs| perceptop(here, &["run", "suite.json", "--headless", "--data", "data", "--logs", logs]);
    assert!(begin("whole").wait().unwrap().success());
    let (whole, _) = losses(&session(&here.join("whole")).unwrap());
    assert_eq!(whole.len(), 12 * 40 + 12 + 1);

    let (logs, mut child) = (here.join("killed"), begin("killed"));
    for lines in [3, 70, 200, 400] {
        let began = Instant::now();
        while session(&logs).is_none_or(|session| log(&session).lines().count() < lines) {
            assert!(began.elapsed() < Duration::from_mins(1), "{lines} lines are not reached");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let session = session(&logs).unwrap();
        child = perceptop(here, &["run", "--resume", session.to_str().unwrap(), "--headless"]);
    }
    assert!(child.wait().unwrap().success());
    let (found, cut) = losses(&session(&logs).unwrap());
    assert!(cut <= 4, "{cut} cut-off lines after 4 kills");
    for (place, told) in &whole {
        let again = found.get(place).map_or(&[][..], Vec::as_slice);
        assert!(
            !again.is_empty() && again.iter().all(|it| *it == told[0]),
            "{place:?}: {again:?}, undisturbed {told:?}"
        );
    }
}
