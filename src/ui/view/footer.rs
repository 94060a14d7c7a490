//! The line at the foot: key hints or a message, and what the link carries; and the line of faults above it.

use crate::fmt::width;
use crate::ui::model::{Model, Overlay};
use crate::ui::offers;
use crate::ui::update::setting_text;
use crate::ui::widgets::TextArea;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// The most lines that a message takes.
const MAX_LINES: usize = 4;

/// The lines that the foot takes on a screen of `width` cells: a message is wrapped, so that a command in it can be read
/// whole; below it stands what can be undone.
pub(super) fn height(model: &Model, width: u16) -> u16 {
    if is_typing(model) {
        return 1;
    }
    let undo = usize::from(undo_words(model).is_some());
    ((message_lines(model, width).len() + undo) as u16).max(1)
}

fn is_typing(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Filter(_) | Overlay::Note(..)))
}

fn message_lines(model: &Model, width: u16) -> Vec<String> {
    let room = usize::from(width.saturating_sub(2));
    let mut lines = model.message.as_ref().map_or_else(Vec::new, |message| width::wrap(&message.text, room));
    lines.truncate(MAX_LINES);
    lines
}

/// What `u` takes back, and for how long.
fn undo_words(model: &Model) -> Option<String> {
    let switch = model.undo.next()?;
    let left = switch.left.as_secs_f32().ceil();
    let after = setting_text(&switch.after);
    Some(format!("u undoes ({left} s)  {}: {after} from the next batch on", width::clean(&switch.run)))
}

/// Key hints, or the message of the moment, or the line that is typed.
pub(super) fn footer(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    match &model.overlay {
        Some(Overlay::Filter(input)) => return typed(model, "filter: ", input, area, buffer),
        Some(Overlay::Note(run, input)) => {
            let asked = format!("note for {}: ", width::clean(run));
            return typed(model, &asked, input, area, buffer);
        }
        _ => {}
    }
    let lines = message_lines(model, area.width);
    let mut pen = TextArea::new(buffer, area, theme);
    for (y, line) in lines.iter().enumerate() {
        pen.put(1, y as u16, area.width, line, theme.strong());
    }
    if let Some(words) = undo_words(model) {
        let room = usize::from(area.width.saturating_sub(2));
        let words = width::fit_end(&words, room, theme.glyphs().ellipsis);
        pen.put(1, lines.len() as u16, area.width, &words, theme.warn());
    } else if let Some(waiting) = model.waiting.as_ref().filter(|_| lines.is_empty()) {
        let room = usize::from(area.width.saturating_sub(2));
        let words = width::fit_end(&width::clean(waiting), room, theme.glyphs().ellipsis);
        pen.put(1, 0, area.width, &words, theme.muted());
    } else if lines.is_empty() {
        let rate = model.bytes_per_second.map(|rate| format!("link {:.1} kB/s", rate / 1000.0));
        let used = hints(model, &mut pen);
        // What crosses the link is of use to few: it stands where nothing else does.
        if let Some(rate) = rate.filter(|rate| usize::from(used) + width::width(rate) + 3 < usize::from(area.width)) {
            pen.put_right(0, 0, area.width.saturating_sub(1), &rate, theme.faint());
        }
    }
}

fn typed(model: &Model, asked: &str, input: &crate::ui::widgets::Input, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    let used = pen.put(1, 0, area.width / 2, asked, theme.accent()) + 1;
    let rest = Rect::new(area.x + used, area.y, area.width.saturating_sub(used), 1);
    input.render(buffer, rest, theme);
}

/// Draws the keys that do something here; returns the columns that they take.
fn hints(model: &Model, pen: &mut TextArea<'_>) -> u16 {
    let theme = model.settings.theme;
    let mut x = 1;
    for context in model.contexts() {
        for binding in model.settings.keymap.of(context).filter(|binding| offers::hints(model, binding)) {
            let key = binding.keys[0].to_string();
            let wide = (width::width(&key) + 1 + width::width(binding.hint)) as u16;
            if x + wide > pen.area().width {
                return x;
            }
            x += pen.put(x, 0, wide, &key, theme.accent()) + 1;
            x += pen.put(x, 0, wide, binding.hint, theme.muted()) + 2;
        }
    }
    x
}

/// The newest fault, until somebody looked at it.
pub(super) fn fault(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let count = model.new_faults();
    let others = if count > 1 { format!(" ({count} faults; ! lists them)") } else { " (! lists faults)".to_owned() };
    let newest = model.newest_fault().map(width::clean).unwrap_or_default();
    let mut pen = TextArea::new(buffer, area, theme);
    pen.overlay(0, 0, area.width, theme.banner());
    let style = theme.banner().add_modifier(Modifier::BOLD);
    let room = area.width.saturating_sub(width::width(&others) as u16 + 1);
    let used = pen.put(1, 0, room.saturating_sub(1), &newest, style);
    pen.put(1 + used, 0, area.width, &others, style);
}
