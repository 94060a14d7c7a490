//! What a session does when its user asks, whoever carries the wish.
//!
//! Does not depend on sockets or keys.

use super::adapters::{apply_setting, check_setting};
use super::checkpoint::Saved;
use super::queue::{Closing, Queue, Stage, shown};
use super::run_history::RunHistory;
use super::shared::{Data, Shared};
use super::suite;
use crate::protocol::{Command, Event, Family, Note, Reply, RunEnd, RunPlan, Setting, Trainer, Update};
use crossbeam_channel::Receiver;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Runs that one command may add.
const MAX_PLANS: usize = 10_000;
/// How long a fork waits for what its parent said last.
const PATIENCE: Duration = Duration::from_secs(2);
/// Letters of a note.
const LONGEST_NOTE: usize = 10_000;

/// A way to give commands to an engine, one for each who gives them.
#[derive(Clone, Debug)]
pub struct Commander {
    shared: Arc<Shared>,
}

impl Trainer for Commander {
    fn command(&self, command: Command) -> Reply {
        let shared = &*self.shared;
        let done = match command {
            Command::Pause { target } => shared.with_queue(|queue| queue.pause(&target)),
            Command::Resume { target } => shared.with_queue(|queue| queue.resume(&target)),
            Command::Stop { target } => self.stop(&target),
            Command::Switch { run, setting } => check_setting(setting)
                .and_then(|()| self.check_augmentation(&run, setting))
                .and_then(|()| shared.with_queue(|queue| queue.switch(&run, setting))),
            Command::Enqueue { plans } => self.enqueue(plans),
            Command::Fork { run, setting } => self.fork(&run, setting),
            Command::Checkpoint { target } => shared.with_queue(|queue| queue.checkpoint(&target)),
            Command::Note { run, text } => self.note(&run, text),
            Command::Shutdown => {
                shared.recorder.hurry();
                shared.with_queue(|queue| queue.close(Closing::Now));
                Ok(())
            }
        };
        match done {
            Ok(()) => Reply::Accepted,
            Err(reason) => Reply::Refused { reason },
        }
    }

    fn is_finished(&self) -> bool {
        self.shared.is_finished()
    }

    fn flush(&self) {
        // An error means that the recorder has ended, and with it everything was.
        let _ = self.shared.recorder.flush();
    }
}

impl Commander {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Everything that the session says from now on, in a channel of its own.
    #[must_use]
    pub fn updates(&self) -> Receiver<Update> {
        // An error means that the recorder has ended: nothing will come.
        self.shared.recorder.view().unwrap_or_else(|_| crossbeam_channel::never())
    }

    fn stop(&self, target: &crate::protocol::Target) -> Result<(), String> {
        let never_began = self.shared.with_queue(|queue| queue.stop(target))?;
        for plan in never_began {
            let end = RunEnd { reason: "stopped by user".to_owned(), ..RunEnd::default() };
            self.append(&plan.run, 0.0, Event::RunStopped(Box::new(end)))?;
        }
        Ok(())
    }

    /// Adds a record to the log of a run that no worker has.
    fn append(&self, run: &str, t: f64, event: Event) -> Result<(), String> {
        let lock = self.shared.folder.lock(run).map_err(|error| error.to_string())?;
        let (recorder, run) = (&self.shared.recorder, Arc::from(run));
        let done = recorder.hold(lock).and_then(|()| recorder.record(&run, t, event));
        done.and_then(|()| recorder.release(&run)).map_err(|error| error.to_string())
    }

    fn note(&self, run: &str, text: String) -> Result<(), String> {
        if text.chars().count() > LONGEST_NOTE {
            return Err(format!("a note has at most {LONGEST_NOTE} letters"));
        }
        let stage = self.shared.with_queue(|queue| {
            let job = queue.job(run).ok_or_else(|| format!("no run {} in this session", shown(run)))?;
            if matches!(job.stage, Stage::Live) {
                job.control.request(|requests| requests.notes.push(text.clone()));
            }
            Ok::<_, String>(job.stage)
        })?;
        match stage {
            Stage::Live => Ok(()),
            Stage::Over(t) => self.append(run, t, Event::Note(Note { text })),
            Stage::Queued | Stage::Held => Err(format!("{run} has not begun: it has no log yet")),
            Stage::Elsewhere => Err(format!("another process trains {run}")),
        }
    }

    fn check_augmentation(&self, run: &str, setting: Setting) -> Result<(), String> {
        let plan = self.shared.with_queue(|queue| queue.job(run).map(|job| Arc::clone(&job.plan)));
        let Some(plan) = plan else { return Ok(()) };
        let mut spec = (*plan.spec).clone();
        apply_setting(&mut spec, setting);
        self.check_plan(&RunPlan { spec: Arc::new(spec), ..(*plan).clone() })
    }

