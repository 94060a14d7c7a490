//! The runs of a session and how each stands: the state machine behind the queue, without threads or files.
//!
//! Does not depend on how a run is carried out or recorded.

use super::run_control::{Control, StopReason};
use crate::protocol::{Family, RunPlan, Setting, Target};
use std::sync::Arc;

/// How a run stands with this process.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// It waits for a worker.
    Queued,
    /// It is held back by its user.
    Held,
    /// A worker trains it.
    Live,
    /// It is over, or was stopped with the session; its log ended at this time.
    Over(f64),
    /// Another process works on it.
    Elsewhere,
}

/// One run of the session.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) plan: Arc<RunPlan>,
    pub(super) control: Arc<Control>,
    pub(super) stage: Stage,
}

impl Job {
    /// Whether the run waits or is live.
    pub(super) fn is_ahead(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Held | Stage::Live)
    }
}

/// What should become of the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Closing {
    /// It waits for new runs when the queue is empty.
    #[default]
    Open,
    /// It ends when the queue is empty.
    WhenEmpty,
    /// It ends now: live runs are stopped until it is resumed.
    Now,
}

/// All runs of the session, in the order of the queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    jobs: Vec<Job>,
    closing: Closing,
}

/// What a worker that asks for work should do.
pub(super) enum Turn {
    /// Carry out this run.
    Run(Arc<RunPlan>, Arc<Control>),
    /// Ask again when something changed.
    Wait,
    /// End.
    Leave,
}

impl Queue {
    /// Adds a run that waits, or that is over already.
    pub(super) fn add(&mut self, plan: RunPlan, over: Option<f64>) -> Result<(), String> {
        if self.closing == Closing::Now {
            return Err("the session is ending".to_owned());
        }
        if self.job(&plan.run).is_some() {
            return Err(format!("a run named {} exists already", plan.run));
        }
        let stage = over.map_or(Stage::Queued, Stage::Over);
        self.jobs.push(Job { plan: Arc::new(plan), control: Arc::default(), stage });
        Ok(())
    }

    /// Takes back a run that could not be added after all.
    pub(super) fn remove(&mut self, run: &str) {
        self.jobs.retain(|job| job.plan.run != run);
    }

    /// The next run for a worker.
    pub(super) fn next(&mut self) -> Turn {
        if self.closing == Closing::Now {
            return Turn::Leave;
        }
        if let Some(job) = self.jobs.iter_mut().find(|job| matches!(job.stage, Stage::Queued)) {
            job.stage = Stage::Live;
            return Turn::Run(Arc::clone(&job.plan), Arc::clone(&job.control));
        }
        let held = self.jobs.iter().any(|job| matches!(job.stage, Stage::Held));
        if self.closing == Closing::WhenEmpty && !held { Turn::Leave } else { Turn::Wait }
    }

    /// The runs that other processes worked on when they were last looked at.
    pub(super) fn elsewhere(&self) -> Vec<String> {
        let jobs = self.jobs.iter().filter(|job| matches!(job.stage, Stage::Elsewhere));
        jobs.map(|job| job.plan.run.clone()).collect()
    }

    /// Has a run wait for a worker that another process worked on, unless the session ends now.
    pub(super) fn take_back(&mut self, run: &str) {
        let job = self.jobs.iter_mut().find(|job| job.plan.run == run && matches!(job.stage, Stage::Elsewhere));
        if let Some(job) = job.filter(|_| self.closing != Closing::Now) {
            job.stage = Stage::Queued;
        }
    }

