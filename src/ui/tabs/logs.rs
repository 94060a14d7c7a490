//! The tab.
use crate::ui::model::Model;
use crate::ui::widgets::panel;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws it.
pub(crate) fn logs(model: &Model, area: Rect, buffer: &mut Buffer) {
    panel(buffer, area, model.settings.theme, "logs", true);
}
