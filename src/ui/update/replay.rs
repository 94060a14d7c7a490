//! Keys while a log is replayed.

use crate::ui::action::Verb;
use crate::ui::effect::{Effect, ReplayWish};
use crate::ui::model::Model;
use crate::ui::tab_state::SPEEDS;

pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    let replay = model.replay?;
    let turned = |forward: bool| {
        let here = SPEEDS.iter().position(|&speed| speed >= replay.speed).unwrap_or(SPEEDS.len() - 1);
        SPEEDS[if forward { (here + 1).min(SPEEDS.len() - 1) } else { here.saturating_sub(1) }]
    };
    let jumped = |share: f64| (replay.position + share * replay.length).clamp(0.0, replay.length.max(0.0));
    let wish = match verb {
        Verb::Pause if replay.playing => ReplayWish::Pause,
        Verb::Pause => ReplayWish::Play,
        Verb::Faster => ReplayWish::Speed(turned(true)),
        Verb::Slower => ReplayWish::Speed(turned(false)),
        Verb::StepOn => ReplayWish::Step,
        Verb::JumpBack => ReplayWish::Seek(jumped(-0.05)),
        Verb::JumpOn => ReplayWish::Seek(jumped(0.05)),
        Verb::Replay => ReplayWish::End,
        _ => return None,
    };
    Some(vec![Effect::Replay(wish)])
}
