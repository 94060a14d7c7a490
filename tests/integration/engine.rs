//! The engine through the public door, on data so small that a run takes milliseconds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

use perceptop::dataset::{Dataset, Split};
use perceptop::experiment::{Engine, EngineConfig, EngineError, Outcome, Session, StepHook};
use perceptop::format::{Found, read_all};
use perceptop::protocol::{
    Activation, AlertKind, Augmentation, Command, Event, Family, Features, HogSettings, Record, Regulariser, Reply,
    RunPlan, Setting, Spec, Target, Trainer as _, Update,
};
use perceptop::record::{RecorderSettings, SessionFolder};
use perceptop::source::{EngineSource, Flow, Source};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Ten classes of 8x8 images: a bright row or column each, over a ground of cheap noise.
fn split(count: usize, salt: u32) -> Split {
    let mut state = salt.wrapping_mul(2_654_435_761) | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let mut images = Vec::new();
    for label in &labels {
        for pixel in 0..64_u8 {
            let (row, column) = (pixel / 8, pixel % 8);
            let bright = if *label < 5 { row == *label } else { column == label - 5 };
            images.push(((noise() % 90) + if bright { 120 } else { 0 }) as u8);
        }
    }
    Split { images: images.into(), labels: labels.into(), height: 8, width: 8 }
}

fn data() -> Dataset {
    let digests = vec![("images".to_owned(), "aa".to_owned()), ("labels".to_owned(), "bb".to_owned())];
    Dataset { name: "bars".into(), folder: None, train: split(200, 1), test: split(60, 2), digests }
}

fn spec() -> Spec {
    Spec {
        hidden: vec![12, 8],
        activation: Activation::Tanh,
        learning_rate: 0.2,
        batch_size: 16,
        epochs: 3,
        inactive_every: 5,
        ..Spec::default()
    }
}

fn plan(run: &str, seed: u64, spec: &Spec) -> RunPlan {
    RunPlan { run: run.into(), name: run.into(), order: 0, seed, spec: Arc::new(spec.clone()), fork_of: None }
}

fn config(session: Session) -> EngineConfig {
    EngineConfig {
        session,
        jobs: 2,
        load: Box::new(|| Ok(data())),
        memory: None,
        recorder: RecorderSettings::default(),
        step_hook: None,
    }
}

fn new(logs: &TempDir, plans: Vec<RunPlan>) -> EngineConfig {
    let plans = plans.into_iter().enumerate().map(|(order, plan)| RunPlan { order: order as u32, ..plan }).collect();
    config(Session::New { logs: logs.path().to_owned(), suite: "test".into(), plans })
}

/// Runs everything to its end; the folder of the session.
fn complete(config: EngineConfig) -> (SessionFolder, Outcome) {
    let engine = Engine::start(config).unwrap();
    engine.drain();
    let folder = engine.folder().clone();
    (folder, engine.join().unwrap())
}

fn log(folder: &SessionFolder, run: &str) -> Vec<Arc<Record>> {
    let found = read_all(&folder.log(run).unwrap()).unwrap();
    found
        .into_iter()
        .map(|found| match found {
            Found::Record(record) => record,
            other => panic!("not a record: {other:?}"),
        })
        .collect()
}

fn events(folder: &SessionFolder, run: &str) -> Vec<Event> {
    log(folder, run).iter().map(|record| record.event.clone()).collect()
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::RunStarted(_) => "run_started",
        Event::Step(_) => "step",
        Event::Inactive(_) => "inactive",
        Event::Epoch(_) => "epoch",
        Event::Change(_) => "change",
        Event::Paused => "paused",
        Event::Resumed => "resumed",
        Event::Note(_) => "note",
        Event::Alert(_) => "alert",
        Event::Checkpoint(_) => "checkpoint",
        Event::Features(_) => "features",
        Event::Fitted(_) => "fitted",
        Event::Predicted(_) => "predicted",
        Event::RunFinished(_) => "run_finished",
        Event::RunStopped(_) => "run_stopped",
        Event::RunFailed(_) => "run_failed",
        Event::Metrics(_) | Event::RunInfo(_) | Event::Purged(_) | Event::Unknown => "other",
    }
}

/// The names of the events, steps and counts of inactive neurons left out.
fn course(folder: &SessionFolder, run: &str) -> Vec<&'static str> {
    events(folder, run).iter().map(name).filter(|name| !["step", "inactive"].contains(name)).collect()
}

/// Every step's loss as bits, in the order of steps; of a step that was done twice, the later.
fn losses(folder: &SessionFolder, run: &str) -> Vec<u32> {
    let mut losses = Vec::new();
    for event in events(folder, run) {
        if let Event::Step(step) = event {
            losses.truncate(step.step as usize - 1);
            losses.push(step.train_loss.to_bits());
        }
    }
    losses
}

