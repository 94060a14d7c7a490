//! Logs that are deleted or made read-only under a session, two processes on one, data that changes, a clock set back.

use super::stage::{Place, Process, assert_whole, config, log, losses, plans, spec, text, until};
use perceptop::experiment::{Engine, EngineConfig, Session, StepHook};
use perceptop::protocol::Event;
use perceptop::record::SessionFolder;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::time::{Duration, SystemTime};

const LONG: &str = r#"{"name": "long", "base": {"hidden": [8], "epochs": 4000, "inactive_every": 0, "on_divergence": "continue"},
                       "experiments": [{"name": "relu"}], "seeds": [0]}"#;
const SEVERAL: &str = r#"{"name": "several", "base": {"hidden": [8], "epochs": 60, "inactive_every": 0, "on_divergence": "continue"},
                          "experiments": [{"name": "relu"}, {"name": "tanh", "activation": "tanh"}],
                          "seeds": [0, 1, 2]}"#;

fn terminate(process: &Process) {
    kill_process(Pid::from_raw(process.child.id().cast_signed()).unwrap(), Signal::TERM).unwrap();
}

#[test]
fn a_log_folder_deleted_while_its_runs_train_comes_back_whole() {
    let logs = tempfile::tempdir().unwrap();
    let (step, wait) = crossbeam_channel::bounded::<()>(0);
    // The run stands before its sixth step until the folder is gone.
    let step_hook = StepHook::new(move |_, at| {
        if at == 5 {
            let _ = wait.recv();
        }
    });
    let engine =
        Engine::start(EngineConfig { step_hook: Some(step_hook), ..config(logs.path(), plans(1, &spec(2))) }).unwrap();
    engine.drain();
    let root = engine.folder().root().to_owned();
    until("five steps", || text(&root.join("runs/a-s0.jsonl")).matches("\"event\":\"step\"").count() == 5);
    // Renamed first: the folder comes back so quickly that its removal could find it again.
    let gone = root.with_extension("gone");
    fs::rename(&root, &gone).unwrap();
    fs::remove_dir_all(&gone).unwrap();
    drop(step);
    engine.join().unwrap();
    assert_whole(&root, "a-s0", 20);
}

