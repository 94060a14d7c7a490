//! The help, made from the keymap; and the list of faults.

use super::view::boxed;
use crate::fmt::width;
use crate::protocol::Status;
use crate::state::RunState;
use crate::ui::keymap::{self, Context};
use crate::ui::layout::Layout;
use crate::ui::model::Model;
use crate::ui::offers;
use crate::ui::tabs::state_glyph;
use crate::ui::widgets::TextArea;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Oddities of one run that are listed one by one.
const MAX_ODDITIES: usize = 8;

/// The column at which the explanations of keys begin.
const EXPLANATIONS: u16 = 25;

/// A line of the help: keys or a glyph, what it means, and the style of the first.
type HelpLine = (String, String, Style);

/// What every key does that does something now, the contexts of the open tab first; then what the glyphs mean.
pub(crate) fn help(model: &Model, from: usize, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let inside = boxed(model, "keys and signs", (area.width.min(120), area.height), area, buffer);
    let room = usize::from(inside.width.saturating_sub(EXPLANATIONS + 1));
    let mut lines = keys(model, room);
    lines.extend(legend(model));
    let room = usize::from(inside.height);
    layout.page = room.max(1);
    let last = lines.len().saturating_sub(room);
    layout.last_line = last;
    let from = from.min(last);
    let mut pen = TextArea::new(buffer, inside, theme);
    for (y, (keys, does, style)) in lines.iter().skip(from).take(room).enumerate() {
        pen.put(0, y as u16, EXPLANATIONS - 1, keys, *style);
        pen.put(EXPLANATIONS, y as u16, inside.width, does, theme.text());
    }
    mark_rest(&mut pen, from, lines.len(), model);
}

fn keys(model: &Model, room: usize) -> Vec<HelpLine> {
    let theme = model.settings.theme;
    let mut under = model.contexts_of_tab();
    under.extend(Context::ALL.into_iter().filter(|context| !under.contains(context)).collect::<Vec<_>>());
    let mut lines: Vec<HelpLine> = Vec::new();
    for context in under {
        let offered: Vec<_> =
            model.settings.keymap.of(context).filter(|binding| offers::offers(model, binding)).collect();
        if offered.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push((String::new(), String::new(), theme.text()));
        }
        lines.push((context.title().to_owned(), String::new(), theme.accent()));
        for binding in offered {
            for (i, words) in width::wrap(binding.help, room).into_iter().enumerate() {
                let keys = if i == 0 { format!("  {}", keymap::key_names(binding)) } else { String::new() };
                lines.push((keys, words, theme.strong()));
            }
        }
    }
    lines
}

/// What the glyphs stand for, in the colours in which they are drawn.
fn legend(model: &Model) -> Vec<HelpLine> {
    let theme = model.settings.theme;
    let glyphs = theme.glyphs();
    let mut lines =
        vec![(String::new(), String::new(), theme.text()), ("signs".to_owned(), String::new(), theme.accent())];
    lines.extend(Status::ALL.into_iter().map(|status| {
        let (glyph, style) = state_glyph(status, theme);
        (format!("  {glyph}"), format!("a run that is {}", status.name()), style)
    }));
    let others = [
        (glyphs.mark, "marked, for charts, differences and tests", theme.text()),
        (glyphs.alert, "an alert of a run, or a fault of a log", theme.bad()),
        (glyphs.change, "a setting was changed while the run was live", theme.warn()),
        (glyphs.nothing, "no value", theme.text()),
    ];
    lines.extend(others.map(|(glyph, words, style)| (format!("  {glyph}"), words.to_owned(), style)));
    lines
}

/// The faults, newest first, each in full.
pub(crate) fn faults(model: &Model, from: usize, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let inside = boxed(model, "faults and alerts", (100, area.height * 3 / 4), area, buffer);
    let own = model.own_faults.iter().rev().map(|fault| width::clean(fault));
    let of_session = model.session.faults.iter().rev().map(|fault| match &fault.run {
        Some(run) => format!("{}: {}", width::clean(run), width::clean(&fault.message)),
        None => width::clean(&fault.message),
    });
    let oddities = model.session.runs().iter().flat_map(oddities);
    let room = usize::from(inside.height);
    layout.page = room.max(1);
    let mut lines: Vec<String> = Vec::new();
    for fault in own.chain(of_session).chain(oddities) {
        for (i, line) in width::wrap(&fault, usize::from(inside.width).saturating_sub(2)).into_iter().enumerate() {
            lines.push(if i == 0 { format!("{} {line}", theme.glyphs().alert) } else { format!("  {line}") });
        }
    }
    let kept = model.session.faults.len() as u64;
    if model.session.fault_count > kept {
        lines.push(format!("  and {} older ones", model.session.fault_count - kept));
    }
    for run in model.session.runs() {
        for alert in run.alerts.iter().rev() {
            let words = format!("{}: {} (step {})", width::clean(&run.id), width::clean(&alert.message), alert.step);
            for (i, line) in width::wrap(&words, usize::from(inside.width).saturating_sub(2)).into_iter().enumerate() {
                lines.push(if i == 0 { format!("{} {line}", theme.glyphs().alert) } else { format!("  {line}") });
            }
        }
    }
    for remark in model.session.remarks.values() {
        for (i, line) in
            width::wrap(&width::clean(remark), usize::from(inside.width).saturating_sub(2)).iter().enumerate()
        {
            lines.push(if i == 0 { format!("{} {line}", theme.glyphs().dot) } else { format!("  {line}") });
        }
    }
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    let last = lines.len().saturating_sub(room);
    layout.last_line = last;
    let from = from.min(last);
    let mut pen = TextArea::new(buffer, inside, theme);
    for (y, line) in lines.iter().skip(from).take(room).enumerate() {
        pen.put(0, y as u16, inside.width, line, theme.text());
    }
    mark_rest(&mut pen, from, lines.len(), model);
}

/// What makes no sense in the order of a run's log, with the run's name; of many things of one run the first.
fn oddities(run: &RunState) -> Vec<String> {
    let name = width::clean(&run.id);
    let kept = run.anomalies.kept();
    let mut lines: Vec<String> = kept.iter().take(MAX_ODDITIES).map(|oddity| format!("{name}: {oddity}")).collect();
    let more = run.anomalies.count().saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("{name}: {more} more of this kind in its log"));
    }
    lines
}

fn mark_rest(pen: &mut TextArea<'_>, from: usize, total: usize, model: &Model) {
    let theme = model.settings.theme;
    let (last, room) = (pen.area().width.saturating_sub(1), pen.area().height);
    if from > 0 {
        pen.put(last, 0, 1, theme.glyphs().up, theme.accent());
    }
    if from + usize::from(room) < total {
        pen.put(last, room.saturating_sub(1), 1, theme.glyphs().down, theme.accent());
    }
}