/// What the epochs say of the test set, as bits.
fn evaluations(folder: &SessionFolder, run: &str) -> Vec<(u64, u32, u32)> {
    let mut found: Vec<(u64, u32, u32)> = Vec::new();
    for event in events(folder, run) {
        if let Event::Epoch(epoch) = event {
            found.retain(|(step, ..)| *step < epoch.step);
            found.push((epoch.step, epoch.train_loss.to_bits(), epoch.test_loss.unwrap().to_bits()));
        }
    }
    found
}

/// A probe that sends `command` once, before step `at` of `run`. The engine comes into being after its probe.
fn at_step(run: &'static str, at: u64, act: impl Fn() + Send + Sync + 'static) -> StepHook {
    let done = AtomicBool::new(false);
    StepHook::new(move |live, step| {
        if live == run && step == at && !done.swap(true, Ordering::SeqCst) {
            act();
        }
    })
}

/// Runs `plans` with `commands` given before step `at` of `run`.
fn with_commands(
    logs: &TempDir,
    plans: Vec<RunPlan>,
    run: &'static str,
    at: u64,
    commands: Vec<Command>,
) -> (SessionFolder, Vec<Reply>) {
    let commander = Arc::new(Mutex::new(None));
    let replies = Arc::new(Mutex::new(Vec::new()));
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let (held, told) = (Arc::clone(&commander), Arc::clone(&replies));
    let step_hook = at_step(run, at, move || {
        *held.lock().unwrap() = Some(receiver.recv().unwrap());
        let guard = held.lock().unwrap();
        let commander: &perceptop::experiment::Commander = guard.as_ref().unwrap();
        for command in &commands {
            told.lock().unwrap().push(commander.command(command.clone()));
        }
    });
    let engine = Engine::start(EngineConfig { step_hook: Some(step_hook), ..new(logs, plans) }).unwrap();
    sender.send(engine.commander()).unwrap();
    engine.drain();
    let folder = engine.folder().clone();
    engine.join().unwrap();
    let replies = replies.lock().unwrap().clone();
    (folder, replies)
}

fn run(name: &str) -> Target {
    Target::Run(name.into())
}

#[test]
fn a_run_tells_its_whole_course() {
    let logs = tempfile::tempdir().unwrap();
    let (folder, outcome) = complete(new(&logs, vec![plan("a-s0", 0, &spec())]));
    assert_eq!(outcome.failed, 0);
    assert_eq!(
        course(&folder, "a-s0"),
        ["run_started", "epoch", "checkpoint", "epoch", "checkpoint", "epoch", "checkpoint", "run_finished"]
    );
    let records = log(&folder, "a-s0");
    for (seq, pair) in records.windows(2).enumerate() {
        assert_eq!(pair[0].seq, seq as u64);
        assert!(pair[0].t <= pair[1].t);
    }
    let Event::RunStarted(started) = &records[0].event else { panic!("{:?}", records[0]) };
    assert_eq!((&started.run, started.seed, started.steps_per_epoch), (&"a-s0".to_owned(), 0, 13));
    assert_eq!(*started.spec, spec());
    let steps: Vec<u64> = records
        .iter()
        .filter_map(|record| if let Event::Step(step) = &record.event { Some(step.step) } else { None })
        .collect();
    assert_eq!(steps, (1..=39).collect::<Vec<_>>());
    let inactive: Vec<_> = records
        .iter()
        .filter_map(|record| if let Event::Inactive(found) = &record.event { Some(found) } else { None })
        .collect();
    assert_eq!(inactive.iter().map(|found| found.step).collect::<Vec<_>>(), [0, 5, 10, 15, 20, 25, 30, 35]);
    assert_eq!((inactive[0].inactive_per_layer.len(), inactive[0].dead_per_layer.len()), (2, 2));
    let Some(Event::Epoch(last)) = records.iter().rev().map(|r| &r.event).find(|event| name(event) == "epoch") else {
        panic!("no epoch");
    };
    assert_eq!(last.confusion.iter().flatten().sum::<u32>(), 60);
    assert_eq!((last.scores.f1.len(), last.step), (10, 39));
    assert!(last.test_accuracy.unwrap() > 0.5, "it should have learnt bars by now: {last:?}");
    assert!(last.gradient_norm > 0.0 && last.train_accuracy.is_some());
    let Some(Event::RunFinished(end)) = records.last().map(|record| &record.event) else { panic!("no end") };
    assert_eq!((end.step, end.reason.as_str(), end.test_accuracy), (39, "completed", last.test_accuracy));
    assert_eq!(folder.header().unwrap().dataset.train, 200);
    assert_eq!(folder.holder("a-s0"), None);
}

