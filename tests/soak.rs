//! A long day in short: a fake trainer whose eight hours pass on a simulated clock, through the recorder to the logs and
//! to a monitor. The memory of the process that trains, its descriptors and the time of a frame stay what they were, so
//! does the monitor's memory once it holds as many runs whole as it may, and the logs keep their order.
//!
//! `cargo test --release --test soak -- --ignored --nocapture` goes through the whole day: 200 runs of 50,000 steps,
//! ten million in all, and as many again for the monitor. A minute or two on a machine of its own; a gigabyte of logs.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on should say where"
)]

use perceptop::app::{EffectRunner, Services, draw};
use perceptop::format::{Found, LogReader, Reading};
use perceptop::protocol::{Epoch, Event, Family, Inactive, RunEnd, RunStarted, Spec, Step};
use perceptop::record::{FolderLogs, Recorder, RecorderSettings, SessionFolder};
use perceptop::source::{FileSource, FileSourceSettings, Flow};
use perceptop::ui::{Action, Model, Settings, Tab, update};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Steps of an epoch, after which figures of the test set come.
const EPOCH: u64 = 938;
const HOURS: f64 = 8.0;
/// The tenth of a day by which a monitor holds as many runs whole as it may, and begins to let go of the oldest.
const FULL: usize = 6;

/// A simulated day.
#[derive(Clone, Copy)]
struct Day {
    runs: u64,
    /// Steps of each run.
    steps: u64,
    /// Runs that train at a time.
    jobs: u64,
}

impl Day {
    fn total(self) -> u64 {
        self.runs * self.steps
    }

    /// Every event of the day in its order, with its run and its second: `jobs` runs side by side, one batch of runs
    /// after another.
    fn events(self) -> impl Iterator<Item = (u64, f64, Event)> {
        let batches = self.runs.div_ceil(self.jobs);
        (0..batches).flat_map(move |batch| {
            let runs = move || batch * self.jobs..((batch + 1) * self.jobs).min(self.runs);
            let begin = runs().map(move |run| (run, 0.0, started(run)));
            let steps = (0..self.steps).flat_map(move |step| {
                runs().flat_map(move |run| at(step + 1).map(move |event| (run, self.second(step), event)))
            });
            let end = runs().map(move |run| (run, self.second(self.steps), ended(self.steps)));
            begin.chain(steps).chain(end)
        })
    }

    /// Seconds of a run at a step, such that the whole day has its hours.
    fn second(self, step: u64) -> f64 {
        step as f64 * HOURS * 3600.0 * self.jobs as f64 / self.total() as f64
    }
}

fn started(run: u64) -> Event {
    Event::RunStarted(Box::new(RunStarted {
        run: id(run).to_string(),
        name: format!("soak{}", run / 5),
        spec: Arc::new(Spec { epochs: 100, ..Spec::default() }),
        family: Family::Mlp,
        seed: run % 5,
        dataset: "fake".to_owned(),
        steps_per_epoch: EPOCH,
        resumed_from: None,
    }))
}

fn ended(step: u64) -> Event {
    Event::RunFinished(Box::new(RunEnd { step, reason: "completed".to_owned(), ..RunEnd::default() }))
}

/// What a network tells after its step.
fn at(step: u64) -> impl Iterator<Item = Event> {
    let epoch = step as f64 / EPOCH as f64;
    let train_loss = (2.3 / (1.0 + epoch) + 0.01 * (step as f64).sin()) as f32;
    let inactive = (step % 100 == 1).then(|| {
        let share = vec![0.5; 3];
        let units = vec![vec![7; 500], vec![7; 250], vec![7; 100]];
        Event::Inactive(Box::new(Inactive {
            step,
            inactive: 0.5,
            inactive_per_layer: share.clone(),
            dead_per_layer: share,
            units,
        }))
    });
    let figures = step.is_multiple_of(EPOCH).then(|| {
        Event::Epoch(Box::new(Epoch {
            step,
            epoch,
            train_loss,
            test_loss: Some(train_loss),
            test_accuracy: Some(0.9),
            confusion: vec![vec![100; 10]; 10],
            misclassified: (0..500).map(|index| (index, 3)).collect(),
            ..Epoch::default()
        }))
    });
    [Some(Event::Step(Step { step, epoch, train_loss })), inactive, figures].into_iter().flatten()
}

