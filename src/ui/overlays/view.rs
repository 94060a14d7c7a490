//! What lies over the tab: a box in the middle, with the tab still seen around it.

use super::{compose_view, digits, help, questions};
use crate::ui::layout::Layout;
use crate::ui::model::{Model, Overlay};
use crate::ui::view::filter;
use crate::ui::widgets::panel;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

/// Draws the overlay over the whole screen.
pub(crate) fn overlay(model: &Model, shown: &Overlay, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    match shown {
        Overlay::Help(line) => help::help(model, *line, area, buffer, layout),
        Overlay::Faults(line) => help::faults(model, *line, area, buffer, layout),
        Overlay::Compose(draft) => compose_view::compose(model, draft, area, buffer),
        Overlay::Digits(shown) => digits::digits(model, shown, area, buffer, layout),
        Overlay::Question => questions::question(model, area, buffer),
        Overlay::StopRun(run) => questions::stop_run(model, run, area, buffer),
        Overlay::Welcome(welcome) => questions::welcome(model, welcome, area, buffer),
        Overlay::Filter(input) => filter::filter(model, input, area, buffer),
        Overlay::Note(..) => {}
    }
}

/// A cleared box of at most `width` by `height` cells in the middle, with a title; returns its inside.
pub(crate) fn boxed(model: &Model, title: &str, size: (u16, u16), area: Rect, buffer: &mut Buffer) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height.saturating_sub(2)));
    let place = Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height);
    Clear.render(place, buffer);
    let inside = panel(buffer, place, model.settings.theme, title, true);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}