#[test]
fn what_runs_beside_a_run_changes_no_bit_of_it() {
    let logs = tempfile::tempdir().unwrap();
    let noisy = Spec {
        regulariser: Regulariser { forward_noise: 0.1, backward_noise: 0.001, ..Regulariser::default() },
        ..spec()
    };
    let (alone, _) = complete(EngineConfig { jobs: 1, ..new(&logs, vec![plan("x", 3, &noisy)]) });
    let crowd = vec![plan("a", 1, &noisy), plan("x", 3, &noisy), plan("b", 2, &spec()), plan("c", 3, &spec())];
    let (beside, _) = complete(EngineConfig { jobs: 4, ..new(&logs, crowd) });
    assert_eq!(losses(&alone, "x"), losses(&beside, "x"));
    assert_eq!(evaluations(&alone, "x"), evaluations(&beside, "x"));
    assert_ne!(losses(&beside, "a"), losses(&beside, "x"));
}

/// An engine with the one run `a`, which is paused before step `at`.
fn paused_at(at: u64, logs: &TempDir, spec: &Spec) -> Engine {
    let commander = Arc::new(Mutex::new(None::<perceptop::experiment::Commander>));
    let inside = Arc::clone(&commander);
    let step_hook = at_step("a", at, move || {
        while inside.lock().unwrap().is_none() {
            std::thread::yield_now();
        }
        let guard = inside.lock().unwrap();
        assert_eq!(guard.as_ref().unwrap().command(Command::Pause { target: Target::All }), Reply::Accepted);
    });
    let engine =
        Engine::start(EngineConfig { step_hook: Some(step_hook), ..new(logs, vec![plan("a", 0, spec)]) }).unwrap();
    *commander.lock().unwrap() = Some(engine.commander());
    engine
}

fn is_pause(update: &Update) -> bool {
    matches!(update, Update::Record { record, .. } if record.event == Event::Paused)
}

#[test]
fn a_paused_run_waits_and_goes_on_the_same() {
    let logs = tempfile::tempdir().unwrap();
    let (plain, _) = complete(new(&logs, vec![plan("a", 0, &spec())]));
    let engine = paused_at(10, &logs, &spec());
    engine.drain();
    let updates = engine.updates();
    assert!(updates.iter().any(|update| is_pause(&update)), "the pause is said while the run waits");
    // Waiting, it still writes notes and checkpoints and takes settings.
    assert_eq!(engine.command(Command::Note { run: "a".into(), text: "look".into() }), Reply::Accepted);
    assert_eq!(engine.command(Command::Checkpoint { target: run("a") }), Reply::Accepted);
    let is_checkpoint =
        |update: &Update| matches!(update, Update::Record { record, .. } if name(&record.event) == "checkpoint");
    assert!(updates.iter().any(|update| is_checkpoint(&update)));
    assert_eq!(engine.command(Command::Resume { target: run("a") }), Reply::Accepted);
    let folder = engine.folder().clone();
    engine.join().unwrap();
    assert_eq!(course(&folder, "a")[..5], ["run_started", "paused", "note", "checkpoint", "resumed"]);
    assert_eq!(losses(&folder, "a"), losses(&plain, "a"));
}

#[test]
fn a_paused_classic_run_goes_on_or_is_stopped() {
    for family in [Family::Knn, Family::Svm] {
        let spec = Spec { family, ..Spec::default() };
        for (command, last) in [
            (Command::Resume { target: run("a") }, "run_finished"),
            (Command::Stop { target: run("a") }, "run_stopped"),
        ] {
            let logs = tempfile::tempdir().unwrap();
            let engine = paused_at(0, &logs, &spec);
            engine.drain();
            let updates = engine.updates();
            assert!(updates.iter().any(|update| is_pause(&update)), "the pause is said while the run waits");
            std::thread::sleep(std::time::Duration::from_millis(100));
            let begun = course(engine.folder(), "a");
            assert!(!begun.contains(&"run_finished") && begun.last() == Some(&"paused"), "{family:?}: {begun:?}");
            assert_eq!(engine.command(command), Reply::Accepted);
            let folder = engine.folder().clone();
            engine.join().unwrap();
            let course = course(&folder, "a");
            assert_eq!(course.last(), Some(&last), "{family:?}: {course:?}");
            assert_eq!(course.contains(&"resumed"), last == "run_finished", "{family:?}: {course:?}");
        }
    }
}

