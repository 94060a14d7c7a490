//! What a user asks of runs: pause, stop, switch, compose, fork, note.

use crate::fmt::number;
use crate::fmt::width;
use crate::protocol::{Command, Family, Regulariser, Setting, Spec, Status, Target, TrainerState};
use crate::state::RunState;
use crate::ui::action::Verb;
use crate::ui::effect::Effect;
use crate::ui::fields;
use crate::ui::model::{Model, Overlay};
use crate::ui::overlays::compose::{self, Draft};
use crate::ui::regulariser;
use crate::ui::undo::{self, with};
use crate::ui::widgets::Input;
use std::sync::Arc;

/// Does what a key asks of the selected run; `None` for keys of other families.
pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    match verb {
        Verb::NextActivation => turn(model, Turn::Activation(true)),
        Verb::PreviousActivation => turn(model, Turn::Activation(false)),
        Verb::NextRegulariser => turn(model, Turn::Regulariser(true)),
        Verb::PreviousRegulariser => turn(model, Turn::Regulariser(false)),
        Verb::Stronger => turn(model, Turn::Strength(true)),
        Verb::Weaker => turn(model, Turn::Strength(false)),
        Verb::RaiseRate => turn(model, Turn::Rate(true)),
        Verb::LowerRate => turn(model, Turn::Rate(false)),
        Verb::Pause => pause_selected(model).into(),
        Verb::PauseAll => pause_all(model).into(),
        Verb::Stop => ask_to_stop(model).into(),
        Verb::Undo => undo(model).into(),
        Verb::Checkpoint => checkpoint(model).into(),
        Verb::Fork => fork(model).into(),
        Verb::Compose => {
            if takes_commands(model) {
                let (spec, seed) = compose::beginning(model.run());
                model.overlay = Some(Overlay::Compose(Draft::new(&spec, seed)));
            }
            Vec::new().into()
        }
        Verb::Note => {
            let takes_notes = model.settings.takes_notes || takes_commands(model);
            if takes_notes && let Some(run) = model.run() {
                model.overlay = Some(Overlay::Note(Arc::clone(&run.id), Input::default()));
            }
            Vec::new().into()
        }
        _ => None,
    }
}

fn one(run: &RunState) -> Target {
    Target::Run(run.id.to_string())
}

fn takes_commands(model: &mut Model) -> bool {
    if !model.settings.takes_commands {
        model.say(match model.session.trainer {
            Some(TrainerState::Live) => "this view is read-only: perceptop attach takes commands",
            Some(_) => "the session has ended: no training process is attached",
            None => "read-only: no training process is attached",
        });
    }
    model.settings.takes_commands
}

fn of_selected(model: &mut Model, wish: impl FnOnce(&RunState) -> Result<Command, String>) -> Vec<Effect> {
    if !takes_commands(model) {
        return Vec::new();
    }
    match model.run().map(wish) {
        Some(Ok(command)) => vec![Effect::Send(command)],
        Some(Err(reason)) => {
            model.say(reason);
            Vec::new()
        }
        None => Vec::new(),
    }
}

fn pause(run: &RunState) -> Result<Command, String> {
    match run.status {
        Status::Running | Status::Quiet | Status::Queued => Ok(Command::Pause { target: one(run) }),
        Status::Paused => Ok(Command::Resume { target: one(run) }),
        over => Err(format!("{} is {}: there is nothing to pause", run.id, over.name())),
    }
}

/// Pauses the selected run or lets it go on. A run that waits shows no difference, so what was asked is said.
fn pause_selected(model: &mut Model) -> Vec<Effect> {
    let queued = model.run().filter(|run| run.status == Status::Queued).map(|run| width::clean(&run.id));
    let effects = of_selected(model, pause);
    if let (Some(run), false) = (queued, effects.is_empty()) {
        model.say(format!("{run} is paused in the queue; p resumes all runs"));
    }
    effects
}

fn checkpoint(model: &mut Model) -> Vec<Effect> {
    let effects = of_selected(model, |run| match run.status {
        status if status.is_live() => Ok(Command::Checkpoint { target: one(run) }),
        status => Err(format!("{} is {}: there are no weights to save", run.id, status.name())),
    });
    if let (Some(run), false) = (model.run().map(|run| width::clean(&run.id)), effects.is_empty()) {
        model.say(format!("{run}: the weights are saved after the current step"));
    }
    effects
}

/// Asks before the selected run is stopped.
fn ask_to_stop(model: &mut Model) -> Vec<Effect> {
    if !takes_commands(model) {
        return Vec::new();
    }
    match model.run().map(stop) {
        Some(Ok(run)) => model.overlay = Some(Overlay::StopRun(run)),
        Some(Err(reason)) => model.say(reason),
        None => {}
    }
    Vec::new()
}

fn stop(run: &RunState) -> Result<Arc<str>, String> {
    if run.status.is_over() {
        Err(format!("{} is {} already", run.id, run.status.name()))
    } else {
        Ok(Arc::clone(&run.id))
    }
}

