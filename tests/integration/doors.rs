//! The same log through every door: said live by the recorder, read whole, followed byte by byte, played again. Whatever
//! a log was cut at, what is known of its run is the same to the last bit.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use perceptop::app::{Replay, Step};
use perceptop::protocol::{DatasetInfo, Event, Record, SessionHeader, Update, VERSION};
use perceptop::record::{FolderLogs, Recorder, RecorderSettings, SessionFolder};
use perceptop::source::{FileSource, FileSourceSettings, Flow, Source};
use perceptop::state::{RunState, SessionState};
use perceptop::ui::ReplayWish;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Logs that this program wrote, whole and without a fault.
const OWN: [&str; 4] = ["net-s0", "far-s0", "near-s0", "plane-s0"];

/// Logs that were damaged, or that other programs wrote.
const STRANGE: [&str; 3] = ["odd.jsonl", "foreign.jsonl", "keras.csv"];

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs").join(name)).unwrap()
}

fn session(logs: &Path) -> SessionFolder {
    let header = SessionHeader {
        v: VERSION,
        suite: "fixture".into(),
        host: "here".into(),
        program: "0.1.0".into(),
        pid: 1,
        created: 1_790_000_000,
        jobs: 1,
        dataset: DatasetInfo::default(),
    };
    SessionFolder::create(logs, &header, &[]).unwrap()
}

/// Looks after the byte `last`: a file that was quiet for long is looked at every third time only, and a line that goes
/// on has nothing to say.
fn looks(last: u8) -> usize {
    if last == b'\n' { 3 } else { 1 }
}

/// Looks after which a file that another program writes stands still, so that a last line without an end counts, also
/// where it is looked at only at every third look.
const STANDS_STILL: usize = 8;

/// A source that looks at its files whenever it is asked.
fn reader(path: &Path) -> FileSource {
    FileSource::open(path, FileSourceSettings { interval: Duration::ZERO, ..FileSourceSettings::default() }).unwrap()
}

/// Folds what a source has to say now, in so many looks.
fn hear(source: &mut FileSource, state: &mut SessionState, looks: usize) {
    let mut updates = Vec::new();
    for _ in 0..looks {
        while source.poll(&mut updates, 1_000) == Flow::More {}
    }
    for update in &updates {
        state.apply(update);
    }
}

fn append(path: &Path, bytes: &[u8]) {
    fs::File::options().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// The whole state in words: floats are written so that each bit counts, and NaN equals itself. When a reader looked
/// does not count.
fn exactly(run: &RunState) -> String {
    format!("{:?}", run.of_records())
}

/// Whether two states are the same; the fast comparison first, which NaN fails.
fn same(a: &RunState, b: &RunState) -> bool {
    a.of_records() == b.of_records() || exactly(a) == exactly(b)
}

fn whole_lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

/// Sends a log's records through the recorder as a worker does: the state of a viewer that listens, before the first
/// record and after each, and the bytes of the log that was written.
fn live(run: &Arc<str>, text: &[u8]) -> (Vec<RunState>, Vec<u8>) {
    let logs = tempfile::tempdir().unwrap();
    let folder = session(logs.path());
    let recorder = Recorder::start(FolderLogs(folder.clone()), RecorderSettings::default()).unwrap();
    let handle = recorder.handle();
    let viewer = handle.view().unwrap();
    handle.hold(folder.lock(run).unwrap()).unwrap();
    let mut session = SessionState::new();
    let mut states = Vec::new();
    let mut listen = |states: &mut Vec<RunState>| {
        handle.flush().unwrap();
        viewer.try_iter().for_each(|update| session.apply(&update));
        states.push(session.run(run).cloned().unwrap_or_default());
    };
    listen(&mut states);
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let record: Record = serde_json::from_slice(line).unwrap();
        handle.record(run, record.t, record.event).unwrap();
        listen(&mut states);
    }
    let written = fs::read(folder.log(run).unwrap()).unwrap();
    drop(handle);
    recorder.finish().unwrap();
    (states, written)
}

#[test]
fn a_log_cut_at_any_byte_says_what_was_said_live() {
    for name in OWN {
        let run: Arc<str> = name.into();
        let text = fixture(&format!("{name}.jsonl"));
        let (states, written) = live(&run, &text);
        assert_eq!(String::from_utf8(written), String::from_utf8(text.clone()), "{name}: the log is what was said");
        let logs = tempfile::tempdir().unwrap();
        // The run is held in both folders, as it is while it is trained.
        let (cut, grown) = (session(logs.path()), session(logs.path()));
        let _locks = [cut.lock(name).unwrap(), grown.lock(name).unwrap()];
        let (cut_log, grown_log) = (cut.log(name).unwrap(), grown.log(name).unwrap());
        fs::write(&grown_log, "").unwrap();
        let mut follower = reader(grown.root());
        let mut followed = SessionState::new();
        hear(&mut follower, &mut followed, 1);
        for end in 1..=text.len() {
            let wanted = &states[whole_lines(&text[..end])];
            fs::write(&cut_log, &text[..end]).unwrap();
            let mut read = SessionState::new();
            hear(&mut reader(cut.root()), &mut read, 1);
            assert!(same(read.run(name).unwrap(), wanted), "{name} cut at byte {end}, read");
            append(&grown_log, &text[end - 1..end]);
            hear(&mut follower, &mut followed, looks(text[end - 1]));
            assert!(same(followed.run(name).unwrap(), wanted), "{name} up to byte {end}, followed");
            if text[end - 1] == b'\n' {
                assert_eq!(exactly(read.run(name).unwrap()), exactly(wanted), "{name} cut at byte {end}");
                assert_eq!(exactly(followed.run(name).unwrap()), exactly(wanted), "{name} up to byte {end}");
            }
        }
        assert!(followed.faults.is_empty(), "{name}: {:?}", followed.faults);
    }
}