#[test]
fn wrong_answers_are_listed_at_last_however_many_they_are() {
    let logs = tempfile::tempdir().unwrap();
    let (folder, _) = complete(new(&logs, vec![plan("a", 0, &Spec { learning_rate: 1e-6, ..spec() })]));
    let evaluations: Vec<(f32, usize)> = events(&folder, "a")
        .iter()
        .filter_map(|event| match event {
            Event::Epoch(epoch) => Some((epoch.test_accuracy.unwrap(), epoch.misclassified.len())),
            _ => None,
        })
        .collect();
    let [first, .., (accuracy, listed)] = evaluations[..] else { panic!("{evaluations:?}") };
    assert!(first.0 < 0.8 && first.1 == 0, "{evaluations:?}");
    assert_eq!(listed, (60.0 * (1.0 - accuracy)).round() as usize, "{evaluations:?}");
}

#[test]
fn a_stopped_run_ends_after_its_step_and_the_queue_goes_on() {
    let logs = tempfile::tempdir().unwrap();
    let plans = vec![plan("a", 0, &spec()), plan("b", 0, &spec()), plan("c", 0, &spec())];
    let stop = |name: &str| Command::Stop { target: run(name) };
    let commands = vec![stop("a"), stop("c"), stop("none"), stop("c")];
    let logs_one = EngineConfig { jobs: 1, ..new(&logs, Vec::new()) }.jobs;
    assert_eq!(logs_one, 1);
    let (folder, replies) = with_commands(&logs, plans, "a", 5, commands);
    let refused = |reason: &str| Reply::Refused { reason: reason.into() };
    assert_eq!(replies[0], Reply::Accepted);
    assert_eq!(replies[2], refused("no run none in this session"));
    assert_eq!(course(&folder, "a"), ["run_started", "checkpoint", "run_stopped"]);
    assert_eq!(losses(&folder, "a").len(), 5);
    assert_eq!(course(&folder, "b").last(), Some(&"run_finished"));
    assert_eq!(course(&folder, "c").last(), Some(&"run_stopped"));
}

#[test]
fn settings_switch_from_the_next_batch_on() {
    let logs = tempfile::tempdir().unwrap();
    let (plain, _) = complete(new(&logs, vec![plan("a", 0, &spec())]));
    let augmented = Regulariser { l2: 0.01, augment: Augmentation::STUDY, ..Regulariser::default() };
    let switch = |setting| Command::Switch { run: "a".into(), setting };
    let commands = vec![
        switch(Setting::Activation(Activation::Relu)),
        switch(Setting::LearningRate(0.05)),
        switch(Setting::LearningRate(-1.0)),
        switch(Setting::Regulariser(augmented)),
    ];
    let (folder, replies) = with_commands(&logs, vec![plan("a", 0, &spec())], "a", 7, commands);
    assert_eq!(replies[2], Reply::Refused { reason: "learning_rate: found -1.0; allowed: a number above 0".into() });
    let changes: Vec<_> = events(&folder, "a")
        .into_iter()
        .filter_map(|event| if let Event::Change(change) = event { Some(change) } else { None })
        .collect();
    assert_eq!(
        changes.iter().map(|c| (c.step, c.field.as_str())).collect::<Vec<_>>(),
        [(7, "activation"), (7, "learning_rate"), (7, "regulariser")]
    );
    assert_eq!((&changes[0].from, &changes[0].to), (&"tanh".into(), &"relu".into()));
    let (switched, plain) = (losses(&folder, "a"), losses(&plain, "a"));
    assert_eq!(switched[..7], plain[..7]);
    assert_ne!(switched[7], plain[7]);
    // From the second epoch on each image comes twice.
    assert_eq!(switched.len(), 13 + 25 + 25);
}

#[test]
fn a_panic_fails_its_run_and_no_other() {
    let logs = tempfile::tempdir().unwrap();
    let step_hook = at_step("b", 4, || panic!("injected"));
    let plans = vec![plan("a", 0, &spec()), plan("b", 0, &spec()), plan("c", 0, &spec())];
    let (folder, outcome) = complete(EngineConfig { step_hook: Some(step_hook), ..new(&logs, plans) });
    assert_eq!(outcome.failed, 1);
    let Some(Event::RunFailed(end)) = events(&folder, "b").pop() else { panic!("no failure") };
    assert_eq!(end.reason, "the worker panicked: injected");
    for run in ["a", "c"] {
        assert_eq!(course(&folder, run).last(), Some(&"run_finished"));
    }
}