fn id(run: u64) -> Arc<str> {
    format!("soak{}-s{}", run / 5, run % 5).into()
}

/// Bytes of this process in memory.
fn memory() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Readings along a day, of which an early tenth and the last are compared.
#[derive(Default)]
struct Course(Vec<f64>);

impl Course {
    /// The median of a tenth, from 0.
    fn tenth(&self, which: usize) -> f64 {
        let size = self.0.len() / 10;
        let mut part = self.0[which * size..(which + 1) * size].to_vec();
        part.sort_by(f64::total_cmp);
        part[part.len() / 2]
    }

    fn growth_since(&self, tenth: usize) -> f64 {
        self.tenth(9) / self.tenth(tenth)
    }
}

fn header() -> perceptop::protocol::SessionHeader {
    perceptop::protocol::SessionHeader {
        v: 1,
        suite: "soak".to_owned(),
        host: "here".to_owned(),
        program: "0".to_owned(),
        pid: 1,
        created: 1_771_064_100,
        jobs: 2,
        dataset: perceptop::protocol::DatasetInfo::default(),
    }
}

/// The process that trains: everything goes to the logs, a viewer hears all of it and keeps nothing.
fn recorded(day: Day) -> Course {
    let logs = tempfile::tempdir().unwrap();
    let folder = SessionFolder::create(logs.path(), &header(), &[]).unwrap();
    let before = descriptors();
    let recorder = Recorder::start(FolderLogs(folder.clone()), RecorderSettings::default()).unwrap();
    let handle = recorder.handle();
    let viewer = handle.view().unwrap();
    let ids: Vec<_> = (0..day.runs).map(id).collect();
    let (mut course, mut heard, mut most_open) = (Course::default(), 0, 0);
    let every = (day.total() / 500).max(1);
    for (count, (run, t, event)) in (0_u64..).zip(day.events()) {
        handle.record(&ids[run as usize], t, event).unwrap();
        if count % 1_000 == 999 {
            // A trainer is slower than this one: the viewer keeps up.
            handle.flush().unwrap();
            heard += viewer.try_iter().count();
        }
        if count % every == 0 {
            course.0.push(memory() as f64);
            most_open = most_open.max(descriptors());
        }
    }
    recorder.finish().unwrap();
    heard += viewer.try_iter().count();
    drop((handle, viewer));
    assert!(most_open <= before + day.jobs as usize + 8, "{most_open} descriptors, {before} at first");
    assert_eq!(descriptors(), before);
    // Reading them all again, piece by piece.
    let (mut buffer, mut found, mut written) = (Vec::new(), Vec::new(), 0);
    for run in ids {
        let mut reader = LogReader::new(folder.log(&run).unwrap());
        let (mut seq, mut step) = (0, 0);
        loop {
            let reading = reader.read(&mut buffer, &mut found).unwrap();
            for found in found.drain(..) {
                let Found::Record(record) = found else { panic!("{run}: {found:?}") };
                assert_eq!(record.seq, seq, "{run}");
                seq += 1;
                if let Event::Step(next) = &record.event {
                    assert_eq!(next.step, step + 1, "{run}");
                    step = next.step;
                }
            }
            if reading == Reading::UpToDate {
                break;
            }
        }
        assert_eq!(step, day.steps, "{run}");
        written += seq;
    }
    assert_eq!(written, heard as u64);
    course
}

