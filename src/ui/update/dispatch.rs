//! From an action to the family that knows it.

use super::{charts, commands, compare, confusion, logs, navigate, overlays, replay, time, typing};
use crate::protocol::Reply;
use crate::ui::action::{Action, Verb};
use crate::ui::effect::Effect;
use crate::ui::key::Key;
use crate::ui::keymap;
use crate::ui::model::{Model, Overlay, Tab};
use crate::ui::text;

/// Lets an action happen to the model and returns what is to be done outside of it.
pub fn update(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick { elapsed } => return time::passed(model, elapsed),
        Action::Measured { bytes_per_second } => {
            time::measured(model, bytes_per_second);
            return Vec::new();
        }
        _ => model.changed = true,
    }
    match action {
        Action::Press(key) => pressed(model, key),
        Action::Do(verb) => act(model, verb),
        Action::Paste(words) => {
            typing::insert(model, &words);
            Vec::new()
        }
        Action::Click(x, y) => navigate::clicked(model, x, y),
        Action::Wheel(lines) => act(model, if lines > 0 { Verb::Down } else { Verb::Up }),
        Action::Answered(Reply::Accepted) | Action::Tick { .. } | Action::Measured { .. } => Vec::new(),
        Action::Answered(Reply::Refused { reason }) => {
            model.say(format!("refused: {}", text::clean(&reason)));
            Vec::new()
        }
        Action::Say(words) => {
            model.say(text::clean(&words));
            Vec::new()
        }
        Action::Fault(words) => {
            model.own_faults.push(words);
            Vec::new()
        }
    }
}

fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    overlays::touched(model);
    if let Some(verb) = keymap::meaning(&model.contexts(), key) {
        act(model, verb)
    } else {
        typing::pressed(model, key);
        Vec::new()
    }
}

fn act(model: &mut Model, verb: Verb) -> Vec<Effect> {
    if model.overlay.is_some() {
        return overlays::act(model, verb);
    }
    let of_tab = match model.tab {
        Tab::Charts => charts::act(model, verb),
        Tab::Confusion => confusion::act(model, verb),
        Tab::Compare => compare::act(model, verb),
        Tab::Logs => logs::act(model, verb),
        Tab::Runs | Tab::Neurons => None,
    };
    if let Some(effects) = of_tab {
        return effects;
    }
    if model.replay.is_some()
        && let Some(effects) = replay::act(model, verb)
    {
        return effects;
    }
    commands::act(model, verb).or_else(|| navigate::act(model, verb)).unwrap_or_else(|| everywhere(model, verb))
}

fn everywhere(model: &mut Model, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Quit if model.is_live() => model.overlay = Some(Overlay::Question),
        Verb::Quit => return vec![Effect::Remember, Effect::Quit { leave_running: false }],
        Verb::Suspend => return vec![Effect::Suspend],
        Verb::Redraw => return vec![Effect::Redraw],
        Verb::SaveScreen => return vec![Effect::SaveScreen],
        Verb::Help => model.overlay = Some(Overlay::Help(0)),
        Verb::Faults => overlays::open_faults(model),
        Verb::Filter => model.type_filter(),
        Verb::Back => return navigate::back(model),
        _ => {}
    }
    Vec::new()
}