    /// Says how a run stands now.
    pub(super) fn set_stage(&mut self, run: &str, stage: Stage) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.plan.run == run) {
            job.stage = stage;
        }
    }

    /// Says what should become of the session; an ending is never taken back.
    pub(super) fn close(&mut self, closing: Closing) {
        if closing == Closing::Now {
            for job in self.jobs.iter().filter(|job| matches!(job.stage, Stage::Live)) {
                // A run that its user stopped just before stays stopped.
                job.control.request(|requests| requests.ending = requests.ending.or(Some(StopReason::WithSession)));
            }
        }
        if self.closing != Closing::Now {
            self.closing = closing;
        }
    }

    pub(super) fn job(&self, run: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.plan.run == run)
    }

    /// Every run, in order.
    pub(super) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Whether a run that waits or is live fulfils `test`.
    pub(super) fn any_ahead(&self, test: impl Fn(&RunPlan) -> bool) -> bool {
        self.jobs.iter().any(|job| matches!(job.stage, Stage::Queued | Stage::Held | Stage::Live) && test(&job.plan))
    }

    /// Live runs wait after their step, queued ones are held back.
    pub(super) fn pause(&mut self, target: &Target) -> Result<(), String> {
        self.each(target, |job| match job.stage {
            Stage::Queued => job.stage = Stage::Held,
            Stage::Live => job.control.request(|requests| requests.paused = true),
            _ => {}
        })
    }

    /// The opposite of [`Self::pause`].
    pub(super) fn resume(&mut self, target: &Target) -> Result<(), String> {
        self.each(target, |job| match job.stage {
            Stage::Held => job.stage = Stage::Queued,
            Stage::Live => job.control.request(|requests| requests.paused = false),
            _ => {}
        })
    }

    /// Live runs are asked to end; those that had not begun are over at once and returned, for their logs to say so.
    pub(super) fn stop(&mut self, target: &Target) -> Result<Vec<Arc<RunPlan>>, String> {
        let mut never_began = Vec::new();
        self.each(target, |job| match job.stage {
            Stage::Queued | Stage::Held => {
                job.stage = Stage::Over(0.0);
                never_began.push(Arc::clone(&job.plan));
            }
            Stage::Live => job.control.request(|requests| requests.ending = Some(StopReason::Stopped)),
            _ => {}
        })?;
        Ok(never_began)
    }

    /// Live networks save their weights.
    pub(super) fn checkpoint(&mut self, target: &Target) -> Result<(), String> {
        if let Target::Run(run) = target {
            self.live_network(run)?;
        }
        self.each(target, |job| {
            if matches!(job.stage, Stage::Live) && job.plan.spec.family == Family::Mlp {
                job.control.request(|requests| requests.checkpoint = true);
            }
        })
    }

    /// A live network switches a setting.
    pub(super) fn switch(&mut self, run: &str, setting: Setting) -> Result<(), String> {
        self.live_network(run)?.control.request(|requests| requests.settings.push(setting));
        Ok(())
    }

    fn live_network(&self, run: &str) -> Result<&Job, String> {
        let job = self.job(run).ok_or_else(|| format!("no run {} in this session", shown(run)))?;
        match job.stage {
            Stage::Live if job.plan.spec.family == Family::Mlp => Ok(job),
            Stage::Live => {
                Err(format!("{run} is not a network: only networks can be paused or changed while they train"))
            }
            _ => Err(format!("{run} is not live")),
        }
    }

    fn each(&mut self, target: &Target, mut act: impl FnMut(&mut Job)) -> Result<(), String> {
        match target {
            Target::All => self.jobs.iter_mut().for_each(act),
            Target::Run(run) => {
                let job = self.jobs.iter_mut().find(|job| job.plan.run == *run);
                let job = job.ok_or_else(|| format!("no run {} in this session", shown(run)))?;
                match job.stage {
                    Stage::Over(_) => return Err(format!("{run} is over")),
                    Stage::Elsewhere => return Err(format!("another process trains {run}")),
                    _ => act(job),
                }
            }
        }
        Ok(())
    }
}

/// A name from outside, for a message: printable and short.
pub(super) fn shown(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Spec;

    fn plan(run: &str) -> RunPlan {
        let spec = Arc::new(Spec::default());
        RunPlan { run: run.into(), name: run.into(), order: 0, seed: 0, spec, fork_of: None }
    }

    fn taken(queue: &mut Queue) -> Option<String> {
        match queue.next() {
            Turn::Run(plan, _) => Some(plan.run.clone()),
            Turn::Wait | Turn::Leave => None,
        }
    }

    #[test]
    fn runs_are_taken_in_order_and_held_ones_passed_over() {
        let mut queue = Queue::default();
        for run in ["a", "b", "c"] {
            queue.add(plan(run), None).unwrap();
        }
        queue.add(plan("done"), Some(2.0)).unwrap();
        assert_eq!(queue.add(plan("b"), None), Err("a run named b exists already".into()));
        queue.pause(&Target::Run("a".into())).unwrap();
        assert_eq!(taken(&mut queue).as_deref(), Some("b"));
        queue.resume(&Target::All).unwrap();
        assert_eq!(taken(&mut queue).as_deref(), Some("a"));
        assert_eq!(taken(&mut queue).as_deref(), Some("c"));
        assert!(matches!(queue.next(), Turn::Wait));
        queue.close(Closing::WhenEmpty);
        assert!(matches!(queue.next(), Turn::Leave));
    }

    #[test]
    fn a_stopped_queue_never_starts_and_live_runs_are_asked() {
        let mut queue = Queue::default();
        queue.add(plan("a"), None).unwrap();
        queue.add(plan("b"), None).unwrap();
        let Turn::Run(_, control) = queue.next() else { panic!("nothing to run") };
        let never: Vec<_> = queue.stop(&Target::All).unwrap().iter().map(|plan| plan.run.clone()).collect();
        assert_eq!(never, ["b"]);
        assert_eq!(control.take().unwrap().ending, Some(StopReason::Stopped));
        queue.close(Closing::Now);
        assert_eq!(control.take().unwrap().ending, Some(StopReason::Stopped));
        assert_eq!(queue.add(plan("c"), None), Err("the session is ending".into()));
    }

    #[test]
    fn refusals_say_why() {
        let mut queue = Queue::default();
        queue.add(plan("a"), Some(1.0)).unwrap();
        queue.add(plan("b"), None).unwrap();
        let run = |name: &str| Target::Run(name.into());
        assert_eq!(queue.pause(&run("x\u{1b}[2J")), Err("no run x\u{fffd}[2J in this session".into()));
        assert_eq!(queue.stop(&run("a")).unwrap_err(), "a is over");
        assert_eq!(queue.switch("b", Setting::LearningRate(0.1)), Err("b is not live".into()));
    }
}