/// The monitor on the session of a day that another thread records: memory and the seconds of a frame.
fn watched(day: Day) -> (Course, Course) {
    let logs = tempfile::tempdir().unwrap();
    let folder = SessionFolder::create(logs.path(), &header(), &[]).unwrap();
    let recorder = Recorder::start(FolderLogs(folder.clone()), RecorderSettings::default()).unwrap();
    let handle = recorder.handle();
    let settings = FileSourceSettings { interval: Duration::ZERO, ..FileSourceSettings::default() };
    let mut effects =
        EffectRunner::new(Box::new(FileSource::open(folder.root(), settings).unwrap()), Services::disabled());
    let mut model = Model::new(Settings { takes_commands: true, ..Settings::default() });
    let ids: Vec<_> = (0..day.runs).map(id).collect();
    let every = (day.total() / 480).max(1);
    let (mut bytes, mut frames, before) = (Course::default(), Course::default(), descriptors());
    let mut most_open = before;
    for (count, (run, t, event)) in (0_u64..).zip(day.events()) {
        handle.record(&ids[run as usize], t, event).unwrap();
        if count % every != 0 {
            continue;
        }
        handle.flush().unwrap();
        while effects.bring(&mut model, Duration::ZERO, 20_000) == Flow::More {}
        // A minute of the day.
        let _ = update(&mut model, Action::Tick { elapsed: Duration::from_mins(1) });
        model.tab = Tab::ALL[(count / every % 5) as usize];
        let began = Instant::now();
        draw(&mut model, 120, 40).unwrap();
        frames.0.push(began.elapsed().as_secs_f64());
        bytes.0.push(memory() as f64);
        most_open = most_open.max(descriptors());
    }
    drop(handle);
    recorder.finish().unwrap();
    while effects.bring(&mut model, Duration::ZERO, 20_000) == Flow::More {}
    assert!(most_open <= before + 2 * day.jobs as usize + 16, "{most_open} descriptors, {before} at first");
    assert_eq!(model.session.runs().len() as u64, day.runs);
    for run in model.session.runs() {
        assert!(run.is_complete(), "{} is {:?}", run.id, run.status);
        assert_eq!(
            run.last_epoch().map(|epoch| epoch.step / EPOCH),
            Some(day.steps / EPOCH).filter(|&epochs| epochs > 0)
        );
    }
    (bytes, frames)
}

fn tell(day: Day, recorded: &Course, (watched, frames): &(Course, Course)) {
    println!(
        "{} steps in {} runs: the process that trains {:.1} MB (x{:.3}), the monitor {:.1} MB (x{:.3}), a frame {:.2} ms \
         (x{:.2})",
        day.total(),
        day.runs,
        recorded.tenth(9) / 1e6,
        recorded.growth_since(1),
        watched.tenth(9) / 1e6,
        watched.growth_since(FULL),
        frames.tenth(9) * 1e3,
        frames.growth_since(FULL)
    );
}

#[test]
fn a_short_day_leaks_nothing_and_keeps_the_order() {
    let day = Day { runs: 40, steps: 600, jobs: 4 };
    let first = recorded(day);
    // The first day warmed up what a process has but once.
    let second = recorded(day);
    let watched = watched(day);
    tell(day, &second, &watched);
    assert!(second.tenth(9) <= first.tenth(9) * 1.25, "{} and {} bytes", first.tenth(9), second.tenth(9));
}

#[test]
#[ignore = "eight hours in a minute or two: cargo test --release --test soak -- --ignored --nocapture"]
fn a_whole_day_leaks_nothing_and_keeps_the_order() {
    let day = Day { runs: 200, steps: 50_000, jobs: 4 };
    let recorded = recorded(day);
    let watched = watched(day);
    tell(day, &recorded, &watched);
    assert!(recorded.growth_since(1) < 1.05, "the process that trains grew by {}", recorded.growth_since(1));
    assert!(watched.0.growth_since(FULL) < 1.05, "the monitor grew by {}", watched.0.growth_since(FULL));
    // The machine does other things meanwhile.
    assert!(watched.1.growth_since(FULL) < 2.0, "a frame takes {} times as long", watched.1.growth_since(FULL));
}