#[test]
fn a_log_folder_made_read_only_is_said_and_once_writable_everything_is_there() {
    let place = Place::new(SEVERAL);
    let is_root = rustix::process::getuid().is_root();
    let mut command = place.command(
        env!("CARGO_BIN_EXE_perceptop"),
        &["run", "suite.json", "--headless", "--data", "data", "--logs", "logs", "--jobs", "1"],
    );
    fs::create_dir(place.path("logs")).unwrap();
    if is_root {
        // Root writes everywhere: the program runs as nobody.
        const NOBODY: u32 = 65_534;
        for part in ["", "logs", "run"] {
            chown(place.path(part), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut process = Process::of(&mut command);
    process.wait_for("epoch");
    let parts: Vec<_> = ["runs", "locks", "checkpoints"].iter().map(|part| place.session().join(part)).collect();
    let allow = |mode: u32| parts.iter().for_each(|it| fs::set_permissions(it, Permissions::from_mode(mode)).unwrap());
    allow(0o500);
    process.wait_for("Permission denied");
    std::thread::sleep(Duration::from_millis(200));
    allow(0o700);
    let (status, said) = process.end();
    assert_eq!(status, 0, "{said}");
    for run in ["relu-s0", "relu-s1", "relu-s2", "tanh-s0", "tanh-s1", "tanh-s2"] {
        assert_whole(&place.session(), run, 600);
    }
}

#[test]
fn two_processes_share_the_runs_of_one_session() {
    let place = Place::new(SEVERAL);
    let mut first =
        place.start(&["run", "suite.json", "--headless", "--data", "data", "--logs", "logs", "--jobs", "1"]);
    first.wait_for("epoch");
    terminate(&first);
    assert_eq!(first.end().0, 143);
    let session = place.session();
    let path = session.to_str().unwrap();
    let resume = ["run", "--resume", path, "--headless", "--jobs", "1", "--logs", "logs"];
    let both = [place.start(&resume), place.start(&resume)];
    let mut trained = 0;
    for process in both {
        let (status, said) = process.end();
        assert_eq!(status, 0, "{said}");
        trained += said.matches(" finished  ").count();
    }
    assert!(trained >= 6, "{trained} runs were finished by the two");
    for run in fs::read_dir(session.join("runs")).unwrap() {
        let run = run.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let ends = log(&session, &run).iter().filter(|record| matches!(record.event, Event::RunFinished(_))).count();
        assert_eq!(ends, 1, "{run}");
    }
}

#[test]
fn two_sessions_that_begin_in_one_second_have_folders_of_their_own() {
    let place = Place::new(&LONG.replace("4000", "1"));
    let start = || place.start(&["run", "suite.json", "--headless", "--data", "data", "--logs", "logs"]);
    for process in [start(), start(), start()] {
        assert_eq!(process.end().0, 0);
    }
    assert_eq!(fs::read_dir(place.path("logs")).unwrap().count(), 3);
}

#[test]
fn data_changed_under_a_run_changes_nothing_and_is_refused_when_it_is_resumed() {
    let place = Place::new(SEVERAL);
    let run = |logs: &str| {
        place.start(&["run", "suite.json", "--headless", "--data", "data", "--logs", logs, "--only", "relu"])
    };
    assert_eq!(run("before").end().0, 0);
    let file = place.path("data/train-images-idx3-ubyte");
    let sound = fs::read(&file).unwrap();
    let mut process = run("logs");
    process.wait_for("epoch");
    // In place, as a program would that writes the file anew.
    fs::write(&file, vec![7; sound.len()]).unwrap();
    assert_eq!(process.end().0, 0);
    let before = fs::read_dir(place.path("before")).unwrap().next().unwrap().unwrap().path();
    for run in ["relu-s0", "relu-s1", "relu-s2"] {
        assert_eq!(losses(&place.session(), run), losses(&before, run), "{run}");
    }

    fs::write(&file, &sound).unwrap();
    fs::write(place.path("suite.json"), LONG).unwrap();
    fs::remove_dir_all(place.path("logs")).unwrap();
    let mut process = run("logs");
    process.wait_for("epoch");
    terminate(&process);
    assert_eq!(process.end().0, 143);
    let mut other = sound.clone();
    *other.last_mut().unwrap() ^= 1;
    fs::write(&file, other).unwrap();
    let session = place.session();
    let (status, said) =
        place.start(&["run", "--resume", session.to_str().unwrap(), "--headless", "--logs", "logs"]).end();
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("had SHA-256") && said.contains("train-images-idx3-ubyte"), "{said}");
}

#[test]
fn a_clock_set_back_neither_overwrites_nor_locks_out() {
    let logs = tempfile::tempdir().unwrap();
    let engine = Engine::start(config(logs.path(), plans(2, &spec(2)))).unwrap();
    engine.shutdown();
    let root = engine.folder().root().to_owned();
    engine.join().unwrap();
    // Everything that was written seems to be of tomorrow, by a process that is gone.
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    let mut gone = std::process::Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    let holder = format!("{{\"host\":\"{}\",\"pid\":{}}}", perceptop::record::host_name(), gone.id());
    fs::write(root.join("locks/a-s0.lock"), holder).unwrap();
    for folder in ["runs", "locks", "queue"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let file = File::options().write(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(tomorrow).unwrap();
        }
    }
    let session = Session::Existing(root.clone());
    let engine = Engine::start(EngineConfig { session, ..config(logs.path(), Vec::new()) }).unwrap();
    engine.drain();
    engine.join().unwrap();
    for run in ["a-s0", "a-s1"] {
        assert_whole(&root, run, 20);
    }
    // A session that gets the name of one that exists keeps out of it.
    let header = SessionFolder::open(&root).unwrap().header().unwrap();
    let again = SessionFolder::create(logs.path(), &header, &[]).unwrap();
    assert_ne!(again.root(), root);
    assert_whole(&root, "a-s0", 20);
}
