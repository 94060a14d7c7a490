//! The disk is full: a small file system of its own for every size and every number of files that a short run needs,
//! and the limit that the system puts on a file's size.

use super::stage::{PATIENCE, Place, Process, assert_whole, config, faults, log, plans, spec};
use perceptop::experiment::{Engine, EngineConfig};
use perceptop::protocol::Trainer as _;
use perceptop::protocol::{Event, Update};
use perceptop::record::RecorderSettings;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A file system in memory; unmounted when dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    /// `None` where this process may not mount.
    fn mount(at: &'a Path, options: &str) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|done| done.status.success()).then_some(Self(at))
    }

    fn make_room(&self) {
        let done = Command::new("mount").args(["-o", "remount,size=64m,nr_inodes=1000"]).arg(self.0).status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// How a short session on a small disk came out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Course {
    /// It could not begin, and said so.
    Refused,
    /// It went wrong, was said, and was whole once there was room.
    Mended,
    /// There was room enough.
    Untouched,
}

/// Two runs, one after another, on a disk with `options`; room is made once a fault was said.
fn short_session(at: &Path, options: &str, memory: usize) -> Option<Course> {
    let small = Small::mount(at, options)?;
    let mut config = config(at, plans(2, &spec(2)));
    config.jobs = 1;
    config.recorder = RecorderSettings { memory, ..config.recorder };
    let engine = match Engine::start(EngineConfig { ..config }) {
        Ok(engine) => engine,
        Err(error) => {
            let error = error.to_string();
            assert!(error.starts_with("cannot ") && error.contains(at.to_str().unwrap()), "{error}");
            return Some(Course::Refused);
        }
    };
    engine.drain();
    let (updates, commander) = (engine.updates(), engine.commander());
    let (mut heard, mut made_room, began) = (Vec::new(), false, Instant::now());
    while !commander.is_finished() {
        assert!(began.elapsed() < PATIENCE, "{options}: it does not end: {:?}", faults(&heard));
        heard.extend(updates.recv_timeout(Duration::from_millis(10)));
        if !made_room && heard.last().is_some_and(|update| matches!(update, Update::Fault { .. })) {
            // Long enough for whatever else wants to be written to find the disk full too.
            std::thread::sleep(Duration::from_millis(30));
            small.make_room();
            made_room = true;
        }
    }
    let root = engine.folder().root().to_owned();
    let outcome = engine.join().unwrap_or_else(|error| panic!("{options}: {error}"));
    assert_eq!(outcome.failed, 0, "{options}");
    heard.extend(updates.try_iter());
    for run in ["a-s0", "a-s1"] {
        assert_whole(&root, run, 20);
        // What the viewers heard is what the log holds, in its order.
        let records: Vec<_> = heard
            .iter()
            .filter_map(|update| match update {
                Update::Record { run: of, record } if **of == *run => Some(record.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(records, log(&root, run), "{options}");
        assert!(records.iter().any(|record| matches!(record.event, Event::Checkpoint(_))));
        assert!(root.join(format!("checkpoints/{run}.safetensors")).is_file());
    }
    let header = perceptop::record::SessionFolder::open(&root).unwrap().header().unwrap();
    assert_eq!(header.dataset.train, 200, "{options}: the session's header is not complete");
    Some(if made_room { Course::Mended } else { Course::Untouched })
}

#[test]
fn a_disk_full_at_any_write_of_a_short_run_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut courses = Vec::new();
    // Blocks are what a write needs, inodes what a new file needs.
    let sizes = (1..=20).map(|pages| format!("size={}k,nr_inodes=1000", 4 * pages));
    let files = (1..=26).map(|files| format!("size=64m,nr_inodes={files}"));
    for (place, options) in sizes.chain(files).enumerate() {
        // Training waits at once, or goes on in memory.
        let memory = if place % 2 == 0 { 0 } else { 64 << 20 };
        let Some(course) = short_session(folder.path(), &options, memory) else {
            println!("skipped: this process may not mount a file system");
            return;
        };
        courses.push(course);
    }
    println!("{courses:?}");
    for course in [Course::Refused, Course::Mended, Course::Untouched] {
        assert!(courses.contains(&course), "never {course:?}: {courses:?}");
    }
    assert!(courses.iter().filter(|course| **course == Course::Mended).count() >= 8, "{courses:?}");
}

const SUITE: &str = r#"{"name": "full", "base": {"hidden": [8], "epochs": 40, "inactive_every": 1, "on_divergence": "continue"},
                        "experiments": [{"name": "relu", "activation": "relu"}], "seeds": [0]}"#;

/// The program with files limited to `kilobytes`.
fn limited(place: &Place, kilobytes: u32, more: &str) -> Process {
    let program = env!("CARGO_BIN_EXE_perceptop");
    let script = format!(
        "ulimit -S -f {}; exec {program} run suite.json --headless --data data --logs logs {more}",
        kilobytes * 2
    );
    // dash counts blocks of 512 bytes.
    Process::of(&mut place.command("/bin/sh", &["-c", &script]))
}

fn lift(process: &Process) {
    let pid = Pid::from_raw(process.child.id().cast_signed()).unwrap();
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
}

#[test]
fn a_limit_on_files_is_said_and_lifted_everything_is_there() {
    for memory in ["0", "64"] {
        let place = Place::new(SUITE);
        let mut process = limited(&place, 24, &format!("--log-memory {memory}"));
        process.wait_for("the log cannot be written");
        let log_file = || place.session().join("runs/relu-s0.jsonl");
        assert!(std::fs::metadata(log_file()).unwrap().len() <= 24 << 10);
        lift(&process);
        process.wait_for("the log can be written again");
        let (status, said) = process.end();
        assert_eq!(status, 0, "{said}");
        assert_whole(&place.session(), "relu-s0", 40 * 10);
    }
}

#[test]
fn whoever_ends_a_session_on_a_full_disk_is_told_what_is_lost() {
    let place = Place::new(SUITE);
    let mut process = limited(&place, 24, "--log-memory 0");
    process.wait_for("the log cannot be written");
    let pid = Pid::from_raw(process.child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let (status, said) = process.end();
    assert_ne!(status, 0);
    assert!(said.contains("records could not be written"), "{said}");
    // What is there is sound, and the run can go on from it.
    assert!(!log(&place.session(), "relu-s0").is_empty());
}
