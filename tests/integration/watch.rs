//! The lines of Python in docs/logs.md make a loop of another process watchable while it runs.
//!
//! The lines are taken from that page as they stand there. Where torch is not installed, the loss is an object that
//! turns into a float as a tensor of one number does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use perceptop::protocol::{Event, Update};
use perceptop::source::{FileSource, FileSourceSettings, Source};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Steps of the loop.
const STEPS: usize = 20;

/// How long everything together may take on a machine under load.
const PATIENCE: Duration = Duration::from_mins(1);

/// A training loop around the documented lines; each row tells when it was written.
const LOOP: &str = r#"
try:
    import torch
    tensor = lambda number: torch.tensor(number, requires_grad=True)
except ImportError:
    class tensor:
        def __init__(self, number):
            self.number = number
        def __float__(self):
            return self.number

for step in range(STEPS):
    loss, accuracy = tensor(2.0 / (step + 1)), step / STEPS
    watch(step, train_loss=loss, written=time.time(), **{"val/accuracy": accuracy})
    time.sleep(0.1)
"#;

/// Ends a process that a failed test leaves behind.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn lines_of_python() -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logs.md")).unwrap();
    let mut blocks = page.split("```python\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains("class Watch")).unwrap().to_owned()
}

#[test]
fn a_loop_with_the_documented_lines_is_followed_while_it_runs() {
    if !Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_ok_and(|it| it.success()) {
        eprintln!("skipped: python3 is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = format!("STEPS = {STEPS}\n{}{LOOP}", lines_of_python());
    let python = Command::new("python3").args(["-c", &script]).current_dir(folder.path()).spawn().unwrap();
    let mut python = Ended(python);
    let log = folder.path().join("run.jsonl");
    let began = Instant::now();
    while fs::metadata(&log).is_err() {
        assert!(began.elapsed() < PATIENCE, "the loop never began");
        sleep(Duration::from_millis(10));
    }
    let mut source = FileSource::open(&log, FileSourceSettings::default()).unwrap();
    let (mut delays, mut accuracies, mut updates) = (Vec::new(), Vec::new(), Vec::new());
    let mut was_live = false;
    while delays.len() < STEPS {
        assert!(began.elapsed() < PATIENCE, "{} of {STEPS} steps came", delays.len());
        source.poll(&mut updates, 1_000);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        for update in updates.drain(..) {
            if let Update::Record { record, .. } = update
                && let Event::Metrics(row) = &record.event
            {
                assert_eq!(row.values["train_loss"], 2.0 / (row.step + 1.0));
                delays.push(now - row.values["written"]);
                accuracies.push(row.values["val/accuracy"]);
                was_live |= python.0.try_wait().unwrap().is_none();
            }
        }
        sleep(Duration::from_millis(10));
    }
    assert!(was_live, "rows came while the loop still ran");
    assert!(accuracies.is_sorted() && accuracies.len() == STEPS);
    delays.sort_by(f64::total_cmp);
    let (middle, longest) = (delays[STEPS / 2], delays[STEPS - 1]);
    println!("from a row's writing to its record: {middle:.3} s in the middle, {longest:.3} s at the longest");
    // The promise is half a second; a machine under load may be late, an hour or a minute would be a fault.
    assert!(middle < 5.0, "{delays:?}");
}
