//! Networks: the loop over steps, and what is told of them.
//!
//! Does not depend on how a step is computed.

use super::context::{RunContext, RunError, RunResult};
use super::evaluate::judge;
use super::mlp_config::{activation, apply, config, regulariser};
use crate::dataset::{CLASSES, Split};
use crate::experiment::checkpoint::{RunSoFar, Saved};
use crate::experiment::clock::Stopwatch;
use crate::experiment::run_control::{AGAIN, LAST_ATTEMPTS, StopReason};
use crate::nn::{EpochReport, InitialWeights, Samples, StepReport, Trainer};
use crate::protocol::{
    Alert, Change, Checkpoint, Divergence, Epoch, Event, Features, Inactive, Origin, RunEnd, Setting, Step,
};
use crate::record::{SavedCheckpoint, read_weights};
use std::path::Path;
use std::sync::Arc;

/// A network on its way.
struct Run<'a> {
    work: &'a RunContext<'a>,
    trainer: Trainer,
    test: Samples,
    so_far: RunSoFar,
    /// The whole run, without pauses.
    whole: Stopwatch,
    /// The steps of this epoch.
    steps: Stopwatch,
    before: Before,
    dead: Vec<f32>,
    /// Whether the last checkpoint could not be written.
    owed: bool,
}

/// What the stopwatches of a resumed run start from.
#[derive(Clone, Copy, Default)]
struct Before {
    whole: f64,
    epoch: f64,
}

/// Whether the loop goes on.
enum Next {
    Step,
    Diverged,
}

pub(super) fn run(mut work: RunContext<'_>) -> Result<RunResult, RunError> {
    let saved = work.saved.take();
    let Some((train, test)) = samples(&work)? else {
        return Ok(RunResult::Ended(work.ending(), RunEnd::default()));
    };
    let trainer = trainer(&work, train, saved.as_ref())?;
    let so_far = saved.map_or_else(|| beginning(&work), |saved| saved.run);
    let before = Before { whole: so_far.seconds, epoch: so_far.epoch_seconds };
    let (whole, steps) = (Stopwatch::default(), Stopwatch::default());
    Run { work: &work, trainer, test, so_far, whole, steps, before, dead: Vec::new(), owed: false }.complete()
}

/// The samples of both splits; `None` when the run was asked to end while features were computed.
fn samples(work: &RunContext<'_>) -> Result<Option<(Samples, Samples)>, RunError> {
    let (train, test) = (&work.data.train, &work.data.test);
    if work.plan.spec.features == Features::Pixels {
        let of =
            |split: &Split| Samples::from_bytes(Arc::clone(&split.images), Arc::clone(&split.labels), split.pixels());
        return Ok(Some((of(train)?, of(test)?)));
    }
    let Some(set) = work.feature_set()? else { return Ok(None) };
    let of = |values: &Arc<[f32]>, split: &Split| {
        Samples::from_features(Arc::clone(values), Arc::clone(&split.labels), set.dimension)
    };
    Ok(Some((of(&set.train, train)?, of(&set.test, test)?)))
}

