//! The line at the foot: key hints or a message, and what the link carries; and the line of faults above it.

use crate::ui::keymap;
use crate::ui::model::{Model, Overlay};
use crate::ui::text;
use crate::ui::widgets::Pen;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// Key hints, or the message of the moment, or the line that is typed.
pub(super) fn footer(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let rate = model.bytes_per_second.map(|rate| format!("{:.1} kB/s", rate / 1000.0)).unwrap_or_default();
    let room = area.width.saturating_sub(text::width(&rate) as u16 + 2);
    match &model.overlay {
        Some(Overlay::Filter(input)) => typed(model, "filter: ", input, Rect { width: room, ..area }, buffer),
        Some(Overlay::Note(run, input)) => {
            let asked = format!("note for {}: ", text::clean(run));
            typed(model, &asked, input, Rect { width: room, ..area }, buffer);
        }
        _ => {
            let mut pen = Pen::new(buffer, Rect { width: room, ..area }, theme);
            match &model.message {
                Some(message) => {
                    pen.put(1, 0, room, &message.text, theme.strong());
                }
                None => hints(model, &mut pen),
            }
        }
    }
    Pen::new(buffer, area, theme).put_right(0, 0, area.width.saturating_sub(1), &rate, theme.faint());
}

fn typed(model: &Model, asked: &str, input: &crate::ui::widgets::Input, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = Pen::new(buffer, area, theme);
    let used = pen.put(1, 0, area.width / 2, asked, theme.accent()) + 1;
    let rest = Rect::new(area.x + used, area.y, area.width.saturating_sub(used), 1);
    input.render(buffer, rest, theme);
}

fn hints(model: &Model, pen: &mut Pen<'_>) {
    let theme = model.settings.theme;
    let mut x = 1;
    for context in model.contexts() {
        for binding in keymap::of(context).filter(|binding| !binding.hint.is_empty()) {
            let key = binding.keys[0].to_string();
            let wide = (text::width(&key) + 1 + text::width(binding.hint)) as u16;
            if x + wide > pen.area().width {
                return;
            }
            x += pen.put(x, 0, wide, &key, theme.accent()) + 1;
            x += pen.put(x, 0, wide, binding.hint, theme.muted()) + 2;
        }
    }
}

/// The newest fault, until somebody looked at it.
pub(super) fn fault(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let count = model.new_faults();
    let others = if count > 1 { format!(" ({count} faults; ! lists them)") } else { " (! lists faults)".to_owned() };
    let newest = model.newest_fault().map(text::clean).unwrap_or_default();
    let mut pen = Pen::new(buffer, area, theme);
    pen.overlay(0, 0, area.width, theme.banner());
    let style = theme.banner().add_modifier(Modifier::BOLD);
    let room = area.width.saturating_sub(text::width(&others) as u16 + 1);
    let used = pen.put(1, 0, room.saturating_sub(1), &newest, style);
    pen.put(1 + used, 0, area.width, &others, style);
}
