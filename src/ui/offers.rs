//! Which keys do something now: the hints at the foot and the help show these and no others.
//!
//! A key that is not offered still answers, with the reason. Does not depend on which key a meaning has.

use super::action::Verb;
use super::keymap::{Binding, Context};
use super::model::{Model, Tab};
use crate::protocol::{Family, Status};
use crate::state::RunState;
use crate::state::evaluation;

/// Whether a binding of one of the active contexts does something now.
#[must_use]
pub fn offers(model: &Model, binding: &Binding) -> bool {
    match binding.context {
        Context::Global => everywhere(model, binding.verb),
        Context::Run => of_run(model, binding.verb),
        Context::Runs | Context::Charts | Context::Compare => !model.session.runs().is_empty(),
        Context::Confusion => model.run().is_some_and(|run| !evaluation::of(run).is_empty()),
        Context::Neurons => model.run().is_some_and(|run| run.inactive.is_some()),
        Context::Logs => match binding.verb {
            Verb::Refresh => true,
            Verb::Together => !model.logs.marks.is_empty(),
            _ => !model.library.is_empty(),
        },
        Context::Replay => model.replay.is_some(),
        _ => true,
    }
}

/// Whether the foot names a binding: those that do something, and of the tabs the list of logs where it is the way on.
#[must_use]
pub fn hints(model: &Model, binding: &Binding) -> bool {
    let is_way_on = !model.settings.takes_commands && model.tab != Tab::Logs && model.replay.is_none();
    !binding.hint.is_empty() && offers(model, binding) && (binding.verb != Verb::ShowLogs || is_way_on)
}

fn everywhere(model: &Model, verb: Verb) -> bool {
    let runs = model.session.runs();
    let on_logs = model.tab == Tab::Logs;
    match verb {
        Verb::Compose => model.settings.takes_commands,
        Verb::Undo => model.undo.next().is_some(),
        Verb::NextRun | Verb::PreviousRun => !on_logs && runs.len() > 1,
        Verb::Mark | Verb::Filter if on_logs => !model.library.is_empty(),
        Verb::Mark => model.run().is_some(),
        Verb::Unmark if on_logs => !model.logs.marks.is_empty(),
        Verb::Unmark => !model.marks.is_empty(),
        Verb::Filter => !runs.is_empty(),
        Verb::Left | Verb::Right => !matches!(model.tab, Tab::Runs | Tab::Neurons | Tab::Compare),
        _ => true,
    }
}

fn of_run(model: &Model, verb: Verb) -> bool {
    let commands = model.settings.takes_commands;
    let run = model.run();
    let is = |wanted: &dyn Fn(&RunState) -> bool| commands && run.is_some_and(wanted);
    let is_network = |run: &RunState| run.current.as_ref().is_some_and(|spec| spec.family == Family::Mlp);
    match verb {
        Verb::Note => run.is_some() && (commands || model.settings.takes_notes),
        Verb::PauseAll => commands && model.live_runs() > 0,
        Verb::Pause | Verb::Stop => is(&|run| !run.status.is_over()),
        Verb::Checkpoint => is(&|run| run.status.is_live()),
        Verb::Fork => is(&|run| run.checkpoint.is_some() && is_network(run)),
        // A run that is not live is the beginning of a draft.
        _ => is(&|run| !run.status.is_live() && run.status != Status::Queued || is_network(run)),
    }
}