/// Stops the run that was asked about, unless it ended while the question stood.
pub(in crate::ui) fn stop_asked(model: &mut Model, run: &str) -> Vec<Effect> {
    match model.session.run(run).map(stop) {
        Some(Ok(run)) => vec![Effect::Send(Command::Stop { target: Target::Run(run.to_string()) })],
        Some(Err(reason)) => {
            model.say(reason);
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Takes the newest switch of a live run's setting back.
fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(switch) = model.undo.next().cloned() else {
        model.say("nothing to undo: changes of live runs can be undone for ten seconds");
        return Vec::new();
    };
    let id = width::clean(&switch.run);
    let live = model.session.run(&switch.run).filter(|run| run.status.is_live());
    let Some(current) = live.and_then(|run| run.current.clone()) else {
        model.say(format!("{id} is no longer live: nothing was undone"));
        return Vec::new();
    };
    let is_in_force = model.undo.is_in_force(&switch, &current);
    model.undo.take();
    if !is_in_force {
        model.undo.refused();
        model.say(format!("{id} was changed by another user since: nothing was undone"));
        return Vec::new();
    }
    model.say(format!("{id}: {} again from the next batch on", setting_text(&switch.before)));
    vec![Effect::Send(Command::Switch { run: switch.run.to_string(), setting: switch.before })]
}

fn pause_all(model: &mut Model) -> Vec<Effect> {
    if !takes_commands(model) {
        return Vec::new();
    }
    let running = model.session.count(Status::Running) + model.session.count(Status::Quiet) > 0;
    let command =
        if running { Command::Pause { target: Target::All } } else { Command::Resume { target: Target::All } };
    vec![Effect::Send(command)]
}

/// A setting that a key moves on.
#[derive(Clone, Copy)]
enum Turn {
    Activation(bool),
    Regulariser(bool),
    Strength(bool),
    Rate(bool),
}

impl Turn {
    /// The setting after the turn, or why it cannot be turned.
    fn of(self, spec: &Spec) -> Result<Setting, String> {
        match self {
            Self::Activation(forward) => {
                Ok(Setting::Activation(regulariser::next_activation(spec.activation, forward)))
            }
            Self::Regulariser(forward) => Ok(Setting::Regulariser(regulariser::next(&spec.regulariser, forward))),
            Self::Strength(stronger) => regulariser::stepped(&spec.regulariser, stronger)
                .map(Setting::Regulariser)
                .ok_or_else(|| "no regulariser to make stronger or weaker: r chooses one".to_owned()),
            Self::Rate(up) => Ok(Setting::LearningRate(regulariser::step(spec.learning_rate, up))),
        }
    }
}

/// Switches a live run, or begins a draft beside one that is not.
fn turn(model: &mut Model, turn: Turn) -> Option<Vec<Effect>> {
    if !takes_commands(model) {
        return Some(Vec::new());
    }
    let live = model.run().is_some_and(|run| run.status.is_live());
    let (mut spec, seed) = compose::beginning(model.run());
    if let Some(run) = model.run().filter(|_| live) {
        spec = model.undo.in_force(&run.id, &spec);
    }
    let classic = model.run().and_then(|run| run.current.as_ref()).is_some_and(|spec| spec.family != Family::Mlp);
    let setting = match turn.of(&spec) {
        Ok(setting) => setting,
        Err(reason) => {
            model.say(reason);
            return Some(Vec::new());
        }
    };
    if !live {
        let mut draft = Draft::new(&with(&spec, &setting), seed);
        draft.origin = spec;
        model.overlay = Some(Overlay::Compose(draft));
        return Some(Vec::new());
    }
    if classic {
        model.say("k-NN and SVM have no setting to change while they train");
        return Some(Vec::new());
    }
    let run = model.run().map(|run| Arc::clone(&run.id))?;
    model.undo.switched(Arc::clone(&run), undo::value(&spec, &setting), setting);
    // The line about undoing says what was asked.
    model.message = None;
    Some(vec![Effect::Send(Command::Switch { run: run.to_string(), setting })])
}

/// A setting's value in words.
pub(in crate::ui) fn setting_text(setting: &Setting) -> String {
    match setting {
        Setting::Activation(activation) => activation.name().to_owned(),
        Setting::LearningRate(rate) => format!("learning rate {}", number::short(f64::from(*rate))),
        Setting::Regulariser(parts) if *parts == Regulariser::default() => "no regulariser".to_owned(),
        Setting::Regulariser(parts) => fields::regulariser(parts),
    }
}

fn fork(model: &mut Model) -> Vec<Effect> {
    if !takes_commands(model) {
        return Vec::new();
    }
    let ready = match model.run() {
        None => return Vec::new(),
        Some(run) if run.checkpoint.is_none() => Err(format!("{} has no checkpoint yet", run.id)),
        Some(run) => match run.current.as_deref() {
            Some(spec) if spec.family == Family::Mlp => Ok(Draft::fork(spec, run.seed, Arc::clone(&run.id))),
            _ => Err(format!("{} is not a network: nothing to fork", run.id)),
        },
    };
    match ready {
        Ok(draft) => model.overlay = Some(Overlay::Compose(draft)),
        Err(reason) => model.say(reason),
    }
    Vec::new()
}

/// Starts what was composed; a draft that cannot be read stays open and says why.
pub(in crate::ui) fn start(model: &mut Model, mut draft: Draft) -> Vec<Effect> {
    let command = if let Some(run) = draft.fork_of.clone() {
        draft.change().map(|setting| Command::Fork { run: run.to_string(), setting })
    } else {
        let order = model.session.runs().iter().filter_map(|run| run.order).max().map_or(0, |last| last + 1);
        let data = model.session.header.as_ref().map(|header| &header.dataset);
        let plan = draft.plan(order, |id| model.session.run(id).is_some());
        plan.and_then(|plan| {
            compose::check_data(&plan, data)?;
            Ok(Command::Enqueue { plans: vec![plan] })
        })
    };
    match command {
        Ok(command) => {
            if let Command::Enqueue { plans } = &command {
                model.say(format!("queued: {}", plans.iter().map(|p| p.run.as_str()).collect::<Vec<_>>().join(", ")));
            }
            vec![Effect::Send(command)]
        }
        Err(wrong) => {
            draft.wrong = Some(wrong);
            model.overlay = Some(Overlay::Compose(draft));
            Vec::new()
        }
    }
}
