//! A new run or a fork while it is composed.

use super::compose::{self, Draft};
use super::view::boxed;
use crate::fmt::number;
use crate::fmt::width;
use crate::protocol::Features;
use crate::ui::model::Model;
use crate::ui::widgets::TextArea;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells of the names of settings.
const NAMES: u16 = 16;

/// The keys, wrapped where they do not fit.
const KEYS: &str = "enter starts, esc cancels, up and down choose, left and right turn a value, digits replace it, \
                    backspace edits it";

/// The settings one below the other, those that differ from where the draft began stand out; where it begins, what it
/// will be called, and the keys.
pub(crate) fn compose(model: &Model, draft: &Draft, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let forked = draft.fork_of.as_ref();
    let title = match forked {
        Some(run) => format!("fork of {}", width::clean(run)),
        None => "new network".to_owned(),
    };
    let width = 76.min(area.width);
    let wrapped = |words: &str| width::wrap(&width::clean(words), usize::from(width.saturating_sub(4)));
    let origin = match forked {
        Some(run) => model.session.run(run).and_then(compose::fork_text).unwrap_or_default(),
        None => compose::origin_text(model.run()),
    };
    let (words, style) = match (&draft.wrong, preview(model, draft)) {
        (Some(wrong), _) => (wrong.clone(), theme.bad()),
        (None, Err(wrong)) => (wrong, theme.bad()),
        (None, Ok(name)) => (name, theme.good()),
    };
    let (origin, words, keys) = (wrapped(&origin), wrapped(&words), wrapped(KEYS));
    let settings = draft.fields().len() as u16;
    // One line more for the plan than now, so that the box keeps its size while digits are typed.
    let height = settings + (origin.len() + words.len().max(2) + keys.len()) as u16 + 4;
    let inside = boxed(model, &title, (width, height), area, buffer);
    let mut pen = TextArea::new(buffer, inside, theme);
    for (y, &field) in draft.fields().iter().enumerate() {
        let y = y as u16;
        pen.put(0, y, NAMES, field.title(), theme.muted());
        let value = draft.value(field);
        let chosen = field == draft.field();
        let shown = if chosen { format!("< {value} >") } else { format!("  {value}") };
        pen.put(NAMES, y, inside.width, &shown, if chosen { theme.strong() } else { theme.text() });
        if chosen {
            pen.overlay(0, y, inside.width, theme.selected());
        }
    }
    // In a low window the keys are left out first, then where it begins; what is wrong stays.
    let mut y = settings + u16::from(inside.height > settings + words.len() as u16);
    for (i, (lines, style)) in [(&words, style), (&origin, theme.muted()), (&keys, theme.muted())].iter().enumerate() {
        if i > 0 && y + lines.len() as u16 > inside.height {
            break;
        }
        for line in *lines {
            pen.put(0, y, inside.width, line, *style);
            y += 1;
        }
    }
}

/// What will be started, in words.
fn preview(model: &Model, draft: &Draft) -> Result<String, String> {
    if draft.fork_of.is_some() {
        return draft.change().map(|_| "continues from there with this one change".to_owned());
    }
    let plan = draft.plan(0, |id| model.session.run(id).is_some())?;
    let data = model.session.header.as_ref().map(|header| &header.dataset);
    compose::check_data(&plan, data)?;
    let size = match (data, plan.spec.features) {
        (Some(data), Features::Pixels) => {
            let inputs = data.height.saturating_mul(data.width);
            format!(", {} parameters", number::count(compose::parameters(&plan.spec, inputs, data.classes)))
        }
        _ => String::new(),
    };
    Ok(format!("will be {}{size}", plan.run))
}