#[test]
fn a_run_that_diverges_stops_or_goes_on_as_its_suite_says() {
    let logs = tempfile::tempdir().unwrap();
    let wild = Spec { learning_rate: 1e30, activation: Activation::Relu, ..spec() };
    let patient = Spec { on_divergence: perceptop::protocol::Divergence::Continue, ..wild.clone() };
    let plans = vec![plan("wild", 0, &wild), plan("patient", 0, &patient), plan("calm", 0, &spec())];
    let (folder, outcome) = complete(new(&logs, plans));
    assert_eq!(outcome.failed, 0);
    let alert = |run: &str| {
        events(&folder, run).into_iter().find_map(|event| match event {
            Event::Alert(alert) => Some(alert),
            _ => None,
        })
    };
    assert_eq!(alert("wild").unwrap().kind, AlertKind::Nan);
    let Some(Event::RunFinished(end)) = events(&folder, "wild").pop() else { panic!("no end") };
    assert_eq!((end.reason.as_str(), end.step), ("diverged", alert("wild").unwrap().step));
    assert_eq!(losses(&folder, "patient").len(), 39);
    let Some(Event::RunFinished(end)) = events(&folder, "patient").pop() else { panic!("no end") };
    assert_eq!((end.reason.as_str(), end.step), ("diverged", 39), "it went on, and was still lost at its end");
    assert_eq!(alert("patient"), alert("wild"));
    assert_eq!(alert("calm"), None);
}

#[test]
fn an_interrupted_session_resumes_to_the_same_bits() {
    let logs = tempfile::tempdir().unwrap();
    let noisy = Spec {
        regulariser: Regulariser {
            forward_noise: 0.2,
            l2: 1e-3,
            augment: Augmentation::STUDY,
            ..Regulariser::default()
        },
        ..spec()
    };
    let plans = || vec![plan("a", 5, &noisy), plan("b", 6, &spec())];
    let (whole, _) = complete(new(&logs, plans()));
    for at in [1, 12, 25, 26, 40] {
        let (folder, _) = with_commands(&logs, plans(), "a", at, vec![Command::Shutdown]);
        assert_ne!(course(&folder, "a").last(), Some(&"run_finished"), "interrupted at {at}");
        let (resumed, outcome) = complete(config(Session::Existing(folder.root().to_owned())));
        assert_eq!(outcome.failed, 0);
        for run in ["a", "b"] {
            assert_eq!(losses(&resumed, run), losses(&whole, run), "{run}, interrupted at {at}");
            assert_eq!(evaluations(&resumed, run), evaluations(&whole, run), "{run}, interrupted at {at}");
            assert_eq!(course(&resumed, run).last(), Some(&"run_finished"));
        }
        let records = log(&resumed, "a");
        assert!(records.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq && pair[0].t <= pair[1].t));
    }
}

#[test]
fn switched_settings_survive_an_interruption() {
    let logs = tempfile::tempdir().unwrap();
    let switch = Command::Switch { run: "a".into(), setting: Setting::LearningRate(0.01) };
    let (whole, _) = with_commands(&logs, vec![plan("a", 0, &spec())], "a", 3, vec![switch.clone()]);
    let (folder, _) = with_commands(&logs, vec![plan("a", 0, &spec())], "a", 3, vec![switch, Command::Shutdown]);
    let (resumed, _) = complete(config(Session::Existing(folder.root().to_owned())));
    assert_eq!(losses(&resumed, "a"), losses(&whole, "a"));
}

#[test]
fn a_torn_checkpoint_gives_way_to_the_one_before() {
    let logs = tempfile::tempdir().unwrap();
    let (whole, _) = complete(new(&logs, vec![plan("a", 0, &spec())]));
    let (folder, _) = with_commands(&logs, vec![plan("a", 0, &spec())], "a", 30, vec![Command::Shutdown]);
    std::fs::write(folder.checkpoint("a").unwrap(), b"torn").unwrap();
    let (resumed, _) = complete(config(Session::Existing(folder.root().to_owned())));
    assert_eq!(losses(&resumed, "a"), losses(&whole, "a"));
    let from = events(&resumed, "a").into_iter().rev().find_map(|event| match event {
        Event::RunStarted(started) => started.resumed_from,
        _ => None,
    });
    assert_eq!(from.unwrap().step, 26);
}

