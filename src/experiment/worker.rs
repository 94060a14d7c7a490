//! A worker: takes runs from the queue one after another and carries each out, whatever happens to it.
//!
//! Does not depend on models; a run that panics is recorded as failed and the next one begins.

use super::adapters::{self, RunContext, RunResult};
use super::checkpoint::Saved;
use super::clock::RunClock;
use super::error::panic_message;
use super::queue::{Stage, Turn};
use super::run_control::{AGAIN, Control, StopReason};
use super::run_history::RunHistory;
use super::run_logger::RunLogger;
use super::shared::{Loaded, Shared};
use super::suite::samples;
use crate::format::RecordError;
use crate::protocol::{Event, Family, Holder, RunEnd, RunPlan, RunStarted, SESSION_STOPPED};
use crate::record::{RunLock, read_weights};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// From one look at the runs of other processes to the next, where there is nothing else to do.
const LOOK: Duration = Duration::from_secs(2);

/// Works until the session ends.
pub(super) fn work(shared: &Shared) {
    let Some(loaded) = shared.wait_for_data() else { return };
    while let Some((plan, control)) = next(shared) {
        let stage = carry_out(shared, &loaded, &plan, &control);
        // What cannot be written yet is tried once more at the session's end, where it is an error.
        let _ = shared.settle();
        shared.with_queue(|queue| {
            queue.set_stage(&plan.run, stage);
            let kind = |wanted| queue.any_ahead(|plan| plan.spec.features == wanted);
            loaded.features.keep(kind);
        });
    }
}

fn next(shared: &Shared) -> Option<(Arc<RunPlan>, Arc<Control>)> {
    loop {
        take_back(shared);
        let mut queue = shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.next() {
            Turn::Run(plan, control) => return Some((plan, control)),
            Turn::Leave => {
                // Another worker may wait for the same reason to leave.
                shared.changed.notify_all();
                return None;
            }
            Turn::Wait if queue.elsewhere().is_empty() => drop(shared.changed.wait(queue)),
            Turn::Wait => drop(shared.changed.wait_timeout(queue, LOOK)),
        }
    }
}

/// Queues the runs again that another process worked on and left: it was stopped, or it died. Those that it finished
/// are over.
fn take_back(shared: &Shared) {
    let elsewhere = shared.queue.lock().unwrap_or_else(PoisonError::into_inner).elsewhere();
    for run in elsewhere.iter().filter(|run| shared.folder.holder(run).is_none()) {
        let over = RunHistory::read(&shared.folder, run).ok().filter(RunHistory::is_over);
        shared.with_queue(|queue| match &over {
            Some(past) => queue.set_stage(run, Stage::Over(past.seconds())),
            None => queue.take_back(run),
        });
    }
}

/// Carries out one run and says how it stands afterwards.
fn carry_out(shared: &Shared, loaded: &Loaded, plan: &RunPlan, control: &Control) -> Stage {
    let run: Arc<str> = plan.run.as_str().into();
    let stage = match lock(shared, plan, control) {
        Ok(lock) => {
            // The recorder keeps the lock until the last record of the run is written.
            let _ = shared.recorder.hold(lock);
            locked(shared, loaded, plan, control)
        }
        Err(error @ RecordError::Held { .. }) => {
            shared.fault(Some(&plan.run), error.to_string());
            if let RecordError::Held { host, pid, .. } = error {
                // Another process that shares the folder was faster: the run is neither failed nor interrupted.
                shared.held_elsewhere(&run, Holder { host, pid });
            }
            Stage::Elsewhere
        }
        Err(error) => {
            shared.fault(Some(&plan.run), error.to_string());
            Stage::Over(0.0)
        }
    };
    let _ = shared.recorder.release(&run);
    stage
}

/// Takes the run's lock; waits for it where the disk refuses, since the run would be lost otherwise.
fn lock(shared: &Shared, plan: &RunPlan, control: &Control) -> Result<RunLock, RecordError> {
    let mut said = false;
    loop {
        match shared.folder.lock(&plan.run) {
            Err(error @ RecordError::Io { .. }) if !control.is_ending() => {
                if !std::mem::replace(&mut said, true) {
                    shared.fault(Some(&plan.run), format!("{error}; the run waits until its lock can be written"));
                }
                control.rest(AGAIN);
            }
            outcome => return outcome,
        }
    }
}

