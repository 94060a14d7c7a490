//! The units of one layer, one cell each: the more of its gradients are inactive, the fuller the cell.
//!
//! The cells show a snapshot that the model renews every few seconds: hundreds of cells that change with every
//! measurement would fill a slow link.

use crate::state::RunState;
use crate::ui::model::Model;
use crate::ui::widgets::{TextArea, panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the strip of the chosen layer.
pub(super) fn strip(model: &Model, run: &RunState, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let newest = run.inactive.as_ref().map(|inactive| (&inactive.units, inactive.step));
    let held = model.strip.as_ref().filter(|strip| strip.run == run.id).map(|strip| (&strip.units, strip.step));
    let Some((layers, step)) = held.or(newest) else { return };
    let layer = model.layer.min(layers.len().saturating_sub(1));
    let Some(units) = layers.get(layer) else { return };
    let title = format!("units of layer {} at step {}", layer + 1, crate::fmt::number::count(step));
    let inside = panel(buffer, area, theme, &title, false);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let across = usize::from(inside.width).max(1);
    let lines = usize::from(inside.height);
    let levels = theme.glyphs().levels;
    // With more units than cells, neighbours share one and the fuller decides.
    let each = units.len().div_ceil((across * lines).max(1)).max(1);
    let mut pen = TextArea::new(buffer, inside, theme);
    for (i, chunk) in units.chunks(each).enumerate() {
        let percent = chunk.iter().copied().max().unwrap_or(0).min(100);
        let (x, y) = ((i % across) as u16, (i / across) as u16);
        let (glyph, style) = match percent {
            100 => (levels[levels.len() - 1], theme.warn()),
            _ => (levels[usize::from(percent) * (levels.len() - 1) / 100], theme.bar()),
        };
        pen.put(x, y, 1, glyph, style);
    }
}