#[test]
fn resuming_changed_data_or_settings_is_refused() {
    let logs = tempfile::tempdir().unwrap();
    let (folder, _) = with_commands(&logs, vec![plan("a", 0, &spec())], "a", 20, vec![Command::Shutdown]);
    let existing = || config(Session::Existing(folder.root().to_owned()));
    let other =
        || Ok(Dataset { digests: vec![("images".into(), "cc".into()), ("labels".into(), "bb".into())], ..data() });
    let engine = Engine::start(EngineConfig { load: Box::new(other), ..existing() }).unwrap();
    engine.drain();
    let error = engine.join().unwrap_err().to_string();
    let name = folder.id();
    assert_eq!(error, format!("session {name} cannot be resumed: images had SHA-256 aa and now has cc"));

    let plan = folder.plan("a").unwrap();
    folder.enqueue(&RunPlan { spec: Arc::new(Spec { batch_size: 8, ..spec() }), ..plan.clone() }).unwrap();
    let error = Engine::start(existing()).unwrap_err().to_string();
    let differs = "run a: its log and its plan differ in batch_size: 16 and 8";
    assert_eq!(error, format!("session {name} cannot be resumed: {differs}"));

    folder.enqueue(&plan).unwrap();
    let (resumed, _) = complete(existing());
    assert_eq!(course(&resumed, "a").last(), Some(&"run_finished"));
}

#[test]
fn a_run_that_another_holds_is_left_alone() {
    let logs = tempfile::tempdir().unwrap();
    let (folder, _) =
        with_commands(&logs, vec![plan("a", 0, &spec()), plan("b", 0, &spec())], "a", 2, vec![Command::Shutdown]);
    let before = losses(&folder, "a");
    let lock = folder.lock("a").unwrap();
    let whose = format!("held by process {} on {}", std::process::id(), lock.me().host);
    let both = folder.lock("b").unwrap();
    let refused = Engine::start(config(Session::Existing(folder.root().to_owned()))).unwrap_err().to_string();
    let name = folder.id();
    assert_eq!(refused, format!("session {name} cannot be resumed: run a is {whose}, and so is 1 other run"));
    drop(both);
    let engine = Engine::start(config(Session::Existing(folder.root().to_owned()))).unwrap();
    let updates = engine.updates();
    engine.drain();
    engine.join().unwrap();
    let faults: Vec<Update> = updates.iter().filter(|update| matches!(update, Update::Fault { .. })).collect();
    assert_eq!(faults, [Update::Fault { run: Some("a".into()), message: format!("run a is {whose}") }]);
    let resumed = folder.clone();
    assert_eq!(losses(&resumed, "a"), before);
    assert_eq!(course(&resumed, "b").last(), Some(&"run_finished"));
    drop(lock);
    let (resumed, _) = complete(config(Session::Existing(folder.root().to_owned())));
    assert_eq!(losses(&resumed, "a").len(), 39);
}

#[test]
fn a_run_that_another_left_is_taken_up() {
    let logs = tempfile::tempdir().unwrap();
    let (folder, _) =
        with_commands(&logs, vec![plan("a", 0, &spec()), plan("b", 0, &spec())], "a", 2, vec![Command::Shutdown]);
    let lock = Mutex::new(Some(folder.lock("a").unwrap()));
    let left = at_step("b", 20, move || drop(lock.lock().unwrap().take()));
    let session = Session::Existing(folder.root().to_owned());
    let engine = Engine::start(EngineConfig { jobs: 1, step_hook: Some(left), ..config(session) }).unwrap();
    let updates = engine.updates();
    engine.drain();
    assert_eq!(engine.join().unwrap(), Outcome { failed: 0 });
    let is_refused =
        |update: &Update| matches!(update, Update::Fault { message, .. } if message.starts_with("run a is held by"));
    assert_eq!(updates.iter().filter(is_refused).count(), 1, "it was met while it was held");
    for run in ["a", "b"] {
        assert_eq!(course(&folder, run).last(), Some(&"run_finished"), "{run}");
        assert_eq!(losses(&folder, run).len(), 39);
    }
}

