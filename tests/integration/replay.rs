//! What is shown live is what is shown again from the log, and a log cut anywhere is the log of a younger run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use perceptop::dataset::{Dataset, Split};
use perceptop::experiment::{Engine, EngineConfig, Session};
use perceptop::format::{Found, LogReader, Reading};
use perceptop::protocol::{Record, RunPlan, Spec, Update};
use perceptop::record::RecorderSettings;
use perceptop::source::{FileSource, FileSourceSettings, Source};
use perceptop::state::{RunState, SessionState};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn split(count: usize) -> Split {
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let images: Vec<u8> = labels.iter().flat_map(|label| (0..16).map(move |pixel| label * 20 + pixel)).collect();
    Split { images: images.into(), labels: labels.into(), height: 4, width: 4 }
}

/// Two runs, one of which diverges, with everything that a viewer heard.
fn session(logs: &Path) -> (std::path::PathBuf, Vec<Update>) {
    let plan = |order: u32, learning_rate| {
        let spec =
            Spec { hidden: vec![8], learning_rate, batch_size: 20, epochs: 3, inactive_every: 3, ..Spec::default() };
        let run = format!("a-s{order}");
        RunPlan { run, name: "a".into(), order, seed: order.into(), spec: Arc::new(spec), fork_of: None }
    };
    let data = Dataset { name: "steps".into(), folder: None, train: split(200), test: split(40), digests: Vec::new() };
    let engine = Engine::start(EngineConfig {
        session: Session::New { logs: logs.to_owned(), suite: "test".into(), plans: vec![plan(0, 0.1), plan(1, 1e30)] },
        jobs: 2,
        load: Box::new(|| Ok(data)),
        memory: None,
        recorder: RecorderSettings::default(),
        step_hook: None,
    })
    .unwrap();
    engine.drain();
    let (root, updates) = (engine.folder().root().to_owned(), engine.updates());
    engine.join().unwrap();
    (root, updates.try_iter().collect())
}

fn fold(updates: &[Update]) -> SessionState {
    let mut state = SessionState::new();
    for update in updates {
        state.apply(update);
    }
    state
}

#[test]
fn live_and_replayed_state_are_equal() {
    let logs = tempfile::tempdir().unwrap();
    let (root, heard) = session(logs.path());
    let mut source = FileSource::open(&root, FileSourceSettings::default()).unwrap();
    let mut read = Vec::new();
    while !matches!(read.last(), Some(Update::CaughtUp)) {
        source.poll(&mut read, 10_000);
    }
    let (live, replayed) = (fold(&heard), fold(&read));
    assert!(live.runs().len() == 2 && live.runs().iter().all(|run| run.records > 3));
    assert_eq!((&live.id, &live.header), (&replayed.id, &replayed.header));
    // Whole texts compare what is NaN too.
    for (live, replayed) in live.runs().iter().zip(replayed.runs()) {
        assert_eq!(format!("{live:#?}"), format!("{replayed:#?}"));
    }
}

#[test]
fn a_log_cut_anywhere_is_that_of_a_younger_run() {
    let logs = tempfile::tempdir().unwrap();
    let (root, heard) = session(logs.path());
    let records: Vec<Arc<Record>> = heard
        .iter()
        .filter_map(|update| match update {
            Update::Record { run, record } if **run == *"a-s0" => Some(Arc::clone(record)),
            _ => None,
        })
        .collect();
    let whole = fs::read(root.join("runs/a-s0.jsonl")).unwrap();
    let ends: Vec<usize> = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    assert_eq!(ends.len(), records.len());
    let path = logs.path().join("cut.jsonl");
    let near = ends.iter().flat_map(|end| [end - 1, *end, end + 1]);
    for cut in near.chain((0..whole.len()).step_by(211)).filter(|cut| *cut <= whole.len()) {
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut reader, mut buffer, mut found) = (LogReader::new(path.clone()), Vec::new(), Vec::new());
        while reader.read(&mut buffer, &mut found).unwrap() == Reading::More {}
        let mut of_file = RunState::new("a-s0".into());
        for found in &found {
            assert!(matches!(found, Found::Record(_)), "cut at {cut}: {found:?}");
            if let Found::Record(record) = found {
                of_file.apply(record);
            }
        }
        let mut younger = RunState::new("a-s0".into());
        for record in &records[..ends.iter().filter(|end| **end <= cut).count()] {
            younger.apply(record);
        }
        assert_eq!(format!("{of_file:?}"), format!("{younger:?}"), "cut at {cut}");
    }
}
