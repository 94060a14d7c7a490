//! Long queues, and runs that are too large.

use super::stage::{Place, assert_whole, config, data, log, plans, spec};
use perceptop::experiment::{Engine, EngineConfig};
use perceptop::protocol::{Command, Reply, RunPlan, Spec, Update};
use perceptop::ui::{Model, Settings};
use std::sync::Arc;

#[test]
fn five_hundred_runs_are_carried_out_in_their_order() {
    let logs = tempfile::tempdir().unwrap();
    let small = Spec { checkpoint_every: 0, inactive_every: 0, ..spec(1) };
    // One worker, so that the order is one.
    let config = EngineConfig { jobs: 1, ..config(logs.path(), plans(500, &small)) };
    let engine = Engine::start(config).unwrap();
    engine.drain();
    let (root, updates) = (engine.folder().root().to_owned(), engine.updates());
    assert_eq!(engine.join().unwrap().failed, 0);
    let mut model = Model::new(Settings::default());
    let mut begun: Vec<Arc<str>> = Vec::new();
    for update in updates.try_iter() {
        if let Update::Record { run, record } = &update
            && record.seq == 0
        {
            begun.push(Arc::clone(run));
        }
        model.apply(&update);
    }
    assert_eq!(begun.len(), 500);
    for (place, run) in begun.iter().enumerate() {
        assert_eq!(**run, format!("a-s{place}"));
    }
    for order in [0, 1, 250, 498, 499] {
        assert_whole(&root, &format!("a-s{order}"), 10);
        assert!(!log(&root, &format!("a-s{order}")).is_empty());
    }
    let frame = perceptop::app::draw(&mut model, 120, 40).unwrap();
    let screen = perceptop::app::Screenshot::Text.of(&frame);
    assert!(screen.contains("500 done") || screen.contains("a-s0"), "{screen}");
}

#[test]
fn a_run_that_would_take_too_much_memory_is_refused_before_anything_starts() {
    let place = Place::new(
        r#"{"name": "large", "base": {"hidden": [65536, 65536, 65536, 65536]}, "experiments": [{"name": "relu"}], "seeds": [0]}"#,
    );
    let (status, said) = place.start(&["run", "suite.json", "--headless", "--data", "data", "--logs", "logs"]).end();
    assert_ne!(status, 0);
    assert!(said.contains("relu-s0: needs about") && said.contains("MB of memory"), "{said}");
    let trained = std::fs::read_dir(place.path("logs"))
        .is_ok_and(|sessions| sessions.flatten().any(|it| it.path().join("runs/relu-s0.jsonl").exists()));
    assert!(!trained, "{said}");
}

#[test]
fn a_run_that_would_take_too_much_memory_cannot_join_the_queue() {
    let logs = tempfile::tempdir().unwrap();
    let config = config(logs.path(), plans(1, &spec(1)));
    let engine = Engine::start(EngineConfig { memory: Some(64 << 20), ..config }).unwrap();
    let large = Spec { hidden: vec![20_000, 20_000], ..spec(1) };
    let plan = RunPlan { run: "b-s0".into(), name: "b".into(), ..plans(1, &large).remove(0) };
    // Until the data is there, everything is taken and checked with it.
    super::stage::until("the data is there", || {
        let note = Command::Note { run: "a-s0".into(), text: "x".into() };
        engine.command(note) == Reply::Accepted
    });
    match engine.command(Command::Enqueue { plans: vec![plan] }) {
        Reply::Refused { reason } => assert!(reason.contains("b-s0") && reason.contains("MB"), "{reason}"),
        Reply::Accepted => panic!("taken, with {} images to learn from", data().train.len()),
    }
    engine.shutdown();
    engine.join().unwrap();
}