#[test]
fn a_fork_goes_on_from_the_newest_checkpoint_with_one_thing_changed() {
    let logs = tempfile::tempdir().unwrap();
    let fork = |setting| Command::Fork { run: "a".into(), setting };
    let commands = vec![
        fork(Setting::LearningRate(0.01)),
        fork(Setting::Activation(Activation::Prelu)),
        fork(Setting::LearningRate(0.0)),
        Command::Fork { run: "b".into(), setting: Setting::LearningRate(0.1) },
    ];
    let plans = vec![plan("a", 0, &spec()), plan("b", 1, &Spec { checkpoint_every: 0, ..spec() })];
    let (folder, replies) = with_commands(&logs, plans, "a", 30, commands);
    assert_eq!(replies[..2], [Reply::Accepted, Reply::Accepted]);
    assert!(matches!(&replies[2], Reply::Refused { reason } if reason.starts_with("learning_rate: found 0")));
    assert!(matches!(&replies[3], Reply::Refused { reason } if reason.contains("checkpoint")), "{:?}", replies[3]);
    let (parent, child) = (losses(&folder, "a"), log(&folder, "a-f1"));
    let Event::RunStarted(started) = &child[0].event else { panic!("{:?}", child[0]) };
    let origin = started.resumed_from.clone().unwrap();
    assert_eq!((origin.run.as_str(), origin.step, started.name.as_str()), ("a", 26, "a-f1"));
    assert!((started.spec.learning_rate - 0.01).abs() < 1e-9);
    // The first step sees the same batch with the same weights; only what it learns from it differs.
    let steps: Vec<_> = child
        .iter()
        .filter_map(|record| if let Event::Step(step) = &record.event { Some(step) } else { None })
        .collect();
    assert_eq!((steps[0].step, steps.len()), (27, 13));
    assert_eq!(steps[0].train_loss.to_bits(), parent[26]);
    assert_ne!(steps[1].train_loss.to_bits(), parent[27]);
    assert_eq!(course(&folder, "a-f2").last(), Some(&"run_finished"));
    assert_eq!(folder.plan("a-f2").unwrap().spec.activation, Activation::Prelu);
}

#[test]
fn new_runs_join_the_queue_and_bad_ones_are_refused() {
    let logs = tempfile::tempdir().unwrap();
    let enqueue = |plan: RunPlan| Command::Enqueue { plans: vec![plan] };
    let commands = vec![
        enqueue(plan("new", 4, &spec())),
        enqueue(plan("new", 4, &spec())),
        enqueue(plan("../up", 4, &spec())),
        enqueue(plan("bad", 4, &Spec { batch_size: 201, ..spec() })),
        enqueue(plan("worse", 4, &Spec { epochs: 0, ..spec() })),
        Command::Enqueue { plans: Vec::new() },
    ];
    let (folder, replies) = with_commands(&logs, vec![plan("a", 0, &spec())], "a", 3, commands);
    let reasons: Vec<String> = replies
        .into_iter()
        .map(|reply| match reply {
            Reply::Accepted => "accepted".into(),
            Reply::Refused { reason } => reason,
        })
        .collect();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    accepted
    a run named new exists already
    run: found "../up"; allowed: letters, digits, '.', '-', '_'
    run bad: batch_size: found 201; allowed: 1 to 200, the training images of bars
    worse: epochs: found 0; allowed: a whole number from 1 to 1000000
    0 runs at once; allowed: 1 to 10000
    "#);
    assert_eq!(course(&folder, "new").last(), Some(&"run_finished"));
    assert_eq!(folder.plan("new").unwrap().order, 1);
    assert_eq!(folder.runs().unwrap(), ["a", "new"]);
}

#[test]
fn classic_models_are_runs_like_any_other() {
    let logs = tempfile::tempdir().unwrap();
    let hog = Features::Hog(HogSettings { cell: 4, ..HogSettings::default() });
    let plans = vec![
        plan("knn", 0, &Spec { family: Family::Knn, k: 3, ..Spec::default() }),
        plan("svm", 0, &Spec { family: Family::Svm, ..Spec::default() }),
        plan("hog-knn", 0, &Spec { family: Family::Knn, features: hog, ..Spec::default() }),
        plan("hog-mlp", 0, &Spec { features: hog, ..spec() }),
    ];
    let (folder, outcome) = complete(new(&logs, plans));
    assert_eq!(outcome.failed, 0);
    for run in ["knn", "svm", "hog-knn"] {
        let course = course(&folder, run);
        assert_eq!((course[0], *course.last().unwrap()), ("run_started", "run_finished"));
        let predicted = events(&folder, run).into_iter().rev().find_map(|event| match event {
            Event::Predicted(predicted) => Some(predicted),
            _ => None,
        });
        let predicted = predicted.unwrap();
        assert!((predicted.progress - 1.0).abs() < 1e-12);
        assert_eq!(predicted.confusion.iter().flatten().sum::<u32>(), 60);
        assert_eq!(predicted.objective.is_some(), run == "svm");
        assert!(predicted.test_accuracy.unwrap() > 0.2, "{run} should beat guessing: {predicted:?}");
    }
    for run in ["hog-knn", "hog-mlp"] {
        assert_eq!(course(&folder, run)[..2], ["run_started", "features"]);
    }
}