#[test]
fn damaged_and_foreign_logs_say_the_same_read_and_followed() {
    for name in STRANGE {
        let text = fixture(name);
        let logs = tempfile::tempdir().unwrap();
        let (cut, grown) = (logs.path().join("cut").join(name), logs.path().join("grown").join(name));
        for path in [&cut, &grown] {
            fs::create_dir(path.parent().unwrap()).unwrap();
        }
        fs::write(&grown, "").unwrap();
        let mut follower = reader(&grown);
        let mut followed = SessionState::new();
        for end in 1..=text.len() {
            append(&grown, &text[end - 1..end]);
            hear(&mut follower, &mut followed, STANDS_STILL);
            fs::write(&cut, &text[..end]).unwrap();
            let mut read = SessionState::new();
            hear(&mut reader(&cut), &mut read, STANDS_STILL);
            let (read, followed): (Vec<_>, Vec<_>) =
                (read.runs().iter().map(exactly).collect(), followed.runs().iter().map(exactly).collect());
            assert_eq!(read, followed, "{name} cut at byte {end}");
        }
        let run = &followed.runs()[0];
        assert!(run.records > 0, "{name}: something was understood");
        if name == "foreign.jsonl" {
            assert_eq!(run.segments, 1, "the steps jump back once");
        }
        assert!(
            ["keras.csv", "foreign.jsonl"].contains(&name) || !followed.faults.is_empty(),
            "{name}: {:?}",
            followed.remarks
        );
    }
}

/// Everything that a session of all own fixtures says.
fn updates(logs: &Path) -> (PathBuf, Vec<Update>) {
    let folder = session(logs);
    for name in OWN {
        fs::write(folder.log(name).unwrap(), fixture(&format!("{name}.jsonl"))).unwrap();
    }
    let mut updates = Vec::new();
    let mut source = reader(folder.root());
    while source.poll(&mut updates, 1_000) == Flow::More {}
    (folder.root().to_owned(), updates)
}

fn fold<'a>(updates: impl IntoIterator<Item = &'a Update>) -> String {
    let mut state = SessionState::new();
    updates.into_iter().for_each(|update| state.apply(update));
    state.runs().iter().map(exactly).collect::<Vec<_>>().join("\n")
}

/// One thing that a viewer of a replay does.
#[derive(Clone, Debug)]
enum Doing {
    Wait(f64),
    Wish(ReplayWish),
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        (0.0..3.0_f64).prop_map(Doing::Wait),
        (1.0..100.0_f64).prop_map(|speed| Doing::Wish(ReplayWish::Speed(speed))),
        (0.0..8.0_f64).prop_map(|place| Doing::Wish(ReplayWish::Seek(place))),
        Just(Doing::Wish(ReplayWish::Step)),
        Just(Doing::Wish(ReplayWish::Pause)),
        Just(Doing::Wish(ReplayWish::Play)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was paused, stepped and scrubbed: at each moment a replay shows what the log had said by then, and at
    /// its end what the log says.
    #[test]
    fn a_replay_shows_what_had_been_said_by_then(doings in prop::collection::vec(doing(), 1..12), workers in 1..4_usize) {
        let logs = tempfile::tempdir().unwrap();
        let (_, log) = updates(logs.path());
        let mut replay = Replay::new(log.clone(), workers, Duration::ZERO);
        let mut now = Duration::ZERO;
        let mut state = SessionState::new();
        for doing in doings {
            let step = match doing {
                Doing::Wait(seconds) => {
                    now += Duration::from_secs_f64(seconds);
                    Step::Apply(replay.play(now))
                }
                Doing::Wish(wish) => replay.wish(&wish, now),
            };
            let played = match step {
                Step::Apply(updates) => updates,
                Step::Anew(updates) => {
                    state = SessionState::new();
                    updates
                }
            };
            for update in &played {
                state.apply(update);
            }
            // What is shown of a run is what its log had said up to its newest record: nothing skipped, nothing twice.
            for run in state.runs() {
                let mut said = RunState::new(Arc::clone(&run.id));
                let records = log.iter().filter_map(|update| match update {
                    Update::Record { run: of, record } if *of == run.id => Some(record),
                    _ => None,
                });
                records.take(run.records as usize).for_each(|record| said.apply(record));
                said.holder.clone_from(&run.holder);
                said.status = run.status;
                prop_assert_eq!(exactly(run), exactly(&said));
            }
        }
        replay.rest().iter().for_each(|update| state.apply(update));
        let ended: Vec<String> = state.runs().iter().map(exactly).collect();
        prop_assert_eq!(ended.join("\n"), fold(&log));
    }
}

#[test]
fn a_log_without_times_is_played_record_by_record() {
    let logs = tempfile::tempdir().unwrap();
    let path = logs.path().join("run.jsonl");
    let rows: Vec<String> = (0..20).map(|step| format!("{{\"step\":{step},\"loss\":{}}}\n", 20 - step)).collect();
    fs::write(&path, rows.concat()).unwrap();
    let mut log = Vec::new();
    let mut source = reader(&path);
    while source.poll(&mut log, 1_000) == Flow::More {}
    let mut replay = Replay::new(log, 1, Duration::ZERO);
    let count = |updates: &[Update]| {
        let is_record = |update: &&Update| matches!(update, Update::Record { record, .. } if matches!(record.event, Event::Metrics(_)));
        updates.iter().filter(is_record).count()
    };
    let early = count(&replay.play(Duration::from_millis(550)));
    assert_eq!(early, 5);
    assert_eq!(early + count(&replay.play(Duration::from_mins(1))), 20);
}