fn locked(shared: &Shared, loaded: &Loaded, plan: &RunPlan, control: &Control) -> Stage {
    let past = match RunHistory::read(&shared.folder, &plan.run) {
        Ok(past) => past,
        Err(error) => {
            shared.fault(Some(&plan.run), error.to_string());
            shared.count_failure();
            return Stage::Over(0.0);
        }
    };
    if past.is_over() {
        // Another process that shares the folder was faster.
        return Stage::Over(past.seconds());
    }
    let clock = RunClock::start(past.seconds());
    let logger = RunLogger::new(&plan.run, clock, shared.recorder.clone());
    let saved = newest(shared, plan, &past);
    logger.say(Event::RunStarted(Box::new(started(loaded, plan, saved.as_ref()))));
    let work = RunContext {
        plan,
        data: &loaded.data,
        features: &loaded.features,
        control,
        logger: &logger,
        folder: &shared.folder,
        saved,
        step_hook: shared.step_hook.as_ref(),
    };
    let end = |end: RunEnd, reason: &str| RunEnd { reason: reason.to_owned(), ..end };
    let last = match catch_unwind(AssertUnwindSafe(|| adapters::run(work))) {
        Ok(Ok(RunResult::Completed(figures))) => Some(Event::RunFinished(Box::new(end(figures, "completed")))),
        Ok(Ok(RunResult::Diverged(figures))) => Some(Event::RunFinished(Box::new(end(figures, "diverged")))),
        Ok(Ok(RunResult::Ended(StopReason::Stopped, figures))) => {
            Some(Event::RunStopped(Box::new(end(figures, "stopped by user"))))
        }
        Ok(Ok(RunResult::Ended(StopReason::WithSession, figures))) => {
            Some(Event::RunStopped(Box::new(end(figures, SESSION_STOPPED))))
        }
        Ok(Err(error)) => Some(Event::RunFailed(Box::new(end(RunEnd::default(), &error.to_string())))),
        Err(panic) => {
            let message = format!("the worker panicked: {}", panic_message(&*panic));
            Some(Event::RunFailed(Box::new(end(RunEnd::default(), &message))))
        }
    };
    if matches!(last, Some(Event::RunFailed(_))) {
        shared.count_failure();
    }
    if let Some(last) = last {
        logger.say(last);
    }
    // A process that ended while records wait for a full disk would lose them.
    while matches!(shared.recorder.flush(), Ok(1..)) && !control.is_ending() {
        control.rest(AGAIN);
    }
    Stage::Over(clock.seconds())
}

fn started(loaded: &Loaded, plan: &RunPlan, saved: Option<&Saved>) -> RunStarted {
    let spec = &plan.spec;
    let steps_per_epoch = match spec.family {
        Family::Mlp => samples(spec, &loaded.info).div_ceil(spec.batch_size.max(1)) as u64,
        Family::Knn | Family::Svm => 0,
    };
    RunStarted {
        run: plan.run.clone(),
        name: plan.name.clone(),
        spec: Arc::clone(spec),
        family: spec.family,
        seed: plan.seed,
        dataset: loaded.data.name.clone(),
        steps_per_epoch,
        resumed_from: saved.map(|saved| saved.run.origin.clone()),
    }
}

/// The checkpoint to go on from, where there is one. A damaged one is told and passed over: the run then goes on from
/// the one before, or begins anew, and ends with the same losses either way.
fn newest(shared: &Shared, plan: &RunPlan, past: &RunHistory) -> Option<Saved> {
    let known = past.checkpoints();
    let bytes = match &plan.fork_of {
        Some(_) if known.is_empty() => {
            read_weights(&shared.folder.checkpoint(&plan.run).ok()?).map_err(|e| e.to_string())
        }
        _ if known.is_empty() => return None,
        _ => shared.folder.load_checkpoint(&plan.run, &known).map(|loaded| loaded.bytes).map_err(|e| e.to_string()),
    };
    match bytes.and_then(|bytes| Saved::from_bytes(&bytes)) {
        Ok(saved) => Some(saved),
        Err(message) => {
            shared.fault(Some(&plan.run), format!("no usable checkpoint; restarting the run: {message}"));
            None
        }
    }
}
