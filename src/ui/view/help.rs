//! The help, made from the keymap; and the list of faults.

use super::overlay::boxed;
use crate::ui::keymap::{self, Context};
use crate::ui::model::Model;
use crate::ui::text;
use crate::ui::widgets::Pen;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What every key does, the contexts of the open tab first.
pub(super) fn help(model: &Model, from: usize, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = boxed(model, "keys", (86, area.height), area, buffer);
    let mut under = model.contexts_of_tab();
    under.extend(Context::ALL.into_iter().filter(|context| !under.contains(context)).collect::<Vec<_>>());
    let mut lines: Vec<(String, String, Style)> = Vec::new();
    for context in under {
        if !lines.is_empty() {
            lines.push((String::new(), String::new(), theme.text()));
        }
        lines.push((context.title().to_owned(), String::new(), theme.accent()));
        for binding in keymap::of(context) {
            lines.push((format!("  {}", keymap::key_names(binding)), binding.help.to_owned(), theme.strong()));
        }
    }
    let room = usize::from(inside.height);
    model.page.set(room.max(1));
    let from = from.min(lines.len().saturating_sub(room));
    let mut pen = Pen::new(buffer, inside, theme);
    for (y, (keys, does, style)) in lines.iter().skip(from).take(room).enumerate() {
        pen.put(0, y as u16, 24, keys, *style);
        pen.put(25, y as u16, inside.width, does, theme.text());
    }
    mark_rest(&mut pen, from, lines.len(), model);
}

/// The faults, newest first, each in full.
pub(super) fn faults(model: &Model, from: usize, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = boxed(model, "faults", (100, area.height * 3 / 4), area, buffer);
    let own = model.own_faults.iter().rev().map(|fault| text::clean(fault));
    let of_session = model.session.faults.iter().rev().map(|fault| match &fault.run {
        Some(run) => format!("{}: {}", text::clean(run), text::clean(&fault.message)),
        None => text::clean(&fault.message),
    });
    let room = usize::from(inside.height);
    model.page.set(room.max(1));
    let mut lines: Vec<String> = Vec::new();
    for fault in own.chain(of_session) {
        for (i, line) in text::wrap(&fault, usize::from(inside.width).saturating_sub(2)).into_iter().enumerate() {
            lines.push(if i == 0 { format!("{} {line}", theme.glyphs().alert) } else { format!("  {line}") });
        }
    }
    let kept = model.session.faults.len() as u64;
    if model.session.fault_count > kept {
        lines.push(format!("  and {} older ones", model.session.fault_count - kept));
    }
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    let from = from.min(lines.len().saturating_sub(room));
    let mut pen = Pen::new(buffer, inside, theme);
    for (y, line) in lines.iter().skip(from).take(room).enumerate() {
        pen.put(0, y as u16, inside.width, line, theme.text());
    }
    mark_rest(&mut pen, from, lines.len(), model);
}

fn mark_rest(pen: &mut Pen<'_>, from: usize, total: usize, model: &Model) {
    let theme = model.settings.theme;
    let (last, room) = (pen.area().width.saturating_sub(1), pen.area().height);
    if from > 0 {
        pen.put(last, 0, 1, theme.glyphs().up, theme.accent());
    }
    if from + usize::from(room) < total {
        pen.put(last, room.saturating_sub(1), 1, theme.glyphs().down, theme.accent());
    }
}
