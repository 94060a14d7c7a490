//! Small runs in this process and in others, and what must hold of their logs whatever happened.

use perceptop::dataset::{Dataset, Split};
use perceptop::experiment::{EngineConfig, Session};
use perceptop::format::{Found, read_all};
use perceptop::protocol::{Activation, Event, Record, RunPlan, Spec, Update};
use perceptop::record::RecorderSettings;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take before a test gives up; far more than it takes anywhere.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Ten classes of 4x4 images that a small network can tell apart.
fn split(count: usize) -> Split {
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let images: Vec<u8> = labels.iter().flat_map(|label| (0..16).map(move |pixel| label * 20 + pixel)).collect();
    Split { images: images.into(), labels: labels.into(), height: 4, width: 4 }
}

pub(crate) fn data() -> Dataset {
    Dataset {
        name: "steps".into(),
        folder: None,
        train: split(200),
        test: split(40),
        digests: vec![("images".to_owned(), "aa".to_owned())],
    }
}

pub(crate) fn spec(epochs: usize) -> Spec {
    Spec {
        hidden: vec![8],
        activation: Activation::Tanh,
        learning_rate: 0.1,
        batch_size: 20,
        epochs,
        ..Spec::default()
    }
}

pub(crate) fn plans(count: u32, spec: &Spec) -> Vec<RunPlan> {
    (0..count)
        .map(|order| RunPlan {
            run: format!("a-s{order}"),
            name: "a".into(),
            order,
            seed: order.into(),
            spec: Arc::new(spec.clone()),
            fork_of: None,
        })
        .collect()
}

pub(crate) fn config(logs: &Path, plans: Vec<RunPlan>) -> EngineConfig {
    EngineConfig {
        session: Session::New { logs: logs.to_owned(), suite: "test".into(), plans },
        jobs: 2,
        load: Box::new(|| Ok(data())),
        memory: None,
        recorder: RecorderSettings { interval: Duration::from_millis(20), ..RecorderSettings::default() },
        step_hook: None,
    }
}

/// The log of a run; panics at a line that is no record, or whose number or time is not after the one before.
pub(crate) fn log(session: &Path, run: &str) -> Vec<Arc<Record>> {
    let path = session.join("runs").join(format!("{run}.jsonl"));
    let found = read_all(&path).unwrap_or_else(|error| panic!("{error}"));
    let records: Vec<_> = found
        .into_iter()
        .map(|found| match found {
            Found::Record(record) => record,
            other => panic!("{run}: not a record: {other:?}"),
        })
        .collect();
    for (place, pair) in records.windows(2).enumerate() {
        assert!(pair[0].seq + 1 == pair[1].seq && pair[0].t <= pair[1].t, "{run}: record {place}: {pair:?}");
    }
    assert_eq!(records.first().map(|record| record.seq), Some(0), "{run}");
    records
}

/// The loss of each step as bits.
pub(crate) fn losses(session: &Path, run: &str) -> Vec<u32> {
    let loss = |record: &Arc<Record>| match &record.event {
        Event::Step(step) => Some((step.step, step.train_loss.to_bits())),
        _ => None,
    };
    let steps: Vec<_> = log(session, run).iter().filter_map(loss).collect();
    assert!(steps.iter().enumerate().all(|(place, (step, _))| *step == place as u64 + 1), "{run}: steps are missing");
    steps.into_iter().map(|(_, loss)| loss).collect()
}

/// Asserts that a run's log is whole: every step, and its end.
pub(crate) fn assert_whole(session: &Path, run: &str, steps: usize) {
    assert_eq!(losses(session, run).len(), steps, "{run}");
    let last = log(session, run).pop().unwrap();
    assert!(matches!(last.event, Event::RunFinished(_)), "{run}: {last:?}");
}

pub(crate) fn faults(updates: &[Update]) -> Vec<String> {
    let message = |update: &Update| match update {
        Update::Fault { message, .. } => Some(message.clone()),
        _ => None,
    };
    updates.iter().filter_map(message).collect()
}

/// A folder with a few digits, a suite, and a place for sockets.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new(suite: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(place.path("run")).unwrap();
        fs::write(place.path("suite.json"), suite).unwrap();
        let synth = ["data", "synth", "--out", "data", "--train", "640", "--test", "100"];
        assert_eq!(place.start(&synth).end().0, 0);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"] {
            command.env(name, self.path("run"));
        }
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        Process::of(&mut self.command(env!("CARGO_BIN_EXE_perceptop"), arguments))
    }

    /// The only session there is.
    pub(crate) fn session(&self) -> PathBuf {
        let mut sessions: Vec<_> = fs::read_dir(self.path("logs")).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(sessions.len(), 1, "{sessions:?}");
        sessions.remove(0)
    }
}

/// A process and what it says on both streams, line by line.
pub(crate) struct Process {
    pub(crate) child: Child,
    lines: Receiver<String>,
    pub(crate) said: String,
}

impl Process {
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Self { child, lines, said: String::new() }
    }

    /// Waits until it says a line with `words`.
    pub(crate) fn wait_for(&mut self, words: &str) {
        let began = Instant::now();
        loop {
            match self.lines.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => {
                    self.said += &line;
                    self.said.push('\n');
                    if line.contains(words) {
                        return;
                    }
                }
                Err(_) => assert!(began.elapsed() < PATIENCE, "never said: {words}\n{}", self.said),
            }
        }
    }

    /// Waits for its end: exit status, and everything that it said.
    pub(crate) fn end(mut self) -> (i32, String) {
        let began = Instant::now();
        let status = loop {
            while let Ok(line) = self.lines.try_recv() {
                self.said += &line;
                self.said.push('\n');
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end\n{}", self.said);
            std::thread::sleep(Duration::from_millis(5));
        };
        for line in &self.lines {
            self.said += &line;
            self.said.push('\n');
        }
        (status.code().unwrap_or(-1), std::mem::take(&mut self.said))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a reader's patience, for loops of a test's own.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a file holds; nothing where there is none.
pub(crate) fn text(path: &Path) -> String {
    let mut text = String::new();
    if let Ok(mut file) = fs::File::open(path) {
        file.read_to_string(&mut text).unwrap();
    }
    text
}