#[test]
fn what_cannot_be_is_refused_before_anything_starts() {
    let logs = tempfile::tempdir().unwrap();
    let join = |config: EngineConfig| {
        let engine = Engine::start(config).unwrap();
        engine.drain();
        let folder = engine.folder().clone();
        (engine.join().unwrap_err().to_string(), folder.runs().unwrap())
    };
    let greedy = plan("greedy", 0, &Spec { family: Family::Knn, k: 201, ..Spec::default() });
    let (error, runs) = join(new(&logs, vec![plan("a", 0, &spec()), greedy]));
    assert_eq!(error, "run greedy: k: found 201; allowed: 1 to 200, the training images of bars");
    assert!(runs.is_empty(), "nothing started");
    let (error, _) = join(EngineConfig { memory: Some(10_000), ..new(&logs, vec![plan("a", 0, &spec())]) });
    assert!(error.starts_with("run a: needs about 1 MB"), "{error}");
    let (error, _) =
        join(EngineConfig { load: Box::new(|| Err("no such file".into())), ..new(&logs, vec![plan("a", 0, &spec())]) });
    assert_eq!(error, "no such file");
    let (error, _) =
        join(EngineConfig { load: Box::new(|| panic!("bad byte")), ..new(&logs, vec![plan("a", 0, &spec())]) });
    assert_eq!(error, "the thread loader panicked: bad byte");
    assert!(matches!(Engine::start(new(&logs, Vec::new())), Err(EngineError::Empty)));
    let session = Session::Existing(Path::new("/nonexistent/session").to_owned());
    assert!(matches!(Engine::start(config(session)), Err(EngineError::Record(_))));
}

#[test]
fn a_viewer_hears_session_plans_and_records_in_the_logs_order() {
    let logs = tempfile::tempdir().unwrap();
    let engine = Engine::start(new(&logs, vec![plan("a", 0, &spec()), plan("b", 1, &spec())])).unwrap();
    let updates = engine.updates();
    engine.drain();
    let folder = engine.folder().clone();
    engine.join().unwrap();
    let heard: Vec<Update> = updates.iter().collect();
    assert!(matches!(&heard[0], Update::Session { id, .. } if id == folder.id()));
    assert!(matches!(&heard[1], Update::Planned { plan } if plan.run == "a"));
    assert!(matches!(heard[3], Update::CaughtUp));
    for run in ["a", "b"] {
        let of_run: Vec<_> = heard
            .iter()
            .filter_map(|update| match update {
                Update::Record { run: of, record } if **of == *run => Some(Arc::clone(record)),
                _ => None,
            })
            .collect();
        assert_eq!(of_run, log(&folder, run));
        let holders: Vec<bool> = heard
            .iter()
            .filter_map(|update| match update {
                Update::Holder { run: of, holder } if **of == *run => Some(holder.is_some()),
                _ => None,
            })
            .collect();
        assert_eq!(holders, [true, false]);
    }
    let last_header = heard.iter().rev().find_map(|update| match update {
        Update::Session { header, .. } => header.clone(),
        _ => None,
    });
    assert_eq!(last_header.expect("a header").dataset.name, "bars");
}

#[test]
fn notes_reach_runs_that_are_live_or_over() {
    let logs = tempfile::tempdir().unwrap();
    let (folder, _) = complete(new(&logs, vec![plan("a", 0, &spec())]));
    let engine = Engine::start(config(Session::Existing(folder.root().to_owned()))).unwrap();
    let note = |run: &str| Command::Note { run: run.into(), text: "fine".into() };
    assert_eq!(engine.command(note("a")), Reply::Accepted);
    assert!(matches!(engine.command(note("b")), Reply::Refused { .. }));
    engine.drain();
    engine.join().unwrap();
    assert_eq!(course(&folder, "a").last(), Some(&"note"));
    // A note does not make a run that is over begin again.
    let (folder, _) = complete(config(Session::Existing(folder.root().to_owned())));
    assert_eq!(course(&folder, "a").last(), Some(&"note"));
}

#[test]
fn a_live_source_says_everything_and_then_that_it_ended() {
    let logs = tempfile::tempdir().unwrap();
    let engine = Engine::start(new(&logs, vec![plan("a", 0, &spec())])).unwrap();
    let mut source = EngineSource::new(engine.folder().id(), engine.updates(), engine.commander());
    assert!(source.describe().takes_commands && source.describe().in_process);
    assert_eq!(
        source.send(Command::Stop { target: run("none") }),
        engine.command(Command::Stop { target: run("none") })
    );
    engine.drain();
    let mut heard = Vec::new();
    while source.poll(&mut heard, 7) != Flow::Ended {
        std::thread::yield_now();
    }
    let ended =
        |update: &Update| matches!(update, Update::Record { record, .. } if name(&record.event) == "run_finished");
    assert!(heard.iter().any(ended));
    assert!(matches!(heard.last(), Some(Update::Holder { holder: None, .. })));
    engine.join().unwrap();
    assert_eq!(source.poll(&mut heard, 7), Flow::Ended);
}