fn trainer(work: &RunContext<'_>, train: Samples, saved: Option<&Saved>) -> Result<Trainer, RunError> {
    let spec = saved.map_or(&*work.plan.spec, |saved| &saved.run.spec);
    let mut trainer = Trainer::new(config(spec), work.plan.seed, train)?;
    if let Some(saved) = saved {
        trainer.import_state(&saved.state)?;
    } else if let Some(path) = &spec.initial_weights {
        let wrong = |message: String| RunError::Weights { path: path.clone(), message };
        let bytes = read_weights(Path::new(path)).map_err(|error| wrong(error.to_string()))?;
        let weights = InitialWeights::from_safetensors(&bytes).map_err(|error| wrong(error.to_string()))?;
        trainer.start_from(&weights).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(trainer)
}

fn beginning(work: &RunContext<'_>) -> RunSoFar {
    RunSoFar {
        origin: Origin { run: work.plan.run.clone(), step: 0, epoch: 0.0 },
        seed: work.plan.seed,
        spec: (*work.plan.spec).clone(),
        data: work.data.digests.iter().map(|(_, digest)| digest.clone()).collect(),
        watch: crate::experiment::alert_rules::AlertRules::default(),
        train_loss: None,
        test_loss: None,
        test_accuracy: None,
        seconds: 0.0,
        train_seconds: 0.0,
        epoch_seconds: 0.0,
        images: 0,
        epoch_images: 0,
    }
}

impl Run<'_> {
    fn complete(mut self) -> Result<RunResult, RunError> {
        let epochs = self.so_far.spec.epochs as f64;
        self.whole.run();
        while self.trainer.epoch() < epochs {
            if let Some(step_hook) = self.work.step_hook {
                step_hook.call(&self.work.plan.run, self.trainer.steps());
            }
            if let Some(ending) = self.attend()? {
                self.checkpoint()?;
                self.settle()?;
                return Ok(RunResult::Ended(ending, self.end()));
            }
            if matches!(self.step()?, Next::Diverged) {
                self.settle()?;
                return Ok(RunResult::Diverged(self.end()));
            }
        }
        self.settle()?;
        let is_lost = self.so_far.watch.is_lost(CLASSES);
        Ok(if is_lost { RunResult::Diverged(self.end()) } else { RunResult::Completed(self.end()) })
    }

    fn attend(&mut self) -> Result<Option<StopReason>, RunError> {
        let mut whole = std::mem::take(&mut self.whole);
        let work = self.work;
        let ending = work.attend(&mut whole, &mut |requests| {
            for setting in &requests.settings {
                self.switch(*setting)?;
            }
            if requests.checkpoint { self.checkpoint() } else { Ok(()) }
        });
        self.whole = whole;
        ending
    }

    /// Uses a setting from the next batch on.
    fn switch(&mut self, setting: Setting) -> Result<(), RunError> {
        match setting {
            Setting::Activation(wanted) => self.trainer.set_activation(activation(wanted)),
            Setting::LearningRate(rate) => self.trainer.set_learning_rate(rate)?,
            Setting::Regulariser(wanted) => self.trainer.set_regulariser(regulariser(&wanted))?,
        }
        let (field, from, to) = apply(&mut self.so_far.spec, setting);
        let step = self.trainer.steps();
        self.work.logger.say(Event::Change(Box::new(Change { step, field: field.to_owned(), from, to })));
        Ok(())
    }

    fn step(&mut self) -> Result<Next, RunError> {
        self.steps.run();
        let report = self.trainer.step();
        self.steps.halt();
        self.so_far.images += report.samples as u64;
        self.so_far.epoch_images += report.samples as u64;
        let StepReport { step, epoch, loss, .. } = report;
        if step.is_multiple_of(self.so_far.spec.log_every as u64) {
            self.work.logger.say(Event::Step(Step { step, epoch, train_loss: loss }));
        }
        let every = self.so_far.spec.inactive_every as u64;
        if every > 0 && (step - 1).is_multiple_of(every) {
            self.inactive(step - 1);
        }
        let alert = self.so_far.watch.step(step, loss);
        if let Next::Diverged = self.alert(alert) {
            return Ok(Next::Diverged);
        }
        report.epoch_end.map_or(Ok(Next::Step), |figures| self.epoch(step, figures))
    }

    /// The inactive neurons of the step just done; the costlier dead units once an epoch, and said again in between.
    fn inactive(&mut self, step: u64) {
        let found = self.trainer.inactivity();
        if self.dead.is_empty() {
            self.dead = self.trainer.dead_units();
        }
        self.work.logger.say(Event::Inactive(Box::new(Inactive {
            step,
            inactive: found.share,
            inactive_per_layer: found.per_layer,
            dead_per_layer: self.dead.clone(),
            units: found.units,
        })));
    }

    fn epoch(&mut self, step: u64, figures: EpochReport) -> Result<Next, RunError> {
        let seconds = self.before.epoch + std::mem::take(&mut self.steps).seconds();
        let images = std::mem::take(&mut self.so_far.epoch_images);
        self.before.epoch = 0.0;
        self.so_far.train_seconds += seconds;
        self.so_far.train_loss = Some(figures.train_loss);
        self.dead.clear();
        let mut epoch = Epoch {
            step,
            epoch: figures.epochs as f64,
            train_loss: figures.train_loss,
            train_accuracy: Some(figures.train_accuracy),
            l2_penalty: figures.l2_penalty,
            gradient_norm: figures.gradient_norm,
            samples_per_second: images as f64 / seconds.max(f64::MIN_POSITIVE),
            train_seconds: seconds,
            ..Epoch::default()
        };
        let spec = &self.so_far.spec;
        let is_last = figures.epochs >= spec.epochs as u64;
        let (evaluate_every, checkpoint_every) = (spec.evaluate_every as u64, spec.checkpoint_every as u64);
        if is_last || figures.epochs.is_multiple_of(evaluate_every) {
            self.evaluate(&mut epoch, is_last)?;
        }
        let alerts = self.so_far.watch.epoch(&epoch, CLASSES);
        self.work.logger.say(Event::Epoch(Box::new(epoch)));
        let mut next = Next::Step;
        for alert in alerts {
            if let Next::Diverged = self.alert(Some(alert)) {
                next = Next::Diverged;
            }
        }
        if checkpoint_every > 0 && (is_last || figures.epochs.is_multiple_of(checkpoint_every)) {
            self.checkpoint()?;
        }
        Ok(next)
    }

    fn evaluate(&mut self, epoch: &mut Epoch, is_last: bool) -> Result<(), RunError> {
        let mut watch = Stopwatch::default();
        watch.run();
        let found = self.trainer.evaluate(&self.test)?;
        epoch.test_seconds = Some(watch.seconds());
        let judged = judge(self.test.labels(), &found.predictions)?;
        epoch.test_loss = Some(found.loss);
        epoch.test_accuracy = Some(judged.accuracy);
        epoch.confusion = judged.confusion;
        epoch.scores = judged.scores;
        if is_last || judged.misclassified.len() * 5 <= self.test.len() {
            epoch.misclassified = judged.misclassified;
        }
        (self.so_far.test_loss, self.so_far.test_accuracy) = (Some(found.loss), Some(judged.accuracy));
        Ok(())
    }

    fn alert(&self, alert: Option<Alert>) -> Next {
        use crate::protocol::AlertKind::{Diverged, Nan};
        let Some(alert) = alert else { return Next::Step };
        let ends = matches!(alert.kind, Diverged | Nan) && self.so_far.spec.on_divergence == Divergence::Stop;
        self.work.logger.say(Event::Alert(alert));
        if ends { Next::Diverged } else { Next::Step }
    }

    /// Saves everything that the run needs to go on from here, bit for bit.
    fn checkpoint(&mut self) -> Result<(), RunError> {
        let (step, epoch) = (self.trainer.steps(), self.trainer.epoch());
        self.so_far.origin = Origin { run: self.work.plan.run.clone(), step, epoch };
        self.so_far.seconds = self.before.whole + self.whole.seconds();
        self.so_far.epoch_seconds = self.before.epoch + self.steps.seconds();
        let saved = Saved { state: self.trainer.export_state(), run: self.so_far.clone() };
        let bytes = saved.to_bytes().map_err(RunError::Checkpoint)?;
        match self.work.folder.save_checkpoint(&self.work.plan.run, &bytes) {
            Ok(SavedCheckpoint { path, sha256 }) => {
                if std::mem::take(&mut self.owed) {
                    self.work.logger.fault("checkpoints can be written again".to_owned());
                }
                self.work.logger.say(Event::Checkpoint(Checkpoint { step, epoch, path, sha256 }));
            }
            // A full disk is no reason to lose a training under way: the checkpoint before is still good.
            Err(error) => {
                if !std::mem::replace(&mut self.owed, true) {
                    self.work.logger.fault(format!("no checkpoint was written: {error}"));
                }
            }
        }
        Ok(())
    }

    /// Tries again to write a last checkpoint that a full disk refused, until there is room; once the run is asked to
    /// end, only a few times more.
    fn settle(&mut self) -> Result<(), RunError> {
        let mut left = LAST_ATTEMPTS;
        while self.owed && left > 0 {
            if self.work.control.is_ending() {
                left -= 1;
                std::thread::sleep(AGAIN);
            } else {
                self.work.control.rest(AGAIN);
            }
            self.checkpoint()?;
        }
        Ok(())
    }

    fn end(&self) -> RunEnd {
        let train_seconds = self.so_far.train_seconds + self.before.epoch + self.steps.seconds();
        RunEnd {
            step: self.trainer.steps(),
            epoch: self.trainer.epoch(),
            train_loss: self.so_far.train_loss,
            test_loss: self.so_far.test_loss,
            test_accuracy: self.so_far.test_accuracy,
            seconds: self.before.whole + self.whole.seconds(),
            samples_per_second: (train_seconds > 0.0).then(|| self.so_far.images as f64 / train_seconds),
            reason: String::new(),
        }
    }
}
