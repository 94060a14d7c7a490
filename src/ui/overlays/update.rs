//! What keys do while something lies over the tab.

use super::compose::Draft;
use super::overlay::WELCOME;
use crate::protocol::Command;
use crate::ui::action::Verb;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Overlay};
use crate::ui::update::commands;
use crate::ui::widgets::Input;

/// A key was pressed, whichever: whoever is there does not want the choice of data to be made for them yet.
pub(crate) fn touched(model: &mut Model) {
    if let Some(Overlay::Welcome(welcome)) = &mut model.overlay {
        welcome.left = welcome.left.map(|_| WELCOME);
    }
}

/// Opens the list of faults; they count as seen.
pub(crate) fn open_faults(model: &mut Model) {
    model.faults_seen = model.session.fault_count + model.own_faults.len() as u64;
    model.layout.last_line = usize::MAX;
    model.overlay = Some(Overlay::Faults(0));
}

/// Does what a key means to the overlay.
pub(crate) fn act(model: &mut Model, verb: Verb) -> Vec<Effect> {
    let Some(overlay) = model.overlay.take() else { return Vec::new() };
    match overlay {
        Overlay::Help(line) => model.overlay = scrolled(model, line, verb).map(Overlay::Help),
        Overlay::Faults(line) => model.overlay = scrolled(model, line, verb).map(Overlay::Faults),
        Overlay::Compose(draft) => return compose(model, draft, verb),
        Overlay::Filter(mut input) => match verb {
            // What cannot be understood stays open with the reason.
            Verb::Open if model.filter_fault.is_some() => model.overlay = Some(Overlay::Filter(input)),
            Verb::Open => model.before_filter = None,
            Verb::Back => {
                model.set_filter("");
                model.settle_selection();
                model.before_filter = None;
            }
            _ => {
                edit(&mut input, verb);
                model.set_filter(&input.text());
                model.overlay = Some(Overlay::Filter(input));
            }
        },
        Overlay::Note(run, mut input) => match verb {
            Verb::Open if input.is_empty() => {}
            Verb::Open => return vec![Effect::Send(Command::Note { run: run.to_string(), text: input.text() })],
            Verb::Back => {}
            _ => {
                edit(&mut input, verb);
                model.overlay = Some(Overlay::Note(run, input));
            }
        },
        Overlay::Digits(mut digits) => {
            match verb {
                Verb::Back => return Vec::new(),
                Verb::SaveScreen => {
                    model.overlay = Some(Overlay::Digits(digits));
                    return vec![Effect::SaveScreen];
                }
                Verb::PageUp => digits.offset = digits.offset.saturating_sub(model.layout.page),
                Verb::PageDown => digits.offset = digits.offset.saturating_add(model.layout.page),
                _ => {}
            }
            model.overlay = Some(Overlay::Digits(digits));
        }
        Overlay::Question => match verb {
            Verb::StopAndQuit => return vec![Effect::Remember, Effect::Quit { leave_running: false }],
            Verb::LeaveRunning => return vec![Effect::Remember, Effect::Quit { leave_running: true }],
            Verb::Back => {}
            _ => model.overlay = Some(Overlay::Question),
        },
        Overlay::StopRun(run) => match verb {
            Verb::StopRun => return commands::stop_asked(model, &run),
            Verb::Back => {}
            _ => model.overlay = Some(Overlay::StopRun(run)),
        },
        Overlay::Welcome(mut welcome) => match verb {
            Verb::Help => {
                welcome.is_explained = !welcome.is_explained;
                // Whoever reads is not hurried.
                welcome.left = None;
                model.overlay = Some(Overlay::Welcome(welcome));
            }
            Verb::BuiltIn => return vec![Effect::UseBuiltIn],
            Verb::Quit => return vec![Effect::Quit { leave_running: false }],
            _ => {
                let begins = verb == Verb::Download && welcome.download.is_none();
                if begins {
                    welcome.download = Some((0, None));
                    welcome.failed = None;
                }
                model.overlay = Some(Overlay::Welcome(welcome));
                if begins {
                    return vec![Effect::Download];
                }
            }
        },
    }
    Vec::new()
}

/// The first line in sight after a key, never past the one from which the end is in sight; `None` closes the list.
fn scrolled(model: &Model, line: usize, verb: Verb) -> Option<usize> {
    let (page, last) = (model.layout.page, model.layout.last_line);
    let line = line.min(last);
    let next = match verb {
        Verb::Back => return None,
        Verb::Up => line.saturating_sub(1),
        Verb::Down => line.saturating_add(1),
        Verb::PageUp => line.saturating_sub(page),
        Verb::PageDown => line.saturating_add(page),
        _ => line,
    };
    Some(next.min(last))
}

fn edit(input: &mut Input, verb: Verb) {
    match verb {
        Verb::Erase => input.backspace(),
        Verb::EraseAll => input.clear(),
        Verb::Left => input.go(-1),
        Verb::Right => input.go(1),
        Verb::First => input.go(isize::MIN),
        Verb::Last => input.go(isize::MAX),
        _ => {}
    }
}

fn compose(model: &mut Model, mut draft: Draft, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Back => return Vec::new(),
        Verb::Open => return commands::start(model, draft),
        Verb::Up => draft.go(-1),
        Verb::Down => draft.go(1),
        Verb::Left => draft.turn(false),
        Verb::Right => draft.turn(true),
        Verb::NextActivation => draft.turn_activation(true),
        Verb::PreviousActivation => draft.turn_activation(false),
        Verb::NextRegulariser => draft.turn_regulariser(true),
        Verb::PreviousRegulariser => draft.turn_regulariser(false),
        Verb::Stronger => draft.step_regulariser(true),
        Verb::Weaker => weaker_or_dash(&mut draft),
        Verb::Erase => draft.erase(false),
        Verb::EraseAll => draft.erase(true),
        _ => {}
    }
    model.overlay = Some(Overlay::Compose(draft));
    Vec::new()
}

/// Minus belongs to the typed settings that are written with one, and weakens the regulariser elsewhere.
fn weaker_or_dash(draft: &mut Draft) {
    use crate::ui::overlays::compose::DraftField;
    match draft.field() {
        DraftField::Hidden | DraftField::LearningRate => draft.insert("-"),
        _ => draft.step_regulariser(false),
    }
}