    fn enqueue(&self, plans: Vec<RunPlan>) -> Result<(), String> {
        if plans.is_empty() || plans.len() > MAX_PLANS {
            return Err(format!("{} runs at once; allowed: 1 to {MAX_PLANS}", plans.len()));
        }
        for plan in &plans {
            for (key, name) in [("run", &plan.run), ("name", &plan.name)] {
                if !crate::record::is_safe_name(name) {
                    return Err(format!("{key}: found {:?}; allowed: letters, digits, '.', '-', '_'", shown(name)));
                }
            }
            if plan.fork_of.is_some() {
                return Err(format!("{}: a fork is asked for by `fork`, which makes its checkpoint", plan.run));
            }
            suite::check_spec(&plan.spec).map_err(|message| format!("{}: {message}", plan.run))?;
            self.check_plan(plan)?;
        }
        plans.into_iter().try_for_each(|plan| self.add(plan))
    }

    /// Checks a plan against the data, when that is there; plans that come before it are checked with the others.
    fn check_plan(&self, plan: &RunPlan) -> Result<(), String> {
        let memory = self.shared.memory;
        let data = self.shared.data.lock().unwrap_or_else(PoisonError::into_inner);
        match &*data {
            Data::Ready(loaded) => {
                suite::check(std::slice::from_ref(plan), &loaded.info, 1, memory).map_err(|error| error.to_string())
            }
            Data::Loading => Ok(()),
            Data::Failed => Err("there is no data to learn from".to_owned()),
        }
    }

    fn add(&self, plan: RunPlan) -> Result<(), String> {
        let shared = &*self.shared;
        shared.with_queue(|queue| {
            let order = next_order(queue);
            let plan = RunPlan { order, ..plan };
            queue.add(plan.clone(), None)?;
            if let Err(error) = shared.folder.enqueue(&plan) {
                queue.remove(&plan.run);
                return Err(error.to_string());
            }
            // Told under the queue's lock, so that no record of the run can come before.
            let _ = shared.recorder.announce(Update::Planned { plan });
            Ok(())
        })
    }

    /// A new run goes on from the newest checkpoint of another, with one setting changed. Where that run was complete,
    /// the fork trains as many epochs again.
    fn fork(&self, run: &str, setting: Setting) -> Result<(), String> {
        let shared = &*self.shared;
        check_setting(setting)?;
        let (parent, id, name) = shared.with_queue(|queue| {
            let job = queue.job(run).ok_or_else(|| format!("no run {} in this session", shown(run)))?;
            let is_fork = |id: &str| id.strip_prefix(run).is_some_and(|rest| rest.starts_with("-f"));
            let forks = queue.jobs().iter().filter(|job| is_fork(&job.plan.run)).count();
            let free = |number: &usize| queue.job(&format!("{run}-f{number}")).is_none();
            let number = (1..=forks + 1).find(free).unwrap_or(forks + 1);
            let parent = Arc::clone(&job.plan);
            let name = format!("{}-f{number}", parent.name);
            Ok::<_, String>((parent, format!("{run}-f{number}"), name))
        })?;
        if parent.spec.family != Family::Mlp {
            return Err(format!("{run} is not a network: it has no checkpoints"));
        }
        // The newest checkpoint counts once its record is in the log.
        shared.recorder.flush_within(PATIENCE);
        let known = RunHistory::read(&shared.folder, run).map_err(|error| error.to_string())?.checkpoints();
        let bytes = shared.folder.load_checkpoint(run, &known).map_err(|error| error.to_string())?.bytes;
        let mut saved = Saved::from_bytes(&bytes)?;
        apply_setting(&mut saved.run.spec, setting);
        if saved.run.origin.epoch >= saved.run.spec.epochs as f64 {
            saved.run.spec.epochs += parent.spec.epochs;
        }
        saved.run.forget_times();
        let plan = RunPlan {
            run: id.clone(),
            name,
            order: 0,
            seed: parent.seed,
            spec: Arc::new(saved.run.spec.clone()),
            fork_of: Some(saved.run.origin.clone()),
        };
        self.check_plan(&plan)?;
        let bytes = saved.to_bytes()?;
        shared.folder.save_checkpoint(&id, &bytes).map_err(|error| error.to_string())?;
        self.add(plan)
    }
}

fn next_order(queue: &Queue) -> u32 {
    queue.jobs().iter().map(|job| job.plan.order).max().map_or(0, |last| last.saturating_add(1))
}
