//! The division of the screen, and what is said where there is no room for it.

use super::{footer, header};
use crate::fmt::width;
use crate::ui::layout::Layout;
use crate::ui::model::{Model, Tab};
use crate::ui::overlays;
use crate::ui::tabs;
use crate::ui::theme::GlyphSet;
use crate::ui::widgets::TextArea;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Below this many columns or lines only a message is shown.
const LEAST: (u16, u16) = (40, 10);

/// Draws the model, and tells the layout that keys move by: the caller keeps it in [`Model::layout`].
#[must_use]
pub fn view(model: &Model, frame: &mut Frame<'_>) -> Layout {
    let mut layout = model.layout;
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(model, area, buffer);
    } else {
        whole(model, area, buffer, &mut layout);
    }
    if model.settings.theme.glyphs == GlyphSet::Ascii {
        to_ascii(buffer);
    }
    layout
}

fn whole(model: &Model, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let fault = u16::from(model.new_faults() > 0);
    let foot = footer::height(model, area.width).min(area.height / 4).max(1);
    let line = |y: u16| Rect::new(area.x, area.y + y, area.width, 1);
    header::header(model, line(0), buffer);
    header::tabs(model, line(1), buffer);
    let body = Rect::new(area.x, area.y + 2, area.width, area.height - 2 - foot - fault);
    match model.tab {
        Tab::Runs => tabs::runs(model, body, buffer, layout),
        Tab::Charts => tabs::charts(model, body, buffer, layout),
        Tab::Confusion => tabs::confusion(model, body, buffer),
        Tab::Neurons => tabs::neurons(model, body, buffer),
        Tab::Compare => tabs::compare(model, body, buffer, layout),
        Tab::Logs => tabs::logs(model, body, buffer, layout),
    }
    if fault > 0 {
        footer::fault(model, line(area.height - 1 - foot), buffer);
    }
    footer::footer(model, Rect { height: foot, ..line(area.height - foot) }, buffer);
    if let Some(shown) = &model.overlay {
        overlays::overlay(model, shown, area, buffer, layout);
    }
}

fn too_small(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let words = format!("perceptop needs {} x {} cells; this is {} x {}", LEAST.0, LEAST.1, area.width, area.height);
    let mut pen = TextArea::new(buffer, area, theme);
    for (y, line) in width::wrap(&words, usize::from(area.width)).iter().enumerate().take(usize::from(area.height)) {
        pen.put(0, y as u16, area.width, line, theme.text());
    }
}

/// Where only ASCII can be shown, names of others cannot be either.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}
