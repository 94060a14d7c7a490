//! A new run or a fork while it is composed.

use super::overlay::boxed;
use crate::ui::compose::Draft;
use crate::ui::model::Model;
use crate::ui::text;
use crate::ui::widgets::Pen;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The settings one below the other; those that differ from where the draft began stand out.
pub(super) fn compose(model: &Model, draft: &Draft, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let title = match &draft.fork_of {
        Some(run) => format!("fork of {}", text::clean(run)),
        None => "new run".to_owned(),
    };
    let height = draft.fields().len() as u16 + 7;
    let inside = boxed(model, &title, (62, height), area, buffer);
    let mut pen = Pen::new(buffer, inside, theme);
    for (y, &field) in draft.fields().iter().enumerate() {
        let y = y as u16;
        pen.put(0, y, 16, field.title(), theme.muted());
        let value = draft.value(field);
        let chosen = field == draft.field();
        let shown = if chosen { format!("< {value} >") } else { format!("  {value}") };
        pen.put(16, y, inside.width, &shown, if chosen { theme.strong() } else { theme.text() });
        if chosen {
            pen.overlay(0, y, inside.width, theme.selected());
        }
    }
    let y = draft.fields().len() as u16 + 1;
    let (words, style) = match (&draft.wrong, name(model, draft)) {
        (Some(wrong), _) => (wrong.clone(), theme.bad()),
        (None, Err(wrong)) => (wrong, theme.bad()),
        (None, Ok(name)) => (name, theme.good()),
    };
    for (i, line) in text::wrap(&text::clean(&words), usize::from(inside.width)).iter().enumerate().take(2) {
        pen.put(0, y + i as u16, inside.width, line, style);
    }
    let keys = "enter starts  esc cancels  arrows choose and turn  digits type";
    pen.put(0, inside.height.saturating_sub(1), inside.width, keys, theme.muted());
}

fn name(model: &Model, draft: &Draft) -> Result<String, String> {
    if draft.fork_of.is_some() {
        return draft.change().map(|_| "goes on from the newest checkpoint with this one change".to_owned());
    }
    draft.plan(0, |id| model.session.run(id).is_some()).map(|plan| format!("will be {}", plan.run))
}
