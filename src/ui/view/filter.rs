//! What is said above the line of a filter that is being typed: why it is not in use, or how many runs match.
//!
//! Does not depend on how a filter is read.

use crate::fmt::width;
use crate::ui::library;
use crate::ui::model::{Model, Tab};
use crate::ui::widgets::{Input, TextArea};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

/// The filter language in one line.
const LANGUAGE: &str = "words  acc > 0.97  activation=tanh,relu  name~wide  -diverged  a OR b  \"two words\"";

/// Draws it above the line at the foot, as many lines high as it needs.
pub(in crate::ui) fn filter(model: &Model, input: &Input, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let (words, style) = match &model.filter_fault {
        Some(fault) => (width::clean(fault), theme.bad()),
        None if input.is_empty() => (LANGUAGE.to_owned(), theme.muted()),
        None => (matches(model), theme.muted()),
    };
    let lines = width::wrap(&words, usize::from(area.width.saturating_sub(2)));
    let height = (lines.len() as u16).min(area.height / 2);
    let place = Rect { y: area.bottom().saturating_sub(1 + height), height, ..area };
    Clear.render(place, buffer);
    let mut pen = TextArea::new(buffer, place, theme);
    let hidden = lines.len() > usize::from(height);
    for (y, line) in lines.iter().enumerate().take(usize::from(height)) {
        let is_cut = hidden && y + 1 == usize::from(height);
        let line = if is_cut { format!("{line} {}", theme.glyphs().ellipsis) } else { line.clone() };
        pen.put(1, y as u16, area.width, &line, style);
    }
}

/// How many runs match the filter in use: `12 of 69 runs match`.
pub(in crate::ui) fn matches(model: &Model) -> String {
    let (found, total) = if model.tab == Tab::Logs {
        let total = model.library.iter().map(|session| session.runs.len()).sum();
        let found = library::rows(model).iter().filter(|row| matches!(row, library::LogRow::Run(..))).count();
        (found, total)
    } else {
        (model.listed().len(), model.session.runs().len())
    };
    format!("{found} of {total} {} match", if total == 1 { "run" } else { "runs" })
}
