//! Time passes: messages go, the clock counts, a choice not made is made.

use crate::protocol::Status;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, Overlay, Tab};
use std::time::Duration;

/// How long the list of sessions is shown before it is read anew.
const CATALOG_REFRESH_INTERVAL: Duration = Duration::from_secs(5);

/// Lets time pass. The model counts as changed only where the screen shows a difference.
pub(super) fn passed(model: &mut Model, elapsed: Duration) -> Vec<Effect> {
    // While every run is paused nothing changes, and nothing should cross the link.
    if model.session.count(Status::Running) > 0 && model.settings.takes_commands {
        let before = model.clock.as_secs();
        model.clock += elapsed;
        model.changed |= model.clock.as_secs() != before;
    }
    model.changed |= model.undo.pass(elapsed);
    if let Some(message) = &mut model.message {
        message.left = message.left.saturating_sub(elapsed);
        if message.left.is_zero() {
            model.message = None;
            model.changed = true;
        }
    }
    if let Some(strip) = &mut model.strip {
        strip.age += elapsed;
    }
    let mut effects = choice_made(model, elapsed);
    model.logs.age += elapsed;
    if model.tab == Tab::Logs && model.logs.age >= CATALOG_REFRESH_INTERVAL {
        model.logs.age = Duration::ZERO;
        effects.push(Effect::ReadLibrary);
    }
    effects
}

fn choice_made(model: &mut Model, elapsed: Duration) -> Vec<Effect> {
    let Some(Overlay::Welcome(welcome)) = &mut model.overlay else { return Vec::new() };
    let Some(left) = welcome.left.as_mut().filter(|_| welcome.download.is_none()) else { return Vec::new() };
    let before = left.as_secs();
    *left = left.saturating_sub(elapsed);
    model.changed |= left.as_secs() != before;
    if left.is_zero() {
        model.overlay = None;
        model.changed = true;
        return vec![Effect::UseBuiltIn];
    }
    Vec::new()
}

/// Takes what the link carries; the figure on the screen is rounded, and one that rounds the same changes nothing.
pub(super) fn measured(model: &mut Model, bytes_per_second: f64) {
    let rounded = |rate: f64| (rate / 100.0).round() as i64;
    let same = model.bytes_per_second.is_some_and(|shown| rounded(shown) == rounded(bytes_per_second));
    if !same {
        model.bytes_per_second = Some(bytes_per_second);
        model.changed = true;
    }
}
