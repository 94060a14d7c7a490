//! How runs stand, by the public door: the list of sessions says the same of a run as the screen of that run, and
//! nothing is finished that nothing said so of.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

use perceptop::catalog::Catalog;
use perceptop::protocol::{RunSummary, Status};
use perceptop::source::{FileSource, FileSourceSettings, Flow, Source};
use perceptop::state::SessionState;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Everything that a folder or file says, read whole.
fn whole(path: &Path) -> SessionState {
    let mut folder =
        FileSource::open(path, FileSourceSettings { outline_past: u64::MAX, ..FileSourceSettings::default() }).unwrap();
    let (mut state, mut updates) = (SessionState::new(), Vec::new());
    while !state.caught_up {
        assert_ne!(folder.poll(&mut updates, 4096), Flow::Ended);
        updates.drain(..).for_each(|update| state.apply(&update));
    }
    state
}

fn age(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
}

fn find<'a>(library: &'a Catalog, run: &str) -> &'a RunSummary {
    let mut runs = library.sessions().iter().flat_map(|session| &session.runs);
    runs.find(|summary| summary.run == run).unwrap_or_else(|| panic!("no run {run}"))
}

#[test]
fn the_list_of_sessions_says_of_every_run_what_its_screen_says() {
    let logs = tempfile::tempdir().unwrap();
    let here = logs.path().join("paper");
    fs::create_dir_all(here.join("runs")).unwrap();
    let paper = Path::new(env!("CARGO_MANIFEST_DIR")).join("logs/paper");
    fs::copy(paper.join("session.json"), here.join("session.json")).unwrap();
    for entry in fs::read_dir(paper.join("runs")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        fs::write(here.join(format!("runs/{name}.jsonl")), &text).unwrap();
        // The same log, cut in the middle: its process died.
        let lines: Vec<&str> = text.lines().collect();
        fs::write(here.join(format!("runs/{name}-cut.jsonl")), lines[..lines.len() / 2].join("\n") + "\n").unwrap();
    }
    let state = whole(&here);
    let mut library = Catalog::open(logs.path(), None).unwrap();
    assert!(state.runs().len() > 100);
    for run in state.runs() {
        // Whatever is read of a log first, its end is believed.
        assert_eq!(find(&library, &run.id).status, run.status, "{} at first", run.id);
    }
    while library.deepen(16) {}
    let mut seen: Vec<Status> = Vec::new();
    for run in state.runs() {
        let listed = find(&library, &run.id);
        assert_eq!(listed.status, run.status, "{}", run.id);
        assert_eq!((listed.step, listed.epoch), (run.step, run.epoch), "{}", run.id);
        assert_eq!(listed.seconds, run.seconds, "{}", run.id);
        assert_eq!(listed.test_accuracy, run.test_accuracy(), "{}", run.id);
        assert_eq!(listed.test_loss, run.test_loss(), "{}", run.id);
        let best = run.best().map(|best| best.test_accuracy).or(run.test_accuracy());
        assert_eq!(listed.best_test_accuracy, best, "{}", run.id);
        if let Some(epoch) = run.last_epoch() {
            assert_eq!(listed.train_loss.map(f32::to_bits), Some(epoch.train_loss.to_bits()), "{}", run.id);
        }
        seen.push(run.status);
    }
    for status in [Status::Finished, Status::Diverged, Status::NotLearning, Status::Interrupted] {
        assert!(seen.contains(&status), "{status:?}");
    }
    let diverged: Vec<_> = state.runs().iter().filter(|run| run.status == Status::Diverged).collect();
    assert_eq!(diverged.iter().map(|run| &*run.id).collect::<Vec<_>>(), ["learning-rate-lr10.0-s0"]);
}

#[test]
fn a_file_that_fell_silent_is_quiet_and_never_finished() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String, seconds: u64| {
        fs::write(root.path().join(name), text).unwrap();
        age(&root.path().join(name), seconds);
    };
    let row = |i: u32| format!("{{\"step\":{i},\"loss\":0.5}}\n");
    let rows = |last: &str| (0..50).map(row).collect::<Vec<_>>().concat() + last;
    write("silent.jsonl", rows(""), 300);
    write("crashed.jsonl", rows("{\"step\":50,\"loss\":NaN}\n"), 300);
    write("young.jsonl", rows(""), 0);
    write("slow.csv", "epoch,elapsed,loss\n0,600,1\n1,1200,0.9\n2,1800,0.8\n".to_owned(), 900);
    let expected = [
        ("crashed", Status::Diverged),
        ("silent", Status::Quiet),
        ("slow", Status::Running),
        ("young", Status::Running),
    ];
    let state = whole(root.path());
    let library = Catalog::open(root.path(), None).unwrap();
    for (run, status) in expected {
        assert_eq!(state.run(run).unwrap().status, status, "{run}");
        assert_eq!(find(&library, run).status, status, "{run} in the list");
    }
    let since = state.run("silent").unwrap().quiet_for().unwrap();
    assert!((300.0..400.0).contains(&since), "{since}");
}

#[test]
fn a_log_outside_of_sessions_settles_as_soon_as_it_was_read() {
    let root = tempfile::tempdir().unwrap();
    let paper = Path::new(env!("CARGO_MANIFEST_DIR")).join("logs/paper/runs");
    let first = fs::read_dir(paper).unwrap().map(|entry| entry.unwrap().path()).find(|path| {
        fs::read_to_string(path).is_ok_and(|text| text.contains("\"completed\"") && text.contains("\"mlp\""))
    });
    let text = fs::read_to_string(first.unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // Without its end record it has its planned length all the same; without half of it, it fell silent.
    let write = |name: &str, lines: &[&str]| fs::write(root.path().join(name), lines.join("\n") + "\n").unwrap();
    write("long.jsonl", &lines[..lines.len() - 1]);
    write("half.jsonl", &lines[..lines.len() / 2]);
    assert_eq!(whole(&root.path().join("long.jsonl")).runs()[0].status, Status::Finished);
    assert_eq!(whole(&root.path().join("half.jsonl")).runs()[0].status, Status::Running);
    age(&root.path().join("half.jsonl"), 3_600);
    let state = whole(&root.path().join("half.jsonl"));
    assert_eq!(state.runs()[0].status, Status::Quiet);
}

#[test]
fn a_restart_of_another_program_is_listed_with_its_run() {
    let root = tempfile::tempdir().unwrap();
    let row = |step: u32| format!("{{\"step\":{step},\"loss\":0.5}}\n");
    let text: String = (0..=200).chain(150..=300).map(row).collect::<Vec<_>>().concat();
    let path = root.path().join("again.jsonl");
    fs::write(&path, text).unwrap();
    let state = whole(&path);
    let run = &state.runs()[0];
    assert_eq!((run.segments, run.anomalies.count()), (1, 1));
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_perceptop"))
        .args(["show", path.to_str().unwrap(), "--size", "100x30", "--keys", "!"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("again: restarted at step 150 after step 200"), "{shown}");
}
